"""A topic is a test, a treatment or an event, never OTHER or MULTIPLE."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import text
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", any_of=("--TESTCD", "--TRT", "--TERM"),
      cites="SDTMIG 3.4, 4.2.8; CORE-000159/CG0341, CORE-000160/CG0342, CORE-000161/CG0343, CORE-000162/CG0344",
      fix="programmer: name what it is")
def multiple(table: Table, package: Package) -> Iterator[Hit]:
    """A topic is a test, a treatment or an event, never OTHER or MULTIPLE."""
    for name in ("--TESTCD", "--TRT", "--TERM"):
        if table.has(name):
            yield Hit(table, text(table, name).str.upper().isin(["OTHER", "MULTIPLE"]), name, "it says not what it is")

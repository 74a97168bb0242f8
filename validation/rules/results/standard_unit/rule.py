"""A test in its specimen and by its method has one standard unit."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled, unlike_most
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD", "--STRESU"),
      cites="SDTMIG 3.4, 4.5.1; CORE-000699/FB3001, CORE-000612/FB7001",
      fix="programmer: convert to one standard unit")
def standard_unit(table: Table, package: Package) -> Iterator[Hit]:
    """A test in its specimen and by its method has one standard unit."""
    keys = [name for name in ("--TESTCD", "--CAT", "--SCAT", "--SPEC", "--METHOD", "--STINT") if table.has(name)
            and (name == "--TESTCD" or filled(table, name).all())]
    for _, odd, usual in unlike_most([table], keys, "--STRESU"):
        yield Hit(table, odd, ("--STRESU", "--TESTCD"), "the standard unit elsewhere is: " + usual.fillna("several"))

"""A record has a result, or says NOT DONE, or is derived."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--ORRES",), cites="SDTMIG 3.4, 4.5.1; CORE-000200/CG0348",
      fix="data management: query the result; programmer: say NOT DONE")
def no_result(table: Table, package: Package) -> Iterator[Hit]:
    """A record has a result, or says NOT DONE, or is derived."""
    nothing = ~filled(table, "--ORRES")
    for name in ("--STAT", "--DRVFL", "--STRESC"):
        nothing &= ~filled(table, name) if table.has(name) else True
    yield Hit(table, nothing, "--ORRES", "there is no result and no status")

"""An elapsed time and the date of a reference time point name this reference."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TPTREF",), any_of=("--ELTM", "--RFTDTC"),
      cites="SDTMIG 3.4, 4.4.10; CORE-000028/CG0008, CORE-000248/CG0026",
      fix="programmer: fill --TPTREF")
def time_point_reference(table: Table, package: Package) -> Iterator[Hit]:
    """An elapsed time and the date of a reference time point name this reference."""
    for name in ("--ELTM", "--RFTDTC"):
        if table.has(name):
            lacking = filled(table, name) & ~filled(table, "--TPTREF")
            yield Hit(table, lacking, ("--TPTREF", name), "the reference is missing")

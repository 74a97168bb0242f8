"""A unit stands beside a result."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", any_of=("--STRESU", "--ORRESU"), cites="SDTMIG 3.4, 4.5.1; CORE-000133/CG0426",
      fix="programmer: leave the unit out where there is no result")
def unit_without_result(table: Table, package: Package) -> Iterator[Hit]:
    """A unit stands beside a result."""
    for result, unit in (("--STRESC", "--STRESU"), ("--ORRES", "--ORRESU")):
        if table.has(result, unit):
            yield Hit(table, filled(table, unit) & ~filled(table, result), (unit, result), "there is no result")

"""No study day is 0."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule

DAYS = ("--DY", "--STDY", "--ENDY", "VISITDY")


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.4.4",
      fix="programmer: the day before the reference date is day -1")
def study_day_zero(table: Table, package: Package) -> Iterator[Hit]:
    """No study day is 0."""
    for name in DAYS:
        if table.has(name):
            yield Hit(table, number(table, name) == 0, name, "there is no study day 0")

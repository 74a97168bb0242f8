"""Events and censorings before the start of the observation."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("CNSR", "STARTDT", "ADT"), cites="BDS-TTE 1.0, time-to-event variables",
      numbers=("CNSR", "AVAL"),
      fix="programmer: check both dates")
def event_before_start(table: Table, package: Package) -> Iterator[Hit]:
    """ADT is not before STARTDT, and AVAL is not negative."""
    start, end = days(table, "STARTDT"), days(table, "ADT")
    yield Hit(table, end < start, ("ADT", "STARTDT"), "it is before the start")
    yield Hit(table, end.isna() & table["CNSR"].notna(), ("ADT", "CNSR"),
              "the date of the event or the censoring is empty", "warning")
    yield Hit(table, start.isna() & table["CNSR"].notna(), ("STARTDT", "CNSR"), "the start is empty", "warning")
    if table.has("AVAL"):
        yield Hit(table, table["AVAL"] < 0, "AVAL", "the time is negative")

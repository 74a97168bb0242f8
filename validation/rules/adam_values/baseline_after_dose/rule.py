"""Baseline records of a day after the first dose, or with a later value before it."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.baselines import baseline_keys
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("USUBJID", "PARAMCD", "ABLFL", "ADT", "TRTSDT"), cites="ADaMIG 1.3, 3.3.4",
      fix="programmer: take the last value before the first dose")
def baseline_after_dose(table: Table, package: Package) -> Iterator[Hit]:
    """The baseline record is not of a day after the first dose."""
    date, start = days(table, "ADT"), days(table, "TRTSDT")
    flagged = table["ABLFL"] == "Y"
    late = flagged & (date > start)
    yield Hit(table, late, ("ABLFL", "ADT", "TRTSDT"), "it is a day after the first dose",
              softly(late, flagged.sum(), 0.1))
    if table.has("AVAL"):
        keys = baseline_keys(table)
        at = table.frame[keys].assign(_day=date.where(flagged)).groupby(keys, sort=False)["_day"].transform("max")
        plain = table["DTYPE"] == "" if table.has("DTYPE") else True
        later = table["AVAL"].notna() & (date < start) & (date > at) & plain
        yield Hit(table, later, ("ABLFL", "ADT"), "it is before the first dose and after the baseline record", "notice")

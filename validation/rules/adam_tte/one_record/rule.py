"""Subjects with two times to the same event."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("CNSR", "USUBJID", "PARAMCD"), cites="BDS-TTE 1.0, time-to-event variables",
      fix="programmer: keep the one that counts")
def one_record(table: Table, package: Package) -> Iterator[Hit]:
    """A subject has one record per parameter (and per analysis visit or type of analysis, where there are any)."""
    keys = [name for name in ("USUBJID", "PARAMCD", "PARCAT1", "AVISIT", "ANL01FL", "EVALID") if table.has(name)]
    again = table.frame.duplicated(keys, keep=False)
    yield Hit(table, again, ("PARAMCD", "USUBJID"), "the subject has the parameter more than once",
              softly(again, len(table), 0.1, "warning"))

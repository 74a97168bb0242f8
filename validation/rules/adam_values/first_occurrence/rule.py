"""First occurrences that are flagged twice, not at all, or not on the first event."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

FLAGS = (("AOCCFL", ()), ("AOCCSFL", ("AEBODSYS",)), ("AOCCPFL", ("AEDECOD",)))


@rule("error", each="ADaM", columns=("USUBJID", "AETERM"), any_of=("AOCCFL", "AOCCSFL", "AOCCPFL"),
      cites="OCCDS 1.1, 3.2",
      fix="programmer: flag the first treatment-emergent event of the subject, system organ class and term")
def first_occurrence(table: Table, package: Package) -> Iterator[Hit]:
    """AOCCFL is Y once per subject, AOCCSFL once per system organ class, AOCCPFL once per preferred term."""
    for flag, within in FLAGS:
        keys = ["USUBJID", *within]
        if not table.has(flag, *keys):
            continue
        frame, flagged = table.frame, table[flag] == "Y"
        again = flagged & frame[flagged].duplicated(keys, keep=False).reindex(frame.index, fill_value=False)
        yield Hit(table, again, (flag, *keys), f"{flag} is Y more than once",
                  softly(again, flagged.sum(), 0.05, "warning"))
        counted = table["TRTEMFL"] == "Y" if table.has("TRTEMFL") else pd.Series(True, frame.index)
        groups = [frame[key] for key in keys]
        none = counted & ~flagged.groupby(groups, sort=False).transform("any")
        few = none.sum() <= 0.05 * max(int(counted.sum()), 20)
        yield Hit(table, none, (flag, *keys), f"{flag} is Y on no event of the group", "warning" if few else "notice")
        yield Hit(table, flagged & ~counted, (flag, "TRTEMFL"), "the event is not treatment-emergent", "warning")
        if table.has("ASTDT"):
            start = days(table, "ASTDT").where(counted)
            first = start.groupby(groups, sort=False).transform("min")
            yield Hit(table, flagged & (start > first), (flag, "ASTDT"), "another event of the group starts earlier",
                      "warning")

"""On-treatment flags outside of the treatment."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("ONTRTFL", "TRTSDT"), any_of=("ADT", "ASTDT"), cites="ADaMIG 1.3, 3.3.8",
      fix="programmer: derive the flag from the dates")
def on_treatment(table: Table, package: Package) -> Iterator[Hit]:
    """ONTRTFL is Y only for what is not before the first dose; what is between first and last dose is flagged."""
    names = ("ADT", "ADT") if table.has("ADT") else ("ASTDT", "AENDT" if table.has("AENDT") else "ASTDT")
    start, end = (days(table, name) for name in names)
    first = days(table, "TRTSDT")
    flagged = table["ONTRTFL"] == "Y"
    before = flagged & (end.fillna(np.inf) < first)
    yield Hit(table, before, ("ONTRTFL", names[1], "TRTSDT"), "it is before the first dose")
    yield Hit(table, flagged & first.isna(), ("ONTRTFL", "TRTSDT"), "the subject was not treated")
    if table.has("TRTEDT"):
        under = ~flagged & (start > first) & (start <= days(table, "TRTEDT"))
        few = under.sum() <= 0.02 * max(int(flagged.sum()), 50)
        yield Hit(table, under, ("ONTRTFL", names[0], "TRTSDT"), "it is under treatment", "" if few else "notice")
        late = flagged & (start > days(table, "TRTEDT") + 90)
        yield Hit(table, late, ("ONTRTFL", names[0], "TRTEDT"), "it is more than 90 days after the last dose",
                  softly(late, flagged.sum(), 0.02))

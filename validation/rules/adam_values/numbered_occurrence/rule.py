"""Numbered first-occurrence flags that are set twice in a subject, or not at all where others have them."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

FLAG = re.compile(r"AOCC(\d\d)FL")


@rule("warning", each="ADaM", columns=("USUBJID",), cites="OCCDS 1.1, 3.2",
      fix="programmer: flag the first event of the subject")
def numbered_occurrence(table: Table, package: Package) -> Iterator[Hit]:
    """AOCCzzFL is Y once per subject; with CQzzNAM it is Y on one treatment-emergent event of that query."""
    for flag in table.frame.columns:
        number = FLAG.fullmatch(flag)
        if not number:
            continue
        flagged, query = table[flag] == "Y", f"CQ{number[1]}NAM"
        again = flagged & table.frame[flagged].duplicated("USUBJID", keep=False).reindex(table.frame.index,
                                                                                         fill_value=False)
        yield Hit(table, again, (flag, "USUBJID"), f"{flag} is Y more than once", softly(again, flagged.sum(), 0.05))
        if table.has(query) and (table[query][flagged] != "").mean() > 0.9:
            counted = (table[query] != "") & ((table["TRTEMFL"] == "Y") if table.has("TRTEMFL") else True)
            none = counted & ~flagged.groupby(table["USUBJID"], sort=False).transform("any")
            yield Hit(table, none, (flag, query), f"{flag} is Y on no event of the query",
                      softly(none, counted.sum(), 0.1))
            yield Hit(table, flagged & ~counted, (flag, query), "the event does not belong to the query")

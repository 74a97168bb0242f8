"""Events and censorings without a description, or with that of the other."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

CENSORED = re.compile(r"censor|alive|last|completed|ongoing|lost|no event|study end", re.IGNORECASE)


@rule("warning", each="ADaM", columns=("CNSR",), any_of=("EVNTDESC", "CNSDTDSC"),
      cites="BDS-TTE 1.0, time-to-event variables",
      numbers=("CNSR",),
      fix="programmer: describe the event or the date of censoring")
def description(table: Table, package: Package) -> Iterator[Hit]:
    """An event is described by EVNTDESC, the date of a censoring by CNSDTDSC; one description has one kind of CNSR."""
    event, censored = table["CNSR"] == 0, table["CNSR"] > 0
    keys = ["PARAMCD"] if table.has("PARAMCD") else []
    if table.has("EVNTDESC"):
        yield Hit(table, event & (table["EVNTDESC"] == ""), ("EVNTDESC", "CNSR"), "the event is not described")
        bare = ~event & (table["EVNTDESC"] == "") & table["CNSR"].notna()
        if bare.sum() <= max(0.02 * int(censored.sum()), 1) < censored.sum():
            yield Hit(table, bare, ("EVNTDESC", "CNSR"), "other censored records have a description")
        kind = table.frame.assign(_kind=event.astype(float))
        wrong = rarer(kind, [*keys, "EVNTDESC"], "_kind") & (table["EVNTDESC"] != "").to_numpy()
        wrong &= (table["CNSR"].notna()).to_numpy()
        few = wrong.sum() <= 0.05 * max(len(table), 40)
        yield Hit(table, wrong, ("CNSR", "EVNTDESC"), "others with this description have another CNSR",
                  "" if few else "notice")
    if table.has("CNSDTDSC"):
        empty = censored & (table["CNSDTDSC"] == "")
        yield Hit(table, empty, ("CNSDTDSC", "CNSR"), "the date of the censoring is not described",
                  softly(empty, censored.sum(), 0.1))
        said = event & (table["CNSDTDSC"] != "")
        yield Hit(table, said, ("CNSDTDSC", "CNSR"), "an event has no date of censoring",
                  softly(said, event.sum(), 0.1))

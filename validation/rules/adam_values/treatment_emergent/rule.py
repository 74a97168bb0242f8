"""Treatment-emergent flags that do not fit the start of the event and the treatment."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("TRTEMFL", "ASTDT"), any_of=("TRTSDT",), cites="OCCDS 1.1, 3.2",
      fix="programmer: derive the flag from ASTDT, TRTSDT and TRTEDT")
def treatment_emergent(table: Table, package: Package) -> Iterator[Hit]:
    """An event that starts before the treatment is treatment-emergent only if it worsened; one under treatment is."""
    start, first = days(table, "ASTDT"), days(table, "TRTSDT")
    emergent = table["TRTEMFL"] == "Y"
    worsened = table["AEGRPID"] != "" if table.has("AEGRPID") else False
    before = emergent & (start < first)
    yield Hit(table, before & ~pd.Series(worsened, table.frame.index), ("TRTEMFL", "ASTDT", "TRTSDT"),
              "it starts before the treatment")
    yield Hit(table, emergent & first.isna(), ("TRTEMFL", "TRTSDT"), "the subject was not treated")
    last = days(table, "TRTEDT") if table.has("TRTEDT") else first
    under = ~emergent & (start > first) & ((start <= last) | (last.isna() & start.notna()))
    share = under.sum() / max(int(emergent.sum()), 1)
    yield Hit(table, under, ("TRTEMFL", "ASTDT", "TRTSDT"), "it starts under treatment",
              "" if share < 0.05 or len(table) < 50 else "notice")
    if table.has("TRTSDT") and share < 0.05:
        yield Hit(table, ~emergent & (start == first), ("TRTEMFL", "ASTDT", "TRTSDT"),
                  "it starts on the day of the first dose", "notice")
        share = (~emergent & (start >= first)).sum() / max(int((start >= first).sum()), 1)
        yield Hit(table, ~emergent & (start > last), ("TRTEMFL", "ASTDT", "TRTEDT"), "it starts after the treatment",
                  "warning" if share < 0.02 else "notice")

"""Smallest sums that are not the smallest value before the visit."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("USUBJID", "PARAMCD", "AVAL", "NADIR", "ADT"), cites="RECIST 1.1, 4.3.1",
      numbers=("AVAL", "NADIR"),
      fix="programmer: derive NADIR again")
def nadir(table: Table, package: Package) -> Iterator[Hit]:
    """NADIR is the smallest value of the parameter before (or up to) the day of the record."""
    day = days(table, "ADT")
    whole = table["LESMISS"] == "" if table.has("LESMISS") else pd.Series(True, table.frame.index)
    rows = table.frame[["USUBJID", "PARAMCD"]].assign(_day=day, _value=table["AVAL"].where(whole))
    rows = rows.sort_values(["USUBJID", "PARAMCD", "_day"], kind="stable")
    groups = [rows["USUBJID"], rows["PARAMCD"]]
    with_it = rows.groupby(["USUBJID", "PARAMCD"], sort=False)["_value"].cummin().groupby(groups, sort=False).ffill()
    before = with_it.groupby(groups, sort=False).shift()
    stated = table["NADIR"].reindex(rows.index)
    off = [((stated - smallest).abs() > 0.011) & stated.notna() & smallest.notna() for smallest in (before, with_it)]
    fewest = min(off, key=lambda wrong: int(wrong.sum()))
    wrong = fewest.reindex(table.frame.index)
    yield Hit(table, wrong, ("NADIR", "AVAL"), "it is not the smallest value before",
              softly(wrong, table["NADIR"].notna().sum(), 0.1))

"""Shifts that do not say from where to where."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

PAIRS = (("BNRIND", "ANRIND"), ("BASECAT1", "AVALCAT1"), ("BTOXGR", "ATOXGR"), ("BTOXGRL", "ATOXGRL"),
         ("BTOXGRH", "ATOXGRH"),
         ("BASEC", "AVALC"))


@rule("error", each="ADaM", any_of=("SHIFT1", "SHIFT2", "SHIFT3"), cites="ADaMIG 1.3, 3.3.4",
      fix="programmer: derive the shift again")
def shift(table: Table, package: Package) -> Iterator[Hit]:
    """SHIFTy is the baseline category, 'to', and the category of the record."""
    for name in ("SHIFT1", "SHIFT2", "SHIFT3"):
        pairs = [pair for pair in PAIRS if table.has(name, *pair)] if table.has(name) else []
        text = table[name].str.upper() if pairs else pd.Series(dtype="str")
        judged = (text != "").to_numpy()
        for start, end in pairs:
            said = (table[start] + " TO " + table[end]).str.upper()
            wrong = judged & (text != said).to_numpy() & (table[start] != "").to_numpy() & (table[end] != "").to_numpy()
            if judged.any() and wrong.sum() <= 0.1 * judged.sum() + (1 if judged.sum() < 20 else 0):
                yield Hit(table, wrong, (name, start, end), f"it is not {start} to {end}")
                break

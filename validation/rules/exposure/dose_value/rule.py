"""Doses that are missing, or no dose where there should be one."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("EX",), columns=("EXTRT", "EXDOSE"), cites="SDTMIG 3.4, 6.1.3 EX, assumptions",
      numbers=("EXDOSE",),
      fix="data management: query the dose")
def dose_value(table: Table, package: Package) -> Iterator[Hit]:
    """A dose is a number of 0 or more; 0 is for placebo, and a placebo has no other dose of its active substance."""
    dose, placebo = table["EXDOSE"], table["EXTRT"].str.upper().str.contains("PLACEBO|VEHICLE|SHAM")
    text = table["EXDOSTXT"] != "" if table.has("EXDOSTXT") else pd.Series(False, table.frame.index)
    not_given = table["EXOCCUR"] == "N" if table.has("EXOCCUR") else pd.Series(False, table.frame.index)
    yield Hit(table, dose.isna() & ~text & ~not_given, ("EXDOSE", "EXTRT"), "the dose is empty")
    yield Hit(table, (dose == 0) & ~placebo, ("EXDOSE", "EXTRT"), "the dose of an active treatment is 0")
    zero = (placebo & (dose == 0)).sum()
    yield Hit(table, placebo & (dose > 0) & (zero > 0), ("EXDOSE", "EXTRT"), "the dose of a placebo is not 0")
    yield Hit(table, dose < 0, ("EXDOSE", "EXTRT"), "the dose is negative", "error")
    if table.has("EXDOSU"):
        yield Hit(table, (table["EXDOSU"] == "") & dose.notna(), ("EXDOSU", "EXDOSE"), "the dose has no unit")
        filled = (table["EXDOSU"] != "").to_numpy()
        other = np.zeros(len(table), dtype=bool)
        other[filled] = rarer(table.frame[filled], ["EXTRT"], "EXDOSU")
        yield Hit(table, other, ("EXDOSU", "EXTRT"), "the treatment has another unit elsewhere",
                  softly(other, len(table), 0.05))

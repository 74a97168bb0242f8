"""Flags and values of analysis concentrations that do not fit the limit."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("AVAL", "ALLOQ"), cites="ADaMIG 1.3, 3.3.4",
      numbers=("AVAL", "ALLOQ"),
      fix="programmer: derive flag and value again")
def limit_in_analysis(table: Table, package: Package) -> Iterator[Hit]:
    """BLQFL is Y where the value is below ALLOQ, and a concentration is not negative."""
    value, limit = table["AVAL"], table["ALLOQ"]
    yield Hit(table, value < 0, "AVAL", "the concentration is negative", "error" if table.name == "ADPC" else "warning")
    if table.has("BLQFL"):
        above = (table["BLQFL"] == "Y") & (value > limit)
        yield Hit(table, above, ("BLQFL", "AVAL", "ALLOQ"), "the value is above the limit")
        below = (table["BLQFL"] != "Y") & (value < limit * (1 - 1e-9)) & value.notna()
        yield Hit(table, below, ("BLQFL", "AVAL", "ALLOQ"), "the value is below the limit",
                  softly(below, len(table), 0.02))
    if table.has("PARAMCD"):
        there = limit.notna().to_numpy()
        wrong = np.zeros(len(table), dtype=bool)
        wrong[there] = rarer(table.frame[there], ["PARAMCD"], "ALLOQ")
        yield Hit(table, wrong, ("ALLOQ", "PARAMCD"), "the parameter has another limit elsewhere",
                  softly(wrong, len(table), 0.02))

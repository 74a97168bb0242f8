"""Reference range indicators that do not fit value and range."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.baselines import mostly
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

LOW, HIGH, NORMAL = ("L", "LOW", "LOW LOW", "LL"), ("H", "HIGH", "HIGH HIGH", "HH"), ("N", "NORMAL")
FACTORS = ((1.0, 1.0), (0.5, 1.5))                  # of the limits; the second ones are those of the CDISC pilot study


@rule("error", each="ADaM", columns=("AVAL", "ANRIND"), any_of=("ANRLO", "ANRHI", "A1LO", "A1HI"),
      cites="ADaMIG 1.3, 3.3.7",
      numbers=("AVAL", "ANRLO", "ANRHI", "A1LO", "A1HI"),
      fix="programmer: derive the indicator from AVAL, ANRLO and ANRHI")
def range_indicator(table: Table, package: Package) -> Iterator[Hit]:
    """ANRIND is LOW below ANRLO, HIGH above ANRHI, and NORMAL between them."""
    low, high = ("ANRLO", "ANRHI") if table.has("ANRLO") or table.has("ANRHI") else ("A1LO", "A1HI")
    none = pd.Series(np.nan, table.frame.index)
    lowest, highest = (table[name] if table.has(name) else none for name in (low, high))
    value, said = table["AVAL"], table["ANRIND"]
    judged = ((said != "") & value.notna() & (lowest.notna() | highest.notna())).to_numpy()
    for under, above in FACTORS:
        wrong = _misfits(value, said, lowest * under, highest * above)
        few = mostly(wrong.to_numpy(), judged) and wrong.sum() <= 0.02 * max(int(judged.sum()), 100)
        if few:
            break
    yield Hit(table, wrong, ("ANRIND", "AVAL", low, high), "the indicator does not fit value and range",
              "" if few else "warning")
    parts = table.has("PARAMCD") and (said != "").groupby(table["PARAMCD"], sort=False).transform("mean") > 0.9
    yield Hit(table, value.notna() & lowest.notna() & highest.notna() & (said == "") & parts, ("ANRIND", "AVAL"),
              "the indicator is empty", "warning")
    yield Hit(table, lowest > highest, (low, high), "the range has no inside", "warning")
    for name in (low, high):
        if table.has(name, "PARAMCD"):
            there = table[name].notna()
            empty = ~there & value.notna() & (there.groupby(table["PARAMCD"], sort=False).transform("mean") > 0.9)
            yield Hit(table, empty, (name, "PARAMCD"), "other records of the parameter have a limit",
                      softly(empty, len(table), 0.01) or "warning")


def _misfits(value: pd.Series, said: pd.Series, lowest: pd.Series, highest: pd.Series) -> pd.Series:
    is_low, is_high = value < lowest, value > highest
    return ((said.isin(LOW) & lowest.notna() & value.notna() & ~is_low)
            | (said.isin(HIGH) & highest.notna() & value.notna() & ~is_high)
            | (said.isin(NORMAL) & (is_low | is_high)))

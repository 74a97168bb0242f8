"""Concentrations below the limit of quantification that are not told as such."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

BLQ = re.compile(r"(BLQ|BQL|<\s*BLQ|<\s*LLOQ|BLOQ|<\s*\d+\.?\d*|<\s*LOQ)", re.IGNORECASE)


@rule("warning", each="SDTM", only=("PC",), columns=("PCSTRESC",),
      cites="SDTMIG 3.4, 6.3.5.8 (PC), PCLLOQ and PCSTRESC", numbers=("PCSTRESN", "PCLLOQ"),
      fix="laboratory: correct result or limit")
def below_limit(table: Table, package: Package) -> Iterator[Hit]:
    """A concentration below the limit is told as such and has no number; the limit is there and the same for a test."""
    text, none = table["PCSTRESC"], pd.Series(float("nan"), table.frame.index)
    number = table["PCSTRESN"] if table.has("PCSTRESN") else none
    blq = text.isin([one for one in text.unique().tolist() if BLQ.fullmatch(one.strip())])
    filled = blq & number.notna() & (number != 0)
    yield Hit(table, filled, ("PCSTRESN", "PCSTRESC"), "a result below the limit has no number")
    zero = blq & (number == 0)
    yield Hit(table, zero, ("PCSTRESN", "PCSTRESC"), "a result below the limit has no number", "notice")
    yield Hit(table, number < 0, ("PCSTRESN", "PCSTRESC"), "a concentration is not negative", "error")
    if table.has("PCLLOQ"):
        limit = table["PCLLOQ"]
        low = number.notna() & (number > 0) & (number < limit * (1 - 1e-9))
        yield Hit(table, low, ("PCSTRESN", "PCLLOQ"), "the result is below the limit and not told as such",
                  softly(low, len(table), 0.02))
        yield Hit(table, blq & limit.isna(), ("PCLLOQ", "PCSTRESC"), "the limit is empty")
        rest = limit.isna() & ~blq & (text != "")
        yield Hit(table, rest, ("PCLLOQ", "PCSTRESC"), "the limit is empty", softly(rest, len(table), 0.02))
        keys = [name for name in ("PCTESTCD", "PCSPEC", "PCMETHOD", "PCSTRESU") if table.has(name)]
        there = limit.notna().to_numpy()
        wrong = np.zeros(len(table), dtype=bool)
        wrong[there] = rarer(table.frame[there], keys, "PCLLOQ") if keys else False
        yield Hit(table, wrong & (number.notna() | blq), ("PCLLOQ", "PCTESTCD"), "the test has another limit elsewhere",
                  softly(wrong, len(table), 0.02))

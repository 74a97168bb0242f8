"""--NRIND says whether the result is below, within or above its range."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled, share, text
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--STRESN", "--NRIND"), any_of=("--STNRLO", "--STNRHI"),
      cites="SDTMIG 3.4, 6.3.5 (--NRIND)",
      fix="programmer: derive --NRIND from the result and its range, or explain it")
def range_indicator(table: Table, package: Package) -> Iterator[Hit]:
    """--NRIND says whether the result is below, within or above its range."""
    value, said = number(table, "--STRESN"), text(table, "--NRIND").str.upper()
    low, high = (number(table, name) if table.has(name) else np.full(len(table), np.nan)
                 for name in ("--STNRLO", "--STNRHI"))
    slack = 1e-9 * np.maximum(1, np.abs(value))
    is_low, is_high = value < low - slack, value > high + slack
    known = ~np.isnan(value) & filled(table, "--NRIND") & ~(np.isnan(low) & np.isnan(high))
    severe = pd.DataFrame({"low": low, "high": high}).notna().all(axis=1).to_numpy()
    yield Hit(table, known & said.isin(["NORMAL", "N"]).to_numpy() & (is_low | is_high),
              ("--NRIND", "--STRESN", "--STNRLO", "--STNRHI"), "the result is outside the range")
    yield Hit(table, known & said.isin(["LOW", "LOW LOW", "L"]).to_numpy() & ~is_low & ~np.isnan(low),
              ("--NRIND", "--STRESN", "--STNRLO", "--STNRHI"), "the result is not below the range")
    yield Hit(table, known & said.isin(["HIGH", "HIGH HIGH", "H"]).to_numpy() & ~is_high & ~np.isnan(high),
              ("--NRIND", "--STRESN", "--STNRLO", "--STNRHI"), "the result is not above the range")
    yield Hit(table, known & said.eq("ABNORMAL").to_numpy() & severe & ~is_low & ~is_high,
              ("--NRIND", "--STRESN", "--STNRLO", "--STNRHI"), "the result is within the range")
    missing = ~np.isnan(value) & ~filled(table, "--NRIND") & (severe | is_low | is_high)
    if share(missing) < 0.1:
        yield Hit(table, missing, ("--NRIND", "--STRESN"), "the result has a range and no indicator")

"""The standard result is the collected one times the factor that the test and its unit have everywhere else."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.numbers import decimals, group_median, number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD", "--ORRES", "--STRESN"), cites="SDTMIG 3.4, 4.5.1",
      fix="programmer: correct the conversion of this result")
def conversion(table: Table, package: Package) -> Iterator[Hit]:
    """The standard result is the collected one times the factor that the test and its unit have everywhere else."""
    collected, stored = number(table, "--ORRES"), number(table, "--STRESN")
    units = [name for name in ("--ORRESU", "--STRESU") if table.has(name)]
    group = tests(table, *units)
    collected = np.where(_is_fahrenheit(table), (collected - 32) * 5 / 9, collected)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(collected != 0, stored / collected, np.nan)
    factor = group_median(ratio, group)
    expected = collected * factor
    rounding = 0.51 * 10.0 ** -np.minimum(decimals_of(stored), decimals(table, "--ORRES") + 1)
    off = np.abs(stored - expected) > np.maximum(0.02 * np.abs(expected), rounding)
    rate = pd.Series(np.where(np.isnan(ratio), np.nan, off)).groupby(group).transform("mean").to_numpy()
    same = (np.abs(stored - collected) > 0.05 * np.abs(collected) + 1e-9) & (factor == 1)
    if len(units) == 2:
        same &= table["--ORRESU"].eq(table["--STRESU"]).to_numpy() & filled(table, "--ORRESU")
    yield Hit(table, (off & (rate <= 0.1)) | (same & (len(units) == 2)), ("--STRESN", "--ORRES", *units),
              "elsewhere this test has another factor")


def _is_fahrenheit(table: Table) -> npt.NDArray[np.bool_]:
    if not table.has("--ORRESU", "--STRESU"):
        return np.zeros(len(table), dtype=bool)
    return (table["--ORRESU"].isin(["F", "degF"]) & table["--STRESU"].isin(["C", "degC"])).to_numpy()


def decimals_of(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How many decimals a number needs, up to 4."""
    needed = np.full(len(values), 4.0)
    for places in (3, 2, 1, 0):
        exact = np.abs(values - np.round(values, places)) < 1e-9 * np.maximum(1, np.abs(values))
        needed = np.where(exact, places, needed)
    return needed

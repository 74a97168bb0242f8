"""A result is not far outside the spread of all results of the test."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.numbers import number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD", "--STRESN"), never=("PC", "PP", "IS", "TR", "QS*", "FT*", "RS"),
      cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: query the value")
def outlier(table: Table, package: Package) -> Iterator[Hit]:
    """A result is not far outside the spread of all results of the test."""
    value, test = number(table, "--STRESN"), tests(table)
    grouped = pd.Series(value).groupby(test)
    middle = grouped.transform("median").to_numpy()
    spread = pd.Series(np.abs(value - middle)).groupby(test).transform("median").to_numpy()
    count = grouped.transform("count").to_numpy()
    far = np.abs(value - middle) / np.where(spread > 0, spread, np.nan)
    beyond = pd.Series(far).groupby(test)
    usual = beyond.transform(lambda part: part.quantile(0.95)).to_numpy()
    few = pd.Series(far > 12).groupby(test).transform("sum").to_numpy()
    yield Hit(table, (count >= 30) & (far > np.maximum(12, 2 * usual)) & (few <= np.maximum(2, 0.001 * count)),
              ("--STRESN", "--TESTCD"), "it is far outside the spread of the test")

"""A result is not ten times off those of the subject and of the study, where the test varies little."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.numbers import group_median, number, tests
from validation.rules.registry import Hit, rule

NAMES = ("--TESTCD", "--CAT", "--SPEC", "--METHOD")


@rule("warning", each="SDTM", columns=("USUBJID", "--TESTCD", "--STRESN"),
      never=("PC", "PP", "IS", "QS*", "FT*", "RS", "TR"), cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: query the value: a decimal point, or a unit?")
def magnitude(table: Table, package: Package) -> Iterator[Hit]:
    """A result is not ten times off those of the subject and of the study, where the test varies little."""
    value = number(table, "--STRESN")
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(value > 0, np.log10(value), np.nan)
    test = tests(table)
    own = group_median(size, group_of(table, ["USUBJID", *(n for n in NAMES if table.has(n))]))
    away = np.abs(size - own)
    spread = pd.Series(away).groupby(test).transform(lambda part: part.quantile(0.95)).to_numpy()
    middle = group_median(size, test)
    width = pd.Series(np.abs(size - middle)).groupby(test).transform(lambda part: part.quantile(0.9)).to_numpy()
    apart = np.abs(size - middle)
    steady = (np.bincount(test, weights=~np.isnan(size), minlength=1)[test] >= 20) & (spread < 0.35)
    odd = steady & (apart > np.maximum(0.8, 3 * width)) & ((away > 0.8) | (away == 0))
    yield Hit(table, odd, ("--STRESN", "--TESTCD"), "it is far from all other results of the test")

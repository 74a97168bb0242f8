"""A result that is a number is in --STRESN too, and only a number is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import share
from validation.rules.numbers import number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--STRESC", "--STRESN"), cites="SDTMIG 3.4, 4.5.1; CORE-000863/FB3101",
      fix="programmer: --STRESN is filled where --STRESC is a number")
def number_missing(table: Table, package: Package) -> Iterator[Hit]:
    """A result that is a number is in --STRESN too, and only a number is."""
    shown, stored = ~np.isnan(number(table, "--STRESC")), ~np.isnan(number(table, "--STRESN"))
    used = (pd.Series(stored).groupby(tests(table)).transform("any").to_numpy() if table.has("--TESTCD")
            else np.ones(len(table), dtype=bool))
    yield Hit(table, shown & ~stored & used, ("--STRESN", "--STRESC"), "--STRESC is a number")
    odd = stored & ~shown
    of_test = pd.Series(odd).groupby(tests(table)).transform("mean").to_numpy() if table.has("--TESTCD") else share(odd)
    yield Hit(table, odd & (of_test < 0.5), ("--STRESN", "--STRESC"), "--STRESC is no number")

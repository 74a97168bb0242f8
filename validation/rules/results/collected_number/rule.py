"""Where the standard result is a number, the collected one and its limits are, as in the whole test."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.numbers import number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD", "--ORRES", "--STRESN"), cites="SDTMIG 3.4, 4.5.1",
      fix="data management: query the result as collected")
def collected_number(table: Table, package: Package) -> Iterator[Hit]:
    """Where the standard result is a number, the collected one and its limits are, as in the whole test."""
    stored = ~np.isnan(number(table, "--STRESN"))
    for name, beside in (("--ORRES", stored), ("--ORNRLO", stored), ("--ORNRHI", stored)):
        if table.has(name):
            words = filled(table, name) & np.isnan(number(table, name)) & beside
            known = filled(table, name) & beside
            rate = pd.Series(np.where(known, words, np.nan)).groupby(tests(table)).transform("mean").to_numpy()
            yield Hit(table, words & (rate <= 0.1), (name, "--STRESN"), "it is no number")

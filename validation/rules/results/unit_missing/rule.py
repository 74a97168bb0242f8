"""A number has a unit where the test has one in its other records."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.numbers import number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD",), any_of=("--STRESU", "--ORRESU"),
      cites="SDTMIG 3.4, 4.5.1; FDA Technical Conformance Guide, 4.1",
      fix="data management: query the unit")
def unit_missing(table: Table, package: Package) -> Iterator[Hit]:
    """A number has a unit where the test has one in its other records."""
    for result, unit in (("--STRESN", "--STRESU"), ("--ORRES", "--ORRESU")):
        if table.has(result, unit):
            measured, stated = ~np.isnan(number(table, result)), filled(table, unit)
            usual = pd.Series(np.where(measured, stated, np.nan)).groupby(tests(table)).transform("mean").to_numpy()
            yield Hit(table, measured & ~stated & (usual > 0.5), (unit, result), "the unit is missing")

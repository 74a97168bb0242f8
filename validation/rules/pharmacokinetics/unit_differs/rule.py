"""Concentrations and parameters in a unit that the test elsewhere does not have."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("PC", "PP"), columns=("--TESTCD", "--STRESU"),
      cites="SDTMIG 3.4, 4.5.1 (one standard unit per test)",
      numbers=("--STRESN",),
      fix="programmer: convert the result")
def unit_differs(table: Table, package: Package) -> Iterator[Hit]:
    """A test in a specimen has one standard unit, and a number has one."""
    keys = [table.named(name) for name in ("--TESTCD", "--SPEC", "--CAT") if table.has(name)]
    filled = (table["--STRESU"] != "").to_numpy()
    wrong = np.zeros(len(table), dtype=bool)
    if filled.any():
        wrong[filled] = rarer(table.frame[filled], keys, table.named("--STRESU"))
    yield Hit(table, wrong, ("--STRESU", "--TESTCD"), "the test has another unit elsewhere",
              softly(wrong, len(table), 0.05))
    if table.has("--STRESN"):
        some = pd.Series(filled, table.frame.index).groupby(table["--TESTCD"]).transform("mean") > 0.5
        none = ~filled & table["--STRESN"].notna() & some
        yield Hit(table, none, ("--STRESU", "--TESTCD"), "the number has no unit")

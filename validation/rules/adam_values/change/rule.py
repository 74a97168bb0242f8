"""Changes from baseline that are not the difference."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("AVAL", "BASE", "CHG"), cites="ADaMIG 1.3, 3.3.4",
      numbers=("AVAL", "BASE", "CHG", "ADY"),
      fix="programmer: derive CHG again")
def change(table: Table, package: Package) -> Iterator[Hit]:
    """CHG is AVAL - BASE, and is empty where one of them is."""
    expected = table["AVAL"] - table["BASE"]
    scale = np.maximum(1.0, np.maximum(table["AVAL"].abs(), table["BASE"].abs()))
    wrong = table["CHG"].notna() & expected.notna() & ((table["CHG"] - expected).abs() > 1e-6 * scale)
    rounded = (table["CHG"] - expected).abs() <= 0.0051
    yield Hit(table, wrong, ("CHG", "AVAL", "BASE"), "it is not AVAL - BASE",
              "warning" if bool((rounded | ~wrong).all()) and len(table) > 20 else "")
    yield Hit(table, table["CHG"].notna() & expected.isna(), ("CHG", "AVAL", "BASE"), "AVAL or BASE is empty",
              "warning")
    after = _after_baseline(table) & expected.notna()
    empty = after & table["CHG"].isna()
    parameters = table["PARAMCD"] if table.has("PARAMCD") else pd.Series("", table.frame.index)
    some = table["CHG"].notna().groupby(parameters, sort=False).transform("any")
    empty &= some
    yield Hit(table, empty, ("CHG", "AVAL", "BASE"), "CHG is empty", softly(empty, len(table), 0.01),
              "programmer: derive CHG, or tell why the record has none")


def _after_baseline(table: Table) -> pd.Series:
    if table.has("ADY"):
        return table["ADY"] > 1
    return table["ABLFL"] != "Y" if table.has("ABLFL") else pd.Series(False, table.frame.index)

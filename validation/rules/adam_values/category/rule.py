"""Categories that the same value does not always have."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import is_missing, rarer
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("PARAMCD",), any_of=("AVALCAT1", "AVALCAT2", "CHGCAT1", "BASECAT1", "PCHGCAT1"),
      cites="ADaMIG 1.3, 3.3.4", fix="programmer: derive the category again")
def category(table: Table, package: Package) -> Iterator[Hit]:
    """One value of a parameter has one category, and categories do not overlap."""
    for name, source in (("AVALCAT1", "AVAL"), ("AVALCAT2", "AVAL"), ("CHGCAT1", "CHG"), ("BASECAT1", "BASE"),
                         ("PCHGCAT1", "PCHG")):
        value = source if table.has(source) and table[source].notna().any() else f"{source}C"
        if not table.has(name, value):
            continue
        filled = ~(is_missing(table[value]) | is_missing(table[name])).to_numpy()
        wrong = np.zeros(len(table), dtype=bool)
        wrong[filled] = rarer(table.frame.loc[filled, ["PARAMCD", value, name]], ["PARAMCD", value], name)
        if table[value].dtype.kind == "f":
            wrong |= _outside(table, name, value, filled)
        few = wrong.sum() <= 0.02 * max(len(table), 50)
        yield Hit(table, wrong, (name, value, "PARAMCD"), f"others with this {value} have another {name}",
                  "" if few else "notice")


def _outside(table: Table, name: str, value: str, filled: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """True where the value lies beyond the bulk of its category and within that of another one."""
    rows = table.frame.loc[filled, ["PARAMCD", name, value]]
    grouped = rows.groupby(["PARAMCD", name], sort=False)[value]
    low, high = grouped.quantile(0.02), grouped.quantile(0.98)
    bulk = pd.DataFrame({"low": low, "high": high}).reset_index().sort_values(["PARAMCD", "low"], kind="stable")
    apart = bulk["low"] > bulk.groupby("PARAMCD")["high"].shift(fill_value=-np.inf)
    clean = apart.groupby(bulk["PARAMCD"]).transform("all")
    bulk = bulk[clean]
    joined = rows.merge(bulk, on=["PARAMCD", name], how="left", validate="m:1")
    next_low = bulk.assign(above=bulk.groupby("PARAMCD")["low"].shift(-1),
                           under=bulk.groupby("PARAMCD")["high"].shift(1))
    joined = joined.merge(next_low[["PARAMCD", name, "above", "under"]], on=["PARAMCD", name], how="left",
                          validate="m:1")
    out = np.zeros(len(table), dtype=bool)
    out[filled] = ((joined[value] >= joined["above"]) | (joined[value] <= joined["under"])).to_numpy()
    return out

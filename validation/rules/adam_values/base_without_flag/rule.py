"""Baseline values that differ in one parameter of a subject."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import rarer
from validation.rules.baselines import baseline_keys
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("USUBJID", "PARAMCD", "BASE"), cites="ADaMIG 1.3, 3.3.4",
      numbers=("BASE",),
      fix="programmer: derive BASE again, or tell the baselines apart by BASETYPE")
def base_without_flag(table: Table, package: Package) -> Iterator[Hit]:
    """BASE is the same in all records of a subject, parameter and type of baseline."""
    keys = baseline_keys(table)
    filled = table["BASE"].notna().to_numpy()
    frame = table.frame.loc[filled, [*keys, "BASE"]]
    grouped = frame.groupby(keys, sort=False)["BASE"]
    spread = grouped.transform("max") - grouped.transform("min")
    if not (spread.abs() > 1e-9).any():
        return
    wrong = np.zeros(len(table), dtype=bool)
    wrong[filled] = rarer(frame, keys, "BASE")
    yield Hit(table, wrong, ("BASE", "PARAMCD"), "other records of the parameter have another BASE",
              softly(wrong, len(table), 0.02, "warning"))

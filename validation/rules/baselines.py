"""What rules about baselines share: the baseline record of each record, and where most records keep a rule."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Table
from validation.rules.adam import is_missing

__all__ = ["MOSTLY", "baseline_keys", "baseline_of", "is_used", "mostly"]

MOSTLY = 0.9          # of the records keep the rule, so that the others break it; else it is not that of the dataset
Rows = npt.NDArray[np.bool_]


def baseline_keys(table: Table) -> list[str]:
    """What has one baseline: a parameter of a subject, by type of baseline where there are several."""
    return [name for name in ("USUBJID", "PARAMCD", "BASETYPE") if table.has(name)]


def baseline_of(table: Table, name: str) -> tuple[pd.Series, pd.Series]:
    """The value that the baseline record has, for every record; and whether there is exactly one baseline record."""
    keys = baseline_keys(table)
    flagged = table.frame.loc[table["ABLFL"] == "Y", [*keys, name]].drop_duplicates(keys, keep=False)
    joined = table.frame[keys].merge(flagged.assign(_there=True), on=keys, how="left", validate="m:1")
    joined.index = table.frame.index
    return joined[name], joined["_there"].notna()


def mostly(wrong: Rows, judged: Rows) -> bool:
    """True where so few of the judged records break the rule that it must be the rule of the dataset."""
    number = int(judged.sum())
    return number < 20 or int((wrong & judged).sum()) <= (1 - MOSTLY) * number


def is_used(table: Table, name: str) -> pd.Series:
    """True on the records of a parameter that has the variable filled somewhere: elsewhere it is empty by design."""
    filled = ~is_missing(table[name])
    return filled.groupby(table["PARAMCD"], sort=False).transform("any") if table.has("PARAMCD") else filled | True

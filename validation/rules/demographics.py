"""The subject of a record, and what Demographics says of the subject."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.cache import once
from validation.rules.groups import codes
from validation.rules.moments import Moments, moments

__all__ = ["dm_rows", "of_subject", "reference"]


def dm_rows(table: Table, package: Package) -> npt.NDArray[np.int64]:
    """For each record the row of its subject in DM; -1 where DM has none."""
    dm = package["DM"]
    return once(table, ("DM", id(dm)), lambda: _dm_rows(table, dm))


def _dm_rows(table: Table, dm: Table) -> npt.NDArray[np.int64]:
    subjects = dm["USUBJID"].drop_duplicates()
    numbers, values = codes(table, "USUBJID")
    row = subjects.index.to_numpy()[pd.Index(subjects).get_indexer(values)] if len(subjects) else np.array([], "int64")
    known = values.isin(subjects)
    return np.where(known, row, -1)[numbers] if len(row) else np.full(len(table), -1)


def of_subject(table: Table, package: Package, variable: str) -> pd.Series:
    """A Char variable of DM for each record; "" where DM has no such subject."""
    rows = dm_rows(table, package)
    values = package["DM"][variable].to_numpy(dtype=object)
    found = np.where(rows < 0, "", values[rows]) if len(values) else np.full(len(rows), "", dtype=object)
    return pd.Series(found, index=table.frame.index, dtype="str")


def reference(table: Table, package: Package, variable: str) -> Moments:
    """A reference date of DM (RFSTDTC) for each record."""
    return moments(package["DM"], variable).take(dm_rows(table, package))

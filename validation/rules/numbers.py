"""Numbers that are written as text, and the numbers of a group beside which one stands out."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Table
from validation.rules.cache import once
from validation.rules.groups import group_of, texts

__all__ = ["decimals", "group_median", "number", "tests"]

Floats = npt.NDArray[np.float64]


def number(table: Table, name: str) -> Floats:
    """A variable as numbers, also where it is Char; NaN where a text is none."""
    return once(table, ("number", table.named(name)), lambda: _number(table, name))


def _number(table: Table, name: str) -> Floats:
    if table[name].dtype.kind in "fiu":
        return table[name].to_numpy().astype("float64")
    numbers, values = texts(table, name)
    known = pd.to_numeric(pd.Series(values, dtype="object"), errors="coerce").astype("float64").to_numpy()
    return np.where(np.isfinite(known), known, np.nan)[numbers]


def decimals(table: Table, name: str) -> Floats:
    """How many decimals the text has: 2 for 1.25."""
    numbers, values = texts(table, name)
    places = [len(text.partition(".")[2]) if "e" not in text.lower() else 15 for text in values]
    return np.array(places, dtype="float64")[numbers]


def tests(table: Table, *more: str) -> npt.NDArray[np.int64]:
    """A number for each record: the test in its specimen, by its method, and what else is asked for."""
    names = ("--TESTCD", "--CAT", "--SCAT", "--SPEC", "--METHOD", *more)
    return group_of(table, [name for name in names if table.has(name)])


def group_median(values: Floats, group: npt.NDArray[np.int64]) -> Floats:
    """For each record the median of its group; missing values do not count."""
    return pd.Series(values).groupby(group).transform("median").to_numpy()

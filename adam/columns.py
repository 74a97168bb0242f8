"""Columns of text made fast: from codes, or from a table of the few values that a column has.

A column of a million records has a few hundred different texts. These functions look at each text once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["map_numbers", "map_texts", "take_texts"]


def take_texts(texts: Sequence[str], codes: Any, index: pd.Index) -> pd.Series:
    """The text with each code's number; codes count from 0.

    In: `codes` whole numbers (or boolean: the second text where True). Out: text by `index`.
    """
    array = pd.array(list(texts), dtype="str")
    return pd.Series(array.take(np.asarray(codes).astype("int64")), index=index)


def map_texts(values: pd.Series, table: Mapping[str, str], other: str = "") -> pd.Series:
    """The text that the table has for each value, `other` where it has none."""
    codes, unique = pd.factorize(values, use_na_sentinel=False)
    return take_texts([table.get(value, other) for value in unique], codes, values.index)


def map_numbers(values: pd.Series, table: Mapping[str, float]) -> pd.Series:
    """The number that the table has for each value, NaN where it has none."""
    codes, unique = pd.factorize(values, use_na_sentinel=False)
    numbers = np.array([float(table.get(value, np.nan)) for value in unique] or [np.nan])
    return pd.Series(numbers[codes] if len(codes) else np.empty(0), index=values.index)

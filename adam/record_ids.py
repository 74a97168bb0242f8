"""Raw record ids of analysis records that are made of many: a whole profile, a whole course of samples."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from raw.records import JOIN

__all__ = ["join_records"]


def join_records(data: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """The ids of all records of each group in one text, sorted, those of each record once; the index is `by`."""
    keys = list(by)
    rows = data[[*keys, "_record"]].drop_duplicates().sort_values([*keys, "_record"], kind="stable")
    first = ~rows.duplicated(keys)
    offsets = np.append(np.flatnonzero(first), len(rows)).astype("int32")
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(rows["_record"].to_numpy(dtype=object), pa.string()))
    joined = pd.Series(pc.binary_join(lists, JOIN).to_pandas(), dtype="str")
    return joined.set_axis(pd.MultiIndex.from_frame(rows.loc[first, keys])).rename("_record")

"""What rules about analysis datasets share: dates as days, look-ups on keys, the subjects of ADSL, rarer pairings."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary, ref

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table

__all__ = ["ALIKE", "as_text", "days", "differ", "differ_from_subject", "iso_days", "is_event_class", "is_missing",
           "look_up", "rarer", "seconds",
           "subject_positions", "values_of_subject"]

SAS_EPOCH = 3653                 # days from 1960-01-01, where SAS counts from, to 1970-01-01
ALIKE = 1e-6                     # numbers that differ by less than this part of themselves are equal
Rows = npt.NDArray[np.bool_]
_POSITIONS: WeakKeyDictionary[Table, tuple[ref[Table], npt.NDArray[np.int64]]] = WeakKeyDictionary()


def days(table: Table, name: str) -> pd.Series:
    """A date or a datetime as days since 1970, with missing as NaN; numbers without a date format count from 1960."""
    column = table[name]
    if column.dtype.kind == "M":
        return (column - pd.Timestamp(0)).dt.floor("D").dt.days.astype("float64")
    if column.dtype.kind in "fiu":
        whole = np.floor(column / 86400) if name.endswith("DTM") else np.floor(column)
        return whole.astype("float64") - SAS_EPOCH
    return iso_days(column)


def seconds(table: Table, name: str) -> pd.Series:
    """A datetime as seconds since 1970, with missing as NaN."""
    column = table[name]
    if column.dtype.kind == "M":
        return (column - pd.Timestamp(0)).dt.total_seconds()
    if column.dtype.kind in "fiu":
        return column.astype("float64") - SAS_EPOCH * 86400
    return (pd.to_datetime(column.where(column.str.len() >= 16), format="ISO8601", errors="coerce")
            - pd.Timestamp(0)).dt.total_seconds()


def iso_days(dtc: pd.Series) -> pd.Series:
    """The day of ISO 8601 dates as days since 1970; NaN where the day is not known."""
    texts = dtc.unique()
    whole = pd.Series(texts, index=texts, dtype="str").str[:10]
    day = pd.to_datetime(whole.where(whole.str.len() == 10), format="%Y-%m-%d", errors="coerce")
    return dtc.map((day - pd.Timestamp(0)).dt.days.astype("float64")).astype("float64")


def is_missing(column: pd.Series) -> pd.Series:
    """True where there is no value: "" or NaN."""
    return column.isna() | (column == "") if column.dtype.kind not in "fiuM" else column.isna()


def as_text(column: pd.Series) -> pd.Series:
    """Values as text that compares: 3 for 3.0, "" for missing."""
    if column.dtype.kind == "M":
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S").fillna("").astype("str")
    if column.dtype.kind not in "fiu":
        return column if column.dtype == "str" and not column.hasnans else column.astype("str").fillna("")
    distinct = pd.Series(column.unique())
    shown = {number: "" if pd.isna(number) else f"{number:.12g}" for number in distinct.tolist()}
    return column.map(shown).fillna("").astype("str")


def differ(one: pd.Series, two: pd.Series, within: float = ALIKE) -> Rows:
    """True where two values (number and number, or text and text) are not equal, or only one of them is missing."""
    if one.dtype.kind in "fiu" and two.dtype.kind in "fiu":
        a, b = one.to_numpy(dtype=float), two.to_numpy(dtype=float)
        near = np.abs(a - b) <= within * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
        other: Rows = ~(near | (np.isnan(a) & np.isnan(b)))
    elif one.dtype.kind == "M" and two.dtype.kind == "M":
        other = (one.to_numpy() != two.to_numpy()) & ~(one.isna().to_numpy() & two.isna().to_numpy())
    else:
        other = (as_text(one).reset_index(drop=True) != as_text(two).reset_index(drop=True)).to_numpy(dtype=bool)
    return other


def look_up(table: Table, keys: Sequence[str], other: Table, other_keys: Sequence[str],
            values: Sequence[str]) -> pd.DataFrame:
    """The values that another dataset has for the keys of each record, in the order of the records.

    `_found`: the other dataset has the key; `_one`: it has it once. Where it has it more than once, values are missing.
    """
    left = pd.DataFrame({str(number): table[key].to_numpy() for number, key in enumerate(keys)})
    right = pd.DataFrame({str(number): other[key].to_numpy() for number, key in enumerate(other_keys)})
    on = list(left.columns)
    repeated = right.duplicated(keep=False).to_numpy()
    right = right.assign(**{value: other[value].to_numpy() for value in values}, _one=True)
    joined = left.merge(right[~repeated], on=on, how="left", validate="m:1")
    joined["_one"] = joined["_one"].notna()
    joined["_found"] = joined["_one"]
    if repeated.any():
        many = left.merge(right.loc[repeated, on].drop_duplicates().assign(_many=True), on=on, how="left",
                          validate="m:1")
        joined["_found"] |= many["_many"].notna()
    for value in values:
        if joined[value].dtype.kind not in "fiuM":
            joined[value] = joined[value].astype("str").where(joined["_one"], "").fillna("")
    joined.index = table.frame.index
    return joined


def rarer(frame: pd.DataFrame, keys: Sequence[str], value: str) -> Rows:
    """True where the value is not the one that its key mostly has: a pairing that should be one to one and is not.

    Where two values are equally frequent, both are named.
    """
    pairs = [*keys, value]
    count = frame.groupby(pairs, sort=False, dropna=False).size().rename("_n").reset_index()
    count["_most"] = count.groupby(list(keys), sort=False, dropna=False)["_n"].transform("max")
    count["_kinds"] = count.groupby(list(keys), sort=False, dropna=False)["_n"].transform("size")
    of_key = [count[key] for key in keys]
    count["_tied"] = (count["_n"] == count["_most"]).groupby(of_key, dropna=False).transform("sum")
    bad = count[(count["_kinds"] > 1) & ((count["_n"] < count["_most"]) | (count["_tied"] > 1))]
    if bad.empty:
        return np.zeros(len(frame), dtype=bool)
    marked = frame[pairs].merge(bad[pairs].assign(_bad=True), on=pairs, how="left", validate="m:1")
    rare: Rows = marked["_bad"].notna().to_numpy()
    return rare


def subject_positions(table: Table, package: Package) -> npt.NDArray[np.int64]:
    """The position in ADSL of the subject of each record; -1 where ADSL does not have the subject."""
    adsl = package["ADSL"]
    known = _POSITIONS.get(table)
    if known is None or known[0]() is not adsl:
        first = ~adsl["USUBJID"].duplicated()
        index = pd.Index(adsl["USUBJID"][first])
        place = index.get_indexer(pd.Index(table["USUBJID"]))
        at = np.flatnonzero(first.to_numpy())
        positions = np.where(place >= 0, at[place] if len(at) else -1, -1).astype("int64")
        known = (ref(adsl), positions)
        _POSITIONS[table] = known
    return known[1]


def values_of_subject(table: Table, package: Package, name: str) -> pd.Series:
    """The value of ADSL for the subject of each record; missing where ADSL does not have the subject."""
    column = package["ADSL"][name]
    positions = subject_positions(table, package)
    taken = pd.Series(column.array.take(positions, allow_fill=True), index=table.frame.index)
    return taken.fillna("") if column.dtype.kind not in "fiuM" else taken


def differ_from_subject(table: Table, package: Package, name: str) -> Rows:
    """True where the value of the record is not the one that ADSL has for its subject."""
    column, of_adsl = table[name], package["ADSL"][name]
    positions = subject_positions(table, package)
    if column.dtype.kind == "M" or of_adsl.dtype.kind == "M":
        column, of_adsl = days(table, name), days(package["ADSL"], name)
    if column.dtype != of_adsl.dtype:
        return differ(column, values_of_subject(table, package, name)) & (positions >= 0)
    wrong: Rows = np.zeros(len(table), dtype=bool)
    if not len(of_adsl):
        return wrong
    codes, distinct = pd.factorize(column, use_na_sentinel=False)
    known = pd.Index(distinct).get_indexer(pd.Index(of_adsl))
    wrong = (codes != known[positions]) & (positions >= 0)
    if column.dtype.kind == "f" and wrong.any():
        rows = np.flatnonzero(wrong)
        near = differ(column.iloc[rows].reset_index(drop=True), of_adsl.iloc[positions[rows]].reset_index(drop=True))
        wrong[rows] = near
    return wrong


def is_event_class(table: Table) -> bool:
    """True for an occurrence dataset: it carries --TERM, --DECOD or --TRT of an SDTM domain and has no parameters."""
    names = set(table.frame.columns)
    return "PARAMCD" not in names and any(
        f"{name[:2]}SEQ" in names for name in names if len(name) > 4 and name[2:] in ("TERM", "DECOD", "TRT"))

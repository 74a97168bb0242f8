"""Records that belong together by the values of some variables, and what is usual among them."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.cache import once
from validation.rules.run import show

__all__ = ["codes", "distinct", "filled", "group_of", "of_domain", "share", "text", "texts",
           "unlike_most"]

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def codes(table: Table, name: str) -> tuple[Ids, pd.Index]:
    """A number for each record and the distinct values that the numbers stand for; missing is a value too."""
    return once(table, ("codes", table.named(name)), lambda: _codes(table[name]))


def _codes(column: pd.Series) -> tuple[Ids, pd.Index]:
    numbers, values = pd.factorize(column, use_na_sentinel=False)
    return numbers.astype("int64"), pd.Index(values)


def texts(table: Table, name: str) -> tuple[Ids, list[str]]:
    """`codes` with the distinct values as texts, also where the variable is Num; missing is ""."""
    numbers, values = codes(table, name)
    return numbers, show(pd.Series(values))


def text(table: Table, name: str) -> pd.Series:
    """A variable as text, also where it is Num; missing is ""."""
    if isinstance(table[name].dtype, pd.StringDtype):
        return table[name]
    numbers, values = texts(table, name)
    return pd.Series(np.array([*values, ""], dtype=object)[numbers], index=table.frame.index, dtype="str")


def filled(table: Table, name: str) -> Mask:
    """True where the variable has a value."""
    numbers, values = codes(table, name)
    known = ~values.isna()
    if values.dtype.kind not in "fiuM":
        known &= np.asarray(values != "")
    return np.asarray(known, dtype=bool)[numbers]


def share(mask: Mask) -> float:
    """The part of the records for which it is true; 0 where there is no record."""
    return float(np.mean(mask)) if len(mask) else 0.0


def group_of(table: Table, names: Sequence[str]) -> Ids:
    """A number for each record, the same where all these variables are the same."""
    group = np.zeros(len(table), dtype="int64")
    for name in names:
        numbers, values = codes(table, name)
        group = pd.factorize(group * (len(values) + 1) + numbers)[0].astype("int64")
    return group


def distinct(table: Table, names: Sequence[str]) -> tuple[pd.DataFrame, Ids]:
    """The distinct combinations of some variables, `_n` the count of their records, and which one each record has."""
    group = group_of(table, names)
    first = np.flatnonzero(~pd.Series(group).duplicated().to_numpy())
    frame = pd.DataFrame({name: table[name].iloc[first].reset_index(drop=True) for name in names})     # as asked: --CAT
    return frame.assign(_n=np.bincount(group, minlength=len(first))), group


def unlike_most(tables: Sequence[Table], keys: Sequence[str], value: str) -> Iterator[tuple[Table, Mask, pd.Series]]:
    """Per dataset, the records whose value is not the usual one among all with the same keys, and the usual value.

    Records without a key or value do not count. Where two values are equally usual, both are unlike most.
    """
    if len(tables) == 1 and _is_function(tables[0], keys, value):
        return
    parts = [distinct(table, (*keys, value)) for table in tables]
    named = [frame.set_axis([*keys, value, "_n"], axis=1) for frame, _ in parts]
    pairs = pd.concat(named, ignore_index=True) if named else pd.DataFrame(columns=[*keys, value])
    known = pairs.loc[_is_filled(pairs, [*keys, value]), [*keys, value]].drop_duplicates()
    if not known.duplicated(list(keys)).any():
        return
    usual = _usual(pairs, list(keys), value)
    for table, frame, (_, group) in zip(tables, named, parts, strict=True):
        joined = frame.merge(usual, on=list(keys), how="left", validate="m:1")
        odd = (_is_filled(joined, [*keys, value]) & joined["_values"].gt(1) & joined["_usual"].ne(joined[value]))
        if odd.any():
            yield table, odd.to_numpy(dtype=bool)[group], joined["_usual"].take(group).set_axis(table.frame.index)


def _is_function(table: Table, keys: Sequence[str], value: str) -> bool:
    """True where each combination of keys has one value: nothing to look at."""
    known = np.logical_and.reduce([filled(table, name) for name in (*keys, value)])
    key = group_of(table, keys)
    both = key * (len(codes(table, value)[1]) + 1) + codes(table, value)[0]
    return len(pd.unique(both[known])) == len(pd.unique(key[known]))


def _usual(pairs: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Per key how many values there are, and the most frequent one (missing where two are)."""
    counted = pairs[_is_filled(pairs, [*keys, value])].groupby([*keys, value], as_index=False)["_n"].sum()
    top = counted.groupby(keys)["_n"].transform("max") == counted["_n"]
    ranked = counted.assign(_top=top, _ties=top.groupby([counted[key] for key in keys]).transform("sum"))
    values = ranked.groupby(keys, as_index=False).agg(_values=(value, "size"))
    best = ranked[ranked["_top"] & ranked["_ties"].eq(1)].rename(columns={value: "_usual"})
    return values.merge(best[[*keys, "_usual"]], on=keys, how="left", validate="1:1")


def _is_filled(frame: pd.DataFrame, names: list[str]) -> pd.Series:
    return (frame[names].notna() & (frame[names] != "")).all(axis=1)


def of_domain(package: Package, domain: str) -> list[Table]:
    """The datasets of one domain: LB, or LBCH and LBHE where it is split."""
    return [table for table in package.of_model("SDTM")
            if table.prefix == domain and table.has("DOMAIN") and not table.name.startswith(("SUPP", "SQ"))]

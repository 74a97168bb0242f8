"""Records that an analysis adds: parameters computed from others, summaries over records, values carried forward."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from cdisckit.errors import SpecError

__all__ = ["derive_computed_records", "derive_differential_records", "derive_locf_records", "derive_summary_records"]


def derive_computed_records(data: pd.DataFrame, compute: Callable[..., pd.Series], codes: Sequence[str],
                            by: Sequence[str], new: Mapping[str, object], *, constant: Mapping[str, Sequence[str]] = {},
                            keep: Sequence[str] = ()) -> pd.DataFrame:
    """One record more for each group of records (a subject's visit) that has all the parameters a formula needs.

    In: `compute` gets the AVAL of `codes` (PARAMCD) in their order; a parameter in `constant` (height) is taken by
    those keys alone; `keep` names variables of the first parameter's record that the new record has too; `new` are its
    constants (PARAMCD, PARAM). Out: data with the new records behind; where an input is missing there is none. Two
    values of one parameter in a group stop: the keys do not tell the records apart (pandas MergeError).
    """
    first, *others = codes
    of_code = {code: data[(data["PARAMCD"] == code) & data["AVAL"].notna()] for code in codes}
    table = of_code[first][[*dict.fromkeys([*by, *keep]), "AVAL"]].rename(columns={"AVAL": first})
    for code in others:
        keys = list(constant.get(code, by))
        values = of_code[code][[*keys, "AVAL"]].rename(columns={"AVAL": code})
        table = table.merge(values, on=keys, how="inner", validate="many_to_one" if code in constant else "one_to_one")
    made = table[[*dict.fromkeys([*by, *keep])]].assign(AVAL=compute(*(table[code] for code in codes)), **new)
    return _appended(data, made[made["AVAL"].notna()])


def derive_differential_records(data: pd.DataFrame, by: Sequence[str], new: Mapping[str, object], *, total: str = "WBC",
                                differential: str = "LYMLE", percent: bool = False) -> pd.DataFrame:
    """The absolute count of a white cell from the leukocyte count and its differential, where the laboratory did not
    report the absolute count itself.

    In: AVAL of the total and of the differential (fraction, or percent=True); `new`: PARAMCD and more. Out: the new
    records behind, with DTYPE CALCULATION. Source: ADaMIG 1.3, 4.5.1.
    """
    there = data.loc[data["PARAMCD"] == new["PARAMCD"], list(by)].drop_duplicates()
    factor = 0.01 if percent else 1.0
    made = derive_computed_records(data, lambda cells, part: cells * part * factor, (total, differential), by,
                                   {**new, "DTYPE": "CALCULATION"}).iloc[len(data):]
    known = made[list(by)].merge(there, on=list(by), how="left", indicator=True, validate="many_to_one")
    return _appended(data, made[(known["_merge"] == "left_only").to_numpy()])


def derive_summary_records(data: pd.DataFrame, among: pd.Series, by: Sequence[str], new: Mapping[str, object],
                           summary: str, *, value: str = "AVAL", dates: Sequence[str] = ()) -> pd.DataFrame:
    """One record more for each group, which sums its records up: their sum, mean, number, smallest or largest value.

    In: `among`: the records that count; summary sum, mean, count, min, max (missing values are left out); dates:
    prefixes of --DT and --DTM of which the first start (AST) and the last end (AEN) are kept. Out: the new records
    behind; a sum or mean of no value is missing.
    """
    rows = data[among]
    groups = rows.groupby(list(by), sort=True, dropna=False)
    made = groups[value].sum(min_count=1) if summary == "sum" else groups[value].agg(summary)
    table = made.astype("float64").rename("AVAL").reset_index()
    for name in dates:
        edge = groups[name].min() if name.startswith("AST") else groups[name].max()
        table = table.assign(**{name: edge.to_numpy()})
    return _appended(data, table.assign(**new))


def derive_locf_records(data: pd.DataFrame, expected: pd.DataFrame, by: Sequence[str], order: Sequence[str], *,
                        visit: Sequence[str] = (), imputation: str = "add", keep: Sequence[str] = ()) -> pd.DataFrame:
    """The last value that was observed before, on every expected visit without a value.

    In: `expected`: the visits (with the parameters) that each subject should have; `visit`: its columns that identify
    one; imputation: add a record beside an empty one; update the empty one; update_add a copy of it beside it; `keep`:
    variables that an added record takes from the last observed one. Out: DTYPE LOCF on imputed records; a visit before
    the first value stays as it is. Raises SpecError for another imputation. Source: ADaMIG 1.3, 4.3.
    """
    if imputation not in ("add", "update", "update_add"):
        raise SpecError(f"imputation={imputation!r} is none of add, update, update_add")
    data = data.assign(DTYPE=data.get("DTYPE", ""))
    subject = [name for name in by if name not in expected]
    shared = [name for name in by if name in expected]
    if shared:
        planned = data[[*by]].drop_duplicates().merge(expected, on=shared, how="inner", validate="many_to_many")
    else:
        planned = data[subject].drop_duplicates().merge(expected, how="cross")
    keys = [*dict.fromkeys([*by, *(visit or [name for name in expected if name not in by])])]
    filled = data["AVAL"].notna()
    wanted = _without(planned, data if imputation != "add" else data[filled], keys)
    empty = data[~filled] if imputation != "add" else data[:0]
    rows = pd.concat([data[filled].assign(_new=False), wanted.assign(_new=True), empty.assign(_new=True)])
    rows = rows.sort_values([*by, *order], kind="stable")
    groups = rows.groupby(list(by), sort=False, dropna=False)
    carried = {name: groups[name].ffill() for name in ("AVAL", *keep) if name in rows}
    rows = rows.assign(**{name: rows[name].where(~rows["_new"] | rows[name].notna(), made)
                          for name, made in carried.items()})
    imputed = rows[rows["_new"] & rows["AVAL"].notna()].assign(DTYPE="LOCF")
    kept = data
    if imputation == "update":
        replaced = _without(data[~filled], imputed, keys)
        kept = pd.concat([data[filled], replaced])
    return pd.concat([kept, imputed[[*data.columns]]], ignore_index=True)


def _without(left: pd.DataFrame, right: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The records of the left that the right does not have."""
    known = left[keys].merge(right[keys].drop_duplicates(), on=keys, how="left", indicator=True, validate="many_to_one")
    return left[(known["_merge"] == "left_only").to_numpy()]


def _appended(data: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """The new records behind the old; text that neither has is "", not missing."""
    joined = pd.concat([data, made], ignore_index=True)
    text = {name: joined[name].fillna("").astype("str") for name in joined
            if name != "_record" and (data[name].dtype if name in data else made[name].dtype) == "str"}
    return joined.assign(**text)

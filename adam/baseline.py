"""Baseline of a parameter, the change from it, shifts and ratios (ADaMIG 1.3, 3.3.4)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from adam.flags import compute_flag

__all__ = ["derive_ablfl", "derive_base", "derive_basetype_records", "derive_chg", "derive_pchg", "derive_ratio",
           "derive_shift"]


def derive_ablfl(data: pd.DataFrame, by: Sequence[str], flag: str) -> pd.DataFrame:
    """Y on the baseline record of each subject and parameter (and time point): the record that SDTM flags as the last
    one before first exposure.

    In: the stated SDTM flag (--LOBXFL), AVAL, or AVALC of a result that is no number. Out: ABLFL (Y or ""), at most one
    a group: the last, if SDTM flags several. Source: ADaMIG 1.3, 3.3.4.
    """
    valued = data["AVAL"].notna() if "AVALC" not in data else data["AVAL"].notna() | (data["AVALC"] != "")
    candidates = data[(data[flag] == "Y") & valued]
    candidates = candidates.sort_values([name for name in ("ADT", "_SEQ") if name in data], kind="stable")
    last = candidates.drop_duplicates(["USUBJID", *by], keep="last").index
    return data.assign(ABLFL=compute_flag(pd.Series(data.index.isin(last), index=data.index)))


def derive_base(data: pd.DataFrame, by: Sequence[str], *, source: str = "AVAL", new: str = "BASE") -> pd.DataFrame:
    """The analysis value of the baseline record of the same subject and parameter (and time point).

    In: AVAL (or another `source`: ANRIND, ATOXGRL), ABLFL. Out: BASE (or `new`: BNRIND, BTOXGRL) on every record, also
    before baseline; NaN, or "" of a text, where there is no baseline. Source: ADaMIG 1.3, 3.3.4.
    """
    group = data.groupby(["USUBJID", *by], sort=False, dropna=False).ngroup().rename("_group").to_frame()
    there = data["ABLFL"] == "Y"
    baseline = group[there].assign(**{new: data.loc[there, source]})
    values = group.merge(baseline, on="_group", how="left", validate="many_to_one")[new].set_axis(data.index)
    return data.assign(**{new: values if data[source].dtype.kind in "fiu" else values.fillna("").astype("str")})


def derive_basetype_records(data: pd.DataFrame, types: Mapping[str, pd.Series]) -> pd.DataFrame:
    """The records once for each type of baseline that they belong to.

    In: for each BASETYPE, on which records (boolean) it bears. Out: BASETYPE; records of no type come first, with "".
    Source: ADaMIG 1.3, 4.2.1.7.
    """
    of_any = pd.concat(types.values(), axis=1).any(axis=1) if types else pd.Series(False, index=data.index)
    parts = [data[~of_any].assign(BASETYPE="")] + [data[bears].assign(BASETYPE=name) for name, bears in types.items()]
    return pd.concat(parts, ignore_index=True).astype({"BASETYPE": "str"})


def derive_chg(data: pd.DataFrame, after: pd.Series | bool = True) -> pd.DataFrame:
    """The analysis value minus the baseline value, on the records after baseline.

    In: AVAL, BASE; `after`: the records that have a change (all of them by default). Out: CHG (unit of AVAL). Source:
    ADaMIG 1.3, 3.3.4.
    """
    change = data["AVAL"] - data["BASE"]
    return data.assign(CHG=change if after is True else change.where(after))


def derive_pchg(data: pd.DataFrame) -> pd.DataFrame:
    """The change from baseline in percent of the size of the baseline value; empty where the baseline is zero.

    In: CHG, BASE. Out: PCHG (%): 100 x CHG / |BASE|. Source: ADaMIG 1.3, 3.3.4.
    """
    return data.assign(PCHG=(100 * data["CHG"] / data["BASE"].abs()).where(data["BASE"] != 0))


def derive_shift(data: pd.DataFrame, new: str, before: str, after: str, *, missing: str = "NULL",
                 between: str = " to ") -> pd.DataFrame:
    """The value at baseline and the value of the record, side by side: NORMAL to HIGH.

    In: two columns, text or number; a missing value shows as `missing`. Out: `new` (text). Source: ADaMIG 1.3, 3.3.4.
    """
    return data.assign(**{new: _shown(data[before], missing) + between + _shown(data[after], missing)})


def _shown(values: pd.Series, missing: str) -> pd.Series:
    if values.dtype.kind not in "fiu":
        text = values.fillna("").astype("str")
        return text.where(text != "", missing)
    text = values.astype("float64").map(lambda number: f"{number:.15g}", na_action="ignore")
    return text.astype("str").where(values.notna(), missing).astype("str")


def derive_ratio(data: pd.DataFrame, denominator: str, *, numerator: str = "AVAL", new: str = "") -> pd.DataFrame:
    """The analysis value divided by its baseline value or by a limit of its range; empty where that is zero.

    In: two columns of numbers. Out: R2BASE, R2ANRLO, R2ANRHI (R2 and the denominator's name), or `new`. Source: ADaMIG
    1.3, 3.3.4.
    """
    ratio = (data[numerator] / data[denominator]).where(data[denominator] != 0)
    return data.assign(**{new or f"R2{denominator}": ratio})

"""Baseline of a parameter, the change from it, shifts and ratios (ADaMIG 1.3, 3.3.4)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from adam.columns import take_texts
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


def derive_base(data: pd.DataFrame, by: Sequence[str], **of: str) -> pd.DataFrame:
    """The analysis value of the baseline record of the same subject and parameter (and time point).

    In: ABLFL, and for each new variable the one whose baseline it is: BASE="AVAL" (this alone by default),
    BNRIND="ANRIND". Out: the new variables on every record, also before baseline; NaN, or "" of a text, where there is
    no baseline. Source: ADaMIG 1.3, 3.3.4.
    """
    group = data.groupby(["USUBJID", *by], sort=False, dropna=False).ngroup().to_numpy()
    there = (data["ABLFL"] == "Y").to_numpy()
    place = pd.Index(group[there]).get_indexer(group)           # raises where a group has two baselines
    made = {}
    for new, source in (of or {"BASE": "AVAL"}).items():
        values = pd.Series(data[source].array[there].take(place, allow_fill=True), index=data.index)
        made[new] = values if data[source].dtype.kind in "fiu" else values.fillna("").astype("str")
    return data.assign(**made)


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
    first, firsts = pd.factorize(data[before], use_na_sentinel=False)
    second, seconds = pd.factorize(data[after], use_na_sentinel=False)
    words = [_shown(one, missing) + between + _shown(two, missing) for one in firsts for two in seconds]
    return data.assign(**{new: take_texts(words, first * len(seconds) + second, data.index)})


def _shown(value: object, missing: str) -> str:
    if pd.isna(value) or value == "":
        return missing
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def derive_ratio(data: pd.DataFrame, denominator: str, *, numerator: str = "AVAL", new: str = "") -> pd.DataFrame:
    """The analysis value divided by its baseline value or by a limit of its range; empty where that is zero.

    In: two columns of numbers. Out: R2BASE, R2ANRLO, R2ANRHI (R2 and the denominator's name), or `new`. Source: ADaMIG
    1.3, 3.3.4.
    """
    ratio = (data[numerator] / data[denominator]).where(data[denominator] != 0)
    return data.assign(**{new or f"R2{denominator}": ratio})

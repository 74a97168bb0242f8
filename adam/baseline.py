"""Baseline of a parameter and the change from it (ADaMIG 1.3, 3.3.4)."""

from collections.abc import Sequence

import pandas as pd

from adam.flags import compute_flag

__all__ = ["derive_ablfl", "derive_base", "derive_chg", "derive_pchg"]


def derive_ablfl(data: pd.DataFrame, by: Sequence[str], flag: str) -> pd.DataFrame:
    """Y on the baseline record of each subject and parameter (and time point): the record that SDTM flags as the last
    one before first exposure.

    In: the stated SDTM flag (--LOBXFL), AVAL. Out: ABLFL (Y or ""), at most one a group. Source: ADaMIG 1.3, 3.3.4.
    """
    candidates = data[(data[flag] == "Y") & data["AVAL"].notna()]
    last = candidates.drop_duplicates(["USUBJID", *by], keep="last").index
    return data.assign(ABLFL=compute_flag(pd.Series(data.index.isin(last), index=data.index)))


def derive_base(data: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The analysis value of the baseline record of the same subject and parameter (and time point).

    In: AVAL, ABLFL. Out: BASE (unit of AVAL; NaN where there is no baseline). Source: ADaMIG 1.3, 3.3.4.
    """
    keys = ["USUBJID", *by]
    baseline = data.loc[data["ABLFL"] == "Y", [*keys, "AVAL"]].rename(columns={"AVAL": "BASE"})
    merged = data.drop(columns="BASE", errors="ignore").merge(baseline, on=keys, how="left", validate="many_to_one")
    return merged.set_axis(data.index)


def derive_chg(data: pd.DataFrame, after: pd.Series) -> pd.DataFrame:
    """The analysis value minus the baseline value, on the records after baseline.

    In: AVAL, BASE. Out: CHG (unit of AVAL). Source: ADaMIG 1.3, 3.3.4.
    """
    return data.assign(CHG=(data["AVAL"] - data["BASE"]).where(after))


def derive_pchg(data: pd.DataFrame) -> pd.DataFrame:
    """The change from baseline in percent of the baseline value; empty where the baseline is zero.

    In: CHG, BASE. Out: PCHG (%). Source: ADaMIG 1.3, 3.3.4.
    """
    return data.assign(PCHG=(100 * data["CHG"] / data["BASE"]).where(data["BASE"] != 0))

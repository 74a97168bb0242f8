"""Flags of analysis datasets: treatment emergence, first occurrence, records on treatment."""

from collections.abc import Sequence

import pandas as pd

__all__ = ["compute_first", "compute_flag", "derive_trtemfl"]


def compute_flag(condition: pd.Series, no: str = "") -> pd.Series:
    """Y where the condition holds, else empty (or N where the dataset's flags are Y and N)."""
    return pd.Series(no, index=condition.index, dtype="str").mask(condition, "Y")


def compute_first(data: pd.DataFrame, among: pd.Series, by: Sequence[str], order: Sequence[str]) -> pd.Series:
    """Y on the first record of each group, of those records that `among` admits, in the stated order; one a group."""
    first = data[among].sort_values([*by, *order], kind="stable").drop_duplicates(list(by)).index
    return compute_flag(pd.Series(data.index.isin(first), index=data.index))


def derive_trtemfl(data: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Y if the event starts on or after the first exposure to treatment and not later than the stated number of days
    after the last one. An event whose start is not known at all counts as treatment-emergent unless it ended before
    the first exposure.

    In: ASTDT, AENDT, TRTSDT, TRTEDT (datetime64). Out: TRTEMFL (Y or ""). An event of a subject never treated has
    no flag.
    Source: ADaM OCCDS 1.1, 3.2.5 (TRTEMFL); the window is the study's (terms.treatment_emergent_days in
    study.yaml).
    """
    treated = data["TRTSDT"].notna()
    until = data["TRTEDT"] + pd.Timedelta(days=window_days)
    started = (data["ASTDT"] >= data["TRTSDT"]) & ((data["ASTDT"] <= until) | data["TRTEDT"].isna())
    unknown = data["ASTDT"].isna() & ~(data["AENDT"] < data["TRTSDT"])
    return data.assign(TRTEMFL=compute_flag(treated & (started | unknown)))

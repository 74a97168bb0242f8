"""What rules about samples share: durations of ISO 8601 as hours, moments as hours, and what is one sample."""

import re

import pandas as pd

from validation.package import Table

__all__ = ["elapsed_hours", "hours", "moment", "sample_of", "tier_of"]

DURATION = re.compile(r"(-)?P(?:(\d+\.?\d*)W)?(?:(\d+\.?\d*)D)?"
                      r"(?:T(?:(\d+\.?\d*)H)?(?:(\d+\.?\d*)M)?(?:(\d+\.?\d*)S)?)?")
HOURS = (168.0, 24.0, 1.0, 1 / 60, 1 / 3600)      # of a week, a day, an hour, a minute, a second


def hours(text: str) -> float:
    """The hours of an ISO 8601 duration without years and months: 1.5 for PT1H30M; NaN where it is none."""
    parts = DURATION.fullmatch(text)
    if not parts or not any(parts.groups()[1:]):
        return float("nan")
    return (-1.0 if parts[1] else 1.0) * sum(float(part or 0) * length for part,
                                             length in zip(parts.groups()[1:], HOURS, strict=True))


def elapsed_hours(table: Table) -> pd.Series:
    """The planned hours from the reference: --ELTM."""
    column = table["--ELTM"]
    return column.map({text: hours(text) for text in column.unique().tolist()}).astype("float64")


def moment(dtc: pd.Series) -> pd.Series:
    """Date and time as hours since 1970; NaN where the minute is not known."""
    texts = pd.Series(dtc.unique())
    whole = pd.to_datetime(texts.where(texts.str.len() >= 16), format="ISO8601", errors="coerce")
    known = ((whole - pd.Timestamp(0)).dt.total_seconds() / 3600).tolist()
    return dtc.map(dict(zip(texts.tolist(), known, strict=True))).astype("float64")


def sample_of(table: Table) -> pd.Series:
    """What is one sample of a subject against one drug, as text: the sample's number, else its visit and time."""
    key = table["USUBJID"] + "|" + (table["ISBDAGNT"] if table.has("ISBDAGNT") else "")
    if table.has("ISREFID") and (table["ISREFID"] != "").mean() > 0.9:
        return key + "|" + table["ISREFID"]
    return key + "|" + (table["ISDTC"] if table.has("ISDTC") else table["VISIT"])


def tier_of(table: Table) -> pd.Series:
    """The tier of a result: SCREEN, CONFIRM, QUANTIFY or NEUTRALISE; "" where it is not told."""
    neutralise = table["ISTESTCD"].str.upper().str.contains("NAB")
    told = table["ISTSTOPO"].str.upper() if table.has("ISTSTOPO") else pd.Series("", index=table.frame.index)
    return told.where(~neutralise, "NEUTRALISE")

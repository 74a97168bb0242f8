"""What rules compare by: ISO 8601 dates that may be partial, study days, numbers written as text."""

import re

import pandas as pd

__all__ = ["earliest", "is_after", "is_before", "latest", "study_day", "to_number"]

FIRST, LAST = "0000-01-01T00:00:00", "0000-12-31T23:59:59"
SIMPLE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?)?)?", re.ASCII)


def earliest(dtc: pd.Series) -> pd.Series:
    """The first second that a partial ISO 8601 date allows, as text that sorts; "" for none or one with other gaps."""
    return _filled(dtc, FIRST)


def latest(dtc: pd.Series) -> pd.Series:
    """The last second that a partial ISO 8601 date allows, as text that sorts; "" for none or one with other gaps."""
    return _filled(dtc, LAST)


def _filled(dtc: pd.Series, pattern: str) -> pd.Series:
    known = {text: text[:19] + pattern[len(text):] for text in dtc.unique().tolist()
             if isinstance(text, str) and SIMPLE.fullmatch(text)}
    return dtc.map(known).astype("str").fillna("")


def is_before(one: pd.Series, two: pd.Series) -> pd.Series:
    """True where the first date is surely before the second: 2014-02 is before 2014-03-01 and not before 2014-02-10."""
    last, first = latest(one), earliest(two)
    return (last != "") & (first != "") & (last < first)


def is_after(one: pd.Series, two: pd.Series) -> pd.Series:
    """True where the first date is surely after the second."""
    return is_before(two, one)


def study_day(dtc: pd.Series, reference: pd.Series) -> pd.Series:
    """--DY of whole dates: days from the reference date, which is day 1; there is no day 0 (SDTMIG 3.4, 4.4.4)."""
    day, start = _day(dtc), _day(reference)
    days = (day - start).dt.days.astype("float64")
    return days + (days >= 0)


def _day(dtc: pd.Series) -> pd.Series:
    whole = dtc.str[:10].where(dtc.str.len() >= 10, "")
    return pd.to_datetime(whole, format="%Y-%m-%d", errors="coerce")


def to_number(text: pd.Series) -> pd.Series:
    """Text as a number; missing where it is none."""
    return pd.to_numeric(text.where(text != ""), errors="coerce").astype("float64")

"""Dates as moments: the first and the last second that an ISO 8601 text allows, and the day of a whole date."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Table
from validation.rules.cache import once
from validation.rules.groups import codes, texts

__all__ = ["STUDY_DAYS", "Moments", "date_variables", "days_between", "moments"]

STUDY_DAYS = (("--DY", "--DTC"), ("--STDY", "--STDTC"), ("--ENDY", "--ENDTC"))

Times = npt.NDArray[np.datetime64]
SIMPLE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?)?)?", re.ASCII)
UNITS = {4: "Y", 7: "M", 10: "D", 13: "h", 16: "m", 19: "s"}
DATE_VARIABLE = re.compile(r"[A-Z0-9]*DTC")


@dataclass(frozen=True, eq=False)
class Moments:
    """Per record, NaT where the text says none: `day` only for whole dates."""

    first: Times
    last: Times
    day: Times

    def take(self, rows: npt.NDArray[np.int64]) -> "Moments":
        """The moments of these rows; none for row -1."""
        return Moments(*(_take(part, rows) for part in (self.first, self.last, self.day)))


def _take(part: Times, rows: npt.NDArray[np.int64]) -> Times:
    if not len(part):
        return np.full(len(rows), "NaT", dtype=part.dtype)
    taken = part[rows]
    taken[rows < 0] = "NaT"
    return taken


def moments(table: Table, name: str) -> Moments:
    """The moments of a --DTC variable."""
    return once(table, ("moments", table.named(name)), lambda: _moments(table, name))


def _moments(table: Table, name: str) -> Moments:
    numbers, values = texts(table, name)
    first = np.full(len(values), "NaT", dtype="M8[s]")
    last, day = first.copy(), np.full(len(values), "NaT", dtype="M8[D]")
    for length, unit in UNITS.items():
        at = [row for row, text in enumerate(values) if len(text[:19]) == length and SIMPLE.fullmatch(text)]
        padded = pd.Series([values[row][:19] + "0000-01-01T00:00:00"[length:] for row in at], dtype="str")
        start = pd.to_datetime(padded, format="%Y-%m-%dT%H:%M:%S", errors="coerce").to_numpy().astype("M8[s]")
        first[at] = start
        last[at] = (start.astype(f"M8[{unit}]") + np.timedelta64(1, unit)).astype("M8[s]") - np.timedelta64(1, "s")
        day[at] = start.astype("M8[D]") if length >= 10 else day[at]
    return Moments(first[numbers], last[numbers], day[numbers])


def days_between(start: Times, end: Times) -> npt.NDArray[np.float64]:
    """Whole days from one day to another; NaN where one is unknown."""
    days = (end.astype("M8[D]") - start.astype("M8[D]")).astype("float64")
    return np.where(np.isnat(start) | np.isnat(end), np.nan, days)


def date_variables(table: Table) -> list[str]:
    """The Char variables that hold ISO 8601 dates: AESTDTC, RFSTDTC, BRTHDTC."""
    return [name for name in table.frame.columns
            if DATE_VARIABLE.fullmatch(name) and codes(table, name)[1].dtype.kind not in "fiuM"]

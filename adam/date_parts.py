"""What an ISO 8601 text says of a date and a time, and what stands for the parts that it does not say.

Parts are arrays of numbers by name (year, month, day, hour, minute, second; NaN where the text does not say).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cdisckit.errors import SpecError, suggest

__all__ = [
    "END",
    "FIRST",
    "LAST",
    "PARTS",
    "START",
    "DateFill",
    "TimeFill",
    "calendar_day",
    "date_fill",
    "fill_days",
    "fill_time",
    "find_unreadable",
    "read_parts",
    "time_fill",
]

Parts = Mapping[str, npt.NDArray[np.float64]]

DATE_LEVELS = ("none", "day", "month", "year")          # each may fill what the ones before it may
TIME_LEVELS = ("none", "second", "minute", "hour")
PARTS = ("year", "month", "day", "hour", "minute", "second")
ALLOWED = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "second": (0, 59.999999)}
ZONE = r"(?:Z|[+-]\d{2}(?::?\d{2})?)?"
PARTIAL = re.compile(
    r"(\d{4}|-)(?:-(\d{2}|-)(?:-(\d{2}|-))?)?"
    rf"(?:T(\d{{2}}|-)(?::(\d{{2}}|-)(?::(\d{{2}}(?:\.\d*)?|-))?)?{ZONE})?", re.ASCII)
UNSAID = float("nan")


@dataclass(frozen=True)
class DateFill:
    """What stands for missing parts: the day of a known month, the month, the day of an imputed month, the year."""

    level: int
    day: int
    month: int
    day_of_month: int                                   # beside an imputed month
    year: int = 0
    last: bool = False                                  # a day beyond the month's end means its last day
    fixed: bool = False                                 # a day beyond the month's end is the caller's mistake


@dataclass(frozen=True)
class TimeFill:
    level: int
    hour: int
    minute: int
    second: int


FIRST = DateFill(3, day=1, month=1, day_of_month=1, year=1)
LAST = DateFill(3, day=31, month=12, day_of_month=31, year=9999, last=True)
NAMED_DATES = {"first": FIRST, "last": LAST, "mid": DateFill(3, day=15, month=6, day_of_month=30)}
START, END = TimeFill(3, 0, 0, 0), TimeFill(3, 23, 59, 59)


def read_parts(texts: Sequence[str]) -> Parts:
    """Year, month ... second as numbers; NaN where the text does not say. A time zone is read over: times are local.
    `strange` is 1 where the text is no date at all.
    """
    table = np.array([_read_text(text) for text in texts], dtype="float64").reshape(-1, len(PARTS) + 1)
    return {name: table[:, place] for place, name in enumerate((*PARTS, "strange"))}


@lru_cache(maxsize=200_000)
def _read_text(text: str) -> tuple[float, ...]:
    """The numbers of one text; the same days stand on many records, in many datasets."""
    found = PARTIAL.fullmatch(text)
    if not found:
        return (*[UNSAID] * len(PARTS), float(text != ""))
    return (*[float(part) if part and part != "-" else UNSAID for part in found.groups()], 0.0)


def find_unreadable(parts: Parts, checked: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Texts that are no ISO 8601 date, or that name a month, a day or a time that cannot be."""
    wrong = parts["strange"] > 0
    for part in checked:
        low, high = ALLOWED[part]
        wrong = wrong | (parts[part] < low) | (parts[part] > high)
    return wrong


def date_fill(impute: str, to: str, limited: bool) -> DateFill:
    """What the options of a date ask for; SpecError where they ask for nothing that can be done."""
    level = _level("impute", impute, DATE_LEVELS)
    if impute == "year" and (to not in ("first", "last") or not limited):
        raise SpecError("a missing year is imputed to the first or the last date that the limits leave",
                        cases=[f"to={to!r}", "limits are given" if limited else "no limits are given"],
                        fix='give minimum= or maximum=, and to="first" or to="last"')
    if to in NAMED_DATES:
        return replace(NAMED_DATES[to], level=level)
    found = re.fullmatch(r"(?:(\d{2})-)?(\d{2})", to)
    month, day = (int(part or 1) for part in found.groups()) if found else (0, 0)
    whole_year = found is not None and found[1] is not None
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31) if whole_year else 31
    if not 1 <= month <= 12 or not 1 <= day <= longest or (level > 1 and not whole_year):
        raise SpecError(f"to={to!r} is no date to impute to{suggest(to, NAMED_DATES)}", cases=[f"impute={impute!r}"],
                        fix="write first, last, mid, MM-DD, or DD where only days are imputed")
    return DateFill(level, day=day, month=month, day_of_month=day, fixed=True)


def time_fill(impute_time: str, time_to: str) -> TimeFill:
    """What the options of a time ask for; SpecError where they ask for nothing that can be done."""
    level = _level("impute_time", impute_time, TIME_LEVELS)
    named = {"first": "00:00:00", "last": "23:59:59"}
    fixed = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)", named.get(time_to, time_to))
    if not fixed:
        raise SpecError(f"time_to={time_to!r} is no time to impute to{suggest(time_to, named)}",
                        fix="write first, last or HH:MM:SS")
    return TimeFill(level, *(int(part) for part in fixed.groups()))


def _level(name: str, value: str, levels: Sequence[str]) -> int:
    if value not in levels:
        raise SpecError(f"{name}={value!r} is no level of imputation{suggest(value, levels)}", cases=levels)
    return levels.index(value)


def _up_to_first_gap(parts: Parts) -> Parts:
    known, kept = np.ones(len(parts["year"]), dtype="bool"), {}
    for name in PARTS:
        known = known & ~np.isnan(parts[name])
        kept[name] = np.where(known, parts[name], np.nan)
    return kept


def _filled(values: npt.NDArray[np.float64], other: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.where(np.isnan(values), other, values)


def fill_days(parts: Parts, fill: DateFill, preserve: bool) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    """Midnight of the day (NaT where a part is still missing), and where all parts are there and make no day.

    Raises SpecError where the day that is filled in does not exist in a month of the data.
    """
    kept = parts if preserve else _up_to_first_gap(parts)
    year = _filled(kept["year"], fill.year) if fill.level >= 3 else kept["year"]
    month = _filled(kept["month"], fill.month) if fill.level >= 2 else kept["month"]
    beside = np.where(np.isnan(kept["month"]), fill.day_of_month, fill.day)
    if fill.last:
        beside = np.minimum(beside, _month_length(year, month))
    day = _filled(kept["day"], beside) if fill.level >= 1 else kept["day"]
    date = calendar_day(year, month, day)
    broken = ~(np.isnan(year) | np.isnan(month) | np.isnan(day)) & np.isnat(date)
    ours = broken & np.isnan(kept["day"]) & (month >= 1) & (month <= 12)
    if fill.fixed and ours.any():
        raise SpecError(f"the fixed day {fill.day} does not exist in every month of the data",
                        cases=sorted({f"{year[at]:04.0f}-{month[at]:02.0f}" for at in np.flatnonzero(ours)}),
                        fix='impute to "last", or to a day that every month has')
    return date, broken


def _is_month(year: npt.NDArray[np.float64], month: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return ~np.isnan(year) & (month >= 1) & (month <= 12)


def _month_start(year: npt.NDArray[np.float64], month: npt.NDArray[np.float64]) -> npt.NDArray[np.datetime64]:
    months = np.where(_is_month(year, month), (year - 1970) * 12 + month - 1, 0)
    return months.astype("int64").astype("datetime64[M]")


def _month_length(year: npt.NDArray[np.float64], month: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    start = _month_start(year, month)
    days = (start + np.timedelta64(1, "M")).astype("datetime64[D]") - start.astype("datetime64[D]")
    return np.asarray(days.astype("float64"))


def calendar_day(year: npt.NDArray[np.float64], month: npt.NDArray[np.float64],
                 day: npt.NDArray[np.float64]) -> npt.NDArray[np.datetime64]:
    """Midnight of the day (datetime64[s]); NaT where a part is missing or the calendar has no such day."""
    start = _month_start(year, month)
    known = _is_month(year, month) & ~np.isnan(day)
    date = start.astype("datetime64[D]") + (np.where(known, day, 1) - 1).astype("timedelta64[D]")
    exists = known & (date.astype("datetime64[M]") == start)
    return np.where(exists, date.astype("datetime64[s]"), np.datetime64("NaT", "s"))


def fill_time(parts: Parts, fill: TimeFill, preserve: bool) -> npt.NDArray[np.timedelta64]:
    """The time since midnight (timedelta64[ms]); NaT where a part is still missing or there is no such time."""
    kept = parts if preserve else _up_to_first_gap(parts)
    hour = _filled(kept["hour"], fill.hour) if fill.level >= 3 else kept["hour"]
    minute = _filled(kept["minute"], fill.minute) if fill.level >= 2 else kept["minute"]
    second = _filled(kept["second"], fill.second) if fill.level >= 1 else kept["second"]
    exists = (hour >= 0) & (hour <= 23) & (minute >= 0) & (minute <= 59) & (second < 60)
    seconds = np.where(exists, hour * 3600 + minute * 60 + second, 0)
    milliseconds = np.floor(np.round(seconds * 1e6) / 1e3).astype("int64").astype("timedelta64[ms]")
    return np.where(exists, milliseconds, np.timedelta64("NaT", "ms"))

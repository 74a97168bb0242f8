"""Is a text an ISO 8601 date as SDTM writes them (4.4.1 to 4.4.3 of SDTMIG 3.4), or a duration?"""

import calendar
import re

__all__ = ["is_date", "is_duration", "is_possible"]

DATE = r"(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
TIME = (r"T(?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2}(?:\.\d+)?|-))?)?"
        r"(?:Z|[+-]\d{2}:?\d{2})?")
MOMENT = re.compile(f"{DATE}(?:{TIME})?", re.ASCII)
DURATION = re.compile(r"-?P(?!$)(?:\d+(?:\.\d+)?W|(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?D)?"
                      r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?)", re.ASCII)
LIMITS = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 59), "second": (0, 60)}


def is_date(text: str) -> bool:
    """A date, a date and time, either with gaps (--12-15, 2003-12-15T-:15), or an interval of two of them."""
    parts = text.split("/")
    return len(parts) <= 2 and all(
        (MOMENT.fullmatch(part) is not None and not part.endswith("-")) or (number == 1 and is_duration(part))
        for number, part in enumerate(parts))


def is_possible(text: str) -> bool:
    """False for month 13, hour 25 or 30 February; a text that is no date is not judged."""
    for match in filter(None, map(MOMENT.fullmatch, text.split("/"))):
        known = {name: value for name, value in match.groupdict().items() if value not in (None, "-")}
        if any(name in known and not low <= float(known[name]) <= high for name, (low, high) in LIMITS.items()):
            return False
        year = int(known.get("year", 2000))              # a leap year: 29 February of no known year is possible
        if {"month", "day"} <= known.keys() and (
                int(known["day"]) > calendar.monthrange(year or 2000, int(known["month"]))[1]):
            return False
    return True


def is_duration(text: str) -> bool:
    """P3W, P1Y2M, PT1H30M, -P14D."""
    return DURATION.fullmatch(text) is not None

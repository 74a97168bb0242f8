"""Analysis dates and times from the ISO 8601 text of SDTM, imputed and flagged; relative days, durations, nominal
times.

ADaMIG 1.3, 3.1.2 (timing variables) and 3.1.3 (imputation flags). A text that is no date, or that names a day which the
calendar does not have, is never imputed: its date is empty, and the derive_ functions report it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from adam.columns import take_texts
from adam.date_parts import (
    END,
    FIRST,
    LAST,
    PARTS,
    START,
    DateFill,
    Parts,
    calendar_day,
    date_fill,
    fill_days,
    fill_time,
    find_unreadable,
    read_parts,
    time_fill,
)
from cdisckit.errors import SpecError, suggest
from cdisckit.findings import Finding, report_findings
from sdtm.timing import compute_date_bounds

__all__ = [
    "compute_age_years",
    "compute_date",
    "compute_datetime",
    "compute_day",
    "compute_duration",
    "compute_time_flag",
    "compute_timepoint_hours",
    "derive_analysis_age",
    "derive_analysis_date",
    "derive_analysis_datetime",
    "derive_date_part",
    "derive_duration",
    "derive_relative_day",
    "derive_time_part",
]

DATE_FLAGS, TIME_FLAGS = ("", "D", "M", "Y"), ("", "S", "M", "H")
DAY = 86400
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": DAY, "weeks": 7 * DAY,
         "months": 365.25 / 12 * DAY, "years": 365.25 * DAY}
UNIT_NAMES = {"seconds": "S SEC SECS SECOND", "minutes": "MIN MINS MINUTE", "hours": "H HR HRS HOUR", "days": "D DAY",
              "weeks": "W WK WKS WEEK", "months": "MO MOS MONTH", "years": "Y YR YRS YEAR"}
SPELLINGS = {spelling: unit for unit, names in UNIT_NAMES.items() for spelling in (*names.split(), unit.upper())}
FLOORS = {"seconds": "s", "minutes": "min", "hours": "h", "days": "D"}

NUMBER = r"\d+(?:\.\d+)?"
HOURS_IN = {"D": 24.0, "H": 1.0, "M": 1 / 60}
BEFORE_DOSE = r"SCREENING|BEFORE|PRE[ -]?(?:DOSE|TREATMENT|INFUSION|INF)"
END_OF = r"EO[IT]|END OF (?:INFUSION|TREATMENT|INF)"
START_OF = r"START(?: OF)? (?:INFUSION|TREATMENT|INF)"
UNIT = r"(?P<unit>D(?:AYS?)?|H(?:OURS?|RS?)?|M(?:INS?|INUTES?)?)"
SIDE = r"(?P<side>PRE|BEFORE|PRIOR(?: TO)?|POST|AFTER)"
POINT = rf"(?:(?P<end>{END_OF})|{START_OF}|(?P<given>INFUSION|TREATMENT|INF)|DOSE|LAST(?: DOSE)?)"
NOMINAL = (rf"^(?:(?P<from>{NUMBER}) ?- ?)?(?P<to>{NUMBER}) ?{UNIT}(?: ?(?P<minutes>{NUMBER}) ?M(?:INS?|INUTES?)?)?"
           rf"(?: ?{SIDE}?[ -]?{POINT}?)?$")


@dataclass(frozen=True)
class _Imputed:
    """What became of each text: the moment, the highest part of the date that it lacks, whether it is no date."""

    moment: npt.NDArray[np.datetime64]
    lacks: npt.NDArray[np.int64]                            # place in DATE_FLAGS
    problem: npt.NDArray[np.bool_]


def compute_date(dtc: pd.Series, *, impute: str = "none", to: str = "first", preserve: bool = False,
                 minimum: Sequence[pd.Series] = (), maximum: Sequence[pd.Series] = ()) -> pd.DataFrame:
    """The date of an ISO 8601 text; missing parts are imputed as far as `impute` allows, and the flag says which.

    impute     none; day: a missing day; month: also a missing month; year: also a missing year, from the limits alone
    to         first or last: day of the month or year; mid: the 15th, or 30 June; MM-DD or DD: that day
    preserve   False: a part behind a missing one is not used (2019---07 is 2019); True: it is (the 7th)
    minimum    an imputed date is raised to the latest of these dates that the text can mean
    maximum    and lowered to the earliest of these; a limit that the text excludes, or that is missing, does not count

    In: ISO 8601 text; limits: datetime64, or ISO 8601 text. Out: `date` (datetime64[s], NaT where unknown) and `flag`
    (text: Y, M or D for the highest imputed part, else ""). Raises SpecError for options that are none, for
    impute="year" without limits, and where a fixed day does not exist in a month of the data. Source: ADaMIG 1.3,
    3.1.3.
    """
    made = _impute_date(dtc, impute, to, preserve, minimum, maximum)
    return pd.DataFrame({"date": _moments(made, dtc), "flag": _date_flag(made, dtc)})


def _impute_date(dtc: pd.Series, impute: str, to: str, preserve: bool, minimum: Sequence[pd.Series],
                 maximum: Sequence[pd.Series]) -> _Imputed:
    fill = date_fill(impute, to, bool(minimum) or bool(maximum))
    codes, parts = _coded_parts(dtc)
    date, broken = fill_days(parts, fill, preserve)
    low, high = ([limit.astype("datetime64[D]").astype("datetime64[ms]") for limit in limits]
                 for limits in (_limits(minimum, dtc, "first"), _limits(maximum, dtc, "last")))
    return _spread(codes, parts, date, fill, low, high, find_unreadable(parts, ("month", "day")) | broken)


def compute_datetime(dtc: pd.Series, *, impute: str = "none", to: str = "first", preserve: bool = False,
                     impute_time: str = "none", time_to: str = "first", ignore_seconds: bool = True,
                     minimum: Sequence[pd.Series] = (), maximum: Sequence[pd.Series] = (),
                     unit: str = "s") -> pd.DataFrame:
    """The date and time of an ISO 8601 text; missing parts are imputed as far as `impute` and `impute_time` allow.

    impute, to, preserve, minimum, maximum: as in compute_date; a time behind a missing day is used with preserve=True
    alone
    impute_time      none; second: missing seconds; minute: also minutes; hour: also a missing time
    time_to          first: 00:00:00; last: 23:59:59; HH:MM:SS; each missing part is taken from it
    ignore_seconds   True: seconds are not collected, and the flag S is not set; SpecError where there are any

    In: ISO 8601 text; limits: datetime64 to the second, or ISO 8601 text (a date is 00:00:00 as minimum, 23:59:59 as
    maximum). Out: `datetime` (datetime64, NaT where unknown; fractions of a second are cut off unless unit="ms"),
    `date_flag` ("" D M Y), `time_flag` ("" H M S). Raises SpecError for options that are none. Source: ADaMIG 1.3,
    3.1.3.
    """
    made = _impute_datetime(dtc, impute, to, preserve, impute_time, time_to, minimum, maximum)
    moment = _moments(made, dtc, unit)
    return pd.DataFrame({"datetime": moment, "date_flag": _date_flag(made, dtc),
                         "time_flag": compute_time_flag(dtc, moment, ignore_seconds=ignore_seconds)})


def _impute_datetime(dtc: pd.Series, impute: str, to: str, preserve: bool, impute_time: str, time_to: str,
                     minimum: Sequence[pd.Series], maximum: Sequence[pd.Series]) -> _Imputed:
    fill, clock = date_fill(impute, to, bool(minimum) or bool(maximum)), time_fill(impute_time, time_to)
    codes, parts = _coded_parts(dtc)
    date, broken = fill_days(parts, fill, preserve)
    moment = date + fill_time(parts, clock, preserve)
    limits = _limits(minimum, dtc, "first"), _limits(maximum, dtc, "last")
    return _spread(codes, parts, moment, fill, *limits, find_unreadable(parts, PARTS[1:]) | broken)


def _coded_parts(dtc: pd.Series) -> tuple[npt.NDArray[np.int64], Parts]:
    """For each record the number of its text, and the parts of the texts: a date stands on many records."""
    codes, unique = pd.factorize(dtc.fillna("").astype("str"))
    return codes, read_parts(unique.tolist())


def _spread(codes: npt.NDArray[np.int64], parts: Parts, moment: npt.NDArray[np.datetime64], fill: DateFill,
            minimum: Sequence[npt.NDArray[np.datetime64]], maximum: Sequence[npt.NDArray[np.datetime64]],
            problem: npt.NDArray[np.bool_]) -> _Imputed:
    """What was found for the texts on the records that have them, each within its own limits."""
    lacks = np.select([np.isnan(parts[name]) for name in PARTS[:3]], [3, 2, 1], 0)
    moment = moment.astype("datetime64[ms]")
    if not minimum and not maximum:
        return _Imputed(moment[codes], lacks[codes], problem[codes])
    lower, upper = (fill_days(parts, days, False)[0] + fill_time(parts, times, False)
                    for days, times in ((FIRST, START), (LAST, END)))
    limited = _within_limits(moment[codes], lower[codes], upper[codes], minimum, maximum)
    if fill.level >= 3:                                         # an unknown year needs a limit
        unknown = np.isnan(parts["year"])[codes] & (limited == moment[codes])
        limited = np.where(unknown, np.datetime64("NaT", "ms"), limited)
    return _Imputed(limited, lacks[codes], problem[codes])


def _limits(limits: Sequence[pd.Series], dtc: pd.Series, side: str) -> list[npt.NDArray[np.datetime64]]:
    """The limits as moments of the records; a limit in text is the first or the last moment that it can mean."""
    strangers = [limit.name for limit in limits if not limit.index.equals(dtc.index)]
    if strangers:
        raise SpecError("a limit has other records than the dates it limits", cases=strangers,
                        fix="take both from one data set")
    moments = [limit if limit.dtype.kind == "M" else compute_date_bounds(limit)[side] for limit in limits]
    return [moment.to_numpy().astype("datetime64[ms]") for moment in moments]


def _within_limits(moment: npt.NDArray[np.datetime64], lower: npt.NDArray[np.datetime64],
                   upper: npt.NDArray[np.datetime64], minimum: Sequence[npt.NDArray[np.datetime64]],
                   maximum: Sequence[npt.NDArray[np.datetime64]]) -> npt.NDArray[np.datetime64]:
    """Raised to the minima, then lowered to the maxima, that the text can mean."""
    for limit in minimum:
        moment = np.where((limit > moment) & (limit <= upper), limit, moment)
    for limit in maximum:
        moment = np.where((limit < moment) & (limit >= lower), limit, moment)
    return moment


def _moments(made: _Imputed, dtc: pd.Series, unit: str = "s") -> pd.Series:
    return pd.Series(made.moment.astype(f"datetime64[{unit}]"), index=dtc.index)


def _date_flag(made: _Imputed, dtc: pd.Series) -> pd.Series:
    """The highest part of the date that the text lacks: Y, M or D; "" where it lacks none or there is no date."""
    return take_texts(DATE_FLAGS, np.where(np.isnat(made.moment), 0, made.lacks), dtc.index)


def compute_time_flag(dtc: pd.Series, datetime: pd.Series, *, ignore_seconds: bool = True) -> pd.Series:
    """H, M or S for the highest part of the time that does not stand so in the text: it was missing, or was not used.

    In: ISO 8601 text, datetime64. Out: text ("" where the time is as recorded, or where there is no date). With
    ignore_seconds there is no S, and SpecError where the text has seconds. Source: ADaMIG 1.3, 3.1.3.
    """
    codes, parts = _coded_parts(dtc)
    timed = ~np.isnan(parts["second"])[codes]
    if ignore_seconds and timed.any():
        raise SpecError("seconds are collected, so a missing second must be flagged", cases=sorted(set(dtc[timed])),
                        fix="ignore_seconds=False")
    moment = datetime.to_numpy().astype("datetime64[s]")
    within = (moment - moment.astype("datetime64[D]")).astype("int64")
    flag = np.zeros(len(dtc), dtype="int64")
    shown = (("second", within % 60), ("minute", within // 60 % 60), ("hour", within // 3600))
    for place, (part, value) in enumerate(shown, start=1):
        if place > 1 or not ignore_seconds:
            flag = np.where(np.floor(parts[part])[codes] == value, flag, place)
    return take_texts(TIME_FLAGS, np.where(np.isnat(moment), 0, flag), dtc.index)


def derive_analysis_date(data: pd.DataFrame, dtc: str, prefix: str, *, impute: str = "none", to: str = "first",
                         preserve: bool = False, minimum: Sequence[str] = (), maximum: Sequence[str] = (),
                         date_flag: bool | None = None) -> pd.DataFrame:
    """The date of the collected ISO 8601 text as a number. Parts that are not known are imputed where the analysis
    plan says so, within the limits it names, and the flag says which part is imputed (D day, M month and day, Y the
    whole date).

    In: the stated --DTC (text), the columns of the limits (datetime64). Out: {prefix}DT (datetime64[s]) and, where
    dates are imputed or with date_flag=True, {prefix}DTF. A text that is no date is a finding, and its date is empty.
    The options are those of compute_date; SpecError also for a missing column. Source: ADaMIG 1.3, 3.1.2 and 3.1.3.
    """
    low, high = (tuple(_column(data, name) for name in names) for names in (minimum, maximum))
    made = _impute_date(_column(data, dtc), impute, to, preserve, low, high)
    _report_dates(data, dtc, f"{prefix}DT", made.problem)
    flagged = impute != "none" if date_flag is None else date_flag
    text = data[dtc]
    return data.assign(**{f"{prefix}DT": _moments(made, text)},
                       **({f"{prefix}DTF": _date_flag(made, text)} if flagged else {}))


def derive_analysis_datetime(data: pd.DataFrame, dtc: str, prefix: str, *, impute: str = "none", to: str = "first",
                             preserve: bool = False, impute_time: str = "none", time_to: str = "first",
                             ignore_seconds: bool = True, minimum: Sequence[str] = (), maximum: Sequence[str] = (),
                             date_flag: bool | None = None, time_flag: bool | None = None) -> pd.DataFrame:
    """The date and time of the collected ISO 8601 text as a number. Parts that are not known are imputed where the
    analysis plan says so, within the limits it names; the flags say which part of the date (D, M, Y) and of the time
    (S, M, H) is imputed.

    In: the stated --DTC (text), the columns of the limits (datetime64; a maximum named *DT is a date, and is over at
    23:59:59 if time_to="last"). Out: {prefix}DTM (datetime64[s]) and, where dates or times are imputed or as asked,
    {prefix}DTF and {prefix}TMF. A text that is no date and time is a finding, and its date-time is empty. The options
    are those of compute_datetime; SpecError also for a missing column. Source: ADaMIG 1.3, 3.1.2 and 3.1.3.
    """
    text, low = _column(data, dtc), [_column(data, name) for name in minimum]
    day_end = np.timedelta64(DAY - 1 if time_to == "last" else 0, "s")
    high = [_column(data, name) + (day_end if name.endswith("DT") else np.timedelta64(0, "s")) for name in maximum]
    made = _impute_datetime(text, impute, to, preserve, impute_time, time_to, low, high)
    _report_dates(data, dtc, f"{prefix}DTM", made.problem)
    moment = _moments(made, text)
    columns = {f"{prefix}DTM": moment}
    if impute != "none" if date_flag is None else date_flag:
        columns[f"{prefix}DTF"] = _date_flag(made, text)
    if impute_time != "none" if time_flag is None else time_flag:
        columns[f"{prefix}TMF"] = compute_time_flag(text, moment, ignore_seconds=ignore_seconds)
    return data.assign(**columns)


def _column(data: pd.DataFrame, name: str) -> pd.Series:
    if name not in data:
        raise SpecError(f"the data have no column {name}{suggest(name, data.columns)}",
                        fix="derive it first, or mend the name")
    return data[name]


def _report_dates(data: pd.DataFrame, dtc: str, variable: str, wrong: npt.NDArray[np.bool_]) -> None:
    """A finding for every text that is no date, in the dataset that it comes from."""
    if not wrong.any():
        return
    dataset = "DM" if dtc.startswith(("RF", "BRTH", "DTH")) else dtc[:2]
    bad = data[wrong]
    keys = pd.Series("", index=bad.index, dtype="str")
    if "USUBJID" in bad:
        keys = keys + "USUBJID=" + bad["USUBJID"]
    if f"{dataset}SEQ" in bad:
        keys = keys + bad[f"{dataset}SEQ"].map(f" {dataset}SEQ={{:g}}".format).astype("str")
    records = bad.get("_record", pd.Series("", index=bad.index, dtype="str"))
    message = f"{dtc} is no date or time that exists, as recorded or as imputed; {variable} is empty"
    report_findings(Finding("mapping", "mapping.impossible_analysis_date", "error", dataset, key=key, variable=variable,
                            value=value, record=record, message=message,
                            fix="data management: query the site for the date")
                    for key, value, record in zip(keys, bad[dtc], records, strict=True))


def compute_day(date: pd.Series, reference: pd.Series) -> pd.Series:
    """The relative day: days from the reference date to the date, plus one on or after it; the day before it is -1.

    In: two dates or date-times (datetime64), of which only the days count. Out: days (float, NaN where either is
    missing). There is no day 0. Source: ADaMIG 1.3, 3.1.2.
    """
    if not reference.index.equals(date.index):
        reference = reference.reindex(date.index)
    last, first = (moment.to_numpy().astype("datetime64[D]") for moment in (date, reference))
    days = np.where(np.isnat(last) | np.isnat(first), np.nan, (last - first).astype("float64"))
    return pd.Series(days + (days >= 0), index=date.index)


def derive_relative_day(data: pd.DataFrame, date: str, reference: str, *, new: str = "") -> pd.DataFrame:
    """Days from the reference date to the analysis date, plus one on or after it; the day before it is -1, and there
    is no day 0.

    In: two columns of datetime64. Out: the relative day (days), named like the date: ADY for ADT, ASTDY for ASTDTM; or
    `new`. Raises SpecError for a missing column, and without `new` for a date not named *DT or *DTM. Source: ADaMIG
    1.3, 3.1.2.
    """
    name = new or _renamed(date, ("DTM", "DT"), "DY")
    return data.assign(**{name: compute_day(_column(data, date), _column(data, reference))})


def derive_date_part(data: pd.DataFrame, *datetimes: str) -> pd.DataFrame:
    """The date of the date-time, without its time.

    In: *DTM (datetime64). Out: *DT (datetime64[s]) for each. Source: ADaMIG 1.3, 3.1.2.
    """
    dates = {_renamed(name, ("DTM",), "DT"): _column(data, name).dt.floor("D") for name in datetimes}
    return data.assign(**{name: date.astype("datetime64[s]") for name, date in dates.items()})


def derive_time_part(data: pd.DataFrame, *datetimes: str) -> pd.DataFrame:
    """The time of the date-time, without its date.

    In: *DTM (datetime64). Out: *TM (seconds since midnight, which a TIME format shows) for each. Source: ADaMIG 1.3,
    3.1.2.
    """
    moments = {_renamed(name, ("DTM",), "TM"): _column(data, name) for name in datetimes}
    return data.assign(**{name: (moment - moment.dt.floor("D")).dt.total_seconds() for name, moment in moments.items()})


def _renamed(name: str, endings: Sequence[str], new: str) -> str:
    ending = next((ending for ending in endings if name.endswith(ending)), "")
    if not ending:
        raise SpecError(f"the name {name} does not end in {' or '.join(endings)}",
                        fix="name the date as ADaMIG 3.1.2 has it")
    return name.removesuffix(ending) + new


def compute_duration(start: pd.Series, end: pd.Series, *, unit: str = "days", add_one: bool = True, floor: bool = True,
                     floor_unit: str = "", whole: bool = False, calendar: bool = False) -> pd.Series:
    """The time from start to end, both days included unless add_one=False.

    unit       years, months, weeks, days, hours, minutes, seconds (or YRS, MOS, WKS, HR, MIN, SEC ... in any case)
    floor      both moments are cut to `floor_unit` first: days, or the unit itself where that is finer
    add_one    one `floor_unit` is added where the end is not before the start; never to hours, minutes or seconds
    whole      only whole units count (35.9 years are 35)
    calendar   False: a month is 365.25/12 days, a year 365.25; True: it ends on the day on which it began, or on the
               first of the month after where there is no such day; of the one begun the part that is over counts

    In: two datetime64. Out: float (unit), NaN where either is missing. Raises SpecError for a unit that is none.
    """
    unit = _unit(unit)
    step = _unit(floor_unit) if floor_unit else unit if unit in ("hours", "minutes", "seconds") else "days"
    if floor:
        start, end = _floored(start, step), _floored(end, step)
    if add_one and step in ("days", "weeks", "months", "years"):
        end = end.where(~(end >= start), _next(end, step))
    if calendar and unit in ("months", "years"):
        length = _calendar_length(start, end, 12 if unit == "years" else 1)
    else:
        length = (end - start).dt.total_seconds() / UNITS[unit]
    return (np.trunc(length) if whole else length).astype("float64")


def _unit(unit: str) -> str:
    if unit.upper() not in SPELLINGS:
        raise SpecError(f"there is no unit of time {unit!r}{suggest(unit, SPELLINGS)}", cases=list(UNITS))
    return SPELLINGS[unit.upper()]


def _floored(moment: pd.Series, unit: str) -> pd.Series:
    if unit in FLOORS:
        return moment.dt.floor(FLOORS[unit])
    if unit == "weeks":
        raise SpecError("a moment cannot be cut to its week: weeks have no first day that all agree on",
                        fix='floor_unit="days"')
    one = pd.Series(1.0, index=moment.index)
    return _on_day(moment.dt.year, moment.dt.month if unit == "months" else one, one)


def _on_day(year: pd.Series, month: pd.Series, day: pd.Series) -> pd.Series:
    return pd.Series(calendar_day(*(part.to_numpy(dtype="float64") for part in (year, month, day))), index=year.index)


def _next(moment: pd.Series, unit: str) -> pd.Series:
    """One day or week later, or the same day of the next month or year."""
    if unit in ("months", "years"):
        return _later(moment, pd.Series(12.0 if unit == "years" else 1.0, index=moment.index))
    return moment + pd.Timedelta(days=7 if unit == "weeks" else 1)


def _later(moment: pd.Series, months: pd.Series) -> pd.Series:
    """The same day and time so many months later; the first of the month after where the month has no such day."""
    month = moment.dt.year * 12 + moment.dt.month - 1 + months
    same = _on_day(month // 12, month % 12 + 1, moment.dt.day)
    after = _on_day((month + 1) // 12, (month + 1) % 12 + 1, pd.Series(1.0, index=moment.index))
    return same.where(same.notna(), after) + (moment - moment.dt.floor("D"))


def _calendar_length(start: pd.Series, end: pd.Series, months: int) -> pd.Series:
    """How often so many months pass from start to end, and the part of the one begun; negative if the end is first."""
    backward = end < start
    low, high = start.where(~backward, end), end.where(~backward, start)
    apart = (high.dt.year - low.dt.year) * 12 + high.dt.month - low.dt.month
    whole = (apart // months).astype("float64")
    whole = whole - (_later(low, whole * months) > high)
    reached, following = _later(low, whole * months), _later(low, (whole + 1) * months)
    length = whole + (high - reached).dt.total_seconds() / (following - reached).dt.total_seconds()
    return length.where(~backward, -length)


def derive_duration(data: pd.DataFrame, start: str, end: str, new: str, *, unit: str = "DAYS", unit_variable: str = "",
                    add_one: bool = True, floor: bool = True, floor_unit: str = "", whole: bool = False,
                    calendar: bool = False) -> pd.DataFrame:
    """The time from the start to the end, both days included where it is counted in days or longer; empty where either
    is unknown.

    In: two columns of datetime64. Out: `new` (unit) and, if named, `unit_variable` (the unit as written, where there
    is a duration). The options are those of compute_duration; SpecError also for a missing column. Source: ADaMIG 1.3,
    3.1.2.
    """
    length = compute_duration(_column(data, start), _column(data, end), unit=unit, add_one=add_one, floor=floor,
                              floor_unit=floor_unit, whole=whole, calendar=calendar)
    units = pd.Series(unit, index=data.index, dtype="str").where(length.notna(), "")
    return data.assign(**{new: length}, **({unit_variable: units} if unit_variable else {}))


def derive_analysis_age(data: pd.DataFrame, *, birth: str = "BRTHDT", reference: str = "RANDDT") -> pd.DataFrame:
    """The age in completed years on the reference date, from the date of birth.

    In: two columns of datetime64. Out: AAGE (years), AAGEU (YEARS, or "" without an age). Source: ADaMIG 1.3, 3.2.
    """
    return derive_duration(data, birth, reference, "AAGE", unit="YEARS", unit_variable="AAGEU", add_one=False,
                           whole=True, calendar=True)


def compute_age_years(age: pd.Series, unit: pd.Series | str) -> pd.Series:
    """An age in years, from an age in any unit of time (12 months, 365.25 days, 365.25/7 weeks a year).

    In: number; unit (one for all, or text for each record, in any case). Out: years (float, NaN without an age or a
    unit). Raises SpecError for a unit that is none of time.
    """
    units = unit if isinstance(unit, pd.Series) else pd.Series(unit, index=age.index, dtype="str")
    named = units.fillna("").astype("str")
    factor = {text: UNITS[_unit(text)] / UNITS["years"] for text in named.drop_duplicates() if text}
    return (age * named.map(factor)).astype("float64")


def compute_timepoint_hours(timepoint: pd.Series, *, treatment_duration: pd.Series | float = 0.0,
                            window: str = "midpoint") -> pd.Series:
    """The nominal time of a planned time point, in hours from the start of the treatment.

    2H POSTDOSE is 2, 30 MIN PREDOSE -0.5, 1H30M 1.5; PREDOSE and SCREENING are 0; DAY 2 and 2D are 48. EOI or END OF
    INFUSION (EOT, TREATMENT) is the treatment's duration, and so much before or after it counts from there; after an
    infusion (1H POST INFUSION) means after its end. Of a window (0-6H) the start, the midpoint or the end counts.

    In: --TPT (text, any case), the duration of the treatment (hours). Out: hours (float; NaN for a text that is no such
    time, so that the caller can report it). Raises SpecError for a window that is none of the three or a negative
    duration.
    """
    if window not in ("start", "midpoint", "end"):
        raise SpecError(f"window={window!r} is no point of a window", cases=["start", "midpoint", "end"])
    duration = pd.Series(treatment_duration, index=timepoint.index).astype("float64")
    if (duration < 0).any():
        raise SpecError("no treatment lasts a negative time", cases=sorted(set(duration[duration < 0])))
    text = timepoint.fillna("").astype("str").str.upper().str.strip().str.replace(r"\s+", " ", regex=True)
    distance, from_end = _nominal_distance(text, window)
    day = pd.to_numeric(text.str.extract(rf"^DAY ?({NUMBER})$", expand=False), errors="coerce").astype("float64") * 24
    at_end = text.str.fullmatch(f"(?:AFTER )?(?:{END_OF})")
    hours = distance.fillna(day).mask(text.str.fullmatch(BEFORE_DOSE) | at_end, 0.0)
    return hours + duration.where(at_end | from_end, 0.0)


def _nominal_distance(text: pd.Series, window: str) -> tuple[pd.Series, pd.Series]:
    """Hours before (negative) or after a point of the treatment, and whether that point is its end."""
    found = text.str.extract(NOMINAL)
    low, high, minutes = (pd.to_numeric(found[part], errors="coerce").astype("float64")
                          for part in ("from", "to", "minutes"))
    low = low.fillna(high)
    amount = {"start": low, "midpoint": (low + high) / 2, "end": high}[window]
    hours = amount * found["unit"].str[0].map(HOURS_IN).astype("float64") + minutes.fillna(0) / 60
    before = found["side"].fillna("").str.contains("PRE|BEFORE|PRIOR")
    from_end = found["end"].notna() | (found["given"].notna() & ~before)
    return hours.where(~before, -hours), from_end

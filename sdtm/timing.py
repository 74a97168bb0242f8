"""Dates and times of SDTM: ISO 8601 from collected parts, study day, epoch, visit number (SDTMIG 3.4, section 4.4)."""

import datetime
import re
from calendar import IllegalMonthError, monthrange
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from cdisckit.errors import SpecError, suggest
from cdisckit.findings import Finding, report_findings
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = [
    "check_start_end",
    "compute_date_bounds",
    "compute_dm_value",
    "compute_dtc",
    "compute_study_day",
    "derive_entpt",
    "derive_epoch",
    "derive_study_day",
    "derive_visitnum",
    "read_plain_date",
]

ORDERS = ("DMY", "MDY", "YMD")
MONTHS = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER",
          "DECEMBER")
MONTH_NUMBER = {"SEPT": "09"} | {name: f"{number:02d}" for number, month in enumerate(MONTHS, start=1)
                                 for name in (month, month[:3])}
DAYS_IN_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
PARTS, CLOCK = ("year", "month", "day"), ("hour", "minute", "second")
ISO = r"(?P<year>\d{4}|-)(?:-(?P<month>\d{1,2}|-)(?:-(?P<day>\d{1,2}|-))?)?"
# Eight digits are year, month, day only where they can be: 16012014 is not the year 1601.
COMPACT = r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])"
SHORT = {"Y": r"(?P<year>\d{2})", "M": r"(?P<month>0[1-9]|1[0-2])", "D": r"(?P<day>0[1-9]|[12]\d|3[01])"}
DATE_AND_TIME = r"^(?P<date>.*?[\d-])(?:T|[ :](?=\d{1,2}[:H]))(?P<clock>[\d-].*)$"
PLAIN_DATE = re.compile(
    r"(?:(?P<d0>\d{1,2})[ /-](?P<name>[A-Z]{3})[ /-](?P<y0>\d{4})|(?P<y1>\d{4})-(?P<m1>\d{2})-(?P<d1>\d{2})"
    r"|(?P<y2>(?:19|20)\d{2})(?P<m2>\d{2})(?P<d2>\d{2}))(?: (?P<clock>\d{2}:\d{2}(?::\d{2})?))?")
PLAIN_TIME = re.compile(r"(?:([01]\d|2[0-3]):?([0-5]\d)(?::([0-5]\d))?)?")
PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}|-)(?:-(\d{2}|-))?)?(?:T(\d{2})(?::(\d{2}))?(?::(\d{2})(?:\.\d+)?)?)?")
NEVER = int(np.iinfo("int64").min)                       # what numpy writes for no moment (NaT)
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
# subject, folder and its repeat in the id of a record of an unscheduled visit: VS:01-0007/UNSCHEDULED/1/0/2
FOLDER = r":([^:;/]+/UNSCHED[^;/]*/[^;/]+)/"
COMPACT_TIME = r"(?P<hour>\d{1,2})(?P<minute>\d{2})(?P<second>\d{2}(?:\.\d*)?)?"


def compute_dtc(date: pd.Series, time: pd.Series | None = None, *, order: str = "DMY",
                unknown: Iterable[str] = ("UN", "UNK", "NK"), cutoff_2000: int | None = None) -> pd.DataFrame:
    """ISO 8601 text of collected dates and times, with parts that are not known left out.

    16-JAN-2014, 16 January 2014, 16JAN2014, 16/01/2014 (in the stated order: DMY, MDY or YMD), 20140116 and ISO 8601
    itself are read; the day, or the day and the month, may be absent or one of the `unknown` words: JAN-2014 ->
    2014-01, UN-UNK-2014 -> 2014, 05-UNK-2024 -> 2024---05. A time (14:05, 1405, 14h05, 14:05:33, 2:05 PM), in its own
    field or behind the date, is added to what is known of the date: 2024-03--T14:05. Nothing is imputed or guessed: a
    year has four digits, unless `cutoff_2000` says which years of two digits are of this century (68: 00 to 68 are
    20xx, 69 to 99 are 19xx).

    In: date, time (text, "" where missing). Out: a frame with `dtc` (text) and `problem` (text, "" where there is
    none): a date that does not exist or a text that is no date keeps the parts that are known. Raises SpecError for an
    unknown order. Source: SDTMIG 3.4, 4.4.1 and 4.4.2.
    """
    if order not in ORDERS:
        raise SpecError(f"there is no date order {order}{suggest(order, ORDERS)}", cases=ORDERS)
    words = tuple(word.upper() for word in unknown if word)
    texts = _tidy(date)
    known = texts.drop_duplicates()
    rows = _date_parts(known, order, words, cutoff_2000).set_index(known).reindex(texts).set_axis(date.index)
    if time is not None:
        clock = _time_parts(_tidy(time), words)
        rows["clock"] = rows["clock"].where(rows["clock"] != "", clock["clock"])
        rows["problem"] = _both(rows["problem"], clock["problem"])
    return pd.DataFrame({"dtc": _join_parts(rows), "problem": rows["problem"].astype("str")})


@lru_cache(maxsize=100_000)
def read_plain_date(date: str, time: str = "") -> str:
    """ISO 8601 text of a complete date in one of the plain ways (16 MAR 2023, 2023-03-16, 20230316), with a plain time
    of its own or behind it (14:05, 1405, 14:05:33); "" where `compute_dtc` has to look closer.
    """
    found = PLAIN_DATE.fullmatch(date)
    if not found or (time and found["clock"]):
        return ""
    clock = PLAIN_TIME.fullmatch(time or found["clock"] or "")
    month = found["m1"] or found["m2"] or MONTH_NUMBER.get(found["name"] or "", "0")
    year, day = found["y0"] or found["y1"] or found["y2"], found["d0"] or found["d1"] or found["d2"]
    if not clock or _day(int(year), int(month), int(day)) is None:
        return ""
    shown = ":".join(part for part in clock.groups() if part)
    return f"{year}-{month}-{int(day):02}" + (f"T{shown}" if shown else "")


def _tidy(collected: pd.Series) -> pd.Series:
    """Upper case, single blanks, and nothing at all where there are only separators (--/--/----)."""
    texts = collected.fillna("").astype("str").str.strip().str.upper().str.replace(r"\s+", " ", regex=True)
    return texts.mask(texts.str.fullmatch(r"[-/.,: ]*"), "")


def _both(first: pd.Series, second: pd.Series) -> pd.Series:
    return (first + "; " + second).str.strip("; ")


def _date_parts(texts: pd.Series, order: str, unknown: tuple[str, ...], cutoff_2000: int | None) -> pd.DataFrame:
    """Year, month, day (digits, "" where unknown), the time inside the text, and what is wrong, for distinct texts."""
    split = texts.str.extract(DATE_AND_TIME)
    date = split["date"].fillna(texts)
    clock = _time_parts(split["clock"].fillna(""), unknown)
    found = pd.DataFrame("", index=texts.index, columns=list(PARTS), dtype="str")
    matched = date == ""
    for pattern in _date_patterns(order, unknown, cutoff_2000 is not None):
        parts = date.str.extract(f"^(?:{pattern})$").reindex(columns=list(PARTS))
        hit = ~matched & parts["year"].notna()
        found = found.where(~hit, parts.astype("str").fillna(""))
        matched |= hit
    problem = pd.Series("", index=texts.index, dtype="str").where(matched, "the text is no date that can be read")
    found = found.replace([*unknown, "-"], "")
    found["year"] = _full_year(found["year"], cutoff_2000)
    found["month"] = found["month"].replace(MONTH_NUMBER)
    for part in ("month", "day"):
        found[part] = found[part].str.zfill(2).where(found[part] != "", "")
    checked = _check_calendar(found)
    checked["problem"] = _both(problem.where(problem != "", checked["problem"]), clock["problem"])
    checked["clock"] = clock["clock"]
    return checked.reset_index(drop=True)


def _date_patterns(order: str, unknown: tuple[str, ...], short_years: bool) -> list[str]:
    """The ways a date is written, the most certain first."""
    blank = [re.escape(word) for word in sorted(unknown, key=len, reverse=True)]
    names = sorted(MONTH_NUMBER, key=len, reverse=True)

    def part(name: str, *forms: str) -> str:
        return f"(?P<{name}>{'|'.join([*forms, *blank])})"

    year = part("year", r"\d{4}", *([r"\d{2}"] if short_years else []))
    day, number = part("day", r"\d{1,2}"), part("month", r"\d{1,2}")
    name, full_year = part("month", *names, "[A-Z]{3}"), r"(?P<year>\d{4})"
    between = r"(?: ?[-/.,] ?| )"
    parts = {"D": day, "M": number, "Y": year}
    return [
        ISO,
        COMPACT,
        between.join(parts[letter] for letter in order),
        f"(?:{day}{between}?)?{name}{between}?{year}",
        f"(?P<month>{'|'.join(names)}){between}?{day}{between}{year}",       # a word for unknown could be the day's
        f"{full_year}{between}{number}(?:{between}{day})?",
        f"{full_year}{between}?{name}(?:{between}?{day})?",
        f"{number}{between}{full_year}",
        year,
        *(["".join(SHORT[letter] for letter in order)] if short_years else []),
    ]


def _full_year(year: pd.Series, cutoff_2000: int | None) -> pd.Series:
    """Years of two digits with the century that the caller chose."""
    if cutoff_2000 is None:
        return year
    recent = pd.to_numeric(year.replace("", None), errors="coerce").astype("float64") <= cutoff_2000
    century = pd.Series("19", index=year.index, dtype="str").mask(recent, "20")
    return year.where(year.str.len() != 2, century + year)


def _check_calendar(found: pd.DataFrame) -> pd.DataFrame:
    """Leave out the parts that cannot be: a month that is none, a day that its month does not have."""
    year = pd.to_numeric(found["year"], errors="coerce")
    month = pd.to_numeric(found["month"], errors="coerce")
    day = pd.to_numeric(found["day"], errors="coerce")
    no_month = (found["month"] != "") & ~month.between(1, 12)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0) | year.isna()
    most = pd.Series(DAYS_IN_MONTH[month.where(~no_month).fillna(1).astype("int64")], index=found.index)
    most = most.where((month != 2) | leap, 28)
    no_day = (found["day"] != "") & (~day.between(1, most) | no_month)
    problem = pd.Series("", index=found.index, dtype="str")
    problem = problem.mask(no_day & ~no_month, "there is no such day; the day is left out")
    problem = problem.mask(no_month, "there is no such month; month and day are left out")
    return found.assign(month=found["month"].mask(no_month, ""), day=found["day"].mask(no_day, ""), problem=problem)


def _time_parts(texts: pd.Series, unknown: tuple[str, ...]) -> pd.DataFrame:
    """'14:05' or '14:05:33' of collected times, a hyphen for an unknown part before a known one, and what is wrong."""
    parts = _clock_parts(texts, unknown)
    number = {part: pd.to_numeric(parts[part].replace("", None), errors="coerce").astype("float64") for part in CLOCK}
    hour, half = number["hour"], parts["half"]
    impossible = (hour > 23) | (number["minute"] > 59) | (number["second"] >= 60) | ((half != "") & (hour > 12))
    hour = hour.mask((half == "PM") & (hour < 12), hour + 12).mask((half == "AM") & (hour == 12), 0)
    shown = {"hour": hour.fillna(0).astype("int64").astype("str").where(hour.notna(), ""), "minute": parts["minute"],
             "second": parts["second"].str.rstrip(".")}
    clock, later = pd.Series("", index=texts.index, dtype="str"), pd.Series(False, index=texts.index)
    for part in reversed(CLOCK):
        value = shown[part].str.replace(r"^(\d)(?!\d)", r"0\1", regex=True)
        clock = (value.where(value != "", "-") + (":" + clock).where(later, "")).where((value != "") | later, "")
        later |= value != ""
    problem = pd.Series("", index=texts.index, dtype="str")
    problem = problem.mask((texts != "") & ~parts["read"], "the text is no time that can be read; the time is left out")
    problem = problem.mask(impossible, "there is no such time; the time is left out")
    return pd.DataFrame({"clock": clock.mask(impossible, "").astype("str"), "problem": problem})


def _clock_parts(texts: pd.Series, unknown: tuple[str, ...]) -> pd.DataFrame:
    """Hour, minute, second ("" where unknown), AM or PM, and whether the text could be read."""
    blank = "|".join(["-{1,2}", *(re.escape(word) for word in sorted(unknown, key=len, reverse=True))])
    hour, minute = rf"(?P<hour>\d{{1,2}}|{blank})", rf"(?P<minute>\d{{1,2}}|{blank})"
    second = rf"(?P<second>\d{{1,2}}(?:\.\d*)?|{blank})"
    found = pd.DataFrame("", index=texts.index, columns=[*CLOCK, "half"], dtype="str")
    read = texts == ""
    for pattern in (f"{hour}(?:[:H]{minute}(?:[:M]{second}S?|M)?|H)?", COMPACT_TIME):
        parts = texts.str.extract(rf"^{pattern} ?(?P<half>AM|PM)?$")
        hit = ~read & parts["hour"].notna()
        found = found.where(~hit, parts.astype("str").fillna(""))
        read |= hit
    return found.replace([*unknown, "-", "--"], "").assign(read=read)


def _join_parts(rows: pd.DataFrame) -> pd.Series:
    """Year-month-dayThour:minute with a hyphen for an unknown part before a known one, and nothing behind the last."""
    has_time = rows["clock"] != ""
    has_day = (rows["day"] != "") | has_time
    has_month = (rows["month"] != "") | has_day
    text = rows["year"].where(rows["year"] != "", "-").where((rows["year"] != "") | has_month, "")
    text = text + ("-" + rows["month"].where(rows["month"] != "", "-")).where(has_month, "")
    text = text + ("-" + rows["day"].where(rows["day"] != "", "-")).where(has_day, "")
    known = (rows[list(PARTS)] != "").any(axis=1)
    return (text + ("T" + rows["clock"]).where(has_time, "")).where(known, "").astype("str")


def compute_date_bounds(dtc: pd.Series) -> pd.DataFrame:
    """The first and the last moment that an ISO 8601 text, partial or not, can mean.

    In: ISO 8601 text. Out: `first`, `last` (datetime64[s], NaT where not even the year is known) and `has_day`,
    `has_time`.
    """
    number, distinct = pd.factorize(dtc.fillna("").astype("str"))
    bounds = np.array([_bounds(text) for text in distinct], dtype="int64").reshape(-1, 4)[number]
    first, last = (np.ascontiguousarray(bounds[:, column]).view("datetime64[s]") for column in (0, 1))
    return pd.DataFrame({"first": first, "last": last, "has_day": bounds[:, 2] == 1, "has_time": bounds[:, 3] == 1},
                        index=dtc.index)


@lru_cache(maxsize=100_000)
def _bounds(text: str) -> tuple[int, int, bool, bool]:
    """The first and the last second of an ISO 8601 text, since 1970, and whether day and time are known."""
    found = PARTIAL.match(text)
    if not found:
        return NEVER, NEVER, False, False
    _, month, day, *clock = (int(part) if part and part != "-" else None for part in found.groups())
    has_day = month is not None and day is not None
    has_time = has_day and clock[0] is not None
    # January and December both have 31 days, so a known day of an unknown month is a day of either.
    year, last_month = int(found[1]), 12 if month is None else month
    start, end = _day(year, 1 if month is None else month, 1 if day is None else day), _day(year, last_month, day)
    first, last = (sum(unit * (most if part is None or not has_time else part)
                       for unit, most, part in zip((3600, 60, 1), ends, clock, strict=True))
                   for ends in ((0, 0, 0), (23, 59, 59)))
    return (NEVER if start is None else start * 86400 + first, NEVER if end is None else end * 86400 + last,
            has_day, has_time)


def _day(year: int, month: int, day: int | None) -> int | None:
    """Days since 1970, the last of the month where no day is given; None for a day that does not exist."""
    try:
        return datetime.date(year, month, monthrange(year, month)[1] if day is None else day).toordinal() - EPOCH_DAY
    except (ValueError, IllegalMonthError):
        return None


def compute_study_day(dtc: pd.Series, reference: pd.Series) -> pd.Series:
    """Study day: days from the reference date, counted from 1 on the reference date itself; the day before it is -1.

    In: two ISO 8601 texts; only their date parts count, and both dates must be complete. Out: days (float, NaN where
    either date is incomplete). There is no day 0. Source: SDTMIG 3.4, 4.4.4.
    """
    event, start = (pd.to_datetime(text.str.slice(0, 10).where(text.str.fullmatch(r"\d{4}-\d{2}-\d{2}(T.*)?"), None),
                                   format="%Y-%m-%d", errors="coerce") for text in (dtc, reference))
    days = (event - start).dt.days.astype("float64")
    return days + (days >= 0)


def derive_study_day(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Days from the subject's reference start date (DM.RFSTDTC) to the date of the record, plus one on or after it;
    there is no day 0, and an incomplete date has no day.

    In: USUBJID, the --DTC variables, DM.RFSTDTC (ISO 8601 text). Out: every --DY that the specification derives so
    (days). Source: SDTMIG 3.4, 4.4.4.
    """
    reference = compute_dm_value(data["USUBJID"], dm, "RFSTDTC")
    days = {name: compute_study_day(data[name[:-2] + "DTC"], reference)
            for name in _derived_by(spec, "derive_study_day")}
    return data.assign(**days)


def compute_dm_value(subjects: pd.Series, dm: pd.DataFrame, variable: str) -> pd.Series:
    """A variable of DM for every record; "" for a subject who is not in DM, or is twice, so that nobody picks one."""
    single = dm.drop_duplicates("USUBJID", keep=False).set_index("USUBJID")[variable]
    return subjects.map(single).astype("str").fillna("")


def _derived_by(spec: DatasetSpec, function: str) -> list[str]:
    return [variable.name for variable in spec.variables.values() if variable.derive == function]


def derive_epoch(data: pd.DataFrame, se: pd.DataFrame, spec: DatasetSpec, dtc: str) -> pd.DataFrame:
    """The epoch of the element the subject was in on the date of the record: the last element that had started by then
    (SE).

    A record without a time belongs to the element that starts on its day; of elements that start together the one that
    ends last counts. An incomplete date has an epoch only where every day that it can mean lies in the same one;
    before the first element there is none. In: USUBJID, the stated --DTC, SE.SESTDTC, SE.SEENDTC, SE.EPOCH. Out: EPOCH
    (text), if the specification has it. Source: SDTMIG 3.4, 5.3.
    """
    if "EPOCH" not in spec.variables:
        return data
    moments = data[["USUBJID", dtc]].drop_duplicates()            # many records share a subject's moment
    bounds, elements = compute_date_bounds(moments[dtc]), _elements(se)
    end_of_first_day = bounds["first"].dt.floor("D") + np.timedelta64(86399, "s")
    at_first = _element_at(moments["USUBJID"], end_of_first_day.where(~bounds["has_day"], bounds["last"]), elements)
    at_last = _element_at(moments["USUBJID"], bounds["last"], elements)
    epoch = moments.assign(EPOCH=at_last["EPOCH"].where(at_first["run"] == at_last["run"], "").astype("str"))
    found = data[["USUBJID", dtc]].merge(epoch, on=["USUBJID", dtc], how="left", validate="m:1")
    return data.assign(EPOCH=found["EPOCH"].set_axis(data.index))


def _elements(se: pd.DataFrame) -> pd.DataFrame:
    """The elements by start; of those that start together the one that lasts longest is last. `run` counts epochs."""
    ends = se["SEENDTC"] if "SEENDTC" in se else pd.Series("", index=se.index, dtype="str")
    elements = pd.DataFrame({"USUBJID": se["USUBJID"], "EPOCH": se["EPOCH"],
                             "start": compute_date_bounds(se["SESTDTC"])["first"],
                             "end": compute_date_bounds(ends)["last"]}).dropna(subset=["start"])
    elements = elements.sort_values(["USUBJID", "start", "end", "EPOCH"], kind="stable", ignore_index=True)
    before = elements[["USUBJID", "EPOCH"]].shift()
    changed = (elements["USUBJID"] != before["USUBJID"]) | (elements["EPOCH"] != before["EPOCH"])
    return elements.assign(run=changed.cumsum().astype("float64"))


def _element_at(subjects: pd.Series, moments: pd.Series, elements: pd.DataFrame) -> pd.DataFrame:
    """EPOCH and run of the last element that had started by the moment, for every record."""
    left = pd.DataFrame({"USUBJID": subjects, "moment": moments.astype("datetime64[s]"),
                         "row": np.arange(len(subjects))}).dropna()
    found = pd.merge_asof(left.sort_values(["moment", "row"]), elements.sort_values("start", kind="stable"),
                          left_on="moment", right_on="start", by="USUBJID")
    rows = found.set_index("row")[["EPOCH", "run"]].reindex(np.arange(len(subjects))).set_axis(subjects.index)
    return rows.assign(EPOCH=rows["EPOCH"].astype("str").fillna(""))


def derive_entpt(data: pd.DataFrame, spec: DatasetSpec, cutoff: str = "") -> pd.DataFrame:
    """The date of collection, or the data cut-off where no such date is collected, as the reference time point that the
    event or treatment was going on at; empty where its end is known.

    In: --ENRTPT, --DTC or the stated cut-off. Out: --ENTPT (ISO 8601 text), if the specification has it. Source:
    SDTMIG 3.4, 4.4.7.
    """
    prefix = spec.domain
    if f"{prefix}ENTPT" not in spec.variables:
        return data
    dates = data.get(f"{prefix}DTC")
    reference = pd.Series(cutoff, index=data.index, dtype="str") if dates is None else dates
    both = (data[f"{prefix}ENRTPT"] == "ONGOING") & (data[f"{prefix}ENDTC"] != "")
    _report_dates(data, both, spec, "mapping.ongoing_with_end", f"{prefix}ENDTC",
                  "the record is ongoing and has an end date")
    return data.assign(**{f"{prefix}ENTPT": reference.where(data[f"{prefix}ENRTPT"] != "", "")})


def check_start_end(data: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report records that end before they start, whatever the unknown parts of their dates may be."""
    start, end = f"{spec.domain}STDTC", f"{spec.domain}ENDTC"
    first, last = compute_date_bounds(data[start]), compute_date_bounds(data[end])
    timed = first["has_time"] & last["has_time"]
    before = (last["last"] < first["first"]).where(timed, last["last"].dt.floor("D") < first["first"].dt.floor("D"))
    _report_dates(data, before, spec, "mapping.end_before_start", end, "the record ends before it starts")


def _report_dates(data: pd.DataFrame, rows: pd.Series, spec: DatasetSpec, rule: str, variable: str,
                  message: str) -> None:
    bad = data[rows]
    report_findings(Finding("mapping", rule, "error", spec.name, key=f"USUBJID={subject}", variable=variable,
                            value=value, message=message, fix="data management: query the site", record=record)
                    for subject, value, record in zip(bad["USUBJID"], bad[variable], bad["_record"], strict=True))


def derive_visitnum(data: pd.DataFrame, study: StudySpecs, spec: DatasetSpec, dtc: str = "",
                    sv: pd.DataFrame | None = None) -> pd.DataFrame:
    """The protocol's number of the visit. An unscheduled visit that is named by a number (UNSCHEDULED 3.1) has that
    number; any other has the number that SV gives to the same visit (of its folder in the EDC system, else of its
    date), and where SV has none the number of the planned visit before it, by date, plus one hundredth for each
    unscheduled date since.

    In: USUBJID, VISIT, and the stated --DTC for unscheduled visits; SV.VISITNUM, SV.SVSTDTC. Out: VISITNUM (number), if
    the specification has it. A visit that cannot be numbered is a finding. Source: SDTMIG 3.4, 4.4.5.
    """
    if "VISITNUM" not in spec.variables:
        return data
    planned = pd.Series({visit: float(number) for visit, number in study.facts.visits.items()}, dtype="float64")
    number = data["VISIT"].map(planned).astype("float64")
    if number.isna().any():
        number = _number_unscheduled(data, number, dtc, sv)
    _report_unknown_visits(data, number)
    return data.assign(VISITNUM=number)


def _number_unscheduled(data: pd.DataFrame, number: pd.Series, dtc: str, sv: pd.DataFrame | None) -> pd.Series:
    """The numbers of the planned visits, and those of the unscheduled ones among the rest."""
    rest = data[number.isna()]
    rest = rest[rest["VISIT"].str.upper().str.startswith("UNSCHED")]
    named = rest["VISIT"].str.upper().str.extract(r"^UNSCHED\w*(?: VISIT)?\s+(\d+\.\d+)$", expand=False)
    unscheduled = pd.Series(data.index.isin(rest.index[named.isna()]), index=data.index)
    found = pd.to_numeric(named, errors="coerce").astype("float64")
    if sv is not None and dtc:
        if "_record" in sv:
            found = found.fillna(_number_of_folder(rest, sv))
        found = found.fillna(_number_in_sv(rest, sv, dtc))
    if dtc and found.isna().any():
        found = found.fillna(_number_between(data, number, unscheduled, dtc))
    return number.fillna(found)


def _number_of_folder(data: pd.DataFrame, sv: pd.DataFrame) -> pd.Series:
    """The number that SV has for the folder of the EDC system in which the record was entered (by the record ids)."""
    visits = pd.Series(sv["VISITNUM"].to_numpy(), index=sv["_record"].str.extract(FOLDER, expand=False))
    visits = visits[visits.index.notna() & ~visits.index.duplicated(keep=False)]
    return data["_record"].str.extract(FOLDER, expand=False).map(visits).astype("float64")


def _number_in_sv(data: pd.DataFrame, sv: pd.DataFrame, dtc: str) -> pd.Series:
    """The number of the unscheduled visit that SV has for the subject on the date of the record."""
    visits = sv[sv["VISIT"].str.upper().str.startswith("UNSCHED") & sv["VISITNUM"].notna()]
    visits = visits.assign(date=visits["SVSTDTC"].str.slice(0, 10)).sort_values("VISITNUM", kind="stable")
    visits = visits.drop_duplicates(["USUBJID", "date"])[["USUBJID", "date", "VISITNUM"]]
    records = pd.DataFrame({"USUBJID": data["USUBJID"], "date": data[dtc].str.slice(0, 10)})
    return records.merge(visits, on=["USUBJID", "date"], how="left",
                         validate="m:1")["VISITNUM"].set_axis(data.index).astype("float64")


def _number_between(data: pd.DataFrame, number: pd.Series, unscheduled: pd.Series, dtc: str) -> pd.Series:
    """The planned visit before an unscheduled date, and which date since then it is; NaN without a complete date."""
    dates = pd.DataFrame({"USUBJID": data["USUBJID"], "date": data[dtc].str.slice(0, 10), "number": number,
                          "unscheduled": unscheduled})
    dates = dates[compute_date_bounds(data[dtc])["has_day"] & (unscheduled | number.notna())]
    # An unscheduled visit has no number yet and stands behind the planned one of its day.
    dates = dates.sort_values(["USUBJID", "date", "number"], kind="stable", na_position="last")
    before = dates.groupby("USUBJID")["number"].ffill().fillna(0.0)
    first = dates["unscheduled"] & ~dates.duplicated(["USUBJID", "date", "unscheduled"])
    count = first.groupby([dates["USUBJID"], before]).cumsum()
    return (before + count / 100).where(dates["unscheduled"]).reindex(data.index).astype("float64")


def _report_unknown_visits(data: pd.DataFrame, number: pd.Series) -> None:
    unknown = data[number.isna() & (data["VISIT"] != "")]
    message = "the visit is none of the protocol's, or it is unscheduled and has no complete date"
    fix = "programmer: add it to `visits` of study.yaml; data management: is the visit's name right?"
    report_findings(Finding("mapping", "mapping.unknown_visit", "error", record.split(":")[0], key=f"USUBJID={subject}",
                            variable="VISITNUM", value=visit, message=message, fix=fix, record=record)
                    for subject, visit, record in zip(unknown["USUBJID"], unknown["VISIT"], unknown["_record"],
                                                      strict=True))

"""Dates and times of SDTM: ISO 8601 from collected parts, study day, epoch, visit number (SDTMIG 3.4, section 4.4)."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from cdisckit.findings import Finding, report_findings
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = [
    "check_start_end",
    "compute_date_bounds",
    "compute_dtc",
    "compute_study_day",
    "derive_entpt",
    "derive_epoch",
    "derive_study_day",
    "derive_visitnum",
]

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTH_NUMBER = {name: f"{number:02d}" for number, name in enumerate(MONTHS, start=1)}
DAYS_IN_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
PARTS = ("year", "month", "day")
TIME = r"(?P<hour>\d{1,2})(?::?(?P<minute>\d{2}))?(?::(?P<second>\d{2}(?:\.\d+)?))?\s*(?P<half>AM|PM)?"
ISO = r"(?P<year>\d{4})(?:-(?P<month>\d{1,2}|-)(?:-(?P<day>\d{1,2}|-))?)?"


def compute_dtc(date: pd.Series, time: pd.Series | None = None, *, order: str = "DMY",
                unknown: Iterable[str] = ("UN", "UNK", "NK")) -> pd.DataFrame:
    """ISO 8601 text of collected dates and times, with parts that are not known left out.

    16-JAN-2014, 16JAN2014, 16/01/2014 (in the stated order), 20140116 and ISO 8601 itself are read; the day, or the day and
    the month, may be absent or one of the `unknown` words: JAN-2014 -> 2014-01, UN-UNK-2014 -> 2014, 05-UNK-2024 -> 2024---05.
    A time (14:05, 14:05:33, 2:05 PM) is added to what is known of the date: 2024-03--T14:05. Nothing is imputed.

    In: date, time (text, "" where missing). Out: a frame with `dtc` (text) and `problem` (text, "" where there is none): a date
    that does not exist or a text that is no date keeps the parts that are known.
    Source: SDTMIG 3.4, 4.4.1 and 4.4.2.
    """
    texts = date.fillna("").str.strip().str.upper()
    known = texts.drop_duplicates()
    parts = _date_parts(known, order, tuple(unknown)).set_index(known)
    rows = parts.reindex(texts).set_axis(date.index)
    clock = _time_parts(time.fillna("").str.strip().str.upper(), tuple(unknown)) if time is not None else None
    if clock is not None:
        embedded = rows["clock"] != ""
        rows["clock"] = clock["clock"].where(~embedded, rows["clock"])
        rows["problem"] = rows["problem"].where(rows["problem"] != "", clock["problem"])
    return pd.DataFrame({"dtc": _join_parts(rows), "problem": rows["problem"].astype("str")})


def _date_parts(texts: pd.Series, order: str, unknown: tuple[str, ...]) -> pd.DataFrame:
    """Year, month, day (digits, "" where unknown), the time inside the text, and what is wrong, for distinct texts."""
    split = texts.str.extract(r"^(?P<date>.*?\d)(?:T|(?<=\d{4}) )(?P<time>\d{1,2}:\S.*)$")
    date = split["date"].fillna(texts)
    clock = _time_parts(split["time"].fillna(""), unknown)
    found = pd.DataFrame("", index=texts.index, columns=list(PARTS), dtype="str")
    matched = date == ""
    for pattern in _date_patterns(order, unknown):
        parts = date.str.extract(pattern).fillna("").reindex(columns=list(PARTS), fill_value="").astype("str")
        hit = ~matched & date.str.fullmatch(re.sub(r"\?P<\w+>", "?:", pattern))
        found = found.where(~hit, parts)
        matched |= hit
    problem = pd.Series("", index=texts.index, dtype="str").where(matched, "the text is no date that can be read")
    found = found.replace([*unknown, "-"], "")
    found["month"] = found["month"].replace(MONTH_NUMBER)
    for part in ("month", "day"):
        found[part] = found[part].str.zfill(2).where(found[part] != "", "")
    checked = _check_calendar(found)
    checked["problem"] = problem.where(problem != "", checked["problem"]).where(lambda p: p != "", clock["problem"])
    checked["clock"] = clock["clock"]
    return checked.reset_index(drop=True)


def _date_patterns(order: str, unknown: tuple[str, ...]) -> list[str]:
    """The ways a date is written, the most certain first."""
    blank = "|".join(re.escape(word) for word in sorted(unknown, key=len, reverse=True) if word.strip("-"))
    year = rf"(?P<year>\d{{4}}|{blank})"
    day, number = rf"(?P<day>\d{{1,2}}|{blank})", rf"(?P<month>\d{{1,2}}|{blank})"
    name = rf"(?P<month>{'|'.join(MONTHS)}|[A-Z]{{3}}|{blank})"
    between = r"[-/. ]"
    numeric = {"DMY": f"{day}{between}{number}{between}{year}", "MDY": f"{number}{between}{day}{between}{year}",
               "YMD": f"{year}{between}{number}{between}{day}"}[order]
    return [
        ISO,
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"(?:{day}{between}?)?{name}{between}?{year}",
        numeric,
        rf"(?P<year>\d{{4}}){between}{number}{between}{day}",
        rf"(?P<year>\d{{4}}){between}{name}{between}{day}",
        f"{number}{between}{year}",
        year,
    ]


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
    """'14:05' or '14:05:33' of collected times, and what is wrong with the others."""
    blank = [word for word in unknown if word.strip("-")]
    cleaned = texts.str.replace(rf"(?::?(?:{'|'.join(map(re.escape, blank))}|--|-))+$", "", regex=True) if blank else texts
    parts = cleaned.str.extract(rf"^{TIME}$")
    hour = pd.to_numeric(parts["hour"], errors="coerce")
    afternoon, morning = parts["half"] == "PM", parts["half"] == "AM"
    hour = hour.mask(afternoon & (hour < 12), hour + 12).mask(morning & (hour == 12), 0)
    minute, second = (pd.to_numeric(parts[part], errors="coerce").fillna(0) for part in ("minute", "second"))
    impossible = (hour > 23) | (minute > 59) | (second >= 60) | ((afternoon | morning) & (pd.to_numeric(parts["hour"]) > 12))
    unreadable = (cleaned != "") & hour.isna()
    clock = hour.fillna(0).astype("int64").astype("str").str.zfill(2)
    clock = clock.where(parts["minute"].isna(), clock + ":" + parts["minute"].fillna(""))
    clock = clock.where(parts["second"].isna(), clock + ":" + parts["second"].fillna(""))
    problem = pd.Series("", index=texts.index, dtype="str").mask(unreadable, "the text is no time that can be read; the time is left out")
    problem = problem.mask(impossible, "there is no such time; the time is left out")
    return pd.DataFrame({"clock": clock.mask(impossible | hour.isna(), "").astype("str"), "problem": problem})


def _join_parts(rows: pd.DataFrame) -> pd.Series:
    """Year-month-dayThour:minute with a hyphen for an unknown part in front of a known one, and nothing behind the last."""
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

    In: ISO 8601 text. Out: `first`, `last` (datetime64[s], NaT where not even the year is known) and `has_day`, `has_time`.
    """
    parts = dtc.str.extract(r"^(\d{4})(?:-(\d{2}|-)(?:-(\d{2}|-))?)?(?:T(\d{2})(?::(\d{2}))?(?::(\d{2})(?:\.\d+)?)?)?")
    parts.columns = pd.Index(["year", "month", "day", "hour", "minute", "second"])
    number = parts.replace("-", None).apply(pd.to_numeric, errors="coerce")
    month_known = number["year"].notna() & number["month"].notna()
    day_known = month_known & number["day"].notna()
    time_known = day_known & number["hour"].notna()
    year = number["year"]
    low_month, high_month = number["month"].fillna(1), number["month"].fillna(12)
    start = _moment(year, low_month, number["day"].where(day_known, 1))
    end_day = _moment(year, high_month, pd.Series(1.0, index=dtc.index)) + pd.offsets.MonthEnd(0)
    end = _moment(year, high_month, number["day"]).where(day_known, end_day)
    first, last = start, end
    for unit, part, most in (("h", "hour", 23), ("m", "minute", 59), ("s", "second", 59)):
        first = first + pd.to_timedelta(number[part].where(time_known).fillna(0), unit=unit)
        last = last + pd.to_timedelta(number[part].where(time_known).fillna(most), unit=unit)
    return pd.DataFrame({"first": first.astype("datetime64[s]"), "last": last.astype("datetime64[s]"),
                         "has_day": day_known, "has_time": time_known})


def _moment(year: pd.Series, month: pd.Series, day: pd.Series) -> pd.Series:
    complete = year.notna() & month.notna() & day.notna()
    parts = pd.DataFrame({"year": year, "month": month, "day": day}).where(complete)
    return pd.to_datetime(parts, errors="coerce").astype("datetime64[s]")


def compute_study_day(dtc: pd.Series, reference: pd.Series) -> pd.Series:
    """Study day: days from the reference date, counted from 1 on the reference date itself; the day before it is -1.

    In: two ISO 8601 texts; only their date parts count, and both dates must be complete. Out: days (float, NaN where either
    date is incomplete). There is no day 0. Source: SDTMIG 3.4, 4.4.4.
    """
    event, start = (pd.to_datetime(text.str.slice(0, 10).where(text.str.fullmatch(r"\d{4}-\d{2}-\d{2}(T.*)?"), None),
                                   format="%Y-%m-%d", errors="coerce") for text in (dtc, reference))
    days = (event - start).dt.days.astype("float64")
    return days + (days >= 0)


def derive_study_day(data: pd.DataFrame, dm: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Days from the subject's reference start date (DM.RFSTDTC) to the date of the record, plus one on or after it; there is no day 0, and an incomplete date has no day.

    In: USUBJID, the --DTC variables, DM.RFSTDTC (ISO 8601 text). Out: every --DY that the specification derives so (days).
    Source: SDTMIG 3.4, 4.4.4.
    """
    reference = data["USUBJID"].map(dm.set_index("USUBJID")["RFSTDTC"]).fillna("").astype("str")
    days = {name: compute_study_day(data[name[:-2] + "DTC"], reference) for name in _derived_by(spec, "derive_study_day")}
    return data.assign(**days)


def _derived_by(spec: DatasetSpec, function: str) -> list[str]:
    return [variable.name for variable in spec.variables.values() if variable.derive == function]


def derive_epoch(data: pd.DataFrame, se: pd.DataFrame, spec: DatasetSpec, dtc: str) -> pd.DataFrame:
    """The epoch of the element the subject was in on the date of the record: the last element that had started by then (SE).

    A record without a time belongs to the element that starts on its day. An incomplete date has an epoch only where every
    day that it can mean lies in the same one; before the first element there is none.
    In: USUBJID, the stated --DTC, SE.SESTDTC and SE.EPOCH. Out: EPOCH (text), if the specification has it.
    Source: SDTMIG 3.4, 5.3.
    """
    if "EPOCH" not in spec.variables:
        return data
    bounds = compute_date_bounds(data[dtc])
    starts = pd.DataFrame({"USUBJID": se["USUBJID"], "EPOCH": se["EPOCH"], "start": compute_date_bounds(se["SESTDTC"])["first"]})
    starts = starts.dropna(subset=["start"])
    days = starts.assign(start=starts["start"].dt.floor("D"))
    by_time = _epoch_at(data["USUBJID"], bounds["first"], starts)
    first_day, last_day = (_epoch_at(data["USUBJID"], bounds[side].dt.floor("D"), days) for side in ("first", "last"))
    by_day = first_day.where(first_day == last_day, "")
    return data.assign(EPOCH=by_time.where(bounds["has_time"], by_day).astype("str"))


def _epoch_at(subjects: pd.Series, moments: pd.Series, starts: pd.DataFrame) -> pd.Series:
    left = pd.DataFrame({"USUBJID": subjects, "moment": moments, "row": np.arange(len(subjects))}).dropna()
    found = pd.merge_asof(left.sort_values(["moment", "row"]), starts.sort_values("start", kind="stable"),
                          left_on="moment", right_on="start", by="USUBJID")
    epoch = found.set_index("row")["EPOCH"].reindex(np.arange(len(subjects)))
    return epoch.set_axis(subjects.index).fillna("").astype("str")


def derive_entpt(data: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The date of collection, as the reference time point that the event or treatment was going on at; empty where its end is known.

    In: --ENRTPT, --DTC. Out: --ENTPT (ISO 8601 text), if the specification has it. Source: SDTMIG 3.4, 4.4.7.
    """
    prefix = spec.domain
    if f"{prefix}ENTPT" not in spec.variables:
        return data
    both = (data[f"{prefix}ENRTPT"] == "ONGOING") & (data[f"{prefix}ENDTC"] != "")
    _report_dates(data, both, spec, "mapping.ongoing_with_end", f"{prefix}ENDTC", "the record is ongoing and has an end date")
    return data.assign(**{f"{prefix}ENTPT": data[f"{prefix}DTC"].where(data[f"{prefix}ENRTPT"] != "", "")})


def check_start_end(data: pd.DataFrame, spec: DatasetSpec) -> None:
    """Report records that end before they start, whatever the unknown parts of their dates may be."""
    start, end = f"{spec.domain}STDTC", f"{spec.domain}ENDTC"
    first, last = compute_date_bounds(data[start]), compute_date_bounds(data[end])
    timed = first["has_time"] & last["has_time"]
    before = (last["last"] < first["first"]).where(timed, last["last"].dt.floor("D") < first["first"].dt.floor("D"))
    _report_dates(data, before, spec, "mapping.end_before_start", end, "the record ends before it starts")


def _report_dates(data: pd.DataFrame, rows: pd.Series, spec: DatasetSpec, rule: str, variable: str, message: str) -> None:
    bad = data[rows]
    report_findings(Finding("mapping", rule, "error", spec.name, key=f"USUBJID={subject}", variable=variable, value=value,
                            message=message, fix="data management: query the site", record=record)
                    for subject, value, record in zip(bad["USUBJID"], bad[variable], bad["_record"], strict=True))


def derive_visitnum(data: pd.DataFrame, study: StudySpecs, spec: DatasetSpec, dtc: str = "") -> pd.DataFrame:
    """The protocol's number of the visit. An unscheduled visit that is named by a number (UNSCHEDULED 3.1) has that number; any other has the number of the planned visit before it, by date, plus one hundredth for each unscheduled date since.

    In: USUBJID, VISIT, and the stated --DTC for unscheduled visits. Out: VISITNUM (number), if the specification has it. A visit
    that cannot be numbered is a finding. Source: SDTMIG 3.4, 4.4.5.
    """
    if "VISITNUM" not in spec.variables:
        return data
    planned = pd.Series({visit: float(number) for visit, number in study.facts.visits.items()}, dtype="float64")
    number = data["VISIT"].map(planned).astype("float64")
    named = data["VISIT"].str.extract(r"^UNSCHED\w*\s+(\d+\.\d+)$", expand=False)
    number = number.fillna(pd.to_numeric(named, errors="coerce"))
    unscheduled = number.isna() & data["VISIT"].str.upper().str.startswith("UNSCHED")
    if dtc and unscheduled.any():
        number = number.fillna(_number_between(data, number, unscheduled, dtc))
    _report_unknown_visits(data, number)
    return data.assign(VISITNUM=number)


def _number_between(data: pd.DataFrame, number: pd.Series, unscheduled: pd.Series, dtc: str) -> pd.Series:
    """The planned visit before an unscheduled date, and which unscheduled date since then it is."""
    dates = pd.DataFrame({"USUBJID": data["USUBJID"], "date": data[dtc].str.slice(0, 10), "number": number,
                          "unscheduled": unscheduled}).sort_values(["USUBJID", "date", "unscheduled"], kind="stable")
    before = dates.groupby("USUBJID")["number"].ffill().fillna(0.0)
    first = dates["unscheduled"] & ~dates[dates["unscheduled"]].duplicated(["USUBJID", "date"]).reindex(dates.index, fill_value=True)
    count = first.groupby([dates["USUBJID"], before]).cumsum()
    return (before + count / 100).where(dates["unscheduled"]).reindex(data.index)


def _report_unknown_visits(data: pd.DataFrame, number: pd.Series) -> None:
    unknown = data[number.isna() & (data["VISIT"] != "")]
    report_findings(Finding("mapping", "mapping.unknown_visit", "error", record.split(":")[0], key=f"USUBJID={subject}", variable="VISITNUM",
                            value=visit, message="the visit is none of the protocol's", record=record,
                            fix="programmer: add it to `visits` of study.yaml; data management: is the visit's name right?")
                    for subject, visit, record in zip(unknown["USUBJID"], unknown["VISIT"], unknown["_record"], strict=True))

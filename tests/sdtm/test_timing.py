"""Laws of SDTM's dates: nothing imputed or guessed, no day zero, one epoch and one visit number for each record."""

import calendar
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdisckit.errors import SpecError
from cdisckit.findings import collect_findings
from sdtm.timing import (
    compute_date_bounds,
    compute_dm_value,
    compute_dtc,
    compute_study_day,
    derive_entpt,
    derive_epoch,
    derive_study_day,
    derive_visitnum,
    read_plain_date,
)
from specs.load import StudySpecs
from specs.model import DatasetSpec, StudyFacts

UNKNOWN = ("UN", "UNK", "UNKN")
FACTS = {"STUDYID": "S1", "title": "T", "protocol": "P", "created": "2025-01-01T00:00:00", "subject_form": "DM",
         "SITEID": "SITE",
         "SUBJID": "SUBJ", "USUBJID": ["STUDYID", "SUBJ"], "forms": {"DM": {"file": "dm.csv"}}}


def text(*values: str | None) -> pd.Series:
    return pd.Series([value or "" for value in values], dtype="str")


def table(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    data = pd.DataFrame(list(rows), columns=columns.split())
    return data.astype({name: "str" for name in data if data[name].dtype == "object"})


def make_spec(name: str, **variables: str) -> DatasetSpec:
    """A specification of the named variables; a value is the function that derives the variable."""
    made = {name: {"name": name, "label": name, "type": "Num" if name.endswith(("DY", "NUM", "SEQ")) else "Char",
                   "derive": derive} for name, derive in variables.items()}
    facts = {"name": name, "label": name, "class": "EVENTS", "structure": "One record per event", "keys": ["USUBJID"]}
    return DatasetSpec.model_validate({**facts, "standard": "SDTMIG 3.4", "variables": made})


def make_study(**facts: Any) -> StudySpecs:
    return StudySpecs(Path(), StudyFacts.model_validate({**FACTS, **facts}), {}, {})


def dtc(collected: str | None, time: str | None = None, **options: Any) -> tuple[str, str]:
    """The ISO 8601 text of one date (and time), and what is wrong with it."""
    made = compute_dtc(text(collected), None if time is None else text(time), **options)
    return made["dtc"][0], made["problem"][0]


NO_DATE, NO_TIME = "the text is no date that can be read", "the text is no time that can be read; the time is left out"
NO_DAY, NO_MONTH = "there is no such day; the day is left out", "there is no such month; month and day are left out"
NOT_AN_HOUR = "there is no such time; the time is left out"


# --- the worked cases ------------------------------------------------------------------------------------------------

ISO_IS_ALWAYS_READ = {"assign-row-013": "2001-01-31", "assign-row-027": "2001-01-31", "iso-ho-021": "2024-03"}
ONE_DIGIT_IS_A_MONTH_TOO = {"iso-ho-084": "2000-02-01"}
SECONDS_ARE_READ_WITHOUT_BEING_ANNOUNCED = {"iso-ho-066": "2024-03-05T14:05:09"}
A_TIME_ALONE_IS_NO_DATE = {"iso-pub-056": ""}
OURS = {**ISO_IS_ALWAYS_READ, **ONE_DIGIT_IS_A_MONTH_TOO, **SECONDS_ARE_READ_WITHOUT_BEING_ANNOUNCED,
        **A_TIME_ALONE_IS_NO_DATE}


def case_dtc(case: dict[str, Any], cutoff_2000: int | None) -> tuple[str, str]:
    """A case's text read by us: the letters of its format are our order; a time alone is given a date."""
    parameters = case["parameters"]
    formats = parameters.get("format", parameters.get("raw_fmt"))
    given = dict(zip(formats, case["given"]["raw"], strict=True))
    dates = {form: raw for form, raw in given.items() if re.search("[ymd]", form)} or {"y-m-d": "2024-03-05"}
    times = [raw for form, raw in given.items() if not re.search("[ymd]", form)]
    (form, collected), = dates.items()
    order = "".join(re.findall("[ymd]", form.partition("T")[0])).upper()
    return dtc(collected, *times, order=order if len(order) == 3 else "DMY", cutoff_2000=cutoff_2000,
               unknown=parameters.get("unknown", parameters.get("raw_unk")))


@pytest.mark.cases("06_raw_to_sdtm.json", "iso-pub", "iso-ho", "assign-row")
def test_collected_dates_become_iso_8601_as_worked(case: dict[str, Any]) -> None:
    if case["parameters"].get("format") in (["m"], ["d"]):                 # OUR RULE: a month or a day alone is no date
        assert case_dtc(case, None) == ("", NO_DATE)
        return
    made, problem = case_dtc(case, case["parameters"].get("cutoff_2000", 68))
    expected = (case["expect"]["iso8601"] or "").replace("-----T", "2024-03-05T")
    assert made == OURS.get(case["id"], expected)
    assert made or problem or not case["given"]["raw"][0]


@pytest.mark.parametrize(("collected", "order", "at_68", "at_25"), [
    ("17-Feb-21", "DMY", "2021-02-17", "2021-02-17"), ("17FEB21", "DMY", "2021-02-17", "2021-02-17"),
    ("12/31/68", "MDY", "2068-12-31", "1968-12-31"), ("12/31/69", "MDY", "1969-12-31", "1969-12-31"),
    ("99-01-05", "YMD", "1999-01-05", "1999-01-05"), ("990105", "YMD", "1999-01-05", "1999-01-05"),
    ("050126", "DMY", "2026-01-05", "1926-01-05"), ("UN-UNK-20", "DMY", "2020", "2020"), ("00", "DMY", "2000", "2000"),
])
def test_a_year_of_two_digits_is_refused_unless_a_cutoff_is_stated(collected: str, order: str, at_68: str,
                                                                   at_25: str) -> None:
    assert dtc(collected, order=order, unknown=UNKNOWN) == ("", NO_DATE)
    assert [dtc(collected, order=order, unknown=UNKNOWN, cutoff_2000=cutoff) for cutoff in (68, 25)] == [
        (at_68, ""), (at_25, "")]


def test_a_cutoff_changes_no_year_of_four_digits_and_invents_no_month() -> None:
    for collected, expected in (("17-FEB-1921", "1921-02-17"), ("2014-01-16", "2014-01-16"), ("05/2014", "2014-05")):
        assert dtc(collected, cutoff_2000=68) == (expected, "")
    assert dtc("202403", order="YMD", cutoff_2000=68) == ("", NO_DATE)      # neither 2020-24-03 nor 2024-03 is certain


RANGES = {"iso8601_two_digits": (range(1, 32), NO_DAY), "iso8601_mon": (range(1, 13), NO_MONTH),
          "iso8601_sec": (range(60), NOT_AN_HOUR)}


def case_part(part: str, given: str, cutoff_2000: int) -> tuple[str, str]:
    """What becomes of one part of a date, read inside a whole one."""
    if part == "iso8601_na":                                                  # an unknown part in front of a known one
        made, problem = dtc(f"{given or 'UN'}-JAN-2024", "14:05")
        return made[8:].partition("T")[0], problem
    if part == "iso8601_two_digits":
        made, problem = dtc(f"{given}-JAN-2024" if given else "")
        return made[8:], problem
    if part == "iso8601_mon":
        made, problem = dtc(f"{given} 2024" if given else "")
        return made[5:], problem
    if part == "iso8601_sec":
        made, problem = dtc("2024-01-01", f"10:10:{given}" if given else "10:10")
        return made[17:], problem
    return dtc(given, cutoff_2000=cutoff_2000)


@pytest.mark.cases("06_raw_to_sdtm.json", "iso-part")
def test_parts_of_dates_become_iso_8601_as_worked(case: dict[str, Any]) -> None:
    part, value = case["parameters"]["part"], case["given"]["text"]
    given = f"{value:02d}" if isinstance(value, int) else value or ""
    expected = case["expect"]["value"]
    made, problem = case_part(part, given, case["parameters"].get("cutoff_2000", 68))
    if part == "iso8601_year" and len(given) == 1:         # OUR RULE: a year has four digits, or two with a cutoff
        assert (made, problem) == ("", NO_DATE)
    elif expected and part in RANGES and int(expected) not in RANGES[part][0]:
        assert (made, problem) == ("", RANGES[part][1])    # OUR RULE: what the calendar lacks is left out and reported

    else:
        assert made == str(expected or "")


@pytest.mark.cases("06_raw_to_sdtm.json", "day-pub")
def test_study_days_as_worked(case: dict[str, Any]) -> None:
    subjects, dm, expected = (pd.DataFrame(rows, dtype="object").fillna("") for rows in
                              (case["given"]["sdtm_in"], case["given"]["dm_domain"], case["expect"]["data"]))
    name = case["parameters"]["study_day_var"]
    subjects, dm = subjects.astype("str"), dm.astype("str")
    subjects = subjects.assign(**{f"{name[:-2]}DTC": subjects["AESTDTC"]})
    made = derive_study_day(subjects, dm, make_spec("AE", **{name: "derive_study_day"}))
    assert list(made[name].astype("object").fillna("")) == list(expected[name])


@pytest.mark.cases("06_raw_to_sdtm.json", "minmax-pub")
def test_first_and_last_date_times_as_worked(case: dict[str, Any]) -> None:
    raw = pd.DataFrame(case["given"]["raw_dataset"])
    if "EX_ST_TM" not in raw:
        pytest.skip("the case is about a raw field that is missing: with us that is a finding of the account")
    made = compute_dtc(raw["EX_ST_DT"].astype("str"), raw["EX_ST_TM"].astype("str"), order="DMY")["dtc"]
    in_time = raw.assign(dtc=made, first=compute_date_bounds(made)["first"]).sort_values("first", kind="stable")
    keep = {"min": "first", "max": "last"}[case["parameters"]["val_type"]]
    chosen = in_time.drop_duplicates("patient_number", keep=keep)
    assert dict(zip(chosen["patient_number"], chosen["dtc"], strict=True)) == {
        row["patient_number"]: row["datetime"] for row in case["expect"]["data"]}


def test_every_case_about_dates_is_run(shared: Path) -> None:
    cases = json.loads((shared / "cases" / "06_raw_to_sdtm.json").read_text(encoding="utf-8"))["cases"]
    elsewhere = {"assign-pub", "recode-pub",            # controlled terms, and whole forms of the rows of assign-row
                 "refdates-pub",                        # the cases come without the raw files that they read
                 "seq-pub", "blfl-pub", "blfl-ho"}      # tests/sdtm/test_identifiers.py, tests/sdtm/test_findings.py
    assert {case["id"].rpartition("-")[0] for case in cases} <= elsewhere | {
        "iso-pub", "iso-ho", "assign-row", "iso-part", "day-pub", "minmax-pub"}


# --- ISO 8601 of collected dates -------------------------------------------------------------------------------------

@pytest.mark.parametrize(("collected", "expected"), [
    ("16-JAN-2014", "2014-01-16"), ("16JAN2014", "2014-01-16"), ("16 jan 2014", "2014-01-16"),
    ("6-Jan-2014", "2014-01-06"), ("  16-JAN-2014 ", "2014-01-16"), ("16 January 2014", "2014-01-16"),
    ("January 16, 2014", "2014-01-16"), ("16 Sept 2014", "2014-09-16"), ("2014 JAN 16", "2014-01-16"),
    ("16/01/2014", "2014-01-16"), ("16.1.2014", "2014-01-16"), ("2014/01/16", "2014-01-16"), ("20140116", "2014-01-16"),
    ("2014-01-16", "2014-01-16"), ("2014-1-6", "2014-01-06"),
    ("JAN-2014", "2014-01"), ("01/2014", "2014-01"), ("2014/01", "2014-01"), ("2014-01", "2014-01"), ("2014", "2014"),
    ("UN-JAN-2014", "2014-01"), ("UN-UNK-2014", "2014"), ("UN/UN/2014", "2014"), ("05-UNK-2024", "2024---05"),
    ("un-unk-2014", "2014"), ("05-MAR-UNKN", "--03-05"), ("UN-MAR-UNKN", "--03"), ("05-UN-UNKN", "----05"),
    ("UN-UNK-UNKN", ""), ("UNK", ""), ("", ""), ("--/--/----", ""), ("-", ""),
])
def test_unknown_parts_are_left_out_and_nothing_is_imputed(collected: str, expected: str) -> None:
    assert dtc(collected, unknown=UNKNOWN) == (expected, "")


@pytest.mark.parametrize(("collected", "dmy", "mdy", "ymd"), [
    ("03/04/2024", "2024-04-03", "2024-03-04", ""),
    ("UN/04/2024", "2024-04", "2024---04", ""),
    ("05-UNK-2024", "2024---05", "2024-05", "2024---05"),      # no year first: a name of a month may be meant
    ("2024-03-04", "2024-03-04", "2024-03-04", "2024-03-04"),
    ("04-MAR-2024", "2024-03-04", "2024-03-04", "2024-03-04"),
])
def test_the_stated_order_decides_between_day_and_month(collected: str, dmy: str, mdy: str, ymd: str) -> None:
    assert [dtc(collected, order=order, unknown=UNKNOWN)[0] for order in ("DMY", "MDY", "YMD")] == [dmy, mdy, ymd]


@pytest.mark.parametrize(("collected", "expected", "problem"), [
    ("31-FEB-2024", "2024-02", NO_DAY), ("29-FEB-2023", "2023-02", NO_DAY), ("29-FEB-1900", "1900-02", NO_DAY),
    ("31/04/2024", "2024-04", NO_DAY), ("00-MAR-2024", "2024-03", NO_DAY), ("2023-02-29", "2023-02", NO_DAY),
    ("20230229", "2023-02", NO_DAY), ("05/13/2024", "2024", NO_MONTH), ("05-XYZ-2024", "2024", NO_MONTH),
    ("2024-13-05", "2024", NO_MONTH), ("2024-00-05", "2024", NO_MONTH),
    ("16012014", "", NO_DATE), ("15121023", "", NO_DATE), ("202403", "", NO_DATE), ("17-Feb-21", "", NO_DATE), ("yesterday", "", NO_DATE),
    ("05-MAR-2024?", "", NO_DATE), ("5 of March 2024", "", NO_DATE), ("16", "", NO_DATE), ("JAN", "", NO_DATE),
])
def test_a_date_that_does_not_exist_keeps_what_is_known_and_is_a_problem(collected: str, expected: str,
                                                                         problem: str) -> None:
    assert dtc(collected) == (expected, problem)


@pytest.mark.parametrize(("collected", "expected"), [("29-FEB-2024", "2024-02-29"), ("29-FEB-2000", "2000-02-29"),
                                                     ("29-FEB", "")])
def test_leap_days_exist_in_leap_years(collected: str, expected: str) -> None:
    assert dtc(collected)[0] == expected


@pytest.mark.parametrize(("time", "expected"), [
    ("14:05", "T14:05"), ("9:05", "T09:05"), ("1405", "T14:05"), ("905", "T09:05"), ("14h05", "T14:05"), ("14", "T14"),
    ("14:05:33", "T14:05:33"), ("140533", "T14:05:33"), ("14H05M30S", "T14:05:30"), ("5:1:4", "T05:01:04"),
    ("14:05:33.250", "T14:05:33.250"),
    ("2:05 PM", "T14:05"), ("2:05pm", "T14:05"), ("12:05 PM", "T12:05"), ("12:05 AM", "T00:05"), ("2:05 AM", "T02:05"),
    ("14:UN", "T14"), ("14:UN:UN", "T14"), ("UN:05", "T-:05"), ("14:UN:33", "T14:-:33"), ("UN:UN", ""), ("UNK", ""),
    ("--:--", ""),
    ("00:00", "T00:00"), ("23:59:59", "T23:59:59"), ("", ""),
])
def test_a_time_is_added_as_far_as_it_is_known(time: str, expected: str) -> None:
    assert dtc("05-MAR-2024", time, unknown=UNKNOWN) == (f"2024-03-05{expected}", "")


@pytest.mark.parametrize(("time", "problem"), [
    ("24:00", NOT_AN_HOUR), ("25:00", NOT_AN_HOUR), ("14:60", NOT_AN_HOUR), ("14:05:60", NOT_AN_HOUR),
    ("14:05 PM", NOT_AN_HOUR),
    ("10 hours and 5 minutes", NO_TIME), ("noon", NO_TIME), ("14;05", NO_TIME),
])
def test_a_time_that_does_not_exist_is_left_out_and_the_date_stays(time: str, problem: str) -> None:
    assert dtc("05-MAR-2024", time) == ("2024-03-05", problem)
    assert dtc("31-FEB-2024", time) == ("2024-02", f"{NO_DAY}; {problem}")


@pytest.mark.parametrize(("collected", "time", "expected"), [
    ("UN-MAR-2024", "14:05", "2024-03--T14:05"), ("UN-UNK-2024", "14:05", "2024----T14:05"),
    ("2024", "14:05", "2024----T14:05"),
    ("", "14:05", ""), ("UNK", "14:05", ""), ("2024-03-05T09:10", "14:05", "2024-03-05T09:10"),
    ("05-MAR-2024 14:05", None, "2024-03-05T14:05"), ("05MAR2024:14:05:33", None, "2024-03-05T14:05:33"),
    ("2024-03-05 14:05:33", None, "2024-03-05T14:05:33"), ("05/03/2024 2:05 PM", None, "2024-03-05T14:05"),
    ("UN-MAR-2024 14:05", None, "2024-03--T14:05"),
])
def test_a_time_stands_behind_what_is_known_of_the_date(collected: str, time: str | None, expected: str) -> None:
    assert dtc(collected, time, unknown=UNKNOWN) == (expected, "")


@pytest.mark.parametrize("iso", ["2024-03-05", "2024-03", "2024", "2024---05", "--03-05", "----05", "2024-03-05T14",
                                 "2024-03-05T14:05", "2024-03-05T14:05:33", "2024-03-05T14:05:33.25", "2024-03--T14:05",
                                 "2024----T14:05", "--03-05T14:05", "2024-03-05T-:05", "2024-03-05T-:-:33",
                                 "2024-03-05T14:-:33"])
def test_iso_8601_stays_as_it_is(iso: str) -> None:
    assert dtc(iso) == (iso, "")


FORMATS = {
    "DMY": ("%d-%b-%Y", "%d%b%Y", "%d %b %Y", "%d %B %Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y"),
    "MDY": ("%m/%d/%Y", "%m-%d-%Y", "%B %d, %Y", "%b %d %Y", "%d-%b-%Y"),
    "YMD": ("%Y/%m/%d", "%Y.%m.%d", "%Y %b %d", "%d-%b-%Y"),
}
EVERY = [(order, form) for order, forms in FORMATS.items() for form in (*forms, "%Y-%m-%d", "%Y%m%d")]


@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), how=st.sampled_from(EVERY), upper=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_full_date_is_the_same_in_whatever_way_it_is_written(day: date, how: tuple[str, str], upper: bool) -> None:
    written = day.strftime(how[1])
    assert dtc(written.upper() if upper else written, order=how[0]) == (day.isoformat(), "")


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)),
       form=st.sampled_from(["%H:%M:%S", "%H%M%S", "%I:%M:%S %p", "%Hh%Mm%Ss"]))
@settings(max_examples=60, deadline=None)
def test_a_full_time_is_the_same_in_whatever_way_it_is_written(moment: datetime, form: str) -> None:
    assert dtc(moment.strftime("%d-%b-%Y"), moment.strftime(form)) == (moment.strftime("%Y-%m-%dT%H:%M:%S"), "")


@given(year=st.integers(1900, 2099), month=st.integers(0, 14), day=st.integers(0, 32),
       order=st.sampled_from(["DMY", "MDY", "YMD"]))
@settings(max_examples=150, deadline=None)
def test_exactly_the_days_of_the_calendar_are_dates(year: int, month: int, day: int, order: str) -> None:
    parts = {"D": f"{day:02d}", "M": f"{month:02d}", "Y": f"{year:04d}"}
    made, problem = dtc("/".join(parts[letter] for letter in order), order=order)
    real_month = 1 <= month <= 12
    real = real_month and 1 <= day <= calendar.monthrange(year, month)[1]
    assert made == (f"{year:04d}" + (f"-{month:02d}" if real_month else "") + (f"-{day:02d}" if real else ""))
    assert (problem == "") == real


@given(collected=st.text(alphabet="0123456789-/: TJANUEKPM.", max_size=14),
       time=st.text(alphabet="0123456789:hUNAPM ", max_size=8))
@settings(max_examples=200, deadline=None)
def test_whatever_is_collected_the_result_is_iso_8601_or_empty_with_a_reason(collected: str, time: str) -> None:
    made, problem = dtc(collected, time)
    part = r"(-|\d\d)"
    assert re.fullmatch(rf"|(-|\d{{4}})(-{part}(-{part})?)?(T{part}(:{part}(:\d\d(\.\d+)?)?)?)?", made), made
    assert not made.endswith("-") or "T" in made
    assert made == dtc(made)[0]                                       # what we write we read again
    assert problem or made or not re.search(r"\d", collected)         # a digit of a date never vanishes without a word


def test_words_for_unknown_are_read_in_any_case_and_none_are_needed() -> None:
    assert dtc("nd-Mar-2024", unknown=["nd"]) == ("2024-03", "")
    assert dtc("UN-MAR-2024", unknown=[])[1] == NO_DATE
    assert dtc("05-03-", unknown=[])[1] == NO_DATE
    assert dtc("未知", unknown=["未知"]) == ("", "")
    assert dtc("未知") == ("", NO_DATE)


def test_an_order_that_is_none_stops() -> None:
    with pytest.raises(SpecError, match="there is no date order dmy; did you mean DMY\\?"):
        compute_dtc(text("05/03/2024"), order="dmy")


def test_dates_without_records_and_in_any_order() -> None:
    empty = compute_dtc(text(), text())
    assert list(empty.columns) == ["dtc", "problem"] and (empty.dtypes == "str").all() and empty.empty
    dates = text("16-JAN-2014", "UN-MAR-2014", "", "31-FEB-2014", "16-JAN-2014")
    times = text("14:05", "", "9:00", "25:00", "9:00")
    order = [3, 0, 4, 2, 1]
    pd.testing.assert_frame_equal(compute_dtc(dates.iloc[order], times.iloc[order]),
                                  compute_dtc(dates, times).iloc[order])
    assert compute_dtc(pd.Series(["16-JAN-2014", None], dtype="str"))["dtc"].tolist() == ["2014-01-16", ""]


# --- bounds ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("iso", "first", "last", "has_day", "has_time"), [
    ("2024-03-05", "2024-03-05T00:00:00", "2024-03-05T23:59:59", True, False),
    ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59", False, False),
    ("2023-02", "2023-02-01T00:00:00", "2023-02-28T23:59:59", False, False),
    ("2024", "2024-01-01T00:00:00", "2024-12-31T23:59:59", False, False),
    ("2024---05", "2024-01-05T00:00:00", "2024-12-05T23:59:59", False, False),
    ("2024---31", "2024-01-31T00:00:00", "2024-12-31T23:59:59", False, False),
    ("2024-03--T14:05", "2024-03-01T00:00:00", "2024-03-31T23:59:59", False, False),  # a time of no day bounds nothing
    ("2024-03-05T14", "2024-03-05T14:00:00", "2024-03-05T14:59:59", True, True),
    ("2024-03-05T14:05", "2024-03-05T14:05:00", "2024-03-05T14:05:59", True, True),
    ("2024-03-05T14:05:33.9", "2024-03-05T14:05:33", "2024-03-05T14:05:33", True, True),
    ("2024-03-05T-:05", "2024-03-05T00:00:00", "2024-03-05T23:59:59", True, False),
    ("0202-03-05", "0202-03-05T00:00:00", "0202-03-05T23:59:59", True, False),         # a slip of the pen stops nothing
    ("9999-12-31", "9999-12-31T00:00:00", "9999-12-31T23:59:59", True, False),
    ("--03-05", None, None, False, False), ("2023-02-29", None, None, True, False),
    ("2024-13", None, None, False, False), ("", None, None, False, False), ("UNKNOWN", None, None, False, False),
])
def test_the_bounds_are_the_first_and_the_last_moment_a_text_can_mean(iso: str, first: str | None, last: str | None,
                                                                      has_day: bool, has_time: bool) -> None:
    bounds = compute_date_bounds(text(iso))
    shown = [None if pd.isna(moment) else moment.isoformat() for moment in (bounds["first"][0], bounds["last"][0])]
    assert shown == [first, last]
    assert (bounds["has_day"][0], bounds["has_time"][0]) == (has_day, has_time)
    assert bounds["first"].dtype == bounds["last"].dtype == "datetime64[s]"


@given(moment=st.datetimes(), known=st.sampled_from([4, 7, 10, 13, 16, 19]))
@settings(max_examples=60, deadline=None)
def test_a_moment_lies_between_the_bounds_of_whatever_is_known_of_it(moment: datetime, known: int) -> None:
    iso = moment.replace(microsecond=0).isoformat()
    bounds = compute_date_bounds(text(iso[:known]))
    assert bounds["first"][0] <= pd.Timestamp(iso) <= bounds["last"][0]
    assert (bounds["first"][0] == bounds["last"][0]) == (known == 19)


def test_bounds_of_no_records() -> None:
    assert list(compute_date_bounds(text()).columns) == ["first", "last", "has_day", "has_time"]


# --- study day -------------------------------------------------------------------------------------------------------

def test_study_day_has_no_zero_and_needs_whole_dates() -> None:
    dates = text("2014-01-01", "2014-01-02", "2014-01-03", "2014-01-02T23:59", "2014-01", "", "2014-02-30",
                 "2014-01-03")
    references = text(*["2014-01-02T12:00"] * 7, "2014-01")
    expected = [-1, 1, 2, 1, np.nan, np.nan, np.nan, np.nan]
    pd.testing.assert_series_equal(compute_study_day(dates, references), pd.Series(expected), check_names=False)


@given(event=st.dates(), reference=st.dates())
@settings(max_examples=60, deadline=None)
def test_study_days_mirror_each_other_around_the_missing_zero(event: date, reference: date) -> None:
    one, other = text(event.isoformat()), text(reference.isoformat())
    day, back = compute_study_day(one, other)[0], compute_study_day(other, one)[0]
    apart = (event - reference).days
    assert day == apart + (apart >= 0) and day + back == (2 if apart == 0 else 1)


DM = table("USUBJID RFSTDTC", ("A", "2014-01-02"), ("B", "2014-02-01T08:00"), ("C", ""),
           ("D", "2014-01-01"), ("D", "2014-03-01"))
AE = table("USUBJID AESTDTC AEENDTC",
           ("A", "2014-01-02", "2014-01-05"), ("B", "2014-01-31", ""), ("C", "2014-01-02", "2014-01-02"),
           ("D", "2014-01-02", "2014-01-02"), ("X", "2014-01-02", "2014-01-02"), ("A", "2014-01", "2014-01-01"))
AE_SPEC = make_spec("AE", AESTDY="derive_study_day", AEENDY="derive_study_day")


def test_study_days_count_from_the_subjects_own_reference_and_a_subject_twice_in_dm_has_none() -> None:
    made = derive_study_day(AE, DM, AE_SPEC)
    assert list(made["AESTDY"].fillna(0)) == [1, -1, 0, 0, 0, 0]
    assert list(made["AEENDY"].fillna(0)) == [4, 0, 0, 0, 0, -1]
    assert list(compute_dm_value(AE["USUBJID"], DM, "RFSTDTC")) == [
        "2014-01-02", "2014-02-01T08:00", "", "", "", "2014-01-02"]


def test_study_days_of_no_records_in_any_order_and_without_a_date() -> None:
    assert derive_study_day(AE.iloc[:0], DM, AE_SPEC)["AESTDY"].dtype == "float64"
    made = derive_study_day(AE.iloc[[4, 2, 0, 5, 1, 3]], DM.iloc[::-1], AE_SPEC)
    pd.testing.assert_frame_equal(made.sort_index(), derive_study_day(AE, DM, AE_SPEC))
    with pytest.raises(KeyError, match="AEENDTC"):
        derive_study_day(AE.drop(columns="AEENDTC"), DM, AE_SPEC)


# --- epoch -----------------------------------------------------------------------------------------------------------

SE = table("USUBJID EPOCH SESTDTC SEENDTC",
           ("A", "SCREENING", "2024-03-01", "2024-03-12T10:00"), ("A", "TREATMENT", "2024-03-12T10:00", "2024-06-01"),
           ("A", "FOLLOW-UP", "2024-06-01", "2024-07-01"),
           ("B", "SCREENING", "2024-03-12", "2024-03-12"), ("B", "TREATMENT", "2024-03-12", "2024-06-01"),
           ("C", "TREATMENT", "2024-03-01", "2024-03-10"), ("C", "WASHOUT", "2024-03-10", "2024-03-20"),
           ("C", "TREATMENT", "2024-03-20", "2024-05-01"), ("C", "TREATMENT", "2024-05-01", "2024-06-01"),
           ("D", "SCREENING", "", ""),
           ("E", "TREATMENT", "2024-03-12", "2024-03-12"), ("E", "FOLLOW-UP", "2024-03-12", "2024-06-01"))
EPOCHS = [
    ("A", "2024-02-28", ""),                        # before the first element
    ("A", "2024-03-01", "SCREENING"),
    ("A", "2024-03-12", "TREATMENT"),               # no time: the element that starts on the day
    ("A", "2024-03-12T09:59", "SCREENING"),         # a time: the element of that moment
    ("A", "2024-03-12T10:00", "TREATMENT"),
    ("A", "2024-03-12T10", "TREATMENT"),
    ("A", "2024-05-31", "TREATMENT"),
    ("A", "2024-06-01", "FOLLOW-UP"),
    ("A", "2025-01-01", "FOLLOW-UP"),
    ("A", "2024-04", "TREATMENT"),                  # every day of April is in one epoch
    ("A", "2024-03", ""),                           # March is in two
    ("A", "2024", ""),
    ("A", "", ""),
    ("B", "2024-03-12", "TREATMENT"),               # both start on the day: the one that lasts longer
    ("E", "2024-03-13", "FOLLOW-UP"),

    ("C", "2024-03", ""),                           # first and last day are in TREATMENT, those between are not
    ("C", "2024-04", "TREATMENT"),
    ("C", "2024---25", ""),                         # the 25 January is before the first element
    ("D", "2024-03-12", ""),
    ("X", "2024-03-12", ""),
]
EPOCH_SPEC = make_spec("AE", EPOCH="derive_epoch")


@pytest.mark.parametrize(("subject", "iso", "epoch"), EPOCHS)
def test_the_epoch_is_that_of_the_last_element_that_had_started(subject: str, iso: str, epoch: str) -> None:
    made = derive_epoch(table("USUBJID AESTDTC", (subject, iso)), SE, EPOCH_SPEC, "AESTDTC")
    assert list(made["EPOCH"]) == [epoch]


def test_epochs_do_not_depend_on_the_order_of_events_or_elements() -> None:
    events = pd.DataFrame([row[:2] for row in EPOCHS], columns=["USUBJID", "AESTDTC"]).astype("str")
    made = derive_epoch(events, SE, EPOCH_SPEC, "AESTDTC")
    shuffled = derive_epoch(events.sample(frac=1, random_state=1), SE.sample(frac=1, random_state=2), EPOCH_SPEC,
                            "AESTDTC")
    pd.testing.assert_frame_equal(shuffled.sort_index(), made)


def test_epochs_of_no_records_of_no_elements_and_where_none_are_wanted() -> None:
    events = table("USUBJID AESTDTC", ("A", "2024-03-12"))
    assert list(derive_epoch(events.iloc[:0], SE, EPOCH_SPEC, "AESTDTC")["EPOCH"]) == []
    assert list(derive_epoch(events, SE.iloc[:0], EPOCH_SPEC, "AESTDTC")["EPOCH"]) == [""]
    assert "EPOCH" not in derive_epoch(events, SE, make_spec("AE", AESTDY="derive_study_day"), "AESTDTC")
    with pytest.raises(KeyError, match="AEENDTC"):
        derive_epoch(events, SE, EPOCH_SPEC, "AEENDTC")


# --- visit number ----------------------------------------------------------------------------------------------------

STUDY = make_study(visits={"SCREENING": "1", "WEEK 2": "2", "WEEK 4": "4", "END OF STUDY": "9"})
VISITS = [
    ("A", "SCREENING", "2024-03-01", 1), ("A", "WEEK 2", "2024-03-15", 2), ("A", "WEEK 4", "2024-03-29", 4),
    ("A", "", "", None), ("A", "UNSCHEDULED 3.1", "2024-03-20", 3.1), ("A", "Unscheduled Visit 3.1", "", 3.1),
    ("A", "UNSCHEDULED", "2024-03-15T12:00", 2.01),        # on the day of a planned visit: behind it
    ("A", "UNSCHEDULED", "2024-03-18", 2.02), ("A", "unscheduled visit", "2024-03-18T09:00", 2.02),      # one date
    ("A", "UNSCHEDULED", "2024-03-21", 2.03),              # behind the planned visit, not behind UNSCHEDULED 3.1
    ("A", "UNSCHEDULED", "2024-04-02", 4.01),
    ("B", "UNSCHEDULED", "2024-04-02", 0.01), ("B", "SCREENING", "2024-05-01", 1), ("B", "WEEK 2", "", 2),
]
VS_SPEC = make_spec("VS", VISITNUM="derive_visitnum")


def visit_table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    data = table("USUBJID VISIT VSDTC", *(row[:3] for row in rows))
    return data.assign(_record=pd.Series([f"VS:{row[0]}/{number}" for number, row in enumerate(rows)], dtype="str"))


def test_a_visit_has_the_protocols_number_its_own_or_one_between() -> None:
    with collect_findings() as findings:
        made = derive_visitnum(visit_table(*VISITS), STUDY, VS_SPEC, "VSDTC")
    assert [None if pd.isna(number) else round(number, 6) for number in made["VISITNUM"]] == [row[3] for row in VISITS]
    assert findings == []


@pytest.mark.parametrize(("visit", "iso"), [("WEEK 3", "2024-03-20"), ("week 2", "2024-03-20"), ("UNSCHEDULED", ""),
                                            ("UNSCHEDULED", "2024-03")])
def test_a_visit_that_cannot_be_numbered_is_a_finding(visit: str, iso: str) -> None:
    with collect_findings() as findings:
        made = derive_visitnum(visit_table(("A", "WEEK 2", "2024-03-15"), ("A", visit, iso)), STUDY, VS_SPEC, "VSDTC")
    assert list(made["VISITNUM"].fillna(0)) == [2, 0]
    assert [(found.rule, found.key, found.value, found.record) for found in findings] == [
        ("mapping.unknown_visit", "USUBJID=A", visit, "VS:A/1")]


def test_without_a_date_column_only_named_visits_have_a_number() -> None:
    data = visit_table(("A", "WEEK 2", ""), ("A", "UNSCHEDULED 2.1", ""), ("A", "UNSCHEDULED", "2024-03-15"))
    with collect_findings() as findings:
        made = derive_visitnum(data, STUDY, VS_SPEC)
    assert list(made["VISITNUM"].fillna(0)) == [2, 2.1, 0] and len(findings) == 1


def test_visit_numbers_of_no_records_in_any_order_and_where_none_are_wanted() -> None:
    data = visit_table(*VISITS)
    made = derive_visitnum(data, STUDY, VS_SPEC, "VSDTC")
    shuffled = derive_visitnum(data.sample(frac=1, random_state=3), STUDY, VS_SPEC, "VSDTC")
    pd.testing.assert_frame_equal(shuffled.sort_index(), made)
    assert derive_visitnum(data.iloc[:0], STUDY, VS_SPEC, "VSDTC")["VISITNUM"].dtype == "float64"
    assert "VISITNUM" not in derive_visitnum(data, STUDY, make_spec("VS", EPOCH="derive_epoch"), "VSDTC")
    with pytest.raises(KeyError, match="VSDTC"):
        derive_visitnum(data.drop(columns="VSDTC"), STUDY, VS_SPEC, "VSDTC")


# --- end relative to a time point ------------------------------------------------------------------------------------

MH = table("USUBJID MHENRTPT MHENDTC MHDTC _record",
           ("A", "ONGOING", "", "2024-03-01", "MH:A/1"), ("A", "", "2024-02", "2024-03-01", "MH:A/2"),
           ("A", "U", "", "2024-03-02", "MH:A/3"), ("A", "", "", "2024-03-01", "MH:A/4"))
MH_SPEC = make_spec("MH", MHENTPT="derive_entpt")


def test_the_reference_time_point_is_the_collection_of_what_went_on_then() -> None:
    assert list(derive_entpt(MH, MH_SPEC)["MHENTPT"]) == ["2024-03-01", "", "2024-03-02", ""]


def test_reference_time_points_of_no_records_in_any_order_and_where_none_are_wanted() -> None:
    assert list(derive_entpt(MH.iloc[:0], MH_SPEC)["MHENTPT"]) == []
    pd.testing.assert_frame_equal(derive_entpt(MH.iloc[[2, 0, 3, 1]], MH_SPEC).sort_index(), derive_entpt(MH, MH_SPEC))
    assert "MHENTPT" not in derive_entpt(MH, make_spec("MH", EPOCH="derive_epoch"))
    with pytest.raises(KeyError, match="MHENRTPT"):
        derive_entpt(MH.drop(columns="MHENRTPT"), MH_SPEC)


def test_an_unscheduled_visit_has_the_number_that_sv_gives_to_its_folder_or_its_date(study, table):
    specs = study({"visits": {"C1D1": "101", "C2D1": "201"}}, VS={"VISITNUM": {"type": "Num"}})
    sv = table("""
USUBJID | VISIT       | SVSTDTC    | _record
S1-1    | UNSCHEDULED | 2023-03-08 | SV:1-1/UNSCHEDULED/0/0/0
S1-1    | UNSCHEDULED | 2023-03-09 | SV:1-1/UNSCHEDULED/1/0/0
S1-2    | UNSCHEDULED | 2023-03-08 | SV:1-2/UNSCHEDULED/0/0/0""").assign(VISITNUM=[101.01, 101.02, 101.05])
    data = table("""
USUBJID | VISIT       | VSDTC      | _record
S1-1    | C1D1        | 2023-03-08 | VS:1-1/C1D1/0/0/0
S1-1    | UNSCHEDULED |            | VS:1-1/UNSCHEDULED/1/0/3
S1-1    | UNSCHEDULED | 2023-03-10 | VS:1-1/UNSCHEDULED/0/0/1
S1-1    | UNSCHEDULED | 2023-03-09 | LAB:1-1/A7/HGB
S1-2    | UNSCHEDULED | 2023-03-08 | LAB:1-2/A8/HGB; LBC:1-2/UNSCHEDULED/0/0/1
S1-1    | UNSCHEDULED | 2023-03-30 | LAB:1-1/A9/HGB""")
    made = derive_visitnum(data, specs, specs["VS"], "VSDTC", sv)
    assert made["VISITNUM"].tolist() == [101, 101.02, 101.01, 101.02, 101.05, 101.03]


@pytest.mark.parametrize("date", ["16 MAR 2023", "1-MAR-2023", "06/MAR/2023 08:51:07", "2023-03-16", "20230316", "29 FEB 2023",
                                  "20231301", "2023-02-29", "UN MAR 2023", "16 XXX 2023", "0000-01-01", "MAR 2023", ""])
@pytest.mark.parametrize("time", ["", "08:30", "0830", "08:30:59", "24:00", "2460", "8:30", "UN"])
def test_a_plain_date_reads_as_any_other_and_nothing_doubtful_is_plain(date, time):
    made = compute_dtc(pd.Series([date], dtype="str"), pd.Series([time], dtype="str"))
    assert read_plain_date(date, time) in ("", made["dtc"][0] if not made["problem"][0] else "")
    if date in ("16 MAR 2023", "2023-03-16", "20230316") and time in ("", "08:30", "0830", "08:30:59"):
        assert read_plain_date(date, time) == made["dtc"][0]

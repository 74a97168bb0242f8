"""Laws of analysis dates: what is imputed, flagged or stays unknown, days without a zero, durations, nominal times."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.dates import (
    compute_age_years,
    compute_date,
    compute_datetime,
    compute_day,
    compute_duration,
    compute_time_flag,
    compute_timepoint_hours,
    derive_analysis_age,
    derive_analysis_date,
    derive_analysis_datetime,
    derive_date_part,
    derive_duration,
    derive_relative_day,
    derive_time_part,
)
from cdisckit.errors import SpecError
from cdisckit.findings import collect_findings

DATE_LEVEL = {"n": "none", "D": "day", "M": "month", "Y": "year"}
TIME_LEVEL = {"n": "none", "s": "second", "m": "minute", "h": "hour"}
CASE_KINDS = ("age", "dt-ho", "dt-imp", "dt-var", "dtm-ho", "dtm-var", "dur", "dur-fn", "dy", "lim-ho", "split", "tmf",
              "tpt")


def text(*values: str | None) -> pd.Series:
    return pd.Series([value or "" for value in values], dtype="str")


def moments(*values: str | None) -> pd.Series:
    return pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601").astype("datetime64[s]")


def shown(column: pd.Series) -> list[Any]:
    """Dates as ISO 8601 text, with a time where the column has one; None for what is missing."""
    if column.dtype.kind == "M":
        whole = (column.dropna() == column.dropna().dt.floor("D")).all()
        column = column.dt.strftime("%Y-%m-%d" if whole else "%Y-%m-%dT%H:%M:%S")
    return [None if pd.isna(value) or value == "" else value for value in column]


# --- the worked cases: the questions and the answers of the packages that the field uses ------------------------------


def case_options(parameters: dict[str, Any], times: bool) -> dict[str, Any]:
    """The options of a case in our words: one scale of levels there is two here, one for dates and one for times."""
    level = parameters.get("highest_imputation", "h" if times else "n")
    options: dict[str, Any] = {"impute": DATE_LEVEL.get(level, "none"), "preserve": parameters.get("preserve", False),
                               "to": parameters.get("date_imputation", "first")}
    if times:
        options["impute_time"] = TIME_LEVEL.get(level, "hour")
        options["time_to"] = parameters.get("time_imputation", "first")
    return options


@pytest.mark.cases("04_dates.json", "dt-imp")
def test_imputed_text_as_worked(case: dict[str, Any]) -> None:
    parameters = case["parameters"]
    times = "time_imputation" in parameters
    limits = {name: [text(limit) for limit in case["given"].get(f"{name[:3]}_dates", [])]
              for name in ("minimum", "maximum")}
    options = case_options(parameters, times)
    if times:
        made = compute_datetime(text(case["given"]["dtc"]), **options, **limits, ignore_seconds=False,
                                unit="ms")["datetime"]
        found = made.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str.replace(r"\.000000$|000$", "", regex=True)
    else:
        found = compute_date(text(case["given"]["dtc"]), **options, **limits)["date"].dt.strftime("%Y-%m-%d")
    assert shown(found) == [case["expect"]["dtc"]]


@pytest.mark.cases("04_dates.json", "dt-var", "dtm-var", "dt-ho", "dtm-ho", "lim-ho")
def test_derived_dates_as_worked(case: dict[str, Any]) -> None:
    parameters, expected = case["parameters"], case["expect"]
    row = case["given"].get("row", case["given"])
    columns = {name: moments(value) if re.search("DTM?$", name) else text(value) for name, value in row.items()}
    dtc = parameters.get("dtc") or next(name for name in row if name.endswith(("DTC", "dtc")))
    prefix = re.sub("DTM?$", "", next(name for name in expected if re.search("DTM?$", name)))
    times = f"{prefix}DTM" in expected
    wanted = parameters.get("flag_imputation", "both" if "prefix" in parameters else "auto")
    options = case_options(parameters, times) | {
        "minimum": parameters.get("min_dates", []), "maximum": parameters.get("max_dates", []),
        "date_flag": None if wanted == "auto" else wanted in ("date", "both")}
    if times:
        options["time_flag"] = None if wanted == "auto" else wanted in ("time", "both")
        options["ignore_seconds"] = parameters.get("ignore_seconds_flag", True)
    derive = derive_analysis_datetime if times else derive_analysis_date
    with collect_findings() as findings:
        made = derive(pd.DataFrame(columns), dtc, prefix, **options)
    assert {name: value for name, value in rows_of(made)[0].items() if name in expected} == expected
    surplus = set(made.columns) - set(columns) - set(expected)
    # A flag that nothing can set is not expected by all cases; one of the case's own columns may be derived anew.
    assert surplus <= {f"{prefix}DTF"} and not findings


def rows_of(data: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {name: column.dt.strftime("%Y-%m-%dT%H:%M:%S" if name.endswith("DTM") else "%Y-%m-%d")
               if column.dtype.kind == "M" else column for name, column in data.items()}
    rows = zip(*(shown(column) for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.cases("04_dates.json", "tmf")
def test_time_flags_as_worked(case: dict[str, Any]) -> None:
    flag = compute_time_flag(text(case["given"]["dtc"]), moments(case["given"]["dtm"]),
                             ignore_seconds=case["parameters"]["ignore_seconds_flag"])
    assert shown(flag) == [case["expect"]["TMF"]]


@pytest.mark.cases("04_dates.json", "dy")
def test_relative_days_as_worked(case: dict[str, Any]) -> None:
    data = pd.DataFrame({name: moments(value) for name, value in case["given"]["row"].items()
                         if re.search("DTM?$", name)})
    for source in case["parameters"]["source"]:
        new, date = next(iter(source.items())) if isinstance(source, dict) else ("", source)
        data = derive_relative_day(data, date, case["parameters"]["reference"], new=new)
    assert {name: data[name][0] for name in case["expect"]} == case["expect"]


DURATION_OPTIONS = {"add_one": "add_one", "floor_in": "floor", "trunc_out": "whole", "in_unit": "floor_unit",
                    "out_unit": "unit"}


def duration_options(parameters: dict[str, Any]) -> dict[str, Any]:
    ours = {DURATION_OPTIONS[name]: value for name, value in parameters.items() if name in DURATION_OPTIONS}
    return {"floor_unit": "days", "unit": "days"} | ours | {"calendar": parameters.get("type") == "interval"}


@pytest.mark.cases("04_dates.json", "dur")
def test_derived_durations_as_worked(case: dict[str, Any]) -> None:
    parameters, row = case["parameters"], case["given"]["row"]
    data = pd.DataFrame({name: moments(value) for name, value in row.items() if name != "USUBJID"})
    new, units = parameters["new_var"], parameters["new_var_unit"]
    made = derive_duration(data, parameters["start_date"], parameters["end_date"], new, unit_variable=units,
                           **duration_options(parameters))
    expected = case["expect"]
    assert shown(made[units]) == [expected[units]]
    assert shown(made[new]) == ([pytest.approx(expected[new], rel=1e-9)] if expected[new] is not None else [None])


@pytest.mark.cases("04_dates.json", "dur-fn")
def test_durations_as_worked(case: dict[str, Any]) -> None:
    days = compute_duration(moments(case["given"]["start"]), moments(case["given"]["end"]),
                            **duration_options(case["parameters"]))
    assert days[0] == pytest.approx(case["expect"]["value"], abs=case["tolerance"])


@pytest.mark.cases("04_dates.json", "age")
def test_ages_as_worked(case: dict[str, Any]) -> None:
    row = case["given"]["row"]
    if "BRTHDT" in row:
        made = derive_analysis_age(pd.DataFrame({name: moments(value) for name, value in row.items()}))
        assert {name: made[name][0] for name in case["expect"]} == case["expect"]
    else:
        unit = text(row["AGEU"]) if "AGEU" in row else case["parameters"]["age_unit"]
        years = compute_age_years(pd.Series([float(row["AGE"])]), unit)
        assert years[0] == pytest.approx(case["expect"]["AAGE"], rel=1e-12)


@pytest.mark.cases("04_dates.json", "split")
def test_parts_of_date_times_as_worked(case: dict[str, Any]) -> None:
    data = pd.DataFrame({name: moments(value) for name, value in case["given"]["row"].items() if name.endswith("DTM")})
    made = derive_time_part(derive_date_part(data, *case["parameters"]["source"]), *case["parameters"]["source"])
    times = [name for name in made if re.search("(?<!D)TM$", name)]
    clock = {name: pd.to_datetime(made[name], unit="s").dt.strftime("%H:%M:%S") for name in times}
    found = rows_of(made.assign(**clock))[0]
    assert {name: found[name] for name in case["expect"]} == case["expect"]


@pytest.mark.cases("04_dates.json", "tpt")
def test_nominal_times_as_worked(case: dict[str, Any]) -> None:
    parameters = case["parameters"]
    hours = compute_timepoint_hours(text(case["given"]["timepoint"]), window=parameters.get("range_method", "midpoint"),
                                    treatment_duration=parameters.get("treatment_duration", 0.0))
    expected = case["expect"]["hours"]
    assert shown(hours) == ([None] if expected is None else [pytest.approx(expected, abs=case["tolerance"])])


def test_no_worked_case_is_left_out(shared: Path) -> None:
    cases = json.loads((shared / "cases" / "04_dates.json").read_text(encoding="utf-8"))["cases"]
    assert {case["id"].rpartition("-")[0] for case in cases} <= set(CASE_KINDS)


# --- dates -----------------------------------------------------------------------------------------------------------

PARTIAL = ("2019-07-18", "2019-07", "2019-07--", "2019---07", "2019", "--07-18", "")
IMPUTED = {                                      # what becomes of each of them, and its flag
    "none first":           ("2019-07-18", "", "", "", "", "", ""),
    "day first":            ("2019-07-18", "2019-07-01 D", "2019-07-01 D", "", "", "", ""),
    "day last":             ("2019-07-18", "2019-07-31 D", "2019-07-31 D", "", "", "", ""),
    "day mid":              ("2019-07-18", "2019-07-15 D", "2019-07-15 D", "", "", "", ""),
    "day 09":               ("2019-07-18", "2019-07-09 D", "2019-07-09 D", "", "", "", ""),
    "month first":          ("2019-07-18", "2019-07-01 D", "2019-07-01 D", "2019-01-01 M", "2019-01-01 M", "", ""),
    "month last":           ("2019-07-18", "2019-07-31 D", "2019-07-31 D", "2019-12-31 M", "2019-12-31 M", "", ""),
    "month mid":            ("2019-07-18", "2019-07-15 D", "2019-07-15 D", "2019-06-30 M", "2019-06-30 M", "", ""),
    "month 11-09":          ("2019-07-18", "2019-07-09 D", "2019-07-09 D", "2019-11-09 M", "2019-11-09 M", "", ""),
    "month first preserve": ("2019-07-18", "2019-07-01 D", "2019-07-01 D", "2019-01-07 M", "2019-01-01 M", "", ""),
    "month last preserve":  ("2019-07-18", "2019-07-31 D", "2019-07-31 D", "2019-12-07 M", "2019-12-31 M", "", ""),
    "month mid preserve":   ("2019-07-18", "2019-07-15 D", "2019-07-15 D", "2019-06-07 M", "2019-06-30 M", "", ""),
}


@pytest.mark.parametrize("options", IMPUTED)
def test_each_level_imputes_what_it_may_and_flags_the_highest_part(options: str) -> None:
    impute, to, *preserve = options.split()
    made = compute_date(text(*PARTIAL), impute=impute, to=to, preserve=bool(preserve))
    assert tuple((made["date"].dt.strftime("%Y-%m-%d").fillna("") + " " + made["flag"]).str.strip()) == IMPUTED[options]
    assert made["date"].dtype == "datetime64[s]" and made["flag"].dtype == "str"


@pytest.mark.parametrize(("dtc", "limits", "first", "last"), [
    ("2024-03", {"minimum": ["2024-03-12"]}, "2024-03-12", "2024-03-31"),                  # raised to the first dose
    ("2024-05", {"minimum": ["2024-03-12"]}, "2024-05-01", "2024-05-31"),                  # the month is after it
    ("2024-02", {"minimum": ["2024-03-12"]}, "2024-02-01", "2024-02-29"),                  # the month is before it
    ("2024-03", {"minimum": ["2024-03-12", "2024-03-20", ""]}, "2024-03-20", "2024-03-31"),
    ("2024-03", {"maximum": ["2024-03-12", "2024-03-20", ""]}, "2024-03-01", "2024-03-12"),
    ("2024", {"minimum": ["2024-03-12"], "maximum": ["2024-05-20"]}, "2024-03-12", "2024-05-20"),
    ("2024-03-01", {"minimum": ["2024-03-12"]}, "2024-03-01", "2024-03-01"),               # recorded dates stand
    ("2024-03", {"minimum": [""]}, "2024-03-01", "2024-03-31"),
    ("", {"minimum": ["2024-03-12"]}, None, None),                                       # level month: no year, no date
])
def test_an_imputed_date_keeps_the_limits_that_its_text_allows(dtc: str, limits: dict[str, list[str]],
                                                               first: str | None, last: str | None) -> None:
    given = {name: [moments(value or None) for value in values] for name, values in limits.items()}
    found = [shown(compute_date(text(dtc), impute="month", to=to, **given)["date"])[0] for to in ("first", "last")]
    assert found == [first, last]


@pytest.mark.parametrize(("to", "limits", "expected"), [
    ("first", {"minimum": ["2024-03-12", "2024-02-01"]}, ("2024-03-12", "Y")),
    ("last", {"maximum": ["2024-05-20", "2024-06-30"]}, ("2024-05-20", "Y")),
    ("first", {"maximum": ["2024-05-20"]}, (None, None)),                 # nothing tells of the first date
    ("last", {"minimum": ["2024-03-12"]}, (None, None)),
    ("first", {"minimum": [None]}, (None, None)),
])
def test_an_unknown_year_is_taken_from_the_limits_alone(to: str, limits: dict[str, list[str | None]],
                                                        expected: tuple[str | None, str | None]) -> None:
    given = {name: [moments(value) for value in values] for name, values in limits.items()}
    made = compute_date(text(""), impute="year", to=to, **given)
    assert (shown(made["date"])[0], shown(made["flag"])[0]) == expected


@given(day=st.dates(), level=st.sampled_from(["none", "day", "month"]), to=st.sampled_from(["first", "last", "mid"]),
       preserve=st.booleans(), limit=st.dates())
@settings(max_examples=60, deadline=None)
def test_a_recorded_date_is_never_changed(day: Any, level: str, to: str, preserve: bool, limit: Any) -> None:
    border = text(limit.isoformat())
    made = compute_date(text(day.isoformat()), impute=level, to=to, preserve=preserve, minimum=[border],
                        maximum=[border])
    assert (shown(made["date"]), shown(made["flag"])) == ([day.isoformat()], [None])


@given(day=st.dates(), known=st.sampled_from([4, 7]), limit=st.dates())
@settings(max_examples=60, deadline=None)
def test_an_imputed_date_is_one_that_its_text_can_mean_and_first_is_before_mid_before_last(day: Any, known: int,
                                                                                          limit: Any) -> None:
    dtc = text(day.isoformat()[:known])
    border = text(limit.isoformat())
    made = [shown(compute_date(dtc, impute="month", to=to, minimum=[border], maximum=[border])["date"])[0]
            for to in ("first", "mid", "last")]
    assert all(date.startswith(dtc[0]) for date in made)
    assert made == sorted(made)


IMPOSSIBLE = ("2019-02-31", "2023-02-29", "2019-13-01", "2019-13", "2019-00-10", "2019-07-00", "2019/07/18",
              "18JUL2019", "UNKNOWN")


def test_a_date_that_does_not_exist_is_empty_and_a_finding() -> None:
    data = pd.DataFrame({"USUBJID": text(*["S-01"] * len(IMPOSSIBLE)), "AESEQ": np.arange(1.0, len(IMPOSSIBLE) + 1),
                         "AESTDTC": text(*IMPOSSIBLE), "_record": text(*["AE:01/1"] * len(IMPOSSIBLE))})
    with collect_findings() as findings:
        made = derive_analysis_date(data, "AESTDTC", "AST", impute="month", to="last")
    assert made["ASTDT"].isna().all() and (made["ASTDTF"] == "").all()
    assert [finding.value for finding in findings] == list(IMPOSSIBLE)
    first = findings[0]
    assert (first.rule, first.severity, first.dataset, first.key, first.variable, first.record) == (
        "mapping.impossible_analysis_date", "error", "AE", "USUBJID=S-01 AESEQ=1", "ASTDT", "AE:01/1")


def test_what_is_merely_unknown_is_no_finding() -> None:
    with collect_findings() as findings:
        data = pd.DataFrame({"AESTDTC": text(*PARTIAL, "2024-03--T14:05", "2024-03-05T25:00")})
        derive_analysis_date(data, "AESTDTC", "AST")
    assert findings == []


def test_a_recorded_day_that_the_imputed_month_lacks_is_empty_and_a_finding() -> None:
    data = pd.DataFrame({"AESTDTC": text("2019---31", "2019---30")})
    with collect_findings() as findings:
        made = derive_analysis_date(data, "AESTDTC", "AST", impute="month", to="mid", preserve=True)
    assert shown(made["ASTDT"]) == [None, "2019-06-30"]
    assert [finding.value for finding in findings] == ["2019---31"]


@pytest.mark.parametrize(("options", "message"), [
    ({"impute": "days"}, "impute='days' is no level of imputation; did you mean day?"),
    ({"impute": "month", "to": "lst"}, "to='lst' is no date to impute to; did you mean last?"),
    ({"impute": "month", "to": "15"}, "or DD where only days are imputed"),
    ({"impute": "month", "to": "02-30"}, "to='02-30' is no date to impute to"),
    ({"impute": "month", "to": "13-01"}, "to='13-01' is no date to impute to"),
    ({"impute": "day", "to": "00"}, "to='00' is no date to impute to"),
    ({"impute": "year"}, "no limits are given"),
    ({"impute": "year", "to": "mid", "minimum": [moments("2024-01-01")]}, "limits are given"),
    ({"impute": "day", "minimum": [moments("2024-01-01", "2024-01-01")]}, "a limit has other records"),
])
def test_options_of_dates_that_make_no_sense_stop(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)):
        compute_date(text("2024-03"), **options)


def test_a_fixed_day_that_a_month_of_the_data_lacks_stops_and_names_the_dates() -> None:
    assert shown(compute_date(text("2024-03"), impute="day", to="31")["date"]) == ["2024-03-31"]
    with pytest.raises(SpecError, match="the fixed day 31 does not exist in every month of the data\\n  - 2024-02"):
        compute_date(text("2024-03", "2024-02"), impute="day", to="31")


def test_dates_without_records_and_in_any_order() -> None:
    none = compute_date(text(), impute="month", minimum=[moments()])
    assert list(none.columns) == ["date", "flag"] and none["date"].dtype == "datetime64[s]" and none.empty
    dtc, low = text(*PARTIAL, "2020-02"), moments(*["2019-07-10"] * 8)
    made = compute_date(dtc, impute="year", minimum=[low])
    order = [3, 7, 0, 5, 1, 6, 2, 4]
    shuffled = compute_date(dtc.iloc[order], impute="year", minimum=[low.iloc[order]])
    pd.testing.assert_frame_equal(shuffled, made.iloc[order])


def test_the_flag_of_a_date_is_added_where_dates_are_imputed_or_when_asked_for() -> None:
    data = pd.DataFrame({"AESTDTC": text("2024-03"), "TRTSDT": moments("2024-03-12")})
    columns = {level: set(derive_analysis_date(data, "AESTDTC", "AST", impute=level, minimum=["TRTSDT"])) - set(data)
               for level in ("none", "day")}
    assert columns == {"none": {"ASTDT"}, "day": {"ASTDT", "ASTDTF"}}
    assert "ASTDTF" in derive_analysis_date(data, "AESTDTC", "AST", date_flag=True)
    assert "ASTDT" not in data


@pytest.mark.parametrize("derive", [
    lambda data: derive_analysis_date(data, "AESTDTX", "AST"),
    lambda data: derive_analysis_date(data, "AESTDTC", "AST", impute="day", minimum=["AESTDTX"]),
    lambda data: derive_analysis_datetime(data, "AESTDTX", "AST"),
    lambda data: derive_relative_day(data, "AESTDTX", "AESTDTC", new="ADY"),
    lambda data: derive_duration(data, "AESTDTX", "AESTDTC", "ADURN"),
    lambda data: derive_analysis_age(data, birth="AESTDTX"),
    lambda data: derive_date_part(data.rename(columns={"AESTDTC": "AESTDTXTM"}), "AESTDTXDTM"),
])
def test_a_column_that_is_missing_stops_with_its_name(derive: Any) -> None:
    with pytest.raises(SpecError, match="the data have no column AESTDTX"):
        derive(pd.DataFrame({"AESTDTC": text("2024-03-05")}))


# --- dates with times ------------------------------------------------------------------------------------------------

TIMED = ("2019-07-18T15:25:40", "2019-07-18T15:25", "2019-07-18T15", "2019-07-18", "2019-07--T00:10",
         "2019-07-18T-:15:18", "2019")
TIMES = {
    "none none first":           ("18 15:25:40", "", "", "", "", "", ""),
    "none second first":         ("18 15:25:40", "18 15:25:00 S", "", "", "", "", ""),
    "none minute last":          ("18 15:25:40", "18 15:25:59 S", "18 15:59:59 M", "", "", "", ""),
    "none hour 12:34:56":        ("18 15:25:40", "18 15:25:56 S", "18 15:34:56 M", "18 12:34:56 H", "",
                                  "18 12:34:56 H", ""),
    "day hour first":            ("18 15:25:40", "18 15:25:00 S", "18 15:00:00 M", "18 00:00:00 H", "01 00:00:00 D M",
                                  "18 00:00:00 H", ""),
    "day hour last":             ("18 15:25:40", "18 15:25:59 S", "18 15:59:59 M", "18 23:59:59 H", "31 23:59:59 D H",
                                  "18 23:59:59 H", ""),
    "day hour last preserve":    ("18 15:25:40", "18 15:25:59 S", "18 15:59:59 M", "18 23:59:59 H", "31 00:10:59 D S",
                                  "18 23:15:18 H", ""),
    "day none first preserve":   ("18 15:25:40", "", "", "", "", "", ""),
}


@pytest.mark.parametrize("options", TIMES)
def test_each_level_imputes_the_times_it_may_and_flags_the_highest_part(options: str) -> None:
    impute, impute_time, time_to, *preserve = options.split()
    to = time_to if time_to in ("first", "last") else "first"
    made = compute_datetime(text(*TIMED), impute=impute, to=to, impute_time=impute_time, time_to=time_to,
                            ignore_seconds=False, preserve=bool(preserve))
    seen = made["datetime"].dt.strftime("%d %H:%M:%S").fillna("") + " " + made["date_flag"] + " " + made["time_flag"]
    assert tuple(seen.str.replace(r"\s+", " ", regex=True).str.strip()) == TIMES[options]


@given(moment=st.datetimes().map(lambda moment: moment.replace(microsecond=0)), to=st.sampled_from(["first", "last"]))
@settings(max_examples=60, deadline=None)
def test_a_recorded_time_is_never_changed(moment: Any, to: str) -> None:
    made = compute_datetime(text(moment.isoformat()), impute="month", to=to, impute_time="hour", time_to=to,
                            ignore_seconds=False)
    assert made["datetime"].dt.strftime("%Y-%m-%dT%H:%M:%S")[0] == moment.isoformat()
    assert (made["date_flag"][0], made["time_flag"][0]) == ("", "")


def test_fractions_of_seconds_are_cut_off_unless_milliseconds_are_asked_for() -> None:
    dtc = text("2019-07-18T15:25:40.993", "2019-07-18T15:25:59.9999")
    cut, kept = (compute_datetime(dtc, ignore_seconds=False, unit=unit)["datetime"] for unit in ("s", "ms"))
    assert list(cut.dt.strftime("%S")) == ["40", "59"] and cut.dtype == "datetime64[s]"
    assert list(kept.dt.strftime("%S.%f")) == ["40.993000", "59.999000"] and kept.dtype == "datetime64[ms]"


def test_times_are_local_and_their_zone_is_read_over() -> None:
    made = compute_datetime(text("2024-03-05T14:05Z", "2024-03-05T14:05+08:00", "2024-03-05T14:05-05"),
                            impute_time="second")
    assert list(made["datetime"].dt.strftime("%dT%H:%M")) == ["05T14:05"] * 3


@pytest.mark.parametrize("dtc", ["2024-03-05T24:00", "2024-03-05T25:00", "2024-03-05T10:61", "2024-03-05T10:10:60",
                                 "2024-02-30T10:00"])
def test_a_time_that_does_not_exist_is_empty_and_a_finding(dtc: str) -> None:
    with collect_findings() as findings:
        made = derive_analysis_datetime(pd.DataFrame({"RFSTDTC": text(dtc)}), "RFSTDTC", "TRTS", impute_time="hour",
                                        ignore_seconds=False)
    assert made["TRTSDTM"].isna().all()
    assert [(finding.dataset, finding.variable, finding.value) for finding in findings] == [("DM", "TRTSDTM", dtc)]


@pytest.mark.parametrize(("column", "time_to", "expected"), [
    ("DCUTDT", "last", "2024-03-12T23:59:59"),        # the whole day of the cut-off
    ("DCUTDT", "first", "2024-03-12T00:00:00"),
    ("DCUTDTM", "last", "2024-03-12T00:00:00"),       # the cut-off to the second
])
def test_a_maximum_that_is_a_date_ends_with_its_day(column: str, time_to: str, expected: str) -> None:
    data = pd.DataFrame({"AEENDTC": text("2024-03"), column: moments("2024-03-12")})
    made = derive_analysis_datetime(data, "AEENDTC", "AEN", impute="day", to="last", impute_time="hour",
                                    time_to=time_to, maximum=[column])
    assert made["AENDTM"].dt.strftime("%Y-%m-%dT%H:%M:%S")[0] == expected


@pytest.mark.parametrize(("options", "message"), [
    ({"impute_time": "minutes"}, "impute_time='minutes' is no level of imputation; did you mean minute?"),
    ({"time_to": "mid"}, "time_to='mid' is no time to impute to"),
    ({"time_to": "24:00:00"}, "time_to='24:00:00' is no time to impute to"),
    ({}, "seconds are collected, so a missing second must be flagged"),
])
def test_options_of_times_that_make_no_sense_stop(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)):
        compute_datetime(text("2024-03-05T14:05:33"), **options)


def test_date_times_without_records_and_in_any_order() -> None:
    none = compute_datetime(text(), impute="day", impute_time="hour")
    assert list(none.columns) == ["datetime", "date_flag", "time_flag"] and none["datetime"].dtype == "datetime64[s]"
    options: dict[str, Any] = {"impute": "month", "to": "last", "impute_time": "hour", "time_to": "last",
                               "ignore_seconds": False}
    dtc, order = text(*TIMED), [3, 0, 5, 1, 6, 2, 4]
    pd.testing.assert_frame_equal(compute_datetime(dtc.iloc[order], **options),
                                  compute_datetime(dtc, **options).iloc[order])


def test_date_and_time_part_of_a_date_time() -> None:
    data = pd.DataFrame({"ASTDTM": moments("2024-03-05T14:05:33", None)})
    made = derive_time_part(derive_date_part(data, "ASTDTM"), "ASTDTM")
    assert shown(made["ASTDT"]) == ["2024-03-05", None] and shown(made["ASTTM"]) == [14 * 3600 + 5 * 60 + 33, None]
    with pytest.raises(SpecError, match="the name ASTDT does not end in DTM"):
        derive_date_part(made, "ASTDT")


# --- days and durations ----------------------------------------------------------------------------------------------

def test_a_relative_day_is_never_zero() -> None:
    date = moments("2014-01-01", "2014-01-02", "2014-01-03T23:59:59", None)
    assert shown(compute_day(date, moments(*["2014-01-02T12:00:00"] * 4))) == [-1, 1, 2, None]


@given(date=st.datetimes(), reference=st.datetimes())
@settings(max_examples=60, deadline=None)
def test_a_relative_day_counts_calendar_days_and_mirrors(date: Any, reference: Any) -> None:
    one, other = moments(date.isoformat()), moments(reference.isoformat())
    day, back = compute_day(one, other)[0], compute_day(other, one)[0]
    apart = (date.date() - reference.date()).days
    assert day == apart + (apart >= 0) and day != 0
    assert day + back == (2 if apart == 0 else 1)


def test_a_relative_day_is_named_like_its_date() -> None:
    data = pd.DataFrame({name: moments("2014-01-03") for name in ("ADT", "ASTDTM", "DTHDT", "TRTSDT")})
    made = derive_relative_day(derive_relative_day(data, "ADT", "TRTSDT"), "ASTDTM", "TRTSDT")
    made = derive_relative_day(made, "DTHDT", "TRTSDT", new="DEATHDY")
    assert list(made.columns[4:]) == ["ADY", "ASTDY", "DEATHDY"]
    with pytest.raises(SpecError, match="the name VISIT does not end in DTM or DT"):
        derive_relative_day(data.assign(VISIT="V1"), "VISIT", "TRTSDT")


@pytest.mark.parametrize(("start", "end", "options", "expected"), [
    ("2024-03-01", "2024-03-01", {}, 1),                                             # both days count
    ("2024-03-01", "2024-03-14", {"unit": "weeks"}, 2),
    ("2024-03-05", "2024-03-02", {}, -3),                                           # nothing is added to a negative one
    ("2024-03-01T23:00", "2024-03-02T01:00", {"add_one": False}, 1),                 # the times are cut off
    ("2024-03-01T23:00", "2024-03-02T01:00", {"add_one": False, "floor": False}, 2 / 24),
    ("2024-03-01T23:00", "2024-03-02T01:30", {"unit": "hours"}, 2),
    ("2024-03-01T23:00", "2024-03-02T01:30", {"unit": "hours", "floor": False}, 2.5),
    ("2024-03-01T09:10:50", "2024-03-01T09:12:10", {"unit": "MIN"}, 2),
    ("2024-03-15", "2024-05-02", {"unit": "months", "floor_unit": "months", "calendar": True}, 3),
    ("2023-03-15", "2024-05-02", {"unit": "years", "floor_unit": "years", "calendar": True}, 2),
])
def test_a_duration_counts_both_days(start: str, end: str, options: dict[str, Any], expected: float) -> None:
    assert compute_duration(moments(start), moments(end), **options)[0] == pytest.approx(expected)


@pytest.mark.parametrize(("start", "end", "unit", "expected"), [
    ("2023-01-15", "2023-02-15", "months", 1),
    ("2024-01-31", "2024-02-29", "months", 29 / 30),       # a 31 February is the 1 March
    ("2024-01-31", "2024-03-01", "months", 1),
    ("2024-01-31", "2024-03-31", "months", 2),
    ("2000-02-29", "2001-02-28", "years", 365 / 366),
    ("2000-02-29", "2001-03-01", "years", 1),
    ("2000-02-29", "2004-02-29", "years", 4),
    ("2023-12-31", "2024-01-01", "years", 1 / 366),
    ("2024-03-15", "2024-01-15", "months", -2),
    ("2024-01-15T12:00", "2024-02-15T06:00", "months", 30.75 / 31),
])
def test_calendar_months_and_years_end_on_the_day_they_began(start: str, end: str, unit: str, expected: float) -> None:
    length = compute_duration(moments(start), moments(end), unit=unit, calendar=True, add_one=False, floor=False)
    assert length[0] == pytest.approx(expected, rel=1e-12)


@given(start=st.datetimes(), end=st.datetimes(), unit=st.sampled_from(["days", "weeks", "months", "years", "hours"]),
       calendar=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_duration_backwards_is_the_same_but_negative(start: Any, end: Any, unit: str, calendar: bool) -> None:
    one, other = moments(start.isoformat()), moments(end.isoformat())
    options: dict[str, Any] = {"unit": unit, "calendar": calendar, "add_one": False}
    assert compute_duration(one, other, **options)[0] == -compute_duration(other, one, **options)[0]


def test_a_duration_without_one_of_its_dates_is_missing_and_has_no_unit() -> None:
    data = pd.DataFrame({"ASTDT": moments("2024-03-01", None, "2024-03-01"),
                         "AENDT": moments("2024-03-02", "2024-03-02", None)})
    made = derive_duration(data, "ASTDT", "AENDT", "ADURN", unit_variable="ADURU")
    assert shown(made["ADURN"]) == [2, None, None] and list(made["ADURU"]) == ["DAYS", "", ""]
    empty = derive_duration(data.iloc[:0], "ASTDT", "AENDT", "ADURN", unit="years", calendar=True)
    assert empty["ADURN"].dtype == "float64"
    shuffled = derive_duration(data.iloc[[2, 0, 1]], "ASTDT", "AENDT", "ADURN", unit_variable="ADURU")
    pd.testing.assert_frame_equal(shuffled.sort_index(), made)


@pytest.mark.parametrize(("options", "message"), [
    ({"unit": "dayz"}, "there is no unit of time 'dayz'; did you mean DAY?"),
    ({"floor_unit": "weeks"}, "a moment cannot be cut to its week"),
])
def test_units_that_are_none_stop(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)):
        compute_duration(moments("2024-03-01"), moments("2024-03-02"), **options)


@pytest.mark.parametrize(("birth", "reference", "age"), [
    ("1984-09-06", "2020-09-05", 35), ("1984-09-06", "2020-09-06", 36), ("2000-02-29", "2001-02-28", 0),
    ("2000-02-29", "2001-03-01", 1), ("2000-02-29", "2004-02-29", 4),
])
def test_an_age_grows_on_the_birthday(birth: str, reference: str, age: int) -> None:
    made = derive_analysis_age(pd.DataFrame({"BRTHDT": moments(birth, None), "RANDDT": moments(reference, reference)}))
    assert shown(made["AAGE"]) == [age, None] and list(made["AAGEU"]) == ["YEARS", ""]


def test_ages_in_any_unit_are_years() -> None:
    ages = compute_age_years(pd.Series([36.0, 3652.5, 2.0, float("nan"), 5.0]),
                             text("MONTHS", "days", "Years", "YEARS", ""))
    assert shown(ages) == [pytest.approx(3), pytest.approx(10), 2, None, None]
    with pytest.raises(SpecError, match="there is no unit of time 'fortnights'"):
        compute_age_years(pd.Series([1.0]), "fortnights")


# --- nominal times ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("timepoint", "hours"), [
    ("PRE-DOSE", 0), ("SCREENING", 0), ("2H POSTDOSE", 2), ("30 MIN PREDOSE", -0.5), ("1H30M", 1.5), ("DAY 2", 48),
    ("END OF INFUSION", 1.5), ("2H AFTER END OF INFUSION", 3.5), ("15 MIN BEFORE EOI", 1.25), ("1H POST INFUSION", 2.5),
    ("1H PRE INFUSION", -1), ("2H POST START OF INFUSION", 2), ("0-4H", 2), ("0-4H AFTER EOT", 3.5),
    ("1 MONTH", None), ("MORNING", None), ("2", None), ("H", None), ("", None),
])
def test_a_nominal_time_counts_from_the_start_of_the_treatment(timepoint: str, hours: float | None) -> None:
    made = compute_timepoint_hours(text(timepoint, f" {timepoint.lower()} "), treatment_duration=1.5)
    assert shown(made) == [hours if hours is None else pytest.approx(hours)] * 2


def test_each_record_has_its_own_duration_of_treatment() -> None:
    duration = pd.Series([0.5, float("nan"), float("nan")])
    hours = compute_timepoint_hours(text("EOI", "EOI", "2H"), treatment_duration=duration)
    assert shown(hours) == [0.5, None, 2]
    assert compute_timepoint_hours(text()).dtype == "float64"


@pytest.mark.parametrize(("options", "message"), [
    ({"window": "middle"}, "window='middle' is no point of a window"),
    ({"treatment_duration": -1.0}, "no treatment lasts a negative time"),
])
def test_options_of_nominal_times_that_make_no_sense_stop(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)):
        compute_timepoint_hours(text("2H"), **options)

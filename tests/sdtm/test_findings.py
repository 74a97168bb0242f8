"""Laws of findings domains: units and rounding as by hand, one baseline record a subject, test and position."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdisckit.findings import collect_findings
from sdtm.findings import (
    compute_last_before,
    compute_rounded,
    convert_units,
    derive_blfl,
    derive_lobxfl,
    derive_nrind,
    derive_standard_result,
    extract_parts,
    number_text,
)
from specs.load import StudySpecs
from specs.model import DatasetSpec, StudyFacts

FACTS = {"STUDYID": "S1", "title": "T", "protocol": "P", "created": "2025-01-01T00:00:00", "subject_form": "DM",
         "SITEID": "SITE",
         "SUBJID": "SUBJ", "USUBJID": ["STUDYID", "SUBJ"], "forms": {"DM": {"file": "dm.csv"}}}
TESTS = {
    "TEMP": {"name": "Temperature", "from": "TEMP", "unit": "C", "digits": "2"},
    "WEIGHT": {"name": "Weight", "from": "WEIGHT", "unit": "kg", "digits": "1"},
    "HEIGHT": {"name": "Height", "from": "HEIGHT", "unit": "cm"},
    "PH": {"name": "pH", "from": "PH"},
}


def text(*values: str) -> pd.Series:
    return pd.Series(values, dtype="str")


def numbers(*values: float | None) -> pd.Series:
    return pd.Series(values, dtype="float64")


def table(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    data = pd.DataFrame(list(rows), columns=columns.split())
    return data.astype({name: "str" for name in data if data[name].dtype.kind not in "fi"})


def make_spec(name: str = "VS") -> DatasetSpec:
    facts = {"name": name, "label": name, "class": "FINDINGS", "structure": "One record per test", "keys": ["USUBJID"]}
    return DatasetSpec.model_validate({**facts, "standard": "SDTMIG 3.4", "variables": {}, "tests": TESTS})


def make_study(**facts: Any) -> StudySpecs:
    return StudySpecs(Path(), StudyFacts.model_validate({**FACTS, **facts}), {}, {})


VS = make_spec()


# --- units, rounding, text -------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("value", "unit", "standard", "expected"), [
    (98.6, "F", "C", 37.0), (-40.0, "F", "C", -40.0), (310.15, "K", "C", 37.0), (150.0, "LB", "kg", 68.0388555),
    (70.0, "in", "cm", 177.8), (1.78, "m", "cm", 178.0), (16.0, "kPa", "mmHg", 120.009869232667),
    (71.5, "kg", "kg", 71.5), (7.4, "", "", 7.4), (None, "F", "C", None),
    (150.0, "lb", "kg", None), (150.0, "", "kg", None), (98.6, "C", "F", None), (1.0, "stone", "kg", None),
])
def test_a_number_is_converted_where_the_table_has_a_way(value: float | None, unit: str, standard: str,
                                                         expected: float | None) -> None:
    made = convert_units(numbers(value), text(unit), text(standard))
    assert made.isna()[0] if expected is None else made[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("test", "value", "unit", "standard", "expected"), [
    ("GLUC", 180.156, "mg/dL", "mmol/L", 10.0), ("CREAT", 1.1312, "mg/dL", "umol/L", 100.0),
    ("BILI", 0.58466, "mg/dL", "umol/L", 10.0), ("UREA", 60.056, "mg/dL", "mmol/L", 10.0),
    ("CA", 10.0195, "mg/dL", "mmol/L", 2.5), ("T4FR", 0.77687, "ng/dL", "pmol/L", 10.0), ("K", 4.0, "mEq/L", "mmol/L", 4.0),
    ("HGB", 13.2, "g/dL", "g/L", 132.0), ("HCT", 39.2, "%", "L/L", 0.392),
    ("CHOL", 180.0, "mg/dL", "mmol/L", None), ("", 180.0, "mg/dL", "mmol/L", None), ("CA", 4.0, "mEq/L", "mmol/L", None),
])
def test_a_conversion_by_molar_mass_is_that_of_its_test(test: str, value: float, unit: str, standard: str,
                                                        expected: float | None) -> None:
    made = convert_units(numbers(value), text(unit), text(standard), text(test))
    assert made.isna()[0] if expected is None else made[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("result", "low", "high", "expected"), [
    ("4", 4, 9, "NORMAL"), ("3.9", 4, 9, "LOW"), ("9", 4, 9, "NORMAL"), ("9.1", 4, 9, "HIGH"),
    ("3", None, 9, "NORMAL"), ("10", None, 9, "HIGH"), ("3", 4, None, "LOW"), ("5", 4, None, "NORMAL"),
    ("5", None, None, ""), ("", 4, 9, ""), ("<4", 4, 9, "LOW"), ("<=4", 4, 9, ""), ("<5", 4, 9, ""),
    ("<5", 0, 9, "NORMAL"), ("<5", None, 9, "NORMAL"), ("<10", None, 9, ""), (">9", 4, 9, "HIGH"), (">=9", 4, 9, ""),
    (">8", 4, 9, ""), (">5", 4, None, "NORMAL"), ("TRACE", None, None, ""),
])
def test_the_indicator_says_where_the_result_lies_and_nothing_where_that_is_open(
        result: str, low: float | None, high: float | None, expected: str) -> None:
    plain = pd.to_numeric(text(result), errors="coerce").astype("float64")
    data = pd.DataFrame({"VSSTRESC": text(result), "VSSTRESN": plain, "VSSTNRLO": numbers(low), "VSSTNRHI": numbers(high),
                         "VSSTNRC": text("")})
    assert list(derive_nrind(data, VS)["VSNRIND"]) == [expected]


@pytest.mark.parametrize(("result", "expected"), [("NEGATIVE", "NORMAL"), ("TRACE", "ABNORMAL"), ("", "")])
def test_a_character_result_is_normal_if_it_is_the_one_of_the_range(result: str, expected: str) -> None:
    data = pd.DataFrame({"VSSTRESC": text(result), "VSSTRESN": numbers(None), "VSSTNRLO": numbers(None),
                         "VSSTNRHI": numbers(None), "VSSTNRC": text("NEGATIVE")})
    assert list(derive_nrind(data, VS)["VSNRIND"]) == [expected]


def test_units_convert_record_by_record() -> None:
    values, units, standard = numbers(98.6, 37.0, 150.0, None), text("F", "C", "LB", "F"), text("C", "C", "kg", "C")
    made = convert_units(values, units, standard)
    order = [2, 0, 3, 1]
    pd.testing.assert_series_equal(convert_units(values.iloc[order], units.iloc[order], standard.iloc[order]),
                                   made.iloc[order])
    assert convert_units(numbers(), text(), text()).empty


@pytest.mark.parametrize(("value", "digits", "expected"), [
    (2.675, 2, "2.68"), (36.055, 2, "36.06"), (1.005, 2, "1.01"), (0.5, 0, "1"), (1.5, 0, "2"), (2.5, 0, "3"),
    (-2.5, 0, "-3"), (-2.675, 2, "-2.68"), (-0.004, 2, "0"), (2.674999, 2, "2.67"), (68.0388555, 1, "68"),
    (120.0, 2, "120"), (1e-7, 2, "0"), (123456.789, 1, "123456.8"), (37.00000000000001, 15, "37"),
])
def test_a_number_is_rounded_half_away_from_zero_as_it_is_written(value: float, digits: int, expected: str) -> None:
    assert number_text(compute_rounded(numbers(value), digits))[0] == expected


@given(whole=st.integers(-9999, 9999), digits=st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_a_written_five_always_rounds_away_from_zero(whole: int, digits: int) -> None:
    written = float(f"{whole}.{'0' * (digits - 1)}5") if whole else float(f"0.{'0' * (digits - 1)}5")
    made = compute_rounded(numbers(written), digits - 1)[0]
    assert abs(made) == pytest.approx(abs(whole) + 10.0 ** (1 - digits), rel=1e-12)


@pytest.mark.parametrize(("value", "expected"), [
    (36.06, "36.06"), (120.0, "120"), (1200.0, "1200"), (0.1 + 0.2, "0.3"), (1e-5, "0.00001"), (-0.0, "0"),
    (-1.50, "-1.5"), (1e15, "1000000000000000"), (None, ""),
])
def test_a_number_is_written_without_needless_digits(value: float | None, expected: str) -> None:
    assert number_text(numbers(value))[0] == expected


@given(value=st.decimals(-10000, 10000, places=3))
@settings(max_examples=100, deadline=None)
def test_a_number_that_was_collected_is_written_as_the_same_number(value: Any) -> None:
    assert float(number_text(numbers(float(value)))[0]) == float(value)


def test_rounding_and_writing_no_numbers() -> None:
    assert compute_rounded(numbers(), 2).dtype == "float64" and number_text(numbers()).dtype == "str"
    assert compute_rounded(numbers(None, 2.675), 2).isna().tolist() == [True, False]


# --- standard results ------------------------------------------------------------------------------------------------

RESULTS = [                  # test, collected, unit -> STRESC, STRESN, STRESU, the rule that is broken
    ("TEMP", "98.6", "F", "37", 37.0, "C", ""),
    ("TEMP", "96.9", "F", "36.06", 36.06, "C", ""),                 # 36.0555... to the stated decimals
    ("TEMP", "36.666", "C", "36.666", 36.666, "C", ""),             # what needs no conversion is not rounded
    ("TEMP", "37.0", "C", "37", 37.0, "C", ""),
    ("WEIGHT", "150", "LB", "68", 68.0, "kg", ""),
    ("HEIGHT", "70", "in", "177.8", 177.8, "cm", ""),
    ("PH", "7.40", "", "7.4", 7.4, "", ""),                         # a test without a unit
    ("WEIGHT", "", "", "", None, "", ""),                           # not done
    ("WEIGHT", "", "kg", "", None, "", ""),
    ("WEIGHT", "<40", "kg", "<40", None, "kg", "mapping.result_not_numeric"),
    ("WEIGHT", "7O", "kg", "7O", None, "kg", "mapping.result_not_numeric"),
    ("WEIGHT", "11", "stone", "", None, "", "mapping.unknown_unit"),
    ("WEIGHT", "70", "", "", None, "", "mapping.unit_missing"),
]


def result_table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    data = table("VSTESTCD VSORRES VSORRESU", *(row[:3] for row in rows))
    return data.assign(USUBJID=text(*["S-01"] * len(rows)),
                       _record=text(*[f"VS:01/{number}" for number in range(len(rows))]))


@pytest.mark.parametrize(("test", "collected", "unit", "stresc", "stresn", "stresu", "rule"), RESULTS)
def test_the_standard_result_of_each_test(test: str, collected: str, unit: str, stresc: str, stresn: float | None,
                                          stresu: str, rule: str) -> None:
    with collect_findings() as findings:
        made = derive_standard_result(result_table((test, collected, unit)), VS)
    assert (made["VSSTRESC"][0], made["VSSTRESU"][0]) == (stresc, stresu)
    assert made["VSSTRESN"].isna()[0] if stresn is None else made["VSSTRESN"][0] == stresn
    assert [found.rule for found in findings] == [rule] * bool(rule)


def test_a_finding_about_a_result_says_where_it_came_from() -> None:
    with collect_findings() as findings:
        derive_standard_result(result_table(("WEIGHT", "70", "kg"), ("WEIGHT", "11", "stone")), VS)
    (found,) = findings
    assert (found.severity, found.dataset, found.key, found.variable, found.value, found.record) == (
        "error", "VS", "USUBJID=S-01 VSTESTCD=WEIGHT", "VSSTRESN", "stone", "VS:01/1")


def test_standard_results_of_no_records_in_any_order_and_without_a_column() -> None:
    with collect_findings():
        data = result_table(*RESULTS)
        made = derive_standard_result(data, VS)
        shuffled = derive_standard_result(data.sample(frac=1, random_state=1), VS)
    pd.testing.assert_frame_equal(shuffled.sort_index(), made)
    empty = derive_standard_result(data.iloc[:0], VS)
    assert (empty["VSSTRESC"].dtype, empty["VSSTRESN"].dtype, empty["VSSTRESU"].dtype) == ("str", "float64", "str")
    with pytest.raises(KeyError, match="VSORRESU"):
        derive_standard_result(data.drop(columns="VSORRESU"), VS)


# --- the last record before exposure ---------------------------------------------------------------------------------

DM = table("USUBJID RFXSTDTC", ("A", "2024-03-12T09:45"), ("B", "2024-03-12"), ("C", ""), ("D", "2024-03"),
           ("E", "2024-03-12"), ("E", "2024-04-12"))
STUDY = make_study(baseline_visits=["SCREENING", "DAY 1"], baseline_timepoints=["PRE-DOSE"])


def visit_table(*rows: tuple[str, ...]) -> pd.DataFrame:
    """Records of one test: subject, date, and where they matter visit, time point, result."""
    filled = [(*row, *("DAY 1", "", "70")[len(row) - 2:]) for row in rows]
    data = table("USUBJID VSDTC VISIT VSTPT VSSTRESC", *filled)
    same = {"VSTESTCD": "WEIGHT", "VSPOS": "SITTING", "VSSTAT": ""}
    return data.assign(**{name: text(*[value] * len(rows)) for name, value in same.items()},
                       _record=text(*[f"VS:{row[0]}/{number:02d}" for number, row in enumerate(rows)]))


def flagged(data: pd.DataFrame, study: StudySpecs = STUDY, spec: DatasetSpec = VS) -> list[int]:
    """Which records have the flag."""
    flag = compute_last_before(data, DM, spec, study)
    assert set(flag) <= {"", "Y"} and flag.dtype == "str"
    return [number for number, value in enumerate(flag) if value == "Y"]


@pytest.mark.parametrize(("iso", "visit", "point", "before"), [
    ("2024-03-11", "WEEK 9", "", True),                      # the day before counts whatever the visit is called
    ("2024-03-13", "SCREENING", "PRE-DOSE", False),          # the day after never
    ("2024-03-12T09:44", "WEEK 9", "2H", True),             # a time before the dose counts whatever the visit is called
    ("2024-03-12T09:46", "DAY 1", "PRE-DOSE", False),
    ("2024-03-12T09:45", "DAY 1", "PRE-DOSE", True),         # the minute of the dose: the protocol decides
    ("2024-03-12T09:45", "DAY 1", "2H", False),
    ("2024-03-12T09:45", "DAY 2", "PRE-DOSE", False),
    ("2024-03-12T09", "DAY 1", "", True),                    # 09:00 to 09:59
    ("2024-03-12T09", "DAY 2", "", False),
    ("2024-03-12T08", "DAY 2", "", True),
    ("2024-03-12", "DAY 1", "", True),                       # no time on the day of the dose: the protocol decides
    ("2024-03-12", "DAY 1", "PRE-DOSE", True),
    ("2024-03-12", "DAY 1", "2H", False),
    ("2024-03-12", "UNSCHEDULED", "", False),
    ("2024-02", "SCREENING", "", False),                     # the day is not known
    ("", "SCREENING", "", False),
])
def test_a_record_is_before_exposure_by_its_time_or_else_by_the_protocol(iso: str, visit: str, point: str,
                                                                         before: bool) -> None:
    assert flagged(visit_table(("A", iso, visit, point))) == [0] * before


@pytest.mark.parametrize(("subject", "iso", "visit", "before"), [
    ("B", "2024-03-12T23:00", "DAY 1", True),        # the dose has no time: the visit is before it by the protocol
    ("B", "2024-03-12T00:01", "DAY 2", False),
    ("B", "2024-03-11", "DAY 2", True), ("B", "2024-03-13", "DAY 1", False),
    ("C", "2024-03-11", "DAY 1", False),             # never treated
    ("D", "2024-02-01", "DAY 1", False),             # the day of the first dose is not known
    ("E", "2024-03-11", "DAY 1", False),             # twice in DM: nobody picks one of two first doses
    ("X", "2024-03-11", "DAY 1", False),             # not in DM
])
def test_there_is_a_last_record_only_before_a_known_first_exposure(subject: str, iso: str, visit: str,
                                                                   before: bool) -> None:
    assert flagged(visit_table((subject, iso, visit))) == [0] * before


def test_without_baseline_visits_nothing_undated_on_the_day_of_the_dose_counts() -> None:
    data = visit_table(("A", "2024-03-11"), ("A", "2024-03-12"), ("A", "2024-03-12T09:45"))
    assert flagged(data, make_study()) == [0] and flagged(data) == [2]


def test_without_baseline_time_points_every_point_of_a_baseline_visit_counts() -> None:
    data = visit_table(("A", "2024-03-12", "DAY 1", "2H"))
    assert flagged(data) == [] and flagged(data, make_study(baseline_visits=["DAY 1"])) == [0]


@pytest.mark.parametrize("nothing", [{"VSSTRESC": ""}, {"VSSTRESC": "ND"}, {"VSSTRESC": "NOT DONE"},
                                     {"VSSTAT": "NOT DONE"}])
def test_a_record_without_a_result_is_passed_over(nothing: dict[str, str]) -> None:
    data = visit_table(("A", "2024-03-10"), ("A", "2024-03-11"))
    assert flagged(data) == [1]
    for name, value in nothing.items():
        data[name] = text("70" if name == "VSSTRESC" else "", value)
    assert flagged(data) == [0]


def test_each_subject_test_and_position_has_one() -> None:
    data = visit_table(*[("A", "2024-03-10")] * 4, ("B", "2024-03-10"), ("A", "2024-03-09"))
    data = data.assign(VSTESTCD=text("TEMP", "WEIGHT", "WEIGHT", "WEIGHT", "WEIGHT", "WEIGHT"),
                       VSPOS=text("", "SITTING", "STANDING", "", "SITTING", "SITTING"))
    assert flagged(data) == [0, 1, 2, 3, 4]


def test_the_study_states_what_else_has_its_own() -> None:
    data = visit_table(("A", "2024-03-10", "SCREENING", "SUPINE 5"), ("A", "2024-03-11", "SCREENING", "STANDING 1"))
    by_point = make_study(baseline_by={"VS": ["VSTPT"]}, baseline_visits=["SCREENING"])
    assert flagged(data) == [1] and flagged(data, by_point) == [0, 1]
    assert flagged(data.assign(VSPOS=text("SUPINE", "STANDING"))) == [0, 1]
    whatever = make_study(baseline_by={"VS": []}, baseline_visits=["SCREENING"])
    assert flagged(data.assign(VSPOS=text("SUPINE", "STANDING")), whatever) == [1]


def test_of_records_of_the_same_moment_one_is_flagged_by_visit_then_point_then_record() -> None:
    data = visit_table(*[("A", "2024-03-10")] * 3)
    assert flagged(data) == [2]                                              # by the raw record id
    assert flagged(data.assign(_record=data["_record"].iloc[::-1].to_numpy())) == [0]
    assert flagged(data.assign(VSTPTNUM=[3.0, 2.0, 1.0])) == [0]
    assert flagged(data.assign(VSTPTNUM=[3.0, 2.0, 1.0], VISITNUM=[1.0, 2.0, 1.0])) == [1]


MEASURED = st.tuples(st.sampled_from("ABC"), st.sampled_from(["WEIGHT", "TEMP"]), st.integers(8, 14), st.booleans())


@given(days=st.lists(MEASURED, max_size=12), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_whatever_was_measured_at_most_one_record_is_flagged_in_any_order(days: list[tuple[str, str, int, bool]],
                                                                          seed: int) -> None:
    data = visit_table(*[(subject, f"2024-03-{day:02d}{'T08:00' if timed else ''}") for subject, _, day, timed in days])
    data = data.assign(VSTESTCD=text(*[test for _, test, _, _ in days]))
    made = derive_lobxfl(data, DM, VS, STUDY)
    shuffled = derive_lobxfl(data.sample(frac=1, random_state=seed), DM.iloc[::-1], VS, STUDY)
    pd.testing.assert_frame_equal(shuffled.sort_index(), made)
    assert not made[made["VSLOBXFL"] == "Y"].duplicated(["USUBJID", "VSTESTCD"]).any()


def test_flags_do_not_need_an_index_that_is_unique() -> None:
    data = visit_table(("A", "2024-03-10"), ("A", "2024-03-11"))
    assert flagged(data.set_axis([0, 0])) == [1]


def test_both_flags_are_the_same_and_are_named_by_their_domain() -> None:
    data = visit_table(("A", "2024-03-10"), ("A", "2024-03-13"))
    made = derive_blfl(derive_lobxfl(data, DM, VS, STUDY), DM, VS, STUDY)
    assert list(made["VSLOBXFL"]) == list(made["VSBLFL"]) == ["Y", ""]


def test_the_flag_of_no_records_and_without_a_column() -> None:
    data = visit_table(("A", "2024-03-10"))
    assert list(derive_lobxfl(data.iloc[:0], DM, VS, STUDY)["VSLOBXFL"]) == []
    assert flagged(data.drop(columns=["VISIT", "VSTPT", "VSSTAT"])) == [0]
    for name in ("VSDTC", "VSSTRESC", "USUBJID"):
        with pytest.raises(KeyError, match=name):
            derive_lobxfl(data.drop(columns=name), DM, VS, STUDY)


@pytest.mark.cases("06_raw_to_sdtm.json", "blfl-pub", "blfl-ho")
def test_last_records_before_exposure_as_worked(case: dict[str, Any]) -> None:
    rows = case["given"].get("sdtm_in") or case["given"]["lb"]
    prefix = rows[0]["DOMAIN"]
    data, dm = (pd.DataFrame(part, dtype="object").fillna("").astype("str") for part in
                (rows, case["given"].get("dm_domain") or case["given"]["dm"]))
    data = data.assign(**{f"{prefix}STRESC": data[f"{prefix}ORRES"]},
                       _record=(data["raw_source"] + "/" + data["oak_id"].str.zfill(2)).astype("str"))
    chosen = {name: [value] for name in ("baseline_visits", "baseline_timepoints")
              if (value := case["parameters"].get(name))}
    flag = compute_last_before(data, dm, make_spec(prefix), make_study(**chosen))
    made = data[flag == "Y"]
    expected = [row["oak_id"] for row in rows if row["oak_id"] in case["expect"].get("flagged_oak_id", [])] or [
        row["oak_id"] for row in case["expect"].get("data", []) if row[case["parameters"]["tgt_var"]] == "Y"]
    # OUR RULE: of records of the same moment (subject D, 14 and 15) one is flagged, the last by its record.
    ours = [number for number in expected if number != 14]
    assert list(made["oak_id"].astype("int64")) == ours


def test_parts_of_a_text_stand_on_every_record_that_has_it_and_on_no_other():
    texts = pd.Series(["<0.5", "", "<0.5", None, ">9"], index=[5, 3, 9, 1, 0], dtype="str")
    assert extract_parts(texts, r"^([<>])(.*)$").fillna("").reset_index().to_numpy().tolist() == [
        [5, "<", "0.5"], [3, "", ""], [9, "<", "0.5"], [1, "", ""], [0, ">", "9"]]

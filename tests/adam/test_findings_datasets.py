"""Laws of the analysis datasets of findings: laboratory, ECG, physical examination, echocardiogram, vital signs."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from adam.adcv import derive_lvef_criteria
from adam.adeg import derive_change_category, derive_means, derive_qtcf, derive_value_category
from adam.adlb import (
    check_ungraded,
    check_units,
    derive_corrected_calcium,
    derive_hys_law,
    derive_shifts,
    derive_toxicity_terms,
    derive_values_beyond_limit,
    derive_worst_flags,
)
from adam.adpe import derive_new_finding
from adam.advs import derive_vital_range
from adam.bds import derive_abnfl, derive_anl01fl, derive_avisit, derive_basetype, derive_param, derive_source
from adam.columns import map_numbers, map_texts, take_texts
from adam.merge import merge_adsl
from cdisckit.errors import SpecError
from cdisckit.findings import collect_findings
from specs.model import ParameterSpec, VariableSpec

FIRST = "2024-01-10"


def frame(names: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A small table: dates in *DT columns, text with "" for None, numbers as float."""
    data = pd.DataFrame(list(rows), columns=names.split())
    for name in data:
        values = data[name]
        if name.endswith("DT"):
            data[name] = pd.to_datetime(values).astype("datetime64[s]")
        elif values.map(lambda one: isinstance(one, str)).any():
            data[name] = values.fillna("").astype("str")
        else:
            data[name] = values.astype("float64")
    return data


def study(**terms: Any) -> Any:
    facts = SimpleNamespace(terms=terms, visits={"SCREENING": "1", "C1D1": "101", "C2D1": "201"}, baseline_by={})
    return SimpleNamespace(facts=facts)


def spec(*variables: str, **parameters: tuple[str, int, str]) -> Any:
    known = {name: VariableSpec(name=name, label=name, type="Char") for name in variables}
    made = {code: ParameterSpec.model_validate({"PARAM": text, "PARAMN": number, "from": test})
            for code, (text, number, test) in parameters.items()}
    return SimpleNamespace(name="ADXX", variables=known, parameters=made, columns=tuple(known.values()))


def same_when_shuffled(function: Any, data: pd.DataFrame, *names: str) -> pd.DataFrame:
    """What the function makes, after a check that the order of the records does not matter and none may be there."""
    made = function(data)
    again = function(data[::-1]).sort_index()
    pd.testing.assert_frame_equal(again[list(names)], made[list(names)], check_index_type=False)
    assert len(function(data[:0])) == 0
    return made


# --- what they share --------------------------------------------------------------------------------------------------


def test_a_test_in_one_specimen_is_a_parameter_of_its_own() -> None:
    made = derive_param(frame("_TEST", ("GLUC/URINE",), ("GLUC/SERUM",), ("K",)), spec(
        GLUC=("Glucose (mmol/L)", 1, "GLUC/SERUM"), GLUCU=("Glucose, Urine", 2, "GLUC/URINE"), K=("Potassium", 3, "")))
    assert made[["PARAMCD", "PARAMN"]].to_numpy().tolist() == [["GLUCU", 2.0], ["GLUC", 1.0], ["K", 3.0]]


def test_an_unscheduled_measurement_belongs_to_the_window_that_holds_its_day() -> None:
    data = frame("_VISIT _VISITNUM ADY", ("C1D1", 101, 1), ("UNSCHEDULED", 101.1, 22), ("UNSCHEDULED", 1.1, 12),
                 ("UNSCHEDULED", 1.2, None))
    windows = study(analysis_windows={"C1D1": ["1", "1", "4"], "C2D1": ["22", "15", "32"]})
    made = derive_avisit(data, windows, spec("AWTARGET"))
    assert made[["AVISIT", "AVISITN"]].fillna(0).to_numpy().tolist() == [["C1D1", 101.0], ["C2D1", 201.0], ["", 0], ["", 0]]
    assert made[["AWTARGET", "AWTDIFF", "AWLO", "AWHI"]].fillna(-1).to_numpy().tolist()[1] == [22, 0, 15, 32]
    assert list(derive_avisit(data, study(), None)["AVISIT"]) == ["C1D1", "", "", ""]


def test_the_record_of_a_visit_is_the_last_planned_one_before_any_unscheduled_one() -> None:
    data = frame("USUBJID PARAMCD AVISIT _VISIT ADT _SEQ", ("1", "K", "C2D1", "C2D1", "2024-02-01", 1),
                 ("1", "K", "C2D1", "C2D1", "2024-02-02", 2), ("1", "K", "C2D1", "UNSCHEDULED", "2024-02-05", 3),
                 ("1", "K", "C3D1", "UNSCHEDULED", "2024-02-25", 4), ("1", "K", "", "UNSCHEDULED", "2024-09-25", 5))
    made = same_when_shuffled(lambda one: derive_anl01fl(one, ["USUBJID", "PARAMCD", "AVISIT"]), data, "ANL01FL")
    assert list(made["ANL01FL"]) == ["", "Y", "", "Y", ""]


def test_an_abnormal_result_counts_from_the_first_dose_to_one_year() -> None:
    data = frame("ADT TRTSDT ABLFL", ("2024-01-09", FIRST, ""), (FIRST, FIRST, "Y"), (FIRST, FIRST, ""),
                 ("2025-01-08", FIRST, ""), ("2025-01-09", FIRST, ""), ("2024-02-09", None, ""))
    made = derive_abnfl(data, pd.Series([True] * 6), study(outcome_days="365"))
    assert list(made["ABNFL"]) == ["", "", "Y", "Y", "", ""]
    assert list(derive_abnfl(data, pd.Series([False] * 6), study(outcome_days="365"))["ABNFL"])[2] == "N"


def test_the_source_of_a_number_and_of_a_text_is_named() -> None:
    made = derive_source(frame("AVAL _SEQ", (1.0, 7), (None, 8)), "LB")
    assert made[["SRCDOM", "SRCVAR", "SRCSEQ"]].to_numpy().tolist() == [["LB", "LBSTRESN", 7], ["LB", "LBSTRESC", 8]]


def test_the_baseline_belongs_to_the_time_point_where_the_study_says_so() -> None:
    by_point = study()
    by_point.facts.baseline_by = {"VS": ["VSTPT"]}
    data = frame("_TPT", ("PRE-DOSE",), ("",))
    assert list(derive_basetype(data, by_point, "VS")["BASETYPE"]) == ["PRE-DOSE", "LAST"]
    assert list(derive_basetype(data, study(), "VS")["BASETYPE"]) == ["LAST", "LAST"]


def test_subject_variables_stand_on_every_record_and_a_stranger_is_a_finding() -> None:
    variables = {"SEX": VariableSpec.model_validate({"name": "SEX", "label": "Sex", "type": "Char", "from": "ADSL.SEX"}),
                 "AGE": VariableSpec.model_validate({"name": "AGE", "label": "Age", "type": "Num", "from": "ADSL.AGE"})}
    wanted: Any = SimpleNamespace(name="ADVS", variables=variables, columns=tuple(variables.values()))
    data = frame("USUBJID _record", ("2", "VS:2"), ("1", "VS:1"), ("9", "VS:9"))
    with collect_findings() as findings:
        made = merge_adsl(data, frame("USUBJID SEX AGE", ("1", "F", 60), ("2", "M", 50)), wanted)
    assert made[["SEX", "AGE"]].fillna(-1).to_numpy().tolist() == [["M", 50], ["F", 60], ["", -1]]
    assert [(one.rule, one.record) for one in findings] == [("mapping.subject_not_in_adsl", "VS:9")]


def test_texts_by_codes_are_the_texts_of_a_table() -> None:
    values = pd.Series(["b", "a", "x"], dtype="str", index=[5, 6, 7])
    assert map_texts(values, {"a": "A", "b": "B"}, "?").to_dict() == {5: "B", 6: "A", 7: "?"}
    assert map_numbers(values, {"a": 1, "b": 2}).fillna(0).to_dict() == {5: 2, 6: 1, 7: 0}
    assert list(take_texts(["no", "yes"], [True, False], pd.RangeIndex(2))) == ["yes", "no"]
    assert len(map_texts(values[:0], {})) == len(map_numbers(values[:0], {})) == 0


# --- laboratory -------------------------------------------------------------------------------------------------------


def test_calcium_is_corrected_for_the_albumin_of_the_same_sample() -> None:
    data = frame("USUBJID LBREFID PARAMCD AVAL ANRLO ANRHI ANRIND LBNRIND LBSEQ _SEQ",
                 ("1", "A1", "CA", 2.1, 2.11, 2.5, "LOW", "LOW", 1, 1), ("1", "A1", "ALB", 30, 35, 50, "LOW", "LOW", 2, 2),
                 ("1", "A2", "CA", 2.1, 2.11, 2.5, "LOW", "LOW", 3, 3))
    made = derive_corrected_calcium(data, spec(CACORR=("Calcium Corrected", 9, "")))
    assert len(made) == 4
    assert made.iloc[3][["PARAMCD", "AVAL", "ANRIND", "_SEQ"]].tolist() == ["CACORR", 2.3, "NORMAL", 1]
    assert np.isnan(made.iloc[3]["LBSEQ"]) and made.iloc[3]["LBNRIND"] == ""          # no record of SDTM has this result


WORST = ("USUBJID PARAMCD AVAL ADT TRTSDT ABLFL ONTRTFL ATOXGRL ATOXGRH _SEQ",
         ("1", "K", 2.4, "2024-01-09", FIRST, "Y", "", "4", "0", 1), ("1", "K", 2.9, "2024-01-20", FIRST, "", "Y", "3", "0", 2),
         ("1", "K", 2.8, "2024-01-25", FIRST, "", "Y", "3", "0", 3), ("1", "K", 2.8, "2024-01-22", FIRST, "", "Y", "3", "0", 4),
         ("1", "K", 2.0, "2024-09-25", FIRST, "", "", "4", "0", 5), ("1", "K", 4.0, "2024-01-30", FIRST, "", "Y", "", "", 6))


def test_the_worst_record_is_the_highest_grade_then_the_extreme_value_then_the_earliest() -> None:
    made = same_when_shuffled(derive_worst_flags, frame(*WORST), "ANL02FL", "ANL03FL")
    assert list(made["ANL02FL"]) == ["", "", "", "Y", "", ""]
    assert list(made["ANL03FL"]) == ["", "Y", "", "", "", ""]


def test_hys_law_needs_a_raised_transaminase_in_the_thirty_days_before_the_bilirubin() -> None:
    data = frame("USUBJID PARAMCD AVAL ANRHI ADT TRTSDT ABLFL", ("1", "ALT", 121, 40, "2024-02-01", FIRST, ""),
                 ("1", "BILI", 41, 20, "2024-02-01", FIRST, ""), ("1", "BILI", 41, 20, "2024-03-02", FIRST, ""),
                 ("1", "BILI", 41, 20, "2024-03-03", FIRST, ""), ("1", "BILI", 40, 20, "2024-02-10", FIRST, ""),
                 ("2", "BILI", 41, 20, "2024-02-01", FIRST, ""), ("1", "BILI", 41, 20, "2024-01-05", FIRST, ""))
    made = same_when_shuffled(lambda one: derive_hys_law(one, spec()), data, "CRIT1", "CRIT1FL")
    assert list(made["CRIT1FL"]) == ["", "Y", "Y", "N", "N", "N", ""]
    assert made["CRIT1"][0] == "" and made["CRIT1"][1].startswith("ALT or AST > 3 x ULN")


def test_a_shift_is_shown_after_baseline_where_both_sides_are_known() -> None:
    data = frame("ADT TRTSDT ABLFL BNRIND ANRIND BTOXGR ATOXGR", (FIRST, FIRST, "Y", "NORMAL", "NORMAL", "0", "0"),
                 ("2024-02-01", FIRST, "", "NORMAL", "HIGH", "0", "2"), ("2024-02-01", FIRST, "", "", "HIGH", "", "2"))
    made = derive_shifts(data)
    assert made[["SHIFT1", "SHIFT2"]].to_numpy().tolist() == [["", ""], ["NORMAL to HIGH", "0 to 2"], ["", ""]]


# --- ECG, examination, echocardiogram, vital signs --------------------------------------------------------------------


def ecg() -> pd.DataFrame:
    names = "USUBJID PARAMCD _VISIT _VISITNUM _TPT _DTC EGREPNUM AVAL AVALC _LOBXFL EGSEQ _SEQ"
    rows = []
    for number, (qt, rr, read) in enumerate([(400, 1000, "NORMAL"), (410, 1000, "ABNORMAL"), (420, 1000, "NORMAL")], start=1):
        moment, last = f"2024-01-10T08:0{number}", "Y" if number == 3 else ""
        rows += [("1", "QT", "C1D1", 101, "PRE-DOSE", moment, number, qt, "", last, number, number),
                 ("1", "RR", "C1D1", 101, "PRE-DOSE", moment, number, rr, "", last, number + 3, number + 3),
                 ("1", "INTP", "C1D1", 101, "PRE-DOSE", moment, number, None, read, last, number + 6, number + 6)]
    return frame(names, *rows)


def test_qtcf_is_computed_for_each_replicate_and_the_mean_is_a_record_of_its_own() -> None:
    made = derive_means(derive_qtcf(ecg(), spec(QTCFR=("QTcF, Recomputed", 7, ""))))
    recomputed = made[made["PARAMCD"] == "QTCFR"]
    assert recomputed["AVAL"].tolist() == [400, 410, 420, 410]
    assert recomputed["DTYPE"].tolist() == ["", "", "", "AVERAGE"]
    assert recomputed["_BASELINE"].tolist() == ["", "", "", "Y"]
    assert recomputed["EGSEQ"].isna().all()
    worst = made[(made["PARAMCD"] == "INTP") & (made["DTYPE"] == "WOV")]
    assert worst["AVALC"].tolist() == ["ABNORMAL"]


def test_categories_of_qtcf_take_a_value_on_the_limit_to_the_lower_one() -> None:
    data = frame("PARAMCD DTYPE AVAL CHG", ("QTCF", "AVERAGE", 450, 30), ("QTCF", "AVERAGE", 450.1, 30.1),
                 ("QTCF", "AVERAGE", 500.5, 60.5), ("QTCF", "", 500, 60), ("HR", "AVERAGE", 500, 60))
    assert list(derive_value_category(data)["AVALCAT1"]) == ["<= 450 ms", "> 450 to <= 480 ms", "> 500 ms", "", ""]
    assert list(derive_change_category(data)["CHGCAT1"]) == ["<= 30 ms", "> 30 to <= 60 ms", "> 60 ms", "", ""]


def test_an_abnormal_examination_is_new_where_the_baseline_was_normal() -> None:
    data = frame("ADT TRTSDT ABLFL AVALC BASEC", ("2024-02-01", FIRST, "", "ABNORMAL", "NORMAL"),
                 ("2024-02-01", FIRST, "", "ABNORMAL", "ABNORMAL"), ("2024-02-01", FIRST, "", "ABNORMAL", ""),
                 (FIRST, FIRST, "Y", "NORMAL", "NORMAL"))
    assert list(derive_new_finding(data)["CRIT1FL"]) == ["Y", "N", "", ""]


def test_an_ejection_fraction_is_judged_by_the_limit_and_by_the_drop() -> None:
    data = frame("PARAMCD ADT TRTSDT ABLFL AVAL CHG", ("LVEF", "2024-04-01", FIRST, "", 49, -10),
                 ("LVEF", "2024-04-01", FIRST, "", 49, -9), ("LVEF", "2024-04-01", FIRST, "", 50, -15),
                 ("LVEF", "2024-04-01", FIRST, "", 49, None), ("LVEF", "2024-01-01", FIRST, "Y", 49, None))
    made = derive_lvef_criteria(data, study(lvef={"below": "50", "drop": "10"}))
    assert list(made["CRIT1FL"]) == ["Y", "Y", "N", "Y", ""]
    assert list(made["CRIT2FL"]) == ["Y", "N", "N", "", ""]


def test_vital_signs_have_the_limits_of_the_study() -> None:
    made = derive_vital_range(frame("PARAMCD AVAL", ("SYSBP", 151), ("SYSBP", 150), ("SYSBP", 80), ("HEIGHT", 170)),
                              study(vital_limits={"SYSBP": ["90", "150"]}))
    assert list(made["ANRIND"]) == ["HIGH", "NORMAL", "LOW", ""]


@pytest.mark.parametrize("function", [derive_value_category, derive_change_category])
def test_no_record_has_no_category(function: Any) -> None:
    assert len(function(frame("PARAMCD DTYPE AVAL CHG", ("QTCF", "AVERAGE", 1, 1))[:0])) == 0


# --- laboratory results that state only a limit -----------------------------------------------------------------------

LIMITS = frame("AVALC AVAL", ("<0.5", None), (">1000", None), ("< 2", None), (">=3", None), ("NEGATIVE", None), ("", 7.0), ("<x", None))


@pytest.mark.parametrize(("rule", "expected"), [
    (None, [None] * 4), ("none", [None] * 4), ("limit", [0.5, 1000, 2, 3]), ("half", [0.25, 1000, 1, 3])])
def test_a_result_below_or_above_a_limit_has_the_value_that_the_study_says(rule, expected):
    terms = {} if rule is None else {"lab_beyond_limit": rule}
    made = same_when_shuffled(lambda data: derive_values_beyond_limit(data, study(**terms)), LIMITS, "AVAL")
    assert [None if np.isnan(value) else value for value in made["AVAL"]] == [*expected, None, 7, None]


def test_a_rule_for_results_beyond_a_limit_that_is_none_stops():
    with pytest.raises(SpecError, match="did you mean half"):
        derive_values_beyond_limit(LIMITS, study(lab_beyond_limit="halve"))


@pytest.mark.parametrize(("code", "text", "grade"), [
    ("NEUT", "<0.5", "4"),          # x 10^9/L: 0.49 is of grade 4
    ("NEUT", "<9", "4"),            # it can be 0
    ("NEUT", ">0.1", "4"), ("NEUT", ">3", ""),
    ("ALT", "<5", ""), ("ALT", ">30", "4"), ("HCG", "<0.5", ""), ("NEUT", "CLOTTED", "")])
def test_a_result_that_is_not_graded_for_want_of_a_number_is_a_finding_if_it_could_be_of_a_grade(code, text, grade):
    data = frame("USUBJID PARAMCD AVALC AVAL ANRLO ANRHI BASE BNRIND PCHG _STRESU _record",
                 ("1", code, text, None, 2.0, 40.0, None, "", None, "10^9/L" if code == "NEUT" else "U/L", "LB:1"))
    with collect_findings() as findings:
        check_ungraded(derive_toxicity_terms(data))
        check_ungraded(derive_toxicity_terms(data.assign(AVAL=1.0)))
        check_ungraded(derive_toxicity_terms(data[:0]))
    assert [(one.rule, one.severity, one.value, one.message[-1]) for one in findings] == (
        [("lab.not_graded", "notice", text, grade)] if grade else [])


@pytest.mark.parametrize(("code", "unit", "found"), [
    ("PLAT", "10^9/L", []), ("PLAT", "GI/L", ["GI/L"]), ("PLAT", "", [""]), ("ALT", "", []), ("PROT", "GI/L", [])])
def test_a_result_in_a_unit_that_ctcae_has_no_limits_for_is_a_finding(code, unit, found):
    data = derive_toxicity_terms(frame("USUBJID PARAMCD AVAL _STRESU _record", ("1", code, 90.0, unit, "LB:1")))
    with collect_findings() as findings:
        check_units(data)
        check_units(data.assign(AVAL=float("nan")))
        check_units(data[:0])
    assert [one.value for one in findings] == found
    assert all((one.rule, one.record) == ("lab.unit_not_graded", "LB:1") for one in findings)

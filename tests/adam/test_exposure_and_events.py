"""Laws of ADEX, ADAE and of the verbs of ADSL that studies compose."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from adam.adae import derive_dose_change, derive_other_windows, derive_queries, derive_worst_occurrence
from adam.adex import derive_infusion_records, derive_infusions, derive_parameter_codes, derive_subject_records
from adam.adsl import (
    derive_baseline_covariates,
    derive_death_cause,
    derive_eotstt,
    derive_last_alive,
    derive_period_dates,
    derive_population,
    derive_trtsdtm,
)
from specs.model import ParameterSpec


def study(**terms: Any) -> Any:
    return SimpleNamespace(facts=SimpleNamespace(terms=terms))


def days(*values: str | None) -> pd.Series:
    return pd.to_datetime(pd.Series(values, dtype="str")).astype("datetime64[s]")


def frame(names: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    data = pd.DataFrame(list(rows), columns=names.split())
    for name in data:
        values = data[name]
        if name in ("ASTDT", "AENDT", "TRTSDT", "TRTEDT", "DTHDT"):
            data[name] = pd.to_datetime(values).astype("datetime64[s]")
        elif values.map(lambda one: isinstance(one, str)).any():
            data[name] = values.fillna("").astype("str")
        else:
            data[name] = values.astype("float64")
    return data


# --- ADEX -------------------------------------------------------------------------------------------------------------

EC = frame("STUDYID USUBJID ECSEQ ECLNKID ECTRT ECMOOD ECOCCUR ECPDOSE ECDOSE ECDOSU ECWT ECINTYN ECDELAY VISIT VISITNUM ECSTDTC ECENDTC _record",
           ("S", "1", 1, "C1D1-A", "A", "PERFORMED", "Y", 100, 150, "mL", 50, "Y", "N", "C1D1", 101, "2024-01-10T10:00", "2024-01-10T11:30", "r1"),
           ("S", "1", 2, "C1D1-A", "A", "SCHEDULED", "", None, 2, "mg/kg", None, "N", "N", "C1D1", 101, "", "", "r2"),
           ("S", "1", 3, "C2D1-A", "A", "PERFORMED", "Y", 100, 150, "mL", 50, "N", "Y", "C2D1", 201, "2024-02-01T10:00", "2024-02-01T11:00", "r3"),
           ("S", "1", 4, "C3D1-A", "A", "PERFORMED", "N", None, None, "", 60, "N", "N", "C3D1", 301, "2024-02-21", "", "r4"),
           ("S", "1", 6, "C3D1-A", "A", "SCHEDULED", "", None, 2, "mg/kg", None, "N", "N", "C3D1", 301, "", "", "r6"),
           ("S", "1", 5, "C1D1-B", "B", "PERFORMED", "Y", 300, 100, "mL", None, "N", "N", "C1D1", 101, "2024-01-10T08:00", "2024-01-10T09:00", "r5"))
EX = frame("USUBJID EXLNKID EXDOSE EXSEQ", ("1", "C1D1-A", 40, 12), ("1", "C1D1-A", 30, 11), ("1", "C2D1-A", 100, 13), ("1", "C1D1-B", 300, 14))
RULE = {"prepared": "ECPDOSE", "weight": "ECWT", "happened": {"NINT": "ECINTYN", "NDEL": "ECDELAY"}, "reduced_below": "0.95"}


def test_the_dose_of_an_infusion_is_the_sum_of_its_intervals_and_a_dose_not_given_is_none() -> None:
    made = derive_infusion_records(derive_infusions(EC, EX, study(exposure=RULE)))
    shown = made.pivot(index="_START", columns="_MEASURE", values="AVAL")
    assert shown.loc["2024-01-10T10:00"].to_dict() == {"DOSE": 70, "PLAN": 100, "DUR": 90}
    assert len(shown) == 3
    source = made[made["AVISITN"].eq(101) & made["_DRUG"].eq("A")].set_index("_MEASURE")[["SRCDOM", "SRCVAR", "SRCSEQ"]]
    assert source.T.to_dict("list") == {"DOSE": ["EX", "EXDOSE", 11], "PLAN": ["EC", "ECPDOSE", 1], "DUR": ["EC", "ECENDTC", 1]}


def test_exposure_is_summed_up_per_drug_and_over_both_and_an_omitted_dose_was_planned() -> None:
    made = derive_subject_records(derive_infusions(EC, EX, study(exposure=RULE)), study(exposure=RULE))
    values = made.set_index(["_DRUG", "_MEASURE"])["AVAL"].to_dict()
    assert {key: values["A", key] for key in ("NCYC", "TDOSE", "TPLAN", "RDI", "NINT", "NDEL", "NRED", "NMIS")} == {
        "NCYC": 2, "TDOSE": 170, "TPLAN": 320, "RDI": 53.125, "NINT": 1, "NDEL": 1, "NRED": 1, "NMIS": 1}
    assert (values["OVERALL", "NCYC"], values["OVERALL", "RDI"], values["OVERALL", "NRED"]) == (2, 76.5625, 1)
    assert ("OVERALL", "TDOSE") not in values
    shuffled = derive_subject_records(derive_infusions(EC[::-1], EX[::-1], study(exposure=RULE)), study(exposure=RULE))
    assert shuffled.set_index(["_DRUG", "_MEASURE"])["AVAL"].to_dict() == values
    assert made.set_index(["_DRUG", "_MEASURE"])["SRCSEQ"]["OVERALL", "NCYC"] == 5          # the first infusion of all


def test_measures_that_are_no_parameters_are_left_out() -> None:
    made = derive_subject_records(derive_infusions(EC, EX, study(exposure=RULE)), study(exposure=RULE))
    wanted: Any = SimpleNamespace(variables=("PARCAT1",), parameters={"RDIA": ParameterSpec.model_validate(
        {"PARAM": "Relative Dose Intensity of A (%)", "PARAMN": 1, "PARCAT1": "A", "from": "RDI"})})
    chosen = derive_parameter_codes(made, wanted)
    assert chosen[["PARAMCD", "PARCAT1", "AVAL"]].to_numpy().tolist() == [["RDIA", "A", 53.125]]


# --- ADAE -------------------------------------------------------------------------------------------------------------

EVENTS = frame("USUBJID AESEQ AEBODSYS AEDECOD ATOXGRN ASTDT AENDT TRTSDT TRTEDT TRTEMFL AEREL AEACN1 AEACN2 AEINFR",
               ("1", 1, "SKIN", "Rash", 2, "2024-01-20", None, "2024-01-10", "2024-02-01", "Y", "RELATED", "DOSE NOT CHANGED", "DRUG INTERRUPTED", "N"),
               ("1", 2, "SKIN", "Rash", 3, "2024-01-25", None, "2024-01-10", "2024-02-01", "Y", "NOT RELATED", "DRUG WITHDRAWN", "", "N"),
               ("1", 3, "SKIN", "Itch", 3, "2024-01-22", None, "2024-01-10", "2024-02-01", "Y", "RELATED", "", "", "N"),
               ("1", 4, "GUT", "Colitis", 4, "2024-01-05", None, "2024-01-10", "2024-02-01", "", "RELATED", "", "", "Y"),
               ("1", 5, "GUT", "Colitis", 1, "2024-03-10", None, "2024-01-10", "2024-02-01", "Y", "RELATED", "", "", "N"))


def test_the_worst_emergent_event_is_flagged_once_a_subject_class_and_term() -> None:
    made = derive_worst_occurrence(EVENTS)
    assert list(made["AOCCIFL"]) == ["", "", "Y", "", ""]
    assert list(made["AOCCSIFL"]) == ["", "", "Y", "", "Y"]
    assert list(made["AOCCPIFL"]) == ["", "Y", "Y", "", "Y"]
    pd.testing.assert_frame_equal(derive_worst_occurrence(EVENTS[::-1]).sort_index(), made)


def test_another_window_has_a_flag_of_its_own() -> None:
    made = derive_other_windows(EVENTS, study(treatment_emergent_windows={"TRTEM1FL": "30"}))
    assert list(made["TRTEM1FL"]) == ["Y", "Y", "Y", "", ""]
    assert "TRTEM1FL" not in derive_other_windows(EVENTS, study())


def test_a_query_takes_listed_terms_that_are_related_where_the_study_says_so_and_ticked_ones() -> None:
    queries = {"CQ01NAM": {"name": "IMMUNE", "terms": ["Rash", "Colitis"], "related": "true"},
               "CQ02NAM": {"name": "REACTION", "terms": ["Chills"], "flag": "AEINFR"}}
    made = derive_queries(EVENTS, EVENTS, study(ae_queries=queries))
    assert list(made["CQ01NAM"]) == ["IMMUNE", "", "", "IMMUNE", "IMMUNE"]
    assert list(made["CQ02NAM"]) == ["", "", "", "REACTION", ""]


def test_a_change_of_any_drug_counts() -> None:
    made = derive_dose_change(EVENTS, study(dose_change_actions=["DRUG INTERRUPTED", "DRUG WITHDRAWN"],
                                            withdrawal_actions=["DRUG WITHDRAWN"]))
    assert list(made["DOSCHGFL"]) == ["Y", "Y", "", "", ""]
    assert list(made["DOSWDFL"]) == ["", "Y", "", "", ""]


# --- ADSL -------------------------------------------------------------------------------------------------------------

SUBJECTS = frame("USUBJID TRTSDT DTHDT DTHFL", ("1", "2024-01-10", None, ""), ("2", "2024-01-11", "2024-03-01", "Y"), ("3", None, None, ""))


def test_a_population_says_the_first_thing_that_a_subject_lacks() -> None:
    lacks = [("NOT TREATED", SUBJECTS["TRTSDT"].isna()), ("NO SAMPLE", pd.Series([False, True, True]))]
    made = derive_population(SUBJECTS, "PKFL", "PKRSN", lacks)
    assert made[["PKFL", "PKRSN"]].to_numpy().tolist() == [["Y", ""], ["N", "NO SAMPLE"], ["N", "NOT TREATED"]]


def test_a_period_is_the_epoch_of_its_doses() -> None:
    ex = frame("USUBJID EPOCH EXSTDTC EXENDTC", ("1", "ONE", "2024-01-10T08:00", "2024-01-10T09:00"),
               ("1", "ONE", "2024-02-01", "2024-02-01"), ("1", "TWO", "2024-03-01", "2024-03-01"), ("2", "ONE", "2024-01-11", ""))
    made = derive_period_dates(SUBJECTS, ex, {"01": "ONE", "02": "TWO"})
    assert made["TR01EDT"].dt.strftime("%m-%d").fillna("").tolist() == ["02-01", "", ""]
    assert made["TR02SDT"].dt.strftime("%m-%d").fillna("").tolist() == ["03-01", "", ""]


def test_the_end_of_treatment_is_that_of_the_drug_that_ended_last() -> None:
    ds = frame("USUBJID DSSEQ DSDECOD DSSTDTC DSSCAT", ("1", 1, "ADVERSE EVENT", "2024-02-01", "T"),
               ("1", 2, "COMPLETED", "2024-05-01", "T"), ("1", 3, "DEATH", "2024-06-01", "P"), ("3", 1, "COMPLETED", "2024-05-01", "T"))
    made = derive_eotstt(SUBJECTS, ds, study(end_of_treatment={"DSSCAT": "T"}))
    assert made[["EOTSTT", "DCTREAS"]].to_numpy().tolist() == [["COMPLETED", ""], ["ONGOING", ""], ["", ""]]
    early = derive_eotstt(SUBJECTS, ds[:1], study(end_of_treatment={"DSSCAT": "T"}))
    assert early[["EOTSTT", "DCTREAS"]].to_numpy().tolist()[0] == ["DISCONTINUED", "ADVERSE EVENT"]


def test_the_last_day_alive_is_the_death_or_the_latest_contact_before_the_cut_off() -> None:
    sv = frame("USUBJID SVSEQ SVOCCUR SVSTDTC _record", ("1", 1, "Y", "2024-04-01", "SV:1"), ("1", 2, "Y", "2024-05", "SV:2"),
               ("1", 3, "N", "2024-06-01", "SV:3"), ("1", 4, "Y", "2024-07-01", "SV:4"), ("2", 1, "Y", "2024-03-05", "SV:5"))
    made = derive_last_alive(SUBJECTS, {"SV": sv}, "2024-06-30")
    assert made["LSTALVDT"].dt.strftime("%m-%d").fillna("").tolist() == ["04-01", "03-01", ""]


def test_covariates_are_of_the_last_record_before_the_first_dose() -> None:
    vs = frame("USUBJID VSTESTCD VSSTRESN VSLOBXFL", ("1", "WEIGHT", 60, ""), ("1", "WEIGHT", 61, "Y"), ("2", "HEIGHT", 170, "Y"))
    made = derive_baseline_covariates(SUBJECTS, [("WEIGHTBL", vs, "VS", "WEIGHT")])
    assert made["WEIGHTBL"].fillna(0).tolist() == [61, 0, 0]


def test_the_cause_of_death_stands_where_there_is_a_death() -> None:
    dd = frame("USUBJID DDTESTCD DDSTRESC", ("2", "PRCDTH", "DISEASE"), ("1", "PRCDTH", "ADVERSE EVENT"), ("2", "AUTOPIND", "N"))
    assert list(derive_death_cause(SUBJECTS, dd)["DTHCAUS"]) == ["", "DISEASE", ""]


@pytest.mark.parametrize(("text", "shown"), [("2024-01-10T08:05", "2024-01-10 08:05:00"), ("2024-01-10", "NaT"), ("", "NaT")])
def test_a_time_without_seconds_is_a_time_and_a_day_alone_is_none(text: str, shown: str) -> None:
    dm = frame("USUBJID RFXSTDTC RFXENDTC", ("1", text, text))
    assert str(derive_trtsdtm(SUBJECTS, dm)["TRTSDTM"][0]) == shown

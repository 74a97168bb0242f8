"""Laws of ADTTE: what each parameter counts as its event, and why a subject is censored."""

from typing import Any

import pandas as pd
import pytest

from adam.adtte import derive_tte_parameters, plan_assessments
from cdisckit.errors import SpecError
from cdisckit.study import load_study
from specs.load import StudySpecs

STUDY = load_study("bat4706_bat1308").specs


def records(*rows: tuple, **more: list[str]) -> pd.DataFrame:
    """Records as (subject, date)."""
    data = pd.DataFrame({"USUBJID": pd.Series([row[0] for row in rows], dtype="str"),
                         "ADT": pd.to_datetime([row[1] for row in rows]).astype("datetime64[s]"), "ASEQ": 1.0, "SRCSEQ": 1.0})
    texts = {"_record": ["RS:1"] * len(rows), "SRCDOM": ["SV"] * len(rows), "SRCVAR": ["SVSTDTC"] * len(rows), "DSDECOD": [""] * len(rows), **more}
    return data.assign(**{name: pd.Series(values, dtype="str") for name, values in texts.items()})


def derive(study: StudySpecs = STUDY, **sources: pd.DataFrame) -> dict[str, tuple]:
    """{PARAMCD: (date, CNSR, SRCDOM)} of subject 1, first dose 2024-01-01, alive until 2024-12-01, assessed until 2024-03-25."""
    start = pd.Series(pd.to_datetime(["2024-01-01"])).astype("datetime64[s]")
    subjects = pd.DataFrame({"USUBJID": pd.Series(["1"], dtype="str"), "TRTSDT": start, "TRTEDT": start, "_record": pd.Series(["EX:1"], dtype="str")})
    given = {"SUBJECTS": subjects, "ALIVE": records(("1", "2024-12-01")), "ASSESSED": records(("1", "2024-02-12"), ("1", "2024-03-25")),
             "CUTOFF": records(("1", "2025-06-30"))} | {name: records() for name in (
                 "DEATH", "PD", "RESPONSE", "CONFIRMED", "NO BASELINE", "NEW THERAPY", "END OF STUDY", "END OF TREATMENT")}
    given |= {name.replace("_", " "): data for name, data in sources.items()}
    given["NO BASELINE"] = subjects[subjects["USUBJID"].isin(given["NO BASELINE"]["USUBJID"])]
    made = derive_tte_parameters(given, study)
    return {row["PARAMCD"]: (row["ADT"].date().isoformat(), int(row["CNSR"]), row["SRCDOM"]) for row in made.to_dict("records")}


DEATH, PD, THERAPY = records(("1", "2024-05-20")), records(("1", "2024-05-06")), records(("1", "2024-04-10"))


def test_without_any_event_each_parameter_is_censored_at_the_last_date_that_shows_it():
    assert derive() == {"OS": ("2024-12-01", 1, "SV"), "PFS": ("2024-03-25", 1, "ADRS"), "PFSFDA": ("2024-03-25", 1, "ADRS"),
                        "PFSEMA": ("2024-03-25", 1, "ADRS"), "TTP": ("2024-03-25", 1, "ADRS"), "TRTDUR": ("2024-12-01", 1, "SV")}


def test_progression_and_death_are_events_of_what_they_end():
    made = derive(PD=PD, DEATH=DEATH, RESPONSE=records(("1", "2024-02-12")), END_OF_TREATMENT=PD)
    assert made == {"OS": ("2024-05-20", 0, "DM"), **dict.fromkeys(("PFS", "PFSFDA", "PFSEMA", "DOR", "TTP"), ("2024-05-06", 0, "ADRS")),
                    "TTR": ("2024-02-12", 0, "ADRS"), "TRTDUR": ("2024-05-06", 0, "ADSL")}


def test_the_duration_of_a_confirmed_response_is_that_of_subjects_with_one():
    made = derive(RESPONSE=records(("1", "2024-02-12")), CONFIRMED=records(("1", "2024-03-25")), PD=PD)
    assert made["DOR"] == made["CDOR"] == ("2024-05-06", 0, "ADRS")
    censored = derive(RESPONSE=records(("1", "2024-02-12")), CONFIRMED=records(("1", "2024-03-25")), ASSESSED=records(("1", "2024-02-12")))
    assert (censored["DOR"], censored["CDOR"]) == (("2024-02-12", 1, "ADRS"), ("2024-03-25", 1, "ADRS"))
    assert "CDOR" not in derive(RESPONSE=records(("1", "2024-02-12")), PD=PD)


def test_a_response_after_a_new_therapy_has_a_duration_that_is_censored_on_its_first_day():
    made = derive(RESPONSE=records(("1", "2024-03-25")), NEW_THERAPY=records(("1", "2024-02-01")), PD=PD)
    assert made["DOR"] == ("2024-03-25", 7, "ADRS")


def test_death_ends_the_time_to_progression_without_an_event():
    made = derive(DEATH=DEATH)
    assert made["PFS"] == ("2024-05-20", 0, "DM") and made["TTP"] == ("2024-03-25", 9, "ADRS")


def test_a_new_therapy_censors_but_by_the_rules_of_the_ema():
    made = derive(PD=PD, NEW_THERAPY=THERAPY)
    assert [made[name] for name in ("PFS", "PFSFDA", "PFSEMA", "OS")] == [
        ("2024-03-25", 5, "ADRS"), ("2024-03-25", 5, "ADRS"), ("2024-05-06", 0, "ADRS"), ("2024-12-01", 1, "SV")]


def test_missed_assessments_censor_by_the_rules_of_the_fda():
    made = derive(PD=records(("1", "2024-07-29")))                        # planned 05-06 and 06-17 were missed
    assert [made[name] for name in ("PFS", "PFSFDA", "PFSEMA")] == [("2024-07-29", 0, "ADRS"), ("2024-03-25", 6, "ADRS"), ("2024-07-29", 0, "ADRS")]


@pytest.mark.parametrize(("reason", "number"), [("COMPLETED", 2), ("WITHDRAWAL BY SUBJECT", 3), ("LOST TO FOLLOW-UP", 4), ("OTHER", 10), ("DEATH", 1)])
def test_the_end_of_the_study_is_the_reason_of_a_censoring_and_cuts_no_event(reason, number):
    ends = {"END_OF_STUDY": records(("1", "2024-06-01"), DSDECOD=[reason])}
    assert derive(**ends)["PFS"] == ("2024-03-25", number, "ADRS")
    assert derive(DEATH=records(("1", "2024-06-20")), **ends)["OS"][1] == 0


def test_without_an_evaluable_assessment_the_first_dose_counts_and_death_still_is_an_event():
    assert derive(ASSESSED=records())["PFS"] == ("2024-01-01", 7, "ADSL")
    assert derive(ASSESSED=records(), DEATH=records(("1", "2024-02-01")))["PFSFDA"] == ("2024-02-01", 0, "DM")
    assert derive(ASSESSED=records(), NEW_THERAPY=records(("1", "2024-01-20")), DEATH=DEATH)["PFS"] == ("2024-01-01", 7, "ADSL")


def test_without_a_baseline_assessment_only_death_is_an_event():
    none = {"NO_BASELINE": records(("1", "2024-01-01"))}
    assert derive(PD=PD, **none)["PFS"] == ("2024-01-01", 8, "ADSL")
    assert derive(PD=PD, DEATH=DEATH, **none)["PFS"] == ("2024-05-20", 0, "DM")


def by_rules(**rules: str) -> StudySpecs:
    facts = STUDY.facts
    return StudySpecs(STUDY.folder, facts.model_copy(update={"terms": {**facts.terms, "progression": rules}}), STUDY.datasets,
                      STUDY.codelists, STUDY.design)


def test_by_the_letter_of_the_fda_a_subject_without_a_baseline_is_censored_at_the_origin_also_by_death():
    made = derive(by_rules(PFS="FDA TO THE LETTER", PFSFDA="FDA"), DEATH=records(("1", "2024-02-20")), NO_BASELINE=records(("1", "2024-01-01")))
    assert made["PFS"] == ("2024-01-01", 8, "ADSL") and made["PFSFDA"] == ("2024-02-20", 0, "DM") and made["OS"][1] == 0
    assert derive(by_rules(PFS="FDA TO THE LETTER"), DEATH=records(("1", "2024-04-20")))["PFS"] == ("2024-04-20", 0, "DM")


def test_a_progression_on_the_day_of_a_new_therapy_counts_if_the_rules_say_so():
    made = derive(by_rules(PFS="NEW THERAPY", PFSFDA="NEW THERAPY NEXT DAY"), PD=PD, NEW_THERAPY=PD)
    assert made["PFS"] == ("2024-03-25", 5, "ADRS") and made["PFSFDA"] == ("2024-05-06", 0, "ADRS")
    assert derive(by_rules(PFS="NEW THERAPY NEXT DAY"), PD=PD, NEW_THERAPY=records(("1", "2024-05-05")))["PFS"][1] == 5


def test_nothing_after_the_data_cut_off_counts():
    late = records(("1", "2025-07-01"))
    made = derive(DEATH=late, NEW_THERAPY=late, RESPONSE=late, CONFIRMED=late)           # nor as the reason of a censoring
    assert made == derive() and made["OS"] == ("2024-12-01", 1, "SV") and made["PFSFDA"] == ("2024-03-25", 1, "ADRS")
    assert derive(ASSESSED=late)["PFS"] == ("2024-01-01", 7, "ADSL")


def test_the_schedule_of_assessments_is_that_of_the_trial_design():
    planned, window = plan_assessments(STUDY)
    assert planned[:3] == [42, 84, 126] and planned[7:10] == [336, 420, 504] and window == 7


def test_a_set_of_rules_that_is_none_stops():
    terms: dict[str, Any] = {**STUDY.facts.terms, "progression": {"PFS": "FAD"}}
    study = StudySpecs(STUDY.folder, STUDY.facts.model_copy(update={"terms": terms}), STUDY.datasets, STUDY.codelists, STUDY.design)
    with pytest.raises(SpecError, match="did you mean FDA"):
        derive(study)


def test_a_study_may_state_a_set_of_censoring_rules_of_its_own():
    facts = STUDY.facts
    terms = {**facts.terms, "progression": {"PFS": "STRICT"}, "censoring": {"STRICT": {"missed": "1", "new_therapy": "false"}}}
    study = StudySpecs(STUDY.folder, facts.model_copy(update={"terms": terms}), STUDY.datasets, STUDY.codelists, STUDY.design)
    late = records(("1", "2024-07-15"))
    assert derive(PD=late)["PFS"] == ("2024-07-15", 0, "ADRS") and derive(study, PD=late)["PFS"] == ("2024-03-25", 6, "ADRS")
    assert derive(study, PD=PD, NEW_THERAPY=THERAPY)["PFS"] == ("2024-05-06", 0, "ADRS")

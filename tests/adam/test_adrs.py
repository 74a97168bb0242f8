"""Laws of ADRS: which source is analysed, what counts, and that every parameter says which record decided."""

from typing import Any

import pandas as pd
import pytest

from adam.adrs import adrs, find_new_therapy, read_response_rules
from cdisckit.errors import SpecError
from cdisckit.findings import collect_findings
from cdisckit.study import load_study
from specs.load import StudySpecs

STUDY = load_study("bat4706_bat1308")
START = pd.Timestamp("2024-01-01")
ADSL_TEXTS = ("STUDYID", "USUBJID", "SUBJID", "SITEID", "TRT01P", "TRT01A", "SEX", "RACE", "SAFFL", "_record")


def text(data: pd.DataFrame, *names: str) -> pd.DataFrame:
    return data.astype(dict.fromkeys(names, "str"))


def subjects(*names: str) -> pd.DataFrame:
    """Treated subjects, and one who was not."""
    data = pd.DataFrame({name: ["x"] * (len(names) + 1) for name in ADSL_TEXTS} | {"USUBJID": [*names, "SF"]})
    start = pd.Series([START] * len(names) + [pd.NaT], dtype="datetime64[s]")
    none = pd.Series([pd.NaT] * len(data), dtype="datetime64[s]")
    return text(data.assign(TRTSDT=start, TRTEDT=start, AGE=50.0, DTHDT=none, DTHFL=""), *ADSL_TEXTS, "DTHFL")


def responses(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Overall responses as (subject, date, response); the assessment is that of the lesions of the same day."""
    data = pd.DataFrame({"USUBJID": [row[0] for row in rows], "RSDTC": [row[1] for row in rows], "RSSTRESC": [row[2] for row in rows],
                         "RSTESTCD": "OVRLRESP", "RSEVAL": "INVESTIGATOR", "RSLNKGRP": "", "VISIT": "V"})
    numbers = [float(number) for number in range(1, len(rows) + 1)]
    return text(data, *data).assign(RSSEQ=numbers, VISITNUM=1.0, _record=pd.Series([f"RS:{n:g}" for n in numbers], dtype="str"))


def lesions(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Diameters of one target lesion as (subject, date, mm)."""
    data = pd.DataFrame({"USUBJID": [row[0] for row in rows], "TRDTC": [row[1] for row in rows], "TRGRPID": "TARGET", "TRLNKID": "T01",
                         "TRLNKGRP": "", "TRTESTCD": "LDIAM", "TRSTRESC": "", "TRSTAT": "", "TRDRVFL": "", "TREVAL": "INVESTIGATOR", "VISIT": "V"})
    numbers = [float(number) for number in range(1, len(rows) + 1)]
    return text(data, *data).assign(TRSTRESN=[float(row[2]) for row in rows], TRSEQ=numbers, VISITNUM=1.0,
                                    _record=pd.Series([f"TR:{n:g}" for n in numbers], dtype="str"))


def therapies(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Medications as (subject, start, category)."""
    data = pd.DataFrame({"USUBJID": [row[0] for row in rows], "CMSTDTC": [row[1] for row in rows], "CMCAT": [row[2] for row in rows],
                         "_record": ["CT:1"] * len(rows)})
    return text(data, *data).assign(CMSEQ=1.0)


LESION = ["USUBJID", "TULNKID", "TULOC", "TUFROM", "TUEVAL"]
NONE = {"tu": text(pd.DataFrame(columns=LESION), *LESION),
        "pr": text(pd.DataFrame(columns=["USUBJID", "PRSTDTC", "PRCAT", "PRSCAT", "_record"]), "USUBJID", "PRSTDTC", "PRCAT", "PRSCAT", "_record").assign(PRSEQ=1.0)}


def with_terms(place: str = "response", **terms: Any) -> StudySpecs:
    facts = STUDY.specs.facts
    stated = {**facts.terms, place: {**facts.terms.get(place, {}), **terms}}
    return StudySpecs(STUDY.folder, facts.model_copy(update={"terms": stated}), STUDY.specs.datasets, STUDY.specs.codelists, STUDY.specs.design)


def derive(rs: pd.DataFrame, tr: pd.DataFrame | None = None, cm: pd.DataFrame | None = None, study: StudySpecs = STUDY.specs, adsl: pd.DataFrame | None = None) -> pd.DataFrame:
    with collect_findings():
        return adrs(rs, lesions() if tr is None else tr, NONE["tu"], therapies() if cm is None else cm, NONE["pr"],
                    subjects("1") if adsl is None else adsl, STUDY.specs["ADRS"], study)


def value(made: pd.DataFrame, code: str, name: str = "AVALC") -> Any:
    return made.loc[made["PARAMCD"] == code, name].iloc[0]


PR_CONFIRMED = responses(("1", "2024-02-12", "PR"), ("1", "2024-03-25", "PR"), ("1", "2024-05-06", "PD"))


def test_every_parameter_names_the_record_that_decided():
    made = derive(PR_CONFIRMED)
    assert {code: value(made, code, "_record") for code in ("RSP", "CRSP", "BOR", "CBOR", "PD", "LSTA", "IPD")} == {
        "RSP": "RS:1", "CRSP": "RS:1", "BOR": "RS:1", "CBOR": "RS:1", "PD": "RS:3", "LSTA": "RS:3", "IPD": "RS:3"}
    assert value(made, "CBOR", "SRCSEQ") == 1 and value(made, "CBOR", "SRCDOM") == "RS" and value(made, "CBOR", "RSEVAL") == "INVESTIGATOR"


def test_a_subject_without_assessments_has_every_parameter_and_one_who_was_not_treated_none():
    made = derive(responses())
    assert made["USUBJID"].unique().tolist() == ["1"] and made["PARAMCD"].is_unique
    assert value(made, "BOR") == "MISSING" and value(made, "RSP") == "N" and pd.isna(value(made, "RSP", "ADT"))


def test_the_study_says_whether_the_recorded_or_the_recomputed_response_is_analysed():
    tr = lesions(("1", "2023-12-20", 50), ("1", "2024-02-12", 30), ("1", "2024-03-25", 20))
    rs = responses(("1", "2024-02-12", "SD"), ("1", "2024-03-25", "SD"))
    assert value(derive(rs, tr), "CBOR") == "SD"
    recomputed = derive(rs, tr, study=with_terms(source="RECOMPUTED"))
    assert value(recomputed, "CBOR") == "PR" and value(recomputed, "CBOR", "SRCDOM") == "TR" and value(recomputed, "CBOR", "RSEVAL") == "SPONSOR"


def test_measurable_disease_is_a_measured_target_lesion_before_the_first_dose():
    assert value(derive(responses(), lesions(("1", "2023-12-20", 50))), "MDIS") == "Y"
    assert value(derive(responses(), lesions(("1", "2024-01-20", 50))), "MDIS") == "N"


def test_a_response_after_a_new_anticancer_therapy_is_none_and_a_progression_is_one():
    cm = therapies(("1", "2024-02-01", "SUBSEQUENT ANTICANCER THERAPY"))
    made = derive(PR_CONFIRMED, cm=cm)
    assert value(made, "BOR") == "MISSING" and value(made, "PD") == "Y"
    assert value(derive(PR_CONFIRMED, cm=cm, study=with_terms(cut_at_new_therapy="false")), "BOR") == "PR"


def test_a_progression_that_is_not_confirmed_ends_no_best_response_by_irecist_and_a_new_therapy_does():
    late = responses(("1", "2024-02-12", "PD"), ("1", "2024-03-25", "PR"), ("1", "2024-05-06", "PR"), ("1", "2024-06-17", "PD"))
    made = derive(late)
    assert [value(made, code) for code in ("BOR", "CBOR", "IBOR", "ICBOR")] == ["PD", "PD", "iPR", "iPR"]
    assert [value(made, code, "_record") for code in ("IBOR", "ICBOR")] == ["RS:2", "RS:2"]
    cut = derive(late, cm=therapies(("1", "2024-05-01", "SUBSEQUENT ANTICANCER THERAPY")))
    assert [value(cut, code) for code in ("IBOR", "ICBOR")] == ["iPR", "iSD"]


def test_a_death_is_a_record_of_its_own_with_its_date_where_that_is_known():
    adsl = subjects("1", "2", "3")
    adsl = adsl.assign(DTHFL=pd.Series(["Y", "Y", "", ""], dtype="str"), DTHDT=adsl["DTHDT"].where(adsl.index != 0, pd.Timestamp("2024-07-01")))
    died = derive(responses(), adsl=adsl).query("PARAMCD == 'DEATH'")
    assert died["AVALC"].tolist() == ["Y", "Y", "N"] and died["SRCVAR"].tolist() == ["DTHDT", "DTHDT", ""]
    assert died["ADT"].tolist() == [pd.Timestamp("2024-07-01"), pd.NaT, pd.NaT]


def test_a_medication_of_another_kind_is_no_new_therapy_and_a_partial_start_is_not_before_the_last_dose():
    adsl = subjects("1", "2")
    cm = therapies(("1", "2023-01-01", "PRIOR ANTICANCER THERAPY"), ("2", "2024-01", "SUBSEQUENT ANTICANCER THERAPY"))
    made = find_new_therapy({"CM": cm, "PR": NONE["pr"]}, adsl.assign(TRTEDT=pd.Timestamp("2024-01-20")), STUDY.specs)
    assert made[["USUBJID", "SRCDOM", "SRCVAR"]].values.tolist() == [["2", "CM", "CMSTDTC"]] and made["ADT"].tolist() == [pd.Timestamp("2024-01-20")]


def test_an_unknown_day_is_the_last_of_the_month_and_flagged():
    made = derive(responses(("1", "2024-02", "SD"), ("1", "2024", "PD")))
    records = made[made["PARAMCD"] == "OVR"]
    assert records["ADTF"].tolist() == ["D", ""] and records["ADT"].iloc[0] == pd.Timestamp("2024-02-29")
    assert records["ANL01FL"].tolist() == ["Y", ""] and value(made, "PD") == "N"


@pytest.mark.parametrize("first", [("2024-02-12", "CR"), ("2023-12-12", "CR")])      # one of the same day, one before the first dose
def test_a_complete_response_that_does_not_count_makes_no_later_one_a_progression(first):
    rs = responses(("1", *first), ("1", "2024-02-12", "PR"), ("1", "2024-03-25", "PR"))
    made = derive(rs, study=with_terms(after_cr="progression"))
    assert [value(made, code) for code in ("BOR", "CBOR", "PD")] == ["PR", "PR", "N"]
    counted = derive(responses(("1", "2024-02-12", "CR"), ("1", "2024-03-25", "PR")), study=with_terms(after_cr="progression"))
    assert value(counted, "PD") == "Y"


def test_what_was_seen_after_the_data_cut_off_is_no_response_and_confirms_none():
    made = derive(responses(("1", "2025-05-19", "PR"), ("1", "2025-06-30", "SD"), ("1", "2025-07-01", "CR"), ("1", "2025-08-01", "PD")))
    assert [value(made, code) for code in ("BOR", "CBOR", "PD", "LSTA", "IBOR")] == ["PR", "SD", "N", "SD", "iPR"]
    assert made.loc[made["PARAMCD"] == "OVR", "ANL01FL"].tolist() == ["Y", "Y", "", ""]


def test_two_readers_of_the_lesions_of_whom_none_was_accepted_are_told():
    tu = text(pd.DataFrame({"USUBJID": "1", "TULNKID": ["T01", "T01"], "TULOC": "LIVER", "TUFROM": "", "TUEVAL": "INVESTIGATOR",
                            "TUEVALID": ["READER 1", "READER 2"], "_record": ["TU:1", "TU:2"]}), *LESION, "TUEVALID", "_record")
    with collect_findings() as findings:
        adrs(responses(), lesions(), tu, therapies(), NONE["pr"], subjects("1"), STUDY.specs["ADRS"], STUDY.specs)
    assert [(one.rule, one.dataset, one.record) for one in findings] == [("mapping.reader_not_accepted", "TU", "TU:1")]


def test_the_rules_of_irecist_and_recist_are_those_of_the_study():
    grows = responses(("1", "2024-02-12", "PD"), ("1", "2024-05-20", "PD"))                    # 14 weeks later
    assert value(derive(grows), "ICBOR") == "iUPD" and value(derive(grows, study=with_terms("irecist", max_days_confirm="100")), "ICBOR") == "iCPD"
    tr = lesions(("1", "2023-12-20", 50), ("1", "2024-02-12", 58))
    shown = [made.loc[made["PARAMCD"] == "OVRC", "AVALC"].tolist() for made in (
        derive(grows, tr), derive(grows, tr, study=with_terms("recist", progression_percent="15")))]
    assert shown == [["SD"], ["PD"]]


def test_shuffled_rows_give_the_same_result():
    rs = responses(("1", "2024-02-12", "PR"), ("2", "2024-02-12", "SD"), ("1", "2024-03-25", "CR"), ("2", "2024-03-25", "PD"))
    tr = lesions(("1", "2023-12-20", 50), ("2", "2023-12-20", 50), ("1", "2024-02-12", 30), ("2", "2024-02-12", 50))
    adsl = subjects("1", "2")
    pd.testing.assert_frame_equal(derive(rs.sample(frac=1, random_state=1), tr.sample(frac=1, random_state=2), adsl=adsl), derive(rs, tr, adsl=adsl), check_like=True)


@pytest.mark.parametrize(("terms", "said"), [({"min_day_stable": "42"}, "did you mean min_days_stable?"), ({"source": "RECORD"}, "did you mean RECORDED?")])
def test_a_rule_of_responses_that_is_none_stops(terms, said):
    with pytest.raises(SpecError, match="terms.response") as error:
        read_response_rules(with_terms(**terms))
    assert said in str(error.value)


def test_lesions_of_another_evaluator_do_not_count():
    own = lesions(("1", "2024-01-01", 50), ("1", "2024-02-12", 30))
    other = own.assign(TREVAL="INDEPENDENT ASSESSOR", TRSTRESN=[50.0, 90.0], TRSEQ=[3.0, 4.0])
    made = derive(PR_CONFIRMED, pd.concat([own, other.astype(own.dtypes)], ignore_index=True))
    assert made.loc[made["PARAMCD"] == "OVRC", "AVALC"].tolist() == ["PR"]

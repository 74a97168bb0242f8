"""Laws of the DLT definition clause by clause, of evaluability, and of the verdicts against the truth of simulated studies."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from adam.escalation import derive_escalation_table
from cdisckit.build import build
from cdisckit.findings import collect_findings
from cdisckit.study import load_study
from studies.bat4706_bat1308.addlt import (
    check_verdicts,
    derive_dlt_records,
    derive_investigator_verdict,
    derive_support,
    judge_dlts,
)
from studies.bat4706_bat1308.adsl import derive_dlt_population
from studies.bat4706_bat1308.synthetic import simulate

STUDY = load_study("bat4706_bat1308")
SEEDS = range(1, int(os.environ.get("CDISCKIT_TRUTH_SEEDS", "2")) + 1)
DAY1 = pd.Timestamp("2024-01-10")


def on(day: int | None, clock: str = "") -> str:
    """The ISO 8601 text of a study day; empty for None."""
    if day is None:
        return ""
    return (DAY1 + pd.Timedelta(days=day - 1)).strftime("%Y-%m-%d") + (f"T{clock}" if clock else "")


def subjects(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": pd.Series(names or ["1"], dtype="str"), "TRTSDT": DAY1.as_unit("s"),
                         "DTHDT": pd.Series(pd.NaT, index=range(len(names or ["1"])), dtype="datetime64[s]")})


def event(term: str, grade: int, start: str, end: str = "", *, related: bool = True, support: str = "", reaction: bool = False,
          group: str = "", subject: str = "1", called: bool = False, system: str = "Investigations") -> dict[str, Any]:
    return {"USUBJID": subject, "AEGRPID": group, "AEDECOD": term, "AEBODSYS": system, "AETOXGR": str(grade),
            "AEREL": "RELATED" if related else "NOT RELATED", "AESTDTC": start, "AEENDTC": end, "AESUPDTC": support,
            "AEINFR": "Y" if reaction else "N", "AEDLT": "Y" if called else "N"}


def events(*rows: dict[str, Any]) -> pd.DataFrame:
    data = pd.DataFrame(list(rows) or [event("x", 1, on(1))], dtype="str")
    data = data.assign(AESEQ=pd.Series(range(1, len(data) + 1), dtype="float64"), _record="AE:x").astype({"_record": "str"})
    return data if rows else data[:0]


def counts(*rows: tuple[str, int, float]) -> pd.DataFrame:
    data = pd.DataFrame([("1", test, on(day), value) for test, day, value in rows] or [("1", "NEUT", on(1), 3.0)],
                        columns=["USUBJID", "LBTESTCD", "LBDTC", "LBSTRESN"])
    data = data.assign(LBSEQ=pd.Series(range(1, len(data) + 1), dtype="float64"), LBSTRESU="10^9/L", LBSTNRLO=2.0,
                       LBSTNRHI=7.0)
    return data.astype(dict.fromkeys(("USUBJID", "LBTESTCD", "LBDTC", "LBSTRESU"), "str"))


def verdict(*rows: dict[str, Any], labs: pd.DataFrame | None = None) -> str:
    """The clauses that are met, as letters."""
    made = judge_dlts(events(*rows), counts() if labs is None else labs, subjects(), STUDY.specs)
    return "".join(sorted({code[-1].lower() for code in made.loc[made["MET"], "PARAMCD"]}))


# --- clause a ---------------------------------------------------------------------------------------------------------


def test_the_start_of_supportive_treatment_is_that_of_the_form_else_of_the_first_medication_linked_to_the_event() -> None:
    ae = events(*(event("Nausea", 3, on(3), on(6), support=support) for support in (on(4, "08:00"), "", "", "", "")))
    ae = ae.assign(AESPID=pd.Series(list("12345"), dtype="str"), AECONTRT=pd.Series(["Y", "Y", "N", "", "Y"], dtype="str"))
    rows = [("1", "1;2", on(5)), ("1", "2, 4", on(4)), ("1", "2;3", on(3)), ("1", "2", on(2)), ("2", "5", on(3)), ("1", "5", "2024-01"), ("1", "", on(3))]
    cm = pd.DataFrame(rows, columns=["USUBJID", "CMAENO", "CMSTDTC"], dtype="str")
    expected = [on(4, "08:00"), on(3), "", on(4), ""]
    assert derive_support(ae, cm)["AESUPDTC"].tolist() == expected
    assert derive_support(ae[::-1], cm[::-1])["AESUPDTC"].tolist() == expected[::-1]
    assert derive_support(ae, cm[:0])["AESUPDTC"].tolist() == ae["AESUPDTC"].tolist() and derive_support(ae[:0], cm).empty


def test_a_related_non_haematological_event_of_grade_3_in_the_window_is_a_dlt() -> None:
    assert verdict(event("Pneumonitis", 3, on(1), on(20))) == "a"
    assert verdict(event("Pneumonitis", 3, on(21), on(30))) == "a"
    assert verdict(event("Pneumonitis", 2, on(5), on(20))) == ""
    assert verdict(event("Pneumonitis", 3, on(22), on(30))) == ""
    assert verdict(event("Pneumonitis", 3, on(-1), on(30))) == ""
    assert verdict(event("Pneumonitis", 3, on(5), on(20), related=False)) == ""


@pytest.mark.parametrize(("end", "support", "clause"), [
    (on(8), on(5, "10:30"), ""), (on(9), on(5, "10:30"), "a"), (on(6), "", "a"), ("", on(5), "a")])
def test_nausea_vomiting_and_diarrhoea_are_excepted_if_relieved_within_3_days_of_treatment(end, support, clause) -> None:
    assert verdict(event("Diarrhoea", 3, on(5), end, support=support)) == clause
    assert verdict(event("Colitis", 3, on(5), end, support=support)) == "a"


def test_relief_counts_from_grade_3_over_all_lines_of_the_event() -> None:
    first = event("Diarrhoea", 3, on(5), on(7), support=on(5), group="G1")
    assert verdict(first, event("Diarrhoea", 1, on(7), on(12), group="G1")) == ""
    assert verdict(first, event("Diarrhoea", 4, on(7), on(12), group="G1")) == "a"


@pytest.mark.parametrize(("end", "clause"), [(on(1, "14:30"), ""), (on(1, "14:31"), "a"), (on(1), "a"), ("", "a")])
def test_an_infusion_reaction_is_excepted_if_it_recovers_within_2_hours_of_treatment(end, clause) -> None:
    reaction = event("Infusion related reaction", 3, on(1, "12:20"), end, support=on(1, "12:30"), reaction=True)
    assert verdict(reaction) == clause


# --- clause b ---------------------------------------------------------------------------------------------------------

LOW = "Neutrophil count decreased"


def test_a_haematological_event_counts_from_grade_4() -> None:
    blood = {"system": "Blood and lymphatic system disorders"}
    assert verdict(event("Anaemia", 4, on(5), on(9), **blood)) == "b"
    assert verdict(event("Anaemia", 3, on(5), on(9), **blood)) == ""
    assert verdict(event("Leukopenia", 4, on(5), on(9), **blood)) == "b"
    assert verdict(event("Febrile neutropenia", 3, on(5), on(9), **blood)) == "b"


@pytest.mark.parametrize(("end", "clause"), [(on(11), "b"), (on(10), "")])
def test_neutropenia_of_grade_4_counts_if_it_lasts_7_days(end, clause) -> None:
    assert verdict(event(LOW, 4, on(5), end)) == clause


def test_neutropenia_of_grade_3_counts_with_fever_on_the_same_days() -> None:
    low = event(LOW, 3, on(5), on(8))
    assert verdict(low) == ""
    assert verdict(low, event("Pyrexia", 1, on(8), on(9), related=False)) == "b"
    assert verdict(low, event("Pyrexia", 1, on(9), on(9), related=False)) == ""
    assert verdict(low, event("Pyrexia", 1, on(4), "", related=False)) == "b"


@pytest.mark.parametrize(("labs", "clause"), [
    ([("NEUT", 5, 0.4), ("NEUT", 11, 0.6)], "b"), ([("NEUT", 5, 0.4), ("NEUT", 10, 0.5)], ""),
    ([("NEUT", 5, 0.4), ("NEUT", 9, 1.2), ("NEUT", 15, 2.5)], ""), ([("NEUT", 5, 0.4), ("NEUT", 12, 0.4)], "b"), ([("NEUT", 5, 0.4)], ""), ([("NEUT", 1, 3.0), ("PLAT", 20, 0.4)], "")])
def test_where_the_form_is_silent_about_the_end_the_counts_tell_it(labs, clause) -> None:
    assert verdict(event(LOW, 4, on(5), ""), labs=counts(*labs)) == clause


# --- clause c ---------------------------------------------------------------------------------------------------------


def test_thrombocytopenia_counts_from_grade_4_or_from_grade_3_with_bleeding() -> None:
    low = event("Platelet count decreased", 3, on(5), on(9))
    assert verdict(event("Platelet count decreased", 4, on(5), on(9))) == "c"
    assert verdict(low) == ""
    assert verdict(low, event("Epistaxis", 1, on(9), on(10), related=False)) == "c"
    assert verdict(low, event("Epistaxis", 1, on(10), on(10), related=False)) == ""
    assert verdict(low, event("Epistaxis", 1, on(9), on(10), related=False, subject="2")) == ""


# --- the records ------------------------------------------------------------------------------------------------------


def records(*rows: dict[str, Any], labs: pd.DataFrame | None = None) -> pd.DataFrame:
    ae, adsl = events(*rows), subjects("1", "2")
    verdicts = judge_dlts(ae, counts() if labs is None else labs, adsl, STUDY.specs)
    blank = dict.fromkeys(("STUDYID", "SUBJID", "SITEID", "TRT01P", "TRT01A", "SAFFL", "DLTEVLFL", "DLTRSN", "PART", "DOSELVL"), "")
    adsl = adsl.assign(**blank, DOSELVLN=1.0, _record="DM:x").astype(dict.fromkeys([*blank, "_record"], "str"))
    made = derive_dlt_records(adsl, verdicts, STUDY.specs["ADDLT"])
    return derive_investigator_verdict(made, ae, STUDY.specs)


def test_each_subject_has_a_record_a_clause_and_one_for_any_with_the_event_that_decided() -> None:
    rows = [event("Vomiting", 3, on(3), on(4), support=on(3)), event("Pneumonitis", 3, on(9), on(20)),
            event("Platelet count decreased", 4, on(7), on(9))]
    made = records(*rows, labs=counts(("PLAT", 8, 20.0), ("PLAT", 7, 24.0)))
    mine = made[made["USUBJID"] == "1"].set_index("PARAMCD")
    assert mine["AVALC"].to_dict() == {"DLTA": "Y", "DLTB": "N", "DLTC": "Y", "DLTANY": "Y"}
    assert mine["AESEQ"].fillna(0).to_dict() == {"DLTA": 2, "DLTB": 0, "DLTC": 3, "DLTANY": 3}
    assert mine.loc["DLTC", ["LBSEQ", "SRCDOM", "SRCSEQ", "ADY"]].tolist() == [2, "AE", 3, 7]
    assert mine.loc["DLTA", "DLTREAS"] == "Pneumonitis, grade 3, day 9: non-haematological toxicity"
    other = made[made["USUBJID"] == "2"]
    assert set(other["AVALC"]) == {"N"} and set(other["SRCDOM"]) == {"ADSL"} and len(other) == 4


def test_the_investigator_s_verdict_stands_beside_it_and_a_disagreement_is_a_finding() -> None:
    made = records(event("Pneumonitis", 3, on(9), on(20)), event("Rash", 2, on(9), on(20), subject="2", called=True))
    with collect_findings() as findings:
        check_verdicts(made)
    assert [(one.rule, one.key) for one in findings] == [("mapping.dlt_disagreement", "USUBJID=1"),
                                                         ("mapping.dlt_disagreement", "USUBJID=2")]
    agreed = records(event("Pneumonitis", 3, on(9), on(20), called=True))
    with collect_findings() as findings:
        check_verdicts(agreed)
    assert not findings
    assert agreed.set_index(["USUBJID", "PARAMCD"])["INVDLT"].to_dict()["1", "DLTANY"] == "Y"


def test_the_verdict_does_not_depend_on_the_order_of_the_records_and_no_event_is_no_dlt() -> None:
    rows = [event("Pneumonitis", 3, on(9), on(20)), event(LOW, 3, on(5), on(8)), event("Pyrexia", 2, on(6), on(8))]
    ae = events(*rows)
    straight, shuffled = (judge_dlts(one, counts(), subjects(), STUDY.specs) for one in (ae, ae[::-1]))
    keys = ["PARAMCD", "AESEQ"]
    pd.testing.assert_frame_equal(straight.sort_values(keys)[[*keys, "MET", "DLTREAS"]].reset_index(drop=True),
                                  shuffled.sort_values(keys)[[*keys, "MET", "DLTREAS"]].reset_index(drop=True))
    assert verdict() == ""


# --- evaluability -----------------------------------------------------------------------------------------------------


def evaluable(share: float = 1.0, last_day: int | None = 40, dlt: bool = False, cutoff_day: int = 400) -> tuple[str, str]:
    adsl = subjects().assign(CUTOFFDT=(DAY1 + pd.Timedelta(days=cutoff_day - 1)).as_unit("s"))
    doses = pd.DataFrame({"USUBJID": "1", "VISIT": "C1D1", "ECTRT": ["BAT4706", "BAT1308"], "ECMOOD": "PERFORMED",
                          "ECPDOSE": [100.0, 300.0]})
    given = pd.DataFrame({"USUBJID": "1", "VISIT": "C1D1", "EXTRT": ["BAT4706", "BAT1308"], "EXDOSE": [100 * share, 300.0]})
    dm = pd.DataFrame({"USUBJID": ["1"], "RFPENDTC": [on(last_day)]})
    rows = [event("Pneumonitis", 3, on(9), on(20))] if dlt else []
    made = derive_dlt_population(adsl, events(*rows), counts(), doses, given, dm, STUDY.specs)
    return made["DLTEVLFL"][0], made["DLTRSN"][0]


def test_a_subject_is_evaluable_with_75_percent_of_both_doses_and_21_days_or_with_a_dlt() -> None:
    assert evaluable() == ("Y", "")
    assert evaluable(share=0.75) == ("Y", "")
    assert evaluable(share=0.74) == ("N", "LESS THAN 75% OF THE PLANNED DOSE")
    assert evaluable(last_day=21) == ("Y", "")
    assert evaluable(last_day=20) == ("N", "LEFT BEFORE DAY 21")
    assert evaluable(share=0.5, last_day=12, dlt=True) == ("Y", "")


def test_a_subject_whose_21_days_are_not_over_at_the_cut_off_is_not_judged_yet() -> None:
    assert evaluable(last_day=None, cutoff_day=20) == ("", "")
    assert evaluable(last_day=None, cutoff_day=21) == ("Y", "")
    assert evaluable(last_day=12, cutoff_day=20) == ("N", "LEFT BEFORE DAY 21")
    assert evaluable(last_day=None, cutoff_day=20, dlt=True) == ("Y", "")


# --- the truth of simulated studies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_verdict_clause_evaluability_and_mtd_are_those_of_the_generator(seed: int, tmp_path: Path) -> None:
    """Two studies by default; CDISCKIT_TRUTH_SEEDS=200 compares two hundred."""
    simulate(tmp_path / "raw", subjects=24, seed=seed)
    build("bat4706_bat1308", tmp_path / "raw", tmp_path / "out", only=("ADDLT",))
    parts = sorted((tmp_path / "out/trace/data/ADDLT").glob("*.parquet"))
    addlt = pd.concat([pd.read_parquet(part) for part in parts])
    truth, study = (json.loads((tmp_path / "raw/truth" / name).read_text(encoding="utf-8"))
                    for name in ("subjects.json", "study.json"))
    got = {key: rows.set_index("PARAMCD") for key, rows in addlt.groupby(["SITEID", "SUBJID"])}
    treated = [one for one in truth if not one["screen_failure"]]
    assert set(got) == {(one["SITE"], one["SUBJECT"]) for one in treated}
    for one in treated:
        mine = got[one["SITE"], one["SUBJECT"]]
        clauses = "".join(clause for clause in "abc" if mine.loc[f"DLT{clause.upper()}", "AVALC"] == "Y")
        expected = SimpleNamespace(**{name: one[name] for name in ("dlt", "dlt_clause", "dlt_evaluable", "SUBJECT")})
        assert (mine.loc["DLTANY", "AVALC"] == "Y", clauses, mine["DLTEVLFL"].iloc[0] == "Y") == \
            (expected.dlt, expected.dlt_clause or "", expected.dlt_evaluable), expected
    escalated = addlt[(addlt["PARAMCD"] == "DLTANY") & (addlt["PART"] == "ESCALATION")].rename(columns={"AVALC": "DLTFL"})
    table = derive_escalation_table(escalated[["DOSELVL", "DLTEVLFL", "DLTFL"]].reset_index(drop=True),
                                    list(STUDY.specs.facts.terms["dose_levels"]))
    assert "".join(table.loc[table["MTDFL"] == "Y", "DOSELVL"]) == (study["mtd"] or "")

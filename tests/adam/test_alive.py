"""Laws of being alive: which date proves it last, when death was, and that nothing of a living subject follows it."""

import pandas as pd
import pytest

from adam.alive import PROOFS, check_dates_after_death, find_death, find_last_alive, read_proofs
from cdisckit.findings import collect_findings
from sdtm.chronology import check_death
from specs.model import DatasetSpec


def domain(name: str, *rows: tuple, **more: list[str]) -> pd.DataFrame:
    """A domain with (subject, date) a record."""
    variable = next(proof.variable for proof in PROOFS if proof.dataset == name)
    data = pd.DataFrame({"USUBJID": [row[0] for row in rows], variable: [row[1] for row in rows], **more,
                         "_record": [f"{name}:{number}" for number in range(1, len(rows) + 1)]}).astype("str")
    if name == "EX":
        data = data.assign(EXENDTC=data["EXSTDTC"])
    return data.assign(**{f"{name}SEQ": [float(number) for number in range(1, len(rows) + 1)]})


def dm(death: str, flag: str = "Y") -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": ["1"], "DTHDTC": [death], "DTHFL": [flag], "_record": ["DM:1"]}).astype("str")


VS = domain("VS", ("1", "2024-03-01T10:00"), ("1", "2024-04-02"), ("1", "2024-05"), ("1", "2024-02-30"), ("2", "2024-01-01"))
AE = domain("AE", ("1", "2024-04-02"), ("1", "2024-06-01"))


def test_the_last_complete_date_of_all_domains_proves_life_and_says_where_it_is_from():
    alive = find_last_alive(read_proofs({"VS": VS, "AE": AE}), "")
    assert alive[["USUBJID", "SRCDOM", "SRCVAR", "SRCSEQ", "_record"]].values.tolist() == [["1", "AE", "AESTDTC", 2.0, "AE:2"], ["2", "VS", "VSDTC", 5.0, "VS:5"]]


def test_nothing_after_the_cut_off_counts_and_of_one_date_the_first_listed_domain():
    alive = find_last_alive(read_proofs({"VS": VS, "AE": AE}), "2024-05-15")
    assert alive["_record"].tolist() == ["VS:2", "VS:5"]


def test_a_visit_that_did_not_occur_and_the_date_of_loss_prove_nothing():
    visits = domain("SV", ("1", "2024-03-01"), ("1", "2024-04-01"), SVOCCUR=["Y", "N"])
    ends = domain("DS", ("1", "2024-06-01"), DSDECOD=["LOST TO FOLLOW-UP"])
    assert find_last_alive(read_proofs({"SV": visits, "DS": ends}), "")["_record"].tolist() == ["SV:1"]


@pytest.mark.parametrize(("death", "date", "flag"), [
    ("2024-06-20", "2024-06-20", ""),
    ("2024-06", "2024-06-01", "D"),
    ("2024-04", "2024-04-02", "D"),                # not before the subject was known to be alive
    ("2024", "2024-04-02", "M"),
])
def test_a_partial_date_of_death_is_the_first_that_it_can_be(death, date, flag):
    made = find_death(dm(death), find_last_alive(read_proofs({"VS": VS}), ""))
    assert [(row["ADT"].date().isoformat(), row["ADTF"]) for row in made.to_dict("records")] == [(date, flag)]


def test_a_death_of_an_unknown_year_has_no_date_and_is_a_finding():
    alive = find_last_alive(read_proofs({"VS": VS}), "")
    with collect_findings() as findings:
        assert find_death(dm(""), alive).empty and find_death(dm("", flag=""), alive).empty
    assert [one.rule for one in findings] == ["mapping.death_without_date"]


EVENTS = DatasetSpec.model_validate({"name": "AE", "label": "AE", "class": "EVENTS", "structure": "One record", "standard": "SDTMIG 3.4", "keys": [],
                                     "variables": {"USUBJID": {"name": "USUBJID", "label": "Subject", "type": "Char"}}})
CONTACTS = domain("SS", ("1", "2024-04-02"), ("1", "2024-05"), ("1", "2024-06-01"), SSTESTCD=["LSCFADTC"] * 3)
ENDS = domain("DS", ("1", "2024-04-02"), ("1", "2024-06-30"), DSDECOD=["COMPLETED", "DEATH"])


@pytest.mark.parametrize(("death", "records"), [
    ("2024-05-31", ["SS:3"]), ("2024-06-01", []), ("2024-06", []), ("2024-05", ["SS:3"]), ("2024", []),
    ("2024-04-01", ["SS:1", "SS:3", "DS:1"]), ("", [])])
def test_a_contact_or_an_end_of_the_study_after_death_is_a_finding(death, records):
    with collect_findings() as findings:
        check_dates_after_death(read_proofs({"SS": CONTACTS, "DS": ENDS}), dm(death))
    assert [one.record for one in findings] == records and {one.rule for one in findings} <= {"mapping.date_after_death"}


def test_a_record_of_which_the_chronology_of_sdtm_says_that_it_is_after_death_has_no_second_finding():
    with collect_findings() as findings:
        check_dates_after_death(read_proofs({"VS": VS, "AE": AE}), dm("2024-01-15"))
        assert findings == []
        check_death(AE, dm("2024-01-15"), EVENTS)
    assert {one.rule for one in findings} == {"mapping.date_after_death"}


def test_shuffled_rows_give_the_same_result():
    expected = find_last_alive(read_proofs({"VS": VS, "AE": AE}), "")
    shuffled = find_last_alive(read_proofs({"VS": VS.sample(frac=1, random_state=1), "AE": AE.sample(frac=1, random_state=2)}), "")
    pd.testing.assert_frame_equal(shuffled, expected)


def test_empty_domains_prove_nothing():
    assert find_last_alive(read_proofs({"VS": VS[:0]}), "").empty

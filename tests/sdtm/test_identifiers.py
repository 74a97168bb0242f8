"""Laws of identifiers: one subject one name, and sequence numbers that do not depend on the order of an export."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdisckit.findings import collect_findings
from sdtm.identifiers import check_subjects, derive_seq, derive_studyid, derive_usubjid, make_usubjid
from specs.load import StudySpecs
from specs.model import DatasetSpec, StudyFacts

FACTS = {"STUDYID": "S1", "title": "T", "protocol": "P", "created": "2025-01-01T00:00:00", "subject_form": "DM",
         "SITEID": "SITE",
         "SUBJID": "SUBJ", "forms": {"DM": {"file": "dm.csv"}}}


def text(*values: str) -> pd.Series:
    return pd.Series(values, dtype="str")


def make_study(*usubjid: str) -> StudySpecs:
    return StudySpecs(Path(), StudyFacts.model_validate({**FACTS, "USUBJID": list(usubjid)}), {}, {})


def make_spec(name: str, *keys: str) -> DatasetSpec:
    facts = {"name": name, "label": name, "class": "FINDINGS", "structure": "One record per test", "keys": list(keys)}
    return DatasetSpec.model_validate({**facts, "standard": "SDTMIG 3.4", "variables": {}})


# --- subjects --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("parts", "expected"), [
    (["STUDYID", "SITE", "SUBJ"], ["S1-701-1015", "S1-702-0007"]),       # the study's identifier, and raw fields
    (["01", "SITE", "SUBJ"], ["01-701-1015", "01-702-0007"]),            # any other part stands for itself
    (["STUDYID", "SUBJ"], ["S1-1015", "S1-0007"]),
    (["SUBJ"], ["1015", "0007"]),                                        # numbers are names: no zero is lost
])
def test_usubjid_is_its_parts_joined_by_hyphens(parts: list[str], expected: list[str]) -> None:
    made = make_usubjid(text("701", "702"), text("1015", "0007"), make_study(*parts))
    assert list(made) == expected and made.dtype == "str"


def test_study_and_subject_of_every_record_of_none_and_in_any_order() -> None:
    study = make_study("STUDYID", "SITE", "SUBJ")
    data = pd.DataFrame({"_SITEID": text("701", "701", "702"), "_SUBJID": text("1015", "1016", "0007")})
    data = data.set_axis([5, 3, 9])
    made = derive_usubjid(derive_studyid(data, study), study)
    assert list(made["STUDYID"]) == ["S1"] * 3 and list(made.index) == [5, 3, 9]
    assert list(made["USUBJID"]) == ["S1-701-1015", "S1-701-1016", "S1-702-0007"]
    pd.testing.assert_frame_equal(derive_usubjid(derive_studyid(data.iloc[::-1], study), study).iloc[::-1], made)
    empty = derive_usubjid(derive_studyid(data.iloc[:0], study), study)
    assert (empty["STUDYID"].dtype, empty["USUBJID"].dtype) == ("str", "str")
    with pytest.raises(KeyError, match="_SITEID"):
        derive_usubjid(data.drop(columns="_SITEID"), study)


def test_records_of_subjects_whom_dm_does_not_know_are_findings() -> None:
    dm = pd.DataFrame({"USUBJID": text("S1-1", "S1-2")})
    ae = pd.DataFrame({"USUBJID": text("S1-2", "S1-3", "S1-1", "S1-3"),
                       "_record": text("AE:2/1", "AE:3/1", "AE:1/1", "AE:3/2")})
    with collect_findings() as findings:
        check_subjects(ae, dm, "AE")
        check_subjects(ae.iloc[:0], dm, "AE")
    assert [(found.rule, found.severity, found.dataset, found.value, found.record) for found in findings] == [
        ("mapping.unknown_subject", "error", "AE", "S1-3", "AE:3/1"),
        ("mapping.unknown_subject", "error", "AE", "S1-3", "AE:3/2")]


# --- sequence numbers ------------------------------------------------------------------------------------------------

VS = make_spec("VS", "USUBJID", "VSTESTCD", "VISITNUM", "VSDTC")
ROWS = [                       # subject, test, visit, date, raw record -> the number
    ("A", "DIABP", 2.0, "2024-03-10", "VS:A/2", 3),
    ("A", "DIABP", 1.0, "2024-03-01", "VS:A/1", 1),
    ("A", "WEIGHT", 1.0, "2024-03-01", "VS:A/1", 5),
    ("A", "DIABP", 10.0, "2024-05-01", "VS:A/9", 4),       # visits sort as numbers
    ("B", "WEIGHT", 1.0, "2024-03-01", "VS:B/1", 2),
    ("B", "DIABP", 1.0, "2024-03-01", "VS:B/1", 1),
    ("A", "DIABP", 1.0, "2024-03-01", "VS:A/1#2", 2),      # equal keys: the raw record decides
    ("A", "WEIGHT", float("nan"), "2024-01-01", "VS:A/0", 6),
]


def seq_table() -> pd.DataFrame:
    data = pd.DataFrame([row[:5] for row in ROWS], columns=["USUBJID", "VSTESTCD", "VISITNUM", "VSDTC", "_record"])
    return data.astype({name: "str" for name in data if name != "VISITNUM"})


def test_sequence_numbers_run_from_one_in_each_subject_in_the_order_of_the_keys() -> None:
    made = derive_seq(seq_table(), VS)
    expected = sorted((row[0], float(row[5]), row[4]) for row in ROWS)
    assert list(zip(made["USUBJID"], made["VSSEQ"], made["_record"], strict=True)) == expected
    assert list(made.index) == list(range(len(ROWS)))


@given(order=st.permutations(range(len(ROWS))))
@settings(max_examples=40, deadline=None)
def test_sequence_numbers_do_not_depend_on_the_order_of_the_export(order: list[int]) -> None:
    pd.testing.assert_frame_equal(derive_seq(seq_table().iloc[order], VS), derive_seq(seq_table(), VS))


def test_a_key_that_the_data_lack_or_the_number_itself_does_not_order() -> None:
    spec = make_spec("VS", "USUBJID", "VSSEQ", "VSTESTCD", "VISITNUM", "VSDTC", "VSLOC")
    pd.testing.assert_frame_equal(derive_seq(derive_seq(seq_table(), VS), spec), derive_seq(seq_table(), VS))


def test_sequence_numbers_of_no_records_and_without_a_column() -> None:
    assert derive_seq(seq_table().iloc[:0], VS)["VSSEQ"].dtype == "float64"
    for name in ("USUBJID", "_record"):
        with pytest.raises(KeyError, match=name):
            derive_seq(seq_table().drop(columns=name), VS)


@pytest.mark.cases("06_raw_to_sdtm.json", "seq-pub")
def test_sequence_numbers_as_worked(case: dict[str, Any]) -> None:
    given, parameters = pd.DataFrame(case["given"]["tgt_dat"]), case["parameters"]
    subject = parameters.get("sbj_vars", ["STUDYID", "USUBJID"])[-1]       # an associated person's subject is RSUBJID
    data = given.rename(columns={subject: "USUBJID"}).assign(_record=[f"X/{number}" for number in range(len(given))])
    keys = ["USUBJID" if key == subject else key for key in parameters["rec_vars"]]
    made = derive_seq(data, make_spec(given["DOMAIN"][0], *keys)).rename(columns={"USUBJID": subject})
    expected = pd.DataFrame(case["expect"]["data"])
    pd.testing.assert_frame_equal(made[expected.columns], expected, check_dtype=False)

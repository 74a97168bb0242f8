"""The record of a finding is found by its key, with the record before and after it of the same subject."""

import pandas as pd

from cdisckit.findings import Finding
from validation.records import gather_records

VS = pd.DataFrame({
    "USUBJID": ["1", "1", "1", "2", "2"], "VSSEQ": [1.0, 2.0, 10.0, 1.0, 2.0], "VSSTRESN": [120.5, float("nan"), 80, 7, 8], "VISIT": ["C 1", "", "", "", ""],
    "VSDT": pd.to_datetime(["2020-01-01", None, None, None, None]), "_record": ["r"] * 5})


def gathered(*keys, frame=VS, dataset="VS"):
    return gather_records([(number, Finding("rules", "r.x", "error", dataset, key)) for number, key in enumerate(keys)], {"VS": frame}.get)


def test_the_record_stands_between_its_neighbours_of_the_same_subject():
    found = gathered("USUBJID=1 VSSEQ=10")["VS"]
    assert found["columns"] == ["USUBJID", "VSSEQ", "VSSTRESN", "VISIT", "VSDT"]
    assert found["at"] == {0: 2}
    assert found["rows"] == {1: ["1", "2", "", "", ""], 2: ["1", "10", "80", "", ""]}


def test_findings_whose_keys_have_other_names_are_found_too_and_a_row_stands_once():
    found = gathered("USUBJID=1 VISIT=C 1", "USUBJID=1 VSSEQ=1", "VSSTRESN=8")["VS"]
    assert found["at"] == {0: 0, 1: 0, 2: 4} and sorted(found["rows"]) == [0, 1, 3, 4]
    assert found["rows"][0] == ["1", "1", "120.5", "C 1", "2020-01-01"]


def test_a_key_of_several_records_is_its_first():
    assert gathered("USUBJID=2")["VS"]["at"] == {0: 3}


def test_a_finding_without_a_record_has_no_row():
    assert gathered("USUBJID=9 VSSEQ=1", "", "VSFOO=1", "nothing") == {}
    assert gathered("USUBJID=1", dataset="XX") == gathered("USUBJID=1", frame=VS.iloc[:0]) == gathered() == {}


def test_a_dataset_without_subjects_has_neighbours_too():
    frame = pd.DataFrame({"TSPARMCD": ["A", "B", "C"]})
    assert gathered("TSPARMCD=B", frame=frame)["VS"]["rows"] == {0: ["A"], 1: ["B"], 2: ["C"]}

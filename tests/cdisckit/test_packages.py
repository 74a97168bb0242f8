"""Datasets of others are read from XPT and Dataset-JSON; a file that is none is an error finding, never silence."""

import json
from datetime import datetime

import pandas as pd
import pytest

from cdisckit.errors import RawDataError
from cdisckit.packages import package_of_files
from transport import Column, write_xpt

CREATED = datetime(2026, 1, 2)
COLUMNS = [Column("STUDYID", "Study Identifier", "Char", 3), Column("USUBJID", "Unique Subject Identifier", "Char", 4),
           Column("AGE", "Age", "Num", 8)]
FRAME = pd.DataFrame({"STUDYID": ["X", "X"], "USUBJID": ["1001", "1002"], "AGE": [61.0, None]}).astype(
    {"STUDYID": "str", "USUBJID": "str"})


@pytest.fixture
def sdtm(tmp_path):
    folder = tmp_path / "sdtm"
    folder.mkdir()
    write_xpt(FRAME, folder / "dm.xpt", "DM", "Demographics", COLUMNS, CREATED)
    return folder


def rules_of(findings):
    return [(finding.rule, finding.severity, finding.file) for finding in findings]


def test_a_folder_of_transport_files_is_a_package(sdtm):
    package, findings = package_of_files(sdtm, None)
    assert findings == [] and list(package.tables) == ["DM"]
    table = package["DM"]
    assert (table.model, table.label, table.file, len(table)) == ("SDTM", "Demographics", "dm.xpt", 2)
    assert [(v.name, v.type, v.length) for v in table.variables] == [("STUDYID", "Char", 3), ("USUBJID", "Char", 4), ("AGE", "Num", 8)]


@pytest.mark.parametrize(("name", "content", "rule"), [
    ("ae.csv", b"USUBJID\n1001\n", "package.no_dataset"),
    ("ae.xpt", b"USUBJID,AETERM\n1001,HEADACHE\n", "package.unreadable_file"),
    ("ae.xpt", b"", "package.unreadable_file"),
    ("ae.json", b"{}", "package.unreadable_file"),
    ("ae.ndjson", b"[" * 100_000, "package.unreadable_file"),
])
def test_a_file_that_is_no_dataset_is_an_error_and_the_others_are_read(sdtm, name, content, rule):
    (sdtm / name).write_bytes(content)
    package, findings = package_of_files(sdtm, None)
    assert list(package.tables) == ["DM"]
    assert rules_of(findings) == [(rule, "error", name)]


def test_every_cut_of_a_transport_file_is_read_or_reported(sdtm):
    whole = (sdtm / "dm.xpt").read_bytes()
    for size in range(0, len(whole), 97):
        (sdtm / "ae.xpt").write_bytes(whole[:size])
        _, findings = package_of_files(sdtm, None)
        assert [rule for rule, _, _ in rules_of(findings)] in (["package.unreadable_file"], ["package.dataset_twice"])


def test_text_that_is_no_utf8_is_read_and_said(sdtm):
    write_xpt(FRAME.assign(STUDYID="é"), sdtm / "ae.xpt", "AE", "Adverse Events", COLUMNS, CREATED, encoding="cp1252")
    package, findings = package_of_files(sdtm, None)
    assert rules_of(findings) == [("package.encoding", "warning", "ae.xpt")]
    assert package["AE"]["STUDYID"].tolist() == ["é", "é"]


def test_a_dataset_that_is_there_twice_is_an_error(sdtm):
    columns = [{"name": "USUBJID", "label": "Unique Subject Identifier", "dataType": "string"}]
    (sdtm / "dm.json").write_text(json.dumps({"name": "DM", "label": "Demographics", "columns": columns, "rows": []}))
    _, findings = package_of_files(sdtm, None)
    assert rules_of(findings) == [("package.dataset_twice", "error", "dm.xpt")]


def test_a_folder_without_datasets_stops(tmp_path):
    with pytest.raises(RawDataError, match="the folder of ADaM is not there"):
        package_of_files(None, tmp_path / "adam")
    (tmp_path / "ae.csv").write_text("USUBJID\n")
    with pytest.raises(RawDataError, match="has no dataset"):
        package_of_files(tmp_path, None)
    (tmp_path / "ae.xpt").write_text("USUBJID\n")
    with pytest.raises(RawDataError, match="none of the files could be read"):
        package_of_files(tmp_path, None)


def test_the_trial_summary_states_the_version_of_the_guide(sdtm):
    columns = [Column("TSPARMCD", "Code", "Char", 8), Column("TSVAL", "Value", "Char", 10)]
    frame = pd.DataFrame({"TSPARMCD": ["TITLE", "SDTIGVER"], "TSVAL": ["A study", "3.4"]}, dtype="str")
    write_xpt(frame, sdtm / "ts.xpt", "TS", "Trial Summary", columns, CREATED)
    package, _ = package_of_files(sdtm, None)
    assert package.standards == {"SDTMIG": "3.4"}

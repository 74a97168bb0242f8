"""Dataset-JSON 1.1 gives the dataset that a transport file would give, and says where a file is none."""

import json

import pandas as pd
import pytest

from cdisckit.errors import RawDataError
from transport import read_dataset_json

COLUMNS = [{"itemOID": "IT.USUBJID", "name": "USUBJID", "label": "Unique Subject Identifier", "dataType": "string", "length": 4},
           {"itemOID": "IT.AGE", "name": "AGE", "label": "Age", "dataType": "integer"},
           {"itemOID": "IT.DOSE", "name": "DOSE", "label": "Dose", "dataType": "decimal"},
           {"itemOID": "IT.RFSTDTC", "name": "RFSTDTC", "label": "Start", "dataType": "date"},
           {"itemOID": "IT.TRTSDT", "name": "TRTSDT", "label": "Start, number", "dataType": "date", "targetDataType": "integer",
            "displayFormat": "DATE9."}]
ROWS = [["1001", 61, "0.5", "2014-01", "2014-01-02"], ["1002", None, None, None, None]]
HEAD = {"datasetJSONCreationDateTime": "2026-01-02T03:04:05", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.DM",
        "records": 2, "name": "DM", "label": "Demographics", "columns": COLUMNS}


def written(path, head=HEAD, rows=ROWS):
    if path.suffix == ".ndjson":
        path.write_text("\n".join(json.dumps(line) for line in [head, *rows]) + "\n", encoding="utf-8")
    else:
        path.write_text(json.dumps({**head, "rows": rows}), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["dm.json", "dm.ndjson"])
def test_text_numbers_and_dates_arrive_as_from_a_transport_file(tmp_path, name):
    read = read_dataset_json(written(tmp_path / name))
    assert (read.name, read.label, read.created.year) == ("DM", "Demographics", 2026)
    assert read.frame["USUBJID"].tolist() == ["1001", "1002"]
    assert read.frame["AGE"].iloc[0] == 61 and pd.isna(read.frame["AGE"].iloc[1])
    assert read.frame["DOSE"].iloc[0] == 0.5
    assert read.frame["RFSTDTC"].tolist() == ["2014-01", ""]
    assert read.frame["TRTSDT"].iloc[0] == pd.Timestamp("2014-01-02") and pd.isna(read.frame["TRTSDT"].iloc[1])
    assert [(column.type, column.length, column.format) for column in read.columns] == [
        ("Char", 4, ""), ("Num", 8, ""), ("Num", 8, ""), ("Char", 7, ""), ("Num", 8, "DATE9.")]


@pytest.mark.parametrize(("change", "rows", "said"), [
    ({}, [["1001", 61]], "do not have 5 values"),
    ({}, [*ROWS, ROWS[0]], "says that it has 2 records and has 3"),
    ({}, [["1001", "x", None, None, None], ROWS[1]], "AGE is integer and has values that are no numbers"),
    ({}, [["1001", True, None, None, None], ROWS[1]], "AGE is integer and has values that are no numbers"),
    ({}, [["1001", 1, None, None, "2014-13-45"], ROWS[1]], "TRTSDT has values that are no date"),
    ({}, [["1001", 1, None, None, "2014-01-02T10:00+02:00"], ROWS[1]], "TRTSDT has values that are no date"),
    ({}, [["1001", float("nan"), None, None, None], ROWS[1]], "NaN is no JSON value"),
    ({}, [["1001", None, float("inf"), None, None], ROWS[1]], "Infinity is no JSON value"),
    ({}, [[7, 1, None, None, None], ROWS[1]], "USUBJID is string and has other values"),
    ({"columns": "x"}, ROWS, "columns is no list"),
    ({"columns": [{"name": "A", "dataType": "blob"}]}, ROWS, "columns that no Dataset-JSON has"),
])
def test_a_wrong_file_is_refused_with_the_record(tmp_path, change, rows, said):
    with pytest.raises(RawDataError, match=said) as caught:
        read_dataset_json(written(tmp_path / "dm.json", {**HEAD, **change}, rows))
    assert "dm.json" in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"a,b\n1,2\n", b"[1]", b"{}", b"[" * 200_000, b"\xff\xfe{"])
def test_what_is_no_dataset_json_is_refused(tmp_path, text):
    (tmp_path / "dm.json").write_bytes(text)
    with pytest.raises(RawDataError):
        read_dataset_json(tmp_path / "dm.json")


def test_an_empty_dataset_keeps_its_variables(tmp_path):
    read = read_dataset_json(written(tmp_path / "dm.json", {**HEAD, "records": 0}, []))
    assert len(read.frame) == 0 and list(read.frame) == [column["name"] for column in COLUMNS]


def test_a_fraction_of_a_second_is_kept(tmp_path):
    columns = [{"name": "ADTM", "label": "Date and time", "dataType": "datetime", "targetDataType": "integer"}]
    head = {**HEAD, "columns": columns, "records": 1}
    read = read_dataset_json(written(tmp_path / "pc.json", head, [["2014-01-02T10:00:00.25"]]))
    assert read.frame["ADTM"].iloc[0] == pd.Timestamp("2014-01-02T10:00:00.25")

"""Opening a delimited export: files that are refused, and headers that are told of."""

from unittest import mock

import pytest

import raw.cells
import raw.encoding
import raw.row_findings
from cdisckit.errors import RawDataError
from raw.delimited import open_export


def test_a_missing_file_is_refused_with_the_name_that_is_nearly_it(tmp_path):
    (tmp_path / "AE.csv").write_bytes(b"A,B\n")
    with pytest.raises(RawDataError) as error:
        open_export(tmp_path / "AE1.csv", "AE")
    assert str(error.value).startswith("there is no file AE1.csv; did you mean AE.csv?\n  at ")
    assert "fix: put the export there" in str(error.value)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RawDataError, match=f"^{tmp_path.name} is a folder, not an export"):
        open_export(tmp_path, "AE")


def test_a_file_of_no_bytes_is_refused(refusal, tmp_path):
    assert refusal(tmp_path, b"") == (
        "ae.csv is empty (0 bytes)\n  at ae.csv:1\n"
        "  fix: get the export again; a form without records still has its header line")


@pytest.mark.parametrize("data", [b"\n", b"\r\n  \r\n", b"\xef\xbb\xbf", b"\t\t\n,,\n", b"sep=,\n"])
def test_a_file_of_blanks_is_refused(refusal, tmp_path, data):
    assert refusal(tmp_path, data).startswith(
        "ae.csv has no header line: it holds nothing but blanks\n  at ae.csv:1\n  fix: ")


@pytest.mark.parametrize("head, what", [
    (b"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml", "an Excel workbook (XLSX)"),
    (b"PK\x03\x04\x14\x00\x00\x00\x08\x00ae.csv", "a ZIP archive"),
    (b"\x1f\x8b\x08\x00", "a gzip archive"),
    (b"BZh91AY", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"%PDF-1.7\n", "a PDF document"),
    (b"{\\rtf1\\ansi", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (XLS, DOC)"),
    (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS dataset (SAS7BDAT)"),
    (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "a SAS transport file (XPT)"),
    (b"$FL2@(#) SPSS DATA FILE", "an SPSS file (SAV)"),
    (b"<stata_dta><header>", "a Stata file (DTA)"),
    (b"PAR1\x15\x04", "a Parquet file"),
    (b"\xef\xbb\xbf<?xml version='1.0'?>", "an XML document"),
    (b"\n <!DOCTYPE html><html>", "a web page"),
    (b"<HTML><body>Log in", "a web page")])
def test_a_file_that_is_not_text_is_refused_as_what_it_looks_like(refusal, tmp_path, head, what):
    text = refusal(tmp_path, head + b"\nA,B\n1,2\n")
    assert text.startswith(f"ae.csv is not a delimited text file: it is {what}\n  at ae.csv:1\n  fix: ")


def test_names_that_appear_twice_are_refused_with_their_places(refusal, tmp_path):
    assert refusal(tmp_path, b"A,B, A,C,B\n1,2,3,4,5\n") == (
        "columns with the same name: which one is meant cannot be known\n"
        "  - A: columns 1, 3\n  - B: columns 2, 5\n  at ae.csv:1\n"
        "  fix: ask for an export in which every column has a name of its own")


def test_columns_without_a_name_are_refused_with_their_places(refusal, tmp_path):
    assert refusal(tmp_path, b'A,,"",  ,E\n1,2,3,4,5\n') == (
        "3 of 5 columns have no name\n  - column 2\n  - column 3\n  - column 4\n  at ae.csv:1\n"
        "  fix: name them in the header, or delete the delimiter too many in every line")


def test_the_header_is_refused_with_the_line_that_it_stands_on(refusal, tmp_path):
    assert "\n  at ae.csv:4\n" in refusal(tmp_path, b"sep=,\n\n,,\nA,B,A\n1,2,3\n")


def test_a_column_with_the_name_of_the_line_is_refused(refusal, tmp_path):
    assert refusal(tmp_path, b"A,_line\n1,2\n") == (
        "a column is called _line, the name kept for the line of a record\n  at ae.csv:1\n  fix: rename the column")


@pytest.mark.parametrize("data", [b"A,B\rC,D\n1,2,3\n", b"A,B\x00\n1,2\n", b"A,\x01\x02\x03,C\n1,2,3\n"])
def test_a_header_with_control_characters_is_refused(refusal, tmp_path, data):
    text = refusal(tmp_path, data)
    assert text.startswith("the header holds control characters: not a text file, or its line ends are mixed\n  - '")
    assert "\n  at ae.csv:1\n" in text


def test_a_line_without_end_is_refused(refusal, tmp_path):
    with mock.patch.object(raw.cells, "BATCH", 64), mock.patch.object(raw.cells, "CELL_LIMIT", 1 << 20):
        text = refusal(tmp_path, b"A,B\n1,x\n" + b"x" * (5 << 20) + b"\n")
    assert text.startswith("a line is longer than 4 MB: this is no delimited text\n  at ae.csv:3\n")


def test_an_encoding_that_does_not_exist_is_refused(refusal, tmp_path):
    for name in ("utf-88", "rot13"):
        text = refusal(tmp_path, b"A,B\n", encoding=name)
        assert text.startswith(f"there is no text encoding '{name}'\n  at ae.csv\n  fix: ")


@pytest.mark.parametrize("delimiter", ["||", "", "\n", "\uff0c"])
def test_a_delimiter_that_is_not_one_ascii_character_is_refused(refusal, tmp_path, delimiter):
    assert refusal(tmp_path, b"A,B\n", delimiter=delimiter).startswith(
        f"the delimiter {delimiter!r} is not one ASCII character\n  at ae.csv\n")


def test_blanks_around_names_are_taken_off_and_told(read, told, tmp_path):
    export, _, findings = read(tmp_path, b"A , B,C\n1,2,3\n")
    assert export.columns == ("A", "B", "C")
    assert told(findings) == [("raw.header_blanks", "notice", 1, "", "'A ', ' B'")]


def test_names_that_differ_by_case_are_two_columns_and_told(read, told, tmp_path):
    export, _, findings = read(tmp_path, b"Subject,SUBJECT,AGE\n1,2,3\n")
    assert export.columns == ("Subject", "SUBJECT", "AGE")
    assert told(findings) == [("raw.header_case", "warning", 1, "", "Subject, SUBJECT")]


def test_a_header_without_any_known_delimiter_is_one_column_and_told(read, told, tmp_path):
    export, frame, findings = read(tmp_path, b"A~B\n1~2\n3~4\n")
    assert export.columns == ("A~B",) and export.delimiter == "," and frame["A~B"].tolist() == ["1~2", "3~4"]
    assert told(findings) == [("raw.one_column", "warning", 1, "", "A~B")]


def test_a_header_without_records_gives_one_empty_block_and_is_told(read, told, tmp_path):
    for data in (b"A,B\n", b"A,B"):
        _, frame, findings = read(tmp_path, data)
        assert len(frame) == 0 and list(frame.columns) == ["A", "B", "_line"] and frame["A"].dtype == "str"
        assert told(findings) == [("raw.no_records", "warning", 1, "", "")]

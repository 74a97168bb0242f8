"""Reading one delimited export: the laws of a good file, and what every kind of bad file is told."""

import csv
import io
import tracemalloc
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raw.cells
import raw.encoding
import raw.row_findings
from cdisckit.errors import RawDataError
from cdisckit.findings import Finding, FindingWarning, collect_findings
from raw.delimited import open_export

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "raw"


def read(folder, data, *, rows=50_000, name="ae.csv", **options):
    """The export, all its records and its findings."""
    path = folder / name
    path.write_bytes(data)
    with collect_findings() as findings:
        export = open_export(path, "AE", **options)
        frame = pd.concat(list(export.blocks(rows)), ignore_index=True)
    return export, frame, findings


def cells(frame):
    """The records as lists, the line last; a missing cell is None."""
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.itertuples(index=False, name=None)]


def told(findings):
    assert all(each.source == "raw" and each.dataset == "AE" and each.file == "ae.csv" for each in findings)
    return [(each.rule, each.severity, each.line, each.variable, each.value) for each in findings]


def refusal(folder, data, **options):
    """The text of the error that a file is refused with."""
    with pytest.raises(RawDataError) as error:
        read(folder, data, **options)
    return str(error.value)


# ---- good files ----------------------------------------------------------------------------------------------------

def test_every_cell_is_the_text_in_the_file(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C,D,E,F,G\nNA,NULL,01,1.10,1e5,TRUE, x \nnan,None,-0,007,+1,false,#N/A\n")
    assert cells(frame) == [["NA", "NULL", "01", "1.10", "1e5", "TRUE", " x ", 2],
                            ["nan", "None", "-0", "007", "+1", "false", "#N/A", 3]]
    assert not findings


def test_columns_are_str_in_file_order_and_the_line_is_an_integer(tmp_path):
    export, frame, _ = read(tmp_path, b"Z,A\n1,2\n")
    assert list(frame.columns) == ["Z", "A", "_line"] and export.columns == ("Z", "A")
    assert [frame[name].dtype for name in frame] == [pd.StringDtype(na_value=np.nan)] * 2 + [np.dtype("int64")]


def test_a_quoted_empty_cell_is_empty_and_an_unquoted_one_is_missing(tmp_path):
    _, frame, _ = read(tmp_path, b'A,B,C\n1,"",\n2,,""\n,"x",""\n')
    assert cells(frame) == [["1", "", None, 2], ["2", None, "", 3], [None, "x", "", 4]]


def test_a_file_that_quotes_everything_has_no_missing_cell(tmp_path):
    _, frame, findings = read(tmp_path, b'"A","B"\r\n"1",""\r\n"","2"\r\n')
    assert cells(frame) == [["1", "", 2], ["", "2", 3]] and not findings


def test_quotes_within_a_quoted_cell_are_doubled(tmp_path):
    _, frame, _ = read(tmp_path, b'A,B\n"he said ""ouch""",""""\n"""x","y"""\n"","a"""""\n')
    assert cells(frame) == [['he said "ouch"', '"', 2], ['"x', 'y"', 3], ["", 'a""', 4]]


def test_a_delimiter_or_a_line_end_within_quotes_is_text(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,"a,b\r\nc\nd\re"\n2,x\n')
    assert cells(frame) == [["1", "a,b\r\nc\nd\re", 2], ["2", "x", 5]] and not findings


def test_the_line_is_where_the_record_starts_however_many_lines_cells_have(tmp_path):
    data = b'A,"B\nb"\n1,"x\n\n\ny"\n2,z\n"3\n",w\n4,v\n'
    export, frame, _ = read(tmp_path, data)
    assert export.columns == ("A", "B\nb") and frame["_line"].tolist() == [3, 7, 8, 10]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lf_crlf_and_cr_all_end_a_line(tmp_path, end):
    data = end.join([b"A,B", b'1,"x"', b'"2",', b"3,z", b""])
    _, frame, findings = read(tmp_path, data)
    assert cells(frame) == [["1", "x", 2], ["2", None, 3], ["3", "z", 4]] and not findings


def test_the_last_line_needs_no_line_end(tmp_path):
    for end in (b"", b"\n", b"\r\n"):
        _, frame, findings = read(tmp_path, b'A,B\n1,x\n2,"y"' + end)
        assert cells(frame) == [["1", "x", 2], ["2", "y", 3]] and not findings


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e"])
def test_no_other_character_ends_a_line(tmp_path, char):
    _, frame, _ = read(tmp_path, f"A,B\n1,x{char}y\n2,z\n".encode())
    assert cells(frame) == [["1", f"x{char}y", 2], ["2", "z", 3]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    rows = [["ID", "TERM", "DOSE"], ["1", '"a,b;c|d"', "1"], ["2", '"x"', '"1,5"'], ["3", "", "2"]]
    export, frame, findings = read(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows).encode())
    assert export.delimiter == delimiter and frame["TERM"].tolist()[:2] == ["a,b;c|d", "x"] and not findings


def test_decimal_commas_do_not_make_a_comma_the_delimiter(tmp_path):
    export, frame, _ = read(tmp_path, b"Height, cm;Weight, kg;Sex\n170,5;60,1;F\n181,0;75,3;M\n")
    assert export.delimiter == ";" and frame["Weight, kg"].tolist() == ["60,1", "75,3"]


def test_a_given_delimiter_is_taken(tmp_path):
    export, frame, findings = read(tmp_path, b"A^B,b\n1^2,2\n", delimiter="^")
    assert export.columns == ("A", "B,b") and cells(frame) == [["1", "2,2", 2]] and not findings


def test_an_apostrophe_that_wraps_cells_is_the_quote(tmp_path):
    export, frame, _ = read(tmp_path, b"'A','B'\n'1','x, y'\n'2','it''s'\n")
    assert export.quotechar == "'" and cells(frame) == [["1", "x, y", 2], ["2", "it's", 3]]
    export, frame, _ = read(tmp_path, b"A,B\n1,'x'\n2,'y'\n")
    assert export.quotechar == "'" and frame["B"].tolist() == ["x", "y"]


def test_an_apostrophe_in_text_is_no_quote(tmp_path):
    export, frame, findings = read(tmp_path, b"A,B\n'tis,x\n'normal',y\ndon't,'z\n")
    assert export.quotechar == '"' and frame["A"].tolist() == ["'tis", "'normal'", "don't"] and not findings


def test_apostrophes_within_every_cell_of_a_column_do_not_wrap_it(tmp_path):
    export, frame, findings = read(tmp_path, b"A,B\n1,don't\n2,can't\n3,won't\n")
    assert export.quotechar == '"' and frame["B"].tolist() == ["don't", "can't", "won't"] and not findings


def test_excel_s_line_sep_gives_the_delimiter_and_is_no_record(tmp_path):
    export, frame, findings = read(tmp_path, b"sep=;\r\nA,a;B\r\n1;2,0\r\n")
    assert export.columns == ("A,a", "B") and cells(frame) == [["1", "2,0", 3]]
    assert told(findings) == [("raw.sep_line", "notice", 1, "", "sep=;")]


def test_a_cell_of_ten_megabytes_is_one_cell(tmp_path):
    text = b"0123456789\n" * 1_000_000
    _, frame, findings = read(tmp_path, b'A,B\n1,"' + text + b'"\n2,x\n')
    assert len(frame["B"][0]) == len(text) and cells(frame)[1] == ["2", "x", 1_000_003] and not findings


def test_blocks_have_the_rows_asked_for_and_the_last_one_the_rest(tmp_path):
    path = tmp_path / "ae.csv"
    path.write_bytes(b"A,B\n" + b"1,x\n" * 7)
    assert [len(block) for block in open_export(path, "AE").blocks(3)] == [3, 3, 1]
    with pytest.raises(ValueError, match="at least one row, not 0"):
        open_export(path, "AE").blocks(0)


def test_memory_grows_with_the_block_and_not_with_the_file(tmp_path):
    path = tmp_path / "ae.csv"
    path.write_bytes(b"A,B\n" + b"1,some text of a record\n" * 400_000)
    peaks = []
    with mock.patch.object(raw.cells, "BATCH", 1 << 16), mock.patch.object(raw.encoding, "CHUNK", 1 << 16):
        for _ in open_export(path, "AE").blocks(1000):          # imports and caches
            break
        tracemalloc.start()
        for _ in open_export(path, "AE").blocks(1000):
            peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert len(peaks) == 400 and peaks[-1] < path.stat().st_size / 4


def test_reading_twice_gives_the_same_records_and_the_same_findings(tmp_path):
    data = b'A,B\n1,x,9\n\n2\n3,5" y\n4,\x00\n'
    (_, first, told_first), (_, second, told_second) = read(tmp_path, data), read(tmp_path, data)
    pd.testing.assert_frame_equal(first, second)
    assert told_first == told_second


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufdd0")
                | st.sampled_from('",;\n\r\'| '), max_size=8)
rows_of_texts = st.lists(st.lists(st.none() | texts, min_size=3, max_size=3), max_size=12)


@settings(deadline=None)
@given(rows_of_texts, st.sampled_from(["\n", "\r\n"]), st.sampled_from(",;\t|"), st.integers(1, 40))
def test_what_was_written_is_read(tmp_path_factory, rows, end, delimiter, size):
    rows = [row for row in rows if any(cell and cell.strip() for cell in row)]
    text = delimiter.join("XYZ") + end
    for row in rows:
        text += delimiter.join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) + end
    folder = tmp_path_factory.mktemp("written")
    with mock.patch.object(raw.cells, "BATCH", size), mock.patch.object(raw.encoding, "CHUNK", size):
        _, frame, findings = read(folder, text.encode(), encoding="utf-8", delimiter=delimiter, quotechar='"')
    assert [row[:-1] for row in cells(frame)] == rows
    assert {finding.rule for finding in findings} <= {"raw.no_records"}


@settings(deadline=None)
@given(st.text(st.sampled_from('ab",\n'), max_size=60))
def test_cells_of_a_well_formed_file_are_those_that_python_s_own_reader_finds(tmp_path_factory, text):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([["X", "Y"], *zip(text[::2], text[1::2] + "a", strict=False)])
    _, frame, _ = read(tmp_path_factory.mktemp("csv"), written.getvalue().encode(), delimiter=",", quotechar='"')
    expected = [row for row in csv.reader(io.StringIO(written.getvalue(), newline="")) if any(map(str.strip, row))]
    assert [[cell or "" for cell in row[:-1]] for row in cells(frame)] == expected[1:]


broken_texts = st.text(st.sampled_from('abcd",\n\r '), max_size=80)


@settings(deadline=None)
@given(broken_texts, st.integers(1, 30))
def test_the_size_of_what_is_read_at_a_time_never_shows(tmp_path_factory, text, size):
    folder = tmp_path_factory.mktemp("sizes")
    data = ("X,Y\n" + text).encode()
    _, whole, findings = read(folder, data, delimiter=",", quotechar='"')
    with mock.patch.object(raw.cells, "BATCH", size), mock.patch.object(raw.encoding, "CHUNK", size):
        _, pieces, findings_again = read(folder, data, delimiter=",", quotechar='"')
    pd.testing.assert_frame_equal(whole, pieces)
    assert sorted(findings) == sorted(findings_again)


@settings(deadline=None)
@given(broken_texts)
def test_no_letter_of_a_broken_file_is_lost_or_moved_to_a_record_that_starts_below_it(tmp_path_factory, text):
    data = ("X,Y\n" + text).encode()
    _, frame, findings = read(tmp_path_factory.mktemp("broken"), data, delimiter=",", quotechar='"')
    beyond = "".join(each.value for each in findings if "; the cells beyond it are " in each.message)
    kept = "".join(cell for row in cells(frame) for cell in row[:-1] if cell) + beyond
    assert sorted(filter(str.isalpha, kept)) == sorted(filter(str.isalpha, text))
    lines = ("X,Y\n" + text).split("\n")
    for row in cells(frame):
        letters = "".join(filter(str.isalpha, "".join(cell or "" for cell in row[:-1])))
        assert letters in "".join(filter(str.isalpha, "".join(lines[row[-1] - 1:])))


@pytest.mark.parametrize("name, shape, options", [
    ("lzzt_cdash/AE.csv", (1272, 33), {}), ("lzzt_cdash/VS.csv", (8211, 39), {}), ("lzzt_cdash/DM.csv", (306, 10), {}),
    ("rave/VITAL.csv", (10, 40), {"end_marker": "EOF"}), ("redcap/longitudinal/data.csv", (18, 125), {}),
    ("redcap/clinical-trial-1/data.csv", (500, 13), {})])
def test_real_exports_are_read_as_python_s_own_reader_reads_them(name, shape, options):
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"the real export {name} is not at hand")
    with collect_findings() as findings:
        export = open_export(path, "X", **options)
        frame = pd.concat(list(export.blocks(1000)), ignore_index=True)
    with path.open(encoding="utf-8", newline="") as file:
        expected = [row for row in csv.reader(file) if row != ["EOF"]]
    assert frame.drop(columns="_line").shape == shape and not findings
    assert list(export.columns) == expected[0]
    assert [[cell or "" for cell in row[:-1]] for row in cells(frame)] == expected[1:]


# ---- files that are refused ----------------------------------------------------------------------------------------

def test_a_missing_file_is_refused_with_the_name_that_is_nearly_it(tmp_path):
    (tmp_path / "AE.csv").write_bytes(b"A,B\n")
    with pytest.raises(RawDataError) as error:
        open_export(tmp_path / "AE1.csv", "AE")
    assert str(error.value).startswith("there is no file AE1.csv; did you mean AE.csv?\n  at ")
    assert "fix: put the export there" in str(error.value)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RawDataError, match=f"^{tmp_path.name} is a folder, not an export"):
        open_export(tmp_path, "AE")


def test_a_file_of_no_bytes_is_refused(tmp_path):
    assert refusal(tmp_path, b"") == (
        "ae.csv is empty (0 bytes)\n  at ae.csv:1\n"
        "  fix: get the export again; a form without records still has its header line")


@pytest.mark.parametrize("data", [b"\n", b"\r\n  \r\n", b"\xef\xbb\xbf", b"\t\t\n,,\n", b"sep=,\n"])
def test_a_file_of_blanks_is_refused(tmp_path, data):
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
def test_a_file_that_is_not_text_is_refused_as_what_it_looks_like(tmp_path, head, what):
    text = refusal(tmp_path, head + b"\nA,B\n1,2\n")
    assert text.startswith(f"ae.csv is not a delimited text file: it is {what}\n  at ae.csv:1\n  fix: ")


def test_names_that_appear_twice_are_refused_with_their_places(tmp_path):
    assert refusal(tmp_path, b"A,B, A,C,B\n1,2,3,4,5\n") == (
        "columns with the same name: which one is meant cannot be known\n"
        "  - A: columns 1, 3\n  - B: columns 2, 5\n  at ae.csv:1\n"
        "  fix: ask for an export in which every column has a name of its own")


def test_columns_without_a_name_are_refused_with_their_places(tmp_path):
    assert refusal(tmp_path, b'A,,"",  ,E\n1,2,3,4,5\n') == (
        "3 of 5 columns have no name\n  - column 2\n  - column 3\n  - column 4\n  at ae.csv:1\n"
        "  fix: name them in the header, or delete the delimiter too many in every line")


def test_the_header_is_refused_with_the_line_that_it_stands_on(tmp_path):
    assert "\n  at ae.csv:4\n" in refusal(tmp_path, b"sep=,\n\n,,\nA,B,A\n1,2,3\n")


def test_a_column_with_the_name_of_the_line_is_refused(tmp_path):
    assert refusal(tmp_path, b"A,_line\n1,2\n") == (
        "a column is called _line, the name kept for the line of a record\n  at ae.csv:1\n  fix: rename the column")


@pytest.mark.parametrize("data", [b"A,B\rC,D\n1,2,3\n", b"A,B\x00\n1,2\n", b"A,\x01\x02\x03,C\n1,2,3\n"])
def test_a_header_with_control_characters_is_refused(tmp_path, data):
    text = refusal(tmp_path, data)
    assert text.startswith("the header holds control characters: not a text file, or its line ends are mixed\n  - '")
    assert "\n  at ae.csv:1\n" in text


def test_a_line_without_end_is_refused(tmp_path):
    with mock.patch.object(raw.cells, "BATCH", 64), mock.patch.object(raw.cells, "CELL_LIMIT", 1 << 20):
        text = refusal(tmp_path, b"A,B\n1,x\n" + b"x" * (5 << 20) + b"\n")
    assert text.startswith("a line is longer than 4 MB: this is no delimited text\n  at ae.csv:3\n")


def test_an_encoding_that_does_not_exist_is_refused(tmp_path):
    for name in ("utf-88", "rot13"):
        text = refusal(tmp_path, b"A,B\n", encoding=name)
        assert text.startswith(f"there is no text encoding '{name}'\n  at ae.csv\n  fix: ")


@pytest.mark.parametrize("delimiter", ["||", "", "\n", "\uff0c"])
def test_a_delimiter_that_is_not_one_ascii_character_is_refused(tmp_path, delimiter):
    assert refusal(tmp_path, b"A,B\n", delimiter=delimiter).startswith(
        f"the delimiter {delimiter!r} is not one ASCII character\n  at ae.csv\n")


# ---- headers with findings -----------------------------------------------------------------------------------------

def test_blanks_around_names_are_taken_off_and_told(tmp_path):
    export, _, findings = read(tmp_path, b"A , B,C\n1,2,3\n")
    assert export.columns == ("A", "B", "C")
    assert told(findings) == [("raw.header_blanks", "notice", 1, "", "'A ', ' B'")]


def test_names_that_differ_by_case_are_two_columns_and_told(tmp_path):
    export, _, findings = read(tmp_path, b"Subject,SUBJECT,AGE\n1,2,3\n")
    assert export.columns == ("Subject", "SUBJECT", "AGE")
    assert told(findings) == [("raw.header_case", "warning", 1, "", "Subject, SUBJECT")]


def test_a_header_without_any_known_delimiter_is_one_column_and_told(tmp_path):
    export, frame, findings = read(tmp_path, b"A~B\n1~2\n3~4\n")
    assert export.columns == ("A~B",) and export.delimiter == "," and frame["A~B"].tolist() == ["1~2", "3~4"]
    assert told(findings) == [("raw.one_column", "warning", 1, "", "A~B")]


def test_a_header_without_records_gives_one_empty_block_and_is_told(tmp_path):
    for data in (b"A,B\n", b"A,B"):
        _, frame, findings = read(tmp_path, data)
        assert len(frame) == 0 and list(frame.columns) == ["A", "B", "_line"] and frame["A"].dtype == "str"
        assert told(findings) == [("raw.no_records", "warning", 1, "", "")]


# ---- records with findings -----------------------------------------------------------------------------------------

def test_a_row_too_long_is_kept_and_shows_what_has_no_column(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\n2,pain, left arm,mild\n3,y\n")
    assert cells(frame) == [["1", "x", 2], ["2", "pain", 3], ["3", "y", 4]]
    assert told(findings) == [("raw.ragged_row", "error", 3, "", " left arm,mild")]
    assert findings[0].message == ("4 cells where the header has 2; the cells beyond it are in no column, "
                                   "and the others may stand in a wrong one")
    assert findings[0].fix == "put quotes around the text that holds a delimiter"


def test_a_row_that_is_too_long_by_empty_cells_loses_nothing(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,x,\n2,y,"",\n')
    assert cells(frame) == [["1", "x", 2], ["2", "y", 3]]
    assert told(findings) == [("raw.ragged_row", "warning", 2, "", ""), ("raw.ragged_row", "warning", 3, "", ",")]


def test_a_row_too_short_is_kept_and_its_absent_cells_are_missing(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C\n1,x,y\n2,z\n3,u,v\n")
    assert cells(frame) == [["1", "x", "y", 2], ["2", "z", None, 3], ["3", "u", "v", 4]]
    assert told(findings) == [("raw.ragged_row", "error", 3, "", "2,z")]
    assert findings[0].message == "2 cells where the header has 3; read from the left, the rest is missing"


def test_a_line_end_in_a_text_without_quotes_makes_two_short_rows(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C\n1,pain in\nthe arm,y\n")
    assert cells(frame) == [["1", "pain in", None, 2], ["the arm", "y", None, 3]]
    assert [(each.rule, each.line) for each in findings] == [("raw.ragged_row", 2), ("raw.ragged_row", 3)]


def test_findings_of_one_kind_are_listed_up_to_a_limit_and_then_counted(tmp_path):
    with mock.patch.object(raw.row_findings, "SHOWN", 3):
        _, frame, findings = read(tmp_path, b"A,B\n" + b"1,x,y\n" * 10)
    assert len(frame) == 10
    assert told(findings) == [*[("raw.ragged_row", "error", line, "", "y") for line in (2, 3, 4)],
                              ("raw.ragged_row", "error", 5, "", "7")]
    assert findings[-1].message == "not listed one by one: 7 more findings of this kind, from this line on"


def test_many_warnings_do_not_hide_an_error_of_the_same_rule(tmp_path):
    with mock.patch.object(raw.row_findings, "SHOWN", 2):
        _, _, findings = read(tmp_path, b"A,B\n" + b"1,x,\n" * 5 + b"2\n")
    assert told(findings) == [("raw.ragged_row", "warning", 2, "", ""), ("raw.ragged_row", "warning", 3, "", ""),
                              ("raw.ragged_row", "error", 7, "", "2"), ("raw.ragged_row", "warning", 4, "", "3")]


def test_rows_without_text_are_skipped_and_told_with_their_lines(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n\n1,x,y\n,,\n  \n"","",""\n " ",,\n2,,\n,,0\n\n')
    assert frame["_line"].tolist() == [3, 7, 8, 9]
    assert told(findings)[-1] == ("raw.blank_row", "notice", 2, "", "lines 2, 4, 5, 6, 10")
    assert findings[-1].message == "skipped: 5 rows without any text"


def test_a_long_list_of_lines_is_cut_and_counted(tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n" + b"\n" * 30 + b"1,2\n")
    assert findings[0].value == f"lines {', '.join(map(str, range(2, 22)))} and 10 more"


def test_blank_lines_above_the_header_are_skipped_and_told(tmp_path):
    export, frame, findings = read(tmp_path, b"\n\nA,B\n1,x\n")
    assert export.header_line == 3 and cells(frame) == [["1", "x", 4]]
    assert told(findings) == [("raw.blank_row", "notice", 1, "", "lines 1, 2")]


# ---- quotes with findings ------------------------------------------------------------------------------------------

def test_a_quote_within_an_unquoted_cell_is_text(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,5" needle\n2,x"\r\n3,"y"\n')
    assert cells(frame) == [["1", '5" needle', 2], ["2", 'x"', 3], ["3", "y", 4]]
    assert told(findings) == [("raw.stray_quote", "warning", 2, "B", '5" needle'),
                              ("raw.stray_quote", "warning", 3, "B", 'x"')]


def test_a_blank_before_a_quote_makes_it_text(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1, "x"\n2,y\n')
    assert cells(frame) == [["1", ' "x"', 2], ["2", "y", 3]]
    assert told(findings) == [("raw.stray_quote", "warning", 2, "B", ' "x"')]


def test_quotes_that_are_not_doubled_are_text_up_to_the_one_that_closes(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n1,"he said "ouch, twice" today",x\n2,"a"b,y\n3,z,"w"\n')
    assert cells(frame)[0] == ["1", 'he said "ouch, twice" today', "x", 2]
    assert told(findings)[0] == ("raw.broken_quotes", "error", 2, "B", '"he said "ouch, twice" today"')
    assert cells(frame)[-1] == ["3", "z", "w", 4]


def test_a_lost_closing_quote_does_not_swallow_the_records_below(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n1,"x,y\n2,"z",u\n3,"v",w\n')
    assert cells(frame) == [["1", '"x', "y", 2], ["2", "z", "u", 3], ["3", "v", "w", 4]]
    assert told(findings) == [("raw.unclosed_quote", "error", 2, "B", '"x')]


def test_a_quote_that_is_open_when_the_file_ends_is_told_where_it_opened(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,x\n2,"long\ntext\n3,y\n')
    assert cells(frame) == [["1", "x", 2], ["2", '"long', 3], ["text", None, 4], ["3", "y", 5]]
    assert told(findings) == [("raw.unclosed_quote", "error", 3, "B", '"long'),
                              ("raw.ragged_row", "error", 4, "", "text")]


def test_a_quote_is_not_waited_for_longer_than_the_longest_cell(tmp_path):
    data = b'A,B\n1,"x\n' + b"2,some text\n" * 5000 + b'3,"y"\n'
    with mock.patch.object(raw.cells, "BATCH", 256), mock.patch.object(raw.cells, "CELL_LIMIT", 4096), \
            mock.patch.object(raw.encoding, "CHUNK", 256):
        _, frame, findings = read(tmp_path, data)
    assert len(frame) == 5002 and cells(frame)[-1] == ["3", "y", 5003]
    assert told(findings) == [("raw.unclosed_quote", "error", 2, "B", '"x')]


def test_a_quote_before_a_line_end_of_another_kind_does_not_close(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,"x"\ry\n2,z\n')
    assert cells(frame) == [["1", '"x"\ry', 2], ["2", "z", 3]]
    assert told(findings) == [("raw.unclosed_quote", "error", 2, "B", '"x"\ry')]


def test_a_doubtful_quote_in_the_header_is_told(tmp_path):
    export, _, findings = read(tmp_path, b'A,HEIGHT "\n1,x\n')
    assert export.columns == ("A", 'HEIGHT "')
    assert told(findings) == [("raw.stray_quote", "warning", 1, 'HEIGHT "', 'HEIGHT "')]


# ---- files that are cut short --------------------------------------------------------------------------------------

def test_a_last_line_without_end_and_with_cells_lacking_is_a_file_cut_short(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C\n1,x,y\n2,tex")
    assert cells(frame) == [["1", "x", "y", 2], ["2", "tex", None, 3]]
    assert told(findings) == [("raw.truncated_file", "error", 3, "B", "tex")]
    assert findings[0].message == "the file is cut short: it ends after cell 2 of 3, without a line end"


def test_a_file_that_ends_within_quotes_is_cut_short(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n1,x,y\n2,"tex')
    assert cells(frame) == [["1", "x", "y", 2], ["2", '"tex', None, 3]]
    assert told(findings) == [("raw.unclosed_quote", "error", 3, "B", '"tex'),
                              ("raw.truncated_file", "error", 3, "B", '"tex')]


def test_the_end_marker_is_no_record(tmp_path):
    for marker in (b"EOF\n", b" EOF \n", b"EOF", b'"EOF"\r\n', b"EOF\r\n\r\n"):
        _, frame, findings = read(tmp_path, b"A,B\n1,x\n" + marker, end_marker="EOF")
        assert cells(frame) == [["1", "x", 2]]
        assert [each for each in findings if each.severity != "notice"] == []


def test_a_lacking_end_marker_is_a_file_cut_short(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\n2,y\n", end_marker="EOF")
    assert cells(frame) == [["1", "x", 2], ["2", "y", 3]]
    assert told(findings) == [("raw.missing_end_marker", "error", 3, "", "EOF")]
    assert findings[0].message == "the file is cut short: its last line is not EOF"


def test_records_after_the_end_marker_are_kept_and_told(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\nEOF\n2,y\n3,z\nEOF\n", end_marker="EOF")
    assert cells(frame) == [["1", "x", 2], ["2", "y", 4], ["3", "z", 5]]
    assert told(findings) == [("raw.after_end_marker", "error", 4, "", "lines 4, 5")]
    assert findings[0].message == "kept: 2 records after the end marker of line 3"


def test_a_marker_that_was_not_announced_is_a_short_row_with_advice(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\nEOF\n")
    assert told(findings) == [("raw.ragged_row", "error", 3, "", "EOF")]
    assert findings[0].fix == 'if EOF ends the export, as in Rave, give end_marker="EOF" for this file'
    assert len(frame) == 2


# ---- bytes and characters with findings ----------------------------------------------------------------------------

def test_a_byte_that_is_no_text_stays_visible_and_is_told_with_its_column(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,caf\xe9\n2,"a\n\x80\xff"\n', encoding="utf-8")
    assert cells(frame) == [["1", "caf\\xe9", 2], ["2", "a\n\\x80\\xff", 3]]
    assert told(findings) == [("raw.undecodable_byte", "error", 2, "B", "caf\\xe9"),
                              ("raw.undecodable_byte", "error", 3, "B", "a\n\\x80\\xff")]
    assert findings[0].message == "0xe9 is no text in utf-8; kept as it shows"
    assert findings[1].message == "0x80, 0xff is no text in utf-8; kept as it shows"


def test_a_forced_encoding_is_used_even_where_another_would_do(tmp_path):
    data = "A,B\n1,é\n".encode()
    export, frame, findings = read(tmp_path, data, encoding="cp1252")
    assert export.encoding == "cp1252" and frame["B"].tolist() == ["Ã©"] and not findings


def test_a_byte_that_a_chinese_file_cannot_have_is_told(tmp_path):
    _, frame, findings = read(tmp_path, "A,B\n1,头痛".encode("gb18030") + b"\xff\n2,x\n", encoding="gb18030")
    assert cells(frame) == [["1", "头痛\\xff", 2], ["2", "x", 3]]
    assert told(findings) == [("raw.undecodable_byte", "error", 2, "B", "头痛\\xff")]


def test_a_character_that_the_end_of_the_file_cuts_is_told(tmp_path):
    _, frame, findings = read(tmp_path, "A,B\n1,头痛发热\n2,恶心".encode()[:-1])
    assert cells(frame)[1] == ["2", "恶\\xe5\\xbf", 3]
    assert [(each.rule, each.severity, each.line) for each in findings] == [
        ("raw.encoding", "notice", 2), ("raw.undecodable_byte", "error", 3)]


def test_a_byte_that_is_no_text_in_the_header_is_told(tmp_path):
    export, frame, findings = read(tmp_path, b"A,Gr\xf6sse\n1,x\n", encoding="utf-8")
    assert export.columns == ("A", "Gr\\xf6sse") and list(frame.columns)[1] == "Gr\\xf6sse"
    assert told(findings) == [("raw.undecodable_byte", "error", 1, "Gr\\xf6sse", "Gr\\xf6sse")]


def test_text_that_looks_like_a_shown_byte_is_left_alone(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,\\xe9\n2,\xe9\n", encoding="utf-8")
    assert frame["B"].tolist() == ["\\xe9", "\\xe9"] and [each.line for each in findings] == [3]


def test_a_byte_order_mark_that_contradicts_the_forced_encoding_is_told(tmp_path):
    export, _, findings = read(tmp_path, b"\xef\xbb\xbfA,B\n1,x\n", encoding="cp1252")
    assert export.columns[0] == "ï»¿A"
    assert told(findings) == [("raw.encoding_contradicted", "warning", 1, "", "ef bb bf")]


@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig", "UTF8"])
def test_a_byte_order_mark_at_the_start_is_no_text(tmp_path, encoding):
    export, frame, findings = read(tmp_path, b"\xef\xbb\xbfA,B\n1,x\n", encoding=encoding)
    assert export.columns == ("A", "B") and cells(frame) == [["1", "x", 2]] and not findings


def test_a_byte_order_mark_in_mid_file_is_kept_and_told(tmp_path):
    _, frame, findings = read(tmp_path, b"\xef\xbb\xbfA,B\n1,x\n\xef\xbb\xbf2,y\n")
    assert cells(frame)[1] == ["\ufeff2", "y", 3]
    assert told(findings) == [("raw.byte_order_mark", "warning", 3, "A", "\\ufeff2")]


def test_a_zero_byte_is_kept_and_told(tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\x00\x00y\n2,z\n")
    assert cells(frame) == [["1", "x\x00\x00y", 2], ["2", "z", 3]]
    assert told(findings) == [("raw.nul_byte", "error", 2, "B", "x\\x00\\x00y")]
    assert findings[0].message == "a zero byte, the sign of a damaged file, U+0000, 2 times; kept"


@pytest.mark.parametrize("char, code", [("\x01", "U+0001"), ("\x0b", "U+000B"), ("\x0c", "U+000C"), ("\x1a", "U+001A"),
                                        ("\x7f", "U+007F"), ("\x85", "U+0085"), ("\x92", "U+0092")])
def test_a_control_character_is_kept_and_told(tmp_path, char, code):
    _, frame, findings = read(tmp_path, f'A,B\n1,"x{char}\ty"\n2,z\n'.encode())
    assert cells(frame) == [["1", f"x{char}\ty", 2], ["2", "z", 3]]
    assert [each[:4] for each in told(findings)] == [("raw.control_character", "warning", 2, "B")]
    assert findings[0].message == f"a control character, {code}; kept"


def test_a_line_end_of_another_kind_in_a_text_without_quotes_is_told(tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\r\n1,x\ry\r\n2,"u\rv"\r\n')
    assert cells(frame) == [["1", "x\ry", 2], ["2", "u\rv", 3]]
    assert told(findings) == [("raw.control_character", "warning", 2, "B", "x\\ry")]


def test_a_character_in_a_cell_beyond_the_header_is_told_by_its_place(tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n1,x,\x01\n")
    assert [(each.rule, each.variable) for each in findings] == [("raw.ragged_row", ""),
                                                                 ("raw.control_character", "column 3")]


def test_a_value_in_a_finding_is_cut_at_a_readable_length(tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n1,x," + b"y" * 5000 + b"\n")
    assert findings[0].value == "y" * 200 + "... (5000 characters)"


def test_a_finding_outside_of_a_build_becomes_a_warning(tmp_path):
    path = tmp_path / "ae.csv"
    path.write_bytes(b"A,B\n1,x,y\n")
    with pytest.warns(FindingWarning, match="raw.ragged_row: AE"):
        list(open_export(path, "AE").blocks())


def test_findings_name_the_file_and_not_the_folder(tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n1\n", name="AE 2024.csv")
    assert findings == [Finding("raw", "raw.ragged_row", "error", "AE", value="1", file="AE 2024.csv", line=2,
                                message="1 cell where the header has 2; read from the left, the rest is missing",
                                fix="look for a line end in a text without quotes, or for a delimiter that is lacking")]

"""Reading one delimited export: the laws of a good file."""

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
from cdisckit.findings import collect_findings
from raw.delimited import open_export

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "raw"


def test_every_cell_is_the_text_in_the_file(read, cells, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C,D,E,F,G\nNA,NULL,01,1.10,1e5,TRUE, x \nnan,None,-0,007,+1,false,#N/A\n")
    assert cells(frame) == [["NA", "NULL", "01", "1.10", "1e5", "TRUE", " x ", 2],
                            ["nan", "None", "-0", "007", "+1", "false", "#N/A", 3]]
    assert not findings


def test_columns_are_str_in_file_order_and_the_line_is_an_integer(read, tmp_path):
    export, frame, _ = read(tmp_path, b"Z,A\n1,2\n")
    assert list(frame.columns) == ["Z", "A", "_line"] and export.columns == ("Z", "A")
    assert [frame[name].dtype for name in frame] == [pd.StringDtype(na_value=np.nan)] * 2 + [np.dtype("int64")]


def test_a_quoted_empty_cell_is_empty_and_an_unquoted_one_is_missing(read, cells, tmp_path):
    _, frame, _ = read(tmp_path, b'A,B,C\n1,"",\n2,,""\n,"x",""\n')
    assert cells(frame) == [["1", "", None, 2], ["2", None, "", 3], [None, "x", "", 4]]


def test_a_file_that_quotes_everything_has_no_missing_cell(read, cells, tmp_path):
    _, frame, findings = read(tmp_path, b'"A","B"\r\n"1",""\r\n"","2"\r\n')
    assert cells(frame) == [["1", "", 2], ["", "2", 3]] and not findings


def test_quotes_within_a_quoted_cell_are_doubled(read, cells, tmp_path):
    _, frame, _ = read(tmp_path, b'A,B\n"he said ""ouch""",""""\n"""x","y"""\n"","a"""""\n')
    assert cells(frame) == [['he said "ouch"', '"', 2], ['"x', 'y"', 3], ["", 'a""', 4]]


def test_a_delimiter_or_a_line_end_within_quotes_is_text(read, cells, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,"a,b\r\nc\nd\re"\n2,x\n')
    assert cells(frame) == [["1", "a,b\r\nc\nd\re", 2], ["2", "x", 5]] and not findings


def test_the_line_is_where_the_record_starts_however_many_lines_cells_have(read, tmp_path):
    data = b'A,"B\nb"\n1,"x\n\n\ny"\n2,z\n"3\n",w\n4,v\n'
    export, frame, _ = read(tmp_path, data)
    assert export.columns == ("A", "B\nb") and frame["_line"].tolist() == [3, 7, 8, 10]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lf_crlf_and_cr_all_end_a_line(read, cells, tmp_path, end):
    data = end.join([b"A,B", b'1,"x"', b'"2",', b"3,z", b""])
    _, frame, findings = read(tmp_path, data)
    assert cells(frame) == [["1", "x", 2], ["2", None, 3], ["3", "z", 4]] and not findings


def test_the_last_line_needs_no_line_end(read, cells, tmp_path):
    for end in (b"", b"\n", b"\r\n"):
        _, frame, findings = read(tmp_path, b'A,B\n1,x\n2,"y"' + end)
        assert cells(frame) == [["1", "x", 2], ["2", "y", 3]] and not findings


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e"])
def test_no_other_character_ends_a_line(read, cells, tmp_path, char):
    _, frame, _ = read(tmp_path, f"A,B\n1,x{char}y\n2,z\n".encode())
    assert cells(frame) == [["1", f"x{char}y", 2], ["2", "z", 3]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read, tmp_path, delimiter):
    rows = [["ID", "TERM", "DOSE"], ["1", '"a,b;c|d"', "1"], ["2", '"x"', '"1,5"'], ["3", "", "2"]]
    export, frame, findings = read(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows).encode())
    assert export.delimiter == delimiter and frame["TERM"].tolist()[:2] == ["a,b;c|d", "x"] and not findings


def test_decimal_commas_do_not_make_a_comma_the_delimiter(read, tmp_path):
    export, frame, _ = read(tmp_path, b"Height, cm;Weight, kg;Sex\n170,5;60,1;F\n181,0;75,3;M\n")
    assert export.delimiter == ";" and frame["Weight, kg"].tolist() == ["60,1", "75,3"]


def test_a_given_delimiter_is_taken(read, cells, tmp_path):
    export, frame, findings = read(tmp_path, b"A^B,b\n1^2,2\n", delimiter="^")
    assert export.columns == ("A", "B,b") and cells(frame) == [["1", "2,2", 2]] and not findings


def test_an_apostrophe_that_wraps_cells_is_the_quote(read, cells, tmp_path):
    export, frame, _ = read(tmp_path, b"'A','B'\n'1','x, y'\n'2','it''s'\n")
    assert export.quotechar == "'" and cells(frame) == [["1", "x, y", 2], ["2", "it's", 3]]
    export, frame, _ = read(tmp_path, b"A,B\n1,'x'\n2,'y'\n")
    assert export.quotechar == "'" and frame["B"].tolist() == ["x", "y"]


def test_an_apostrophe_in_text_is_no_quote(read, tmp_path):
    export, frame, findings = read(tmp_path, b"A,B\n'tis,x\n'normal',y\ndon't,'z\n")
    assert export.quotechar == '"' and frame["A"].tolist() == ["'tis", "'normal'", "don't"] and not findings


def test_apostrophes_within_every_cell_of_a_column_do_not_wrap_it(read, tmp_path):
    export, frame, findings = read(tmp_path, b"A,B\n1,don't\n2,can't\n3,won't\n")
    assert export.quotechar == '"' and frame["B"].tolist() == ["don't", "can't", "won't"] and not findings


def test_excel_s_line_sep_gives_the_delimiter_and_is_no_record(read, cells, told, tmp_path):
    export, frame, findings = read(tmp_path, b"sep=;\r\nA,a;B\r\n1;2,0\r\n")
    assert export.columns == ("A,a", "B") and cells(frame) == [["1", "2,0", 3]]
    assert told(findings) == [("raw.sep_line", "notice", 1, "", "sep=;")]


def test_a_cell_of_ten_megabytes_is_one_cell(read, cells, tmp_path):
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


def test_reading_twice_gives_the_same_records_and_the_same_findings(read, tmp_path):
    data = b'A,B\n1,x,9\n\n2\n3,5" y\n4,\x00\n'
    (_, first, told_first), (_, second, told_second) = read(tmp_path, data), read(tmp_path, data)
    pd.testing.assert_frame_equal(first, second)
    assert told_first == told_second


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufdd0")
                | st.sampled_from('",;\n\r\'| '), max_size=8)
rows_of_texts = st.lists(st.lists(st.none() | texts, min_size=3, max_size=3), max_size=12)


@settings(deadline=None)
@given(rows_of_texts, st.sampled_from(["\n", "\r\n"]), st.sampled_from(",;\t|"), st.integers(1, 40))
def test_what_was_written_is_read(read, cells, tmp_path_factory, rows, end, delimiter, size):
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
def test_cells_of_a_well_formed_file_are_those_that_python_s_own_reader_finds(read, cells, tmp_path_factory, text):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([["X", "Y"], *zip(text[::2], text[1::2] + "a", strict=False)])
    _, frame, _ = read(tmp_path_factory.mktemp("csv"), written.getvalue().encode(), delimiter=",", quotechar='"')
    expected = [row for row in csv.reader(io.StringIO(written.getvalue(), newline="")) if any(map(str.strip, row))]
    assert [[cell or "" for cell in row[:-1]] for row in cells(frame)] == expected[1:]


broken_texts = st.text(st.sampled_from('abcd",\n\r '), max_size=80)


@settings(deadline=None)
@given(broken_texts, st.integers(1, 30))
def test_the_size_of_what_is_read_at_a_time_never_shows(read, tmp_path_factory, text, size):
    folder = tmp_path_factory.mktemp("sizes")
    data = ("X,Y\n" + text).encode()
    _, whole, findings = read(folder, data, delimiter=",", quotechar='"')
    with mock.patch.object(raw.cells, "BATCH", size), mock.patch.object(raw.encoding, "CHUNK", size):
        _, pieces, findings_again = read(folder, data, delimiter=",", quotechar='"')
    pd.testing.assert_frame_equal(whole, pieces)
    assert sorted(findings) == sorted(findings_again)


@settings(deadline=None)
@given(broken_texts)
def test_no_letter_of_a_broken_file_is_lost_or_moved_to_a_record_that_starts_below_it(read, cells, tmp_path_factory, text):
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
def test_real_exports_are_read_as_python_s_own_reader_reads_them(cells, name, shape, options):
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

"""What every kind of bad row, quote, end and character of a delimited export is told."""

from unittest import mock

import pytest

import raw.cells
import raw.encoding
import raw.row_findings
from cdisckit.findings import Finding, FindingWarning
from raw.delimited import open_export


def test_a_row_too_long_is_kept_and_shows_what_has_no_column(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\n2,pain, left arm,mild\n3,y\n")
    assert cells(frame) == [["1", "x", 2], ["2", "pain", 3], ["3", "y", 4]]
    assert told(findings) == [("raw.ragged_row", "error", 3, "", " left arm,mild")]
    assert findings[0].message == ("4 cells where the header has 2; the cells beyond it are in no column, "
                                   "and the others may stand in a wrong one")
    assert findings[0].fix == "put quotes around the text that holds a delimiter"


def test_a_row_that_is_too_long_by_empty_cells_loses_nothing(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,x,\n2,y,"",\n')
    assert cells(frame) == [["1", "x", 2], ["2", "y", 3]]
    assert told(findings) == [("raw.ragged_row", "warning", 2, "", ""), ("raw.ragged_row", "warning", 3, "", ",")]


def test_a_row_too_short_is_kept_and_its_absent_cells_are_missing(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C\n1,x,y\n2,z\n3,u,v\n")
    assert cells(frame) == [["1", "x", "y", 2], ["2", "z", None, 3], ["3", "u", "v", 4]]
    assert told(findings) == [("raw.ragged_row", "error", 3, "", "2,z")]
    assert findings[0].message == "2 cells where the header has 3; read from the left, the rest is missing"


def test_a_line_end_in_a_text_without_quotes_makes_two_short_rows(read, cells, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C\n1,pain in\nthe arm,y\n")
    assert cells(frame) == [["1", "pain in", None, 2], ["the arm", "y", None, 3]]
    assert [(each.rule, each.line) for each in findings] == [("raw.ragged_row", 2), ("raw.ragged_row", 3)]


def test_findings_of_one_kind_are_listed_up_to_a_limit_and_then_counted(read, told, tmp_path):
    with mock.patch.object(raw.row_findings, "SHOWN", 3):
        _, frame, findings = read(tmp_path, b"A,B\n" + b"1,x,y\n" * 10)
    assert len(frame) == 10
    assert told(findings) == [*[("raw.ragged_row", "error", line, "", "y") for line in (2, 3, 4)],
                              ("raw.ragged_row", "error", 5, "", "7")]
    assert findings[-1].message == "not listed one by one: 7 more findings of this kind, from this line on"


def test_many_warnings_do_not_hide_an_error_of_the_same_rule(read, told, tmp_path):
    with mock.patch.object(raw.row_findings, "SHOWN", 2):
        _, _, findings = read(tmp_path, b"A,B\n" + b"1,x,\n" * 5 + b"2\n")
    assert told(findings) == [("raw.ragged_row", "warning", 2, "", ""), ("raw.ragged_row", "warning", 3, "", ""),
                              ("raw.ragged_row", "error", 7, "", "2"), ("raw.ragged_row", "warning", 4, "", "3")]


def test_rows_without_text_are_skipped_and_told_with_their_lines(read, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n\n1,x,y\n,,\n  \n"","",""\n " ",,\n2,,\n,,0\n\n')
    assert frame["_line"].tolist() == [3, 7, 8, 9]
    assert told(findings)[-1] == ("raw.blank_row", "notice", 2, "", "lines 2, 4, 5, 6, 10")
    assert findings[-1].message == "skipped: 5 rows without any text"


def test_a_long_list_of_lines_is_cut_and_counted(read, tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n" + b"\n" * 30 + b"1,2\n")
    assert findings[0].value == f"lines {', '.join(map(str, range(2, 22)))} and 10 more"


def test_blank_lines_above_the_header_are_skipped_and_told(read, cells, told, tmp_path):
    export, frame, findings = read(tmp_path, b"\n\nA,B\n1,x\n")
    assert export.header_line == 3 and cells(frame) == [["1", "x", 4]]
    assert told(findings) == [("raw.blank_row", "notice", 1, "", "lines 1, 2")]


def test_a_quote_within_an_unquoted_cell_is_text(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,5" needle\n2,x"\r\n3,"y"\n')
    assert cells(frame) == [["1", '5" needle', 2], ["2", 'x"', 3], ["3", "y", 4]]
    assert told(findings) == [("raw.stray_quote", "warning", 2, "B", '5" needle'),
                              ("raw.stray_quote", "warning", 3, "B", 'x"')]


def test_a_blank_before_a_quote_makes_it_text(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1, "x"\n2,y\n')
    assert cells(frame) == [["1", ' "x"', 2], ["2", "y", 3]]
    assert told(findings) == [("raw.stray_quote", "warning", 2, "B", ' "x"')]


def test_quotes_that_are_not_doubled_are_text_up_to_the_one_that_closes(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n1,"he said "ouch, twice" today",x\n2,"a"b,y\n3,z,"w"\n')
    assert cells(frame)[0] == ["1", 'he said "ouch, twice" today', "x", 2]
    assert told(findings)[0] == ("raw.broken_quotes", "error", 2, "B", '"he said "ouch, twice" today"')
    assert cells(frame)[-1] == ["3", "z", "w", 4]


def test_a_lost_closing_quote_does_not_swallow_the_records_below(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n1,"x,y\n2,"z",u\n3,"v",w\n')
    assert cells(frame) == [["1", '"x', "y", 2], ["2", "z", "u", 3], ["3", "v", "w", 4]]
    assert told(findings) == [("raw.unclosed_quote", "error", 2, "B", '"x')]


def test_a_quote_that_is_open_when_the_file_ends_is_told_where_it_opened(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,x\n2,"long\ntext\n3,y\n')
    assert cells(frame) == [["1", "x", 2], ["2", '"long', 3], ["text", None, 4], ["3", "y", 5]]
    assert told(findings) == [("raw.unclosed_quote", "error", 3, "B", '"long'),
                              ("raw.ragged_row", "error", 4, "", "text")]


def test_a_quote_is_not_waited_for_longer_than_the_longest_cell(read, cells, told, tmp_path):
    data = b'A,B\n1,"x\n' + b"2,some text\n" * 5000 + b'3,"y"\n'
    with mock.patch.object(raw.cells, "BATCH", 256), mock.patch.object(raw.cells, "CELL_LIMIT", 4096), \
            mock.patch.object(raw.encoding, "CHUNK", 256):
        _, frame, findings = read(tmp_path, data)
    assert len(frame) == 5002 and cells(frame)[-1] == ["3", "y", 5003]
    assert told(findings) == [("raw.unclosed_quote", "error", 2, "B", '"x')]


def test_a_quote_before_a_line_end_of_another_kind_does_not_close(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,"x"\ry\n2,z\n')
    assert cells(frame) == [["1", '"x"\ry', 2], ["2", "z", 3]]
    assert told(findings) == [("raw.unclosed_quote", "error", 2, "B", '"x"\ry')]


def test_a_doubtful_quote_in_the_header_is_told(read, told, tmp_path):
    export, _, findings = read(tmp_path, b'A,HEIGHT "\n1,x\n')
    assert export.columns == ("A", 'HEIGHT "')
    assert told(findings) == [("raw.stray_quote", "warning", 1, 'HEIGHT "', 'HEIGHT "')]


def test_a_last_line_without_end_and_with_cells_lacking_is_a_file_cut_short(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B,C\n1,x,y\n2,tex")
    assert cells(frame) == [["1", "x", "y", 2], ["2", "tex", None, 3]]
    assert told(findings) == [("raw.truncated_file", "error", 3, "B", "tex")]
    assert findings[0].message == "the file is cut short: it ends after cell 2 of 3, without a line end"


def test_a_file_that_ends_within_quotes_is_cut_short(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B,C\n1,x,y\n2,"tex')
    assert cells(frame) == [["1", "x", "y", 2], ["2", '"tex', None, 3]]
    assert told(findings) == [("raw.unclosed_quote", "error", 3, "B", '"tex'),
                              ("raw.truncated_file", "error", 3, "B", '"tex')]


def test_the_end_marker_is_no_record(read, cells, tmp_path):
    for marker in (b"EOF\n", b" EOF \n", b"EOF", b'"EOF"\r\n', b"EOF\r\n\r\n"):
        _, frame, findings = read(tmp_path, b"A,B\n1,x\n" + marker, end_marker="EOF")
        assert cells(frame) == [["1", "x", 2]]
        assert [each for each in findings if each.severity != "notice"] == []


def test_a_lacking_end_marker_is_a_file_cut_short(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\n2,y\n", end_marker="EOF")
    assert cells(frame) == [["1", "x", 2], ["2", "y", 3]]
    assert told(findings) == [("raw.missing_end_marker", "error", 3, "", "EOF")]
    assert findings[0].message == "the file is cut short: its last line is not EOF"


def test_records_after_the_end_marker_are_kept_and_told(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\nEOF\n2,y\n3,z\nEOF\n", end_marker="EOF")
    assert cells(frame) == [["1", "x", 2], ["2", "y", 4], ["3", "z", 5]]
    assert told(findings) == [("raw.after_end_marker", "error", 4, "", "lines 4, 5")]
    assert findings[0].message == "kept: 2 records after the end marker of line 3"


def test_a_marker_that_was_not_announced_is_a_short_row_with_advice(read, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\nEOF\n")
    assert told(findings) == [("raw.ragged_row", "error", 3, "", "EOF")]
    assert findings[0].fix == 'if EOF ends the export, as in Rave, give end_marker="EOF" for this file'
    assert len(frame) == 2


def test_a_byte_that_is_no_text_stays_visible_and_is_told_with_its_column(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\n1,caf\xe9\n2,"a\n\x80\xff"\n', encoding="utf-8")
    assert cells(frame) == [["1", "caf\\xe9", 2], ["2", "a\n\\x80\\xff", 3]]
    assert told(findings) == [("raw.undecodable_byte", "error", 2, "B", "caf\\xe9"),
                              ("raw.undecodable_byte", "error", 3, "B", "a\n\\x80\\xff")]
    assert findings[0].message == "0xe9 is no text in utf-8; kept as it shows"
    assert findings[1].message == "0x80, 0xff is no text in utf-8; kept as it shows"


def test_a_forced_encoding_is_used_even_where_another_would_do(read, tmp_path):
    data = "A,B\n1,é\n".encode()
    export, frame, findings = read(tmp_path, data, encoding="cp1252")
    assert export.encoding == "cp1252" and frame["B"].tolist() == ["Ã©"] and not findings


def test_a_byte_that_a_chinese_file_cannot_have_is_told(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, "A,B\n1,头痛".encode("gb18030") + b"\xff\n2,x\n", encoding="gb18030")
    assert cells(frame) == [["1", "头痛\\xff", 2], ["2", "x", 3]]
    assert told(findings) == [("raw.undecodable_byte", "error", 2, "B", "头痛\\xff")]


def test_a_character_that_the_end_of_the_file_cuts_is_told(read, cells, tmp_path):
    _, frame, findings = read(tmp_path, "A,B\n1,头痛发热\n2,恶心".encode()[:-1])
    assert cells(frame)[1] == ["2", "恶\\xe5\\xbf", 3]
    assert [(each.rule, each.severity, each.line) for each in findings] == [
        ("raw.encoding", "notice", 2), ("raw.undecodable_byte", "error", 3)]


def test_a_byte_that_is_no_text_in_the_header_is_told(read, told, tmp_path):
    export, frame, findings = read(tmp_path, b"A,Gr\xf6sse\n1,x\n", encoding="utf-8")
    assert export.columns == ("A", "Gr\\xf6sse") and list(frame.columns)[1] == "Gr\\xf6sse"
    assert told(findings) == [("raw.undecodable_byte", "error", 1, "Gr\\xf6sse", "Gr\\xf6sse")]


def test_text_that_looks_like_a_shown_byte_is_left_alone(read, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,\\xe9\n2,\xe9\n", encoding="utf-8")
    assert frame["B"].tolist() == ["\\xe9", "\\xe9"] and [each.line for each in findings] == [3]


def test_a_byte_order_mark_that_contradicts_the_forced_encoding_is_told(read, told, tmp_path):
    export, _, findings = read(tmp_path, b"\xef\xbb\xbfA,B\n1,x\n", encoding="cp1252")
    assert export.columns[0] == "ï»¿A"
    assert told(findings) == [("raw.encoding_contradicted", "warning", 1, "", "ef bb bf")]


@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig", "UTF8"])
def test_a_byte_order_mark_at_the_start_is_no_text(read, cells, tmp_path, encoding):
    export, frame, findings = read(tmp_path, b"\xef\xbb\xbfA,B\n1,x\n", encoding=encoding)
    assert export.columns == ("A", "B") and cells(frame) == [["1", "x", 2]] and not findings


def test_a_byte_order_mark_in_mid_file_is_kept_and_told(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"\xef\xbb\xbfA,B\n1,x\n\xef\xbb\xbf2,y\n")
    assert cells(frame)[1] == ["\ufeff2", "y", 3]
    assert told(findings) == [("raw.byte_order_mark", "warning", 3, "A", "\\ufeff2")]


def test_a_zero_byte_is_kept_and_told(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b"A,B\n1,x\x00\x00y\n2,z\n")
    assert cells(frame) == [["1", "x\x00\x00y", 2], ["2", "z", 3]]
    assert told(findings) == [("raw.nul_byte", "error", 2, "B", "x\\x00\\x00y")]
    assert findings[0].message == "a zero byte, the sign of a damaged file, U+0000, 2 times; kept"


@pytest.mark.parametrize("char, code", [("\x01", "U+0001"), ("\x0b", "U+000B"), ("\x0c", "U+000C"), ("\x1a", "U+001A"),
                                        ("\x7f", "U+007F"), ("\x85", "U+0085"), ("\x92", "U+0092")])
def test_a_control_character_is_kept_and_told(read, cells, told, tmp_path, char, code):
    _, frame, findings = read(tmp_path, f'A,B\n1,"x{char}\ty"\n2,z\n'.encode())
    assert cells(frame) == [["1", f"x{char}\ty", 2], ["2", "z", 3]]
    assert [each[:4] for each in told(findings)] == [("raw.control_character", "warning", 2, "B")]
    assert findings[0].message == f"a control character, {code}; kept"


def test_a_line_end_of_another_kind_in_a_text_without_quotes_is_told(read, cells, told, tmp_path):
    _, frame, findings = read(tmp_path, b'A,B\r\n1,x\ry\r\n2,"u\rv"\r\n')
    assert cells(frame) == [["1", "x\ry", 2], ["2", "u\rv", 3]]
    assert told(findings) == [("raw.control_character", "warning", 2, "B", "x\\ry")]


def test_a_character_in_a_cell_beyond_the_header_is_told_by_its_place(read, tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n1,x,\x01\n")
    assert [(each.rule, each.variable) for each in findings] == [("raw.ragged_row", ""),
                                                                 ("raw.control_character", "column 3")]


def test_a_value_in_a_finding_is_cut_at_a_readable_length(read, tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n1,x," + b"y" * 5000 + b"\n")
    assert findings[0].value == "y" * 200 + "... (5000 characters)"


def test_a_finding_outside_of_a_build_becomes_a_warning(tmp_path):
    path = tmp_path / "ae.csv"
    path.write_bytes(b"A,B\n1,x,y\n")
    with pytest.warns(FindingWarning, match="raw.ragged_row: AE"):
        list(open_export(path, "AE").blocks())


def test_findings_name_the_file_and_not_the_folder(read, tmp_path):
    _, _, findings = read(tmp_path, b"A,B\n1\n", name="AE 2024.csv")
    assert findings == [Finding("raw", "raw.ragged_row", "error", "AE", value="1", file="AE 2024.csv", line=2,
                                message="1 cell where the header has 2; read from the left, the rest is missing",
                                fix="look for a line end in a text without quotes, or for a delimiter that is lacking")]

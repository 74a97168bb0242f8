"""findings.xlsx: the three sheets as reviewers know them, and nothing of the data is more than text."""

import re
import zipfile
from dataclasses import replace
from datetime import datetime

import pytest
from openpyxl import load_workbook

from cdisckit.findings import Finding
from validation import sort_findings, workbook
from validation.package import Verdict
from validation.workbook import write_workbook

CREATED = datetime(2025, 7, 31)
VERDICTS = [Verdict("rules", "rules.order", "error", "issues", findings=2, seconds=0.5, citation="SDTMIG 3.4, 4.4", title="order"),
            Verdict("core", "core.CORE-000002", "warning", "failed", "KeyError: RFSTDTC", seconds=2.25, dataset="AE"),
            Verdict("core", "core.CORE-000003", "warning", "passed")]


def finding(severity="error", rule="rules.order", dataset="AE", key="USUBJID=1 AESEQ=2", **more):
    texts = {"message": "it ends before it starts", "fix": "data management: query", **more}
    return Finding("rules", rule, severity, dataset, key, **texts)


def write(path, findings, verdicts=(), **more):
    given = {"title": "BAT: findings", "facts": {"Study": "BAT"}, "datasets": [("AE", "Adverse Events", 3, 4)], "created": CREATED, **more}
    write_workbook(sort_findings(findings), verdicts, path / "findings.xlsx", **given)
    return load_workbook(path / "findings.xlsx")


def rows(sheet):
    return [tuple("" if cell is None else cell for cell in row) for row in sheet.iter_rows(values_only=True)]


def table(sheet):
    """The rows below the header."""
    found = rows(sheet)
    return found[1 + next(at for at, row in enumerate(found) if row[0] in ("Dataset", "Rule") and len(set(row)) > 3):]


def test_the_details_have_one_row_a_finding_in_the_order_of_the_findings(tmp_path):
    given = [finding("warning", key="USUBJID=1 AESEQ=10"), finding(variable="AEENDTC", value="2023", record="AE:1/2", file="ae.csv", line=17)]
    signed = replace(finding(key="USUBJID=3"), waived="query 17", waived_by="data management", waived_until="2026-12-31")
    sheet = write(tmp_path, [*given, signed])["Details"]
    assert rows(sheet)[0] == ("Dataset", "Record", "Variable", "Value", "Severity", "Rule", "Message", "Who must do what", "Raw record", "Raw file",
                              "Line", "Source", "Waived because", "Waived by", "Waived until")
    said = ("it ends before it starts", "data management: query")
    assert table(sheet) == [
        ("AE", "USUBJID=1 AESEQ=2", "AEENDTC", "2023", "error", "rules.order", *said, "AE:1/2", "ae.csv", 17, "rules", "", "", ""),
        ("AE", "USUBJID=1 AESEQ=10", "", "", "warning", "rules.order", *said, "", "", "", "rules", "", "", ""),
        ("AE", "USUBJID=3", "", "", "waived", "rules.order", *said, "", "", "", "rules", "query 17", "data management", "2026-12-31")]


def test_the_summary_has_the_inputs_the_counts_and_one_row_a_dataset_and_rule_with_its_explanation(tmp_path):
    given = [finding(key="1"), finding(key="2"), finding(key="3", message="another wording"), finding("notice", "raw.field", "CM", fix="")]
    waived = [replace(finding(key="4"), waived="query 17", waived_by="data management", waived_until="2026-12-31"), replace(finding(key="5"), waived="why")]
    sheet = write(tmp_path, [*given, *waived], VERDICTS)["Summary"]
    head = {row[0]: row[1] for row in rows(sheet) if row[0]}
    assert rows(sheet)[0][0] == "BAT: findings" and head["Study"] == "BAT"
    assert (head["Datasets"], head["Findings"]) == ("1 with 3 records: AE", "3 error, 0 warning, 1 notice, 2 waived")
    assert head["Rules"] == "1 passed, 1 issues, 0 skipped, 1 failed, 0 timed out"
    assert "1 CHECKS GAVE NO ANSWER (failed, timed out or skipped): see the sheet Rules" in head
    assert table(sheet) == [
        ("AE", "rules.order", "it ends before it starts (and 1 other wordings, see Details)", "error", 3, "data management: query"),
        ("CM", "raw.field", "it ends before it starts", "notice", 1, ""),
        ("AE", "rules.order", "it ends before it starts", "waived", 1, "query 17 (data management, until 2026-12-31)"),
        ("AE", "rules.order", "it ends before it starts", "waived", 1, "why")]


def test_every_rule_is_in_the_sheet_rules_with_what_became_of_it(tmp_path):
    assert table(write(tmp_path, [], VERDICTS)["Rules"]) == [
        ("rules.order", "rules", "SDTMIG 3.4, 4.4", "error", "issues", "", 2, 0.5, "", "order"),
        ("core.CORE-000002", "core", "", "warning", "failed", "KeyError: RFSTDTC", 0, 2.25, "AE", ""),
        ("core.CORE-000003", "core", "", "warning", "passed", "", 0, 0, "", "")]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "=HYPERLINK(\"http://x\")", "http://example.org", "mailto:x@y", "007", "1e5",
                                   "TRUE", "'quoted", "<r><t>x</t></r>", "<r>broken", "a & b < c", " blank ", "two\nlines"])
def test_whatever_a_text_looks_like_it_is_text(tmp_path, value):
    book = write(tmp_path, [finding(value=value, variable="V", message=value, fix=value)], [Verdict("s", value, "error", "failed", value)], title=value,
                 facts={value: value})
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value).strip() == value.strip()]
    assert len(cells) >= 6 and {(cell.data_type, cell.hyperlink) for cell in cells} == {("s", None)}
    assert {cell.number_format for cell in cells} == {"@"}                   # a text that is edited stays a text
    sheets = [zipfile.ZipFile(tmp_path / "findings.xlsx").read(f"xl/worksheets/sheet{number}.xml") for number in (1, 2, 3)]
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)


@pytest.mark.parametrize("value, shown", [("a\x00b\x1f", "a\\x00b\\x1f"), ("\udc80", "\\udc80"), ("\ufffe", "\\ufffe"), ("tab\there", "tab\there")])
def test_a_character_that_xlsx_cannot_hold_is_shown_as_its_code(tmp_path, value, shown):
    assert table(write(tmp_path, [finding(value=value)])["Details"])[0][3] == shown


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path):
    shown = table(write(tmp_path, [finding(value="x" * 40_000)])["Details"])[0][3]
    assert len(shown) <= 32_767 and shown.endswith("x ... (cut, 40,000 characters)")


def test_findings_over_the_rows_of_a_sheet_are_counted_in_its_last_row(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "ROWS", 5)
    details = table(write(tmp_path, [finding(key=str(number)) for number in range(7)])["Details"])
    assert [row[1] for row in details[:4]] == ["0", "1", "2", "3"] and len(details) == 5
    assert details[4][0] == "3 MORE ARE NOT IN THIS SHEET, which is full: findings.json holds them all"
    assert len(table(write(tmp_path, [finding(key=str(number)) for number in range(5)])["Details"])) == 5


def test_the_same_findings_are_the_same_bytes_made_at_the_time_of_the_study(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert write(tmp_path / name, [finding()], VERDICTS).properties.created == CREATED
    assert (tmp_path / "one/findings.xlsx").read_bytes() == (tmp_path / "two/findings.xlsx").read_bytes()
    core = zipfile.ZipFile(tmp_path / "one/findings.xlsx").read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[^<]*", core)) == {"2025-07-31T00:00:00Z"}


def test_a_clean_study_has_a_workbook_too(tmp_path):
    book = write(tmp_path, [], datasets=[])
    assert book.sheetnames == ["Summary", "Details", "Rules"] and [table(sheet) for sheet in book] == [[], [], []]

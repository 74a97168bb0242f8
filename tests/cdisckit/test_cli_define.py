"""The commands about define.xml of others: define check and spec import --define."""

import csv
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdisckit.cli import app
from cdisckit.define_check import judge_define, shown_findings
from cdisckit.errors import SpecError
from cdisckit.findings import Finding

run = CliRunner().invoke
STUDY = str(Path(__file__).parents[1] / "data" / "infusion")


@pytest.fixture(scope="module")
def output(tmp_path_factory, demo_raw) -> Path:
    out = tmp_path_factory.mktemp("define") / "out"
    result = run(app, ["build", STUDY, "--raw", str(demo_raw), "--out", str(out), "--only", "DM,AE"])
    assert result.exit_code == 0, result.output
    return out


def test_define_check_judges_the_document_and_its_data(output, tmp_path):
    folder = Path(shutil.copytree(output / "sdtm", tmp_path / "sdtm"))
    define = folder / "define.xml"
    assert {finding.severity for finding in judge_define(define, folder)} <= {"notice", "warning"}
    define.write_text(define.read_text(encoding="utf-8").replace(
        'OID="IT.AE.AETERM" Name="AETERM" DataType="text" Length="', 'OID="IT.AE.AETERM" Name="AETERM" DataType="text" '
        'Length="1" v="'), encoding="utf-8")
    found = judge_define(define, folder)
    assert {finding.rule for finding in found if finding.severity == "error"} == {"define.XSD", "define.data_length"}
    assert [finding.value for finding in found if finding.rule == "define.not_taken"] != []
    result = run(app, ["define", "check", str(define), "--data", str(folder)])
    assert result.exit_code == 1
    assert "define.data_length" in result.output and "AE.AETERM" in result.output and "USUBJID=" in result.output


def test_define_check_passes_a_good_document(output):
    result = run(app, ["define", "check", str(output / "sdtm" / "define.xml")])
    assert (result.exit_code, "0 errors" in result.output) == (0, True), result.output


def test_data_that_cannot_be_read_are_a_finding(output, tmp_path):
    found = judge_define(output / "sdtm" / "define.xml", tmp_path)
    assert "define.data_unreadable" in {finding.rule for finding in found}


def test_an_xml_document_that_is_no_define_has_findings(tmp_path):
    (tmp_path / "define.xml").write_text("<html/>")
    assert {"define.unreadable", "define.XSD"} <= {finding.rule for finding in judge_define(tmp_path / "define.xml")}


def test_findings_are_shown_with_the_errors_first_and_counted():
    findings = [Finding("define", "define.A", "notice", "", message="a", file="define.xml", line=3),
                Finding("define", "define.B", "error", "AE", "AESEQ=1", "AETERM", message="b")]
    assert list(shown_findings(findings)) == [
        "error     define.B  AE.AETERM  AESEQ=1  b", "notice    define.A  define.xml:3  a",
        "2 findings: 1 errors, 0 warnings, 1 notices"]


def test_spec_import_makes_a_specification_of_define_xml(output, tmp_path):
    arguments = ["spec", "import", "--define", str(output / "sdtm" / "define.xml"), "--out", str(tmp_path / "study")]
    result = run(app, arguments)
    assert result.exit_code == 0, result.output
    assert "not imported: it follows from the data" in result.output
    assert (tmp_path / "study" / "specs" / "sdtm" / "ae.yaml").is_file()
    assert (tmp_path / "study" / "not_imported.csv").is_file()


@pytest.mark.parametrize("arguments", [[], ["spec.xlsx", "--define", "define.xml"]])
def test_spec_import_takes_a_workbook_or_define_xml(arguments, tmp_path):
    result = run(app, ["spec", "import", *arguments, "--out", str(tmp_path)])
    assert isinstance(result.exception, SpecError)


def test_spec_import_names_what_is_wrong_in_the_document(output, tmp_path):
    define = tmp_path / "define.xml"
    content = (output / "sdtm" / "define.xml").read_text(encoding="utf-8")
    define.write_text(content.replace('Repeating="Yes"', 'Repeating="often"', 1), encoding="utf-8")
    result = run(app, ["spec", "import", "--define", str(define), "--out", str(tmp_path / "study")])
    assert "errors of the document: define.XSD" in result.output
    rows = list(csv.DictReader((tmp_path / "study" / "define_problems.csv").read_text(encoding="utf-8").splitlines()))
    assert len([row for row in rows if "often" in row["problem"] and int(row["line"]) > 1]) >= 1


def test_spec_export_says_what_of_a_document_no_workbook_holds(output, tmp_path, xlsx):
    define, made = tmp_path / "define.xml", str(tmp_path / "made.xlsx")
    content = (output / "sdtm" / "define.xml").read_text(encoding="utf-8")
    define.write_text(content.replace('Mandatory="Yes"', 'Mandatory="often"', 1), encoding="utf-8")
    result = run(app, ["spec", "export", str(define), "--p21", made])
    assert (result.exit_code, 'left out: line' in result.output, "often" in result.output) == (1, True, True)
    assert run(app, ["spec", "export", str(output / "sdtm" / "define.xml"), "--p21", made]).exit_code == 0
    book = xlsx({"Define": [["Attribute", "Value"]], "Datasets": [["Dataset", "Label", "Key Variables"], ["AE", "Events", "NONE"]],
                 "Variables": [["Dataset", "Variable", "Label"], ["AE", "AETERM", "Term"]]}, "book.xlsm")
    result = run(app, ["spec", "export", str(book), "--p21", made])
    assert (result.exit_code, "left out: Datasets, row 2, Key Variables" in result.output) == (1, True)

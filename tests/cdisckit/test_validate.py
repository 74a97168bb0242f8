"""`validate` judges an output of ours, and datasets of others; what it cannot judge it says, and what it finds counts."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdisckit.cli import app
from cdisckit.errors import CdisckitError, RawDataError, SpecError
from cdisckit.validate import Options, validate_files
from transport import read_xpt, write_xpt
from validation.core import import_resources
from validation.findings import count_verdicts
from validation.rules import load_rules

STUDY = str(Path(__file__).parents[1] / "data" / "infusion")


@pytest.fixture
def theirs(demo, tmp_path):
    """A folder of SDTM datasets that somebody else made."""
    folder = tmp_path / "theirs"
    shutil.copytree(demo.out / "sdtm", folder)
    return folder


def rewrite(path, change):
    read = read_xpt(path)
    write_xpt(change(read.frame), path, read.name, read.label, read.columns, read.created)


def test_datasets_of_others_need_no_study(theirs, tmp_path):
    judged = validate_files(theirs, None, (), tmp_path / "report")
    assert len(judged.verdicts) >= len(load_rules())
    content = json.loads((tmp_path / "report" / "findings.json").read_text(encoding="utf-8"))
    assert len(content["findings"]) == len(judged.findings)
    assert (tmp_path / "report" / "findings.html").is_file()


def test_a_spoilt_value_is_found_at_its_record_and_ends_with_1(theirs, tmp_path):
    def spoil(frame):
        return frame.assign(AEENDTC=frame["AEENDTC"].where(frame.index != 0, "1999-01-01"))

    rewrite(theirs / "ae.xpt", spoil)
    result = CliRunner().invoke(app, ["validate", "--sdtm", str(theirs), "--out", str(tmp_path / "report")])
    assert result.exit_code == 1, result.output
    found = json.loads((tmp_path / "report" / "findings.json").read_text(encoding="utf-8"))["findings"]
    assert ("AE", "AEENDTC", "ae.xpt", 1, "1999-01-01") in [
        (f["dataset"], f["variable"], f["file"], f["line"], f["value"]) for f in found if f["rule"] == "dates.end_before_start"]


def test_a_file_that_is_no_dataset_is_named_and_the_others_are_judged(theirs, tmp_path):
    (theirs / "lb.csv").write_text("USUBJID\n")
    judged = validate_files(theirs, None, (), tmp_path / "report")
    assert [(f.rule, f.file) for f in judged.findings if f.source == "package"] == [("package.no_dataset", "lb.csv")]
    counts = count_verdicts(judged.verdicts)
    assert counts["passed"] + counts["issues"] > 0 and sum(counts.values()) == len(judged.verdicts)


def test_the_output_of_a_build_is_not_replaced_by_a_report(demo, theirs):
    with pytest.raises(CdisckitError, match="is the output of a build"):
        validate_files(theirs, None, (), demo.out)


def test_a_folder_that_is_not_there_stops_with_code_3(tmp_path):
    with pytest.raises(RawDataError, match="the folder of SDTM is not there"):
        validate_files(tmp_path / "nowhere", None, (), tmp_path / "report")


@pytest.mark.parametrize("arguments", [[], ["infusion", "--sdtm", "x"]])
def test_validate_wants_a_study_or_folders(arguments, tmp_path):
    result = CliRunner().invoke(app, ["validate", *arguments, "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, SpecError)


def test_a_dataset_that_is_not_the_one_that_was_built_is_an_error(demo, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(demo.out, out)
    rewrite(out / "sdtm" / "ae.xpt", lambda frame: frame.iloc[:1].reset_index(drop=True))
    (out / "sdtm" / "vs.xpt").unlink()
    result = CliRunner().invoke(app, ["validate", STUDY, "--out", str(out)])
    assert result.exit_code == 1, result.output
    found = json.loads((out / "findings.json").read_text(encoding="utf-8"))["findings"]
    assert sorted(f["message"] for f in found if f["rule"] == "package.changed_file") == [
        "sdtm/ae.xpt is not the file that was built", "sdtm/vs.xpt is gone"]


@pytest.mark.parametrize("text", [
    '<!DOCTYPE ODM [<!ENTITY a SYSTEM "file:///etc/passwd">]><ODM>&a;</ODM>',
    '<!DOCTYPE ODM [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><ODM>&b;</ODM>',
    "<ODM", "", "USUBJID,AETERM\n"])
def test_a_hostile_define_is_an_error_and_the_data_are_judged(theirs, tmp_path, text):
    (theirs / "define.xml").write_text(text, encoding="utf-8")
    judged = validate_files(theirs, None, (), tmp_path / "report")
    found = [finding for finding in judged.findings if finding.source == "define"]
    assert [(finding.rule, finding.severity) for finding in found] == [("define.unreadable", "error")]
    assert "root:" not in found[0].message
    assert [verdict.status for verdict in judged.verdicts if verdict.source == "define"] == ["failed"]
    assert count_verdicts(judged.verdicts)["passed"] > 0


OLD_RULE = """
Core: {Id: CORE-1, Status: Published}
Authorities: [{Organization: CDISC, Standards: [{Name: SDTMIG, Version: "3.2", References: []}]}]
Check: {all: [{name: AETERM, operator: empty}]}
"""
needs_engine = pytest.mark.skipif(find_spec("cdisc_rules_engine") is None, reason="the extra core is not installed")


@needs_engine
def test_core_resources_without_the_version_of_the_data_are_an_error_and_the_own_rules_are_reported(theirs, tmp_path):
    (tmp_path / "source" / "rules").mkdir(parents=True)
    (tmp_path / "source" / "rules" / "CORE-1.yml").write_text(OLD_RULE, encoding="utf-8")
    import_resources(tmp_path / "source", tmp_path / "resources")
    judged = validate_files(theirs, None, (), tmp_path / "report", Options(core_resources=tmp_path / "resources"))
    core = [verdict for verdict in judged.verdicts if verdict.source == "core"]
    assert [verdict.status for verdict in core] == ["failed"] and "sdtmig 3.2" in core[0].why.lower()
    assert [finding.severity for finding in judged.findings if finding.source == "core"] == ["error"]
    assert count_verdicts(judged.verdicts)["passed"] > 100 and (tmp_path / "report" / "findings.html").is_file()


@needs_engine
def test_core_resources_that_are_none_stop_before_anything_is_judged(theirs, tmp_path):
    said = []
    options = Options(core_resources=tmp_path, progress=lambda what, _done, _all: said.append(what))
    with pytest.raises(CdisckitError, match="is no folder of CORE resources"):
        validate_files(theirs, None, (), tmp_path / "report", options)
    assert said == ["reading"]


def test_transport_files_are_read_in_the_encoding_that_their_define_states(theirs, tmp_path):
    read, define = read_xpt(theirs / "ae.xpt"), (theirs / "define.xml").read_text(encoding="utf-8")
    frame = read.frame.assign(AETERM="恶心")
    write_xpt(frame, theirs / "ae.xpt", read.name, read.label, read.columns, read.created, encoding="gb18030")
    for stated, told in ("", True), ("XPT in GB18030. ", False):
        (theirs / "define.xml").write_text(define.replace(' Description="', f' Description="{stated}', 1), encoding="utf-8")
        judged = validate_files(theirs, None, (), tmp_path / f"report{told}")
        assert ("package.encoding" in {finding.rule for finding in judged.findings}) is told

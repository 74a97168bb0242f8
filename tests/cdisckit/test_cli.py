"""The command: its outputs and exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdisckit.cli import app, main

run = CliRunner().invoke
STUDY = str(Path(__file__).parents[1] / "data" / "infusion")


def test_help_shows_every_command_and_an_example():
    assert {"build", "validate", "define", "trace", "spec", "simulate", "demo"} <= set(run(app, ["--help"]).output.split())
    assert "Example" in run(app, ["build", "--help"]).output


def test_the_command_is_a_module_that_a_worker_loads_without_the_command_line():
    shown = subprocess.run([sys.executable, "-m", "cdisckit", "--help"], capture_output=True, text=True, check=True)
    assert "Define-XML" in shown.stdout
    code = "import cdisckit.__main__, sys; print(*sorted({'pandas', 'rich', 'typer'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_spec_check_and_show_read_a_study():
    assert "no errors" in run(app, ["spec", "check", "cdiscpilot01"]).output
    shown = run(app, ["spec", "show", "cdiscpilot01", "AE"]).output
    assert "AESEV" in shown and "{'1': 'MILD', '2': 'MODERATE', '3': 'SEVERE'}" in shown


def test_build_prints_datasets_account_findings_and_what_to_open(demo_raw, tmp_path):
    result = run(app, ["build", STUDY, "--raw", str(demo_raw), "--out", str(tmp_path / "out"), "--only", "AE"])
    assert result.exit_code == 0, result.output
    assert "Account of the raw records" in result.output and "Findings:" in result.output and "define.html" in result.output


def test_strict_ends_with_1_while_an_error_finding_stands(demo_raw, tmp_path):
    arguments = ["build", STUDY, "--raw", str(demo_raw), "--out", str(tmp_path / "out"), "--only", "AE"]
    assert run(app, [*arguments, "--strict"]).exit_code == 1
    assert run(app, arguments).exit_code == 0


def test_check_compares_and_changes_nothing(demo_raw, tmp_path):
    out = tmp_path / "out"
    arguments = ["build", STUDY, "--raw", str(demo_raw), "--out", str(out), "--only", "DM"]
    run(app, arguments)
    assert run(app, [*arguments, "--check"]).exit_code == 0
    (out / "manifest.json").write_text((out / "manifest.json").read_text().replace('"sha256": "', '"sha256": "0', 1))
    checked = run(app, [*arguments, "--check"])
    assert checked.exit_code == 1 and "differs" in checked.output


@pytest.mark.parametrize(("arguments", "code", "text"), [
    (["build", "cdiscpilot0", "--raw", ".", "--out", "x"], 2, "did you mean cdiscpilot01?"),
    (["build", STUDY, "--raw", "nowhere", "--out", "x"], 3, "no folder nowhere"),
    (["define", "check", "no.xml"], 5, "no.xml"),
    (["trace", "AE.AESEV", "--out", "nowhere", "--subject", "1"], 1, "no output of cdisckit"),
])
def test_an_error_ends_with_its_own_exit_code_and_text(arguments, code, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["cdisckit", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert text in capsys.readouterr().err


def test_validate_renews_the_report_and_ends_with_1_while_errors_stand(demo, demo_raw, tmp_path):
    out = tmp_path / "out"
    run(app, ["build", STUDY, "--raw", str(demo_raw), "--out", str(out)])
    before = json.loads((out / "findings.json").read_text(encoding="utf-8"))["findings"]
    validated = run(app, ["validate", STUDY, "--out", str(out)])
    after = json.loads((out / "findings.json").read_text(encoding="utf-8"))["findings"]
    assert validated.exit_code == 1, validated.output
    assert {finding["source"] for finding in after} >= {finding["source"] for finding in before}
    assert (out / "validation/suites/ae.json").is_file()
    again = run(app, ["validate", STUDY, "--out", str(out)])
    assert json.loads((out / "findings.json").read_text(encoding="utf-8"))["findings"] == after and again.exit_code == 1


def test_define_writes_the_same_bytes_as_the_build(demo, demo_raw, tmp_path):
    out = tmp_path / "out"
    run(app, ["build", STUDY, "--raw", str(demo_raw), "--out", str(out)])
    before = {name: (out / name).read_bytes() for name in ("sdtm/define.xml", "adam/define.html")}
    assert run(app, ["define", STUDY, "--out", str(out)]).exit_code == 0
    assert {name: (out / name).read_bytes() for name in before} == before
    checked = run(app, ["define", "check", str(out / "sdtm/define.xml")])
    assert checked.exit_code == 0, checked.output


def test_trace_prints_every_hop(demo):
    result = run(app, ["trace", "AE.AEOUT", "--out", str(demo.out), "--subject", "0002", "--seq", "1"])
    assert result.exit_code == 0 and "AE.csv line" in result.output

"""A study's waivers in its build: marked in findings.json and on the page, shown apart, and no reason to refuse."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdisckit.build import build, refuse_errors
from cdisckit.cli import app
from cdisckit.errors import SpecError

INFUSION = Path(__file__).parents[1] / "data" / "infusion"


@pytest.fixture
def found(demo):
    """The findings of the small study as it stands."""
    return demo.findings


@pytest.fixture
def waiving(tmp_path, found):
    """`waiving(entries)`: the study with these waivers."""
    def make(entries):
        study = tmp_path / "infusion"
        shutil.copytree(INFUSION, study)
        lines = "".join(f"  - {{{', '.join(f'{key}: {json.dumps(value)}' for key, value in entry.items())}}}\n" for entry in entries)
        (study / "waivers.yaml").write_text(f"waivers:\n{lines}", encoding="utf-8")
        return study

    return make


def test_a_study_whose_errors_are_all_waived_passes_strict(tmp_path, found, waiving):
    errors = {(finding.rule, finding.dataset) for finding in found if finding.severity == "error"}
    study = waiving([{"rule": rule, "dataset": dataset, "reason": "as collected"} for rule, dataset in sorted(errors)])
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["build", str(study), "--raw", str(INFUSION / "raw"), "--out", str(out), "--strict"])
    assert errors and refuse_errors(found) > 0
    assert result.exit_code == 0, result.output
    content = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    number = sum(finding.severity == "error" for finding in found)
    assert (content["counts"]["error"], content["counts"]["waived"] >= number) == (0, True)
    assert "waived" in result.output
    assert "Waived: as collected" in (out / "findings.html").read_text(encoding="utf-8")


def test_an_unused_waiver_is_a_finding_of_the_build_but_not_of_a_part_of_it(tmp_path, waiving):
    study = waiving([{"rule": "mapping.never", "dataset": "AE", "reason": "why"}])
    whole = build(str(study), INFUSION / "raw", tmp_path / "out")
    part = build(str(study), INFUSION / "raw", tmp_path / "out", only=("DM",))
    assert [finding.rule for finding in whole.findings if finding.source == "waiver"] == ["waiver.unused"]
    assert [finding.rule for finding in part.findings if finding.source == "waiver"] == []


def test_a_waiver_without_a_reason_stops_the_build(tmp_path, waiving):
    study = waiving([{"rule": "mapping.x", "dataset": "AE"}])
    with pytest.raises(SpecError, match="waiver"):
        build(str(study), INFUSION / "raw", tmp_path / "out")
    assert not (tmp_path / "out").exists()

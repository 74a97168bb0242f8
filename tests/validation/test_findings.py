"""The order, the counts and the file of findings."""

import json
import random
import subprocess
import sys

import pytest

from cdisckit.errors import CdisckitError
from cdisckit.findings import Finding
from validation import count_findings, read_findings, sort_findings, write_findings
from validation.findings import count_verdicts, sort_verdicts
from validation.package import STATUSES, Verdict

HOSTILE = "</script>\u2028\x00\udc80 Ünïcode \N{SNOWMAN}"


def finding(severity="error", rule="r.one", dataset="AE", key="", **more):
    return Finding("contract", rule, severity, dataset, key, **more)


def test_errors_stand_before_warnings_before_notices_whatever_their_rule():
    given = [finding("notice", "a"), finding("warning", "b"), finding("error", "c")]
    assert [found.severity for found in sort_findings(given)] == ["error", "warning", "notice"]


def test_findings_of_one_severity_stand_by_rule_then_dataset_then_key():
    given = [finding(rule="b"), finding(rule="a", dataset="VS"), finding(rule="a", key="x"), finding(rule="a", key="b")]
    assert [(f.rule, f.dataset, f.key) for f in sort_findings(given)] == [
        ("a", "AE", "b"), ("a", "AE", "x"), ("a", "VS", ""), ("b", "AE", "")]


def test_record_2_stands_before_record_10():
    given = [finding(key=f"USUBJID=S-1 AESEQ={number}") for number in (10, 2, 1)]
    assert [found.key[-2:] for found in sort_findings(given)] == ["=1", "=2", "10"]


def test_an_exact_duplicate_is_one_finding_and_any_difference_is_two():
    assert len(sort_findings([finding(), finding(), finding(line=2)])) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_order_reported_in_does_not_matter(seed):
    given = [finding(severity, rule, key=key, variable=variable) for severity in ("error", "notice") for rule in "ab"
             for key in ("K=01", "K=1", "K=10", "") for variable in ("X", "Y")]
    shuffled = random.Random(seed).sample(given, len(given))
    assert sort_findings(shuffled) == sort_findings(given)


def test_no_findings_are_no_findings():
    assert sort_findings([]) == []
    assert count_findings([]) == {"error": 0, "warning": 0, "notice": 0, "waived": 0}


def test_every_severity_is_counted():
    given = [finding("notice"), finding("error"), finding("error", key="x")]
    assert count_findings(given) == {"error": 2, "warning": 0, "notice": 1, "waived": 0}


@pytest.mark.parametrize("given", [[], [finding()], [finding(value=HOSTILE, file="ä.csv", line=7), finding("notice")]])
def test_what_is_written_is_read(tmp_path, given):
    write_findings(given, tmp_path / "findings.json")
    assert read_findings(tmp_path / "findings.json") == sort_findings(given)


def test_the_file_begins_with_the_counts_by_severity_and_by_rule(tmp_path):
    write_findings([finding("notice", "b"), finding(rule="b"), finding(rule="a")], tmp_path / "findings.json")
    content = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert list(content) == ["counts", "rules", "statuses", "verdicts", "findings"]
    assert content["counts"] == {"error": 2, "warning": 0, "notice": 1, "waived": 0}
    assert list(content["rules"].items()) == [("a", 1), ("b", 2)]


def test_the_same_findings_are_the_same_bytes(tmp_path):
    given = [finding(key=str(number), value=HOSTILE) for number in range(20)]
    write_findings(given, tmp_path / "one.json")
    write_findings(reversed([*given, given[3]]), tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_text_is_kept_as_utf8_for_people(tmp_path):
    write_findings([finding(value="Übelkeit")], tmp_path / "findings.json")
    assert "Übelkeit".encode() in (tmp_path / "findings.json").read_bytes()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"findings": 1}', '{"findings": [{"rule": "x"}]}'])
def test_a_file_that_holds_no_findings_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "findings.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CdisckitError, match="findings.json is no file of findings") as caught:
        read_findings(path)
    assert str(path) in str(caught.value) and "fix: build or validate again" in str(caught.value)


def test_the_package_does_not_import_great_expectations():
    code = "import sys, validation; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_verdicts_that_gave_no_answer_stand_first_and_each_status_is_counted():
    verdicts = [Verdict("core", rule, "error", status) for rule, status in zip("edcba", STATUSES, strict=True)]
    assert [verdict.status for verdict in sort_verdicts(verdicts)] == ["failed", "timed out", "skipped", "issues", "passed"]
    assert sort_verdicts(reversed(verdicts)) == sort_verdicts(verdicts)
    assert count_verdicts(verdicts[:1]) == {"passed": 1, "issues": 0, "skipped": 0, "failed": 0, "timed out": 0}


def test_the_file_has_the_verdict_of_every_rule_and_is_read_like_any_other(tmp_path):
    verdicts = [Verdict("core", "core.x", "error", "passed", seconds=0.123456), Verdict("core", "core.y", "error", "skipped", "no EX")]
    write_findings([finding()], tmp_path / "findings.json", verdicts)
    content = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert [(one["rule"], one["status"], one["why"], one["seconds"]) for one in content["verdicts"]] == [
        ("core.y", "skipped", "no EX", 0.0), ("core.x", "passed", "", 0.123)]
    assert content["statuses"]["skipped"] == 1 and read_findings(tmp_path / "findings.json") == [finding()]


def test_a_file_of_an_earlier_version_without_who_waived_is_read():
    values = finding().as_dict()
    assert Finding.from_dict({key: value for key, value in values.items() if not key.startswith("waived_")}) == finding()

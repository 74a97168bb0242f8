"""findings.sarif: what SARIF 2.1.0 demands of a file, and every finding and silent rule in it."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema

from cdisckit.findings import Finding
from validation import sarif, sort_findings
from validation.package import Verdict
from validation.sarif import write_sarif

VERDICTS = [Verdict("core", "core.CORE-000002", "warning", "failed", "KeyError: RFSTDTC", dataset="AE", citation="CG0006", title="Study day"),
            Verdict("core", "core.CORE-000003", "error", "skipped"), Verdict("rules", "rules.order", "error", "issues", title="Order of dates")]


SCHEMA = json.loads((Path(__file__).parents[1] / "data/sarif/sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def finding(severity="error", rule="rules.order", dataset="AE", **more):
    texts = {"message": "it ends before it starts", "fix": "data management: query", **more}
    return Finding("rules", rule, severity, dataset, **texts)


def write(path, findings, verdicts=()):
    write_sarif(sort_findings(findings), verdicts, path / "findings.sarif", facts={"Study": "S"})
    content = json.loads((path / "findings.sarif").read_text("utf-8"))
    check_structure(content)
    return content["runs"][0]


def check_structure(content):
    """The official schema, and what it cannot say: rules are named once and results point to theirs."""
    jsonschema.Draft4Validator(SCHEMA).validate(content)
    assert content["version"] == "2.1.0" and content["$schema"].endswith("sarif-schema-2.1.0.json")
    run, = content["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] and len({rule["id"] for rule in rules}) == len(rules)
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
        assert all(one["message"]["text"] and one["level"] in ("none", "note", "warning", "error") for one in invocation["toolExecutionNotifications"])
    for rule in rules:
        assert rule["shortDescription"]["text"] and all(rule[key]["text"] for key in ("fullDescription", "help") if key in rule)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] and result["level"] in ("note", "warning", "error")
        assert result["message"]["text"]
        for location in result.get("locations", []):
            assert location.keys() <= {"physicalLocation", "logicalLocations"} and location
            region = location.get("physicalLocation", {}).get("region", {"startLine": 1})
            assert region["startLine"] >= 1 and " " not in location.get("physicalLocation", {"artifactLocation": {"uri": ""}})["artifactLocation"]["uri"]


def test_a_finding_is_a_result_with_its_rule_its_raw_line_and_its_variable(tmp_path):
    run = write(tmp_path, [finding("notice", key="USUBJID=1 AESEQ=2", variable="AEENDTC", value="2023", record="AE:1/2", file="edc/a b.csv", line=17)], VERDICTS)
    assert run["results"] == [{
        "ruleId": "rules.order", "ruleIndex": 2, "level": "note",
        "message": {"text": "AE USUBJID=1 AESEQ=2 AEENDTC='2023': it ends before it starts"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "edc/a%20b.csv"}, "region": {"startLine": 17}},
                       "logicalLocations": [{"fullyQualifiedName": "AE.AEENDTC", "kind": "member"}]}],
        "properties": {"source": "rules", "dataset": "AE", "key": "USUBJID=1 AESEQ=2", "variable": "AEENDTC", "value": "2023", "record": "AE:1/2",
                       "fix": "data management: query"}}]
    assert run["tool"]["driver"]["rules"][2] == {
        "id": "rules.order", "shortDescription": {"text": "Order of dates"}, "properties": {"source": "rules"},
        "help": {"text": "data management: query"}, "defaultConfiguration": {"level": "error"}}


def test_a_waived_finding_is_suppressed_with_its_reason(tmp_path):
    signed = replace(finding(), waived="query 17", waived_by="data management", waived_until="2026-12-31")
    run = write(tmp_path, [signed, finding(key="1")])
    assert [result.get("suppressions") for result in run["results"]] == [
        None, [{"kind": "external", "status": "accepted", "justification": "query 17; data management; until 2026-12-31"}]]


def test_a_rule_that_gave_no_answer_is_a_notification_and_a_failed_one_fails_the_run(tmp_path):
    invocation, = write(tmp_path, [], VERDICTS)["invocations"]
    assert [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]] == [
        ("error", "core.CORE-000002 on AE failed: KeyError: RFSTDTC"), ("warning", "core.CORE-000003 skipped: no reason was given")]
    assert invocation["executionSuccessful"] is False
    assert write(tmp_path, [], VERDICTS[1:])["invocations"][0]["executionSuccessful"] is True


def test_a_finding_about_nothing_in_particular_is_a_result_too(tmp_path):
    run = write(tmp_path, [finding(dataset="", message="", fix=""), finding(dataset="", file="ae.csv", message="\udc80<&")])
    assert [result["message"]["text"] for result in run["results"]] == ["rules.order", "\udc80<&"]
    assert ["locations" in result for result in run["results"]] == [False, True]


def test_findings_over_the_limit_are_counted_in_a_notification(tmp_path, monkeypatch):
    monkeypatch.setattr(sarif, "RESULTS", 2)
    run = write(tmp_path, [finding(key=str(number)) for number in range(5)])
    assert len(run["results"]) == 2
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "3 of 5 findings are not in this file: see findings.json"


def test_a_clean_study_has_a_file_too(tmp_path):
    assert write(tmp_path, [])["results"] == []

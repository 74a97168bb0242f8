"""Laws of waivers: a finding may stand for a stated reason, and a waiver that does not fit is a finding itself."""

from datetime import date

import pytest

from cdisckit.build import refuse_errors
from cdisckit.errors import SpecError
from cdisckit.findings import Finding
from validation import WaivedRow, Waiver, apply_waivers, count_findings, read_waivers, sort_findings, waived_summary

FAMILIES = ("mapping",)


TODAY = date(2026, 7, 1)


def finding(rule="mapping.end_before_start", dataset="CM", variable="CMENDTC", value="2024-01-01", key="", severity="error"):
    return Finding("mapping", rule, severity, dataset, key, variable, value, "it ends before it starts")


def waiver(**entries):
    return Waiver(**{"rule": "mapping.end_before_start", "dataset": "CM", "reason": "query 17", "by": "data management", "where": "waivers.yaml:2", **entries})


@pytest.fixture
def study(tmp_path):
    def write(text):
        (tmp_path / "waivers.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_waived_finding_has_its_reason_and_counts_neither_as_an_error_nor_for_the_exit_code():
    made = apply_waivers([finding(key="1"), finding("mapping.other", key="2")], [waiver()], FAMILIES)
    assert [(found.rule, found.waived) for found in made] == [("mapping.end_before_start", "query 17"), ("mapping.other", "")]
    assert count_findings(made) == {"error": 1, "warning": 0, "notice": 0, "waived": 1}
    assert refuse_errors(made) == 1
    assert [found.waived for found in sort_findings(reversed(made))] == ["", "query 17"]


@pytest.mark.parametrize("entries, covers", [
    ({}, True), ({"variable": "CMENDTC"}, True), ({"value": "2024-01-01"}, True), ({"variable": "CMENDTC", "value": "2024-01-01"}, True),
    ({"dataset": "*"}, True), ({"rule": "mapping.end"}, False), ({"dataset": "AE"}, False), ({"variable": "CMSTDTC"}, False), ({"value": ""}, False)])
def test_a_waiver_covers_what_agrees_with_all_that_it_names(entries, covers):
    made = apply_waivers([finding()], [waiver(**entries)], ())
    assert [bool(found.waived) for found in made] == [covers]


def test_an_empty_value_can_be_waived():
    made = apply_waivers([finding(value=""), finding()], [waiver(value="")], FAMILIES)
    assert [bool(found.waived) for found in made] == [True, False]


def test_a_waiver_that_matches_nothing_is_a_finding_that_names_its_line():
    found, = apply_waivers([], [waiver()], FAMILIES)
    assert (found.source, found.rule, found.severity, found.dataset) == ("waiver", "waiver.unused", "warning", "CM")
    assert found.message == "the waiver of mapping.end_before_start in CM (waivers.yaml:2) matches no finding"


@pytest.mark.parametrize("number, rules", [(1, ["waiver.count"]), (2, []), (3, ["waiver.count"])])
def test_another_number_than_count_is_a_finding_and_the_findings_stay_waived(number, rules):
    made = apply_waivers([finding(key=str(at)) for at in range(number)], [waiver(count=2)], FAMILIES)
    assert [found.rule for found in made[number:]] == rules
    assert all(found.waived for found in made[:number])


def test_a_waiver_of_a_check_that_has_not_run_is_not_judged():
    assert apply_waivers([], [waiver(rule="define.schema")], FAMILIES) == []


def test_the_first_waiver_takes_a_finding_and_the_second_is_then_unused():
    made = apply_waivers([finding()], [waiver(reason="first"), waiver(reason="second")], FAMILIES)
    assert (made[0].waived, [found.rule for found in made[1:]]) == ("first", ["waiver.unused"])


def test_waivers_are_applied_anew_each_time():
    once = apply_waivers([finding()], [waiver(), waiver(dataset="AE")], FAMILIES)
    assert apply_waivers(once, [], FAMILIES) == [finding()]
    assert apply_waivers(once, [waiver(), waiver(dataset="AE")], FAMILIES) == once


def test_a_study_without_waivers_has_none(tmp_path):
    assert read_waivers(tmp_path) == ()


def test_waivers_are_read_with_their_line(study):
    folder = study("waivers:\n  - rule: mapping.x\n    dataset: CM\n    variable: CMENDTC\n    count: 2\n    reason: query 17\n")
    made, = read_waivers(folder)
    assert (made.rule, made.dataset, made.variable, made.value, made.count, made.reason) == ("mapping.x", "CM", "CMENDTC", None, 2, "query 17")
    assert made.where == f"{folder / 'waivers.yaml'}:2"


@pytest.mark.parametrize("optional, rules", [("true", []), ("false", ["waiver.unused"])])
def test_only_an_optional_waiver_may_match_nothing(study, optional, rules):
    made = read_waivers(study(f"waivers:\n  - {{rule: mapping.x, dataset: CM, optional: {optional}, reason: why}}\n"))
    assert [found.rule for found in apply_waivers([], made, FAMILIES)] == rules


def test_a_waiver_of_no_dataset_covers_only_findings_that_name_none(study):
    made, = read_waivers(study('waivers:\n  - {rule: define.x, dataset: "", reason: why}\n'))
    found = [Finding("define", "define.x", "warning", name) for name in ("", "CM")]
    assert [made.covers(each) for each in found] == [True, False]


@pytest.mark.parametrize("text, said", [
    ("waivers:\n  - {rule: mapping.x, dataset: CM}", "waivers.yaml:2: a waiver without reason; say why the findings may stand"),
    ("waivers:\n  - {rule: mapping.x, dataset: CM, reason: ' '}", "waivers.yaml:2: a waiver without reason"),
    ("waivers:\n  - {rule: mapping.x, reason: why}", "waivers.yaml:2: a waiver without dataset; say of which dataset"),
    ("waivers:\n  - {rule: x.y, dataset: CM, reason: why, cout: 2}", "a waiver has no entry cout; did you mean count?"),
    ("waivers:\n  - {rule: x.y, dataset: CM, reason: why, count: two}", "count: 'two' is no whole number above 0"),
    ("waivers:\n  - {rule: x.y, dataset: CM, reason: why, count: 0}", "count: '0' is no whole number above 0"),
    ("waivers:\n  - {rule: x.y, dataset: CM, reason: why, optional: maybe}", "optional: 'maybe' is neither true nor false"),
    ("waivers:\n  - {rule: x.y, dataset: CM, reason: why, until: 30JUN2026}", "until: '30JUN2026' is no date; write the last day that it holds"),
    ("waivers:\n  - {rule: x.y, dataset: CM, reason: why, until: 20260630}", "until: '20260630' is no date"),
    ("waivers:\n  - {rule: [x.y], dataset: CM, reason: why}", "rule is one text"),
    ("waivers:\n  - mapping.x", "waivers.yaml:2: a waiver is written as {rule: ..., dataset: ..., reason: ...}"),
    ("waivers: mapping.x", "waivers.yaml:1: write a list"),
    ("waiver:\n  - {rule: x.y, dataset: CM, reason: why}", "waivers.yaml:1: there is no such entry; write `waivers:`")])
def test_a_wrong_waiver_stops_with_its_line_and_what_to_write(study, text, said):
    with pytest.raises(SpecError) as caught:
        read_waivers(study(text))
    assert any(said in case for case in caught.value.cases), caught.value.cases


def test_all_that_is_wrong_is_told_at_once(study):
    with pytest.raises(SpecError, match="2 errors"):
        read_waivers(study("waivers:\n  - {rule: x.y, dataset: CM}\n  - {dataset: CM, reason: why}"))


@pytest.mark.parametrize("key, covers", [
    ("USUBJID=S-1", True), ("USUBJID=S-1 CMSEQ=2", True), ("CMSEQ=2", True), ("VISIT=CYCLE 1", True), ("USUBJID=S", False),
    ("USUBJID=S-1 CMSEQ", False), ("VISIT=CYCLE", False), ("SEQ=2", False), ("USUBJID=S-10", False), ("USUBJID=S.1", False)])
def test_a_waiver_of_a_key_covers_the_records_that_have_all_of_it(key, covers):
    made = apply_waivers([finding(key="USUBJID=S-1 CMSEQ=2 VISIT=CYCLE 1")], [waiver(key=key)], ())
    assert [bool(found.waived) for found in made] == [covers]


def test_a_waived_finding_says_who_waived_it_and_until_when():
    made, = apply_waivers([finding()], [waiver(until="2026-07-01")], FAMILIES, TODAY)
    assert (made.waived, made.waived_by, made.waived_until) == ("query 17", "data management", "2026-07-01")


def test_an_expired_waiver_waives_nothing_and_is_a_finding():
    made = apply_waivers([finding(key="1"), finding(key="2")], [waiver(until="2026-06-30")], FAMILIES, TODAY)
    assert [(found.rule, found.waived) for found in made] == [
        ("mapping.end_before_start", ""), ("mapping.end_before_start", ""), ("waiver.expired", "")]
    assert made[-1].message == ("the waiver of mapping.end_before_start in CM (waivers.yaml:2) held until 2026-06-30; "
                                "its 2 findings stand again")
    assert refuse_errors(made) == 2


def test_a_waiver_that_holds_takes_what_an_expired_one_before_it_has_let_go():
    old, new = waiver(until="2026-06-30", reason="old", optional=True), waiver(reason="new")
    made = apply_waivers([finding()], [old, new], FAMILIES, TODAY)
    assert [(found.rule, found.waived) for found in made] == [("mapping.end_before_start", "new"), ("waiver.expired", "")]


def test_a_build_knows_no_day_so_that_every_waiver_holds():
    assert [found.waived for found in apply_waivers([finding()], [waiver(until="1999-01-01")], FAMILIES)] == ["query 17"]


@pytest.mark.parametrize("severity, by, rules", [
    ("error", "", ["waiver.unsigned"]), ("error", "data management", []), ("warning", "", [])])
def test_who_waives_an_error_must_sign(severity, by, rules):
    made = apply_waivers([finding(severity=severity)], [waiver(by=by)], FAMILIES)
    assert made[0].waived == "query 17" and [found.rule for found in made[1:]] == rules


def test_waived_findings_are_summed_for_the_guide_by_rule_dataset_and_reason():
    first, second = waiver(variable="CMENDTC", until="2026-12-31"), waiver(reason="query 18", by="")
    made = apply_waivers([finding(key="1"), finding(key="2"), finding(key="3", variable="CMSTDTC")], [first, second], FAMILIES)
    assert waived_summary(reversed(made)) == [
        WaivedRow("mapping.end_before_start", "CM", "it ends before it starts", 2, "query 17", "data management", "2026-12-31"),
        WaivedRow("mapping.end_before_start", "CM", "it ends before it starts", 1, "query 18", "", "")]
    assert waived_summary([finding()]) == []

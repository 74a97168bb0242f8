"""Findings are gathered by the innermost collector, warn where there is none, and come back from a dict unchanged."""

import warnings
from dataclasses import FrozenInstanceError
from inspect import currentframe
from threading import Thread

import pytest

from cdisckit.findings import SEVERITIES, Finding, FindingWarning, collect_findings, report_findings


def finding(rule="r.one", severity="error", **more):
    return Finding("mapping", rule, severity, "AE", **more)


def test_a_collector_gathers_in_the_order_of_the_reports():
    with collect_findings() as found:
        report_findings([finding("a"), finding("b")])
        report_findings(finding(rule) for rule in "cd")
    assert [f.rule for f in found] == ["a", "b", "c", "d"]


def test_an_inner_collector_keeps_its_findings_to_itself():
    with collect_findings() as outer:
        report_findings([finding("before")])
        with collect_findings() as inner:
            report_findings([finding("inside")])
        report_findings([finding("after")])
    assert [f.rule for f in inner] == ["inside"]
    assert [f.rule for f in outer] == ["before", "after"]


def test_a_collector_ends_with_its_block_even_when_the_block_fails():
    with pytest.raises(KeyError), collect_findings() as found:
        report_findings([finding("a")])
        raise KeyError
    with pytest.warns(FindingWarning):
        report_findings([finding("b")])
    assert [f.rule for f in found] == ["a"]


def test_outside_of_a_collector_every_finding_is_a_warning_at_the_line_that_called_the_derivation():
    def derive_aerel():
        report_findings([finding(key="USUBJID=S-1 AESEQ=2", variable="AEREL", message="is empty"), finding("r.two")])

    with pytest.warns(FindingWarning) as caught:
        line = currentframe().f_lineno + 1
        derive_aerel()
    assert [str(warning.message) for warning in caught] == [
        "r.one: AE USUBJID=S-1 AESEQ=2 AEREL is empty", "r.two: AE   "]
    assert {(warning.filename, warning.lineno) for warning in caught} == {(__file__, line)}


def test_no_findings_are_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report_findings([])


def test_a_collector_does_not_reach_into_another_thread():
    heard: list[str] = []

    def work():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            report_findings([finding()])
        heard.extend(str(warning.message) for warning in caught)

    with collect_findings() as found:
        thread = Thread(target=work)
        thread.start()
        thread.join()
    assert (found, len(heard)) == ([], 1)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severity_is_error_warning_or_notice(severity):
    assert finding(severity=severity).severity == severity


@pytest.mark.parametrize("severity", ["Error", "fatal", ""])
def test_any_other_severity_is_refused(severity):
    with pytest.raises(ValueError, match=f"severity is one of error, warning, notice, not '{severity}'"):
        finding(severity=severity)


def test_a_finding_comes_back_from_its_dict():
    full = Finding("raw", "raw.ragged_row", "warning", "AE", "USUBJID=S-1", "AETERM", "头痛", "message", "fix",
                   "AE:1/1", "ae.csv", 17)
    assert Finding.from_dict(full.as_dict()) == full
    assert list(full.as_dict()) == ["source", "rule", "severity", "dataset", "key", "variable", "value", "message",
                                    "fix", "record", "file", "line", "waived", "waived_by", "waived_until"]


def test_a_finding_is_a_fact():
    with pytest.raises(FrozenInstanceError):
        finding().severity = "notice"
    assert len({finding(), finding(), finding("r.two")}) == 2

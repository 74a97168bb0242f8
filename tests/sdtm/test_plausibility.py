"""Laws of results that no living subject has: limits a test, and a usual value a subject."""

import csv

import pandas as pd
import pytest

from cdisckit.findings import collect_findings
from sdtm import plausibility
from sdtm.plausibility import check_plausible
from specs.model import DatasetSpec


def spec_of(name):
    return DatasetSpec.model_validate({"name": name, "label": name, "class": "FINDINGS", "structure": "One record", "standard": "SDTMIG 3.4",
                                       "keys": ["USUBJID"], "variables": {"USUBJID": {"name": "USUBJID", "label": "Subject", "type": "Char"}}})


def reported(name, *results, reverse=False):
    """Rule and record of each finding; a result is subject, test and number, and its record is its place."""
    data = pd.DataFrame(results, columns=["USUBJID", f"{name}TESTCD", f"{name}STRESN"]).astype(
        {"USUBJID": "str", f"{name}TESTCD": "str", f"{name}STRESN": "float64"})
    data = data.assign(**{f"{name}ORRES": data[f"{name}STRESN"].astype("str"), "_record": [str(place) for place in range(len(data))]})
    with collect_findings() as findings:
        check_plausible(data.iloc[::-1] if reverse else data, spec_of(name))
    return sorted((found.rule, found.record) for found in findings)


@pytest.mark.parametrize("name, test, value, wrong", [
    ("LB", "HGB", 13.9, True), ("LB", "HGB", 139, False), ("LB", "HGB", 58, False), ("LB", "K", 41, True), ("LB", "ALT", 9999, False),
    ("VS", "TEMP", 98.6, True), ("VS", "TEMP", 43, False), ("VS", "WEIGHT", float("nan"), False), ("VS", "XYZ", 1e9, False)])
def test_a_result_outside_of_the_limits_of_its_test_is_reported(name, test, value, wrong):
    assert reported(name, ("1", test, value)) == ([("mapping.implausible_result", "0")] if wrong else [])


def test_a_weight_too_far_from_the_usual_one_of_the_subject_is_reported():
    weights = [("1", "WEIGHT", value) for value in (70, 71, 154.3, 69)] + [("2", "WEIGHT", 154)]
    assert reported("VS", *weights) == [("mapping.implausible_change", "2")]
    assert reported("VS", *weights, reverse=True) == [("mapping.implausible_change", "2")]


def test_two_weights_make_no_usual_one_and_a_steady_loss_of_weight_is_no_mistake():
    assert reported("VS", ("1", "WEIGHT", 70), ("1", "WEIGHT", 154)) == []
    assert reported("VS", *(("1", "WEIGHT", value) for value in (90, 84, 78, 72, 66, 60))) == []


def test_no_results_have_no_findings():
    assert reported("VS") == [] and reported("LB") == []


def test_every_limit_has_its_source_and_a_range():
    with plausibility.LIMITS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source"] and float(row["low"]) < float(row["high"]) for row in rows)
    assert len({(row["dataset"], row["test"]) for row in rows}) == len(rows)

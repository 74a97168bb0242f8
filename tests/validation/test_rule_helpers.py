"""What the rules compare with: dates with gaps, durations, spellings, the usual value of a group."""

import numpy as np
import pandas as pd
import pytest

from validation.package import Package, Table
from validation.rules.demographics import dm_rows, of_subject, reference
from validation.rules.groups import distinct, group_of, unlike_most
from validation.rules.iso8601 import is_date, is_duration, is_possible
from validation.rules.moments import moments
from validation.rules.numbers import decimals, number
from validation.rules.standard import guide, known, observation_class
from validation.rules.wording import letters, near


def table(name="AE", **columns):
    frame = pd.DataFrame({column: pd.Series(values, dtype="str" if isinstance(values[0], str) else "float64") for column, values in columns.items()})
    return Table(name, "", "SDTM", (), frame)


@pytest.mark.parametrize(("text", "a_date"), [
    ("2024", True), ("2024-02", True), ("2024-02-03", True), ("2024-02-03T10:30", True), ("2024-02-03T10:30:15.5", True), ("2024-02-03T10:30+02:00", True),
    ("--02-03", True), ("2024---03", True), ("2024-02-03T-:15", True), ("2024-02-03/2024-02-05", True), ("2024-02-03/P2D", True),
    ("2024-2-3", False), ("20240203", False), ("2024-02-03 10:30", False), ("T10:30", False), ("2024-", False), ("03FEB2024", False), ("2024-02-03T", False),
])
def test_a_date_is_iso_8601_with_gaps_or_without(text, a_date):
    assert is_date(text) is a_date


@pytest.mark.parametrize(("text", "possible"), [
    ("2024-02-29", True), ("2023-02-29", False), ("--02-29", True), ("--02-30", False), ("2024-13", False), ("2024-00", False), ("2024-01-01T24:00", True),
    ("2024-01-01T10:60", False), ("2024-01-01/2024-02-30", False), ("anything", True),
])
def test_a_possible_date_is_in_the_calendar(text, possible):
    assert is_possible(text) is possible


@pytest.mark.parametrize(("text", "a_duration"), [("P3W", True), ("P1Y2M10DT2H30M", True), ("PT1.5H", True), ("-PT15M", True), ("P", False), ("PT", False), ("P1DT", False), ("3W", False), ("P1H", False)])
def test_a_duration_has_a_part_and_its_letter(text, a_duration):
    assert is_duration(text) is a_duration


def test_a_partial_date_allows_a_span_and_has_no_day():
    found = moments(table(AESTDTC=["2024-02", "2024-02-03T10", "2023-02-29", ""]), "AESTDTC")
    assert found.first.astype("str").tolist() == ["2024-02-01T00:00:00", "2024-02-03T10:00:00", "NaT", "NaT"]
    assert found.last.astype("str").tolist() == ["2024-02-29T23:59:59", "2024-02-03T10:59:59", "NaT", "NaT"]
    assert found.day.astype("str").tolist() == ["NaT", "2024-02-03", "NaT", "NaT"]


def test_the_usual_value_is_the_most_frequent_and_a_tie_has_none():
    data = table(AEDECOD=["A", "A", "A", "B", "B", "C", ""], AEBODSYS=["x", "x", "y", "x", "y", "z", "q"])
    (_, odd, usual), = unlike_most([data], ("AEDECOD",), "AEBODSYS")
    assert odd.tolist() == [False, False, True, True, True, False, False]
    assert usual[odd].fillna("").tolist() == ["x", "", ""]


def test_what_is_usual_is_counted_over_all_datasets():
    most, few = table("VS", VISITNUM=[1.0, 1.0], VISIT=["ONE", "ONE"]), table("LB", VISITNUM=[1.0], VISIT=["EINS"])
    assert [(whole.name, odd.tolist()) for whole, odd, _ in unlike_most([few, most], ("VISITNUM",), "VISIT")] == [("LB", [True])]


def test_a_group_is_the_same_values_and_missing_is_one_of_them():
    data = table(USUBJID=["1", "1", "2", "1"], AESEQ=[1.0, np.nan, 1.0, np.nan])
    assert group_of(data, ("USUBJID", "AESEQ")).tolist() == [0, 1, 2, 1]
    frame, group = distinct(data, ("USUBJID", "AESEQ"))
    assert frame["_n"].tolist() == [1, 2, 1] and group.tolist() == [0, 1, 2, 1]


def test_the_subject_of_a_record_is_looked_up_in_dm():
    dm = table("DM", USUBJID=["2", "1"], RFSTDTC=["2024-01-02", "2024-01-01"], ARMCD=["B", "A"])
    ae = table(USUBJID=["1", "3", "2"])
    package = Package({"DM": dm, "AE": ae})
    assert dm_rows(ae, package).tolist() == [1, -1, 0]
    assert of_subject(ae, package, "ARMCD").tolist() == ["A", "", "B"]
    assert reference(ae, package, "RFSTDTC").day.astype("str").tolist() == ["2024-01-01", "NaT", "2024-01-02"]


def test_a_number_is_read_from_text_and_keeps_its_decimals():
    data = table("LB", LBORRES=["1.50", "<5", "", "1e3"])
    assert number(data, "LBORRES").tolist()[0] == 1.5 and np.isnan(number(data, "LBORRES")[1:3]).all()
    assert decimals(data, "LBORRES").tolist()[:2] == [2.0, 0.0]


@pytest.mark.parametrize(("text", "found"), [("HEADACHEE", "HEADACHE"), ("HEADAHCE", "HEADACHE"), ("HEDACHE", "HEADACHE"), ("HEADACHE", ""), ("DAY 2", ""), ("NAUSEAE", "NAUSEA"), ("RASH", "")])
def test_a_near_text_is_one_letter_away_and_digits_count(text, found):
    assert near(text, ["HEADACHE", "NAUSEA", "DAY 1", "RASP2"]) == found


def test_spelling_does_not_count_case_blanks_and_marks_but_comparison_signs():
    assert letters("Not Done") == letters("NOT_DONE") == "NOTDONE"
    assert letters("<5") != letters(">5") and letters("头痛") != letters("恶心")


def test_a_part_of_a_split_domain_has_the_facts_of_the_domain_and_of_its_class():
    part = table("LBCH", DOMAIN=["LB"], LBTESTCD=["ALB"])
    assert observation_class(part) == "Findings" and guide(part)["LBSTRESN"].type == "Num" and "LBMETHOD" in known(part)


def test_a_domain_of_the_sponsor_has_the_class_of_its_topic():
    own = table("XY", DOMAIN=["XY"], XYTERM=["A"])
    assert observation_class(own) == "Events" and not guide(own) and known(own)["XYSTDTC"].type == "Char"

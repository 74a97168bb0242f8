"""What the rules share: look-ups, days, pairings, durations, RECIST 1.1, and when a rule is unsure of itself."""

import numpy as np
import pandas as pd
import pytest

from validation.package import Package, Table
from validation.rules.adam import days, differ, differ_from_subject, iso_days, look_up, rarer
from validation.rules.doubt import softly
from validation.rules.samples import hours
from validation.rules.sources import values_of_source
from validation.rules.tumours import overall_response, sum_course


def table(name, model="ADaM", **columns):
    return Table(name, "", model, (), pd.DataFrame(columns))


def test_a_number_without_a_format_counts_days_as_sas_does() -> None:
    one = table("ADLB", ADT=[19725.0, np.nan])
    two = table("ADVS", ADT=pd.to_datetime(["2014-01-02", None]))
    assert days(one, "ADT").tolist()[0] == days(two, "ADT").tolist()[0] == 16072
    assert np.isnan(days(one, "ADT")[1]) and np.isnan(days(two, "ADT")[1])


def test_the_day_of_a_text_is_known_only_where_the_text_has_one() -> None:
    assert iso_days(pd.Series(["2014-01-02T10:00", "2014-01", ""])).fillna(-1).tolist() == [16072, -1, -1]


def test_a_look_up_gives_no_value_for_a_key_that_is_there_twice() -> None:
    left = table("ADAE", USUBJID=["1", "1", "2"], AESEQ=[1.0, 2.0, 1.0])
    right = table("AE", "SDTM", USUBJID=["1", "1", "1"], AESEQ=[1.0, 2.0, 2.0], AETERM=["A", "B", "C"])
    found = look_up(left, ["USUBJID", "AESEQ"], right, ["USUBJID", "AESEQ"], ["AETERM"])
    assert found["AETERM"].tolist() == ["A", "", ""]
    assert found["_found"].tolist() == [True, True, False] and found["_one"].tolist() == [True, False, False]


def test_a_domain_that_is_split_is_looked_up_in_all_its_datasets() -> None:
    parts = [table(name, "SDTM", DOMAIN=["LB"], USUBJID=["1"], LBSEQ=[number], LBSTRESN=[number * 10])
             for name, number in (("LBCH", 1.0), ("LBHE", 2.0))]
    own = table("ADLB", USUBJID=["1", "1", "1"], LBSEQ=[2.0, 1.0, 3.0])
    value, there = values_of_source(own, parts, "LB", "LBSTRESN")
    assert value.fillna(0).tolist() == [20, 10, 0] and there.tolist() == [True, True, False]


@pytest.mark.parametrize(("texts", "rare"), [(["A", "A", "B"], [False, False, True]), (["A", "B"], [True, True]),
                                             (["A", "A"], [False, False]), ([], [])])
def test_the_rarer_of_two_values_of_a_key_is_named_and_both_if_they_are_equal(texts, rare) -> None:
    frame = pd.DataFrame({"key": ["k"] * len(texts), "value": pd.Series(texts, dtype="str")})
    assert rarer(frame, ["key"], "value").tolist() == rare


def test_values_differ_if_one_of_them_is_missing() -> None:
    assert differ(pd.Series([1.0, np.nan, np.nan]), pd.Series([1.0, 1.0, np.nan])).tolist() == [False, True, False]
    assert differ(pd.Series(["A", ""]), pd.Series(["A", "B"])).tolist() == [False, True]


def test_a_value_is_compared_with_that_of_its_own_subject() -> None:
    adsl = table("ADSL", USUBJID=["1", "2"], AGE=[60.0, np.nan])
    own = table("ADVS", USUBJID=["2", "1", "1", "3"], AGE=[np.nan, 60.0, 61.0, 5.0])
    assert differ_from_subject(own, Package({"ADSL": adsl, "ADVS": own}), "AGE").tolist() == [False, False, True, False]


@pytest.mark.parametrize(("text", "expected"),
                         [("PT1H30M", 1.5), ("-PT15M", -0.25), ("P1D", 24), ("P1W", 168), ("", np.nan), ("PT", np.nan)])
def test_hours_of_a_duration(text, expected) -> None:
    assert hours(text) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("target", "other", "new", "overall"), [
    ("CR", "CR", False, "CR"), ("CR", "NON-CR/NON-PD", False, "PR"), ("CR", "NE", False, "PR"), ("PR", "NON-CR/NON-PD",
                                                                                                 False, "PR"),
    ("SD", "NE", False, "SD"), ("NE", "NON-CR/NON-PD", False, "NE"), ("PD", "CR", False, "PD"), ("SD", "PD", False,
                                                                                                 "PD"),
    ("CR", "CR", True, "PD"), ("NOT APPLICABLE", "NON-CR/NON-PD", False, "NON-CR/NON-PD"), ("", "CR", False, "CR"),
])
def test_overall_response_by_recist(target, other, new, overall) -> None:
    assert overall_response(pd.Series([target]), pd.Series([other]), pd.Series([new])).tolist() == [overall]


def test_the_nadir_is_the_smallest_whole_sum_before() -> None:
    tr = table("TR", "SDTM", DOMAIN=["TR"] * 5, USUBJID=["1"] * 5, TRTESTCD=["SUMDIAM"] * 4 + ["LDIAM"],
               TRSTRESN=[50.0, 20.0, 40.0, 45.0, np.nan],
               TRSTAT=["", "", "", "", "NOT DONE"], VISITNUM=[1.0, 2.0, 3.0, 4.0, 2.0],
               TRDTC=["2014-01", "2014-02", "2014-03", "2014-04", "2014-02"])
    course = sum_course(tr)
    assert course["base"].tolist() == [50] * 4 and course["nadir"].fillna(0).tolist() == [0, 50, 50, 40]


def test_a_rule_that_many_records_break_is_unsure_of_itself() -> None:
    assert softly(np.array([True] * 3 + [False] * 97), 100, 0.05) == ""
    assert softly(np.array([True] * 30 + [False] * 70), 100, 0.05) == "notice"
    assert softly(2, 3, 0.01) == ""                        # two are always few

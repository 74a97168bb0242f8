"""Laws of responses: what counts, what confirms, which is the best, and that what comes later changes nothing earlier."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.response import (
    IrecistRules,
    ResponseRules,
    compute_confirmed,
    compute_counted,
    compute_irecist,
    compute_until_progression,
    find_best_response,
    find_immune_best,
    find_immune_progression,
    rename_after_cr,
)

START = pd.Timestamp("2024-01-01")
VALUES = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]
DEFAULT = ResponseRules()


def course(*assessments: tuple[int, str], subject: str = "1") -> pd.DataFrame:
    """Assessments as (days after the first dose, response)."""
    return pd.DataFrame({"USUBJID": pd.Series([subject] * len(assessments), dtype="str"),
                         "ADT": pd.Series([START + pd.Timedelta(days=day) for day, _ in assessments], dtype="datetime64[s]"),
                         "AVALC": pd.Series([value for _, value in assessments], dtype="str"),
                         "ASEQ": [float(number) for number in range(1, len(assessments) + 1)]})


def reference(data: pd.DataFrame) -> pd.Series:
    return pd.Series(START, index=data.index).astype("datetime64[s]")


def best(data: pd.DataFrame, rules: ResponseRules = DEFAULT, confirm: bool = True) -> str:
    confirmed = compute_confirmed(data, rules) if confirm else None
    return find_best_response(data, reference(data), ["1"], rules, confirmed)["AVALC"].iloc[0]


@pytest.mark.parametrize(("assessments", "expected"), [          # RECIST 1.1, table 3: first, then next assessment
    (((56, "CR"), (84, "CR")), "CR"),
    (((56, "CR"), (84, "SD")), "SD"),
    (((56, "CR"), (84, "PD")), "SD"),
    (((30, "CR"), (58, "PD")), "PD"),
    (((56, "CR"), (84, "NE")), "SD"),
    (((30, "CR"), (58, "NE")), "NE"),
    (((56, "PR"), (84, "CR")), "PR"),
    (((56, "PR"), (84, "PR")), "PR"),
    (((56, "PR"), (84, "SD")), "SD"),
    (((56, "PR"), (84, "PD")), "SD"),
    (((30, "PR"), (58, "PD")), "PD"),
    (((30, "PR"), (58, "NE")), "NE"),
    (((30, "NE"), (58, "NE")), "NE"),
    ((), "MISSING"),
])
def test_the_confirmed_best_response_is_that_of_table_3(assessments, expected):
    assert best(course(*assessments)) == expected


@pytest.mark.parametrize(("rules", "expected"), [
    (ResponseRules(), "PR"),
    (ResponseRules(max_ne_between=0), "SD"),
    (ResponseRules(min_days_confirm=57), "SD"),
    (ResponseRules(min_days_stable=57, min_days_confirm=100), "SD"),
    (ResponseRules(min_days_stable=200, min_days_confirm=100), "NE"),
])
def test_each_rule_decides(rules, expected):
    assert best(course((42, "PR"), (70, "NE"), (98, "PR")), rules) == expected


def test_stable_disease_between_two_partial_responses_is_allowed_only_if_the_rules_say_so():
    data = course((42, "PR"), (84, "SD"), (126, "PR"))
    assert best(data) == "SD" and best(data, ResponseRules(max_sd_between=1)) == "PR"


@pytest.mark.parametrize(("after_cr", "expected"), [("keep", ["CR", "PR", "PR"]), ("progression", ["CR", "PD", "PD"]), ("downgrade", ["PR", "PR", "PR"])])
def test_a_partial_response_after_a_complete_one_means_what_the_rules_say(after_cr, expected):
    renamed = rename_after_cr(course((42, "CR"), (84, "PR"), (126, "PR")), ResponseRules(after_cr=after_cr))
    assert renamed["AVALC"].tolist() == expected


def test_of_several_on_one_date_the_worst_counts_and_not_evaluable_never():
    data = course((-5, "PD"), (42, "NE"), (42, "SD"), (42, "PR"), (84, ""), (84, "XX"))
    assert compute_counted(data, reference(data)).tolist() == ["", "", "Y", "", "", ""]


def test_everything_after_the_first_progression_is_cut():
    data = course((42, "SD"), (84, "PD"), (84, "CR"), (126, "CR"))
    assert compute_until_progression(data).tolist() == ["Y", "Y", "", ""]


def test_no_assessments_give_no_flags_and_every_subject_a_best_response():
    none = course()
    assert compute_counted(none, reference(none)).empty and compute_confirmed(none, DEFAULT).empty
    assert compute_irecist(none, pd.Series(dtype="bool")).empty
    assert find_best_response(none, reference(none), ["1", "2"], DEFAULT)["AVALC"].tolist() == ["MISSING", "MISSING"]


# ---- iRECIST ----

@pytest.mark.parametrize(("assessments", "grown", "expected"), [
    (((42, "PD"), (84, "PD")), (False, True), ["iUPD", "iCPD"]),
    (((42, "PD"), (84, "PD")), (False, False), ["iUPD", "iUPD"]),                    # no further growth
    (((42, "PD"), (60, "PD"), (84, "PD")), (False, True, True), ["iUPD", "iUPD", "iCPD"]),   # too early, then in time
    (((42, "PD"), (120, "PD"), (162, "PD")), (False, True, True), ["iUPD", "iUPD", "iCPD"]),  # too late, then in time
    (((42, "PD"), (56, "PD"), (112, "PD")), (False, False, True), ["iUPD", "iUPD", "iCPD"]),  # eight weeks after the second
    (((42, "PD"), (84, "PD"), (112, "NE"), (126, "PR")), (False, True, False, False), ["iUPD", "iCPD", "iCPD", "iCPD"]),
    (((42, "PD"), (84, "SD"), (126, "PD")), (False, False, True), ["iUPD", "iSD", "iUPD"]),   # reset
    (((42, "PD"), (63, "NE"), (84, "PD")), (False, False, True), ["iUPD", "NE", "iCPD"]),
    (((42, "PR"), (84, "NON-CR/NON-PD")), (False, False), ["iPR", "NON-iCR/NON-iUPD"]),
])
def test_a_progression_is_unconfirmed_until_further_growth_four_to_eight_weeks_later(assessments, grown, expected):
    data = course(*assessments)
    assert compute_irecist(data, pd.Series(list(grown))).tolist() == expected


@pytest.mark.parametrize(("assessments", "day"), [
    (((42, "iUPD"), (84, "iCPD")), 42),
    (((42, "iUPD"), (84, "iSD"), (126, "iUPD"), (168, "iCPD")), 126),
    (((42, "iUPD"), (84, "iSD")), None),
    (((42, "iUPD"),), 42),
])
def test_immune_progression_is_dated_with_the_first_of_the_progressions_that_were_confirmed(assessments, day):
    found = find_immune_progression(course(*assessments))
    assert [(date - START).days for date in found["ADT"]] == ([] if day is None else [day])


@pytest.mark.parametrize(("assessments", "anyway", "confirmed"), [
    ([(42, "iPR"), (84, "iPR"), (126, "iUPD"), (168, "iCPD")], "iPR", "iPR"),
    ([(42, "iUPD"), (84, "iPR"), (126, "iPR")], "iPR", "iPR"),
    ([(42, "iPR"), (84, "iUPD"), (126, "iPR")], "iPR", "iSD"),         # what lies between does not confirm
    ([(42, "iUPD"), (84, "iSD"), (126, "iUPD"), (168, "iCPD")], "iSD", "iSD"),
    ([(42, "iUPD"), (84, "iCPD")], "iCPD", "iCPD"),
    ([(42, "iUPD"), (84, "NE")], "iUPD", "iUPD"),
    ([(20, "iSD")], "NE", "NE"),
    ([], "MISSING", "MISSING"),
])
def test_the_best_response_by_irecist_is_that_of_its_table_3(assessments, anyway, confirmed):
    data = course(*assessments)
    found = [find_immune_best(data, reference(data), ["1"], DEFAULT, confirm) for confirm in (False, True)]
    assert [one["AVALC"].tolist() for one in found] == [[anyway], [confirmed]]
    again = data.sample(frac=1, random_state=1)
    assert find_immune_best(again, reference(again), ["1"], DEFAULT, True)["AVALC"].tolist() == [confirmed]


def test_an_unconfirmed_progression_at_the_end_is_none_if_the_rules_say_so():
    assert find_immune_progression(course((42, "iUPD")), IrecistRules(unconfirmed_at_end=False)).empty


# ---- Properties ----

gaps = st.lists(st.tuples(st.integers(1, 70), st.sampled_from(VALUES)), max_size=8)


def of(steps: list[tuple[int, str]]) -> pd.DataFrame:
    days = pd.Series([gap for gap, _ in steps], dtype="int64").cumsum()
    return course(*zip(days.tolist(), [value for _, value in steps], strict=True))


@settings(max_examples=30, deadline=None)
@given(gaps, gaps)
def test_a_later_assessment_never_changes_an_earlier_response(before, after):
    short, long = of(before), of(before + after)
    early = long.iloc[:len(short)]
    grown = pd.Series(True, index=long.index)
    for value in (compute_until_progression, lambda data: compute_counted(data, reference(data)),
                  lambda data: compute_irecist(data, grown.loc[data.index])):
        assert value(short).tolist() == value(long).loc[early.index].tolist()
    was, now = compute_confirmed(short, DEFAULT), compute_confirmed(long, DEFAULT).loc[early.index]
    assert ((was == now) | (was == "")).all()                     # what was confirmed stays so
    order = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING"]
    assert order.index(best(long, confirm=False)) <= order.index(best(short, confirm=False))


@settings(max_examples=30, deadline=None)
@given(gaps, st.randoms())
def test_shuffled_rows_give_the_same_result(steps, random):
    data = pd.concat([of(steps), of(steps).assign(USUBJID="2")], ignore_index=True)
    places = list(range(len(data)))
    random.shuffle(places)
    shuffled = data.iloc[places]
    for value in (lambda data: compute_confirmed(data, DEFAULT), compute_until_progression,
                  lambda data: compute_counted(data, reference(data)),
                  lambda data: compute_irecist(data, pd.Series(True, index=data.index))):
        assert value(data).tolist() == value(shuffled).sort_index().tolist()

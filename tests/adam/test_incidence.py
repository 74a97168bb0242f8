"""Laws of the incidences: a subject counts once, in the group that it was treated in, and only if it could have it."""

import pandas as pd
import pytest

from adam.incidence import COLUMNS, estimate_incidence, make_incidences

SUBJECTS = pd.DataFrame({"USUBJID": ["1", "2", "3", "4"], "TRT01A": ["A", "A", "A", "B"], "SAFFL": ["Y", "Y", "Y", "Y"]})


def count(subjects, *events):
    return [row[:4] for row in estimate_incidence(subjects, pd.DataFrame({"USUBJID": list(events)}, dtype="str"), "TRT01A")]


def test_all_subjects_come_first_then_each_group():
    assert [row[:3] for row in count(SUBJECTS, "1", "4")] == [["ALL", 4, 2], ["A", 3, 1], ["B", 1, 1]]


def test_a_subject_with_several_events_counts_once():
    assert count(SUBJECTS, "1", "1", "1") == count(SUBJECTS, "1")


def test_a_subject_that_stands_twice_counts_once():
    assert count(pd.concat([SUBJECTS, SUBJECTS]), "1") == count(SUBJECTS, "1")


def test_an_event_of_a_subject_outside_of_the_population_does_not_count():
    assert [row[2] for row in count(SUBJECTS[SUBJECTS["USUBJID"] != "1"], "1")] == [0, 0, 0]


def test_the_share_has_its_exact_interval():
    found = next(iter(estimate_incidence(SUBJECTS, pd.DataFrame({"USUBJID": ["1"]}), "TRT01A")))
    assert found[3:] == pytest.approx([0.25, 0.006309463, 0.8058796], rel=1e-5)      # R: binom.test(1, 4)


def test_shuffled_rows_give_the_same_result():
    assert count(SUBJECTS.sample(frac=1, random_state=1), "4", "1") == count(SUBJECTS, "1", "4")


EVENT = {"subjects": "ADSL", "among": {"SAFFL": "Y"}, "group": "TRT01A", "events": "ADAE", "where": {"TRTEMFL": "Y"}}
INCIDENCES = {"TEAE": EVENT, "SERIOUS TEAE": {**EVENT, "where": {"TRTEMFL": "Y", "AESER": "Y"}},
              "DLT": {**EVENT, "events": "ADDLT"}}
DATA = {
    "ADSL": pd.DataFrame({"USUBJID": ["1", "2", "3"], "TRT01A": ["A", "A", ""], "SAFFL": ["Y", "Y", "N"]}),
    "ADAE": pd.DataFrame({"USUBJID": ["1", "2", "3"], "TRTEMFL": ["Y", "", "Y"], "AESER": ["N", "Y", "Y"]}),
}


def read(name, columns):
    return DATA[name][list(columns)]


def test_only_what_meets_all_conditions_counts_and_only_what_was_made_is_in_the_table():
    table = make_incidences(INCIDENCES, read, DATA)
    everyone = table[table["GROUP"] == "ALL"]
    assert list(everyone["OUTCOME"]) == ["TEAE", "SERIOUS TEAE"]
    assert list(everyone["N"]) == [2, 2]
    assert list(everyone["EVENTS"]) == [1, 0]
    assert list(everyone["POPULATION"]) == ["ADSL: SAFFL=Y", "ADSL: SAFFL=Y"]


def test_without_datasets_or_subjects_the_table_is_empty_or_has_no_share():
    assert list(make_incidences(INCIDENCES, read, []).columns) == COLUMNS
    nobody = next(iter(estimate_incidence(SUBJECTS[:0], pd.DataFrame({"USUBJID": []}, dtype="str"), "TRT01A")))
    assert nobody[1:3] == [0, 0]
    assert nobody[3] != nobody[3]

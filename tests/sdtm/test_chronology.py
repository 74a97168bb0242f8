"""Laws of dates as a whole: none after the cut-off or after death, none missing, visits in the protocol's order."""

import pandas as pd
import pytest

from cdisckit.findings import collect_findings
from sdtm.chronology import check_chronology, check_cutoff, check_death, check_missing_dates, check_visit_order
from specs.model import DatasetSpec

DM = pd.DataFrame({"USUBJID": ["1", "2"], "DTHDTC": ["2024-05-10", ""]}, dtype="str")


def spec_of(name, class_):
    return DatasetSpec.model_validate({"name": name, "label": name, "class": class_, "structure": "One record", "standard": "SDTMIG 3.4",
                                       "keys": ["USUBJID"], "variables": {"USUBJID": {"name": "USUBJID", "label": "Subject", "type": "Char"}}})


def reported(check, *arguments):
    """Record and variable of each finding."""
    with collect_findings() as findings:
        check(*arguments)
    return sorted((found.record, found.variable) for found in findings)


EVENTS = """
USUBJID | AESTDTC    | AEENDTC    | AEDTC      | _record
1       | 2024-05-09 | 2024-05-10 | 2024-05-20 | a
1       | 2024-05-11 | 2024-05-12 |            | b
1       | 2024-05    | 2024-05-11 |            | c
1       | 2024-05    | 2024-05    |            | d
2       | 2024-07-01 |            |            | e
2       | 2024-06-30 | 2024-06    | 2024-07-01 | f
1       |            |            |            | g
9       | 2024-06-01 |            |            | h
"""


def test_a_date_after_the_cut_off_is_reported_once_a_record_and_the_cut_off_itself_is_not(table):
    events = table(EVENTS)
    assert reported(check_cutoff, events, spec_of("AE", "EVENTS"), "2024-06-30") == [("e", "AESTDTC"), ("f", "AEDTC")]
    assert reported(check_cutoff, events, spec_of("AE", "EVENTS"), "") == []


def test_what_happens_after_the_day_of_death_is_reported_and_what_is_written_down_later_is_not(table):
    """A partial date counts only if every day that it can mean is after the death."""
    assert reported(check_death, table(EVENTS), DM, spec_of("AE", "EVENTS")) == [("b", "AESTDTC"), ("c", "AEENDTC")]


def test_what_is_learnt_of_a_death_may_be_later_than_the_death(table):
    status = table("USUBJID | SSDTC | _record\n1 | 2024-08-01 | a")
    assert reported(check_death, status, DM, spec_of("SS", "FINDINGS")) == []
    assert reported(check_death, status.rename(columns={"SSDTC": "VSDTC"}), DM, spec_of("VS", "FINDINGS")) == [("a", "VSDTC")]


def test_the_results_of_one_sample_are_one_finding_with_all_their_records(table):
    results = table("USUBJID | LBDTC | _record\n1 | 2024-05-12 | LAB:1; LBC:1\n1 | 2024-05-12 | LAB:2; LBC:1\n1 | 2024-05-13 | LAB:3")
    expected = [("LAB:1; LAB:2; LBC:1", "LBDTC"), ("LAB:3", "LBDTC")]
    assert reported(check_death, results, DM, spec_of("LB", "FINDINGS")) == expected
    assert reported(check_death, results.iloc[::-1], DM, spec_of("LB", "FINDINGS")) == expected


@pytest.mark.parametrize("name, class_, data, expected", [
    ("AE", "EVENTS", "AESTDTC | _record\n | a\n2024 | b", [("a", "AESTDTC")]),
    ("CM", "INTERVENTIONS", "CMSTDTC | _record\n | a", []),
    ("VS", "FINDINGS", "VSDTC | VSSTAT | _record\n | | a\n | NOT DONE | b\n | | a", [("a", "VSDTC")]),
    ("SV", "SPECIAL PURPOSE", "SVSTDTC | SVOCCUR | _record\n | Y | a\n | N | b\n | | c", [("a", "SVSTDTC"), ("c", "SVSTDTC")]),
    ("EC", "INTERVENTIONS", "ECSTDTC | ECMOOD | ECOCCUR | _record\n | SCHEDULED | | a\n | PERFORMED | Y | b\n | PERFORMED | N | c",
     [("b", "ECSTDTC")]),
    ("CO", "SPECIAL PURPOSE", "CODTC | _record\n | a", []),
])
def test_what_took_place_has_a_date(table, name, class_, data, expected):
    assert reported(check_missing_dates, table(data), spec_of(name, class_)) == expected


def visits_of(table, *dates):
    """C1D1, C2D1 ... of a subject on these dates; the record of each is its name."""
    rows = [f"1 | C{place}D1 | Y | {date} | C{place}D1" for place, date in enumerate(dates, start=1)]
    visits = table("\n".join(["USUBJID | VISIT | SVPRESP | SVSTDTC | _record", *rows]))
    return visits.assign(VISITNUM=[float(place) for place in range(len(dates))])


@pytest.mark.parametrize("dates, expected", [
    (["2024-01-01", "2024-01-22", "2024-02-12", "2024-03-04"], []),
    (["2024-01-01", "2024-01-01", "2024-01-01", "2024-03-04"], []),
    (["2024-01-01", "2024-03-22", "2024-02-12", "2024-03-04"], ["C2D1"]),                       # later than those that follow
    (["2024-01-10", "2024-01-22", "2024-01-02", "2024-03-04"], ["C3D1"]),                       # earlier than those before
    (["2024-01-01", "2024-01-22", "2024-01-20", "2024-03-04"], ["C2D1; C3D1"]),                 # either may be wrong
    (["2025-01-01", "2024-01-22", "2024-02-12", "2024-03-04"], ["C1D1"]),
    (["2024-01-10", "2024-01-22", "2024-02-12", "2024-01-03"], ["C4D1"]),
    (["2024-01-01", "2024-01", "2023", "2024-03-04"], []),                                      # partial dates say nothing
])
def test_the_visit_that_stands_against_its_neighbours_is_named(table, dates, expected):
    visits = visits_of(table, *dates)
    assert [record for record, _ in reported(check_visit_order, visits)] == expected
    assert [record for record, _ in reported(check_visit_order, visits.iloc[::-1])] == expected


def test_visits_of_other_series_and_of_other_subjects_and_unscheduled_ones_are_not_compared(table):
    visits = table("""
USUBJID | VISIT       | SVPRESP | SVSTDTC    | _record
1       | C2D1        | Y       | 2024-03-01 | a
1       | TUMOR W6    | Y       | 2024-02-01 | b
2       | C3D1        | Y       | 2024-01-01 | c
1       | UNSCHEDULED |         | 2023-01-01 | d""").assign(VISITNUM=[1.0, 2.0, 3.0, 4.0])
    assert reported(check_visit_order, visits) == []


def test_no_records_have_no_findings(table, study):
    specs = study({"cutoff": "2024-01-01"}, AE={"AESTDTC": {}})
    assert reported(check_chronology, table(EVENTS).iloc[:0], DM, spec_of("AE", "EVENTS"), specs) == []
    assert reported(check_visit_order, visits_of(table)) == []


def test_a_dataset_of_the_plan_or_of_relations_is_not_looked_at(table, study):
    specs = study({"cutoff": "2000-01-01"}, AE={"AESTDTC": {}})
    assert reported(check_chronology, table(EVENTS), DM, spec_of("AE", "TRIAL DESIGN"), specs) == []
    found = reported(check_chronology, table(EVENTS), DM, spec_of("AE", "EVENTS"), specs)
    assert {name for record, _ in found for name in record.split("; ")} == set("abcdefgh")

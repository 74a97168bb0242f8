"""Laws of LB: the laboratory's results with the site's collection of the samples, in units and ranges of one kind."""

import pandas as pd
import pytest

from raw import split_records

RESULTS = """
Subject | FolderName  | PATIENT_SEX | PATIENT_YOB | ACCESSION | COLL_DATE | COLL_TIME | PANEL | TEST_CODE | LOINC   | SPECIMEN | METHOD         | RESULT   | UNITS  | REF_LOW | REF_HIGH | RESULT_SI | UNITS_SI | ALERT | STATUS | COMMENT
1       | SCREENING   | M           | 1952        | A1        | 20230302  | 0737      | HEM   | HCT       | 4544-3  | BLOOD    | Impedance      | 39.2     | %      | 40.0    | 50.0     | 0.392     | L/L      | L     | F      |
1       | SCREENING   | M           | 1952        | A1        | 20230302  | 0737      | CHEM  | GLU       | 14749-6 | SERUM    | Hexokinase     | 180      | mg/dL  | 70      | 110      | 9.991     | mmol/L   | H     | F      |
1       | SCREENING   | M           | 1952        | A1        | 20230302  | 0737      | CHEM  | DBIL      | 14629-0 | SERUM    | Vanadate oxidase | <0.5   | umol/L | 0.0     | 8.0      |           | umol/L   |       | F      |
1       | SCREENING   | M           | 1952        | A1        | 20230302  | 0737      | CHEM  | K         | 2823-3  | SERUM    | Ion selective electrode | | mmol/L | 3.50    | 5.30     |           | mmol/L   |       | X      | HAEMOLYSED
1       | SCREENING   | M           | 1952        | A2        | 20230302  | 0740      | UA    | U-GLU     | 25428-4 | URINE    | Test strip     | TRACE    |        |         | NEGATIVE |           |          |       | F      |
1       | C1D1        | M           | 1952        | A3        | 20230306  | 0735      | HEM   | HCT       | 4544-3  | BLOOD    | Impedance      | 41.0     | %      | 40.0    | 50.0     | 0.41      | L/L      |       | C      | CORRECTED AFTER REPEAT
1       | UNSCHEDULED | M           | 1952        | A4        | 20230310  | 0800      | HEM   | HCT       | 4544-3  | BLOOD    | Impedance      | 51.0     | %      | 40.0    | 50.0     | 0.51      | L/L      | H     | F      |
"""
DRAWS = """
Subject | FolderName  | LBPERF | LBREASND | LBPANEL | LBDAT       | LBTIM | LBFAST | LBACCNO
1       | SCREENING   | Y      |          | BLOOD   | 02 MAR 2023 | 07:37 | Y      | A1
1       | SCREENING   | Y      |          | URINE   | 02 MAR 2023 | 07:40 |        | A2
1       | C1D1        | Y      |          | BLOOD   | 06 MAR 2023 | 07:35 | N      | A3
1       | C1D1        | N      | No urine | URINE   |             |       |        |
1       | UNSCHEDULED | Y      |          | BLOOD   | 10 MAR 2023 | 08:00 | U      | A4
"""


def lb_of(bat, results=RESULTS, draws=DRAWS):
    return bat.make("LB", bat.raw(LAB=results, LBC=draws))


def one_result(bat, **changed):
    """The haematocrit of the screening with other cells."""
    page = bat.page(RESULTS).iloc[[0]].assign(**changed)
    return page, bat.page(DRAWS).iloc[[0]]


def told(findings):
    return [(found.rule, found.record) for found in findings]


def test_results_stand_as_reported_and_in_their_standard_units(bat, check):
    check(lb_of(bat), """
LBSEQ | LBTESTCD | LBSPEC | LBCAT      | LBORRES | LBORRESU | LBSTRESC | LBSTRESN | LBSTRESU | LBORNRLO | LBORNRHI | LBSTNRLO | LBSTNRHI | LBSTNRC  | LBNRIND
1     | BILDIR   | SERUM  | CHEMISTRY  | <0.5    | umol/L   | <0.5     |          | umol/L   | 0.0      | 8.0      | 0        | 8        |          | NORMAL
2     | GLUC     | SERUM  | CHEMISTRY  | 180     | mg/dL    | 9.99     | 9.99     | mmol/L   | 70       | 110      | 3.89     | 6.11     |          | HIGH
3     | GLUC     | URINE  | URINALYSIS | TRACE   |          | TRACE    |          |          |          |          |          |          | NEGATIVE | ABNORMAL
4     | HCT      | BLOOD  | HEMATOLOGY | 39.2    | %        | 0.392    | 0.392    | L/L      | 40.0     | 50.0     | 0.4      | 0.5      |          | LOW
5     | HCT      | BLOOD  | HEMATOLOGY | 41.0    | %        | 0.41     | 0.41     | L/L      | 40.0     | 50.0     | 0.4      | 0.5      |          | NORMAL
6     | HCT      | BLOOD  | HEMATOLOGY | 51.0    | %        | 0.51     | 0.51     | L/L      | 40.0     | 50.0     | 0.4      | 0.5      |          | HIGH
7     | K        | SERUM  | CHEMISTRY  |         |          |          |          |          | 3.50     | 5.30     | 3.5      | 5.3      |          |
8     | LBALL    | URINE  |            |         |          |          |          |          |          |          |          |          |          |
""")


def test_fasting_is_the_sites_and_the_rest_of_the_sample_is_the_laboratorys(bat, check):
    check(lb_of(bat), """
LBTESTCD | LBREFID | LBFAST | LBSTAT   | LBREASND   | LBCOMM                 | LBRESST   | LBALERT | VISITNUM | LBDTC            | LBDY | EPOCH                 | LBLOBXFL
BILDIR   | A1      | Y      |          |            |                        |           |         | 1        | 2023-03-02T07:37 | -4   | SCREENING             | Y
GLUC     | A1      | Y      |          |            |                        |           | H       | 1        | 2023-03-02T07:37 | -4   | SCREENING             | Y
GLUC     | A2      |        |          |            |                        |           |         | 1        | 2023-03-02T07:40 | -4   | SCREENING             | Y
HCT      | A1      | Y      |          |            |                        |           | L       | 1        | 2023-03-02T07:37 | -4   | SCREENING             |
HCT      | A3      | N      |          |            | CORRECTED AFTER REPEAT | CORRECTED |         | 101      | 2023-03-06T07:35 | 1    | SCREENING             | Y
HCT      | A4      | U      |          |            |                        |           | H       | 104.01   | 2023-03-10T08:00 | 5    | COMBINATION TREATMENT |
K        | A1      | Y      | NOT DONE | HAEMOLYSED |                        |           |         | 1        | 2023-03-02T07:37 | -4   | SCREENING             |
LBALL    |         |        | NOT DONE | No urine   |                        |           |         | 101      |                  |      |                       |
""")


def test_every_raw_record_of_both_forms_is_in_the_dataset(bat):
    raw = bat.raw(LAB=RESULTS, LBC=DRAWS)
    held = set(split_records(bat.make("LB", raw)["_record"]))
    assert held == {*raw.form("LAB")["_record"], *raw.form("LBC")["_record"]}


@pytest.mark.parametrize(("changed", "rule", "variable"), [
    ({"ACCESSION": "A9"}, "mapping.sample_not_collected", "LBREFID"),
    ({"COLL_TIME": "0950"}, "lab.collection_time_differs", "LBDTC"),
    ({"FolderName": "C1D8"}, "mapping.collection_differs", "VISIT"),
    ({"PATIENT_SEX": "F"}, "mapping.subject_mismatch", "USUBJID"),
    ({"PATIENT_YOB": "1951"}, "mapping.subject_mismatch", "USUBJID"),
    ({"RESULT_SI": "39.2"}, "mapping.unit_conversion_differs", "LBSTRESN"),
    ({"RESULT": "3.92"}, "mapping.unit_conversion_differs", "LBSTRESN"),
    ({"UNITS": "g/dL"}, "mapping.unknown_unit", "LBSTRESN"),
    ({"UNITS": ""}, "mapping.unit_missing", "LBSTRESN"),
    ({"RESULT": "HAEMOLYSED", "RESULT_SI": ""}, "mapping.result_not_numeric", "LBSTRESN"),
    ({"RESULT": "", "RESULT_SI": ""}, "mapping.result_missing", "LBORRES"),
    ({"STATUS": "X"}, "mapping.done_and_not_done", "LBORRES"),
    ({"TEST_CODE": "XYZ"}, "mapping.unknown_test", "LBTESTCD"),
])
def test_what_does_not_fit_is_a_finding_that_names_the_record(bat, findings, changed, rule, variable):
    page, draw = one_result(bat, **changed)
    raw = bat.raw(LAB=page, LBC=draw)
    made = bat.make("LB", raw)
    found, *_ = [each for each in findings if each.rule == rule]
    assert (found.dataset, found.variable) == ("LB", variable)
    assert found.record.split("; ")[0] == raw.form("LAB")["_record"][0]
    assert set(made["LBTESTCD"]) >= {changed.get("TEST_CODE", "HCT")}


def test_rounding_of_the_laboratorys_own_conversion_is_no_difference(bat):
    page, draw = one_result(bat, RESULT="39.2", RESULT_SI="0.39")
    assert list(bat.make("LB", bat.raw(LAB=page, LBC=draw))["LBSTRESC"]) == ["0.392"]


def test_a_collection_without_a_result_is_a_finding_and_not_done(bat, findings):
    made = lb_of(bat, results="Subject | FolderName", draws=bat.page(DRAWS).iloc[[0]])
    assert made[["LBTESTCD", "LBSTAT", "LBREASND", "LBDTC", "LBSPEC"]].to_numpy().tolist() == [
        ["LBALL", "NOT DONE", "NO RESULT REPORTED", "2023-03-02T07:37", "BLOOD"]]
    assert told(findings) == [("mapping.collection_without_result", made["_record"][0])]


def test_a_row_of_the_wrong_subject_finds_no_collection_however_many_subjects_are_at_hand(bat, findings):
    page, draw = one_result(bat, Subject="2")
    bat.make("LB", bat.raw(LAB=page, LBC=draw))
    assert {found.rule for found in findings} >= {
        "mapping.sample_not_collected", "mapping.collection_without_result", "mapping.subject_mismatch"}


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_give_the_same_records(bat, seed):
    shuffled = [bat.page(text).sample(frac=1, random_state=seed, ignore_index=True) for text in (RESULTS, DRAWS)]
    pd.testing.assert_frame_equal(lb_of(bat, *shuffled), lb_of(bat))


def test_no_rows_are_no_records(bat):
    made = lb_of(bat, "Subject | FolderName", "Subject | FolderName")
    assert (len(made), list(made.columns)) == (0, [*bat.specs["LB"].variables, "_record"])

"""Laws of RS: responses by RECIST 1.1 and the performance status, each in its own terms."""

import pytest

RESPONSE = """
Subject | FolderName | RSPERF | RSREASND      | RSDAT       | TRGRESP | NTRGRESP | NEWLIND | OVRLRESP | SYMPTD
1       | TUMOR W6   | Y      |               | 17 APR 2023 | PR      | NA       | N       | PR       | N
1       | TUMOR W12  | N      | Subject is ill |            |         |          |         |          |
1       | TUMOR W18  | Y      |               | 10 JUL 2023 | SD      | NCRNPD   | Y       | PD       | Y
"""
STATUS = """
Subject | FolderName | ECOGPERF | ECOGREAS | ECOGDAT     | ECOG
1       | SCREENING  | Y        |          | 01 MAR 2023 | 0
1       | C1D1       | Y        |          | 06 MAR 2023 | 1
1       | C2D1       | N        | Forgotten |            |
"""


def test_each_response_is_a_record_of_its_test_and_belongs_to_its_assessment(bat, check):
    check(bat.make("RS", bat.raw(RSP=RESPONSE)), """
RSSEQ | RSLNKGRP | RSTESTCD | RSTEST                    | RSCAT      | RSORRES        | RSSTRESC       | RSEVAL       | VISITNUM | RSDTC      | RSDY
1     | A290     | NEWLIND  | New Lesion Indicator      | RECIST 1.1 | N              | N              | INVESTIGATOR | 290      | 2023-04-17 | 43
2     | A690     | NEWLIND  | New Lesion Indicator      | RECIST 1.1 | Y              | Y              | INVESTIGATOR | 690      | 2023-07-10 | 127
3     | A290     | NTRGRESP | Non-target Response       | RECIST 1.1 | NOT APPLICABLE | NOT APPLICABLE | INVESTIGATOR | 290      | 2023-04-17 | 43
4     | A690     | NTRGRESP | Non-target Response       | RECIST 1.1 | NON-CR/NON-PD  | NON-CR/NON-PD  | INVESTIGATOR | 690      | 2023-07-10 | 127
5     | A290     | OVRLRESP | Overall Response          | RECIST 1.1 | PR             | PR             | INVESTIGATOR | 290      | 2023-04-17 | 43
6     | A690     | OVRLRESP | Overall Response          | RECIST 1.1 | PD             | PD             | INVESTIGATOR | 690      | 2023-07-10 | 127
7     | A490     | RSALL    | All Response Assessments  | RECIST 1.1 |                |                | INVESTIGATOR | 490      |            |
8     | A290     | SYMPTDTR | Symptomatic Deterioration | RECIST 1.1 | N              | N              | INVESTIGATOR | 290      | 2023-04-17 | 43
9     | A690     | SYMPTDTR | Symptomatic Deterioration | RECIST 1.1 | Y              | Y              | INVESTIGATOR | 690      | 2023-07-10 | 127
10    | A290     | TRGRESP  | Target Response           | RECIST 1.1 | PR             | PR             | INVESTIGATOR | 290      | 2023-04-17 | 43
11    | A690     | TRGRESP  | Target Response           | RECIST 1.1 | SD             | SD             | INVESTIGATOR | 690      | 2023-07-10 | 127
""")


def test_an_assessment_that_was_not_done_says_why(bat):
    made = bat.make("RS", bat.raw(RSP=RESPONSE, ECOG=STATUS))
    assert made.loc[made["RSSTAT"] != "", ["RSTESTCD", "RSSTAT", "RSREASND"]].to_numpy().tolist() == [
        ["ECOG101", "NOT DONE", "Forgotten"], ["RSALL", "NOT DONE", "Subject is ill"]]


def test_the_performance_status_has_the_words_of_the_scale_its_number_and_a_baseline(bat, check):
    made = bat.make("RS", bat.raw(ECOG=STATUS))
    check(made, """
RSTESTCD | RSTEST                   | RSCAT | RSSTRESC | RSSTRESN | RSLNKGRP | RSLOBXFL | RSDTC
ECOG101  | ECOG1-Performance Status | ECOG  | 0        | 0        |          |          | 2023-03-01
ECOG101  | ECOG1-Performance Status | ECOG  | 1        | 1        |          | Y        | 2023-03-06
ECOG101  | ECOG1-Performance Status | ECOG  |          |          |          |          |
""")
    assert made["RSORRES"][0] == "Fully active, able to carry on all pre-disease performance without restriction"


@pytest.mark.parametrize(("form", "field", "value"), [("RSP", "TRGRESP", "XX"), ("ECOG", "ECOG", "7")])
def test_a_code_without_a_term_is_a_finding_and_no_result(bat, findings, form, field, value):
    date = {"RSP": "RSDAT", "ECOG": "ECOGDAT"}[form]
    made = bat.make("RS", bat.raw(**{form: f"Subject | FolderName | {date} | {field}\n"
                                           f"1 | C2D1 | 17 APR 2023 | {value}"}))
    assert made[["RSORRES", "RSSTRESC"]].to_numpy().tolist() == [["", ""]]
    found, = findings
    assert (found.rule, found.value, found.record) == ("mapping.unmapped_value", value, f"{form}:01-1/C2D1/0/0/1")


def test_a_response_of_an_assessment_that_was_not_done_is_submitted_with_a_finding(bat, findings):
    made = bat.make("RS", bat.raw(RSP="Subject | FolderName | RSPERF | OVRLRESP\n1 | TUMOR W6 | N | PD"))
    assert made[["RSTESTCD", "RSORRES", "RSSTAT"]].to_numpy().tolist() == [["OVRLRESP", "PD", ""],
                                                                           ["RSALL", "", "NOT DONE"]]
    found, = findings
    assert (found.rule, found.value, found.record) == ("mapping.done_and_not_done", "PD", "RSP:01-1/TUMOR W6/0/0/1")


def test_responses_do_not_depend_on_the_order_of_the_export(bat):
    page = bat.page(RESPONSE)
    made = bat.make("RS", bat.raw(RSP=page, ECOG=STATUS))
    assert made.equals(bat.make("RS", bat.raw(RSP=page.iloc[::-1], ECOG=STATUS)))


def test_responses_and_lesions_of_an_unscheduled_visit_are_of_one_assessment(bat):
    raw = bat.raw(RSP="Subject | FolderName | RSPERF | RSDAT | OVRLRESP | TLSUM\n"
                      "1 | UNSCHEDULED | Y | 20 APR 2023 | PD | 30",
                  TL="Subject | FolderName | TLPERF | TLDAT | TLNO | TLDIAM | TLSTAT\n"
                     "1 | UNSCHEDULED | Y | 20 APR 2023 | T01 | 30 | PRES")
    assert set(bat.make("RS", raw)["RSLNKGRP"]) == set(bat.make("TR", raw)["TRLNKGRP"]) == {"A290.01"}


def test_no_forms_no_records(bat):
    assert len(bat.make("RS", bat.raw())) == 0

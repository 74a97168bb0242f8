"""Laws of CV: the ejection fraction and its interpretation, or that the examination was not done."""

import pandas as pd
import pytest

PAGES = """
Subject | FolderName | CVPERF | CVREASND             | CVDAT       | CVMETH | LVEF | CVINTP | CVCLSIG | CVDESC
1       | SCREENING  | Y      |                      | 02 MAR 2023 | ECHO   | 61   | N      |         |
1       | C4D1       | Y      |                      | 08 MAY 2023 | MUGA   | 44   | A      | N       | reduced function
1       | C8D1       | N      | Device not available |             |        |      |        |         |
"""


def cv_of(bat, pages=PAGES):
    return bat.make("CV", bat.raw(CV=pages))


def test_each_answer_is_a_record_and_an_examination_that_was_not_done_is_one(bat, check):
    check(cv_of(bat), """
CVSEQ | CVTESTCD | CVTEST                             | CVORRES  | CVORRESU | CVSTRESC | CVSTRESN | CVSTRESU | CVSTAT   | CVREASND             | CVMETHOD         | CVCLSIG | CVDESC
1     | CVALL    | All Cardiovascular Tests           |          |          |          |          |          | NOT DONE | Device not available |                  |         |
2     | INTP     | Interpretation                     | NORMAL   |          | NORMAL   |          |          |          |                      | ECHOCARDIOGRAPHY |         |
3     | INTP     | Interpretation                     | ABNORMAL |          | ABNORMAL |          |          |          |                      | MUGA             | N       | reduced function
4     | LVEF     | Left Ventricular Ejection Fraction | 61       | %        | 61       | 61       | %        |          |                      | ECHOCARDIOGRAPHY |         |
5     | LVEF     | Left Ventricular Ejection Fraction | 44       | %        | 44       | 44       | %        |          |                      | MUGA             |         |
""")


def test_the_last_examination_before_the_first_dose_is_flagged(bat, check):
    check(cv_of(bat), """
CVSEQ | VISITNUM | CVDTC      | CVDY | EPOCH                 | CVLOBXFL
1     | 801      |            |      |                       |
2     | 1        | 2023-03-02 | -4   | SCREENING             | Y
3     | 401      | 2023-05-08 | 64   | COMBINATION TREATMENT |
4     | 1        | 2023-03-02 | -4   | SCREENING             | Y
5     | 401      | 2023-05-08 | 64   | COMBINATION TREATMENT |
""")


@pytest.mark.parametrize(("changed", "rule", "value"), [
    ({"LVEF": "normal"}, "mapping.result_not_numeric", "normal"), ({"CVINTP": "X"}, "mapping.unmapped_value", "X"),
    ({"CVDAT": "30 FEB 2023"}, "mapping.impossible_date", "30 FEB 2023")])
def test_what_does_not_fit_is_a_finding(bat, findings, changed, rule, value):
    cv_of(bat, bat.page(PAGES).iloc[[0]].assign(**changed))
    assert (rule, value) in [(found.rule, found.value) for found in findings]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_give_the_same_records(bat, seed):
    shuffled = bat.page(PAGES).sample(frac=1, random_state=seed, ignore_index=True)
    pd.testing.assert_frame_equal(cv_of(bat, shuffled), cv_of(bat))


def test_no_rows_are_no_records(bat):
    made = cv_of(bat, "Subject | FolderName")
    assert (len(made), list(made.columns)) == (0, [*bat.specs["CV"].variables, "_record"])

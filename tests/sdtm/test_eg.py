"""Laws of EG: every replicate is kept, with its interval, its interpretation and its time point."""

import pandas as pd
import pytest

TRACINGS = """
Subject | FolderName | TIMEPOINT | ECG_DATETIME         | REPLICATE | SEX | POSITION | HR | PR  | QRS | QT  | RR  | QTCF | INTERPRETATION | CLIN_SIG | ABNORMALITY      | READER | COMMENT
1       | SCREENING  |           | 02/MAR/2023 12:10:00 | 1         | M   | SUPINE   | 60 | 150 | 80  | 400 | 1000 | 400 | NORMAL         |          |                  | R1     |
1       | C1D1       | PREDOSE   | 06/MAR/2023 08:20:00 | 1         | M   | SUPINE   | 75 | 151 | 81  | 370 | 800 | 399  | ABNORMAL       | N        | PROLONGED QTCF   | R1     | repeat
1       | C1D1       | PREDOSE   | 06/MAR/2023 08:21:10 | 2         | M   | SUPINE   | 75 | 152 | 82  | 372 | 800 | 401  | NORMAL         |          |                  | R2     |
1       | C1D1       | PREDOSE   | 06/MAR/2023 08:22:30 | 3         | M   | SUPINE   |    |     |     |     |     |      | UNREADABLE     |          |                  | R3     | MUSCLE TREMOR
1       | C1D1       | EOI       | 06/MAR/2023 12:40:00 | 1         | M   | SUPINE   | 75 | 153 | 83  | 374 | 800 | 403  | NORMAL         |          |                  | R1     |
"""


def eg_of(bat, tracings=TRACINGS, **frames):
    return bat.make("EG", bat.raw(ECG=tracings), **frames)


def test_replicates_are_kept_and_the_last_readable_before_the_dose_is_the_baseline(bat, check):
    check(eg_of(bat).query("EGTESTCD == 'QTCFAG'"), """
EGTEST                   | EGPOS  | EGORRES | EGORRESU | EGSTRESN | EGSTRESU | EGREPNUM | VISITNUM | EGDTC               | EGDY | EPOCH                 | EGEVALID | EGLOBXFL
QTcF Interval, Aggregate | SUPINE | 400     | ms       | 400      | ms       | 1        | 1        | 2023-03-02T12:10:00 | -4   | SCREENING             | READER 1 |
QTcF Interval, Aggregate | SUPINE | 399     | ms       | 399      | ms       | 1        | 101      | 2023-03-06T08:20:00 | 1    | SCREENING             | READER 1 |
QTcF Interval, Aggregate | SUPINE | 401     | ms       | 401      | ms       | 2        | 101      | 2023-03-06T08:21:10 | 1    | SCREENING             | READER 2 | Y
QTcF Interval, Aggregate | SUPINE | 403     | ms       | 403      | ms       | 1        | 101      | 2023-03-06T12:40:00 | 1    | COMBINATION TREATMENT | READER 1 |
""")


def test_only_the_interpretation_has_a_significance_and_an_abnormality(bat, check):
    made = eg_of(bat)
    check(made.query("EGTESTCD == 'INTP'"), """
EGORRES  | EGSTRESC | EGSTRESU | EGCLSIG | EGABNORM       | EGCOMM
NORMAL   | NORMAL   |          |         |                |
ABNORMAL | ABNORMAL |          | N       | PROLONGED QTCF | repeat
NORMAL   | NORMAL   |          |         |                |
NORMAL   | NORMAL   |          |         |                |
""")
    rest = made[made["EGTESTCD"] != "INTP"]
    assert rest[["EGCLSIG", "EGABNORM", "EGCOMM"]].eq("").all(axis=None)


def test_an_unreadable_tracing_is_one_record_not_done(bat, check):
    check(eg_of(bat).query("EGREPNUM == 3"), """
EGTESTCD | EGORRES | EGSTAT   | EGREASND                  | EGTPT    | EGLOBXFL
EGALL    |         | NOT DONE | UNREADABLE: MUSCLE TREMOR | PRE-DOSE |
""")


def test_time_points_count_from_the_first_infusion_and_a_visit_without_a_dose_has_none(bat, check):
    check(eg_of(bat).query("EGTESTCD == 'EGHRMN'"), """
EGTPT           | EGTPTNUM | EGELTM | EGTPTREF               | EGRFTDTC
                |          |        |                        |
PRE-DOSE        | 0        | -PT2H  | C1D1 START OF INFUSION | 2023-03-06T09:05
PRE-DOSE        | 0        | -PT2H  | C1D1 START OF INFUSION | 2023-03-06T09:05
END OF INFUSION | 3        | PT3H   | C1D1 START OF INFUSION | 2023-03-06T09:05
""")


@pytest.mark.parametrize(("qt", "qtcf", "found"), [("400", "405", 0), ("400", "406", 1), ("400", "394", 1),
                                                   ("400", "", 0), ("4O0", "400", 0)])
def test_a_qtcf_that_is_not_fridericias_is_a_finding_beyond_five_milliseconds(bat, findings, qt, qtcf, found):
    eg_of(bat, bat.page(TRACINGS).iloc[[0]].assign(QT=qt, QTCF=qtcf))
    assert [each.rule for each in findings].count("mapping.qtcf_differs") == found


def test_a_tracing_of_the_other_sex_is_one_finding_for_the_tracing(bat, findings):
    eg_of(bat, bat.page(TRACINGS).iloc[[0]].assign(SEX="F"))
    assert [(found.rule, found.record) for found in findings] == [
        ("mapping.subject_mismatch", "ECG:01-1/SCREENING//1")]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_give_the_same_records(bat, seed):
    shuffled = bat.page(TRACINGS).sample(frac=1, random_state=seed, ignore_index=True)
    pd.testing.assert_frame_equal(eg_of(bat, shuffled), eg_of(bat))


def test_no_rows_are_no_records(bat):
    made = eg_of(bat, "Subject | FolderName")
    assert (len(made), list(made.columns)) == (0, [*bat.specs["EG"].variables, "_record"])

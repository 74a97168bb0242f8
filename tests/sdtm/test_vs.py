"""Laws of VS: one record for each result, as collected and in its standard unit."""

import pandas as pd
import pytest

from raw import collect_drops

SIGNS = """
SUBJID | VISIT     | VISDAT      | VSTPT    | VSTIM | SYSBP_VSORRES | DIABP_VSORRES | TEMP_VSORRES | TEMP_VSORRESU | VSPERF
1      | SCREENING | 02-MAR-2023 |          | 10:00 | 120           | 80            | 96.9         | F             | Y
1      | C1D1      | 06-MAR-2023 | PRE-DOSE | 08:30 | 125           |               | 36.6         | C             | Y
1      | C1D1      | 06-MAR-2023 | 1 H      | 10:30 | 118           | 78            |              |               | Y
"""


def vs_of(one, signs):
    """VS of these signs; the first dose of subject 1 was on 06-MAR-2023, in the demo study at 09:05."""
    return one.make(one.raw(VS=signs), "VS", **one.subjects)["VS"]


def test_each_result_of_a_row_is_a_record_of_its_test(demo, check):
    check(vs_of(demo, SIGNS), """
VSSEQ | VSTESTCD | VSTEST                   | VSORRES | VSORRESU | VSSTRESC | VSSTRESN | VSSTRESU | VISITNUM | VSDTC            | VSTPT
1     | DIABP    | Diastolic Blood Pressure | 80      | mmHg     | 80       | 80       | mmHg     | 0        | 2023-03-02T10:00 |
2     | DIABP    | Diastolic Blood Pressure | 78      | mmHg     | 78       | 78       | mmHg     | 1        | 2023-03-06T10:30 | 1 H
3     | SYSBP    | Systolic Blood Pressure  | 120     | mmHg     | 120      | 120      | mmHg     | 0        | 2023-03-02T10:00 |
4     | SYSBP    | Systolic Blood Pressure  | 125     | mmHg     | 125      | 125      | mmHg     | 1        | 2023-03-06T08:30 | PRE-DOSE
5     | SYSBP    | Systolic Blood Pressure  | 118     | mmHg     | 118      | 118      | mmHg     | 1        | 2023-03-06T10:30 | 1 H
6     | TEMP     | Temperature              | 96.9    | F        | 36.06    | 36.06    | C        | 0        | 2023-03-02T10:00 |
7     | TEMP     | Temperature              | 36.6    | C        | 36.6     | 36.6     | C        | 1        | 2023-03-06T08:30 | PRE-DOSE
""")


def test_the_last_result_before_the_first_dose_is_flagged_and_days_and_epochs_are_known(demo, check):
    check(vs_of(demo, SIGNS), """
VSTESTCD | VSDTC            | VSDY | EPOCH                 | VSLOBXFL
DIABP    | 2023-03-02T10:00 | -4   | SCREENING             | Y
DIABP    | 2023-03-06T10:30 | 1    | COMBINATION TREATMENT |
SYSBP    | 2023-03-02T10:00 | -4   | SCREENING             |
SYSBP    | 2023-03-06T08:30 | 1    | SCREENING             | Y
SYSBP    | 2023-03-06T10:30 | 1    | COMBINATION TREATMENT |
TEMP     | 2023-03-02T10:00 | -4   | SCREENING             |
TEMP     | 2023-03-06T08:30 | 1    | SCREENING             | Y
""")


def test_a_form_that_was_not_done_is_one_record_of_all_tests(demo, check):
    made = vs_of(demo, """
SUBJID | VISIT | VISDAT      | VSPERF | VSREASND       | SYSBP_VSORRES
1      | C1D8  | 13-MAR-2023 | N      | PATIENT ABSENT |
""")
    check(made, """
VSTESTCD | VSTEST          | VSORRES | VSORRESU | VSSTRESC | VSSTRESU | VSSTAT   | VSREASND       | VSDTC
VSALL    | All Vital Signs |         |          |          |          | NOT DONE | PATIENT ABSENT | 2023-03-13
""")


def test_a_row_without_a_result_is_dropped_for_that_reason(demo):
    with collect_drops() as drops:
        made = vs_of(demo, """
SUBJID | VISIT | VISDAT      | VSTPT    | VSPERF | SYSBP_VSORRES
1      | C1D8  | 13-MAR-2023 |          | Y      |
1      | C1D8  | 13-MAR-2023 | PRE-DOSE | Y      | 120
""")
    assert list(made["VSORRES"]) == ["120"]
    assert drops == {"VS:01-1/C1D8/13-MAR-2023/": "no result, and nothing marked as not done"}


def test_a_result_that_is_marked_not_done_is_a_finding(pilot, findings):
    made = vs_of(pilot, """
SUBJID | VISIT    | PULSE_VSORRES | PULSE_VSORRESU | PULSE_VSSTAT | SYSBP_VSSTAT
1      | BASELINE | 62            | BEATS/MIN      | NOT DONE     | NOT DONE
""")
    assert made[["VSTESTCD", "VSORRES", "VSSTAT"]].to_numpy().tolist() == [
        ["PULSE", "62", "NOT DONE"], ["SYSBP", "", "NOT DONE"]]
    found, = findings
    assert (found.rule, found.severity, found.variable, found.value, found.record) == (
        "mapping.done_and_not_done", "error", "VSSTAT", "62", "VS:01-1/BASELINE")


def test_each_test_has_its_own_unit_position_date_and_time_point(pilot, check):
    made = vs_of(pilot, """
SUBJID | VISIT    | SYSBP_VSORRES | SYSBP_VSORRESU | SYSBP_VSPOS | SYSBP_VSDAT | SYSBP_VSTPT | SYSBP_VSTPTNUM | PULSE_VSORRES | PULSE_VSORRESU | PULSE_VSDAT | TEMP_VSORRES | TEMP_VSORRESU | TEMP_VSLOC | WEIGHT_VSORRES | WEIGHT_VSORRESU | HEIGHT_VSORRES | HEIGHT_VSORRESU
1      | BASELINE | 131           | mmHg           | SUPINE      | 02-JAN-2014 | AFTER LYING | 815            | 57            | BEATS/MIN      | 03-JAN-2014 | 96.9         | F             | EAR        | 119.0          | LB              | 58.0           | IN
""")
    check(made, """
VSTESTCD | VSORRES | VSORRESU  | VSSTRESN | VSSTRESU  | VSPOS  | VSLOC | VSDTC      | VSTPT       | VSTPTNUM
HEIGHT   | 58.0    | in        | 147.32   | cm        |        |       |            |             |
PULSE    | 57      | beats/min | 57       | beats/min |        |       | 2014-01-03 |             |
SYSBP    | 131     | mmHg      | 131      | mmHg      | SUPINE |       | 2014-01-02 | AFTER LYING | 815
TEMP     | 96.9    | F         | 36.06    | C         |        | EAR   |            |             |
WEIGHT   | 119.0   | LB        | 53.98    | kg        |        |       |            |             |
""")


def test_a_result_that_is_no_number_stays_as_text_and_is_a_finding(demo, check, findings):
    made = vs_of(demo, "SUBJID | VISIT | VISDAT | TEMP_VSORRES | TEMP_VSORRESU\n1 | C1D8 | 13-MAR-2023 | NOT DONE | C")
    check(made, "VSTESTCD | VSORRES | VSSTRESN\nTEMP | NOT DONE |")
    assert [(found.rule, found.value) for found in findings] == [("mapping.result_not_numeric", "NOT DONE")]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_give_the_same_records(demo, table, seed):
    shuffled = table(SIGNS).sample(frac=1, random_state=seed, ignore_index=True)
    pd.testing.assert_frame_equal(vs_of(demo, shuffled), vs_of(demo, SIGNS))


def test_no_rows_are_no_records(demo):
    made = vs_of(demo, "SUBJID")
    assert (len(made), list(made.columns)) == (0, [*demo.specs["VS"].variables, "_record"])


def test_a_missing_field_has_no_records_and_is_a_finding(demo, table, missing_fields):
    signs = table(SIGNS).drop(columns="TEMP_VSORRES")
    assert set(vs_of(demo, signs)["VSTESTCD"]) == {"SYSBP", "DIABP"}
    assert "TEMP_VSORRES" in missing_fields(demo.specs, "VS", demo.raw(VS=signs).form("VS"))


def test_a_form_that_is_marked_not_done_as_a_whole_and_has_results_is_one_finding(demo, findings):
    made = vs_of(demo, """
SUBJID | VISIT | VISDAT      | VSPERF | SYSBP_VSORRES | DIABP_VSORRES
1      | C1D8  | 13-MAR-2023 | N      | 120           | 80
1      | C1D15 | 20-MAR-2023 | Y      | 121           | 81
""")
    assert sorted(made["VSORRES"]) == ["", "120", "121", "80", "81"]
    found, = findings
    assert (found.rule, found.value, found.record) == ("mapping.done_and_not_done", "120, 80", "VS:01-1/C1D8/13-MAR-2023")

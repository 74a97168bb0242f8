"""Laws of PE: one record a body system, normal or what was abnormal."""

import pytest

HEAD = "Subject | FolderName | PEPERF | PEREASND | PEDAT | PESYS | PERES | PEDESC | PECLSIG\n"
EXAMINATION = HEAD + """
1 | SCREENING | Y | | 02 MAR 2023 | GEN   | N  |                  |
1 | SCREENING | Y | | 02 MAR 2023 | SKIN  | A  | \u76ae\u75b9 (rash) | Y
1 | SCREENING | Y | | 02 MAR 2023 | HEENT | ND |                  |
1 | C1D1      | Y | | 06 MAR 2023 | SKIN  | N  |                  |
1 | C2D1      | N | Investigator absent | | | | |
""".lstrip()


def test_a_body_system_is_normal_or_what_was_abnormal(bat, check):
    check(bat.make("PE", bat.raw(PE=EXAMINATION)), """
PESEQ | PETESTCD | PETEST                            | PEORRES            | PESTRESC | PESTAT   | PEREASND            | PECLSIG | PELOBXFL | VISITNUM | PEDTC      | PEDY | EPOCH
1     | GENAPP   | General Appearance                | NORMAL             | NORMAL   |          |                     |         | Y        | 1        | 2023-03-02 | -4   | SCREENING
2     | HEENT    | Head, Eyes, Ears, Nose and Throat |                    |          | NOT DONE |                     |         |          | 1        | 2023-03-02 | -4   | SCREENING
3     | PEALL    | All Body Systems                  |                    |          | NOT DONE | Investigator absent |         |          | 201      |            |      |
4     | SKIN     | Skin                              | \u76ae\u75b9 (rash) | ABNORMAL |          |                     | Y       |          | 1        | 2023-03-02 | -4   | SCREENING
5     | SKIN     | Skin                              | NORMAL             | NORMAL   |          |                     |         | Y        | 101      | 2023-03-06 | 1    | COMBINATION TREATMENT
""")


@pytest.mark.parametrize(("line", "rule", "result"), [
    ("Y | | 02 MAR 2023 | SKIN | A |      |", "mapping.abnormal_without_text", ["ABNORMAL", "ABNORMAL", ""]),
    ("Y | | 02 MAR 2023 | SKIN | N | Rash |", "mapping.text_without_abnormal", ["Rash", "NORMAL", ""]),
    ("Y | | 02 MAR 2023 | SKIN |   |      |", "mapping.result_missing", ["", "", ""]),
    ("N | | 02 MAR 2023 | SKIN | N |      |", "mapping.done_and_not_done", ["NORMAL", "NORMAL", "NOT DONE"]),
    ("Y | | 02 MAR 2023 | SKIN | Q |      |", "mapping.unmapped_value", ["", "", ""]),
])
def test_an_examination_that_contradicts_itself_is_a_finding_and_no_value_is_lost(bat, findings, line, rule, result):
    made = bat.make("PE", bat.raw(PE=f"{HEAD}1 | SCREENING | {line}"))
    assert made[["PEORRES", "PESTRESC", "PESTAT"]].to_numpy().tolist() == [result]
    assert rule in {found.rule for found in findings}
    assert {found.record for found in findings} == {"PE:01-1/SCREENING/0/0/1"}


def test_an_examination_that_fits_together_gives_no_finding_and_any_order_of_the_export_the_same(bat):
    page = bat.page(EXAMINATION)
    made = bat.make("PE", bat.raw(PE=page))
    assert made.equals(bat.make("PE", bat.raw(PE=page.iloc[::-1])))
    assert len(bat.make("PE", bat.raw())) == 0

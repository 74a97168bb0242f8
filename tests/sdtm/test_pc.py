"""Laws of PC: a record for each analyte of each sample, at the time of its draw, from the start of its infusion."""

import pandas as pd
import pytest

from raw import split_records

RESULTS = """
Subject | FolderName | NOMINAL_TIME | BARCODE | MATRIX | ANALYTE | CONCENTRATION | UNIT  | LLOQ | REASON     | RUN_ID | ANALYSIS_DATE
1       | C1D1       | PREDOSE      | P1      | SERUM  | BAT4706 | BLQ           | ug/mL | 0.1  |            | R1     | 2023-05-01
1       | C1D1       | PREDOSE      | P1      | SERUM  | BAT1308 | BLQ           | ug/mL | 0.5  |            | R2     | 2023-05-01
1       | C1D2       | 24 H         | P2      | SERUM  | BAT4706 | 5.50          | ug/mL | 0.1  |            | R1     | 2023-05-01
1       | C1D2       | 24 H         | P2      | SERUM  | BAT1308 | NR            | ug/mL | 0.5  | HAEMOLYSED | R2     | 2023-05-01
1       | C2D1       | PREDOSE      | P3      | SERUM  | BAT4706 | 1.2           | ug/mL | 0.1  |            | R1     | 2023-06-01
1       | C2D1       | PREDOSE      | P3      | SERUM  | BAT1308 | 7.6           | ug/mL | 0.5  |            | R2     | 2023-06-01
"""
DRAWS = """
Subject | FolderName | PKPERF | PKREASND   | PKTPT   | PKDAT       | PKTIM | PKBARC
1       | C1D1       | Y      |            | PRE     | 06 MAR 2023 | 08:40 | P1
1       | C1D1       | N      | No access  | EOI1308 |             |       |
1       | C1D2       | Y      |            | H24     | 07 MAR 2023 | 09:10 | P2
1       | C2D1       | Y      |            | PRE     | 27 MAR 2023 | 08:30 | P3
"""


def pc_of(bat, results=RESULTS, draws=DRAWS):
    return bat.make("PC", bat.raw(PK=results, PKC=draws))


def test_concentrations_below_the_limit_are_text_and_samples_without_result_are_not_done(bat, check):
    check(pc_of(bat), """
PCSEQ | PCTESTCD | PCREFID | PCORRES | PCORRESU | PCSTRESC | PCSTRESN | PCSTRESU | PCSTAT   | PCREASND   | PCLLOQ | PCRUNID | PCANDTC    | VISITNUM
1     | BAT1308  | P1      | BLQ     | ug/mL    | <0.5     |          | ug/mL    |          |            | 0.5    | R2      | 2023-05-01 | 101
2     | BAT1308  |         |         |          |          |          |          | NOT DONE | No access  |        |         |            | 101
3     | BAT1308  | P2      |         |          |          |          |          | NOT DONE | HAEMOLYSED | 0.5    | R2      | 2023-05-01 | 102
4     | BAT1308  | P3      | 7.6     | ug/mL    | 7.6      | 7.6      | ug/mL    |          |            | 0.5    | R2      | 2023-06-01 | 201
5     | BAT4706  | P1      | BLQ     | ug/mL    | <0.1     |          | ug/mL    |          |            | 0.1    | R1      | 2023-05-01 | 101
6     | BAT4706  |         |         |          |          |          |          | NOT DONE | No access  |        |         |            | 101
7     | BAT4706  | P2      | 5.50    | ug/mL    | 5.5      | 5.5      | ug/mL    |          |            | 0.1    | R1      | 2023-05-01 | 102
8     | BAT4706  | P3      | 1.2     | ug/mL    | 1.2      | 1.2      | ug/mL    |          |            | 0.1    | R1      | 2023-06-01 | 201
""")


def test_time_points_count_from_the_first_infusion_of_their_cycle(bat, check):
    check(pc_of(bat).query("PCTESTCD == 'BAT4706'"), """
PCDTC            | PCDY | EPOCH                 | PCTPT                   | PCTPTNUM | PCELTM | PCTPTREF               | PCRFTDTC
2023-03-06T08:40 | 1    | SCREENING             | PRE-DOSE                | 0        | -PT1H  | C1D1 START OF INFUSION | 2023-03-06T09:05
                 |      |                       | END OF INFUSION BAT1308 | 1        | PT1H   | C1D1 START OF INFUSION | 2023-03-06T09:05
2023-03-07T09:10 | 2    | COMBINATION TREATMENT | 24 H                    | 24       | PT24H  | C1D1 START OF INFUSION | 2023-03-06T09:05
2023-03-27T08:30 | 22   | COMBINATION TREATMENT | PRE-DOSE                | 0        | -PT1H  | C2D1 START OF INFUSION | 2023-03-27T09:00
""")


def test_every_raw_record_of_both_forms_is_in_the_dataset(bat):
    raw = bat.raw(PK=RESULTS, PKC=DRAWS)
    held = set(split_records(bat.make("PC", raw)["_record"]))
    assert held == {*raw.form("PK")["_record"], *raw.form("PKC")["_record"]}


@pytest.mark.parametrize(("changed", "rule", "value"), [
    ({"BARCODE": "P9"}, "mapping.sample_not_collected", "P9"),
    ({"NOMINAL_TIME": "2 H"}, "mapping.collection_differs", "2 H"),
    ({"FolderName": "C4D1"}, "mapping.collection_differs", "C4D1"),
    ({"ANALYTE": "BAT1306"}, "mapping.unknown_test", "BAT1306"),
    ({"CONCENTRATION": "NR"}, "mapping.result_missing", "NR"),
    ({"CONCENTRATION": "clotted"}, "mapping.result_not_numeric", "clotted"),
    ({"REASON": "HAEMOLYSED"}, "mapping.done_and_not_done", "BLQ"),
    ({"UNIT": "ug/dL"}, "mapping.unknown_unit", "ug/dL"),
])
def test_what_does_not_fit_is_a_finding_that_names_the_record(bat, findings, changed, rule, value):
    cells = {"CONCENTRATION": "3", **changed} if "UNIT" in changed else changed
    raw = bat.raw(PK=bat.page(RESULTS).iloc[[0]].assign(**cells), PKC=bat.page(DRAWS).iloc[[0]])
    bat.make("PC", raw)
    found, *_ = [each for each in findings if each.rule == rule]
    assert (found.value, found.record.split("; ")[0]) == (value, raw.form("PK")["_record"][0])


def test_a_draw_without_a_result_is_a_finding_and_not_done_for_each_analyte(bat, findings):
    made = pc_of(bat, "Subject | FolderName", bat.page(DRAWS).iloc[[0]])
    assert made[["PCTESTCD", "PCTEST", "PCSTAT", "PCREASND", "PCSPEC"]].to_numpy().tolist() == [
        [drug, drug, "NOT DONE", "NO RESULT REPORTED", "SERUM"] for drug in ("BAT1308", "BAT4706")]
    assert [found.rule for found in findings] == ["mapping.collection_without_result"]


def test_a_visit_without_a_dose_has_no_reference_time(bat):
    nobody = bat.page("Subject | FolderName").assign(USUBJID="", VISIT="", EXSTDTC="")
    made = bat.make("PC", bat.raw(PK=RESULTS, PKC=DRAWS), EX=nobody)
    assert set(made["PCRFTDTC"]) == {""}


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_give_the_same_records(bat, seed):
    shuffled = [bat.page(text).sample(frac=1, random_state=seed, ignore_index=True) for text in (RESULTS, DRAWS)]
    expected = pc_of(bat, bat.page(RESULTS), bat.page(DRAWS))
    pd.testing.assert_frame_equal(pc_of(bat, *shuffled), expected)


def test_no_rows_are_no_records(bat):
    made = pc_of(bat, "Subject | FolderName", "Subject | FolderName")
    assert (len(made), list(made.columns)) == (0, [*bat.specs["PC"].variables, "_record"])

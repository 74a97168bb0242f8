"""Laws of IS: a record for each tier of each drug, as far as the sample was analysed."""

import pandas as pd
import pytest

from raw import split_records

RESULTS = """
Subject | FolderName | Barcode | Drug    | Tier         | Result   | Value | Unit | CutPoint | Reason     | RunID | AnalysisDate
1       | C1D1       | D1      | BAT4706 | SCREENING    | REACTIVE | 1.92  | S/N  | 1.15     |            | R1    | 2023-06-06
1       | C1D1       | D1      | BAT4706 | CONFIRMATORY | POSITIVE | 60.1  | %    | 22.5     |            | R1    | 2023-06-06
1       | C1D1       | D1      | BAT4706 | TITER        | 40       | 40    |      |          |            | R1    | 2023-06-06
1       | C1D1       | D1      | BAT4706 | NAB          | NEGATIVE | 9.9   | %    | 20       |            | R1    | 2023-06-06
1       | C1D1       | D1      | BAT1308 | SCREENING    | NEGATIVE | 0.82  | S/N  | 1.12     |            | R2    | 2023-06-06
1       | C2D1       | D2      | BAT4706 | SCREENING    | NR       |       |      |          | HAEMOLYSED | R3    | 2023-06-30
"""
DRAWS = """
Subject | FolderName | ADAPERF | ADAREAS   | ADADAT      | ADATIM | ADABARC
1       | C1D1       | Y       |           | 06 MAR 2023 | 08:30  | D1
1       | C2D1       | Y       |           | 27 MAR 2023 | 08:30  | D2
1       | C3D1       | N       | No access |             |        |
"""


def is_of(bat, results=RESULTS, draws=DRAWS):
    return bat.make("IS", bat.raw(ADA=results, ADAC=draws))


def test_each_tier_is_a_record_and_a_reactive_sample_is_positive_in_the_screening(bat, check):
    check(is_of(bat), """
ISSEQ | ISTESTCD | ISBDAGNT | ISTSTOPO | ISREFID | ISORRES  | ISORRESU | ISSTRESC | ISSTRESN | ISSTRESU | ISSTAT   | ISREASND   | ISSIGNAL | ISSIGNLU | ISCUTPT
1     | ADA_BAB  | BAT1308  | SCREEN   | D1      | NEGATIVE |          | NEGATIVE |          |          |          |            | 0.82     | S/N      | 1.12
2     | ADA_BAB  | BAT1308  | SCREEN   |         |          |          |          |          |          | NOT DONE | No access  |          |          |
3     | ADA_BAB  | BAT4706  | CONFIRM  | D1      | POSITIVE |          | POSITIVE |          |          |          |            | 60.1     | %        | 22.5
4     | ADA_BAB  | BAT4706  | QUANTIFY | D1      | 40       | titer    | 40       | 40       | titer    |          |            | 40       |          |
5     | ADA_BAB  | BAT4706  | SCREEN   | D1      | REACTIVE |          | POSITIVE |          |          |          |            | 1.92     | S/N      | 1.15
6     | ADA_BAB  | BAT4706  | SCREEN   | D2      |          |          |          |          |          | NOT DONE | HAEMOLYSED |          |          |
7     | ADA_BAB  | BAT4706  | SCREEN   |         |          |          |          |          |          | NOT DONE | No access  |          |          |
8     | ADA_NAB  | BAT4706  |          | D1      | NEGATIVE |          | NEGATIVE |          |          |          |            | 9.9      | %        | 20
""")


def test_the_times_are_the_sites_and_each_drug_and_tier_has_its_baseline(bat, check):
    check(is_of(bat), """
ISSEQ | VISITNUM | ISDTC            | ISDY | EPOCH                 | ISLOBXFL | ISANDTC
1     | 101      | 2023-03-06T08:30 | 1    | SCREENING             | Y        | 2023-06-06
2     | 301      |                  |      |                       |          |
3     | 101      | 2023-03-06T08:30 | 1    | SCREENING             | Y        | 2023-06-06
4     | 101      | 2023-03-06T08:30 | 1    | SCREENING             | Y        | 2023-06-06
5     | 101      | 2023-03-06T08:30 | 1    | SCREENING             | Y        | 2023-06-06
6     | 201      | 2023-03-27T08:30 | 22   | COMBINATION TREATMENT |          | 2023-06-30
7     | 301      |                  |      |                       |          |
8     | 101      | 2023-03-06T08:30 | 1    | SCREENING             | Y        | 2023-06-06
""")


def test_every_raw_record_of_both_forms_is_in_the_dataset(bat):
    raw = bat.raw(ADA=RESULTS, ADAC=DRAWS)
    held = set(split_records(bat.make("IS", raw)["_record"]))
    assert held == {*raw.form("ADA")["_record"], *raw.form("ADAC")["_record"]}


@pytest.mark.parametrize(("changed", "rule", "value"), [
    ({"Barcode": "D9"}, "mapping.sample_not_collected", "D9"),
    ({"FolderName": "C4D1"}, "mapping.collection_differs", "C4D1"),
    ({"Result": "NR"}, "mapping.result_missing", "NR"),
    ({"Result": "BORDERLINE"}, "mapping.result_not_numeric", "BORDERLINE"),
    ({"Tier": "CUT"}, "mapping.unknown_test", "CUT"),
])
def test_what_does_not_fit_is_a_finding_that_names_the_record(bat, findings, changed, rule, value):
    raw = bat.raw(ADA=bat.page(RESULTS).iloc[[0]].assign(**changed), ADAC=bat.page(DRAWS).iloc[[0]])
    bat.make("IS", raw)
    found, *_ = [each for each in findings if each.rule == rule]
    assert (found.value, found.record.split("; ")[0]) == (value, raw.form("ADA")["_record"][0])


def test_a_draw_without_a_result_is_a_finding_and_not_done_for_each_drug(bat, findings):
    made = is_of(bat, "Subject | FolderName", bat.page(DRAWS).iloc[[0]])
    assert made[["ISTESTCD", "ISBDAGNT", "ISTSTOPO", "ISSTAT", "ISREASND"]].to_numpy().tolist() == [
        ["ADA_BAB", drug, "SCREEN", "NOT DONE", "NO RESULT REPORTED"] for drug in ("BAT1308", "BAT4706")]
    assert [found.rule for found in findings] == ["mapping.collection_without_result"]


def test_two_collections_with_one_number_are_a_finding_and_one_of_them_has_the_results(bat, findings):
    draws = bat.page(DRAWS).iloc[[0, 1]].assign(ADABARC="D1")
    made = is_of(bat, bat.page(RESULTS).iloc[[0]], draws)
    assert {found.rule for found in findings} >= {"mapping.sample_number_twice", "mapping.collection_without_result"}
    assert [found.record for found in findings if found.rule == "mapping.sample_number_twice"] == [
        "ADAC:01-1/C1D1/0/0/1; ADAC:01-1/C2D1/0/0/1"]
    assert sorted(made["ISDTC"]) == ["2023-03-06T08:30", "2023-03-27T08:30", "2023-03-27T08:30"]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_give_the_same_records(bat, seed):
    shuffled = [bat.page(text).sample(frac=1, random_state=seed, ignore_index=True) for text in (RESULTS, DRAWS)]
    pd.testing.assert_frame_equal(is_of(bat, *shuffled), is_of(bat))


def test_no_rows_are_no_records(bat):
    made = is_of(bat, "Subject | FolderName", "Subject | FolderName")
    assert (len(made), list(made.columns)) == (0, [*bat.specs["IS"].variables, "_record"])


@pytest.mark.parametrize("change, expected", [
    ({}, []),
    ({1: "NEGATIVE"}, ["CONFIRMATORY; TITER", "CONFIRMATORY; NAB"]),                       # confirmed by nothing
    ({0: "NEGATIVE"}, ["CONFIRMATORY; SCREENING"]),
])
def test_a_tier_that_the_tier_before_did_not_call_for_is_a_finding_at_both(bat, findings, change, expected):
    results = bat.page(RESULTS)
    for row, result in change.items():
        results.loc[row, "Result"] = result
    is_of(bat, results)
    tiers = [{record.split("/")[-1] for record in split_records(pd.Series([found.record])) if record.startswith("ADA:")}
             for found in findings]
    assert {found.rule for found in findings} <= {"mapping.tier_not_indicated"}
    assert sorted(map(sorted, tiers)) == sorted(sorted(pair.split("; ")) for pair in expected)


def test_a_titre_without_any_confirmation_is_a_finding(bat, findings):
    is_of(bat, bat.page(RESULTS).drop(index=[1, 3]))
    assert [(found.rule, found.value) for found in findings] == [("mapping.tier_not_indicated", "40")]

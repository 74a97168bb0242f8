"""Laws of the response at a time point: sums, nadir, the 20 % and 5 mm rule, nodes, and the table of overall responses."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.recist import RecistRules, check_lesions, check_responses, compute_overall, derive_sums, derive_time_points
from cdisckit.findings import collect_findings

FIRST = pd.Series({"1": pd.Timestamp("2024-01-10")}).astype("datetime64[s]")
TEXTS = ["USUBJID", "TRGRPID", "TRLNKID", "TRLNKGRP", "TRTESTCD", "TRSTRESC", "TRDTC", "VISIT", "_record"]


def lesions(*rows: tuple, subject: str = "1") -> pd.DataFrame:
    """Results as (assessment number, lesion, diameter in mm or a state); N01 is a lymph node, X01 not a target, Z01 new."""
    made = []
    for number, (visit, name, value) in enumerate(rows, start=1):
        kind = {"X": "NON-TARGET", "Z": "NEW"}.get(name[0], "TARGET")
        size = isinstance(value, (int, float))
        test = "TUMSTATE" if kind != "TARGET" else "LPERP" if name[0] == "N" else "LDIAM"
        day = pd.Timestamp("2024-01-05") + pd.Timedelta(days=42 * visit)
        made.append((subject, kind, name, f"A{visit}", test, str(value) if size or value else "", day.date().isoformat(), f"V{visit}",
                     f"TL:{number}", float(number), float(value) if size else float("nan"), float(visit)))
    data = pd.DataFrame(made, columns=[*TEXTS, "TRSEQ", "TRSTRESN", "VISITNUM"])
    return data.astype(dict.fromkeys(TEXTS, "str") | {"TRSEQ": "float64", "TRSTRESN": "float64", "VISITNUM": "float64"})


def origins(location: str = "LIVER", **parents: str) -> pd.DataFrame:
    """Lesions in one location, each with the lesions that it came from."""
    data = pd.DataFrame({"USUBJID": ["1"] * len(parents), "TULNKID": list(parents), "TUFROM": list(parents.values())})
    return data.astype("str").assign(TULOC=pd.Series(location, index=data.index, dtype="str"))


def responses(tr: pd.DataFrame, tu: pd.DataFrame | None = None, name: str = "OVERALL") -> list[str]:
    return derive_time_points(tr, origins() if tu is None else tu, FIRST)[name].tolist()


@pytest.mark.parametrize(("sums", "expected"), [
    ((100, 70), "PR"),                       # exactly 30 % less
    ((100, 71), "SD"),
    ((90, 63), "PR"),                        # 30 % less also where 0.7 x 90 is not 63 in binary
    ((100, 120), "PD"),                      # exactly 20 % and more than 5 mm
    ((100, 119), "SD"),
    ((20, 24), "SD"),                        # 20 %, not 5 mm
    ((20, 25), "PD"),
    ((100, 50, 60), "PD"),                   # over the nadir, not the baseline
    ((100, 50, 59), "PR"),
    ((100, 0), "CR"),
    ((100, 0, 5), "PD"),                     # the lesion is back
])
def test_the_target_response_is_judged_from_baseline_and_nadir(sums, expected):
    assert responses(lesions(*((visit, "T01", size) for visit, size in enumerate(sums))), name="TARGET")[-1] == expected


@pytest.mark.parametrize(("node", "expected"), [(9, "CR"), (9.9, "CR"), (10, "PR")])
def test_a_lymph_node_below_10_mm_is_no_disease(node, expected):
    assert responses(lesions((0, "T01", 40), (0, "N01", 20), (1, "T01", 0), (1, "N01", node))) == [expected]


@pytest.mark.parametrize(("others", "back", "expected"), [
    ((), 3, ["CR", "PD"]),                                           # RECIST 1.1, appendix II: CR, and the lesion reappeared
    ((), "", ["CR", "NE"]),
    (("X01", "PRESENT"), 3, ["PR", "PR"]),                           # it was no CR: the sum decides
])
def test_a_target_lesion_that_is_back_after_a_complete_response_is_a_progression_of_any_size(others, back, expected):
    stays = [(visit, *others) for visit in range(3) if others]
    assert responses(lesions((0, "T01", 40), (1, "T01", 0), (2, "T01", back), *stays)) == expected


def test_a_node_that_grows_after_a_complete_response_is_a_progression_only_by_its_sum():
    data = lesions((0, "T01", 40), (0, "N01", 20), *((visit, "T01", 0) for visit in (1, 2, 3)), (1, "N01", 8), (2, "N01", 11), (3, "N01", 13))
    assert responses(data) == ["CR", "PR", "PD"]


def test_that_a_lesion_is_back_may_be_left_to_its_sum():
    data = lesions((0, "T01", 40), (1, "T01", 0), (2, "T01", 3))
    assert derive_time_points(data, origins(), FIRST, rules=RecistRules(reappearance=False))["OVERALL"].tolist() == ["CR", "PR"]


@pytest.mark.parametrize(("target", "nontarget", "new", "expected"), [
    ("CR", "CR", "N", "CR"), ("CR", "NOT APPLICABLE", "N", "CR"),                      # RECIST 1.1, table 1
    ("CR", "NON-CR/NON-PD", "N", "PR"), ("CR", "NE", "N", "PR"),
    ("PR", "CR", "N", "PR"), ("PR", "NON-CR/NON-PD", "N", "PR"), ("PR", "NE", "N", "PR"),
    ("SD", "CR", "N", "SD"), ("SD", "NON-CR/NON-PD", "N", "SD"), ("SD", "NE", "N", "SD"),
    ("NE", "CR", "N", "NE"), ("NE", "NON-CR/NON-PD", "N", "NE"), ("NE", "NE", "N", "NE"),
    ("PD", "CR", "N", "PD"), ("PD", "NE", "Y", "PD"),
    ("SD", "PD", "N", "PD"), ("NE", "PD", "Y", "PD"),
    ("CR", "CR", "Y", "PD"), ("SD", "NOT APPLICABLE", "Y", "PD"),
    ("NOT APPLICABLE", "CR", "N", "CR"), ("NOT APPLICABLE", "NON-CR/NON-PD", "N", "NON-CR/NON-PD"),   # table 2
    ("NOT APPLICABLE", "NE", "N", "NE"), ("NOT APPLICABLE", "PD", "N", "PD"), ("NOT APPLICABLE", "CR", "Y", "PD"),
])
def test_each_row_of_the_tables_of_overall_response(target, nontarget, new, expected):
    row = [pd.Series([value], dtype="str") for value in (target, nontarget, new)]
    assert compute_overall(*row).tolist() == [expected]


def test_a_lesion_that_was_not_evaluated_makes_the_response_not_evaluable_unless_the_others_progress():
    baseline = ((0, "T01", 40), (0, "T02", 40))
    assert responses(lesions(*baseline, (1, "T01", 20), (1, "T02", "")), name="TARGET") == ["NE"]
    assert responses(lesions(*baseline, (1, "T01", 20)), name="TARGET") == ["NE"]               # the line is missing
    assert responses(lesions(*baseline, (1, "T01", 96), (1, "T02", "")), name="TARGET") == ["PD"]


def test_an_incomplete_sum_is_no_nadir():
    data = lesions((0, "T01", 40), (0, "T02", 40), (1, "T01", 20), (1, "T02", ""), (2, "T01", 40), (2, "T02", 40))
    assert derive_sums(data, origins(), FIRST)["NADIR"].tolist()[1:] == [80, 80] and responses(data, name="TARGET")[-1] == "SD"


def test_parts_of_a_split_lesion_and_a_merged_one_evaluate_the_lesions_they_came_from():
    split = lesions((0, "T01", 40), (0, "T02", 20), (1, "T01a", 20), (1, "T01b", 18), (1, "T02", 20))
    merged = lesions((0, "T01", 40), (0, "T02", 20), (1, "T01/T02", 58))
    assert responses(split, origins(T01a="T01", T01b="T01")) == ["SD"] and responses(merged) == ["SD"]


@pytest.mark.parametrize(("state", "expected"), [
    ("PRESENT", "NON-CR/NON-PD"), ("ABSENT", "CR"), ("UNEQUIVOCAL PROGRESSION", "PD"), ("NE", "NE")])
def test_non_target_lesions_are_judged_by_their_states(state, expected):
    data = lesions((0, "T01", 40), (0, "X01", "PRESENT"), (1, "T01", 40), (1, "X01", state))
    assert responses(data, name="NONTARG") == [expected]


@pytest.mark.parametrize(("states", "expected"), [
    (("ABSENT", "ABSENT"), "NON-CR/NON-PD"),                     # entered twice: X02 is still there
    (("ABSENT", "PRESENT"), "NON-CR/NON-PD"), (("UNEQUIVOCAL PROGRESSION", "PRESENT"), "PD"), (("NE", "NE"), "NE")])
def test_a_lesion_that_was_entered_twice_counts_once_with_its_worst_state(states, expected):
    data = lesions((0, "X01", "PRESENT"), (0, "X02", "PRESENT"), (1, "X02", "PRESENT"), *((1, "X01", state) for state in states))
    assert responses(data, name="NONTARG") == [expected]


@pytest.mark.parametrize(("location", "expected"), [
    ("LIVER", [40, 20]), ("LYMPH NODE", [25, 12]), ("AXILLARY LYMPH NODE", [25, 12])])
def test_of_a_lesion_measured_along_both_axes_the_one_that_its_location_asks_for_counts(location, expected):
    long = lesions((0, "T01", 40), (1, "T01", 20))
    short = lesions((0, "T01", 25), (1, "T01", 12)).assign(TRTESTCD="LPERP", TRSEQ=[3.0, 4.0])
    both = pd.concat([long, short.astype(long.dtypes)], ignore_index=True)
    assert derive_sums(both, origins(location, T01=""), FIRST)["SUM"].tolist() == expected


@pytest.mark.parametrize(("written", "dates", "nadir"), [
    ({"A1": "2024-02"}, ["2024-01-05", "2024-02-29", "2024-03-29"], 20),
    ({"A1": "2024"}, ["2024-01-05", "2024-03-29", None], 40),                 # without a month it has no date
    ({"A1": "2024-01"}, ["2024-01-05", "2024-03-29", None], 40)])             # it may be before the first dose
def test_an_assessment_of_a_known_month_counts_on_its_last_day(written, dates, nadir):
    data = lesions((0, "T01", 40), (1, "T01", 20), (2, "T01", 30))
    made = derive_sums(data.assign(TRDTC=data["TRLNKGRP"].map(written).fillna(data["TRDTC"])), origins(), FIRST)
    assert made["ADT"].tolist() == [pd.Timestamp(date) if date else pd.NaT for date in dates]
    assert made["ADTF"].tolist() == ["D" if date == "2024-02-29" else "" for date in dates]
    assert made.loc[made["ASSESS"] == "A2", "NADIR"].tolist() == [nadir]


def test_an_assessment_with_one_complete_date_is_not_imputed():
    data = lesions((0, "T01", 40), (1, "T01", 20), (1, "X01", "PRESENT"))
    data = data.assign(TRDTC=data["TRDTC"].mask(data["TRLNKID"].eq("T01") & data["TRLNKGRP"].eq("A1"), "2024-02"))
    made = derive_time_points(data, origins(), FIRST)
    assert made["ADT"].tolist() == [pd.Timestamp("2024-02-16")] and made["ADTF"].tolist() == [""]


def test_only_an_unequivocal_new_lesion_is_one():
    data = lesions((0, "T01", 40), (1, "T01", 20), (1, "Z01", "EQUIVOCAL"), (2, "T01", 20), (2, "Z01", "UNEQUIVOCAL"))
    assert responses(data) == ["PR", "PD"]


@pytest.mark.parametrize(("found", "expected"), [
    ("PRESENT", ["PD"]), ("UNEQUIVOCAL", ["PD"]), (12, ["PD"]), (0, ["SD"]), ("EQUIVOCAL", ["SD"]), ("ABSENT", ["SD"])])
def test_a_new_lesion_is_one_if_it_is_there_or_measured(found, expected):
    assert responses(lesions((0, "T01", 40), (1, "T01", 40), (1, "Z01", found))) == expected


def test_only_target_lesions_are_summed_whatever_else_was_measured():
    measured = lesions((0, "T01", 40), (0, "X01", "PRESENT"), (1, "T01", 40), (1, "X01", "PRESENT"), (1, "Z01", 12), (0, "X02", 15), (1, "X02", 30))
    measured = measured.assign(TRTESTCD=measured["TRTESTCD"].mask(measured["TRSTRESN"].notna(), "LDIAM"))
    points = derive_time_points(measured, origins(), FIRST)
    assert derive_sums(measured, origins(), FIRST)["SUM"].tolist() == [40, 40]
    assert points[["TARGET", "NEWLES"]].values.tolist() == [["SD", "Y"]]


def test_a_subject_without_target_lesions_is_judged_by_table_2():
    assert responses(lesions((0, "X01", "PRESENT"), (1, "X01", "PRESENT"), (2, "X01", "ABSENT"))) == ["NON-CR/NON-PD", "CR"]


def test_a_response_that_differs_is_a_finding_with_the_numbers_and_the_rule():
    points = derive_time_points(lesions((0, "T01", 90), (1, "T01", 63)), origins(), FIRST)
    rs = pd.DataFrame({"USUBJID": ["1", "1"], "RSTESTCD": ["TRGRESP", "OVRLRESP"], "RSSTRESC": ["SD", "PR"], "RSEVAL": ["INVESTIGATOR"] * 2,
                       "RSLNKGRP": ["A1", "A1"], "RSDTC": ["2024-02-16"] * 2, "_record": ["RSP:1", "RSP:1"]}).astype("str")
    with collect_findings() as findings:
        check_responses(points, rs)
    assert [(one.value, one.record) for one in findings] == [("SD", "RSP:1")]
    assert all(word in findings[0].message for word in ("PR", "63 mm", "90 mm", "-30 %", "1 of 1", "RECIST 1.1, 4.3.1"))


@pytest.mark.parametrize(("later", "grown"), [                    # after a new lesion in the assessment A1, by iRECIST, table 2
    ([(2, "T01", 40), (2, "Z01", "UNEQUIVOCAL")], [False]),
    ([(2, "T01", 45), (2, "Z01", "UNEQUIVOCAL")], [True]),
    ([(2, "T01", 44), (2, "Z01", "UNEQUIVOCAL")], [False]),
    ([(2, "T01", 40), (2, "Z01", "UNEQUIVOCAL"), (2, "Z02", "UNEQUIVOCAL")], [True]),
    ([(2, "T01", ""), (3, "T01", 40), (3, "Z01", "UNEQUIVOCAL")], [False, False]),              # no more than before A2
    ([(2, "T01", 44), (2, "Z01", "UNEQUIVOCAL"), (3, "T01", 48), (3, "Z01", "UNEQUIVOCAL")], [False, True]),   # now PD itself
])
def test_a_disease_grew_further_since_the_last_evaluable_assessment(later, grown):
    data = lesions((0, "T01", 40), (1, "T01", 40), (1, "Z01", "UNEQUIVOCAL"), *later)
    assert derive_time_points(data, origins(), FIRST)["GROWN"].tolist()[1:] == grown


def test_what_an_incomplete_sum_lacked_is_no_growth():
    data = lesions((0, "T01", 40), (0, "T02", 40), (1, "T01", 40), (1, "Z01", "UNEQUIVOCAL"), (2, "T01", 40), (2, "T02", 40), (2, "Z01", "UNEQUIVOCAL"))
    assert derive_time_points(data, origins(), FIRST)["GROWN"].tolist()[1:] == [False]


def test_no_lesions_give_no_time_points():
    assert derive_time_points(lesions(), origins(), FIRST).empty


sizes = st.lists(st.lists(st.one_of(st.integers(0, 60), st.just("")), min_size=2, max_size=2), min_size=1, max_size=5)


@settings(max_examples=15, deadline=None)
@given(sizes, st.randoms())
def test_a_later_assessment_never_changes_an_earlier_one_and_order_does_not_matter(visits, random):
    rows = [(0, "T01", 30), (0, "T02", 25)] + [(number, name, size) for number, pair in enumerate(visits, start=1)
                                               for name, size in zip(("T01", "T02"), pair, strict=True)]
    whole, places = lesions(*rows), list(range(len(rows)))
    random.shuffle(places)
    names = ["TARGET", "OVERALL", "SUM", "NADIR"]
    expected = derive_time_points(whole, origins(), FIRST)[names]
    pd.testing.assert_frame_equal(derive_time_points(whole.iloc[places], origins(), FIRST)[names], expected)
    shorter = derive_time_points(lesions(*rows[:-2]), origins(), FIRST)[names]
    pd.testing.assert_frame_equal(shorter, expected.iloc[:len(shorter)], check_dtype=False)


@pytest.mark.parametrize(("sizes", "total"), [((30, 20), 20), ((20, 30), 30), ((20, "NE"), 20), (("NE", 20), 20)])
def test_of_a_lesion_that_was_measured_again_at_an_assessment_the_last_size_counts(sizes, total):
    data = lesions((0, "T01", 40), *((1, "T01", size) for size in sizes))
    assert derive_sums(data, origins(), FIRST)["SUM"].tolist() == [40, total]


def test_several_sizes_of_a_lesion_at_an_assessment_are_a_finding_each_and_the_same_size_twice_is_none():
    with collect_findings() as findings:
        check_lesions(lesions((0, "T01", 40), (0, "T02", 40), (1, "T01", 30), (1, "T01", 20), (1, "T02", 10), (1, "T02", 10)))
    assert [(one.rule, one.record, one.message.split(";")[0]) for one in findings] == [
        ("mapping.lesion_sizes", f"TL:{number}", "LDIAM of T01 has several sizes at assessment A1") for number in (3, 4)]

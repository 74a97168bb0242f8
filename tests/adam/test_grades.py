"""Laws of laboratory grades and reference ranges, and the worked cases of CTCAE v5.0."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from adam.grades import (
    compute_anrind,
    compute_grade,
    compute_significant,
    derive_atoxgr,
    derive_atoxgr_low_high,
    grade_limits,
)
from cdisckit.errors import SpecError

NUMBERS = ("AVAL", "ANRLO", "ANRHI", "BASE", "PCHG")
CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "05_flags_grades_formulas.json"

# Where the published test sorts its expected rows differently from its input, the cases pair a value with the grade of
# another row (a missing value with grade 0, ALT 20 x ULN with none). The grades of such a table are right, their order is
# not: they are compared as a whole. Every other table is compared row by row. (Lines of test-derive_var_atoxgr.R.)
OUT_OF_ORDER = {206, 211, 276, 281, 286, 348, 400, 534, 648, 773, 909, 1014, 1019, 1343, 1604, 1813, 1872, 1958, 2094, 2264}


def numbers(*values: float | None) -> pd.Series:
    return pd.Series(values, dtype="float64")


def text(*values: str | None) -> pd.Series:
    return pd.Series([value or "" for value in values], dtype="str")


def graded(term: str, direction: str, values: list[float | None], *, unit: str = "", low: float | None = None,
           high: float | None = None, base: float | None = None, bnrind: str = "", pchg: float | None = None) -> list[str]:
    size = len(values)
    return list(compute_grade(text(*[term] * size), direction, numbers(*values), unit=text(*[unit] * size),
                              low=numbers(*[low] * size), high=numbers(*[high] * size), base=numbers(*[base] * size),
                              baseline_range=text(*[bnrind] * size), percent_change=numbers(*[pchg] * size)))


# --- the worked cases -------------------------------------------------------------------------------------------------


def ctcae_tables() -> list[Any]:
    if not CASES.exists():
        return [pytest.param([], marks=pytest.mark.skip("the worked cases (../shared) do not lie beside the repository"))]
    tables = defaultdict(list)
    for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]:
        if case["id"].startswith("ctc5-"):
            tables[case["source"].rpartition(" ")[2] if "-pub-" in case["id"] else "fresh"].append(case)
    return [pytest.param(cases, id=name) for name, cases in tables.items()]


@pytest.mark.parametrize("cases", ctcae_tables())
def test_grades_of_the_worked_cases(cases: list[dict[str, Any]]) -> None:
    known = {key[0] for key in grade_limits()}
    got, expected = [], []
    for case in cases:
        row, side = case["given"]["row"], case["parameters"]["direction"]
        term = case["given"].get("term") or row.get(f"ATOXDSC{side}") or ""
        term = "" if term == "Not a term" else term                     # such a term stops here, see the law below
        assert term.upper() in {*known, ""}
        values = {name: numbers(row.get(name)) for name in NUMBERS}
        grade = compute_grade(text(term), side, values["AVAL"], unit=text(row.get("AVALU")), low=values["ANRLO"],
                              high=values["ANRHI"], base=values["BASE"], baseline_range=text(row.get("BNRIND")),
                              percent_change=values["PCHG"], high_terms=[case["parameters"]["high_indicator"]])
        got.append(grade[0])
        expected.append(case["expect"].get("grade", case["expect"].get(f"ATOXGR{side}")) or "")
    line = cases[0]["source"].rpartition(":")[2]
    if "-pub-" in cases[0]["id"] and int(line) in OUT_OF_ORDER:
        got, expected = sorted(got), sorted(expected)
    assert got == expected


def test_all_worked_cases_of_grades_are_run(shared: Path) -> None:
    assert sum(len(table.values[0]) for table in ctcae_tables()) == 1165 + 40


@pytest.mark.cases("05_flags_grades_formulas.json", "atoxgr-pub")
def test_one_grade_of_both_directions(case: dict[str, Any]) -> None:
    row = pd.DataFrame({name: text(value) for name, value in case["given"]["row"].items()})
    assert derive_atoxgr(row)["ATOXGR"][0] == (case["expect"]["ATOXGR"] or "")


@pytest.mark.cases("05_flags_grades_formulas.json", "anrind-pub", "anrind-ho")
def test_reference_range_of_the_worked_cases(case: dict[str, Any]) -> None:
    row, options = case["given"].get("row", case["given"]), case["parameters"]
    value = 1.1 * 100 if case["id"] == "anrind-pub-048" else row["AVAL"]      # the case's JSON has lost the last digit
    outer = [numbers(row.get(name)) for name in ("A1LO", "A1HI")] if options.get("use_a1hia1lo", options.get("a1")) else []
    found = compute_anrind(numbers(value), numbers(row["ANRLO"]), numbers(row["ANRHI"]), *outer,
                           digits=options.get("signif_dig", 15))
    assert found[0] == (case["expect"]["ANRIND"] or "")


# --- the laws ---------------------------------------------------------------------------------------------------------


def test_the_highest_class_that_is_crossed_is_the_grade_and_equality_does_not_cross() -> None:
    assert graded("Neutrophil count decreased", "L", [0.4, 0.5, 1.0, 1.5, 2.0, None], unit="10^9/L", low=2.0) == \
        ["4", "3", "2", "1", "0", ""]


def test_without_a_normal_limit_absolute_classes_are_graded_and_zero_is_not() -> None:
    assert graded("Anemia", "L", [79, 99, 130], unit="g/L") == ["3", "2", ""]


def test_a_high_baseline_makes_the_baseline_the_yardstick() -> None:
    values: list[float | None] = [119, 120, 241, 401, 1601]
    assert graded("Alanine aminotransferase increased", "H", values, high=40, base=80, bnrind="HIGH") == \
        ["0", "1", "2", "3", "4"]
    assert graded("Alanine aminotransferase increased", "H", values, high=40, base=30, bnrind="NORMAL") == \
        ["1", "1", "3", "3", "4"]
    assert graded("Alanine aminotransferase increased", "H", [500], base=80, bnrind="HIGH") == [""]


def test_a_term_is_graded_in_its_own_unit_alone() -> None:
    assert graded("Anemia", "L", [79], unit="g/dL", low=12.0) == ["0"]          # 79 g/dL is no anaemia
    assert graded("Anemia", "L", [79], unit="G/L", low=120) == ["3"]
    assert graded("Anemia", "L", [79], unit="mmol/L", low=7.4) == [""]


def test_the_worse_of_two_yardsticks_counts() -> None:
    assert graded("Creatinine increased", "H", [100], high=90, base=30) == ["3"]
    assert graded("INR increased", "H", [1.1], base=0.7) == ["2"]
    assert graded("INR increased", "H", [1.1]) == [""]


def test_fibrinogen_counts_the_change_only_below_the_lower_limit() -> None:
    assert graded("Fibrinogen decreased", "L", [1.9], unit="g/L", low=2.0, pchg=-50) == ["3"]
    assert graded("Fibrinogen decreased", "L", [2.1], unit="g/L", low=2.0, pchg=-50) == ["0"]


def test_a_term_that_ctcae_does_not_have_stops_with_a_suggestion() -> None:
    with pytest.raises(SpecError, match="ANAEMIA.*mean ANEMIA"):
        graded("Anaemia", "L", [79])
    with pytest.raises(SpecError, match="neither L"):
        graded("Anemia", "low", [79])


def test_shuffled_rows_give_the_same_grades_and_no_row_none() -> None:
    data = pd.DataFrame({"ATOXDSCL": text("Hypokalemia", "Anemia", ""), "ATOXDSCH": text("Hyperkalemia", "", ""),
                         "AVAL": numbers(6.2, 90, 1), "AVALU": text("mmol/L", "g/L", ""), "ANRLO": numbers(3.5, 120, 0),
                         "ANRHI": numbers(5.1, 160, 2), "BASE": numbers(4, 130, 1),
                         "BNRIND": text("NORMAL", "NORMAL", "NORMAL"), "PCHG": numbers(55, -31, 0)})
    made = derive_atoxgr(derive_atoxgr_low_high(data))
    assert [*zip(made["ATOXGRL"], made["ATOXGRH"], made["ATOXGR"], strict=True)] == \
        [("0", "3", "3"), ("2", "", "-2"), ("", "", "")]
    pd.testing.assert_frame_equal(derive_atoxgr(derive_atoxgr_low_high(data[::-1])).sort_index(), made)
    assert list(derive_atoxgr(derive_atoxgr_low_high(data[:0]))["ATOXGR"]) == []


def test_numbers_are_compared_after_fifteen_digits() -> None:
    assert compute_significant(numbers(1.1 * 100, -0.3, 0, None)).fillna(99).tolist() == [110, -0.3, 0, 99]

"""Laws of clinical formulas, and the worked cases of others."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from adam.formulas import (
    compute_bmi,
    compute_bsa,
    compute_dose_intensity,
    compute_egfr,
    compute_map,
    compute_qtc,
    compute_rr,
)
from adam.records import derive_computed_records
from cdisckit.errors import SpecError


def numbers(*values: float | None) -> pd.Series:
    return pd.Series(values, dtype="float64")


def text(*values: str | None) -> pd.Series:
    return pd.Series([value or "" for value in values], dtype="str")


@pytest.mark.cases("05_flags_grades_formulas.json", "formula-pub")
def test_formulas_of_the_worked_cases(case: dict[str, Any]) -> None:
    given, method = case["given"], case["parameters"].get("method", "")
    value = {name: numbers(number) for name, number in given.items() if name not in ("creatu", "sex", "race")}
    kind = case["parameters"]["derivation"]
    if kind == "bmi":
        got = compute_bmi(value["height"], value["weight"])
    elif kind == "bsa":
        got = compute_bsa(value["height"], value["weight"], method)
    elif kind == "map":
        got = compute_map(value["diabp"], value["sysbp"], value.get("hr"))
    else:
        got = compute_egfr(value["creat"], text(given["creatu"]), value["age"], text(given["sex"]), method=method,
                           weight=value.get("weight"), race=text(given.get("race")))
    expected = case["expect"]["value"]
    assert got[0] == pytest.approx(np.nan if expected is None else expected, rel=case["tolerance"], nan_ok=True)


TABLES = {"qtc": ("QT", "RR"), "rr": ("HR",), "bmi": ("HEIGHT", "WEIGHT"), "bsa": ("HEIGHT", "WEIGHT"),
          "map": ("DIABP", "SYSBP"), "doseint": ("TNDOSE", "TSNDOSE")}


@pytest.mark.cases("05_flags_grades_formulas.json", "formula-tab", "doseint-pub")
def test_parameters_that_are_computed_from_others(case: dict[str, Any]) -> None:
    options, kind = case["parameters"], case["parameters"]["derivation"]
    codes = (*TABLES[kind], *([options["hr_code"]] if "hr_code" in options else []))
    compute = {
        "qtc": lambda qt, rr: compute_qtc(qt, rr, options["method"]),
        "rr": compute_rr,
        "bmi": compute_bmi,
        "bsa": lambda height, weight: compute_bsa(height, weight, options["method"]),
        "map": compute_map,
        "doseint": lambda given, planned: compute_dose_intensity(
            given, planned, unplanned=options.get("zero_doses", "missing")),
    }[kind]
    constant = {"HEIGHT": options["constant_by_vars"]} if "constant_by_vars" in options else {}
    if constant:
        codes, compute = ("WEIGHT", "HEIGHT"), lambda weight, height, original=compute: original(height, weight)
    data = pd.DataFrame(case["given"]["data"]).astype({"AVAL": "float64"})
    made = derive_computed_records(data, compute, codes, options["by_vars"], {"PARAMCD": "NEW"}, constant=constant)
    new = made.iloc[len(data):]
    expected = [row for row in case["expect"]["data"] if row["PARAMCD"] not in set(data["PARAMCD"])]
    assert expected
    wanted = {(row["USUBJID"], row["VISIT"]): row["AVAL"] for row in expected if row["AVAL"] is not None}
    got = dict(zip(zip(new["USUBJID"], new["VISIT"], strict=True), new["AVAL"], strict=True))
    assert got == pytest.approx(wanted)


def test_a_zero_never_divides() -> None:
    assert compute_rr(numbers(0, 60)).tolist()[1] == 1000 and np.isnan(compute_rr(numbers(0))[0])
    assert np.isnan(compute_bmi(numbers(0), numbers(70))[0])
    assert np.isnan(compute_dose_intensity(numbers(0), numbers(0))[0])


def test_an_unknown_method_stops_and_says_what_there_is() -> None:
    with pytest.raises(SpecError, match="Bazet.*mean Bazett"):
        compute_qtc(numbers(400), numbers(800), "Bazet")
    with pytest.raises(SpecError, match="needs the weight"):
        compute_egfr(numbers(1), text("mg/dL"), numbers(50), text("M"), method="CRCL")


def test_another_unit_or_sex_has_no_kidney_function() -> None:
    assert compute_egfr(numbers(1, 1), text("g/L", "mg/dL"), numbers(50, 50), text("M", "U")).isna().all()

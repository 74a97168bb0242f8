"""Laws of baseline, change, shifts and ratios, and the worked cases of others."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from adam.baseline import (
    derive_ablfl,
    derive_base,
    derive_basetype_records,
    derive_chg,
    derive_pchg,
    derive_ratio,
    derive_shift,
)

FILE = "05_flags_grades_formulas.json"


def row(values: dict[str, Any]) -> pd.DataFrame:
    text = {"USUBJID", "PARAMCD", "ABLFL", "BNRIND", "ANRIND", "BASETYPE", "STUDYID"}
    return pd.DataFrame({name: pd.Series([value or ""], dtype="str") if name in text
                         else pd.Series([value], dtype="float64") for name, value in values.items()})


@pytest.mark.cases(FILE, "base-pub")
def test_the_baseline_value_stands_on_every_record_of_the_group(case: dict[str, Any]) -> None:
    data = pd.DataFrame(case["given"]["data"])
    made = derive_base(data.assign(ABLFL=data["ABLFL"].fillna("")), case["parameters"]["by_vars"][1:])
    assert made["BASE"].fillna(-1).tolist() == [-1 if one["BASE"] is None else one["BASE"] for one in case["expect"]["data"]]


@pytest.mark.cases(FILE, "chg-pub")
def test_change_from_baseline(case: dict[str, Any]) -> None:
    made = derive_pchg(derive_chg(row({"AVAL": None, "BASE": None, **case["given"]["row"]})))
    (name, value), = case["expect"].items()
    assert made[name][0] == pytest.approx(np.nan if value is None else value, nan_ok=True)


@pytest.mark.cases(FILE, "shift-pub")
def test_shift_from_baseline(case: dict[str, Any]) -> None:
    options = case["parameters"]
    words = {"missing": options.get("missing_value", "NULL"), "between": options.get("sep_val", " to ")}
    made = derive_shift(row(case["given"]["row"]), "NEW", options["from_var"], options["to_var"], **words)
    assert made["NEW"][0] == next(iter(case["expect"].values()))


@pytest.mark.cases(FILE, "ratio-pub")
def test_ratio_to_baseline_and_to_limits(case: dict[str, Any]) -> None:
    options = case["parameters"]
    made = derive_ratio(row(case["given"]["row"]), options["denom_var"], numerator=options["numer_var"],
                        new=options.get("new_var", ""))
    (name, value), = case["expect"].items()
    assert made[name][0] == pytest.approx(np.nan if value is None else value, nan_ok=True)


@pytest.mark.cases(FILE, "basetype-pub")
def test_a_record_stands_once_for_each_type_of_baseline(case: dict[str, Any]) -> None:
    data = pd.DataFrame(case["given"]["data"])
    epochs = {"RUN-IN": ["RUN-IN", "STABILIZATION", "DOUBLE-BLIND", "OPEN-LABEL"],
              "DOUBLE-BLIND": ["DOUBLE-BLIND", "OPEN-LABEL"], "OPEN-LABEL": ["OPEN-LABEL"]}
    made = derive_basetype_records(data, {name: data["EPOCH"].isin(of) for name, of in epochs.items()})
    expected = pd.DataFrame(case["expect"]["data"])
    pd.testing.assert_frame_equal(made, expected.assign(BASETYPE=expected["BASETYPE"].fillna("").astype("str")))


def test_the_baseline_is_one_record_a_group_and_text_has_a_baseline_too() -> None:
    data = pd.DataFrame({"USUBJID": ["1", "1", "1", "2"], "PARAMCD": "K", "AVAL": [4.0, 5.0, 6.0, 4.0],
                         "VSLOBXFL": ["", "Y", "", ""], "ANRIND": ["NORMAL", "HIGH", "LOW", "LOW"]})
    made = derive_ablfl(data, ["PARAMCD"], "VSLOBXFL")
    assert list(made["ABLFL"]) == ["", "Y", "", ""]
    assert list(derive_base(made, ["PARAMCD"], BNRIND="ANRIND")["BNRIND"]) == ["HIGH", "HIGH", "HIGH", ""]
    again = derive_base(derive_ablfl(data[::-1], ["PARAMCD"], "VSLOBXFL"), ["PARAMCD"]).sort_index()
    pd.testing.assert_frame_equal(again, derive_base(made, ["PARAMCD"]))

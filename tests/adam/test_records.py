"""Laws of added records: computed parameters, absolute counts, sums and means, values carried forward."""

from typing import Any

import pandas as pd
import pytest

from adam.records import (
    derive_computed_records,
    derive_differential_records,
    derive_locf_records,
    derive_summary_records,
)
from cdisckit.errors import SpecError

FILE = "05_flags_grades_formulas.json"


def rows(data: pd.DataFrame, names: list[str]) -> list[tuple[Any, ...]]:
    """The records as tuples, without order; None for what is missing."""
    chosen = data.reindex(columns=names)
    plain = ([None if pd.isna(value) or value == "" else value for value in one] for one in chosen.to_numpy())
    return sorted((tuple(round(v, 9) if isinstance(v, float) else v for v in one) for one in plain), key=str)


@pytest.mark.cases(FILE, "wbc-pub")
def test_the_absolute_count_is_computed_where_it_was_not_reported(case: dict[str, Any]) -> None:
    data = pd.DataFrame(case["given"]["data"]).astype({"AVAL": "float64"})
    made = derive_differential_records(data, case["parameters"]["by_vars"], {"PARAMCD": "LYMPH"},
                                       percent=case["parameters"]["diff_type"] == "percent")
    names = ["USUBJID", "PARAMCD", "AVAL", "VISIT", "DTYPE"]
    assert rows(made, names) == rows(pd.DataFrame(case["expect"]["data"]).astype({"AVAL": "float64"}), names)


@pytest.mark.cases(FILE, "expo-pub")
def test_exposure_is_summed_up_a_subject(case: dict[str, Any]) -> None:
    data, options = pd.DataFrame(case["given"]["data"]), case["parameters"]
    new = {key: value for part in options["set"] for key, value in part.items()}
    times = [name for name in ("ASTDT", "AENDT", "ASTDTM", "AENDTM") if name in data]
    for name in times:
        data[name] = pd.to_datetime(data[name], format="ISO8601")
    data = data.assign(AVALC=data["AVALC"].fillna("").astype("str"), AVAL=data["AVAL"].astype("float64"),
                       VISIT=data["VISIT"].fillna("").astype("str"))
    constants = {name: new[name] for name in ("PARAMCD", "PARCAT1")}
    among = data["PARAMCD"] == options["input_code"]
    if "AVALC" in new:
        counted = data.assign(HIT=(data["AVALC"] == "Y").astype("float64"))
        made = derive_summary_records(counted, among, options["by_vars"], constants, "sum", value="HIT", dates=times)
        added = made["PARAMCD"] == new["PARAMCD"]
        made.loc[added, "AVALC"] = made.loc[added, "AVAL"].map({0.0: ""}).fillna("Y")
        made.loc[added, "AVAL"] = None
    else:
        summary = "sum" if "sum" in new["AVAL"] else "mean"
        made = derive_summary_records(data, among, options["by_vars"], constants, summary, dates=times)
    expected = pd.DataFrame(case["expect"]["data"])
    for name in times:
        expected[name] = pd.to_datetime(expected[name], format="ISO8601")
    names = ["USUBJID", "PARAMCD", "AVAL", "AVALC", *times]
    pick = lambda frame: frame[frame["PARAMCD"] == new["PARAMCD"]].astype({"AVAL": "float64"})      # noqa: E731
    assert rows(pick(made), names) == rows(pick(expected), names)
    assert len(made) == len(data) + data.loc[among, "USUBJID"].nunique()


@pytest.mark.cases(FILE, "locf-pub")
def test_values_are_carried_forward_to_expected_visits(case: dict[str, Any]) -> None:
    data, options = pd.DataFrame(case["given"]["data"]), case["parameters"]
    names = list(case["expect"]["data"][0])
    text = [name for name in data if name not in ("AVAL", "AVISITN", "ADY", "PARAMN")]
    data = data.assign(**{name: data[name].fillna("").astype("str") for name in text}).astype({"AVAL": "float64"})
    # The reference of the published test is not in the case: it is the visits that the expected rows have.
    visits = [name for name in ("PARAMCD", "PARAM", "AVISITN", "AVISIT") if name in data]
    made_up = pd.DataFrame(case["expect"]["data"])
    expected = made_up[[*visits]].drop_duplicates()
    if "ADY" in data and options.get("imputation", "add") == "add":
        expected = made_up[(made_up["DTYPE"] == "LOCF") | (made_up["USUBJID"] == "1")]
        expected = expected[[*visits, "ADY"]].drop_duplicates()
    elif "ADY" in data:
        first = made_up.sort_values("ADY").drop_duplicates(visits)
        expected = first[[*visits, "ADY"]]
    made = derive_locf_records(data, expected, options["by_vars"], options["order"],
                               visit=[name for name in visits if name not in options["by_vars"]],
                               imputation=options.get("imputation", "add"), keep=options.get("keep_vars", []))
    wanted = made_up.assign(**{name: made_up[name].fillna("") for name in text if name in made_up})
    assert rows(made, names) == rows(wanted.astype({"AVAL": "float64"}), names)


def test_records_that_the_keys_do_not_tell_apart_stop() -> None:
    data = pd.DataFrame({"USUBJID": "1", "PARAMCD": ["A", "B", "B"], "AVAL": [1.0, 2, 3]})
    with pytest.raises(pd.errors.MergeError):
        derive_computed_records(data, lambda a, b: a + b, ("A", "B"), ["USUBJID"], {"PARAMCD": "C"})


def test_an_imputation_that_is_none_stops() -> None:
    with pytest.raises(SpecError, match="none of add"):
        derive_locf_records(pd.DataFrame({"AVAL": []}), pd.DataFrame(), [], [], imputation="bocf")

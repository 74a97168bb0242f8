"""Laws of flags: treatment emergence, on treatment, first and worst occurrence, criteria; the worked cases of others."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from adam.flags import (
    compute_extreme,
    compute_first,
    compute_relative,
    derive_criterion,
    derive_ontrtfl,
    derive_trtemfl,
)
from cdisckit.errors import SpecError

FILE = "05_flags_grades_formulas.json"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "cases" / FILE
DATES = ("ASTDTM", "AENDTM", "TRTSDTM", "TRTEDTM", "ADTM", "ADT", "TRTSDT", "TRTEDT", "ASTDT", "AENDT", "AP01SDT", "AP01EDT")


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of a case: dates as datetime64, text without None, numbers as they are."""
    data = pd.DataFrame(rows)
    for name in data:
        if name in DATES:
            data[name] = pd.to_datetime(pd.Series(data[name], dtype="str"), format="ISO8601").astype("datetime64[s]")
        elif data[name].dtype.kind not in "fiu" and not pd.api.types.is_numeric_dtype(data[name]):
            data[name] = data[name].fillna("").astype("str")
    return data


def emergent(data: pd.DataFrame, options: dict[str, Any]) -> list[str | None]:
    intensity = options.get("intensity", "")
    made = derive_trtemfl(
        data, options.get("end_window"), start="ASTDTM", end="AENDTM", treatment_start="TRTSDTM",
        treatment_end="TRTEDTM", end_time=not options.get("ignore_time_for_trt_end", True), intensity=intensity,
        initial_intensity=options.get("initial_intensity", "") if intensity else "",
        episode=[options["group_var"]] if "group_var" in options and intensity else [])
    return [flag or None for flag in made["TRTEMFL"]]


# --- the worked cases -------------------------------------------------------------------------------------------------


def emergent_tables() -> list[Any]:
    """The lines of an episode belong together: the cases of one published test are one table."""
    if not SHARED.exists():
        return [pytest.param([], marks=pytest.mark.skip("the worked cases (../shared) do not lie beside the repository"))]
    tables: dict[str, list[dict[str, Any]]] = {}
    for case in json.loads(SHARED.read_text(encoding="utf-8"))["cases"]:
        if case["id"].startswith("trtem-pub-"):
            tables.setdefault(case["source"], []).append(case)
    return [pytest.param(cases, id=source.rpartition(":")[2]) for source, cases in tables.items()]


@pytest.mark.parametrize("cases", emergent_tables())
def test_treatment_emergence_of_the_worked_cases(cases: list[dict[str, Any]]) -> None:
    options = cases[0]["parameters"]
    data = table([case["given"]["row"] for case in cases])
    expected = [next(iter(case["expect"].values())) for case in cases]
    got = emergent(data, options)
    if "group_var" in options:                # the published table of expected rows is sorted by the start of the line
        got = [got[row] for row in data.sort_values(["USUBJID", options["group_var"], "ASTDTM"], kind="stable").index]
    assert got == expected


def test_all_worked_cases_of_treatment_emergence_are_run(shared: Path) -> None:
    assert sum(len(table.values[0]) for table in emergent_tables()) == 110


@pytest.mark.cases(FILE, "trtem-ho")
def test_treatment_emergence_with_each_option(case: dict[str, Any]) -> None:
    worse = {"intensity": "AETOXGR", "initial_intensity": "AEITOXGR"}
    options = {"TE_NOWINDOW": {}, "TE_W0": {"end_window": 0}, "TE_W30": {"end_window": 30},
               "TE_W30_TIME": {"end_window": 30, "ignore_time_for_trt_end": False},
               "TE_W30_WORSE": {"end_window": 30, **worse}}
    data = table([case["given"]])
    assert {name: emergent(data, chosen)[0] for name, chosen in options.items()} == case["expect"]


@pytest.mark.cases(FILE, "ontrt-pub")
def test_on_treatment_of_the_worked_cases(case: dict[str, Any]) -> None:
    options, data = case["parameters"], table([case["given"]["row"]])
    before = data["TPT"] == "PRE" if "filter_pre_timepoint" in options else None
    made = derive_ontrtfl(data, options.get("ref_end_window", 0), new="FLAG", start=options["start_date"],
                          end=options.get("end_date", ""), treatment_start=options["ref_start_date"],
                          treatment_end=options.get("ref_end_date", ""), before_dose=before,
                          end_time=not options.get("ignore_time_for_ref_end_date", True),
                          span=options.get("span_period", False))
    assert (made["FLAG"][0] or None) == next(iter(case["expect"].values()))


@pytest.mark.cases(FILE, "ontrt-ho")
def test_on_treatment_with_each_option(case: dict[str, Any]) -> None:
    data = table([case["given"]])
    options = {"ON_START": {"treatment_end": ""}, "ON_END": {}, "ON_END5": {"window_days": 5},
               "ON_PRE": {"before_dose": data["TPT"] == "PRE"}}
    assert {name: derive_ontrtfl(data, **chosen)["ONTRTFL"][0] or None for name, chosen in options.items()} \
        == case["expect"]


@pytest.mark.cases(FILE, "extr-pub")
def test_first_and_last_of_the_worked_cases(case: dict[str, Any]) -> None:
    options, data = case["parameters"], table(case["given"]["data"])
    order = [name if isinstance(name, str) else f"-{name['desc']}" for name in options["order"]]
    flag = compute_extreme(data, options["by_vars"], order, mode=options["mode"], ties=options.get("flag_all", False))
    yes, no = options.get("true_value", "Y"), options.get("false_value")
    got = [{**row, options["new_var"]: yes if one else no} for row, one in zip(case["given"]["data"], flag, strict=True)]
    assert sorted(got, key=str) == sorted(case["expect"]["data"], key=str)


@pytest.mark.cases(FILE, "rel-pub")
def test_records_before_and_after_an_event(case: dict[str, Any]) -> None:
    options, data = case["parameters"], table(case["given"]["data"])
    (name, _, value), = options["condition"]
    flag = compute_relative(data, options["by_vars"], options["order"], data[name] == value,
                            selection=options["selection"], mode=options["mode"], inclusive=options["inclusive"],
                            groups_without=options.get("flag_no_ref_groups", True))
    assert [one or None for one in flag] == [row[options["new_var"]] for row in case["expect"]["data"]]


@pytest.mark.cases(FILE, "crit-pub")
def test_criteria_of_the_worked_cases(case: dict[str, Any]) -> None:
    options, data = case["parameters"], table([case["given"]["row"]])
    (_, sign, limit), = options["condition"]
    assert (sign, limit) == (">", 40)
    value = pd.to_numeric(data["AVAL"]).astype("float64")
    met = (value > limit).astype("boolean").mask(value.isna())
    words = options["description"] if "PARAMCD" not in data else data["PARAMCD"] + " > 40"
    made = derive_criterion(data, options.get("crit_nr", 1), words, met, values_yn=options.get("values_yn", False),
                            numeric=options.get("create_numeric_flag", False))
    got = {name: None if pd.isna(made[name][0]) or made[name][0] == "" else made[name][0] for name in case["expect"]}
    assert got == case["expect"]


@pytest.mark.cases(FILE, "occ-ho")
def test_occurrences_count_among_treatment_emergent_events(case: dict[str, Any]) -> None:
    data = table(case["given"]["data"])
    among = data["TRTEMFL"] == "Y"
    first, worst = ["ASTDT", "AESEQ"], ["-AETOXGR", "ASTDT", "AESEQ"]
    by = {"AOCCIFL": ([], worst), "AOCCFL": ([], first), "AOCCSFL": (["AEBODSYS"], first),
          "AOCCPFL": (["AEBODSYS", "AEDECOD"], first), "AOCPIFL": (["AEDECOD"], worst)}
    for name, (groups, order) in by.items():
        flag = compute_extreme(data, ["USUBJID", *groups], order, among=among)
        assert [one or None for one in flag] == [row[name] for row in case["expect"]["data"]], name


# --- the laws ---------------------------------------------------------------------------------------------------------

EVENTS = [
    # USUBJID, ASTDT, AENDT, TRTSDT, TRTEDT, GRADE, INITIAL, EVENT
    ["1", "2024-01-09", "2024-01-09", "2024-01-10", "2024-03-01", "3", "1", "A"],
    ["1", "2024-01-05", "2024-02-01", "2024-01-10", "2024-03-01", "2", "1", "B"],
    ["1", "2024-01-20", "2024-02-01", "2024-01-10", "2024-03-01", "3", "2", "B"],
    ["1", "2024-03-31", None, "2024-01-10", "2024-03-01", "1", "1", "C"],
    ["1", "2024-04-01", None, "2024-01-10", "2024-03-01", "1", "1", "C"],
    ["1", None, None, "2024-01-10", None, "1", "1", "D"],
    ["2", "2024-01-20", None, None, None, "3", "1", "A"],
]
NAMES = ["USUBJID", "ASTDT", "AENDT", "TRTSDT", "TRTEDT", "GRADE", "INITIAL", "EVENT"]


def events() -> pd.DataFrame:
    return table([dict(zip(NAMES, row, strict=True)) for row in EVENTS])


def test_an_event_is_emergent_from_the_first_dose_to_the_last_day_of_the_window() -> None:
    assert list(derive_trtemfl(events(), 30)["TRTEMFL"]) == ["", "", "Y", "Y", "", "Y", ""]
    assert list(derive_trtemfl(events())["TRTEMFL"]) == ["", "", "Y", "Y", "Y", "Y", ""]


def test_an_event_from_before_treatment_counts_once_it_is_worse() -> None:
    alone = derive_trtemfl(events(), 30, intensity="GRADE", initial_intensity="INITIAL")
    assert list(alone["TRTEMFL"]) == ["", "Y", "Y", "Y", "", "Y", ""]
    lines = derive_trtemfl(events(), 30, intensity="GRADE", episode=["EVENT"])
    assert list(lines["TRTEMFL"]) == ["", "", "Y", "Y", "", "Y", ""]
    milder = derive_trtemfl(events().assign(GRADE="1"), 30, intensity="GRADE", episode=["EVENT"])
    assert milder["TRTEMFL"][2] == ""


def test_an_intensity_needs_something_to_be_worse_than() -> None:
    with pytest.raises(SpecError, match="initial_intensity= or episode="):
        derive_trtemfl(events(), 30, intensity="GRADE")


def test_flags_do_not_depend_on_the_order_of_the_records() -> None:
    straight = derive_ontrtfl(derive_trtemfl(events(), 30, intensity="GRADE", episode=["EVENT"]), start="ASTDT")
    shuffled = derive_ontrtfl(derive_trtemfl(events()[::-1], 30, intensity="GRADE", episode=["EVENT"]), start="ASTDT")
    pd.testing.assert_frame_equal(shuffled.sort_index(), straight)
    assert list(derive_trtemfl(events()[:0], 30)["TRTEMFL"]) == []


def test_the_worst_record_is_flagged_once_and_missing_values_come_last() -> None:
    data = pd.DataFrame({"USUBJID": ["1", "1", "1", "2"], "AVAL": [None, 3.0, 3.0, None], "SEQ": [1, 3, 2, 1]})
    assert list(compute_extreme(data, ["USUBJID"], ["-AVAL", "SEQ"])) == ["", "", "Y", "Y"]
    assert list(compute_extreme(data, ["USUBJID"], ["-AVAL"], ties=True)) == ["", "Y", "Y", "Y"]
    assert list(compute_first(data, data["AVAL"].notna(), ["USUBJID"], ["SEQ"])) == ["", "", "Y", ""]


def test_a_mode_that_is_none_stops() -> None:
    data = pd.DataFrame({"USUBJID": ["1"], "SEQ": [1]})
    with pytest.raises(SpecError, match="first nor last"):
        compute_extreme(data, ["USUBJID"], ["SEQ"], mode="max")
    with pytest.raises(SpecError, match="before or after"):
        compute_relative(data, ["USUBJID"], ["SEQ"], data["SEQ"] == 1, selection="since")

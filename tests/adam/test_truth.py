"""The planned course of every simulated subject is recovered: best responses, times to events and why they end.

A few studies by default; CDISCKIT_TRUTH_SEEDS=200 takes as many.
"""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cdisckit.build import build
from cdisckit.trace import read_dataset, trace_value
from studies.bat4706_bat1308.synthetic import simulate

SEEDS = int(os.environ.get("CDISCKIT_TRUTH_SEEDS", "2"))
REASONS = {"": 0, "CUT-OFF": 1, "COMPLETED": 2, "WITHDRAWAL": 3, "LOST": 4, "THERAPY": 5, "MISSED": 6, "NO ASSESSMENT": 7}
TIMES, RESPONSES = ("PFS", "PFSFDA", "PFSEMA", "DOR", "OS"), ("BOR", "CBOR")


def planned(raw: Path) -> dict[tuple[str, str], Any]:
    """(subject, parameter): what was planned."""
    subjects = json.loads((raw / "truth" / "subjects.json").read_text(encoding="utf-8"))
    found: dict[tuple[str, str], Any] = {}
    for one in subjects:
        if one["screen_failure"]:
            continue
        outcome = one["endpoints"]
        found |= {(one["SUBJECT"], name): outcome[name] for name in RESPONSES}
        found |= {(one["SUBJECT"], name): (value["date"], value["days"], REASONS[value["censored"]])
                  for name in TIMES if (value := outcome[name])}
    return found


def derived(out: Path) -> dict[tuple[str, str], Any]:
    adtte, adrs = read_dataset(out, "ADTTE"), read_dataset(out, "ADRS")
    times = adtte[adtte["PARAMCD"].isin(TIMES)]
    best = adrs[adrs["PARAMCD"].isin(RESPONSES)]
    return {(row["SUBJID"], row["PARAMCD"]): (iso(row["ADT"]), int(row["AVAL"]), int(row["CNSR"]))
            for row in times.to_dict("records")} | {
        (row["SUBJID"], row["PARAMCD"]): row["AVALC"] for row in best.to_dict("records")}


def iso(date: pd.Timestamp) -> str:
    return date.date().isoformat()


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_the_planned_course_of_every_subject_is_recovered(seed, tmp_path):
    simulate(tmp_path / "raw", 24, seed)
    build("bat4706_bat1308", tmp_path / "raw", tmp_path / "out", only=("ADTTE",))
    wanted, found = planned(tmp_path / "raw"), derived(tmp_path / "out")
    differs = {key: (wanted.get(key), found.get(key)) for key in {**wanted, **found} if wanted.get(key) != found.get(key)}
    assert not differs and len(wanted) > 15                   # a study whose first dose is too toxic ends early
    check_estimates(tmp_path / "out", wanted)
    check_trace(tmp_path / "out")


def check_estimates(out: Path, wanted: dict[tuple[str, str], Any]) -> None:
    """The rate in the results table counts the responders that were planned."""
    table = pd.read_csv(out / "results" / "estimates.csv").query("GROUP == 'ALL' and PARAMCD == 'CBCP'")
    planned_best = [value for (_, name), value in wanted.items() if name == "CBOR"]
    assert table[["EVENTS", "N"]].values.tolist() == [[sum(one in ("CR", "PR") for one in planned_best), len(planned_best)]]


def check_trace(out: Path) -> None:
    """The time to a progression goes back, record by record, to the line of the response form."""
    progressed = read_dataset(out, "ADTTE").query("PARAMCD == 'PFS' and EVNTDESC == 'DISEASE PROGRESSION'").iloc[0]
    hops = trace_value(out, "ADTTE.AVAL", progressed["USUBJID"], None, {"PARAMCD": "PFS"})
    response = next(place for place, hop in enumerate(hops) if hop.what.startswith("RS.RSDTC"))
    assert [hop.what.split()[0] for hop in hops[:response]] == ["ADTTE.AVAL", "ADTTE.ADT", "ADRS.ADT"]
    assert hops[response + 1].what in progressed["_record"] and hops[response + 1].rule.startswith("edc/RSP.csv line ")

"""What the analysis finds of a simulated study against the truth of its subjects, and back to the raw lines."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from cdisckit.build import build
from cdisckit.trace import read_dataset, trace_value
from studies.bat4706_bat1308.synthetic import simulate

DRUGS = {"BAT4706": "1", "BAT1308": "2"}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pk")
    simulate(folder / "raw", subjects=24, seed=3)
    build("bat4706_bat1308", folder / "raw", folder / "out", only=("ADPP",))
    return folder / "raw", folder / "out"


def highest(raw: Path) -> dict[tuple[str, str, str], float]:
    """(subject, drug, cycle): the highest concentration that the laboratory reported, of the drug's own cycles."""
    later = {"C1D2": "C1D1", "C1D4": "C1D1", "C1D8": "C1D1", "C1D15": "C1D1"}
    given = set()
    with (raw / "edc" / "EC.csv").open(encoding="utf-8-sig", newline="") as file:
        given |= {(row["Subject"], row["ECTRT_STD"], row["FolderName"]) for row in csv.DictReader(file) if row["ECYN_STD"] == "Y"}
    found: dict[tuple[str, str, str], float] = {}
    with (raw / "vendor" / "pk_concentrations.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["SUBJECT"], row["ANALYTE"], later.get(row["VISIT"], row["VISIT"]))
            if key in given and row["CONCENTRATION"] not in ("BLQ", "NR", ""):
                found[key] = max(found.get(key, 0.0), float(row["CONCENTRATION"]))
    return found


def test_cmax_of_every_cycle_is_the_highest_concentration_of_that_cycle(study):
    raw, out = study
    adpp = read_dataset(out, "ADPP")
    cmax = adpp[adpp["PARAMCD"].isin(["CMAX1", "CMAX2"]) & adpp["AVAL"].notna()]
    ours = {(row.SUBJID, row.PARCAT1, row.AVISIT): row.AVAL for row in cmax.itertuples()}
    wanted = highest(raw)
    assert len(ours) > 100
    assert {key: wanted[key] for key in ours} == ours


def test_clearance_and_volume_of_the_first_dose_are_near_the_truth(study):
    """Noise of 8 % a sample, two compartments, three weeks of samples: the median within 15 %, nearly all within 40 %."""
    raw, out = study
    people = {one["SUBJECT"]: one for one in json.loads((raw / "truth" / "subjects.json").read_text(encoding="utf-8"))}
    adpp = read_dataset(out, "ADPP")
    first = adpp[(adpp["AVISIT"] == "C1D1") & adpp["AVAL"].notna()]
    for drug, number in DRUGS.items():
        for code, true in (("CLO", lambda k: k["CL"] / 24), ("VSSO", lambda k: k["V1"] + k["V2"])):
            rows = first[first["PARAMCD"] == code + number]
            ratio = rows["AVAL"] / [true(people[subject]["kinetics"][drug]) for subject in rows["SUBJID"]]
            assert len(ratio) > 15
            assert ratio.median() == pytest.approx(1, abs=0.15), (drug, code)
            assert ratio.between(0.6, 1.67).mean() > 0.9, (drug, code)


def test_every_dose_with_a_sample_has_its_parameters_with_a_value_or_a_reason(study):
    _, out = study
    pp = read_dataset(out, "PP")
    assert ((pp["PPSTRESN"].notna()) != (pp["PPREASND"] != "")).all()
    adpc = read_dataset(out, "ADPC")
    after = adpc[(adpc["DOSENO"] > 0) & (adpc["ARRLT"] > 0) & (adpc["DTYPE"] == "")]
    assert set(after["USUBJID"] + after["PARAMCD"] + "-" + after["DOSEVIS"]) == set(pp["USUBJID"] + pp["PPGRPID"])


def test_a_parameter_is_followed_to_the_lines_of_its_concentrations(study):
    raw, out = study
    cmax = read_dataset(out, "ADPP").query("PARAMCD == 'CMAX1' and AVISIT == 'C2D1'").iloc[0]
    hops = trace_value(out, "ADPP.AVAL", cmax["USUBJID"], None, {"PARAMCD": "CMAX1", "AVISIT": "C2D1"})
    names = list(dict.fromkeys(hop.what.split(" ")[0] for hop in hops if "." in hop.what.split(" ")[0]))
    assert names[:4] == ["ADPP.AVAL", "PP.PPSTRESN", "ADPC.AVAL", "PC.PCSTRESN"]
    ends = [hop for hop in hops if hop.rule.startswith("vendor/pk_concentrations.csv line")]
    lines = (raw / "vendor" / "pk_concentrations.csv").read_text(encoding="utf-8-sig").splitlines()
    said = [lines[int(hop.rule.rpartition(" ")[2]) - 1] for hop in ends]
    assert all(cmax["USUBJID"].rpartition("-")[2] in line and "BAT4706" in line for line in said)
    assert any(f",{cmax['AVAL']:g}," in line for line in said)


def test_the_block_gives_the_same_parameters_as_several(study, tmp_path):
    raw, out = study
    build("bat4706_bat1308", raw, tmp_path / "out", only=("ADPP",), block_subjects=7)
    one, other = (read_dataset(folder, "ADPP").sort_values(["USUBJID", "PARAMN", "AVISITN"]).reset_index(drop=True)
                  for folder in (out, tmp_path / "out"))
    pd.testing.assert_frame_equal(one, other)

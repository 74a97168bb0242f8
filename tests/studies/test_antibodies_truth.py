"""The categories of antidrug antibodies equal the truth of the simulated study: what its antibodies were, as seen by the
samples that were taken. CDISCKIT_TRUTH_SEEDS=200 asks for 200 studies of 24 subjects.
"""

import csv
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdisckit.build import build
from cdisckit.trace import read_dataset
from studies.bat4706_bat1308.synthetic import simulate

SEEDS = int(os.environ.get("CDISCKIT_TRUTH_SEEDS", "2"))
DRUGS = {"BAT4706": "1", "BAT1308": "2"}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row.get("RecordActive", "1") == "1"]


def titre(one: dict[str, Any], day: int) -> int:
    """The true titre on a day of treatment, 0 for none (the generator's model, written anew)."""
    if one["course"] == "NEGATIVE" or max(day, 0) < one["begin"] or max(day, 0) > one["end"]:
        return 0
    if one["course"] == "BOOSTED":
        return 10 if day < 20 else max(80, one["titre"])
    if one["course"] == "PERSISTENT" and day < one["begin"] + 30:
        return max(10, one["titre"] // 4)
    return one["titre"]


def expected(one: dict[str, Any], days: list[int]) -> dict[str, str]:
    """Category, persistence and neutralising status of antibodies that are looked for on these days; 0 is baseline."""
    seen = {day: titre(one, day) for day in days}
    after = sorted(day for day in days if day > 0)
    if not after:
        return {"ADACAT": "NOT EVALUABLE", "ADASTAT": "MISSING"}
    positive = [day for day in after if seen[day]]
    if seen.get(0):
        boosted = any(seen[day] >= 4 * seen[0] for day in positive)
        found = {"ADACAT": "TREATMENT-BOOSTED" if boosted else "TREATMENT-UNAFFECTED"}
    elif positive:
        lasting = after[-1] in positive or positive[-1] - positive[0] >= 112
        found = {"ADACAT": "TREATMENT-INDUCED", "ADAPERS": "PERSISTENT" if lasting else "TRANSIENT"}
        boosted = True
    else:
        return {"ADACAT": "NEGATIVE", "ADASTAT": "NEGATIVE"}
    if not boosted:
        return {**found, "ADASTAT": "NEGATIVE"}
    neutral = any(one["neutralising"] and seen[day] >= 20 for day in positive)
    return {**found, "ADASTAT": "POSITIVE", "NABSTAT": "POSITIVE" if neutral else "NEGATIVE"}


def sample_days(raw: Path) -> dict[tuple[str, str], list[int]]:
    """(subject, drug): the days after the first dose of the samples with a result, before the dose on its day 0."""
    drawn = {(row["Subject"], row["ADABARC"]): row["ADADAT_INT"] for row in read(raw / "edc" / "ADAC.csv") if row["ADABARC"]}
    first: dict[tuple[str, str], str] = {}
    for row in read(raw / "edc" / "EC.csv"):
        if row["ECYN_STD"] == "Y":
            key = (row["Subject"], row["ECTRT_STD"])
            first[key] = min(first.get(key, "9999"), row["ECSTDAT_INT"])
    days: dict[tuple[str, str], list[int]] = {key: [] for key in first}
    for row in read(raw / "vendor" / "ada_results.csv"):
        key, on = (row["Subject"], row["Drug"]), drawn.get((row["Subject"], row["Barcode"]))
        if row["Tier"] == "SCREENING" and row["Result"] != "NR" and on and key in first:
            days[key].append((date.fromisoformat(on[:10]) - date.fromisoformat(first[key][:10])).days)
    return days


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_the_antibody_categories_of_all_subjects_equal_the_truth(tmp_path, seed):
    raw, out = tmp_path / "raw", tmp_path / "out"
    simulate(raw, subjects=24, seed=seed)
    build("bat4706_bat1308", raw, out, only=("ADAB",))
    adab = read_dataset(out, "ADAB")
    overall = adab[adab["AVISIT"] == "OVERALL"]
    found = {(subject, code): text for subject, code, text in
             zip(overall["SUBJID"], overall["PARAMCD"], overall["AVALC"], strict=True)}
    truth = {person["SUBJECT"]: person for person in json.loads((raw / "truth" / "subjects.json").read_text(encoding="utf-8"))}
    days = sample_days(raw)
    assert days
    wrong, planned = [], {drug: [] for drug in DRUGS}
    for (subject, drug), taken in days.items():
        wanted = expected(truth[subject]["ada"][drug], taken)
        ours = {code: found.get((subject, code + DRUGS[drug])) for code in ("ADACAT", "ADASTAT", "ADAPERS", "NABSTAT")}
        if ours != {code: wanted.get(code) for code in ours}:
            wrong.append((subject, drug, truth[subject]["ada"][drug], sorted(taken), ours, wanted))
        planned[drug] += [wanted["ADASTAT"]] if wanted["ADASTAT"] != "MISSING" else []
    assert wrong == []
    table = read(out / "results" / "ada_incidence.csv")
    assert {row["PARCAT1"]: (int(row["N"]), int(row["INCIDENT"])) for row in table if row["GROUP"] == "ALL"} == {
        drug: (len(status), status.count("POSITIVE")) for drug, status in planned.items()}

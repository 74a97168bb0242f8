"""Every fault that is injected into the demo study comes out as the finding that names it, and nothing else is raised."""

import inspect
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cdisckit.build import build
from studies.bat4706_bat1308.synthetic import simulate
from studies.bat4706_bat1308.synthetic.escalation import Plan, plan_study
from studies.bat4706_bat1308.synthetic.faults import FAULTS, FILE_FAULTS, inject
from studies.bat4706_bat1308.synthetic.subject import simulate_subject

CLASSES = {**FAULTS, **FILE_FAULTS}
RATE, SUBJECTS, SEED = 0.01, 60, 1


def base_ids(records):
    """The record ids of a cell without the numbers that tell twins apart."""
    return {record.partition("#")[0] for record in records.split("; ") if record}


def names(finding, fault):
    """Whether a finding is at the record of the fault; of a fault of a whole file, at its line."""
    if fault["record"]:
        return bool(base_ids(fault["record"]) & base_ids(finding.record))
    return (finding.file.split("/")[-1], finding.line) == (fault["file"].split("/")[-1], fault["line"])


def read_faults(raw):
    return json.loads((raw / "truth/faults.json").read_text(encoding="utf-8"))


def read_bytes(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def alarms_of(result):
    """Errors and warnings about the raw data: no waived ones, and none of the analysis datasets, which say again what
    follows from a fault for them.
    """
    return [found for found in result.findings if found.severity != "notice" and not found.waived and not found.dataset.startswith("AD")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The faults of a study and its build."""
    folder = tmp_path_factory.mktemp("faults")
    simulate(folder / "raw", SUBJECTS, SEED, faults=RATE)
    return read_faults(folder / "raw"), build("bat4706_bat1308", folder / "raw", folder / "out")


# ---- what the pipeline finds ----

@pytest.mark.parametrize("name", CLASSES)
def test_every_fault_is_named_by_its_finding_at_its_record(made, name):
    faults, result = made
    injected = [fault for fault in faults if fault["class"] == name]
    at_rule = [finding for finding in result.findings if finding.rule == CLASSES[name].rule]
    assert injected, "the class does not occur"
    assert [fault for fault in injected if not any(names(finding, fault) for finding in at_rule)] == []


def test_no_finding_is_a_false_alarm(made):
    """A finding is at a fault's record (or line, where a file is cut) and of its rule, or one of those that its class may
    cause there and at other records of the subject.
    """
    faults, result = made
    at_record = {record: (fault["rule"], *CLASSES[fault["class"]].follows) for fault in faults for record in base_ids(fault["record"])}
    follow = {(f"{fault['SITE']}-{fault['SUBJECT']}", rule) for fault in faults if fault["record"]
              for rule in CLASSES[fault["class"]].follows}
    follow |= {(fault["file"].split("/")[-1], rule) for fault in faults if not fault["record"]
               for rule in (fault["rule"], *CLASSES[fault["class"]].follows)}
    cut = [fault for fault in faults if not fault["record"]]
    alarms = [f for f in alarms_of(result)
              if not any(f.rule in at_record.get(record, ()) for record in base_ids(f.record))
              and not any(names(f, fault) for fault in cut) and (f.key.split(" ")[0].removeprefix("USUBJID=BAT4706-1308-"), f.rule) not in follow
              and (f.file.split("/")[-1], f.rule) not in follow]
    assert Counter((f.rule, f.dataset) for f in alarms) == {}, alarms[:5]


def test_what_follows_from_a_fault_at_other_records_is_bounded(made):
    """A barcode on two collections breaks two samples of two analytes; a row of another subject meets the true one."""
    faults, result = made
    records = set().union(*(base_ids(fault["record"]) for fault in faults))
    cut = {(fault["file"], fault["line"]) for fault in faults if not fault["record"]}
    elsewhere = [f for f in alarms_of(result) if f.record and not base_ids(f.record) & records
                 and (f.file, f.line) not in cut]
    barcodes = sum(fault["class"] == "duplicate barcode" for fault in faults)
    assert {f.dataset for f in elsewhere} <= {"PC"} and 0 < len(elsewhere) <= 10 * barcodes


def test_no_raw_record_is_lost_to_a_fault(made):
    assert [form for form in made[1].account["files"] if form["lost"]] == []


def test_a_study_without_faults_has_no_finding(tmp_path):
    simulate(tmp_path / "raw", 12, 2)
    assert read_faults(tmp_path / "raw") == []
    assert [found for found in build("bat4706_bat1308", tmp_path / "raw", tmp_path / "out").findings if not found.waived] == []


@pytest.mark.parametrize("rate", [0.3])
def test_no_share_of_faults_stops_the_build(tmp_path, rate):
    simulate(tmp_path / "raw", 4, 3, faults=rate)
    result = build("bat4706_bat1308", tmp_path / "raw", tmp_path / "out")
    assert result.account["lost"] == 0 and len(result.findings) > len(read_faults(tmp_path / "raw")) / 2


# ---- what is injected ----

def test_every_fault_says_what_was_and_what_is_written(made):
    for fault in made[0]:
        assert fault["clean"] != fault["written"], fault
        assert fault["rule"] == CLASSES[fault["class"]].rule and fault["file"]
        assert bool(fault["record"]) != ("line" in fault)


def test_the_readme_lists_every_class_with_its_rule():
    readme = Path(inspect.getfile(simulate)).parents[1] / "README.md"
    rows = [line.strip("| ").split(" | ") for line in readme.read_text(encoding="utf-8").split("## Faults")[1].splitlines() if "|" in line]
    assert {row[0]: row[2].split(" ")[0] for row in rows[2:]} == {name: fault.rule for name, fault in CLASSES.items()}


def test_the_classes_take_turns_and_the_rate_is_the_share_of_the_records(made):
    faults, result = made
    counts = Counter(fault["class"] for fault in faults)
    assert all(counts[name] == 1 for name in FILE_FAULTS)
    assert max(counts.values()) - min(counts[name] for name in FAULTS) <= 3
    assert 0.9 * RATE < len(faults) / result.account["read"] < 1.1 * RATE


def test_a_record_has_one_fault(made):
    records = Counter(record for fault in made[0] for record in base_ids(fault["record"]))
    assert {record for record, times in records.items() if times > 1} == set()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_class_occurs_at_half_a_percent(tmp_path, seed):
    simulate(tmp_path, SUBJECTS, seed, faults=0.005)
    assert {fault["class"] for fault in read_faults(tmp_path)} == CLASSES.keys()


def test_the_same_seed_gives_the_same_faults_and_another_seed_does_not(tmp_path):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        simulate(tmp_path / name, 4, seed, faults=0.05)
    assert read_bytes(tmp_path / "one") == read_bytes(tmp_path / "again")
    assert read_faults(tmp_path / "one") != read_faults(tmp_path / "other")


def test_the_rows_that_were_given_stay_as_they_are_and_no_rate_spoils_nothing():
    slot = next(iter(plan_study(1, 1, Plan())))
    rows = simulate_subject(1, slot)[0]
    before = json.dumps(rows)
    spoilt, found = inject(rows, np.random.default_rng(1), 0.05, Counter())
    assert json.dumps(rows) == before != json.dumps(spoilt) and found
    assert inject(rows, np.random.default_rng(1), 0.0, Counter()) == (rows, [])


def test_a_fault_changes_nothing_but_its_own_rows():
    slot = next(iter(plan_study(1, 1, Plan())))
    rows = simulate_subject(1, slot)[0]
    spoilt, found = inject(rows, np.random.default_rng(1), 0.01, Counter())
    different = sum(len({json.dumps(row) for row in spoilt[form]} ^ {json.dumps(row) for row in rows[form]}) for form in rows)
    assert 0 < different <= 4 * len(found)

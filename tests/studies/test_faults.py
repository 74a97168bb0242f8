"""Every fault that was injected into the demo study comes out as the finding that names it, and nothing else is raised."""

import json
from collections import Counter

import pytest

from cdisckit.build import build
from studies.bat4706_bat1308.synthetic import simulate
from studies.bat4706_bat1308.synthetic.faults import FAULTS, FILE_FAULTS

CLASSES = {**FAULTS, **FILE_FAULTS}
RATE, SUBJECTS, SEED = 0.01, 60, 1


def base_ids(records):
    """The record ids of a cell without the numbers that tell twins apart."""
    return {record.partition("#")[0] for record in records.split("; ") if record}


def names(finding, fault):
    """Whether a finding is at the record of the fault; of a fault of a whole file, at its line."""
    if fault["record"]:
        return bool(base_ids(fault["record"]) & base_ids(finding.record))
    return finding.file in (fault["file"], fault["file"].split("/")[-1]) and finding.line == fault["line"]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """The faults of a study and the findings of its build."""
    folder = tmp_path_factory.mktemp("faults")
    simulate(folder / "raw", SUBJECTS, SEED, faults=RATE)
    faults = json.loads((folder / "raw/truth/faults.json").read_text(encoding="utf-8"))
    return faults, build("bat4706_bat1308", folder / "raw", folder / "out").findings


def test_every_class_of_faults_occurs(spoilt):
    assert Counter(fault["class"] for fault in spoilt[0]).keys() == CLASSES.keys()


@pytest.mark.parametrize("name", CLASSES)
def test_every_fault_is_named_by_its_finding_at_its_record(spoilt, name):
    faults, findings = spoilt
    injected = [fault for fault in faults if fault["class"] == name]
    rule = [finding for finding in findings if finding.rule == CLASSES[name].rule]
    missed = [fault for fault in injected if not any(names(finding, fault) for finding in rule)]
    assert injected and missed == []


def test_no_finding_is_a_false_alarm(spoilt):
    """A finding is at a fault's record, or one of those that its class may cause at other records of the subject."""
    faults, findings = spoilt
    records = set().union(*(base_ids(fault["record"]) for fault in faults))
    follow = {(f"{fault['SITE']}-{fault['SUBJECT']}", rule) for fault in faults if fault["record"]
              for rule in CLASSES[fault["class"]].follows}
    follow |= {(fault["file"].split("/")[-1], rule) for fault in faults if not fault["record"]
               for rule in (fault["rule"], *CLASSES[fault["class"]].follows)}
    alarms = [f for f in findings if f.severity != "notice" and not base_ids(f.record) & records
              and (f.key.split(" ")[0].removeprefix("USUBJID=BAT4706-1308-"), f.rule) not in follow
              and (f.file.split("/")[-1], f.rule) not in follow]
    assert Counter((f.rule, f.dataset) for f in alarms) == {}, alarms[:5]

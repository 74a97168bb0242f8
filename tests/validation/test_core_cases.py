"""The cases that CDISC publishes with its rules give their stated results through our runner.

They lie in ../shared/reference/core beside the repository; where they are not, nothing is run. A sample of the rules is
run each time: every twelfth, and those that need more than their own dataset. CDISCKIT_CORE_CASES=all runs all.
"""

import csv
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from validation.core import import_resources

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT.parent / "shared" / "reference" / "core"
ALL = os.environ.get("CDISCKIT_CORE_CASES") == "all"
PICKLES = ("rules", "rules_dictionary", "standards_details", "standards_models", "variables_metadata",
           "variable_codelist_maps", "sdtmct-2025-03-28")
MORE = ("Operations:", "Match Datasets:", "Metadata Check", "Presence Check")
# CDISC's results name the tobacco guide (TIG), of which these resources hold no library: they are not run

pytestmark = pytest.mark.skipif(find_spec("cdisc_rules_engine") is None or not SOURCE.is_dir(),
                                reason="the extra core or ../shared/reference/core is not there")


def choose_rules():
    names = sorted(path.name for path in (SOURCE / "cases").iterdir())
    special = [name for name in names if any(word in rule_text(name) for word in MORE)]
    return names if ALL else sorted({*names[::12], *special[::3]})


def rule_text(name):
    return (SOURCE / "rules" / f"{name}.yml").read_text(encoding="utf-8")


def cases_of(rules):
    """The cases that state a result, for a standard whose library there is."""
    for rule in rules:
        for stated in sorted((SOURCE / "cases" / rule).glob("*/*/results/results.csv")):
            case = stated.parents[1]
            if "PRODUCT=TIG" not in (case / "data" / ".env").read_text(encoding="utf-8"):
                yield case.relative_to(SOURCE / "cases").as_posix()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """What each case gave, from one process that judges them one after the other."""
    folder = tmp_path_factory.mktemp("core")
    rules = choose_rules()
    for kind, names in (("cache", [f"{name}.pkl" for name in PICKLES]), ("rules", [f"{name}.yml" for name in rules])):
        (folder / "source" / kind).mkdir(parents=True)
        for name in names:
            (folder / "source" / kind / name).symlink_to(SOURCE / kind / name)
    import_resources(folder / "source", folder / "resources")
    cases = list(cases_of(rules))
    script = Path(__file__).with_name("core_cases.py")
    done = subprocess.run([sys.executable, script, SOURCE, folder / "resources", *cases], capture_output=True, text=True,
                          check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])})
    assert done.returncode == 0, done.stderr[-3000:]
    return cases, {said["case"]: said for said in map(json.loads, done.stdout.splitlines())}


def plain(value):
    """A value without the spelling that differs between engines: 2.0 and 2, ['A', 'B'] and A, B, null and nothing."""
    value = value.strip()
    if value.startswith("[") and value.endswith("]"):
        parts = [part.strip().strip("'\"") for part in value[1:-1].split(",")]
        value = ", ".join(part for part in parts if part not in ("", "None"))
    try:
        return f"{float(value):.15g}"
    except ValueError:
        return "" if value == "null" else value


def agrees(said):
    """The cells are those stated; a variable that is not in the dataset may be named by us and not by them."""
    stated, found = ({(dataset, record, variable, plain(value)) for dataset, record, variable, value in said[kind]}
                     for kind in ("expected", "found"))
    return {cell for cell in found if cell[3] != "Not in dataset" or cell in stated} == stated


def test_every_case_was_run_and_has_a_verdict(outcome):
    cases, results = outcome
    assert list(results) == cases
    assert len(cases) >= 40
    assert {said["status"] for said in results.values()} <= {"passed", "issues", "skipped"}


def test_the_cases_give_their_stated_results_but_for_those_that_are_listed(outcome):
    with Path(__file__).with_name("core_cases_known.csv").open(encoding="utf-8", newline="") as file:
        known = {row["case"] for row in csv.DictReader(file) if row["why"]}
    results = outcome[1]
    assert {name for name, said in results.items() if not agrees(said)} == known & results.keys()


def test_a_case_with_stated_cells_has_the_verdict_issues_and_a_finding_a_record(outcome):
    for said in outcome[1].values():
        if agrees(said) and said["expected"]:
            assert said["status"] == "issues", said["case"]
            assert said["findings"] == said["total"] >= len({(cell[0], cell[1]) for cell in said["expected"]}) > 0


def test_a_case_without_stated_cells_passes_or_is_skipped_for_a_reason(outcome):
    for said in outcome[1].values():
        if agrees(said) and not said["expected"]:
            assert said["status"] == "passed" or (said["status"] == "skipped" and said["why"]), said["case"]

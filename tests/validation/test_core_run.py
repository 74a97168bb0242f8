"""Every rule of CORE gets a verdict; what the engine would hide is told; a hanging rule is stopped, a rerun is short."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from multiprocessing import get_context

import pandas as pd
import pytest

from cdisckit.errors import CdisckitError
from validation.core import import_resources, run_core
from validation.core.data import put_table
from validation.core.pool import _hear, _Worker
from validation.core.verdicts import findings_of, rule_facts, verdict_of, why_overreported
from validation.package import Table, Variable

needs_engine = pytest.mark.skipif(find_spec("cdisc_rules_engine") is None, reason="the extra core is not installed")

RULE = """
Core: {{Id: {id}, Status: Published}}
Authorities:
  - Organization: CDISC
    Standards:
      - Name: SDTMIG
        Version: "3.4"
        References: [{{Rule Identifier: {{Id: CG1}}, Citations: [{{Document: IG v3.4, Section: "6.2"}}]}}]
Description: {id} must hold
Executability: {executability}
Rule Type: {kind}
Sensitivity: {sensitivity}
Scope: {{Domains: {{Include: [{domain}]}}}}
Check: {{all: [{check}]}}
Outcome: {{Message: it does not hold, Output Variables: [{output}]}}
"""
HANGS = r"(a+)+$"                       # on aaaa...! this takes longer than the world is old


def rule_text(id, check, output="AETERM", *, domain="AE", kind="Record Data", sensitivity="Record",
              executability="Fully Executable"):
    return RULE.format(id=id, check=check, output=output, domain=domain, kind=kind, sensitivity=sensitivity,
                       executability=executability)


RULES = {
    "CORE-1": rule_text("CORE-1", "{name: AETERM, operator: empty}", "AETERM, AESEQ"),
    "CORE-2": rule_text("CORE-2", "{name: AETERM, operator: equal_to, value: NEVER}"),
    "CORE-3": rule_text("CORE-3", "{name: ZZTERM, operator: empty}", domain="ZZ"),
    "CORE-4": rule_text("CORE-4", "{name: AEXXX, operator: empty}", "AEXXX"),
    "CORE-5": rule_text("CORE-5", "{name: AETERM, operator: starts_with}"),                              # with None
    "CORE-6": rule_text("CORE-6", "{name: AETERM, operator: no_such_operator}"),
    "CORE-7": rule_text("CORE-7", f"{{name: AEPATT, operator: matches_regex, value: '{HANGS}'}}", "AEPATT"),
    "CORE-8": rule_text("CORE-8", "{name: DMTEXT, operator: equal_to, value: x}", "DMTEXT", domain="DM",
                        executability="Partially Executable"),
    "CORE-9": rule_text("CORE-9", "{name: define_variable_name, operator: equal_to, value: x}", "AETERM",
                        kind="Variable Metadata Check against Define XML"),
}


@pytest.fixture(scope="module")
def resources(tmp_path_factory):
    """A folder as cdisckit core import makes it, of nine rules and a library of two datasets."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("resources")
    (source / "rules").mkdir()
    for name, text in RULES.items():
        (source / "rules" / f"{name}.yml").write_text(text, encoding="utf-8")
    import_resources(source, out)
    library = {"classes": [{"name": "Events", "datasets": [{"name": "AE", "datasetVariables": []}]},
                           {"name": "Special-Purpose", "datasets": [{"name": "DM", "datasetVariables": []}]}]}
    add_file(out, "library/standards_sdtmig_3-4.json", library)
    return out


def add_file(out, name, content):
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text(json.dumps(content), encoding="utf-8")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256((out / name).read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def table(name, **columns):
    data = {"DOMAIN": [name] * len(next(iter(columns.values()))), **columns}
    frame = pd.DataFrame({key: pd.Series(values, dtype="float64" if isinstance(values[0], float) else "str")
                          for key, values in data.items()})
    variables = tuple(Variable(key, key.title(), "Num" if frame[key].dtype.kind == "f" else "Char", 8) for key in data)
    return Table(name, name, "SDTM", variables, frame, f"{name.lower()}.xpt")


def events(terms=("Cough", "", "Rash"), pattern="b"):
    count = len(terms)
    return table("AE", USUBJID=[f"S-{at}" for at in range(count)], AESEQ=[float(at + 1) for at in range(count)],
                 AETERM=list(terms), AEPATT=[pattern] * count)


def subjects(text="y"):
    return table("DM", USUBJID=["S-0"], DMTEXT=[text])


def tables(**changed):
    return {"AE": events(), "DM": subjects(), **changed}


def run(resources, tables, *, only=("CORE-1", "CORE-2", "CORE-3", "CORE-4", "CORE-5", "CORE-6", "CORE-8", "CORE-9"), **options):
    return run_core(tables, resources, standard="sdtmig", version="3.4", only=only, **options)


@pytest.fixture(scope="module")
def result(resources):
    findings, verdicts = run(resources, tables(AE=events(pattern="a" * 60 + "!")), only=(), jobs=2, time_limit=6)
    return findings, {verdict.rule: verdict for verdict in verdicts}, len(verdicts)


@needs_engine
@pytest.mark.parametrize(("rule", "status", "why"), [
    ("CORE-1", "issues", ""),
    ("CORE-2", "passed", ""),
    ("CORE-3", "skipped", "it is for other domains (AE, DM)"),
    ("CORE-4", "skipped", "it is for other domains (DM); no variable --XXX (AE)"),
    ("CORE-5", "failed", "the engine dropped a fault: TypeError: Error in starts_with"),
    ("CORE-6", "failed", "AE: Rule format error: Rule contains invalid operator"),
    ("CORE-7", "timed out", "it was stopped after 6 s"),
    ("CORE-8", "passed", ""),
    ("CORE-9", "skipped", "it needs a define.xml, and none was given"),
])
def test_the_verdict_is_what_became_of_the_rule_and_says_why(result, rule, status, why):
    verdict = result[1][f"core.{rule}"]
    assert verdict.status == status
    assert all(part in verdict.why for part in why.split("; ")), verdict.why
    assert bool(verdict.why) == bool(why)


@needs_engine
def test_as_many_verdicts_come_out_as_rules_went_in(result):
    assert result[2] == len(RULES) == len(result[1])


@needs_engine
def test_a_verdict_cites_the_guide_and_counts_its_findings(result):
    verdict = result[1]["core.CORE-1"]
    assert (verdict.source, verdict.citation, verdict.title, verdict.findings, verdict.severity) == (
        "core", "SDTMIG 3.4 CG1: IG v3.4, 6.2", "CORE-1 must hold", 1, "error")
    assert result[1]["core.CORE-8"].severity == "warning"       # CDISC itself says that it is partially executable


@needs_engine
def test_a_finding_names_the_record_the_variable_the_value_and_the_row_of_the_file(result):
    finding, = (finding for finding in result[0] if finding.rule == "core.CORE-1")
    assert (finding.severity, finding.dataset, finding.key, finding.variable, finding.value, finding.message) == (
        "error", "AE", "USUBJID=S-1 AESEQ=2", "AETERM", "", "it does not hold (AESEQ 2)")
    assert (finding.file, finding.line) == ("ae.xpt", 2)
    assert "CORE-1 must hold" in finding.fix


@needs_engine
def test_a_rule_that_could_not_be_evaluated_is_a_finding_too(result):
    assert {finding.rule for finding in result[0] if "could not be evaluated" in finding.message} == {
        "core.CORE-5", "core.CORE-6", "core.CORE-7"}


@needs_engine
def test_shuffled_rows_and_datasets_give_the_same_findings(resources):
    plain, _ = run(resources, tables(AE=events(("", "x", ""))), only=["CORE-1"])
    ae = events(("", "x", ""))
    mixed = Table(ae.name, ae.label, ae.model, ae.variables, ae.frame.iloc[[2, 0, 1]], ae.file)
    shuffled, _ = run(resources, {"DM": subjects(), "AE": mixed}, only=["CORE-1"])
    assert {finding.key for finding in plain} == {finding.key for finding in shuffled} == {
        "USUBJID=S-0 AESEQ=1", "USUBJID=S-2 AESEQ=3"}
    assert sorted(finding.line for finding in shuffled) == [1, 2]


@needs_engine
def test_at_most_a_thousand_records_are_listed_and_the_others_are_counted(resources):
    findings, verdicts = run(resources, {"AE": events([""] * 1234)}, only=["CORE-1"])
    assert len(findings) == 1001
    assert findings[-1].message == "it does not hold 234 more records break this and are not listed"
    assert verdicts[0].findings == 1234


@needs_engine
def test_an_empty_dataset_passes_or_is_skipped_but_never_silent(resources):
    ae = events()
    empty = Table(ae.name, ae.label, ae.model, ae.variables, ae.frame.iloc[:0], ae.file)
    findings, verdicts = run(resources, {"AE": empty}, only=["CORE-1", "CORE-2"])
    assert findings == []
    assert [(verdict.status, bool(verdict.why)) for verdict in verdicts] == [("skipped", True), ("skipped", True)]


def test_without_any_dataset_of_the_model_every_rule_is_skipped(resources, monkeypatch):
    monkeypatch.setattr("validation.core.run.check_engine", lambda: None)
    monkeypatch.setattr("validation.core.results.version", lambda _name: "1")
    ae = events()
    findings, verdicts = run(resources, {"ADAE": Table("ADAE", "", "ADaM", ae.variables, ae.frame)}, only=())
    assert findings == []
    assert {(verdict.status, verdict.why) for verdict in verdicts} == {
        ("skipped", "there is no dataset of this standard")}
    assert len(verdicts) == len(RULES)


@needs_engine
def test_a_rerun_judges_only_what_reads_a_changed_dataset(resources, tmp_path, monkeypatch):
    first = run(resources, tables(), only=["CORE-1", "CORE-2", "CORE-8"], cache=tmp_path)
    judged = []
    monkeypatch.setattr("validation.core.run.judge_rules", lambda _job, rules, *_rest: judged.extend(rules))
    assert run(resources, tables(), only=["CORE-1", "CORE-2", "CORE-8"], cache=tmp_path) == first
    assert judged == []
    for changed, again in [({"AE": events(("x",))}, ["CORE-1", "CORE-2"]), ({"DM": subjects("x")}, ["CORE-8"])]:
        with pytest.raises(KeyError):                               # the rule that was judged has no answer here
            run(resources, tables(**changed), only=["CORE-1", "CORE-2", "CORE-8"], cache=tmp_path)
        assert judged == again
        judged.clear()


@needs_engine
def test_another_variable_another_rule_or_a_damaged_file_is_judged_again(resources, tmp_path, monkeypatch):
    run(resources, tables(), only=["CORE-8"], cache=tmp_path)
    judged = []
    monkeypatch.setattr("validation.core.run.judge_rules", lambda _job, rules, *_rest: judged.extend(rules))
    more = table("AE", USUBJID=["S-0"], AESEQ=[1.0], AETERM=["x"], AEPATT=["b"], AENEW=["x"])
    with pytest.raises(KeyError):
        run(resources, tables(AE=more), only=["CORE-8"], cache=tmp_path)
    (tmp_path / "CORE-8.json").write_text('{"key": ', encoding="utf-8")
    with pytest.raises(KeyError):
        run(resources, tables(), only=["CORE-8"], cache=tmp_path)
    assert judged == ["CORE-8", "CORE-8"]


@needs_engine
def test_the_network_and_pickles_are_refused_to_the_engine():
    code = ("from validation.core.pool import refuse_network\nimport socket, sys\nrefuse_network()\n"
            "for act in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: open('x.pkl', 'rb')):\n"
            "    try:\n        act()\n    except PermissionError as error:\n        print(error)\n"
            "import cdisc_rules_engine.rules_engine\nprint('imported')")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.stdout.count("neither use the network nor load a pickle") == 2
    assert done.stdout.endswith("imported\n")                       # and the engine asks for neither when it is imported


def test_a_process_that_dies_costs_its_rule_only_and_says_so():
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=os._exit, args=(7,))
    process.start()
    there.close()
    told = {}
    assert not _hear(_Worker(process, here, "CORE-1"), told.__setitem__)
    assert "its process died (exit code 7" in told["CORE-1"]["failed"]
    with pytest.raises(CdisckitError, match="could not be started"):
        _hear(_Worker(process, here), told.__setitem__)


def test_the_limit_is_of_the_time_that_a_rule_computes_and_ten_times_that_by_the_clock(monkeypatch):
    now, computed = [0.0], [5.0]
    monkeypatch.setattr("validation.core.pool.time.monotonic", lambda: now[0])
    monkeypatch.setattr("validation.core.pool._computed", lambda _process: computed[0])
    worker = _Worker(None, None)
    worker.begin("CORE-1", 60.0)
    for clock, used, has in [(60.0, 20.0, True), (100.0, 66.0, False), (599.0, 40.0, True), (600.0, 40.0, False)]:
        worker.until, now[0], computed[0] = clock, clock, used
        assert worker.has_time(60.0) is has, clock


def test_without_the_engine_the_error_says_how_to_get_it(resources, monkeypatch):
    monkeypatch.setattr("validation.core.run.find_spec", lambda _name: None)
    with pytest.raises(CdisckitError, match="engine is not installed") as raised:
        run(resources, tables())
    assert "cdisckit[core]" in str(raised.value)


def test_a_rule_that_is_not_there_is_an_error_with_a_suggestion(resources, monkeypatch):
    monkeypatch.setattr("validation.core.run.check_engine", lambda: None)
    with pytest.raises(CdisckitError, match="no such rule"):
        run(resources, tables(), only=["CORE-99"])


def test_numbers_and_dates_reach_the_engine_as_they_stand_in_xpt(tmp_path):
    frame = pd.DataFrame({"AVAL": [0.1 + 2e-17, 12345.678], "ADT": pd.to_datetime(["1960-01-02", None]),
                          "ADTM": pd.to_datetime(["1960-01-01T00:01:00", None]), "AVALC": pd.Series(["x", ""], dtype="str"),
                          "_record": ["r1", "r2"]})
    variables = (Variable("AVALC", "", "Char", 1), Variable("AVAL", "", "Num", 8), Variable("ADT", "", "Num", 8, "DATE9."),
                 Variable("ADTM", "", "Num", 8, "DATETIME20."))
    data = put_table(Table("ADLB", "", "ADaM", variables, frame), tmp_path)
    shown = pd.read_parquet(data.parquet)
    assert shown.columns.tolist() == ["AVALC", "AVAL", "ADT", "ADTM"]
    assert shown.iloc[0].tolist() == ["x", 0.1, 1.0, 60.0]
    assert shown.loc[1, ["ADT", "ADTM"]].isna().all()
    assert socket.gethostname()                                     # the network is refused to the engine's processes only


def answer(*results, **more):
    return {"results": list(results), "hidden": [], "absent": [], "no_define": False, "seconds": 1.0, **more}


def judged(dataset, status, error="", message="", errors=None):
    entry = {"dataset": dataset, "row": 0, "subject": "", "sequence": "", "error": error, "message": message, "values": {}}
    errors = [entry] if errors is None else errors
    return {"dataset": dataset, "status": status, "message": message, "total": len(errors), "errors": errors}


@pytest.mark.parametrize(("given", "status", "why"), [
    (answer(judged("AE", "success", errors=[])), "passed", ""),
    (answer(judged("AE", "success", errors=[]), judged("CM", "skipped", "Column not found in data", "CMX")), "passed",
     "not judged: no variable --X (CM)"),
    (answer(*(judged(name, "skipped", "Column not found in data", f"{name}B, {name}A") for name in ("AE", "CM"))),
     "skipped", "no variable --A, --B (AE, CM)"),
    (answer(judged("AE", "skipped", "Column not found in data",
                   "None of [Index(['AETPT', 'USUBJID'], dtype='str')] are in the [columns]")),
     "skipped", "no variable --TPT, USUBJID (AE)"),
    (answer(judged("AE", "success", errors=[]), judged("CM", "skipped", "Column not found in data", "an internal thing")),
     "failed", "CM: Column not found in data: an internal thing; 1 datasets were judged"),
    (answer(judged("AE", "skipped", "Column not found in data", "ordinal")), "failed",
     "AE: Column not found in data: ordinal"),
    (answer(judged("AE", "skipped", "Column not found in data", "['AEX'] not in index")), "skipped",
     "no variable --X (AE)"),
    (answer(judged("AE", "execution error", "Preprocessing", "no merge")), "failed", "AE: Preprocessing: no merge"),
    (answer(judged("AE", "a new status", errors=[])), "failed", "AE: a new status"),
    (answer(judged("AE", "success", errors=[]), absent=["the terminology package x"]), "failed",
     "the resources do not hold the terminology package x; 1 datasets were judged"),
    (answer(judged("AE", "success", errors=[]), hidden=["TypeError: Error in f: None"]), "failed",
     "the engine dropped a fault: TypeError: Error in f: None; 1 datasets were judged"),
    (answer(), "skipped", "the engine gave no result"),
])
def test_only_a_rule_that_was_judged_without_a_fault_has_passed(given, status, why):
    facts = rule_facts({"core_id": "CORE-1", "description": "it holds"}, "sdtmig", "3-4")
    verdict = verdict_of(facts, given, 2)
    assert (verdict.status, verdict.why) == (status, why)


def test_a_row_that_is_not_the_record_of_the_finding_is_not_named_as_one():
    """The engine counts the rows of merged datasets; its subject and sequence say which record it means."""
    facts = rule_facts({"core_id": "CORE-1", "description": "it holds"}, "sdtmig", "3-4")
    entry = {"dataset": "AE", "row": 1, "subject": "S-2", "sequence": "3", "error": "", "message": "", "values": {"AETERM": "x"}}
    given = answer({"dataset": "AE", "status": "issue reported", "message": "", "total": 1, "errors": [entry]})
    finding, = findings_of(facts, given, {"AE": events()})
    assert (finding.key, finding.line) == ("USUBJID=S-2 AESEQ=3", 0)


@pytest.mark.parametrize(("rule", "dataset", "variable", "value", "known"), [
    ("CORE-000289", "LB", "LBORRES", "<0.5", "beyond the limit of quantification"),
    ("CORE-000289", "LB", "LBORRES", "POSITIVE", ""),
    ("CORE-000550", "CO", "variable_name", "COVAL1", "SDTMIG 3.4 (5.1)"),
    ("CORE-000550", "CO", "variable_name", "COLOR", ""),
    ("CORE-000612", "PC", "PCSTRESU", "", "without a result"),
    ("CORE-000612", "PC", "PCSTRESU", "ug/mL", ""),
    ("CORE-000767", "AE", "RELREC.FAOBJ", "Not in dataset", "there is no FA"),
    ("CORE-000767", "AE", "RELREC.FAOBJ", "HEADACHE", ""),
    ("CORE-000915", "TR", "TRTESTCD", "LDIAM", "TRLNKID"),
    ("CORE-000915", "LB", "LBTESTCD", "ALB", ""),
])
def test_a_rule_that_is_known_to_report_too_much_is_judged_by_its_cell(rule, dataset, variable, value, known):
    why = why_overreported(rule, dataset, variable, value)
    assert bool(why) == bool(known) and known in why


def test_what_a_rule_reports_too_much_stays_a_notice_with_the_reason():
    facts = rule_facts({"core_id": "CORE-000767", "description": "it holds", "executability": "Fully Executable"}, "sdtmig", "3-4")
    entry = {"dataset": "AE", "row": 1, "subject": "", "sequence": "", "error": "", "message": "",
             "values": {"RELREC.FAOBJ": "Not in dataset"}}
    given = answer({"dataset": "AE", "status": "issue reported", "message": "", "total": 1, "errors": [entry]})
    finding, = findings_of(facts, given, {"AE": events()})
    assert finding.severity == "notice"
    assert "The rule reports too much here: there is no FA" in finding.message

"""What the engine's answer means: the verdict of a rule, and its findings in the shape of all others."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from cdisckit.findings import Finding
from validation.package import Table, Verdict
from validation.rules.run import record_keys

__all__ = ["SOURCE", "Facts", "findings_of", "rule_facts", "verdict_of", "why_overreported"]

SOURCE = "core"
ISSUES, PASSED, SKIPPED = "issue reported", "success", "skipped"              # in the engine's words
STUDY = ("STUDY", "N/A", "study", "")                                         # it is about no single dataset
# of a rule whose check is complete, as CDISC says; the others may report too much or too little
SEVERITY = {"fully executable": "error"}
OTHERWISE = "warning"
# what a KeyError for a variable says, here and in pandas; any other is a fault of the engine
NAME = r"(\$\w+|[A-Z][A-Z0-9_.]*|[a-z]+_\w+)"
MISSING = re.compile(rf"{NAME}(, {NAME})*|.*\['.*'\].*(not in index|in the \[columns\])", re.DOTALL)
SHORT = {"class": "it is for another class of datasets", "domain": "it is for other domains",
         "data structure": "it is for another ADaM structure", "entity": "it is for other entities",
         "use case": "it is for another use case"}
QUOTED = re.compile(r"'([^']+)'(?!\))")                   # not the dtype='str' of pandas
SCOPE = re.compile(r"doesn't apply to ([a-z ]+) for")


@dataclass(frozen=True)
class Facts:
    """What a rule says of itself."""

    id: str
    title: str
    message: str
    citation: str
    severity: str
    executability: str


def rule_facts(rule: Mapping[str, Any], standard: str, version: str) -> Facts:
    """The facts of a rule, as the engine's cache has it (core_id) or as CDISC publishes it in YAML (Core: Id)."""
    said = {key.replace(" ", "_").lower(): value for key, value in rule.items()}
    outcome = said.get("outcome") or ((said.get("actions") or [{}])[0].get("params") or {})
    message = str(_value(outcome, "Message") or "")
    executability = str(said.get("executability") or "").lower()
    return Facts(str(said.get("core_id") or said["core"]["Id"]), str(said.get("description") or message), message,
                 _citation(said.get("authorities") or [], standard, version),
                 SEVERITY.get(executability, OTHERWISE), executability)


def _value(of: Mapping[str, Any], name: str) -> Any:
    """A value by its name, which has blanks in YAML and underscores in the engine; `message` is small there."""
    return of.get(name, of.get(name.replace(" ", "_"), of.get(name.lower())))


def _citation(authorities: Sequence[Mapping[str, Any]], standard: str, version: str) -> str:
    """SDTMIG 3.4 CG0131: IG v3.4, 5.2."""
    parts = []
    for entry in (entry for authority in authorities for entry in authority.get("Standards") or ()):
        name, number = str(entry.get("Name")), str(entry.get("Version"))
        if (name.lower(), number.replace(".", "-")) != (standard, version):
            continue
        for reference in entry.get("References") or ():
            places = [", ".join(filter(None, (str(cited.get("Document") or ""), str(cited.get("Section") or ""))))
                      for cited in reference.get("Citations") or ()]
            rule_id = str((_value(reference, "Rule Identifier") or {}).get("Id") or "")
            where = "; ".join(filter(None, places))
            parts.append(f"{name} {number} {rule_id}".strip() + (f": {where}" if where else ""))
    return " | ".join(dict.fromkeys(parts))


def verdict_of(facts: Facts, answer: Mapping[str, Any], datasets: int) -> Verdict:
    """Passed only if the rule was judged somewhere and nothing was hidden, absent or wrong while it was."""
    results = answer.get("results") or []
    total = sum(result["total"] for result in results if result["status"] == ISSUES)
    status, why = _status(answer, results, datasets)
    return Verdict(SOURCE, f"{SOURCE}.{facts.id}", facts.severity, status, why, total,
                   float(answer.get("seconds", 0.0)), facts.citation, facts.title)


def _status(answer: Mapping[str, Any], results: Sequence[Mapping[str, Any]], datasets: int) -> tuple[str, str]:
    if "timed out" in answer:
        return "timed out", str(answer["timed out"])
    if "failed" in answer:
        return "failed", str(answer["failed"])
    if not datasets:
        return "skipped", "there is no dataset of this standard"
    if answer["no_define"]:
        return "skipped", "it needs a define.xml, and none was given"
    faults = [*(f"the engine dropped a fault: {text}" for text in answer["hidden"]),
              *(f"the resources do not hold {what}" for what in answer["absent"]),
              *(text for result in results for text in _faults(result))]
    judged = [result for result in results if result["status"] in (ISSUES, PASSED)]
    if faults:
        return "failed", _listed(faults) + (f"; {len(judged)} datasets were judged" if judged else "")
    skipped = _listed(_reasons(result for result in results if result["status"] == SKIPPED))
    if not judged:
        return "skipped", skipped or "the engine gave no result"
    status = "issues" if any(result["status"] == ISSUES for result in judged) else "passed"
    left_out = _listed(_reasons(result for result in results if result["status"] == SKIPPED and not _in_scope(result)))
    return status, f"not judged: {left_out}" if left_out else ""


def _faults(result: Mapping[str, Any]) -> Iterator[str]:
    """Why a dataset could not be judged. The engine also calls a KeyError of its own a missing column."""
    for error in result["errors"]:
        said = " ".join(f"{error['error']}: {error['message']}".split())
        if result["status"] not in (ISSUES, PASSED, SKIPPED) or (
                error["error"] == "Column not found in data" and not MISSING.fullmatch(error["message"])):
            yield f"{result['dataset']}: {said}"
        elif error["dataset"] == "N/A" and "ERROR" in error["values"]:
            yield f"{result['dataset']}: {error['values']['ERROR']}"
    if result["status"] not in (ISSUES, PASSED, SKIPPED) and not result["errors"]:
        yield f"{result['dataset']}: {result['status']} {result['message']}".strip()


def _in_scope(result: Mapping[str, Any]) -> bool:
    """True where the dataset is none that the rule is for: that is no omission."""
    return bool(SCOPE.search(result["message"]))


def _reasons(results: Iterator[Mapping[str, Any]]) -> list[str]:
    """Why datasets were not judged, each reason once: 'AE, CM: no variable AEXYZ'."""
    of_reason: dict[str, list[str]] = {}
    for result in results:
        scope = SCOPE.search(result["message"])
        error = result["errors"][0] if result["errors"] else {"error": "", "message": result["message"]}
        kinds = {"Column not found in data": f"no variable {_variables(error['message'], result['dataset'])}",
                 "Empty dataset": "no record is left to judge"}
        reason = SHORT.get(scope[1], scope[0]) if scope else kinds.get(error["error"], error["message"])
        of_reason.setdefault(" ".join(reason.split()), []).append(result["dataset"])
    return [f"{reason} ({_names(names)})" for reason, names in of_reason.items()]


def _variables(said: str, dataset: str) -> str:
    """--STTPT, not AESTTPT of AE and CMSTTPT of CM, so that one reason is told once."""
    names = QUOTED.findall(said) or said.split(", ")
    prefix = dataset[:2]
    return ", ".join(sorted(f"--{name[2:]}" if len(name) > 2 and name.startswith(prefix) else name for name in names))


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{len(names)} datasets"


def _listed(texts: Sequence[str]) -> str:
    unique = list(Counter(texts))
    return "; ".join(unique[:5]) + (f"; and {len(unique) - 5} more" if len(unique) > 5 else "")


@cache
def _overreported() -> dict[tuple[str, str, str], list[tuple[re.Pattern[str], str]]]:
    """Where a rule is known to report too much: (rule, dataset, variable) -> for which values, and why."""
    known: dict[tuple[str, str, str], list[tuple[re.Pattern[str], str]]] = {}
    with Path(__file__).with_name("overreported.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known.setdefault((row["rule"], row["dataset"], row["variable"]), []).append(
                (re.compile(row["value"], re.DOTALL), row["why"]))
    return known


def why_overreported(rule: str, dataset: str, variable: str, value: str) -> str:
    """Why a finding of a rule is none, as far as that is known; "" else. An empty value stands for itself."""
    entries = [*_overreported().get((rule, dataset, variable), ()), *_overreported().get((rule, "*", variable), ())]
    return next((why for pattern, why in entries if pattern.fullmatch(value)), "")


def findings_of(facts: Facts, answer: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Finding]:
    """A finding for each record, dataset or study at fault, and one that says how many were not listed."""
    rule = f"{SOURCE}.{facts.id}"
    for result in answer.get("results") or []:
        if result["status"] != ISSUES:
            continue
        message = result["message"] or facts.message or facts.title
        fix = f"mend it, or explain it in the reviewer's guide: {facts.title}"
        for error in result["errors"]:
            name = error["dataset"] or result["dataset"]
            table = tables.get(name)
            variable, *others = [*error["values"], ""]
            beside = "; ".join(f"{other} {error['values'][other] or 'empty'}" for other in others if other)
            key, line = _record(error, table)
            value = error["values"].get(variable, "")
            known = why_overreported(facts.id, name, variable, value)
            said = f"{message} ({beside})" if beside else message
            yield Finding(SOURCE, rule, "notice" if known else facts.severity, "" if name in STUDY else name, key,
                          variable, value, f"{said} The rule reports too much here: {known}." if known else said,
                          "nobody" if known else fix, _raw(table, line), table.file if table else "",
                          line if table and table.file else 0)
        if result["total"] > len(result["errors"]):
            more = f"{result['total'] - len(result['errors']):,} more records break this and are not listed"
            yield Finding(SOURCE, rule, facts.severity, result["dataset"], message=f"{message} {more}", fix=fix)


def _record(error: Mapping[str, Any], table: Table | None) -> tuple[str, int]:
    """The record's key and number. The engine counts rows of merged datasets, too: its own subject and sequence decide
    whether the row is the record.
    """
    row, subject, sequence = error["row"], error["subject"], error["sequence"]
    if table is not None and 0 < row <= len(table):
        record = table.frame.iloc[[row - 1]]
        if _agrees(record, "USUBJID", subject) and _agrees(record, table.named("--SEQ"), sequence):
            record = record.set_axis([row - 1])
            return record_keys(record, table)[0], row
    named = (f"USUBJID={subject}" if subject else "",
             f"{table.named('--SEQ') if table else 'SEQ'}={sequence}" if sequence else "")
    return " ".join(filter(None, named)), 0


def _agrees(record: pd.DataFrame, name: str, value: str) -> bool:
    if not value or name not in record:
        return True
    there = record[name].iloc[0]
    return value == (f"{there:.15g}" if isinstance(there, float) else str(there))


def _raw(table: Table | None, line: int) -> str:
    if table is None or not line or "_record" not in table.frame:
        return ""
    return str(table.frame["_record"].iloc[line - 1])

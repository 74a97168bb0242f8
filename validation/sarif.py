"""findings.sarif: the findings for continuous integration, in SARIF 2.1.0 (OASIS), which code hosts show."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cdisckit.findings import Finding
from validation.package import Verdict

__all__ = ["write_sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 25_000                                 # the most that code hosts take of one run
LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


def write_sarif(ordered: Sequence[Finding], verdicts: Sequence[Verdict], path: Path, *,
                facts: Mapping[str, str]) -> None:
    """The findings as results of SARIF; rules that failed, timed out or were skipped are notifications of the run.

    Of more than 25,000 findings the first stand here, in the order of findings.json, and a notification says so.
    """
    rules = _rules(ordered, verdicts)
    number = {rule["id"]: at for at, rule in enumerate(rules)}
    silent = [verdict for verdict in verdicts if verdict.status in ("failed", "timed out", "skipped")]
    messages = [_notification(verdict) for verdict in silent]
    if len(ordered) > RESULTS:
        said = f"{len(ordered) - RESULTS:,} of {len(ordered):,} findings are not in this file: see findings.json"
        messages.append({"level": "error", "message": {"text": said}})
    done = not any(verdict.status in ("failed", "timed out") for verdict in silent)
    run = {"tool": {"driver": {"name": "cdisckit", "rules": rules}}, "columnKind": "unicodeCodePoints",
           "invocations": [{"executionSuccessful": done, "toolExecutionNotifications": messages}],
           "properties": dict(facts)}
    head = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False)
    results = ",\n".join(json.dumps(_result(found, number[found.rule]), ensure_ascii=False)
                         for found in ordered[:RESULTS])
    text = f'{head.removesuffix("}]}")}, "results": [\n{results}\n]}}]}}\n'
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def _rules(ordered: Sequence[Finding], verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Every rule that has run or found something, by its id."""
    known = {verdict.rule: verdict for verdict in reversed(verdicts)}
    first = {found.rule: found for found in reversed(ordered)}
    return [_rule(rule, known.get(rule), first.get(rule)) for rule in sorted(known.keys() | first.keys())]


def _rule(rule: str, verdict: Verdict | None, found: Finding | None) -> dict[str, Any]:
    said = (verdict and verdict.title) or (found and found.message) or rule
    one = verdict or found
    made: dict[str, Any] = {"id": rule, "shortDescription": {"text": said},
                            "properties": {"source": one.source if one else ""}}
    if verdict and verdict.citation:
        made["fullDescription"] = {"text": verdict.citation}
    if found and found.fix:
        made["help"] = {"text": found.fix}
    if one and one.severity in LEVELS:
        made["defaultConfiguration"] = {"level": LEVELS[one.severity]}
    return made


def _result(found: Finding, rule: int) -> dict[str, Any]:
    made: dict[str, Any] = {"ruleId": found.rule, "ruleIndex": rule, "level": LEVELS[found.severity],
                            "message": {"text": " ".join(_sentence(found))}}
    location: dict[str, Any] = {}
    if found.file:
        region = {"region": {"startLine": found.line}} if found.line else {}
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(found.file)}, **region}
    if found.dataset:
        name = f"{found.dataset}.{found.variable}" if found.variable else found.dataset
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "member"}]
    if location:
        made["locations"] = [location]
    if found.waived:
        signed = [part for part in (found.waived, found.waived_by, found.waived_until and f"until {found.waived_until}")
                  if part]
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": "; ".join(signed)}]
    kept = ("source", "dataset", "key", "variable", "value", "record", "fix")
    made["properties"] = {name: text for name in kept if (text := getattr(found, name))}
    return made


def _uri(file: str) -> str:
    return quote(file.encode("utf-8", "backslashreplace"), safe="/")


def _sentence(found: Finding) -> Iterator[str]:
    """What the reader of a list sees: the record, the variable with its value, and what is wrong."""
    where = " ".join(part for part in (found.dataset, found.key) if part)
    what = f"{found.variable}={found.value!r}" if found.value and found.variable else found.variable
    yield from (f"{part}:" for part in (f"{where} {what}".strip(),) if part)
    yield found.message or found.rule


def _notification(verdict: Verdict) -> dict[str, Any]:
    level = "warning" if verdict.status == "skipped" else "error"
    where = f" on {verdict.dataset}" if verdict.dataset else ""
    return {"level": level, "associatedRule": {"id": verdict.rule},
            "message": {"text": f"{verdict.rule}{where} {verdict.status}: {verdict.why or 'no reason was given'}"}}

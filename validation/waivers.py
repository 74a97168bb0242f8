"""Waivers: findings that may stand, each for a reason that the study has written down (waivers.yaml).

    waivers:
      - {rule: mapping.end_before_start, dataset: CM, count: 2, reason: "confirmed by the site, query 17"}

A waiver names a rule and a dataset ("" for findings about a whole file, which name none), and where it is meant more
narrowly a variable and a value. One that matches nothing, or another number of findings than `count`, is itself a
finding: what was waived has changed. `optional: true` is for findings that not every cut of the data has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cdisckit.errors import SpecError, suggest
from cdisckit.findings import Finding
from specs.text_yaml import TextYaml, read_text_yaml

__all__ = ["WAIVERS_FILE", "Waiver", "apply_waivers", "read_waivers"]

WAIVERS_FILE = "waivers.yaml"
SOURCE = "waiver"
ENTRIES = ("rule", "dataset", "variable", "value", "count", "optional", "reason")
NEEDED = ("rule", "dataset", "reason")


@dataclass(frozen=True)
class Waiver:
    """One entry of waivers.yaml; `where` is its file and line."""

    rule: str
    dataset: str
    reason: str
    variable: str | None = None
    value: str | None = None
    count: int | None = None
    optional: bool = False
    where: str = ""

    def covers(self, finding: Finding) -> bool:
        return ((self.rule, self.dataset) == (finding.rule, finding.dataset)
                and self.variable in (None, finding.variable) and self.value in (None, finding.value))


def read_waivers(study: Path) -> tuple[Waiver, ...]:
    """The waivers of the study in this folder; none where it has no such file. SpecError with all that is wrong."""
    path = study / WAIVERS_FILE
    if not path.is_file():
        return ()
    text = read_text_yaml(path)
    problems: list[str] = []
    entries = text.content.get("waivers")
    problems += [f"{text.where(key)}: there is no such entry; write `waivers:`" for key in text.content
                 if key != "waivers"]
    if not isinstance(entries, list):
        problems.append(f"{text.where('waivers')}: write a list: `waivers:` and below it `- {{rule: ..., dataset: ..., "
                        "reason: ...}`")
        entries = []
    made = [waiver for at, entry in enumerate(entries) if (waiver := _read_entry(entry, text, at, problems))]
    if problems:
        raise SpecError(f"the waivers of {study.name} have {len(problems)} error{'s' if len(problems) > 1 else ''}",
                        cases=problems, where=str(path))
    return tuple(made)


def _read_entry(entry: Any, text: TextYaml, at: int, problems: list[str]) -> Waiver | None:
    where, before = text.where("waivers", at), len(problems)
    if not isinstance(entry, dict):
        problems.append(f"{where}: a waiver is written as {{rule: ..., dataset: ..., reason: ...}}")
        return None
    problems += [f"{where}: a waiver has no entry {key}{suggest(key, ENTRIES)}" for key in entry if key not in ENTRIES]
    for key in entry:
        if not isinstance(entry[key], str):
            problems.append(f"{text.where('waivers', at, key)}: {key} is one text")
    problems += [f"{where}: a waiver without {key}; say {WHY[key]}" for key in NEEDED
                 if not str(entry.get(key, "")).strip() and not (key == "dataset" and key in entry)]
    count = entry.get("count")
    if isinstance(count, str) and not (count.isdecimal() and int(count) > 0):
        problems.append(f"{text.where('waivers', at, 'count')}: count: {count!r} is no whole number above 0")
    optional = entry.get("optional", "false")
    if isinstance(optional, str) and optional not in ("true", "false"):
        problems.append(f"{text.where('waivers', at, 'optional')}: optional: {optional!r} is neither true nor false")
    if len(problems) > before:
        return None
    return Waiver(**{**entry, "count": int(count) if count else None, "optional": optional == "true", "where": where})


WHY = {
    "rule": "which rule it waives", "dataset": 'of which dataset (dataset: "" where the findings name none)',
    "reason": "why the findings may stand",
}


def apply_waivers(findings: Iterable[Finding], waivers: Sequence[Waiver], judged: Sequence[str]) -> list[Finding]:
    """The findings, those that a waiver covers marked with its reason, and a finding for each waiver that does not fit.

    The first waiver that covers a finding takes it. `judged`: the families of rules ("mapping" of mapping.x) whose
    checks have all run; a waiver of another family may match nothing here.
    """
    taken = [0] * len(waivers)
    made: list[Finding] = []
    for finding in findings:
        if finding.source == SOURCE:
            continue
        number = next((at for at, waiver in enumerate(waivers) if waiver.covers(finding)), None)
        made.append(replace(finding, waived="" if number is None else waivers[number].reason))
        if number is not None:
            taken[number] += 1
    return [*made, *(found for waiver, number in zip(waivers, taken, strict=True)
                     if waiver.rule.partition(".")[0] in judged
                     for found in _judge(waiver, number))]


def _judge(waiver: Waiver, number: int) -> list[Finding]:
    """The finding that a waiver itself is: it matches nothing, or not as many findings as it says."""
    told = f"the waiver of {waiver.rule} in {waiver.dataset} ({Path(waiver.where).name})"
    if number == 0 and waiver.optional:
        return []
    if number == 0:
        rule, message = "waiver.unused", f"{told} matches no finding"
    elif waiver.count not in (None, number):
        rule, message = "waiver.count", f"{told} is for {waiver.count} findings and matches {number}"
    else:
        return []
    return [Finding(SOURCE, rule, "warning", waiver.dataset, variable=waiver.variable or "", value=waiver.value or "",
                    message=message, fix="programmer: look at what has changed, and mend or remove the waiver")]

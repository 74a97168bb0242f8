"""Waivers: findings that may stand, each for a reason that the study has written down (waivers.yaml).

    waivers:
      - {rule: mapping.end_before_start, dataset: CM, count: 2, reason: "confirmed by the site, query 17",
         by: sponsor data management, until: 2026-06-30}

A waiver names a rule and a dataset ("" for findings about a whole file, which name none; "*" for any), and where it
is meant more narrowly a variable, a value and a key (the record, or a part of its key: USUBJID=01-701-1015). One that
matches nothing, or another number of findings than `count`, is itself a finding: what was waived has changed. So is one
that waives errors and does not say who stands for it, and one whose `until` is over, which waives nothing any more.
`optional: true` is for findings that not every cut of the data has.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from cdisckit.errors import SpecError, suggest
from cdisckit.findings import Finding
from specs.text_yaml import TextYaml, read_text_yaml

__all__ = ["WAIVERS_FILE", "WaivedRow", "Waiver", "apply_waivers", "read_waivers", "waived_summary"]

WAIVERS_FILE = "waivers.yaml"
SOURCE = "waiver"
ANY = "*"                # a waiver of findings in every dataset
ENTRIES = ("rule", "dataset", "variable", "value", "key", "count", "optional", "reason", "by", "until")
NEEDED = ("rule", "dataset", "reason")


@dataclass(frozen=True)
class Waiver:
    """One entry of waivers.yaml; `where` is its file and line."""

    rule: str
    dataset: str
    reason: str
    variable: str | None = None
    value: str | None = None
    key: str | None = None
    count: int | None = None
    optional: bool = False
    by: str = ""
    until: str = ""
    where: str = ""

    def covers(self, finding: Finding) -> bool:
        return (self.rule == finding.rule and self.dataset in (finding.dataset, ANY)
                and self.variable in (None, finding.variable) and self.value in (None, finding.value)
                and (self.key is None or _holds(finding.key, self.key)))

    def is_over(self, today: date | None) -> bool:
        """Its last day is past; without a day to judge by, no waiver is over."""
        return today is not None and self.until != "" and date.fromisoformat(self.until) < today


def _holds(key: str, part: str) -> bool:
    """USUBJID=S-1 is a part of the key USUBJID=S-1 AESEQ=2 and none of USUBJID=S-10 AESEQ=2."""
    return re.search(rf"(?:^| ){re.escape(part)}(?=$| [A-Z_][A-Z0-9_]*=)", key) is not None


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
    until = entry.get("until", "")
    if isinstance(until, str) and until and not _is_day(until):
        problems.append(f"{text.where('waivers', at, 'until')}: until: {until!r} is no date; write the last day "
                        "that it holds as 2026-06-30")
    if len(problems) > before:
        return None
    return Waiver(**{**entry, "count": int(count) if count else None, "optional": optional == "true", "where": where})


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


WHY = {
    "rule": "which rule it waives", "dataset": 'of which dataset (dataset: "" where the findings name none)',
    "reason": "why the findings may stand",
}


def apply_waivers(findings: Iterable[Finding], waivers: Sequence[Waiver], judged: Sequence[str],
                  today: date | None = None) -> list[Finding]:
    """The findings, those that a waiver covers marked with its reason, and a finding for each waiver that does not fit.

    The first waiver that covers a finding takes it. `judged`: the families of rules ("mapping" of mapping.x) whose
    checks have all run; a waiver of another family may match nothing here. `today`: the day by which `until` is judged;
    without it, as in a build, whose result does not depend on the day, every waiver holds.
    """
    by_place: dict[tuple[str, str], list[int]] = {}
    for at in sorted(range(len(waivers)), key=lambda at: waivers[at].is_over(today)):       # one that holds comes first
        by_place.setdefault((waivers[at].rule, waivers[at].dataset), []).append(at)
    taken: list[Counter[str]] = [Counter() for _ in waivers]
    made: list[Finding] = []
    for finding in findings:
        if finding.source == SOURCE:
            continue
        places = [at for name in (finding.dataset, ANY) for at in by_place.get((finding.rule, name), [])]
        number = next((at for at in places if waivers[at].covers(finding)), None)
        if number is not None:
            taken[number][finding.severity] += 1
        made.append(_marked(finding, None if number is None or waivers[number].is_over(today) else waivers[number]))
    return [*made, *(found for waiver, covered in zip(waivers, taken, strict=True)
                     for found in _judge(waiver, covered, waiver.rule.partition(".")[0] in judged, today))]


def _marked(finding: Finding, waiver: Waiver | None) -> Finding:
    if waiver is not None:
        return replace(finding, waived=waiver.reason, waived_by=waiver.by, waived_until=waiver.until)
    return replace(finding, waived="", waived_by="", waived_until="") if finding.waived else finding


def _judge(waiver: Waiver, covered: Counter[str], has_run: bool, today: date | None) -> Iterator[Finding]:
    """The findings that a waiver itself is: over, unsigned, it matches nothing, or not as many findings as it says."""
    told = f"the waiver of {waiver.rule} in {waiver.dataset} ({Path(waiver.where).name})"
    number = covered.total()
    if waiver.is_over(today):
        yield _finding(waiver, "expired", f"{told} held until {waiver.until}; its {number} findings stand again",
                       "look at its findings again, and extend or remove the waiver")
    elif covered["error"] and not waiver.by:
        errors = f"{covered['error']} error{'s' if covered['error'] > 1 else ''}"
        yield _finding(waiver, "unsigned", f"{told} waives {errors} and does not say who stands for it",
                       "add by: to the waiver, the role or the name of who decided it")
    if not has_run or (number == 0 and waiver.optional):
        return
    if number == 0:
        yield _finding(waiver, "unused", f"{told} matches no finding", CHANGED)
    elif waiver.count not in (None, number):
        yield _finding(waiver, "count", f"{told} is for {waiver.count} findings and matches {number}", CHANGED)


CHANGED = "look at what has changed, and mend or remove the waiver"


def _finding(waiver: Waiver, rule: str, message: str, fix: str) -> Finding:
    return Finding(SOURCE, f"{SOURCE}.{rule}", "warning", waiver.dataset, waiver.key or "", waiver.variable or "",
                   waiver.value or "", message, f"programmer: {fix}")


@dataclass(frozen=True)
class WaivedRow:
    """Findings that stand for one reason, as the reviewer's guide lists them."""

    rule: str
    dataset: str
    message: str
    count: int
    reason: str
    by: str = ""
    until: str = ""


def waived_summary(findings: Iterable[Finding]) -> list[WaivedRow]:
    """The waived findings by rule, dataset and reason, each with the message that most of them have."""
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for found in findings:
        if found.waived:
            group = found.rule, found.dataset, found.waived, found.waived_by, found.waived_until
            groups.setdefault(group, Counter())[found.message] += 1
    return [WaivedRow(rule, dataset, min(messages, key=lambda text: (-messages[text], text)), messages.total(),
                      reason, by, until)
            for (rule, dataset, reason, by, until), messages in sorted(groups.items())]

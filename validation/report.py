"""One page for the people who must act: what was built, what became of every raw record, every finding and its source.

The page is one file that asks no network for anything. Values of raw data are hostile: they are text everywhere.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cdisckit.findings import SEVERITIES, WAIVED, Finding
from validation.findings import count_findings, sort_findings

__all__ = ["write_report"]

TEMPLATES = Path(__file__).parent / "templates"
FIELDS = ("group", "dataset", "key", "variable", "value", "record", "place", "message", "fix")
UNSAFE = "<>&\u2028\u2029"

Datasets = Sequence[tuple[str, str, int, int]]          # name, label, records, variables


def write_report(findings: Sequence[Finding], path: Path, *, title: str, facts: Mapping[str, str], datasets: Datasets,
                 account: Mapping[str, Any] | None = None) -> None:
    """findings.html: counts, datasets, the account of the raw records (account.json), and all findings by rule."""
    ordered = sort_findings(findings)
    groups = _groups(ordered)
    data = _embed(_columns(ordered, groups))
    page = _environment().get_template("findings.html.j2").render(
        title=title, facts=facts, counts=count_findings(ordered), groups=groups, account=account, data=data,
        datasets=_with_counts(datasets, ordered), nonce=_nonce(data))
    path.write_bytes(page.encode("utf-8", "backslashreplace"))


def _nonce(data: str) -> str:
    """The word that names the page's own script and style; a script that comes with the data cannot know it."""
    return hashlib.sha256(data.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment


def _groups(ordered: Sequence[Finding]) -> list[dict[str, Any]]:
    """One group a rule and severity, with the message and the fix that most of its findings have. What is waived is a
    group for each reason, and has the reason in place of the fix.
    """
    groups = []
    for (_, rule, waived), members in groupby(ordered, key=_group_of):
        listed = list(members)
        wordings = Counter((finding.message, finding.fix) for finding in listed)
        (message, fix), _ = wordings.most_common(1)[0]
        fix = f"Waived: {waived}" if waived else fix
        groups.append({"severity": listed[0].standing, "rule": rule, "source": listed[0].source, "count": len(listed),
                       "datasets": list(dict.fromkeys(finding.dataset for finding in listed)),
                       "message": message, "fix": fix, "wordings": len(wordings),
                       "one_fix": bool(waived) or len({finding.fix for finding in listed}) == 1})
    return groups


def _group_of(finding: Finding) -> tuple[str, str, str]:
    return finding.severity, finding.rule, finding.waived


def _columns(ordered: Sequence[Finding], groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The findings as rows of numbers into one list of texts: most texts of a finding stand in hundreds of others."""
    texts: dict[str, int] = {}
    number = [position for position, group in enumerate(groups) for _ in range(group["count"])]
    rows = [[position, *(texts.setdefault(text, len(texts)) for text in _texts(finding))]
            for position, finding in zip(number, ordered, strict=True)]
    return {"severities": (*SEVERITIES, WAIVED), "fields": FIELDS, "groups": groups, "texts": list(texts), "rows": rows}


def _texts(finding: Finding) -> tuple[str, ...]:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return (finding.dataset, finding.key, finding.variable, finding.value, finding.record, place, finding.message,
            finding.fix)


def _embed(content: Mapping[str, Any]) -> Markup:
    """JSON that can stand in a script element: nothing in it can end the element or the line."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in UNSAFE:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _with_counts(datasets: Datasets, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    counts = Counter((finding.dataset, finding.standing) for finding in findings)
    return [{"name": name, "label": label, "records": records, "variables": variables,
             "counts": {severity: counts[name, severity] for severity in (*SEVERITIES, WAIVED)}}
            for name, label, records, variables in datasets]

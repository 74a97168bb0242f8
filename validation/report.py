"""The reports of a run: findings.json, findings.html, findings.xlsx and findings.sarif, all with the same findings.

The page is one file that asks no network for anything. Values of raw data are hostile: they are text everywhere.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cdisckit.findings import SEVERITIES, WAIVED, Finding
from validation.findings import count_findings, count_verdicts, sort_findings, sort_verdicts, write_sorted
from validation.package import STATUSES, Verdict
from validation.records import ReadDataset, gather_records
from validation.sarif import write_sarif

__all__ = ["write_report", "write_reports"]

LISTED = 100_000                                 # findings on the page; findings.json has all
RECORDS = 2_000                                  # findings on the page that show their record

TEMPLATES = Path(__file__).parent / "templates"
FIELDS = ("group", "dataset", "key", "variable", "value", "record", "place", "message", "fix")
UNSAFE = "<>&\u2028\u2029"

Datasets = Sequence[tuple[str, str, int, int]]          # name, label, records, variables


def write_reports(findings: Iterable[Finding], verdicts: Sequence[Verdict], folder: Path, *, title: str,
                  facts: Mapping[str, str], datasets: Datasets, account: Mapping[str, Any] | None = None,
                  created: datetime, read: ReadDataset | None = None) -> None:
    """findings.json, findings.html, findings.xlsx and findings.sarif of a run, into `folder`.

    `verdicts`: what became of every rule (a build has none). `created`: the time that the workbook says it was made at,
    which is the study's and not the clock's. `read` gives a dataset by its name, so that the page shows the record of a
    finding and those beside it. The same findings and verdicts give the same bytes.
    """
    from validation.workbook import write_workbook  # XlsxWriter is loaded only where a report is written

    ordered, verdicts = sort_findings(findings), sort_verdicts(verdicts)
    write_sorted(ordered, folder / "findings.json", verdicts)
    _write_page(ordered, folder / "findings.html", verdicts, title, facts, datasets, account, read)
    write_workbook(ordered, verdicts, folder / "findings.xlsx", title=title, facts=facts, datasets=datasets,
                   created=created)
    write_sarif(ordered, verdicts, folder / "findings.sarif", facts=facts)


def write_report(findings: Iterable[Finding], path: Path, *, title: str, facts: Mapping[str, str], datasets: Datasets,
                 account: Mapping[str, Any] | None = None, verdicts: Sequence[Verdict] = (),
                 read: ReadDataset | None = None) -> None:
    """findings.html: counts, the findings by rule, the verdict of every rule, the datasets and the account of the raw
    records (account.json).
    """
    _write_page(sort_findings(findings), path, sort_verdicts(verdicts), title, facts, datasets, account, read)


def _write_page(ordered: Sequence[Finding], path: Path, verdicts: Sequence[Verdict], title: str,
                facts: Mapping[str, str], datasets: Datasets, account: Mapping[str, Any] | None,
                read: ReadDataset | None) -> None:
    groups = _groups(ordered)
    records = gather_records(_with_record(ordered, groups), read) if read else {}
    data = _embed({**_columns(ordered, groups), "records": records})
    page = _environment().get_template("findings.html.j2").render(
        title=title, facts=facts, counts=count_findings(ordered), groups=groups, account=account, data=data,
        datasets=_with_counts(datasets, ordered), nonce=_nonce(data), statuses=count_verdicts(verdicts),
        sources=_sources(verdicts), verdicts=verdicts, total=len(ordered),
        hidden=len(ordered) - sum(group["listed"] for group in groups), found={group["rule"] for group in groups})
    path.write_bytes(page.encode("utf-8", "backslashreplace"))


def _sources(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """How many rules of each source passed, found issues or gave no answer, and the time they took."""
    rows = []
    for source in sorted({verdict.source for verdict in verdicts}):
        of_source = [verdict for verdict in verdicts if verdict.source == source]
        statuses = Counter(verdict.status for verdict in of_source)
        rows.append({"source": source, "statuses": {status: statuses[status] for status in STATUSES},
                     "findings": sum(verdict.findings for verdict in of_source),
                     "seconds": sum(verdict.seconds for verdict in of_source)})
    return rows


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
    for (_, rule, waived, by, until), members in groupby(ordered, key=_group_of):
        found = list(members)
        wordings = Counter((finding.message, finding.fix) for finding in found)
        (message, fix), _ = wordings.most_common(1)[0]
        fix = f"Waived: {waived}" if waived else fix
        groups.append({"severity": found[0].standing, "rule": rule, "source": found[0].source, "count": len(found),
                       "datasets": list(dict.fromkeys(finding.dataset for finding in found)),
                       "message": message, "fix": fix, "wordings": len(wordings),
                       "one_fix": bool(waived) or len({finding.fix for finding in found}) == 1,
                       "waived": waived, "by": by, "until": until})
    for group, listed in zip(groups, _shares([group["count"] for group in groups], LISTED), strict=True):
        group["listed"] = listed
    return groups


def _with_record(ordered: Sequence[Finding], groups: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Finding]]:
    """The findings that show their record, by their number on the page: the first of every group."""
    number = first = 0
    for group, share in zip(groups, _shares([group["listed"] for group in groups], RECORDS), strict=True):
        yield from ((number + at, ordered[first + at]) for at in range(share))
        number += group["listed"]
        first += group["count"]


def _shares(counts: Sequence[int], room: int) -> list[int]:
    """How many of each group have room: all of a small group, and the same number of each large one, at least one."""
    shares = [0] * len(counts)
    smallest = sorted(range(len(counts)), key=lambda at: counts[at])
    for done, at in enumerate(smallest):
        shares[at] = min(counts[at], max(room // (len(counts) - done), 1))
        room -= shares[at]
    return shares


def _group_of(finding: Finding) -> tuple[str, str, str, str, str]:
    return finding.severity, finding.rule, finding.waived, finding.waived_by, finding.waived_until


def _columns(ordered: Sequence[Finding], groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The findings as rows of numbers into one list of texts: most texts of a finding stand in hundreds of others."""
    texts: dict[str, int] = {}
    rows, first = [], 0
    for position, group in enumerate(groups):
        rows += [[position, *(texts.setdefault(text, len(texts)) for text in _texts(finding))]
                 for finding in ordered[first:first + group["listed"]]]
        first += group["count"]
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

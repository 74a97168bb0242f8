"""All findings of a run in one order and one file: what must be mended first stands first, whoever found it."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cdisckit.errors import CdisckitError
from cdisckit.findings import SEVERITIES, WAIVED, Finding
from validation.package import STATUSES, Verdict

__all__ = ["count_findings", "count_verdicts", "read_findings", "sort_findings", "sort_verdicts",
           "write_findings", "write_sorted"]

NUMBERS = re.compile("([0-9]+)")
LOUDEST = ("failed", "timed out", "skipped", "issues", "passed")


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then notices; by rule, dataset, record key; what is waived stands last. Exact duplicates
    are one finding.
    """
    return sorted(dict.fromkeys(findings), key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    """AESEQ=2 stands before AESEQ=10; the whole finding decides where all else is equal."""
    return (finding.waived != "", SEVERITIES.index(finding.severity), finding.rule, finding.waived, finding.waived_by,
            finding.waived_until, finding.dataset, _natural(finding.key), finding.variable, _natural(finding.value),
            finding.line, finding)


def _natural(text: str) -> str:
    return NUMBERS.sub(lambda number: number.group().zfill(12), text)


def count_findings(findings: Iterable[Finding]) -> dict[str, int]:
    """How many errors, warnings and notices stand, and how many findings are waived; each is named, none of it too."""
    counts = Counter(finding.standing for finding in findings)
    return {standing: counts[standing] for standing in (*SEVERITIES, WAIVED)}


def count_verdicts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many rules passed, found issues, were skipped, failed or timed out; each is named, none of it too."""
    counts = Counter(verdict.status for verdict in verdicts)
    return {status: counts[status] for status in STATUSES}


def sort_verdicts(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What failed, timed out or was skipped stands before what found something, and that before what passed."""
    return sorted(verdicts, key=lambda one: (LOUDEST.index(one.status), one.source, one.rule, one.dataset))


def write_findings(findings: Iterable[Finding], path: Path, verdicts: Sequence[Verdict] = ()) -> None:
    """findings.json: the counts by severity and by rule, the verdict of every rule, then one finding a line.

    The same findings, the same bytes, but for the seconds that a rule has taken.
    """
    write_sorted(sort_findings(findings), path, sort_verdicts(verdicts))


def write_sorted(ordered: Sequence[Finding], path: Path, verdicts: Sequence[Verdict]) -> None:
    """`write_findings` of findings that are in their order."""
    rules = Counter(finding.rule for finding in ordered)
    head = {"counts": count_findings(ordered), "rules": {rule: rules[rule] for rule in sorted(rules)},
            "statuses": count_verdicts(verdicts)}
    judged = [{**asdict(verdict), "seconds": round(verdict.seconds, 3)} for verdict in verdicts]
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        # a raw byte that no encoding explains arrives as a lone surrogate; backslashreplace makes it a JSON escape
        file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}"))
        for name, entries in (("verdicts", judged), ("findings", (finding.as_dict() for finding in ordered))):
            file.write(f',\n "{name}": [')
            for number, entry in enumerate(entries):
                file.write((",\n" if number else "\n") + json.dumps(entry, ensure_ascii=False))
            file.write("\n]")
        file.write("\n}\n")


def read_findings(path: Path) -> list[Finding]:
    """The findings that `write_findings` wrote."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return [Finding.from_dict(entry) for entry in content["findings"]]
    except (KeyError, TypeError, ValueError) as error:
        fix = "build or validate again; findings.json is written by the program, never by hand"
        raise CdisckitError(f"{path.name} is no file of findings: {error}", where=str(path), fix=fix) from error

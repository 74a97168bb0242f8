"""All findings of a run in one order and one file: what must be mended first stands first, whoever found it."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cdisckit.errors import CdisckitError
from cdisckit.findings import SEVERITIES, WAIVED, Finding

__all__ = ["count_findings", "read_findings", "sort_findings", "write_findings"]

NUMBERS = re.compile("([0-9]+)")


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then notices; by rule, dataset, record key; what is waived stands last. Exact duplicates
    are one finding.
    """
    return sorted(dict.fromkeys(findings), key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    """AESEQ=2 stands before AESEQ=10; the whole finding decides where all else is equal."""
    return (finding.waived != "", SEVERITIES.index(finding.severity), finding.rule, finding.waived, finding.dataset,
            _natural(finding.key), finding.variable, _natural(finding.value),
            finding.line, finding)


def _natural(text: str) -> list[tuple[int, int, str]]:
    parts = [part for part in NUMBERS.split(text) if part]
    return [(0, int(part), "") if "0" <= part[0] <= "9" else (1, 0, part) for part in parts]


def count_findings(findings: Iterable[Finding]) -> dict[str, int]:
    """How many errors, warnings and notices stand, and how many findings are waived; each is named, none of it too."""
    counts = Counter(finding.standing for finding in findings)
    return {standing: counts[standing] for standing in (*SEVERITIES, WAIVED)}


def write_findings(findings: Iterable[Finding], path: Path) -> None:
    """findings.json: the counts by severity and by rule, then one finding a line; the same findings, the same bytes."""
    ordered = sort_findings(findings)
    rules = Counter(finding.rule for finding in ordered)
    head = {"counts": count_findings(ordered), "rules": {rule: rules[rule] for rule in sorted(rules)}}
    lines = ",\n".join(json.dumps(finding.as_dict(), ensure_ascii=False) for finding in ordered)
    text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + f',\n "findings": [\n{lines}\n]\n}}\n'
    # a raw byte that no encoding explains arrives as a lone surrogate; backslashreplace makes it a JSON escape
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def read_findings(path: Path) -> list[Finding]:
    """The findings that `write_findings` wrote."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return [Finding.from_dict(entry) for entry in content["findings"]]
    except (KeyError, TypeError, ValueError) as error:
        fix = "build or validate again; findings.json is written by the program, never by hand"
        raise CdisckitError(f"{path.name} is no file of findings: {error}", where=str(path), fix=fix) from error

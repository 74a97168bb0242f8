"""Judge any define.xml, alone or with the folder of the datasets that it describes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from cdisckit.errors import DefineError, RawDataError
from cdisckit.findings import SEVERITIES, Finding
from cdisckit.packages import package_of_files
from define import check_define, read_define_fully
from define.against_data import check_define_against_data

__all__ = ["judge_define", "shown_findings"]

FIX = "programmer: remove it, or say it in the words of Define-XML"


def judge_define(file: Path, data: Path | None = None) -> list[Finding]:
    """What is wrong with a define.xml: schema, published checks, checklist, what no reader would take; and with the
    folder of its datasets also every statement that the data contradict. DefineError where it is no XML.
    """
    found = check_define(file, data)
    name = f"{file.parent.name}/{file.name}".lstrip("/")
    try:
        reading = read_define_fully(file)
    except DefineError as error:
        why = " ".join(error.what.split())
        return [*found, Finding("define", "define.unreadable", "error", "", message=why, fix=error.fix, file=name)]
    found += [Finding("define", "define.not_taken", "notice", "", value=lost.what, message=f"{lost.what}: {lost.why}",
                      fix=FIX, file=name, line=lost.line) for lost in reading.not_taken]
    if data is None:
        return found
    sdtm, adam = (data, None) if reading.define.model == "SDTM" else (None, data)
    try:
        package, unreadable = package_of_files(sdtm, adam)
    except RawDataError as error:
        why = " ".join(str(error).split())
        return [*found, Finding("define", "define.data_unreadable", "error", "", message=why, fix=error.fix, file=name)]
    return [*found, *unreadable, *check_define_against_data(reading.define, package.tables, name)]


def shown_findings(findings: Sequence[Finding]) -> Iterator[str]:
    """A line a finding, the errors first, and how many there are of each severity."""
    for finding in sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        place = ".".join(part for part in (finding.dataset, finding.variable) if part)
        line = f":{finding.line}" if finding.line else ""
        parts = (f"{finding.severity:8}", finding.rule, f"{finding.file}{line}", place, finding.key, finding.message)
        yield "  ".join(part for part in parts if part)
    counts = Counter(finding.severity for finding in findings)
    yield f"{len(findings):,} findings: " + ", ".join(f"{counts[severity]:,} {severity}s" for severity in SEVERITIES)

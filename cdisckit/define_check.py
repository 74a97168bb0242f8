"""Judge any define.xml, alone or with the folder of the datasets that it describes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from cdisckit.errors import DefineError, RawDataError
from cdisckit.findings import SEVERITIES, Finding
from cdisckit.packages import package_of_files
from define import check_define, read_define_fully
from define.against_data import check_define_against_data
from define.language import other_languages
from define.model import Define
from define.text import stated_encoding
from specs.agency import Agency, check_paths, find_agency, label_problems, package_path

__all__ = ["judge_define", "shown_findings"]

FIX = "programmer: remove it, or say it in the words of Define-XML"


def judge_define(file: Path, data: Path | None = None, agency: str = "") -> list[Finding]:
    """What is wrong with a define.xml: schema, published checks, checklist, what no reader would take; and with the
    folder of its datasets also every statement that the data contradict; and what an agency would not take of its
    language, its labels and the files beside it. DefineError where it is no XML.
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
    if agency:
        found += _check_for_agency(reading.define, file, find_agency(agency), name)
    if data is None:
        return found
    sdtm, adam = (data, None) if reading.define.model == "SDTM" else (None, data)
    try:
        package, unreadable = package_of_files(sdtm, adam, stated_encoding(reading.define.version_description))
    except RawDataError as error:
        why = " ".join(str(error).split())
        return [*found, Finding("define", "define.data_unreadable", "error", "", message=why, fix=error.fix, file=name)]
    return [*found, *unreadable, *check_define_against_data(reading.define, package.tables, name)]


def _check_for_agency(define: Define, file: Path, agency: Agency, name: str) -> Iterator[Finding]:
    """The language of the texts, the labels of datasets and variables, and the names and paths of the files."""
    def finding(rule: str, dataset: str, message: str, variable: str = "") -> Finding:
        return Finding("define", f"define.agency_{rule}", "error", dataset, variable=variable, message=message,
                       fix=f"programmer: {agency.name.upper()} wants it otherwise", file=name)

    if not define.language.startswith(agency.language):
        yield finding("language", "", f"the texts are in the language {define.language}, not in {agency.language}")
    else:
        yield from (finding("language", "", f"the text is not in {agency.language}: {text!r}")
                    for text in other_languages(define))
    yield from (finding("label", dataset, f"the label {label!r} {problem}", variable)
                for dataset, variable, label in _labels(define) for problem in label_problems(label, agency))
    files = sorted(path.name for path in file.resolve().parent.iterdir() if path.is_file())
    paths = [package_path(define.study, define.model, beside) for beside in files]
    yield from (finding("path", "", problem) for problem in check_paths(paths, agency))


def _labels(define: Define) -> Iterator[tuple[str, str, str]]:
    """Dataset, variable and label of all that has one in the transport files: supplemental qualifiers too (QLABEL)."""
    items = {item.oid: item for item in define.items}
    values = {one.oid: one.refs for one in define.value_lists}
    for group in define.groups:
        yield group.name, "", group.label
        refs = [*group.refs, *(ref for one in group.refs if one.item in items and items[one.item].name == "QVAL"
                               for ref in values.get(items[one.item].values, ()))]
        yield from ((group.name, items[ref.item].name, items[ref.item].label) for ref in refs if ref.item in items)


def shown_findings(findings: Sequence[Finding]) -> Iterator[str]:
    """A line a finding, the errors first, and how many there are of each severity."""
    for finding in sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        place = ".".join(part for part in (finding.dataset, finding.variable) if part)
        line = f":{finding.line}" if finding.line else ""
        parts = (f"{finding.severity:8}", finding.rule, f"{finding.file}{line}", place, finding.key, finding.message)
        yield "  ".join(part for part in parts if part)
    counts = Counter(finding.severity for finding in findings)
    yield f"{len(findings):,} findings: " + ", ".join(f"{counts[severity]:,} {severity}s" for severity in SEVERITIES)

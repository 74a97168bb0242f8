"""Judge finished datasets, ours or somebody else's: own rules, Great Expectations suites, CDISC CORE, define.xml.

Every source gives findings and a verdict for each of its rules, in one shape, into one report.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdisckit.build import BUILD_RULES, Progress, locate_findings, report_output, submitted, write_defines, xpt_columns
from cdisckit.errors import CdisckitError, DefineError
from cdisckit.findings import Finding
from cdisckit.output import MANIFEST, replace_folder, update_folder
from cdisckit.packages import package_of_files, package_of_output
from cdisckit.study import Study, load_study
from define import check_define
from specs import DatasetSummary, summary_from_dict
from submission import file_hash, read_manifest, write_manifest
from validation import (
    apply_waivers,
    read_findings,
    read_waivers,
    sort_findings,
    write_findings,
    write_report,
)
from validation.package import STATUSES, Package, Verdict
from validation.rules import run_rules

__all__ = ["Validation", "add_folder", "count_verdicts", "rewrite_define", "validate_files", "validate_output"]

BUILD_SOURCES = ("raw", "mapping", "contract", "transport")


@dataclass(frozen=True)
class Validation:
    """What a validation gave: all findings, and what became of every rule."""

    out: Path
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]


def validate_output(study_name: str, out: Path,
                    progress: Progress = lambda _what, _done, _all: None) -> Validation:
    """All findings of an output: those of its build, of the rules, of its suites and of its define.xml; its reports are
    renewed.
    """
    study, summaries = _load(study_name, out)
    specs = submitted(study, summaries)
    package = package_of_output(out, study, specs, {spec.name: tuple(xpt_columns(spec, summaries[spec.name]))
                                                    for spec in specs}, summaries)
    found = [finding for finding in read_findings(out / "findings.json") if finding.source in BUILD_SOURCES]
    found += _changed_files(out)
    with update_folder(out) as folder:
        found += _without_known(_run_suites(study, summaries, package, folder, progress), found)
        defines = [path for model in ("sdtm", "adam") if (path := out / model / "define.xml").is_file()]
        more, verdicts = _judge(package, defines, progress)
        judged = (*BUILD_RULES, "gx", "define", "package", *_families(verdicts))
        waived = apply_waivers(dict.fromkeys([*found, *more]), read_waivers(study.folder), judged)
        ordered = tuple(locate_findings(sort_findings(waived), study, out))
        account = json.loads((out / "account.json").read_text(encoding="utf-8"))
        report_output(study, folder, ordered, summaries, account)
        _renew_manifest(folder)
    return Validation(out, ordered, tuple(verdicts))


def validate_files(sdtm: Path | None, adam: Path | None, defines: Sequence[Path], out: Path,
                   progress: Progress = lambda _what, _done, _all: None) -> Validation:
    """All findings of datasets that somebody else made: XPT or Dataset-JSON, with or without define.xml."""
    if (out / "trace").is_dir():
        raise CdisckitError(f"{out} is the output of a build, which this report would replace",
                            fix="give another folder as --out, or judge the build: cdisckit validate STUDY --out OUT")
    progress("reading", 0, 1)
    package, found = package_of_files(sdtm, adam)
    beside = [folder / "define.xml" for folder in (sdtm, adam) if folder and (folder / "define.xml").is_file()]
    more, verdicts = _judge(package, list(dict.fromkeys([*defines, *beside])), progress)
    ordered = tuple(sort_findings([*found, *more]))
    with replace_folder(out) as folder:
        _report_files(package, ordered, folder)
        write_manifest(folder, MANIFEST, {})
    return Validation(out, ordered, tuple(verdicts))


def _judge(package: Package, defines: Sequence[Path], progress: Progress) -> tuple[list[Finding], list[Verdict]]:
    """What the rules and the checks of define.xml find in any package."""
    findings, verdicts = run_rules(package, progress=progress)
    for path in defines:
        progress(f"{path.parent.name}/{path.name}", 0, 1)
        findings += _judge_define(path)
    return findings, verdicts


def _judge_define(path: Path) -> list[Finding]:
    """The findings of a define.xml; one that cannot be read is an error finding, and the data are judged anyway."""
    try:
        return check_define(path, path.parent)
    except DefineError as error:
        said = " ".join(str(error).split())
        return [Finding("define", "define.unreadable", "error", "", message=f"it was not judged: {said}",
                        fix="programmer: write the define.xml again, as plain XML without a DTD", file=path.name)]


def _changed_files(out: Path) -> list[Finding]:
    """A dataset that is not the one that was built: what is judged here is what the build made."""
    listed = read_manifest(out / MANIFEST)["files"]
    return [Finding("package", "package.changed_file", "error", Path(name).stem.upper(), file=name,
                    message=f"{name} is not the file that was built" if (out / name).is_file() else f"{name} is gone",
                    fix="programmer: build again; files from elsewhere: cdisckit validate --sdtm DIR --adam DIR")
            for name, entry in listed.items() if name.endswith(".xpt")
            and not ((out / name).is_file() and file_hash(out / name) == entry["sha256"])]


def _run_suites(study: Study, summaries: Mapping[str, DatasetSummary], package: Package, folder: Path,
                progress: Progress) -> list[Finding]:
    """The findings of the Great Expectations suite of every dataset; the suites are saved beside them."""
    from validation.suites import build_suite, run_suite, save_suite  # the import of Great Expectations takes seconds

    found = []
    specs = submitted(study, summaries)
    for number, spec in enumerate(specs):
        progress(f"suite of {spec.name}", number, len(specs))
        found += run_suite(package[spec.name].frame, spec, study.specs.codelists)
        path = folder / "validation" / "suites" / f"{spec.name.lower()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_suite(build_suite(spec, study.specs.codelists, summaries[spec.name]), path)
    return found


def _without_known(found: Iterable[Finding], known: Iterable[Finding]) -> list[Finding]:
    """The findings that are not there already, whoever said them: two sources judge some of the same facts."""
    said = {_what(finding) for finding in known}
    return [finding for finding in found if _what(finding) not in said]


def _what(finding: Finding) -> tuple[str, ...]:
    return finding.dataset, finding.key, finding.variable, finding.value, finding.message


def _families(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """The families of the rules that were judged: dates of dates.end_before_start."""
    ran = ("passed", "issues")
    return tuple(dict.fromkeys(verdict.rule.partition(".")[0] for verdict in verdicts if verdict.status in ran))


def _report_files(package: Package, findings: tuple[Finding, ...], folder: Path) -> None:
    facts = {"Datasets": str(len(package.tables)), **package.standards}
    rows = [(table.name, table.label, len(table), len(table.variables)) for table in package.tables.values()]
    write_findings(findings, folder / "findings.json")
    write_report(findings, folder / "findings.html", title="Findings", facts=facts, datasets=rows)


def count_verdicts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many rules passed, had issues, were skipped, failed or timed out; each is named, none of it too."""
    counts = Counter(verdict.status for verdict in verdicts)
    return {status: counts[status] for status in STATUSES}


def rewrite_define(study_name: str, out: Path) -> list[Path]:
    """define.xml and define.html of an output, written anew from the specification and the summaries of its data."""
    study, summaries = _load(study_name, out)
    with update_folder(out) as folder:
        written = write_defines(study, summaries, folder)
        _renew_manifest(folder)
    return [out / name for name in written]


def add_folder(out: Path, source: Path) -> None:
    """Take a folder into an output, under its own name; the manifest lists its files too."""
    with update_folder(out) as folder:
        shutil.copytree(source, folder / source.name)
        _renew_manifest(folder)


def _load(study_name: str, out: Path) -> tuple[Study, dict[str, DatasetSummary]]:
    path = out / "trace" / "summaries.json"
    if not path.is_file():
        raise CdisckitError(
            f"{out} is no output of cdisckit",
            where=str(out),
            fix="build the study first: cdisckit build STUDY --raw RAW --out OUT",
        )
    summaries = json.loads(path.read_text(encoding="utf-8"))
    return load_study(study_name), {name: summary_from_dict(content) for name, content in summaries.items()}


def _renew_manifest(folder: Path) -> None:
    facts = {key: value for key, value in read_manifest(folder / MANIFEST).items() if key not in ("program", "files")}
    write_manifest(folder, MANIFEST, facts)

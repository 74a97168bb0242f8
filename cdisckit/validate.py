"""Judge finished datasets, ours or somebody else's: own rules, Great Expectations suites, CDISC CORE, define.xml.

Every source gives findings and a verdict for each of its rules, in one shape, into one report.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from cdisckit.blocks import loaded_study, start_workers
from cdisckit.build import (
    BUILD_RULES,
    Progress,
    locate_findings,
    report_output,
    write_crf,
    xpt_columns,
)
from cdisckit.defines import write_defines
from cdisckit.errors import CdisckitError, DefineError
from cdisckit.findings import Finding
from cdisckit.output import MANIFEST, replace_folder, update_folder
from cdisckit.packages import package_of_files, package_of_output
from cdisckit.study import Study, find_study, load_study, submitted
from cdisckit.trace import read_dataset
from define import check_define, read_define
from define.against_data import check_define_against_data
from define.text import stated_encoding
from specs import DatasetSpec, DatasetSummary, summary_from_dict
from specs.agency import find_agency
from submission import file_hash, read_manifest, write_manifest
from transport import Column
from validation import apply_waivers, read_findings, read_waivers, sort_findings, write_reports
from validation.package import Package, Verdict
from validation.rules import run_rules

__all__ = ["Options", "Validation", "add_folder", "rewrite_define", "validate_files",
           "validate_output"]

BUILD_SOURCES = ("raw", "mapping", "contract", "transport")
NEWEST = {"SDTM": ("sdtmig", "3.4"), "ADaM": ("adamig", "1.3")}     # where nothing says by which guide data are made
NO_DATE = datetime(1980, 1, 1)                                       # of a workbook whose data have no study
NOT_RUN = "CDISC CORE was not run: give --core-resources DIR (cdisckit core fetch tells how to make one)"


@dataclass(frozen=True)
class Options:
    """What a validation is asked for beside the data."""

    core_resources: Path | None = None
    core_results: Path | None = None                                 # results of rules that are still good
    data_docs: bool = False
    jobs: int = 1
    today: date | None = None                                        # the day by which waivers end
    progress: Progress = lambda _what, _done, _all: None


PLAIN = Options()


@dataclass(frozen=True)
class Validation:
    """What a validation gave: all findings, and what became of every rule."""

    out: Path
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]


def validate_output(study_name: str, out: Path, options: Options = PLAIN) -> Validation:
    """All findings of an output: those of its build, of the rules, of its suites, of CORE and of its define.xml; its
    reports are renewed.
    """
    folder_of_study = find_study(study_name)
    _check_is_output(out)
    with update_folder(out) as folder, start_workers(folder_of_study, min(options.jobs, 2)) as workers:
        task = (str(folder_of_study), out, folder / "validation", options.data_docs)
        suites = workers.pool.submit(run_suites, *task) if workers.pool else None
        study, summaries = _load(study_name, out, _agency(out))
        known = [finding for finding in read_findings(out / "findings.json") if finding.source in BUILD_SOURCES]
        known += _changed_files(out)
        package = package_of_output(out, study, submitted(study, summaries), _columns(study, summaries), summaries)
        defines = [path for model in ("sdtm", "adam") if (path := out / model / "define.xml").is_file()]
        found, verdicts = _judge(package, defines, options)
        options.progress("suites of Great Expectations", 0, 1)
        of_suites, suite_verdicts = suites.result() if suites else run_suites(*task)
        known += _without_known(of_suites, known)
        verdicts += suite_verdicts
        judged = (*BUILD_RULES, "define", "package", *_families(verdicts))
        waived = apply_waivers(dict.fromkeys([*known, *found]), read_waivers(study.folder), judged, options.today)
        ordered = tuple(locate_findings(sort_findings(waived), study, out))
        account = json.loads((out / "account.json").read_text(encoding="utf-8"))
        report_output(study, folder, ordered, summaries, account, verdicts, _frames(package))
        _renew_manifest(folder)
    return Validation(out, ordered, tuple(verdicts))


def validate_files(sdtm: Path | None, adam: Path | None, defines: Sequence[Path], out: Path,
                   options: Options = PLAIN) -> Validation:
    """All findings of datasets that somebody else made: XPT or Dataset-JSON, with or without define.xml."""
    if (out / "trace").is_dir():
        raise CdisckitError(f"{out} is the output of a build, which this report would replace",
                            fix="give another folder as --out, or judge the build: cdisckit validate STUDY --out OUT")
    options.progress("reading", 0, 1)
    beside = [folder / "define.xml" for folder in (sdtm, adam) if folder and (folder / "define.xml").is_file()]
    judged = list(dict.fromkeys([*defines, *beside]))
    package, unreadable = package_of_files(sdtm, adam, _encoding_of(judged))
    found, verdicts = _judge(package, judged, options)
    verdicts.append(Verdict("great_expectations", "gx.suites", "notice", "skipped",
                            "there is no specification that suites could be made of: validate the output of a study"))
    ordered = tuple(sort_findings([*unreadable, *found]))
    with replace_folder(out) as folder:
        facts = {"Datasets": str(len(package.tables)), **package.standards}
        rows = [(table.name, table.label, len(table), len(table.variables)) for table in package.tables.values()]
        write_reports(ordered, verdicts, folder, title="Findings", facts=facts, datasets=rows, created=NO_DATE,
                      read=_frames(package))
        write_manifest(folder, MANIFEST, {})
    return Validation(out, ordered, tuple(verdicts))


def _encoding_of(defines: Iterable[Path]) -> str:
    """The encoding of the transport files, as the first define.xml that can be read states it; else UTF-8."""
    for path in defines:
        try:
            return stated_encoding(read_define(path).version_description)
        except DefineError:                                # that it cannot be read is told where it is judged
            continue
    return "utf-8"


def _frames(package: Package) -> Callable[[str], pd.DataFrame | None]:
    """The records that the report shows around a finding."""
    return lambda name: package[name].frame if name in package.tables else None


def _judge(package: Package, defines: Sequence[Path], options: Options) -> tuple[list[Finding], list[Verdict]]:
    """What the rules, the checks of define.xml and CORE find in any package."""
    core_runs = _plan_core(package, options)               # what cannot be run is told before anything else is
    findings, verdicts = run_rules(package, progress=options.progress)
    files: dict[str, Path] = {}
    for path in defines:
        options.progress(f"{path.parent.name}/{path.name}", 0, 1)
        started = time.perf_counter()
        found, model, why = _judge_define(path, package)
        files.setdefault(model, path)
        findings += found
        status = "failed" if why else "issues" if found else "passed"
        verdicts.append(Verdict("define", "define.checks", "error", status, why, len(found),
                                time.perf_counter() - started, "Define-XML 2.1",
                                f"{path.parent.name}/{path.name}: schema, published checks, checklist, data"))
    if not defines:
        verdicts.append(Verdict("define", "define.checks", "error", "skipped", "there is no define.xml"))
    found, of_core = _run_core(package, core_runs, files, options)
    return [*findings, *found], [*verdicts, *of_core]


def _judge_define(path: Path, package: Package) -> tuple[list[Finding], str, str]:
    """The findings of a define.xml, its model, and why it could not be judged: that is an error finding, and the data
    are judged anyway.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        found = check_define(path, path.parent)
        define = read_define(path)
    except DefineError as error:
        why = " ".join(str(error).split())
        return [Finding("define", "define.unreadable", "error", "", message=f"it was not judged: {why}",
                        fix="programmer: write the define.xml again, as plain XML without a DTD", file=name)], "", why
    return [*found, *check_define_against_data(define, package.tables, name)], define.model, ""


def _plan_core(package: Package, options: Options) -> list[tuple[str, dict[str, Any]]]:
    """For each model of the package its standard, version and terminology. Raises CdisckitError where the engine or the
    folder of resources is not there.
    """
    if options.core_resources is None:
        return []
    from validation.core import check_engine, newest_package  # the engine is loaded only where it is asked for

    check_engine()
    runs: list[tuple[str, dict[str, Any]]] = []
    for model, (standard, newest) in NEWEST.items():
        stated = package.standards.get(f"{model} CT", "")
        terms = newest_package(options.core_resources, f"{model.lower()}ct", stated)
        if any(True for _ in package.of_model(model)):  # type: ignore[arg-type]
            runs.append((model, {"standard": standard, "version": package.standards.get(f"{model}IG", newest),
                                 "ct": [terms] if terms else []}))
    return runs


def _run_core(package: Package, runs: Sequence[tuple[str, dict[str, Any]]], defines: Mapping[str, Path],
              options: Options) -> tuple[list[Finding], list[Verdict]]:
    """CDISC's own rules, where their resources are given; a verdict says so where they are not, or where they have
    nothing for the standard of the data.
    """
    if options.core_resources is None:
        return [], [Verdict("core", "core.rules", "notice", "skipped", NOT_RUN)]
    from validation.core import run_core

    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    for model, wanted in runs:
        try:
            found, judged = run_core(package.tables, options.core_resources, **wanted, define=defines.get(model),
                                     jobs=options.jobs, cache=options.core_results, progress=options.progress)
        except CdisckitError as error:
            why = f"CDISC's rules for {model} were not run: {' '.join(str(error).split())}"
            found = [Finding("core", "core.rules", "error", "", message=why,
                             fix="programmer: import resources that have them: cdisckit core import")]
            judged = [Verdict("core", "core.rules", "error", "failed", why, len(found))]
        findings += found
        verdicts += judged
    return findings, verdicts


def _changed_files(out: Path) -> list[Finding]:
    """A dataset that is not the one that was built: what is judged here is what the build made."""
    listed = read_manifest(out / MANIFEST)["files"]
    return [Finding("package", "package.changed_file", "error", Path(name).stem.upper(), file=name,
                    message=f"{name} is not the file that was built" if (out / name).is_file() else f"{name} is gone",
                    fix="programmer: build again; files from elsewhere: cdisckit validate --sdtm DIR --adam DIR")
            for name, entry in listed.items() if name.endswith(".xpt")
            and not ((out / name).is_file() and file_hash(out / name) == entry["sha256"])]


def run_suites(study_folder: str, out: Path, folder: Path, data_docs: bool) -> tuple[list[Finding], list[Verdict]]:
    """The findings and verdicts of the Great Expectations suite of every dataset of an output; the suites are saved in
    `folder`, and Data Docs where they are asked for.
    """
    from validation import suites  # the import of Great Expectations takes seconds

    study, summaries = loaded_study(study_folder), _summaries(out)
    specs, codelists = submitted(study, summaries), study.specs.codelists
    reference = read_dataset(out, "DM").set_index("USUBJID")["RFSTDTC"] if "DM" in summaries else None
    found: list[Finding] = []
    verdicts: list[Verdict] = []
    for spec in specs:
        run = suites.judge_suite(_submitted_data(out, spec), spec, codelists, reference)
        found += run.findings
        verdicts += run.verdicts
    suites.save_suites(specs, codelists, summaries, folder / "suites")
    if data_docs:
        suites.build_data_docs(folder / "data_docs", ((_submitted_data(out, spec), spec) for spec in specs), codelists)
    return found, verdicts


def _submitted_data(out: Path, spec: DatasetSpec) -> pd.DataFrame:
    frame = read_dataset(out, spec.name)
    return frame.drop(columns=[name for name in frame if name != "_record" and name not in spec.variables])


def _columns(study: Study, summaries: Mapping[str, DatasetSummary]) -> dict[str, tuple[Column, ...]]:
    return {spec.name: tuple(xpt_columns(spec, summaries[spec.name])) for spec in submitted(study, summaries)}


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


def rewrite_define(study_name: str, out: Path, agency: str = "") -> list[Path]:
    """define.xml and define.html of an output, written anew from the specification and the summaries of its data.

    CdisckitError where the agency wants another language than the labels of the datasets are in.
    """
    built = _agency(out)
    agency = agency or built
    if find_agency(agency).language != find_agency(built).language:
        raise CdisckitError(f"the labels of the datasets in {out} are not in the language of {agency.upper()}",
                            fix=f"build the output for it: cdisckit build {study_name} --agency {agency} ...")
    study, summaries = _load(study_name, out, agency)
    with update_folder(out) as folder:
        written = [*write_crf(study, summaries, folder), *write_defines(study, summaries, folder)]
        _renew_manifest(folder)
    return [out / name for name in written]


def add_folder(out: Path, source: Path) -> None:
    """Take a folder into an output, under its own name; the manifest lists its files too."""
    with update_folder(out) as folder:
        shutil.copytree(source, folder / source.name)
        _renew_manifest(folder)


def _agency(out: Path) -> str:
    """The agency that an output was built for; "" where none was named."""
    path = out / "trace" / "study.json"
    return str(json.loads(path.read_text(encoding="utf-8")).get("agency", "")) if path.is_file() else ""


def _check_is_output(out: Path) -> None:
    if not (out / "trace" / "summaries.json").is_file():
        raise CdisckitError(
            f"{out} is no output of cdisckit",
            where=str(out),
            fix="build the study first: cdisckit build STUDY --raw RAW --out OUT",
        )


def _load(study_name: str, out: Path, agency: str) -> tuple[Study, dict[str, DatasetSummary]]:
    _check_is_output(out)
    return load_study(study_name, agency), _summaries(out)


def _summaries(out: Path) -> dict[str, DatasetSummary]:
    content = json.loads((out / "trace" / "summaries.json").read_text(encoding="utf-8"))
    return {name: summary_from_dict(entry) for name, entry in content.items()}


def _renew_manifest(folder: Path) -> None:
    facts = {key: value for key, value in read_manifest(folder / MANIFEST).items() if key not in ("program", "files")}
    write_manifest(folder, MANIFEST, facts)

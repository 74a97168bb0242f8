"""Judge an output: the Great Expectations suite of every dataset, and define.xml against its schema and the data."""

import json
import shutil
from pathlib import Path

from cdisckit.build import BUILD_RULES, Progress, locate_findings, report_output, submitted, write_defines
from cdisckit.errors import CdisckitError
from cdisckit.findings import Finding
from cdisckit.output import MANIFEST, update_folder
from cdisckit.study import Study, load_study
from cdisckit.trace import read_dataset
from define import check_define
from specs import DatasetSummary, summary_from_dict
from specs.agency import find_agency
from submission import read_manifest, write_manifest
from validation import apply_waivers, read_findings, read_waivers, sort_findings

__all__ = ["add_folder", "rewrite_define", "validate_output"]

BUILD_SOURCES = ("raw", "mapping", "contract", "transport")
VALIDATE_RULES = ("gx", "define")  # the families of rules that only a validation checks


def validate_output(
    study_name: str, out: Path, progress: Progress = lambda _what, _done, _all: None
) -> tuple[Finding, ...]:
    """All findings of an output: those of its build, its suites and its define.xml; findings.json and findings.html
    are renewed.
    """
    from validation.suites import build_suite, run_suite, save_suite  # the import of Great Expectations takes seconds

    study, summaries = _load(study_name, out)
    found = [finding for finding in read_findings(out / "findings.json") if finding.source in BUILD_SOURCES]
    specs = submitted(study, summaries)
    with update_folder(out) as folder:
        for number, spec in enumerate(specs):
            progress(f"suite of {spec.name}", number, len(specs))
            frame = read_dataset(out, spec.name)
            frame = frame.drop(columns=[name for name in frame if name != "_record" and name not in spec.variables])
            known = {_what(finding) for finding in found}  # the contract of the build judges some of the same facts
            suite = run_suite(frame, spec, study.specs.codelists)
            found += [finding for finding in suite if _what(finding) not in known]
            path = folder / "validation" / "suites" / f"{spec.name.lower()}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            save_suite(build_suite(spec, study.specs.codelists, summaries[spec.name]), path)
        for model in ("sdtm", "adam"):
            if (out / model / "define.xml").is_file():
                found += check_define(out / model / "define.xml", out / model)
        waived = apply_waivers(dict.fromkeys(found), read_waivers(study.folder), (*BUILD_RULES, *VALIDATE_RULES))
        ordered = tuple(locate_findings(sort_findings(waived), study, out))
        account = json.loads((out / "account.json").read_text(encoding="utf-8"))
        report_output(study, folder, ordered, summaries, account)
        _renew_manifest(folder)
    return ordered


def _what(finding: Finding) -> tuple[str, ...]:
    """What a finding says, whoever says it."""
    return finding.dataset, finding.key, finding.variable, finding.value, finding.message


def rewrite_define(study_name: str, out: Path, agency: str = "") -> list[Path]:
    """define.xml and define.html of an output, written anew from the specification and the summaries of its data.

    CdisckitError where the agency wants another language than the labels of the datasets are in.
    """
    built = json.loads((out / "trace" / "study.json").read_text(encoding="utf-8")).get("agency", "")
    agency = agency or built
    if find_agency(agency).language != find_agency(built).language:
        raise CdisckitError(f"the labels of the datasets in {out} are not in the language of {agency.upper()}",
                            fix=f"build the output for it: cdisckit build {study_name} --agency {agency} ...")
    study, summaries = _load(study_name, out, agency)
    with update_folder(out) as folder:
        written = write_defines(study, summaries, folder)
        _renew_manifest(folder)
    return [out / name for name in written]


def add_folder(out: Path, source: Path) -> None:
    """Take a folder into an output, under its own name; the manifest lists its files too."""
    with update_folder(out) as folder:
        shutil.copytree(source, folder / source.name)
        _renew_manifest(folder)


def _load(study_name: str, out: Path, agency: str = "") -> tuple[Study, dict[str, DatasetSummary]]:
    path = out / "trace" / "summaries.json"
    if not path.is_file():
        raise CdisckitError(
            f"{out} is no output of cdisckit",
            where=str(out),
            fix="build the study first: cdisckit build STUDY --raw RAW --out OUT",
        )
    summaries = json.loads(path.read_text(encoding="utf-8"))
    return load_study(study_name, agency), {name: summary_from_dict(content) for name, content in summaries.items()}


def _renew_manifest(folder: Path) -> None:
    facts = {key: value for key, value in read_manifest(folder / MANIFEST).items() if key not in ("program", "files")}
    write_manifest(folder, MANIFEST, facts)

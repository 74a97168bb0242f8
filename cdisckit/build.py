"""Build a study: raw files to SDTM and ADaM as XPT, with findings, the account of the raw data and define.xml."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import pandas as pd

from cdisckit.blocks import (
    BlockResult,
    Task,
    account_for_block,
    loaded_study,
    plan_tasks,
    read_parts,
    run_tasks,
    run_whole,
    start_workers,
)
from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import Dataset
from cdisckit.output import MANIFEST, replace_folder
from cdisckit.study import STUDIES, Study, find_study, load_study, submitted
from raw import FormAccount, RawStore, fill_store, merge_accounts, report_account
from raw.records import JOIN
from specs import DatasetSpec, DatasetSummary, merge_summaries
from specs.model import TEXT_BYTES
from submission import compare_manifests, file_hash, read_manifest, write_manifest
from transport import Column, XptWriter, fit_columns
from validation import apply_waivers, count_findings, read_waivers, sort_findings, write_reports
from validation.package import Verdict
from validation.records import ReadDataset

__all__ = [
    "BUILD_RULES",
    "BuildResult",
    "Progress",
    "build",
    "check_build",
    "locate_findings",
    "report_output",
]

# the families of rules that a build checks
BUILD_RULES = ("raw", "mapping", "text", "contract", "transport", "lab", "pk", "ada")
FIGURED = ("ADPC", "ADPP", "ADAB")  # what adam.figures draws
log = logging.getLogger("cdisckit")
Progress = Callable[[str, int, int], None]  # what is done, how many of how many


@dataclass(frozen=True)
class BuildResult:
    """What a build made, for the table at its end."""

    out: Path
    datasets: tuple[tuple[str, str, int, int], ...]  # name, label, records, variables
    account: Mapping[str, Any]
    findings: tuple[Finding, ...]
    seconds: float


def build(
    study_name: str,
    raw: Path,
    out: Path,
    *,
    only: tuple[str, ...] = (),
    jobs: int = 1,
    block_subjects: int = 500,
    agency: str = "",
    progress: Progress = lambda _what, _done, _all: None,
) -> BuildResult:
    """Build the study's datasets (or those of `only` and what they need) from the files in `raw` into `out`.

    `out` is replaced as a whole at the end. Data problems become findings; SpecError, RawDataError and
    ContractError stop.
    """
    started = time.perf_counter()
    with replace_folder(out) as folder, start_workers(find_study(study_name), jobs, agency) as workers:
        study = load_study(study_name, agency)
        datasets, waivers = study.order(only), read_waivers(study.folder)
        with collect_findings() as raw_findings:
            store = fill_store(study.specs, raw, folder / "trace" / ".store", block_subjects)
        _write_study_facts(study, folder)
        tasks = plan_tasks(study, store, datasets, jobs)
        results = run_tasks(study, store, tasks, folder, workers, progress)
        whole = run_whole(study, datasets, folder)
        rmtree(folder / "trace" / ".store")
        summaries = _merged(result.summaries for result in [*results, whole])
        defines = workers.pool and workers.pool.submit(_write_defines_of, str(study.folder), agency, summaries, folder)
        findings = [*raw_findings, *(finding for result in [*results, whole] for finding in result.findings)]
        account = merge_accounts(_accounts(study, store, tasks, results))
        if not only:
            findings += report_account(account)
        _log_datasets(datasets, summaries, [*results, whole])
        findings += _write_datasets(study, summaries, folder)
        write_crf(study, summaries, folder)
        _write_results(study, summaries, folder)
        if not only:
            _draw_figures(summaries, folder)
        if defines:
            defines.result()
        else:
            _write_defines(study, summaries, folder)
        totals = _account_dict(account)
        (folder / "account.json").write_text(json.dumps(totals, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _write_summaries(summaries, folder)
        waived = apply_waivers(dict.fromkeys(findings), waivers, () if only else BUILD_RULES)
        ordered = tuple(locate_findings(sort_findings(waived), study, folder))
        report_output(study, folder, ordered, summaries, totals)
        inputs = {
            spec.file: file_hash(raw / spec.file)
            for spec in study.specs.facts.forms.values()
            if (raw / spec.file).is_file()
        }
        write_manifest(
            folder, MANIFEST, {"study": study.specs.facts.STUDYID, "created": study.specs.facts.created, "raw": inputs}
        )
    return BuildResult(out, dataset_rows(study, summaries), totals, ordered, time.perf_counter() - started)


def check_build(study_name: str, raw: Path, out: Path, scratch: Path, **options: Any) -> list[str]:
    """Build anew into `scratch` and say what differs from the output that stands in `out`."""
    build(study_name, raw, scratch, **options)
    return compare_manifests(read_manifest(out / MANIFEST), read_manifest(scratch / MANIFEST))


def _accounts(study: Study, store: RawStore, tasks: list[Task], results: list[BlockResult]) -> Iterator[FormAccount]:
    for block in range(store.blocks):
        of_block = [result for task, result in zip(tasks, results, strict=True) if task.block == block]
        yield from of_block[0].account or account_for_block(study, store, of_block)


def _account_dict(account: Iterable[FormAccount]) -> dict[str, Any]:
    files = [form.as_dict() for form in account]
    totals = {key: sum(file[key] for file in files) for key in ("read", "mapped", "lost")}
    return {**totals, "dropped": sum(sum(file["dropped"].values()) for file in files), "files": files}


def _merged(parts: Iterable[list[DatasetSummary]]) -> dict[str, DatasetSummary]:
    by_name: dict[str, list[DatasetSummary]] = {}
    for summaries in parts:
        for summary in summaries:
            by_name.setdefault(summary.name, []).append(summary)
    return {name: merge_summaries(by_name[name]) for name in sorted(by_name)}


def _log_datasets(datasets: list[Dataset], summaries: Mapping[str, DatasetSummary], results: list[BlockResult]) -> None:
    for made in datasets:
        seconds = sum(result.seconds.get(made.name, 0.0) for result in results)
        summary = summaries[made.name]
        log.info(
            "%-8s %9s records %4d variables %7.2f s", made.name, f"{summary.records:,}", len(summary.variables), seconds
        )


def dataset_rows(study: Study, summaries: Mapping[str, DatasetSummary]) -> tuple[tuple[str, str, int, int], ...]:
    """Name, label, records and variables of every dataset that was made."""
    return tuple(
        (spec.name, spec.label, summaries[spec.name].records, len(spec.columns)) for spec in submitted(study, summaries)
    )


def _write_datasets(study: Study, summaries: Mapping[str, DatasetSummary], folder: Path) -> list[Finding]:
    """Stream the parts of every dataset into its XPT file."""
    created = datetime.fromisoformat(study.specs.facts.created)
    findings: list[Finding] = []
    for spec in submitted(study, summaries):
        columns = xpt_columns(spec, summaries[spec.name])
        long = [column for column in columns if summaries[spec.name].variables[column.name].max_bytes > TEXT_BYTES]
        target = folder / ("sdtm" if spec.is_sdtm else "adam") / f"{spec.name.lower()}.xpt"
        target.parent.mkdir(exist_ok=True)
        with XptWriter(target, spec.name, spec.label, columns, created, study.encoding) as writer:
            for part in sorted((folder / "trace" / "data" / spec.name).glob("*.parquet")):
                frame = pd.read_parquet(part)
                fitted, cut = fit_columns(frame, long, spec.name, encoding=study.encoding)
                findings += cut
                writer.append(fitted[[column.name for column in columns]])
    return findings


def xpt_columns(spec: DatasetSpec, summary: DatasetSummary) -> list[Column]:
    """The variables of a dataset as its transport file has them: the length the specification states, or the longest
    value.
    """
    return [
        Column(
            v.name,
            v.label,
            v.type,
            8 if v.type == "Num" else v.length or min(max(summary.variables[v.name].max_bytes, 1), 200),
            v.format,
        )
        for v in spec.columns
    ]


def write_crf(study: Study, summaries: Mapping[str, DatasetSummary], folder: Path) -> list[str]:
    """The annotated CRF, where the study has its forms written down and SDTM was made; what was written."""
    if not study.specs.crf or not any(spec.is_sdtm for spec in submitted(study, summaries)):
        return []
    from submission.acrf import write_acrf  # reportlab is not loaded for a study without case report forms

    (folder / "sdtm").mkdir(exist_ok=True)
    write_acrf(study.specs, folder / "sdtm" / "acrf.pdf")
    return ["sdtm/acrf.pdf"]


def _write_defines(study: Study, summaries: Mapping[str, DatasetSummary], folder: Path) -> None:
    from cdisckit.defines import write_defines  # not loaded where another process writes them

    write_defines(study, summaries, folder)


def _write_defines_of(
    study_folder: str, agency: str, summaries: Mapping[str, DatasetSummary], folder: Path
) -> None:
    _write_defines(loaded_study(study_folder, agency), summaries, folder)


def _write_results(study: Study, summaries: Mapping[str, DatasetSummary], folder: Path) -> None:
    """The tables of results/, each where the study has the datasets that it is made from."""
    tables = {}
    if {"ADRS", "ADTTE"} <= summaries.keys():
        from adam.estimates import make_estimates  # scipy is not loaded for a build that needs none
        from adam.incidence import make_incidences

        tables["estimates"] = make_estimates(read_parts(folder, "ADRS"), read_parts(folder, "ADTTE"))
        wanted = study.specs.facts.terms.get("incidences", {})
        tables["incidence"] = make_incidences(wanted, partial(read_parts, folder), summaries)
    if "ADAB" in summaries:
        from adam.adab import make_incidence

        tables["ada_incidence"] = make_incidence(read_parts(folder, "ADAB"))
    for name, table in tables.items():
        (folder / "results").mkdir(exist_ok=True)
        table.to_csv(folder / "results" / f"{name}.csv", index=False, float_format="%.10g", lineterminator="\n")


def _draw_figures(summaries: Mapping[str, DatasetSummary], folder: Path) -> None:
    """The figures of the datasets that were made, into figures/."""
    if summaries.keys().isdisjoint(FIGURED):
        return
    from adam.figures import write_figures  # matplotlib is not loaded for a build that needs none

    write_figures(partial(read_parts, folder), summaries, folder / "figures")


def _write_study_facts(study: Study, folder: Path) -> None:
    """Where the study is, so that `trace` and `validate` need only the output."""
    shipped = study.folder.parent == STUDIES
    facts = {"study": study.folder.name if shipped else str(study.folder), "STUDYID": study.specs.facts.STUDYID}
    facts |= {"agency": study.agency} if study.agency else {}
    (folder / "trace").mkdir(exist_ok=True)
    (folder / "trace" / "study.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _write_summaries(summaries: Mapping[str, DatasetSummary], folder: Path) -> None:
    content = {name: summary.as_dict() for name, summary in summaries.items()}
    (folder / "trace" / "summaries.json").write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def locate_findings(findings: Iterable[Finding], study: Study, folder: Path) -> Iterator[Finding]:
    """Findings with the file and the line of their raw records."""
    findings = list(findings)
    forms = study.specs.facts.forms
    wanted = {_first_record(finding) for finding in findings} - {""}
    lines: dict[str, tuple[str, int]] = {}
    for form in sorted({record.partition(":")[0] for record in wanted} & forms.keys()):
        for part in sorted((folder / "trace" / "raw" / form).glob("*.parquet")):
            index = pd.read_parquet(part, columns=["_record", "_line"])
            index = index[index["_record"].isin(wanted)]
            places = zip(index["_record"].tolist(), index["_line"].tolist(), strict=True)
            lines.update((record, (forms[form].file, line)) for record, line in places)
    for finding in findings:
        place = lines.get(_first_record(finding))
        if place and not finding.line:
            yield Finding(**{**finding.as_dict(), "file": finding.file or place[0], "line": place[1]})  # type: ignore[arg-type]
        else:
            yield finding


def _first_record(finding: Finding) -> str:
    return finding.record.split(JOIN)[0]


def report_output(
    study: Study,
    folder: Path,
    findings: tuple[Finding, ...],
    summaries: Mapping[str, DatasetSummary],
    account: Mapping[str, Any],
    verdicts: Sequence[Verdict] = (),
    read: ReadDataset | None = None,
) -> None:
    """findings.json, findings.html, findings.xlsx and findings.sarif of an output; a build has no verdicts of rules."""
    facts = study.specs.facts
    about = {
        "Study": facts.STUDYID,
        "Protocol": facts.protocol,
        "Data": "synthetic" if facts.synthetic else "collected",
    }
    write_reports(
        findings,
        verdicts,
        folder,
        title=f"{facts.STUDYID}: findings",
        facts=about,
        datasets=dataset_rows(study, summaries),
        account=dict(account),
        created=datetime.fromisoformat(facts.created),
        read=read,
    )


def refuse_errors(findings: Iterable[Finding]) -> int:
    """How many error findings stand that are not waived: more than none is exit code 1 under --strict and validate."""
    return count_findings(list(findings)).get("error", 0)

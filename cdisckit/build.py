"""Build a study: raw files to SDTM and ADaM as XPT, with findings, the account of the raw data and define.xml."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

import pandas as pd

from adam.figures import write_figures
from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import INPUTS, Dataset, dataset_name
from cdisckit.output import MANIFEST, replace_folder
from cdisckit.study import STUDIES, Study, load_study, record_forms, used_fields
from define import DefineSource, build_define, copy_stylesheet, define_html, define_xml
from raw import (
    FormAccount,
    RawBlock,
    RawStore,
    account_for,
    collect_drops,
    fill_store,
    merge_accounts,
    read_block,
    report_account,
    split_records,
)
from raw.rave import HEADER as RAVE_HEADER
from raw.records import JOIN
from sdtm.identifiers import check_subjects
from sdtm.supp import continued_spec, cut_long_texts, split_supplements
from specs import (
    DatasetSpec,
    DatasetSummary,
    apply_contract,
    check_data,
    merge_summaries,
    summarise,
    supplement_spec,
)
from specs.model import TEXT_BYTES
from submission import compare_manifests, file_hash, read_manifest, write_manifest
from transport import Column, XptWriter, fit_columns
from validation import apply_waivers, count_findings, read_waivers, sort_findings, write_findings
from validation.report import write_report

__all__ = [
    "BUILD_RULES",
    "BuildResult",
    "Progress",
    "build",
    "check_build",
    "define_source",
    "locate_findings",
    "report_output",
    "submitted",
    "write_defines",
]

BUILD_RULES = ("raw", "mapping", "text", "contract", "transport")  # the families of rules that a build checks
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


@dataclass
class BlockResult:
    """What one block of subjects gave, beside its parquet parts."""

    findings: list[Finding] = field(default_factory=list)
    summaries: list[DatasetSummary] = field(default_factory=list)
    account: list[FormAccount] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def build(
    study_name: str,
    raw: Path,
    out: Path,
    *,
    only: tuple[str, ...] = (),
    jobs: int = 1,
    block_subjects: int = 500,
    progress: Progress = lambda _what, _done, _all: None,
) -> BuildResult:
    """Build the study's datasets (or those of `only` and what they need) from the files in `raw` into `out`.

    `out` is replaced as a whole at the end. Data problems become findings; SpecError, RawDataError and
    ContractError stop.
    """
    started = time.perf_counter()
    study = load_study(study_name)
    datasets = study.order(only)
    waivers = read_waivers(study.folder)
    with replace_folder(out) as folder:
        with collect_findings() as raw_findings:
            store = fill_store(study.specs, raw, folder / "trace" / ".store", block_subjects)
        _write_study_facts(study, folder)
        results = list(_run_blocks(study, store, datasets, folder, jobs, progress))
        rmtree(folder / "trace" / ".store")
        findings = [*raw_findings, *(finding for result in results for finding in result.findings)]
        account = merge_accounts(part for result in results for part in result.account)
        if not only:
            findings += report_account(account)
        summaries = _merged(result.summaries for result in results)
        _log_datasets(datasets, summaries, results)
        findings += _write_datasets(study, summaries, folder)
        write_defines(study, summaries, folder)
        if not only:
            _draw_figures(summaries, folder)
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


def _run_blocks(
    study: Study, store: RawStore, datasets: list[Dataset], folder: Path, jobs: int, progress: Progress
) -> Iterator[BlockResult]:
    """Every block through the whole graph, in this process or in several; the results in the order of the blocks."""
    names = tuple(made.name for made in datasets)
    if jobs <= 1 or store.blocks == 1:
        for block in range(store.blocks):
            yield run_block(study, store, names, folder, block, partial(_progress, progress, block, store.blocks))
        return
    with ProcessPoolExecutor(min(jobs, store.blocks), mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(_run_block_of, str(study.folder), store, names, folder, block) for block in range(store.blocks)
        ]
        for done, future in enumerate(waiting, start=1):
            yield future.result()
            progress(f"block {done}", done, store.blocks)


def _progress(progress: Progress, done: int, total: int, what: str) -> None:
    progress(what, done, total)


def _run_block_of(study_folder: str, store: RawStore, names: tuple[str, ...], folder: Path, block: int) -> BlockResult:
    """A block in a process of its own, which loads the study for itself."""
    return run_block(load_study(study_folder), store, names, folder, block, lambda _name: None)


def run_block(
    study: Study, store: RawStore, names: tuple[str, ...], folder: Path, block: int, progress: Callable[[str], None]
) -> BlockResult:
    """One block of subjects through the graph; the finished datasets go to parquet parts under trace/data."""
    result = BlockResult()
    with collect_findings() as findings, collect_drops() as drops:
        raw = read_block(store, study.specs, block)
        frames: dict[str, pd.DataFrame] = {}
        mapped: dict[str, set[str]] = {form: set() for form in raw.forms}
        for name in names:
            made, spec = study.datasets[name], study.specs[name]
            started = time.perf_counter()
            frames[name] = _make(made, spec, study, raw, frames)
            if spec.is_sdtm and "USUBJID" in spec.variables and "DM" in frames and name != "DM":
                check_subjects(frames[name], frames["DM"], name)
            findings.extend(check_data(frames[name], spec, study.specs.codelists))
            if made.scope == "subject" or block == 0:
                _keep(rows_of_block(frames[name], spec, block), spec, folder, block, result)
            if spec.is_sdtm:
                frames[name] = cut_long_texts(frames[name], spec)
            if forms := record_forms(spec, mapped):
                records = split_records(frames[name]["_record"]).tolist()
                for form in forms:
                    mapped[form].update(records)
            result.seconds[name] = time.perf_counter() - started
            progress(name)
    result.findings = list(dict.fromkeys(findings))
    result.account = _account(study, store, raw, mapped, drops)
    _keep_raw(raw, folder, block)
    return result


def _make(
    made: Dataset, spec: DatasetSpec, study: Study, raw: RawBlock, frames: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Call the dataset's function with what its parameters name, and hold the result to its contract."""
    inputs: dict[str, Any] = {"raw": raw, "spec": spec, "study": study.specs}
    arguments = {name: inputs[name] if name in INPUTS else frames[dataset_name(name)] for name in made.parameters}
    return apply_contract(made.function(**arguments), spec, made.where)


def rows_of_block(frame: pd.DataFrame, spec: DatasetSpec, block: int) -> pd.DataFrame:
    """What a block adds: relationships of whole datasets name no subject (RELREC), and the first block has them all."""
    if block == 0 or spec.class_ != "RELATIONSHIP" or "USUBJID" not in frame:
        return frame
    return frame[frame["USUBJID"] != ""]


def _keep(frame: pd.DataFrame, spec: DatasetSpec, folder: Path, block: int, result: BlockResult) -> None:
    """Split the supplemental qualifiers off, and keep parts and summaries of the dataset and of its SUPP--."""
    if spec.is_sdtm:
        frame, supplement = split_supplements(frame, spec)
        if len(supplement):
            _keep_part(supplement, supplement_spec(spec), folder, block, result)
    _keep_part(frame, spec, folder, block, result)


def _keep_part(frame: pd.DataFrame, spec: DatasetSpec, folder: Path, block: int, result: BlockResult) -> None:
    path = folder / "trace" / "data" / spec.name / f"{block:05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)
    result.summaries.append(summarise(frame, spec))


def _keep_raw(raw: RawBlock, folder: Path, block: int) -> None:
    for form, data in raw.forms.items():
        path = folder / "trace" / "raw" / form / f"{block:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.to_parquet(path, index=False)


def _account(
    study: Study, store: RawStore, raw: RawBlock, mapped: Mapping[str, set[str]], drops: Mapping[str, str]
) -> list[FormAccount]:
    used = used_fields(study.specs)
    parts = []
    for form, data in raw.forms.items():
        spec, present = study.specs.facts.forms[form], set(store.fields[form])
        declared = set(spec.not_submitted) | {"STUDYID", *(RAVE_HEADER if spec.shape == "rave" else ())}
        fields = {
            "mapped": used[form] & present,
            "not_submitted": (declared & present) - used[form],
            "unknown": present - used[form] - declared,
            "missing": used[form] - present if present else set(),
        }
        parts.append(account_for(form, spec.file, data["_record"], mapped[form], drops, fields))
    return parts


def _account_dict(account: Iterable[FormAccount]) -> dict[str, Any]:
    files = [form.as_dict() for form in account]
    totals = {key: sum(file[key] for file in files) for key in ("read", "mapped", "lost")}
    return {**totals, "dropped": sum(sum(file["dropped"].values()) for file in files), "files": files}


def _merged(parts: Iterable[list[DatasetSummary]]) -> dict[str, DatasetSummary]:
    by_name: dict[str, list[DatasetSummary]] = {}
    for summaries in parts:
        for summary in summaries:
            by_name.setdefault(summary.name, []).append(summary)
    return {name: merge_summaries(summaries) for name, summaries in by_name.items()}


def _log_datasets(datasets: list[Dataset], summaries: Mapping[str, DatasetSummary], results: list[BlockResult]) -> None:
    for made in datasets:
        seconds = sum(result.seconds.get(made.name, 0.0) for result in results)
        summary = summaries[made.name]
        log.info(
            "%-8s %9s records %4d variables %7.2f s", made.name, f"{summary.records:,}", len(summary.variables), seconds
        )


def submitted(study: Study, summaries: Mapping[str, DatasetSummary]) -> list[DatasetSpec]:
    """The specifications of the datasets that were made: SDTM with each SUPP-- behind its parent, then ADaM."""
    specs = []
    for spec in study.specs.datasets.values():
        if spec.name in summaries:
            specs.append(spec)
        if f"SUPP{spec.name}" in summaries:
            specs.append(supplement_spec(spec))
    return specs


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
        with XptWriter(target, spec.name, spec.label, columns, created) as writer:
            for part in sorted((folder / "trace" / "data" / spec.name).glob("*.parquet")):
                frame = pd.read_parquet(part)
                fitted, cut = fit_columns(frame, long, spec.name)
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


def define_source(
    study: Study, model: Literal["SDTM", "ADaM"], summaries: Mapping[str, DatasetSummary]
) -> DefineSource:
    """Everything that define.xml of SDTM or of ADaM says."""
    specs = [spec for spec in submitted(study, summaries) if spec.standard.startswith("SDTMIG") == (model == "SDTM")]
    parents = {
        name: continued_spec(spec, summaries[name]) if name in summaries else spec
        for spec in study.specs.datasets.values()
        if (name := f"SUPP{spec.name}") in summaries or spec.supplements
    }
    return DefineSource(
        facts=study.specs.facts,
        model=model,
        datasets=tuple(specs),
        parents=parents,
        summaries=summaries,
        codelists=study.specs.codelists,
        methods=study.methods,
    )


def write_defines(study: Study, summaries: Mapping[str, DatasetSummary], folder: Path) -> list[str]:
    """define.xml, define.html and the stylesheet of SDTM and of ADaM; the names of what was written."""
    written = []
    models: tuple[Literal["SDTM", "ADaM"], ...] = ("SDTM", "ADaM")
    for model in models:
        source = define_source(study, model, summaries)
        if source.datasets:
            place, document = folder / model.lower(), build_define(source)
            (place / "define.xml").write_bytes(define_xml(document))
            (place / "define.html").write_bytes(define_html(document).encode("utf-8"))
            copy_stylesheet(place)
            written += [f"{model.lower()}/define.xml", f"{model.lower()}/define.html"]
    return written


def _draw_figures(summaries: Mapping[str, DatasetSummary], folder: Path) -> None:
    """The figures of the datasets that were made, into figures/."""

    def read(name: str, columns: Sequence[str]) -> pd.DataFrame:
        parts = sorted((folder / "trace" / "data" / name).glob("*.parquet"))
        return pd.concat([pd.read_parquet(part, columns=list(columns)) for part in parts], ignore_index=True)

    write_figures(read, summaries, folder / "figures")


def _write_study_facts(study: Study, folder: Path) -> None:
    """Where the study is, so that `trace` and `validate` need only the output."""
    shipped = study.folder.parent == STUDIES
    facts = {"study": study.folder.name if shipped else str(study.folder), "STUDYID": study.specs.facts.STUDYID}
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
) -> None:
    """findings.json and findings.html of an output."""
    facts = study.specs.facts
    write_findings(findings, folder / "findings.json")
    about = {
        "Study": facts.STUDYID,
        "Protocol": facts.protocol,
        "Data": "synthetic" if facts.synthetic else "collected",
    }
    write_report(
        findings,
        folder / "findings.html",
        title=f"{facts.STUDYID}: findings",
        facts=about,
        datasets=dataset_rows(study, summaries),
        account=dict(account),
    )


def refuse_errors(findings: Iterable[Finding]) -> int:
    """How many error findings stand that are not waived: more than none is exit code 1 under --strict and validate."""
    return count_findings(list(findings)).get("error", 0)

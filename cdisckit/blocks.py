"""Blocks of subjects through the graph of datasets, in this process or shared among several; the bytes are the same.

Where there are more processes than blocks, each makes a share of the datasets of a block, and what those need.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd

from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import INPUTS, Dataset, dataset_name
from cdisckit.study import Study, load_study, record_forms
from raw import FormAccount, RawBlock, RawStore, account_for, collect_drops, read_block, split_records
from raw.rave import HEADER as RAVE_HEADER
from sdtm.chronology import check_chronology
from sdtm.identifiers import check_subjects
from sdtm.supp import cut_long_texts, split_supplements
from specs import DatasetSpec, DatasetSummary, summarise, supplement_spec
from specs.contract import apply_contract, check_data
from specs.fields import used_fields

__all__ = [
    "BlockResult", "Task", "Workers", "account_for_block", "loaded_study", "plan_tasks", "read_parts",
    "rows_of_block", "run_task", "run_tasks", "run_whole", "start_workers",
]

DATASET_COST = 2500          # what a dataset costs, however small it is, in records of a large one (measured)


@dataclass(frozen=True)
class Task:
    """The datasets that one process keeps of a block; it makes them and what they need."""

    block: int
    kept: frozenset[str]
    first: bool                                     # of its block: it keeps the raw records, too
    alone: bool                                     # the only one of its block


@dataclass
class BlockResult:
    """What a task gave, beside its parquet parts.

    A task that is alone in its block gives the account. Tasks that share a block give what it is made of: the ids of
    the raw records of each form (`records`, from the first task), of those that are `mapped`, and the `drops` with
    their reasons.
    """

    findings: list[Finding] = field(default_factory=list)
    summaries: list[DatasetSummary] = field(default_factory=list)
    account: list[FormAccount] = field(default_factory=list)
    records: dict[str, pd.Series] = field(default_factory=dict)
    mapped: dict[str, set[str]] = field(default_factory=dict)
    drops: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Workers:
    """The processes beside this one."""

    pool: ProcessPoolExecutor | None
    jobs: int


@contextmanager
def start_workers(study_folder: Path, jobs: int, agency: str = "") -> Iterator[Workers]:
    """The other processes, which load the study while this one reads the raw files. They end while it goes on."""
    if jobs <= 1:
        yield Workers(None, 1)
        return
    pool = ProcessPoolExecutor(jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker,
                               initargs=gc.get_threshold())
    try:
        for _ in range(jobs - 1):
            pool.submit(_load, str(study_folder), agency)
        yield Workers(pool, jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(*garbage_after: int) -> None:
    """It looks for garbage as seldom as its parent, and ends at once where that was killed: nobody waits for what it
    does, and it must write no more.
    """
    gc.set_threshold(*garbage_after)

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


@cache
def loaded_study(study_folder: str, agency: str = "") -> Study:
    """The study, loaded once in a process that other processes give tasks."""
    return load_study(study_folder, agency)


def _load(study_folder: str, agency: str) -> None:
    loaded_study(study_folder, agency)


def plan_tasks(study: Study, store: RawStore, datasets: list[Dataset], jobs: int) -> list[Task]:
    """A task for each block, or several where the blocks are too few for the processes."""
    in_blocks = [made for made in datasets if made.scope != "whole"]
    shares = _share_datasets(study, store, in_blocks, max(1, jobs // store.blocks))
    alone = len(shares) == 1
    return [Task(block, share, share is shares[0], alone) for block in range(store.blocks) for share in shares]


def _share_datasets(study: Study, store: RawStore, datasets: list[Dataset], shares: int) -> list[frozenset[str]]:
    """The datasets in shares that cost about the same, where what a share's datasets need is made in that share."""
    cost: dict[str, int] = {}
    needs: dict[str, set[str]] = {}
    for made in datasets:                                       # what a dataset needs comes before it
        records = sum(store.records.get(form, 0) for form in study.specs[made.name].form)
        least = DATASET_COST if made.scope == "subject" else DATASET_COST // 10
        cost[made.name] = least + (records or max((cost[name] for name in made.needs), default=0))
        needs[made.name] = {made.name}.union(*(needs[name] for name in made.needs))
    kept: list[set[str]] = [set() for _ in range(shares)]
    load: list[set[str]] = [set() for _ in range(shares)]
    for name in sorted(cost, key=lambda name: (-sum(cost[need] for need in needs[name]), name)):
        cheapest = min(range(shares), key=lambda share: sum(cost[need] for need in load[share] | needs[name]))
        kept[cheapest].add(name)
        load[cheapest] |= needs[name]
    return [frozenset(names) for names in kept if names]


def run_tasks(study: Study, store: RawStore, tasks: list[Task], folder: Path, workers: Workers,
              progress: Callable[[str, int, int], None]) -> list[BlockResult]:
    """The results in the order of the tasks. This process takes its part of them."""
    theirs: dict[int, Future[BlockResult]] = {}
    if workers.pool is not None:
        theirs = {at: workers.pool.submit(_run_task_of, str(study.folder), study.agency, store, task, folder)
                  for at, task in enumerate(tasks) if at % workers.jobs}
    results: dict[int, BlockResult] = {}
    for at, task in enumerate(tasks):
        if at not in theirs:
            results[at] = run_task(study, store, task, folder, partial(_show, progress, at, len(tasks)))
    return [theirs[at].result() if at in theirs else results[at] for at in range(len(tasks))]


def _show(progress: Callable[[str, int, int], None], done: int, total: int, what: str) -> None:
    progress(what, done, total)


def _run_task_of(study_folder: str, agency: str, store: RawStore, task: Task, folder: Path) -> BlockResult:
    """A task in a process of its own, which loads the study for itself."""
    return run_task(loaded_study(study_folder, agency), store, task, folder, lambda _name: None)


def run_task(study: Study, store: RawStore, task: Task, folder: Path, progress: Callable[[str], None]) -> BlockResult:
    """One block of subjects through the graph; the datasets that are kept go to parquet parts under trace/data."""
    result = BlockResult()
    with collect_findings() as findings, collect_drops() as drops:
        raw = read_block(store, study.specs, task.block)
        frames: dict[str, pd.DataFrame] = {}
        result.mapped = {form: set() for form in raw.forms}
        subjects = {"DM"} & study.datasets.keys() if _has_sdtm(study, task) else set()
        for made in study.order((*sorted(task.kept), *subjects)):
            started = time.perf_counter()
            name, spec = made.name, study.specs[made.name]
            frames[name] = _make(made, spec, study, raw, frames)
            if name in task.kept:
                findings.extend(_check(frames, spec, study))
                _keep(frames[name], made, spec, folder, task.block, result, study.encoding)
            if spec.is_sdtm:
                frames[name] = cut_long_texts(frames[name], spec)
            result.seconds[name] = time.perf_counter() - started
            progress(name)
    result.findings, result.drops = list(dict.fromkeys(findings)), dict(drops)
    if task.first:
        _keep_raw(raw, folder, task.block)
        result.records = {form: data["_record"] for form, data in raw.forms.items()}
    if task.alone:                                  # so that the ids of one block only are in memory
        result.account = account_for_block(study, store, [result])
        result.records, result.mapped, result.drops = {}, {}, {}
    return result


def run_whole(study: Study, datasets: list[Dataset], folder: Path) -> BlockResult:
    """What is made over all subjects (scope "whole"), from the finished parts of all blocks."""
    result = BlockResult()
    with collect_findings() as findings:
        for made in (made for made in datasets if made.scope == "whole"):
            started, spec = time.perf_counter(), study.specs[made.name]
            frame = _make(made, spec, study, None, {name: read_parts(folder, name) for name in made.needs})
            findings.extend(check_data(frame, spec, study.specs.codelists))
            _keep_part(frame, spec, folder, 0, result, study.encoding)
            result.seconds[made.name] = time.perf_counter() - started
    result.findings = list(dict.fromkeys(findings))
    return result


def read_parts(folder: Path, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A finished dataset, or some of its columns, from the parts of all blocks."""
    parts = sorted((folder / "trace" / "data" / name).glob("*.parquet"))
    return pd.concat([pd.read_parquet(part, columns=columns and list(columns)) for part in parts], ignore_index=True)


def _has_sdtm(study: Study, task: Task) -> bool:
    return any(study.specs[name].is_sdtm for name in task.kept)


def _make(made: Dataset, spec: DatasetSpec, study: Study, raw: RawBlock | None,
          frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Call the dataset's function with what its parameters name, and hold the result to its contract."""
    inputs: dict[str, Any] = {"raw": raw, "spec": spec, "study": study.specs}
    arguments = {name: inputs[name] if name in INPUTS else frames[dataset_name(name)] for name in made.parameters}
    return apply_contract(made.function(**arguments), spec, made.where)


def _check(frames: Mapping[str, pd.DataFrame], spec: DatasetSpec, study: Study) -> list[Finding]:
    """What is checked of every dataset once it is made."""
    if spec.is_sdtm and "USUBJID" in spec.variables and "DM" in frames and spec.name != "DM":
        check_subjects(frames[spec.name], frames["DM"], spec.name)
        check_chronology(frames[spec.name], frames["DM"], spec, study.specs)
    return check_data(frames[spec.name], spec, study.specs.codelists)


def rows_of_block(frame: pd.DataFrame, spec: DatasetSpec, block: int) -> pd.DataFrame:
    """What a block adds: relationships of whole datasets name no subject (RELREC), and the first block has them all."""
    if block == 0 or spec.class_ != "RELATIONSHIP" or "USUBJID" not in frame:
        return frame
    return frame[frame["USUBJID"] != ""]


def _keep(frame: pd.DataFrame, made: Dataset, spec: DatasetSpec, folder: Path, block: int, result: BlockResult,
          encoding: str) -> None:
    """Note the raw records that the dataset holds; keep parts and summaries of it and of its SUPP--."""
    if forms := record_forms(spec, result.mapped):
        records = split_records(frame["_record"]).tolist()
        for form in forms:
            result.mapped[form].update(records)
    if made.scope == "study" and block > 0:
        return
    frame = rows_of_block(frame, spec, block)
    if spec.is_sdtm:
        frame, supplement = split_supplements(frame, spec)
        if len(supplement):
            _keep_part(supplement, supplement_spec(spec), folder, block, result, encoding)
    _keep_part(frame, spec, folder, block, result, encoding)


def _keep_part(frame: pd.DataFrame, spec: DatasetSpec, folder: Path, block: int, result: BlockResult,
               encoding: str) -> None:
    path = folder / "trace" / "data" / spec.name / f"{block:05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)
    result.summaries.append(summarise(frame, spec, encoding))


def _keep_raw(raw: RawBlock, folder: Path, block: int) -> None:
    for form, data in raw.forms.items():
        path = folder / "trace" / "raw" / form / f"{block:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.to_parquet(path, index=False)


def account_for_block(study: Study, store: RawStore, results: list[BlockResult]) -> list[FormAccount]:
    """What became of the raw records of a block: mapped by a dataset of any task, dropped in any, or lost."""
    used = used_fields(study.specs)
    of_form = {form: ids for result in results for form, ids in result.records.items()}
    drops = {record: reason for result in results for record, reason in result.drops.items()}
    parts = []
    for form, names in store.fields.items():
        spec, present = study.specs.facts.forms[form], set(names)
        declared = set(spec.not_submitted) | {"STUDYID", *(RAVE_HEADER if spec.shape == "rave" else ())}
        fields = {
            "mapped": used[form] & present,
            "not_submitted": (declared & present) - used[form],
            "unknown": present - used[form] - declared,
            "missing": used[form] - present if present else set(),
        }
        mapped = set().union(*(result.mapped[form] for result in results))
        parts.append(account_for(form, spec.file, of_form[form], mapped, drops, fields))
    return parts

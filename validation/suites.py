"""Run one Great Expectations suite a dataset, made from its specification: findings, verdicts, Data Docs.

Import this module only to run or write suites: importing Great Expectations takes seconds. A suite is run by a
checkpoint that only asks which expectations hold; the records are then asked of those that do not.
"""

import gc
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from cdisckit.findings import Finding
from specs import Codelist, DatasetSpec
from specs.contract import record_keys
from validation.expectations import Expectation, gx, gxe
from validation.package import Verdict
from validation.suite_build import LEVELS, TITLES, build_day_suite, build_suite, save_suite, save_suites

__all__ = ["SuiteRun", "build_data_docs", "build_day_suite", "build_suite", "judge_suite", "run_suite", "save_suite",
           "save_suites"]

LISTED = 1000                                    # findings of one expectation; then one finding says how many more
ROWS = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "partial_unexpected_count": 0,
        "return_unexpected_index_query": False}
VERDICTS = {"result_format": "BOOLEAN_ONLY"}


@dataclass(frozen=True)
class SuiteRun:
    """What a suite found in its dataset, and the verdict of each kind of expectation."""

    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]


def run_suite(frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, Codelist],
              reference: pd.Series | None = None) -> list[Finding]:
    """A finding for every record of a finished dataset that its suite does not expect; see `judge_suite`."""
    return list(judge_suite(frame, spec, codelists, reference).findings)


def judge_suite(frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, Codelist],
                reference: pd.Series | None = None) -> SuiteRun:
    """Run the suite of a finished dataset: a finding for every record that is not as expected, and the verdicts.

    `reference`: RFSTDTC of DM by USUBJID, for the study days of an SDTM dataset. A finished dataset has no supplemental
    qualifiers any more. Columns that begin with _ are working columns.
    """
    started, frame = time.perf_counter(), frame.reset_index(drop=True)
    data = _with_nulls(frame[[column for column in frame.columns if not column.startswith("_")]])
    findings, judged = _judge(build_suite(spec, codelists, None), data, frame, spec)
    days = build_day_suite(spec)
    if days is not None and reference is None:
        judged += [_Judged.skipped(expectation, "DM was not given, so RFSTDTC is not known")
                   for expectation in days.expectations]
    elif days is not None and "USUBJID" in data:
        found, more = _judge(days, data.assign(RFSTDTC=_joined(data["USUBJID"], reference)), frame, spec)
        findings, judged = findings + found, judged + more
    return SuiteRun(tuple(findings), tuple(_verdicts(judged, spec, time.perf_counter() - started)))


def _joined(subjects: pd.Series, reference: pd.Series) -> pd.Series:
    """RFSTDTC of each record's subject, null where it has none."""
    return subjects.map(reference[reference.ne("")].groupby(level=0).first()).astype("str")


def _judge(suite: gx.ExpectationSuite, data: pd.DataFrame, frame: pd.DataFrame,
           spec: DatasetSpec) -> tuple[list[Finding], list["_Judged"]]:
    """Ask which expectations hold, then the records of those that do not. What needs a column that the data do not have
    is skipped: the check of the table's columns reports that column.
    """
    lacking = {id(expectation): [name for name in _columns_of(expectation) if name not in data]
               for expectation in suite.expectations}
    judged = [_Judged.skipped(expectation, f"{', '.join(lacking[id(expectation)])} is not in the data")
              for expectation in suite.expectations if lacking[id(expectation)]]
    asked = [expectation for expectation in suite.expectations if not lacking[id(expectation)]]
    with _configurations_kept():
        results = _verdicts_of(data, gx.ExpectationSuite(name=suite.name, expectations=asked))
        failed = {_identity(result.expectation_config) for result in results if not result.success}
        again = [expectation for expectation in asked if _identity(expectation.configuration) in failed]
        results = [result for result in results if result.success] + _rows_of(data, again, suite.name)
    found = [(result, _findings_of(result, frame, spec)) for result in results]
    judged += [_Judged(result.expectation_config.type, _level(result.expectation_config),
                       _exception_of(result.exception_info), len(findings)) for result, findings in found]
    findings = [finding for _, findings in found for finding in findings]
    return findings + _not_evaluated(len(asked), len(results), spec), judged


def _identity(configuration: Any) -> str:
    kept = {key: value for key, value in configuration.kwargs.items() if key != "batch_id"}
    return json.dumps([configuration.type, kept], sort_keys=True, default=str)


def _with_nulls(frame: pd.DataFrame) -> pd.DataFrame:
    """Missing text is '' with us and null to Great Expectations: as '' it would pass every check of missing values."""
    text = [column for column in frame.columns if frame[column].dtype.kind == "O"]
    return frame.assign(**{column: frame[column].mask(frame[column].eq("").astype("bool")) for column in text})


def _columns_of(expectation: Expectation) -> list[str]:
    if isinstance(expectation, gxe.ExpectTableColumnsToMatchOrderedList | gxe.ExpectTableRowCountToEqual):
        return []
    return [expectation.column] if hasattr(expectation, "column") else list(expectation.column_list)


class _FreshDefinition(gx.ValidationDefinition):
    """Made a moment ago from the suite at hand: comparing it with a stored copy takes longer than to run it."""

    def is_fresh(self) -> Any:
        return gx.core.freshness_diagnostics.ValidationDefinitionFreshnessDiagnostics(errors=[])


    @property
    def _validation_results_store(self) -> "_NoStore":
        return _NoStore()


class _NoStore:
    """Where results go that nobody will ask for again: a copy of each as JSON is a fifth of the time of a suite."""

    cloud_mode = False

    def store_validation_results(self, **_: Any) -> None:
        return None


class _FreshCheckpoint(gx.Checkpoint):
    """A checkpoint of such definitions, which is run once and never stored."""

    def is_fresh(self) -> Any:
        return gx.core.freshness_diagnostics.CheckpointFreshnessDiagnostics(errors=[])


@cache
def _context() -> Any:
    """One ephemeral context a process, which keeps nothing on disk."""
    gc.freeze()              # what Great Expectations is made of stays: the collector need not look through it again
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def _frames(context: Any) -> Any:
    """Where frames are handed over to a context."""
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


@cache
def _own_frames() -> Any:
    return _frames(_context())


@contextmanager
def _configurations_kept() -> Iterator[None]:
    """Great Expectations makes the configuration of an expectation anew a hundred times in a run; here it is made once.

    Nobody changes an expectation while it is run. It is half of the time that a suite takes.
    """
    made, kept = Expectation.configuration, {}

    def configuration(expectation: Expectation) -> Any:
        if id(expectation) not in kept:
            kept[id(expectation)] = expectation, made.fget(expectation)      # held, so that its id stays its own
        return kept[id(expectation)][1]

    Expectation.configuration = property(configuration)
    try:
        yield
    finally:
        Expectation.configuration = made


def _verdicts_of(data: pd.DataFrame, suite: gx.ExpectationSuite) -> list[Any]:
    """Which expectations hold, asked by a checkpoint."""
    definition = _FreshDefinition(name=suite.name, data=_own_frames(), suite=suite)
    checkpoint = _FreshCheckpoint(name=suite.name, validation_definitions=[definition], result_format=VERDICTS)
    run = checkpoint.run(batch_parameters={"dataframe": data})
    return [result for validation in run.run_results.values() for result in validation.results]


def _rows_of(data: pd.DataFrame, expectations: Sequence[Expectation], name: str) -> list[Any]:
    """The results with the records that are not as expected, on the columns that each needs."""
    results = []
    for expectation in expectations:
        columns = _columns_of(expectation) or [*data.columns]
        batch = _own_frames().get_batch(batch_parameters={"dataframe": data[columns]})
        suite = gx.ExpectationSuite(name=name, expectations=[expectation])
        results += batch.validate(suite, result_format=ROWS).results
    return results


def _findings_of(result: Any, frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    reason = _exception_of(result.exception_info)
    if reason:
        return [_finding(result, spec, "error", f"could not be evaluated: {reason}",
                         "programmer: does the variable have its type? If so, report this as a defect")]
    if result.success and not result.result.get("unexpected_count"):
        return []
    if result.expectation_config.type == "expect_table_columns_to_match_ordered_list":
        return _column_findings(result, frame, spec)
    rows = result.result.get("unexpected_index_list")
    if rows:
        return _row_findings(result, rows, frame, spec)
    return [_finding(result, spec, value=str(result.result.get("observed_value", "")))]


def _exception_of(info: Mapping[str, Any]) -> str:
    """What was raised inside Great Expectations: it stands in one entry, or in one entry a metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [str(entry["exception_message"]) for entry in entries if entry["raised_exception"]]
    return "; ".join(dict.fromkeys(raised))


def _finding(result: Any, spec: DatasetSpec, severity: str = "", message: str = "", fix: str = "", *,
             variable: str = "", value: str = "", key: str = "", record: str = "") -> Finding:
    expectation = result.expectation_config
    return Finding("great_expectations", f"gx.{expectation.type}", severity or _level(expectation), spec.name, key,
                   variable or _variable_of(expectation), value, message or expectation.meta["message"],
                   fix or expectation.meta["fix"], record)


def _level(expectation: Any) -> str:
    return {theirs: ours for ours, theirs in LEVELS.items()}[expectation.severity]


def _variable_of(expectation: Any) -> str:
    """The variable that an expectation is about; a key has several."""
    if expectation.type == "expect_study_day_to_follow":
        return expectation.kwargs["column_list"][1]
    return expectation.kwargs.get("column", "")


def _column_findings(result: Any, frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    wanted, present = result.expectation_config.kwargs["column_list"], result.result["observed_value"]
    missing = [_finding(result, spec, variable=name, message=f"{name} is in the specification and not in the data; "
                        "what else is expected of it was not checked") for name in wanted if name not in present]
    extra = [_finding(result, spec, variable=name, message=f"{name} is in the data and not in the specification")
             for name in present if name not in wanted]
    return missing + extra or [_finding(result, spec, value=" ".join(present))]


def _row_findings(result: Any, rows: list[int], frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    bad = frame.loc[rows[:LISTED]]
    variable = _variable_of(result.expectation_config)
    values = bad[variable].map(_as_text) if variable else [""] * len(bad)
    records = bad["_record"].map(_as_text) if "_record" in bad else [""] * len(bad)
    found = [_finding(result, spec, key=key, value=value, record=record)
             for key, value, record in zip(record_keys(bad, spec), values, records, strict=True)]
    if len(rows) > LISTED:
        message = f"{result.expectation_config.meta['message']}: {len(rows) - LISTED} more records, not listed"
        found.append(_finding(result, spec, message=message))
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(str(part) for part in value)
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:g}"
    return "" if value is None or value is pd.NaT else str(value)


def _not_evaluated(stated: int, evaluated: int, spec: DatasetSpec) -> list[Finding]:
    """Every expectation has a result; one without is no pass."""
    if stated == evaluated:
        return []
    return [Finding("great_expectations", "gx.suite", "error", spec.name,
                    message=f"{stated} expectations were stated and {evaluated} evaluated",
                    fix="programmer: report this as a defect")]


@dataclass(frozen=True)
class _Judged:
    """What became of one expectation."""

    type: str
    severity: str
    failed: str = ""
    findings: int = 0
    lacking: str = ""

    @classmethod
    def skipped(cls, expectation: Expectation, why: str) -> "_Judged":
        return cls(expectation.expectation_type, _level(expectation.configuration), lacking=why)


def _verdicts(judged: Sequence[_Judged], spec: DatasetSpec, seconds: float) -> Iterator[Verdict]:
    """One verdict a kind of expectation, with its share of the time; the worst of its expectations stands for it."""
    for kind in dict.fromkeys(one.type for one in judged):
        of_kind = [one for one in judged if one.type == kind]
        failed, lacking = [[why for why in whys if why] for whys in ([one.failed for one in of_kind],
                                                                     [one.lacking for one in of_kind])]
        found = sum(one.findings for one in of_kind)
        status = "failed" if failed else "issues" if found else "skipped" if lacking else "passed"
        parts = [f"{len(whys)} of {len(of_kind)} {what}: {'; '.join(dict.fromkeys(whys))}"
                 for what, whys in (("could not be evaluated", failed), ("skipped", lacking)) if whys]
        severity = min((one.severity for one in of_kind), key=list(LEVELS).index)
        yield Verdict("great_expectations", f"gx.{kind}", severity, status, "; ".join(parts), found,
                      seconds * len(of_kind) / len(judged), spec.standard, TITLES[kind], spec.name)


def build_data_docs(folder: Path, datasets: Iterable[tuple[pd.DataFrame, DatasetSpec]],
                    codelists: Mapping[str, Codelist]) -> Path:
    """Data Docs of Great Expectations: run each suite whole, as a checkpoint, and write its page; gives the index page.

    It shows up to 20 values that are not as expected, loads its style from the network, and takes the time of the
    run from the clock: it is made only where somebody asks for it.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    frames = _frames(context)
    for site in context.get_site_names():
        context.delete_data_docs_site(site)
    place = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())}
    context.add_data_docs_site("cdisckit", {"class_name": "SiteBuilder", "store_backend": place,
                                            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"}})
    for frame, spec in datasets:
        suite = context.suites.add(build_suite(spec, codelists, None))
        definition = gx.ValidationDefinition(name=spec.name, data=frames, suite=suite)
        context.validation_definitions.add(definition)
        checkpoint = gx.Checkpoint(name=spec.name, validation_definitions=[definition], result_format="SUMMARY")
        context.checkpoints.add(checkpoint)
        data = frame[[column for column in frame.columns if not column.startswith("_")]].reset_index(drop=True)
        with _configurations_kept():
            checkpoint.run(batch_parameters={"dataframe": _with_nulls(data)})
    context.build_data_docs()
    return folder / "index.html"

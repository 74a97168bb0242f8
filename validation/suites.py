"""One Great Expectations suite a dataset, made from its specification, which a sponsor can carry on.

Import this module only to run or write suites: importing Great Expectations takes seconds. Two rules of transport files
and of SDTM are not in its gallery and stand here: text counted in bytes, and dates of SDTMIG 3.4, section 4.4.
"""

import json
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd

from cdisckit.findings import Finding
from specs import Codelist, DatasetSpec, DatasetSummary, VariableSpec, is_date, record_keys
from specs.model import TEXT_BYTES, byte_length

os.environ["GX_ANALYTICS_ENABLED"] = "false"     # read by the import below; what a study holds is nobody's telemetry
_showwarning = warnings.showwarning
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
    import great_expectations as gx
    from great_expectations import expectations as gxe
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import ColumnMapExpectation, Expectation
    from great_expectations.expectations.metrics.map_metric_provider import (
        ColumnMapMetricProvider,
        column_condition_partial,
    )
    if warnings.showwarning is not _showwarning:
        logging.captureWarnings(False)           # the import sends all warnings of Python to a log that nobody reads

__all__ = ["ExpectColumnValuesToBeIso8601", "ExpectColumnValuesToFitBytes", "build_suite", "run_suite", "save_suite"]

LISTED = 1000                                    # findings of one expectation; then one finding says how many more
LEVELS = {"error": "critical", "warning": "warning", "notice": "info"}
NUMBERS = ("float64", "int64", "float", "int")
DATES = tuple(f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns"))
ROWS = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "partial_unexpected_count": 0,
        "return_unexpected_index_query": False}

YEAR, MONTH, DAY = "[0-9]{4}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
HOUR, SIXTY, ZONE = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]", "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
DAYS = f"(?P<year>{YEAR}|-)-(?P<month>{MONTH}|-)-(?P<day>{DAY}|-)"
TIMES = rf"(?:{HOUR}|(?:{HOUR}|-):{SIXTY}|(?:{HOUR}|-):(?:{SIXTY}|-):{SIXTY}(?:\.[0-9]+)?){ZONE}?"
DATE_TIME = re.compile(rf"{YEAR}|(?:{YEAR}|-)-{MONTH}|{DAYS}(?P<time>T{TIMES})?")
PERIOD = r"[0-9]+(?:\.[0-9]+)?"
DURATION = re.compile(rf"-?P(?:{PERIOD}W|(?=[0-9T])(?:{PERIOD}Y)?(?:{PERIOD}M)?(?:{PERIOD}D)?"
                      rf"(?:T(?=[0-9])(?:{PERIOD}H)?(?:{PERIOD}M)?(?:{PERIOD}S)?)?)")


def _is_date_time(text: str) -> bool:
    """A date-time as SDTMIG 4.4 writes it: cut at the right, '-' for an unknown part before a known one (2003---15)."""
    found = DATE_TIME.fullmatch(text)
    if found is None or found["day"] is None:
        return found is not None
    if found["day"] == "-":
        return found["time"] is not None
    if found["month"] == "-":
        return True
    year = 2000 if found["year"] == "-" else int(found["year"])     # 29 February is right in an unknown year
    return _is_day(year, int(found["month"]), int(found["day"]))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_iso8601(text: object, kind: str) -> bool:
    """One date-time, or two as the interval they lie in (2003-12-01/2003-12-10); or a duration."""
    if not isinstance(text, str):
        return False
    if kind == "duration":
        return DURATION.fullmatch(text) is not None
    return text.count("/") <= 1 and all(_is_date_time(part) for part in text.split("/"))


class _TextFitsBytes(ColumnMapMetricProvider):
    condition_metric_name = "column_values.fit_bytes"
    condition_value_keys = ("max_bytes",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, max_bytes: int, **_: Any) -> pd.Series:
        fitting = [text for text in column.unique() if isinstance(text, str) and byte_length(text) <= max_bytes]
        return column.isin(fitting)


class _TextIsIso8601(ColumnMapMetricProvider):
    condition_metric_name = "column_values.iso8601"
    condition_value_keys = ("kind",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, kind: str, **_: Any) -> pd.Series:
        return column.isin([text for text in column.unique() if _is_iso8601(text, kind)])


class ExpectColumnValuesToFitBytes(ColumnMapExpectation):
    """Expect every value to be text of at most `max_bytes` bytes in UTF-8, which is what a transport file counts."""

    max_bytes: int = TEXT_BYTES
    map_metric: ClassVar[str] = "column_values.fit_bytes"
    success_keys: ClassVar[tuple[str, ...]] = ("max_bytes", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "max_bytes")


class ExpectColumnValuesToBeIso8601(ColumnMapExpectation):
    """Expect every value to be an ISO 8601 date-time (whole, partial or an interval) or duration by SDTMIG 3.4, 4.4."""

    kind: Literal["datetime", "duration"] = "datetime"
    map_metric: ClassVar[str] = "column_values.iso8601"
    success_keys: ClassVar[tuple[str, ...]] = ("kind", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "kind")


def build_suite(spec: DatasetSpec, codelists: Mapping[str, Codelist],
                summary: DatasetSummary | None) -> gx.ExpectationSuite:
    """What the specification states of a finished dataset; with a summary, also its number of records."""
    expectations = [*_table_expectations(spec, summary), *_key_expectations(spec)]
    for variable in spec.columns:
        expectations += _variable_expectations(variable, spec, codelists)
    meta = {"dataset": spec.name, "label": spec.label, "standard": spec.standard, "missing": "empty text is null",
            "needs": "import validation.suites: it registers what Great Expectations does not have, "
                     "expect_column_values_to_fit_bytes and expect_column_values_to_be_iso8601"}
    return gx.ExpectationSuite(name=spec.name, expectations=expectations, meta=meta)


def _expect(kind: type[Expectation], severity: str, message: str, fix: str, /, **arguments: Any) -> Expectation:
    return kind(severity=LEVELS[severity], meta={"message": message, "fix": fix}, **arguments)


def _table_expectations(spec: DatasetSpec, summary: DatasetSummary | None) -> Iterator[Expectation]:
    yield _expect(gxe.ExpectTableColumnsToMatchOrderedList, "error",
                  f"{spec.name} does not have the variables of its specification in their order",
                  "programmer: deliver the variables of the specification, in its order",
                  column_list=[variable.name for variable in spec.columns])
    if summary is not None:
        yield _expect(gxe.ExpectTableRowCountToEqual, "error", f"{spec.name} was built with {summary.records} records",
                      "programmer: which records came or went since the build?", value=summary.records)


def _key_expectations(spec: DatasetSpec) -> Iterator[Expectation]:
    """The keys are unique, and so is the sequence number within a subject."""
    names = {variable.name for variable in spec.columns}
    keys = [key for key in spec.keys if key in names]
    if keys:
        yield _expect_unique(keys, "warning", f"another record has the same key ({', '.join(keys)})",
                             "data management: is one of them a duplicate? If both stand, add a variable to the keys "
                             "in the specification")
    for number in (f"{spec.domain}SEQ", "ASEQ"):
        if {"USUBJID", number} <= names and {*keys} != {"USUBJID", number}:
            yield _expect_unique(["USUBJID", number], "error", f"another record of the subject has the same {number}",
                                 "programmer: number the records with derive_seq, after the last record is added")


def _expect_unique(names: list[str], severity: str, message: str, fix: str) -> Expectation:
    if len(names) == 1:
        return _expect(gxe.ExpectColumnValuesToBeUnique, severity, message, fix, column=names[0])
    return _expect(gxe.ExpectCompoundColumnsToBeUnique, severity, message, fix, column_list=names,
                   ignore_row_if="never")


def _variable_expectations(variable: VariableSpec, spec: DatasetSpec,
                           codelists: Mapping[str, Codelist]) -> Iterator[Expectation]:
    name = variable.name
    named = name in ("STUDYID", "USUBJID", "PARAMCD")         # where no guide says how much a variable is needed
    if variable.core == "Req" if spec.is_sdtm and variable.core else named:
        yield _expect(gxe.ExpectColumnValuesToNotBeNull, "error", f"{name} is Required and has no value",
                      "data management: query the site; programmer: is the field mapped?", column=name)
    if variable.type == "Num":
        yield from _number_expectations(variable, spec)
    else:
        yield from _text_expectations(variable)
        yield from _term_expectations(variable, spec, codelists.get(variable.codelist))


def _number_expectations(variable: VariableSpec, spec: DatasetSpec) -> Iterator[Expectation]:
    name, types = variable.name, DATES if is_date(variable) else NUMBERS
    wanted = "a date" if is_date(variable) else "a number"
    yield _expect(gxe.ExpectColumnValuesToBeInTypeList, "error",
                  f"{name} is not {wanted}, which the specification wants",
                  "programmer: convert the variable in its function, or mend its type in the specification",
                  column=name, type_list=list(types))
    if name.endswith("DY"):
        yield _expect(gxe.ExpectColumnValuesToNotBeInSet, "error" if spec.is_sdtm else "warning",
                      f"{name} is 0: day 1 is the reference date and the day before it is day -1",
                      "programmer: derive the study day with derive_study_day", column=name, value_set=[0])


def _text_expectations(variable: VariableSpec) -> Iterator[Expectation]:
    name, longest = variable.name, variable.length or TEXT_BYTES
    yield _expect(ExpectColumnValuesToFitBytes, "error", f"{name} holds more than {longest} bytes, or no text",
                  "programmer: split long text by the rules of the guide, or mend the length in the specification",
                  column=name, max_bytes=longest)
    if name.endswith("DTC"):
        yield _expect(ExpectColumnValuesToBeIso8601, "error", f"{name} is no ISO 8601 date or date-time",
                      "programmer: map the parts with `dtc:`; data management: query a date that no calendar has",
                      column=name, kind="datetime")
    elif variable.role == "Timing" and name.endswith(("DUR", "ELTM")):
        yield _expect(ExpectColumnValuesToBeIso8601, "error", f"{name} is no ISO 8601 duration (PT15M, P2D)",
                      "programmer: write the duration in ISO 8601", column=name, kind="duration")


def _term_expectations(variable: VariableSpec, spec: DatasetSpec, codelist: Codelist | None) -> Iterator[Expectation]:
    flag = variable.name.endswith("FL") and variable.codelist in ("", "NY")
    if flag and (codelist is not None or not spec.is_sdtm):
        terms = ["Y"] if spec.is_sdtm else ["Y", "N"]
        yield _expect(gxe.ExpectColumnValuesToBeInSet, "error",
                      f"{variable.name} is a flag: {' or '.join(terms)}, or empty",
                      "programmer: derive the flag with no other value", column=variable.name, value_set=terms)
    elif codelist is not None:
        how = (f"add the term in specs/codelists.yaml ({codelist.name}: add), or map it" if codelist.extensible
               else f"map it to a term of {codelist.name}, which is not extensible")
        yield _expect(gxe.ExpectColumnValuesToBeInSet, "warning" if codelist.extensible else "error",
                      f"the value is no term of the codelist {codelist.name}", f"programmer: {how}",
                      column=variable.name, value_set=list(codelist.terms))


def run_suite(frame: pd.DataFrame, spec: DatasetSpec, codelists: Mapping[str, Codelist]) -> list[Finding]:
    """A finding for every record of a finished dataset that its suite does not expect.

    A finished dataset has no supplemental qualifiers any more. Columns that begin with _ are working columns.
    """
    frame = frame.reset_index(drop=True)
    data = _with_nulls(frame[[column for column in frame.columns if not column.startswith("_")]])
    found: list[Finding] = []
    for columns, suite in _suites_by_column(build_suite(spec, codelists, None), list(data.columns)).items():
        results = _validate(data[list(columns)], suite)
        for result in results:
            found += _findings_of(result, frame, spec)
        found += _not_evaluated(suite, len(results), spec)
    return found


def _with_nulls(frame: pd.DataFrame) -> pd.DataFrame:
    """Missing text is '' with us and null to Great Expectations: as '' it would pass every check of missing values."""
    text = [column for column in frame.columns if frame[column].dtype.kind == "O"]
    return frame.assign(**{column: frame[column].mask(frame[column].eq("").astype("bool")) for column in text})


def _suites_by_column(suite: gx.ExpectationSuite, columns: list[str]) -> dict[tuple[str, ...], gx.ExpectationSuite]:
    """The suite in parts that need the same columns: every check filters its frame, and a narrow one is filtered fast.

    What needs a column that the data do not have is left out: the check of the table's columns reports that column.
    """
    parts: dict[tuple[str, ...], list[Expectation]] = {}
    for expectation in suite.expectations:
        needed = tuple(_columns_of(expectation)) or tuple(columns)
        if set(needed) <= set(columns):
            parts.setdefault(needed, []).append(expectation)
    return {needed: gx.ExpectationSuite(name=suite.name, expectations=part) for needed, part in parts.items()}


def _columns_of(expectation: Expectation) -> list[str]:
    if isinstance(expectation, gxe.ExpectTableColumnsToMatchOrderedList | gxe.ExpectTableRowCountToEqual):
        return []
    return [expectation.column] if hasattr(expectation, "column") else list(expectation.column_list)


@cache
def _frames() -> Any:
    """Where frames are handed over: one ephemeral context a process, which keeps nothing on disk."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def _validate(data: pd.DataFrame, suite: gx.ExpectationSuite) -> list[Any]:
    batch = _frames().get_batch(batch_parameters={"dataframe": data})
    return list(batch.validate(suite, result_format=ROWS).results)


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
    level = {theirs: ours for ours, theirs in LEVELS.items()}[expectation.severity]
    return Finding("great_expectations", f"gx.{expectation.type}", severity or level, spec.name, key,
                   variable or expectation.kwargs.get("column", ""), value, message or expectation.meta["message"],
                   fix or expectation.meta["fix"], record)


def _column_findings(result: Any, frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    wanted, present = result.expectation_config.kwargs["column_list"], result.result["observed_value"]
    missing = [_finding(result, spec, variable=name, message=f"{name} is in the specification and not in the data; "
                        "what else is expected of it was not checked") for name in wanted if name not in present]
    extra = [_finding(result, spec, variable=name, message=f"{name} is in the data and not in the specification")
             for name in present if name not in wanted]
    return missing + extra or [_finding(result, spec, value=" ".join(present))]


def _row_findings(result: Any, rows: list[int], frame: pd.DataFrame, spec: DatasetSpec) -> list[Finding]:
    bad = frame.loc[rows[:LISTED]]
    variable = result.expectation_config.kwargs.get("column", "")
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


def _not_evaluated(suite: gx.ExpectationSuite, results: int, spec: DatasetSpec) -> list[Finding]:
    """Every expectation has a result; one without is no pass."""
    if results == len(suite.expectations):
        return []
    return [Finding("great_expectations", "gx.suite", "error", spec.name,
                    message=f"{len(suite.expectations)} expectations were stated and {results} evaluated",
                    fix="programmer: report this as a defect")]


def save_suite(suite: gx.ExpectationSuite, path: Path) -> None:
    """The suite as the JSON that a Great Expectations project keeps in gx/expectations/."""
    path.write_text(json.dumps(suite.to_json_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

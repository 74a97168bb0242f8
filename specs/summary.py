"""What a reader of metadata needs to know of the data: lengths, terms used, decimals, counts, by variable and by value.

A summary is made of each block of subjects and the blocks' summaries are merged, so that a study of any size has one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from specs.model import DatasetSpec, VariableSpec

if TYPE_CHECKING:                     # who only reads summaries loads no pandas
    import pandas as pd

__all__ = [
    "DatasetSummary", "VariableSummary", "leave_out_unfilled", "merge_summaries", "summarise", "summary_from_dict",
]

TERMS_KEPT = 2000
ALWAYS = ("DTC", "DY", "EPOCH")       # the endings of Permissible variables that stay without a value
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d)?)?)?)?)?", re.ASCII)
RESULTS = ("ORRES", "ORRESU", "STRESC", "STRESN", "STRESU")
TERMS_OF = ("TESTCD", "TEST", "PARAMCD", "PARAM", "QNAM", "VISIT", "ETCD", "ARMCD", "ARM")     # even without a codelist


@dataclass(frozen=True)
class VariableSummary:
    """One variable (or one variable under one value of QNAM, --TESTCD or PARAMCD)."""

    records: int = 0
    filled: int = 0                    # records with a value
    max_bytes: int = 0                 # longest text in the file, or as printed for numbers
    decimals: int = 0                  # most digits behind the decimal point
    shapes: tuple[int, ...] = ()       # of dates: the lengths of the ISO 8601 texts (10 = a whole date; 0: it is none)
    terms: tuple[str, ...] = ()        # the distinct texts, sorted, where a codelist, a key or a test code needs them
    numbers: int | None = None         # of a result in text: its most decimals, if every one is a number (12, -0.5)


@dataclass(frozen=True)
class DatasetSummary:
    name: str
    records: int
    variables: Mapping[str, VariableSummary]
    values: Mapping[str, Mapping[str, Mapping[str, VariableSummary]]]    # {"VSTESTCD": {"SYSBP": {"VSORRES": ...}}}

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def summarise(frame: "pd.DataFrame", spec: DatasetSpec, encoding: str = "utf-8") -> DatasetSummary:
    """The summary of one block of a finished dataset; texts are as long as in the encoding of the transport file."""
    variables = {v.name: _summarise(frame[v.name], v, encoding) for v in spec.columns}
    values: dict[str, dict[str, dict[str, VariableSummary]]] = {}
    for by, results in _value_level(spec).items():
        groups = frame.groupby(by, sort=True)
        values[by] = {str(value): {v.name: _summarise_result(rows[v.name], v, by, str(value), encoding)
                                   for v in results} for value, rows in groups}
    return DatasetSummary(spec.name, len(frame), variables, values)


def _value_level(spec: DatasetSpec) -> dict[str, list[VariableSpec]]:
    """The variables that decide what others mean, and these: the results of a test or parameter, the values of
    qualifiers, and whatever the specification says more of where another variable has a value.
    """
    first = {by: results for by, results in (
        ("QNAM", ("QVAL",)), ("PARAMCD", ("AVAL", "AVALC", "BASE", "CHG")),
        (f"{spec.domain}TESTCD", tuple(f"{spec.domain}{suffix}" for suffix in RESULTS))) if by in spec.variables}
    by_result = dict(list(first.items())[:1])
    deciding = [*by_result, *(by for v in spec.columns for by in v.where if by in spec.variables)]
    return {by: [v for v in spec.columns if v.name in by_result.get(by, ()) or by in v.where]
            for by in dict.fromkeys(deciding)}


def _summarise(column: "pd.Series", variable: VariableSpec, encoding: str) -> VariableSummary:
    if variable.type == "Num":
        return _summarise_numbers(column)
    texts = column.tolist()
    distinct = set(texts) - {""}
    lengths = {len(text.encode(encoding)) for text in distinct}
    terms: tuple[str, ...] = ()
    if variable.codelists or variable.name.endswith(TERMS_OF):
        terms = tuple(sorted(distinct)[:TERMS_KEPT])
    shapes = tuple(sorted(lengths)) if variable.name.endswith("DTC") else ()
    return VariableSummary(len(texts), len(texts) - texts.count(""), max(lengths, default=0), 0, shapes, terms)


def _summarise_result(column: "pd.Series", variable: VariableSpec, by: str, value: str,
                      encoding: str) -> VariableSummary:
    """The summary of a result under one test; of a text also whether it is always a number, and its decimals, or
    always a date: of a qualifier by its name, of another text by the name of its test.
    """
    summary = _summarise(column, variable, encoding)
    if variable.type == "Num" or not summary.filled:
        return summary
    texts = [text for text in set(column.tolist()) if text]
    if value.endswith("DTC"):
        return replace(summary, shapes=tuple(sorted({len(text) if DATE.fullmatch(text) else 0 for text in texts})))
    if by == "QNAM" or not all(NUMBER.fullmatch(text) for text in texts):
        return summary
    return replace(summary, numbers=max(len(text.partition(".")[2]) for text in texts))


def _summarise_numbers(column: "pd.Series") -> VariableSummary:
    filled = column.dropna()
    if filled.empty or column.dtype.kind == "M":
        return VariableSummary(len(column), len(filled), 8 if len(filled) else 0)
    printed = {f"{number:.12g}" for number in set(filled.tolist())}
    return VariableSummary(len(column), len(filled), max(map(len, printed)), max(map(_decimals, printed)))


def _decimals(printed: str) -> int:
    """Digits behind the decimal point: 2 of 1.25, 0 of 120, 7 of 1.5e-06."""
    exponent = Decimal(printed).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def merge_summaries(parts: Iterable[DatasetSummary]) -> DatasetSummary:
    """One summary of all blocks of a dataset."""
    first, *rest = parts
    for part in rest:
        values = {by: _merge_groups(first.values.get(by, {}), part.values.get(by, {}))
                  for by in {**first.values, **part.values}}
        variables = {name: _merge(first.variables[name], part.variables[name]) for name in first.variables}
        first = DatasetSummary(first.name, first.records + part.records, variables, values)
    return first


def _merge_groups(one: Mapping[str, Mapping[str, VariableSummary]],
                  two: Mapping[str, Mapping[str, VariableSummary]]) -> dict[str, dict[str, VariableSummary]]:
    merged: dict[str, dict[str, VariableSummary]] = {}
    for value in sorted({**one, **two}):
        first, second = one.get(value, {}), two.get(value, {})
        merged[value] = {name: _merge(first.get(name, VariableSummary()), second.get(name, VariableSummary()))
                         for name in {**first, **second}}
    return merged


def _merge(one: VariableSummary, two: VariableSummary) -> VariableSummary:
    return VariableSummary(one.records + two.records, one.filled + two.filled, max(one.max_bytes, two.max_bytes),
                           max(one.decimals, two.decimals), tuple(sorted({*one.shapes, *two.shapes})),
                           tuple(sorted({*one.terms, *two.terms})[:TERMS_KEPT]),
                           _merge_numbers([part.numbers for part in (one, two) if part.filled]))


def _merge_numbers(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return max(known) if known and len(known) == len(numbers) else None


def summary_from_dict(content: Mapping[str, Any]) -> DatasetSummary:
    """The summary that `as_dict` wrote (JSON turns tuples into lists)."""
    def variable(fields: Mapping[str, Any]) -> VariableSummary:
        return VariableSummary(**{**fields, "shapes": tuple(fields["shapes"]), "terms": tuple(fields["terms"])})

    values = {by: {value: {name: variable(v) for name, v in names.items()} for value, names in groups.items()}
              for by, groups in content["values"].items()}
    return DatasetSummary(content["name"], content["records"],
                          {name: variable(v) for name, v in content["variables"].items()}, values)


def leave_out_unfilled(spec: DatasetSpec, summary: DatasetSummary) -> DatasetSpec:
    """The specification of an SDTM dataset as it is submitted: without the Permissible variables that have no value in
    any record. Required and Expected variables and keys stay, and so do dates, study days and EPOCH, which the FDA asks
    for whatever their core; and everything of a dataset without records.

    Source: SDTMIG 3.4, 4.1.5: the sponsor decides whether a Permissible variable is there when all its values are null;
    Study Data Technical Conformance Guide, 4.1.1.3, Permissible variables.
    """
    if not (spec.is_sdtm and summary.records):
        return spec
    kept = {name: variable for name, variable in spec.variables.items()
            if variable.supp or variable.core in ("Req", "Exp") or name in spec.keys or name.endswith(ALWAYS)
            or summary.variables[name].filled}
    return spec.model_copy(update={"variables": kept})

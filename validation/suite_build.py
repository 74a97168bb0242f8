"""The Great Expectations suite of a dataset, as its specification states it, and the JSON that a sponsor carries on."""

import json
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from specs import Codelist, DatasetSpec, DatasetSummary, VariableSpec
from specs.contract import is_date
from specs.model import TEXT_BYTES
from validation import expectations as plugin
from validation.expectations import (
    Expectation,
    ExpectColumnValuesToBeIso8601,
    ExpectColumnValuesToFitBytes,
    ExpectStudyDayToFollow,
    gx,
    gxe,
)

__all__ = ["LEVELS", "TITLES", "build_day_suite", "build_suite", "save_suite", "save_suites"]

LEVELS = {"error": "critical", "warning": "warning", "notice": "info"}
NUMBERS = ("float64", "int64", "float", "int")
DATES = tuple(f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns"))
TITLES = {
    "expect_table_columns_to_match_ordered_list": "the dataset has the variables of its specification, in their order",
    "expect_table_row_count_to_equal": "the dataset has the records that were built",
    "expect_column_values_to_be_unique": "the key of a record is unique",
    "expect_compound_columns_to_be_unique": "the key of a record, and its sequence number in the subject, are unique",
    "expect_column_values_to_not_be_null": "a Required variable has a value in every record",
    "expect_column_values_to_be_in_type_list": "a variable has the type that the specification states",
    "expect_column_values_to_not_be_in_set": "no study day is 0",
    "expect_column_values_to_fit_bytes": "a value is text and fits the length in bytes",
    "expect_column_values_to_be_iso8601": "a date or duration is ISO 8601 as SDTMIG 3.4, 4.4 writes it",
    "expect_column_values_to_be_in_set": "a value is a term of the variable's codelist",
    "expect_study_day_to_follow": "a study day is what its date and the reference date give",
}


def build_suite(spec: DatasetSpec, codelists: Mapping[str, Codelist],
                summary: DatasetSummary | None) -> gx.ExpectationSuite:
    """What the specification states of a finished dataset; with a summary, also its number of records."""
    expectations = [*_table_expectations(spec, summary), *_key_expectations(spec)]
    for variable in spec.columns:
        expectations += _variable_expectations(variable, spec, codelists)
    reference = "RFSTDTC" if spec.is_sdtm else "TRTSDT"
    if reference in {variable.name for variable in spec.columns}:
        expectations += _day_expectations(spec, reference)
    return _suite(spec.name, spec, expectations, {})


def build_day_suite(spec: DatasetSpec) -> gx.ExpectationSuite | None:
    """The study days of an SDTM dataset against RFSTDTC, which only DM has; None where there is none to check.

    Its frame is the dataset with RFSTDTC of DM joined by USUBJID: a suite of its own, as AE itself has no RFSTDTC.
    """
    names = {variable.name for variable in spec.columns}
    if not spec.is_sdtm or "RFSTDTC" in names or "USUBJID" not in names:
        return None
    expectations = list(_day_expectations(spec, "RFSTDTC"))
    joined = {"frame": "the dataset with RFSTDTC of DM joined by USUBJID"}
    return _suite(f"{spec.name} study days", spec, expectations, joined) if expectations else None


def _suite(name: str, spec: DatasetSpec, expectations: list[Expectation],
           more: Mapping[str, str]) -> gx.ExpectationSuite:
    meta = {"dataset": spec.name, "label": spec.label, "standard": spec.standard, **more,
            "missing": "empty text is null",
            "needs": "import validation.expectations, or a copy of that file in plugins/ of the project: it registers "
                     "what Great Expectations does not have"}
    return gx.ExpectationSuite(name=name, expectations=expectations, meta=meta)


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


def _day_expectations(spec: DatasetSpec, reference: str) -> Iterator[Expectation]:
    """AEDY of AEDTC and ADY of ADT: one expectation for each study day whose date the dataset has."""
    names, ending = [variable.name for variable in spec.columns], "DTC" if spec.is_sdtm else "DT"
    for day in names:
        event = f"{day.removesuffix('DY')}{ending}"
        if day.endswith("DY") and event in names:
            yield _expect(ExpectStudyDayToFollow, "error" if spec.is_sdtm else "warning",
                          f"{day} does not follow from {event}: {reference} is day 1, the day before it is day -1, and "
                          "there is no day where a date is not whole",
                          "programmer: derive the study day with derive_study_day" if spec.is_sdtm else
                          f"programmer: derive {day} from {event} and {reference}, or waive it and say the anchor",
                          column_list=[event, day, reference], ignore_row_if="never")


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


def save_suite(suite: gx.ExpectationSuite, path: Path) -> None:
    """The suite as the JSON that a Great Expectations project keeps in gx/expectations/, under the suite's name.

    A project runs by checkpoint only what has an id; here it follows from the name, so that the bytes are the same.
    """
    content = {**suite.to_json_dict(), "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdisckit suite {suite.name}"))}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def save_suites(specs: Iterable[DatasetSpec], codelists: Mapping[str, Codelist],
                summaries: Mapping[str, DatasetSummary], folder: Path) -> None:
    """All suites of a study as JSON, and the Python file that a sponsor's project needs in plugins/ to run them."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(plugin.__file__), folder / "cdisc_expectations.py")
    for spec in specs:
        save_suite(build_suite(spec, codelists, summaries.get(spec.name)), folder / f"{spec.name.lower()}.json")
        days = build_day_suite(spec)
        if days is not None:
            save_suite(days, folder / f"{spec.name.lower()}_study_days.json")

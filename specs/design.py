"""Trial design: what trial_design.yaml may say, and the terms of the trial summary (SDTMIG 3.4, section 7).

Which values a trial summary parameter takes (a CDISC term, an ISO 8601 duration or date, a number) is data:
ct/trial_summary_values.csv; the terms are in the codelists that the study has anyway, and in ct/trial_summary.csv.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cdisckit.errors import suggest
from specs.model import NAME_BYTES, TEXT_BYTES, Codelist, StudyFacts, SummaryValue, Term, TrialDesign, byte_length
from specs.text_yaml import TextYaml

__all__ = ["check_design", "find_summary_term", "summary_terms", "summary_values"]

FOLDER = Path(__file__).parent / "ct"
DURATION = r"-?P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+S)?)?"
KINDS = {"duration": (DURATION, "an ISO 8601 duration (P18Y, P6W)"),
         "date": (r"\d{4}(-\d{2}(-\d{2})?)?", "an ISO 8601 date"),
         "number": (r"\d+(\.\d+)?", "a number")}


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def summary_values() -> Mapping[str, tuple[str, str]]:
    """TSPARMCD: the kind of its values (term, duration, date, number) and, for terms, the codelist."""
    rows = _rows("trial_summary_values.csv")
    return MappingProxyType({row["parameter"]: (row["kind"], row["codelist"]) for row in rows})


@cache
def summary_terms() -> Mapping[str, tuple[str, Mapping[str, Term]]]:
    """The codelists of trial summary values that no variable names: their version, and their terms."""
    made: dict[str, tuple[str, dict[str, Term]]] = {}
    for row in _rows("trial_summary.csv"):
        _, terms = made.setdefault(row["codelist"], (row["version"], {}))
        terms[row["term"]] = Term(value=row["term"], decode=row["preferred_term"], code=row["term_code"])
    return MappingProxyType(made)


def find_summary_term(parameter: str, value: str, codelists: Mapping[str, Codelist]) -> tuple[str, str]:
    """The C-code of a trial summary value and the version of its terminology; nothing where it is no CDISC term."""
    kind, name = summary_values().get(parameter, ("", ""))
    if kind != "term":
        return "", ""
    version, terms = _terms_of(name, codelists)
    return (terms[value].code, version) if value in terms and terms[value].code else ("", "")


def _terms_of(name: str, codelists: Mapping[str, Codelist]) -> tuple[str, Mapping[str, Term]]:
    if name in codelists:
        return codelists[name].version, codelists[name].terms
    return summary_terms()[name]


def check_design(design: TrialDesign, text: TextYaml, facts: StudyFacts,
                 codelists: Mapping[str, Codelist]) -> Iterator[str]:
    """What is wrong in trial_design.yaml: names that study.yaml lacks, texts too long, values of no codelist."""
    yield from _check_elements(design, text, facts)
    yield from _check_visits(design, text, facts)
    yield from _check_criteria(design, text)
    yield from _check_assessments(design, text)
    for parameter, values in design.summary.items():
        yield from _check_parameter(parameter, values, text.where("summary", parameter), codelists)


def _check_elements(design: TrialDesign, text: TextYaml, facts: StudyFacts) -> Iterator[str]:
    for entry in ("transitions", "durations"):
        for code in getattr(design, entry):
            if code not in facts.elements:
                at = text.where(entry, code)
                yield f"{at}: study.yaml has no element {code}{suggest(code, facts.elements)}; mend the code"
    if design.branch and design.branch not in facts.elements:
        near = suggest(design.branch, facts.elements)
        yield f"{text.where('branch')}: study.yaml has no element {design.branch}{near}; mend the code"
    for code, duration in design.durations.items():
        if not re.fullmatch(DURATION, duration):
            yield f"{text.where('durations', code)}: {duration!r} is no ISO 8601 duration; write P28D or P12W"
    for code, rule in design.transitions.items():
        yield from _check_length(rule, text.where("transitions", code), "the transition rule")


def _check_visits(design: TrialDesign, text: TextYaml, facts: StudyFacts) -> Iterator[str]:
    for visit, planned in design.visits.items():
        at = text.where("visits", visit)
        if visit not in facts.visits:
            yield f"{at}: study.yaml has no visit {visit}{suggest(visit, facts.visits)}; mend the name"
        if planned.day and not re.fullmatch(r"-?[1-9]\d*", planned.day):
            yield f"{at}: the planned day {planned.day!r} is no study day; there is no day 0"
        yield from _check_length(planned.start, at, "the start rule")
        yield from _check_length(planned.end, at, "the end rule")
    for visit in facts.visits if design.visits else ():
        if visit not in design.visits:
            yield f"{text.where('visits')}: nothing is said of the visit {visit}; write its start rule"


def _check_criteria(design: TrialDesign, text: TextYaml) -> Iterator[str]:
    for code, criterion in design.criteria.items():
        at = text.where("criteria", code)
        if not re.fullmatch(rf"[A-Z_][A-Z0-9_]{{0,{NAME_BYTES - 1}}}", code):
            yield f"{at}: {code!r} is not 1 to {NAME_BYTES} of A-Z, 0-9 and _ with no digit first; shorten the code"
        yield from _check_length(criterion.IETEST, at, "the criterion")
        yield from _check_length(criterion.TIRL, at, "the rule")


def _check_assessments(design: TrialDesign, text: TextYaml) -> Iterator[str]:
    for number, assessment in enumerate(design.assessments):
        for name in ("offset", "interval", "minimum", "maximum"):
            value = getattr(assessment, name)
            if not re.fullmatch(DURATION, value):
                yield (f"{text.where('assessments', number, name)}: {name}: {value!r} is no ISO 8601 duration; "
                       "write P0D or P6W")


def _check_length(value: str, at: str, what: str) -> Iterator[str]:
    if (size := byte_length(value)) > TEXT_BYTES:
        yield f"{at}: {what} is {size} bytes long; XPT holds {TEXT_BYTES}: shorten it"


def _check_parameter(parameter: str, values: tuple[SummaryValue, ...], at: str,
                     codelists: Mapping[str, Codelist]) -> Iterator[str]:
    known = codelists["TSPARMCD"].terms
    if parameter not in known:
        yield f"{at}: {parameter} is no term of TSPARMCD{suggest(parameter, known)}; mend it, or add it to the codelist"
    for entry in values:
        if bool(entry.value) == bool(entry.null):
            yield f"{at}: {parameter} has a value or says by `null:` why it has none; write one of the two"
        elif entry.value:
            yield from _check_value(parameter, entry.value, at, codelists)
        if bool(entry.code) != bool(entry.ref):
            yield f"{at}: {parameter}: a code and `ref:`, its terminology, go together"
        elif entry.ref and entry.ref not in codelists["DICTNAM"].terms:
            yield f"{at}: {entry.ref!r} is no term of DICTNAM{suggest(entry.ref, codelists['DICTNAM'].terms)}"


def _check_value(parameter: str, value: str, at: str, codelists: Mapping[str, Codelist]) -> Iterator[str]:
    yield from _check_length(value, at, parameter)
    kind, name = summary_values().get(parameter, ("", ""))
    if kind == "term":
        _, terms = _terms_of(name, codelists)
        if value not in terms:
            near = suggest(value, terms) or f"; choose of {', '.join(list(terms)[:8])}"
            yield f"{at}: {parameter}: {value!r} is no term of {name}{near}"
    elif kind and not re.fullmatch(KINDS[kind][0], value):
        yield f"{at}: {parameter}: {value!r} is not {KINDS[kind][1]}"

"""References within a specification: what is named exists, what is defined is used, and what is stated can be done.

Each check gives its problems as 'file:line: what; fix'. What an earlier error has broken is not reported twice.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from cdisckit.errors import suggest
from specs.model import (
    LABEL_BYTES,
    NAME_BYTES,
    VERBS,
    Codelist,
    DatasetSpec,
    ResultSpec,
    StudyFacts,
    VariableSpec,
    byte_length,
)
from specs.text_yaml import TextYaml

__all__ = ["Reading", "check_codelists_used", "check_dataset", "check_sources", "check_study", "check_variable",
           "result_fields"]

TERMS_FILE = "codelists.yaml"
TERMS_SHOWN = 8
CODE = rf"[A-Z_][A-Z0-9_]{{0,{NAME_BYTES - 1}}}"          # --TESTCD, PARAMCD


@dataclass
class Reading:
    """What is known while the files of a study are read: the terms, the datasets so far, and what was wrong."""

    codelists: Mapping[str, Codelist]
    files: Mapping[str, TextYaml | None]
    problems: list[str]
    datasets: dict[str, DatasetSpec] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)          # AE, AE.AETERM, codelists.yaml:NY: reported already


def result_fields(content: Mapping[str, Any], prefix: str) -> set[str]:
    """The variables that the `tests:` block gives: no verb of their own is needed."""
    tests = content.get("tests", {})
    if not isinstance(tests, dict) or not tests:
        return set()
    parts = [test.get(part) for test in tests.values() if isinstance(test, dict) for part in ("fields", "values")]
    named = {name for part in parts if isinstance(part, dict) for name in part}
    return named | {f"{prefix}{suffix}" for suffix in ("TESTCD", "TEST", "ORRES")}


def check_variable(spec: VariableSpec, at: str, reading: Reading, *, sdtm: bool, given: bool) -> Iterator[str]:
    """What is wrong about one variable: its terms, its verb, what it copies. `given`: the dataset's tests give it."""
    yield from _check_terms(spec, at, reading)
    empty = spec.value == "" or not (spec.verbs or given)
    if empty and spec.core == "Req":
        yield f"{at}: {spec.name} is Required and has no value; write one of {', '.join(VERBS)}"
    elif not spec.verbs and not given and spec.core != "Exp":
        yield f"{at}: {spec.name} says nothing of where it comes from; write one of {', '.join(VERBS)}"
    if spec.map and not given and spec.verbs not in (("from",), ("derive",)):
        yield f"{at}: {spec.name} has a map, which works on `from` and `derive` only"
    if len(spec.dtc) > 2 or (spec.dtc and spec.type == "Num"):
        yield f"{at}: {spec.name}: `dtc` makes text of one date field and, behind it, one time field"
    if spec.value and spec.type == "Num" and not re.fullmatch(r"[+-]?\d+(\.\d+)?", spec.value):
        yield f"{at}: {spec.name} is Num and {spec.value!r} is no number"
    if not sdtm:
        yield from _check_predecessor(spec, at, reading)


def _check_terms(spec: VariableSpec, at: str, reading: Reading) -> Iterator[str]:
    """The codelists exist, and constants and maps keep to that of the variable."""
    for name in spec.codelists:
        if name != spec.codelist and name not in reading.codelists and f"{TERMS_FILE}:{name}" not in reading.broken:
            yield f"{at}: there is no codelist {name}{suggest(name, reading.codelists)}; mend `where:`"
    if not spec.codelist:
        return
    codelist = reading.codelists.get(spec.codelist)
    if not reading.broken.isdisjoint({TERMS_FILE, f"{TERMS_FILE}:{spec.codelist}"}):
        return
    if codelist is None and " " in spec.codelist:
        yield f"{at}: {spec.name} may use {spec.codelist.replace(' ', ' or ')}; choose with `codelist:`"
    elif codelist is None:
        yield (f"{at}: there is no codelist {spec.codelist}{suggest(spec.codelist, reading.codelists)}; "
               "define it in specs/codelists.yaml")
    else:
        for key, term in spec.map.items():
            if term and term not in codelist.terms:
                near = _near(term, codelist)
                yield f"{at}: {spec.name} maps {key!r} to {term!r}, which is no term of {codelist.name}{near}"
        if spec.value and spec.value not in codelist.terms:
            yield f"{at}: {spec.value!r} is no term of {codelist.name}{_near(spec.value, codelist)}"


def _near(term: str, codelist: Codelist) -> str:
    """The term that was meant, or where a term is added."""
    if near := suggest(term, codelist.terms):
        return near
    if codelist.extensible:
        return "; add it in specs/codelists.yaml"
    terms = f" and has {', '.join(codelist.terms)}" if len(codelist.terms) <= TERMS_SHOWN else ""
    return f"; {codelist.name} is not extensible{terms}"


def _check_predecessor(spec: VariableSpec, at: str, reading: Reading) -> Iterator[str]:
    """An ADaM `from:` names a variable of another dataset, of the same type."""
    if spec.supp:
        yield f"{at}: ADaM has no supplemental qualifiers; remove `supp: true`"
    if not spec.from_:
        return
    source, _, copied = spec.from_.partition(".")
    if source not in reading.files:
        near = suggest(source, reading.files)
        yield f"{at}: {spec.from_}: there is no dataset {source}{near}; write `from: DATASET.VARIABLE`"
    elif copied not in reading.datasets[source].variables:
        yield f"{at}: {source} has no variable {copied}{suggest(copied, reading.datasets[source].variables)}"
    elif (kind := reading.datasets[source].variables[copied].type) != spec.type:
        yield f"{at}: {spec.name} is {spec.type} and {spec.from_} is {kind}; a copy keeps its type, else write `derive`"


def check_dataset(spec: DatasetSpec, text: TextYaml, reading: Reading) -> Iterator[str]:
    """What is wrong about a dataset as a whole: label, keys, labels that stand twice, form, tests, parameters."""
    if not 0 < (size := byte_length(spec.label)) <= LABEL_BYTES:
        yield f"{text.where('label')}: the label of {spec.name} is {size} bytes long; XPT holds 1 to {LABEL_BYTES}"
    yield from _check_keys(spec, text, reading)
    labels: dict[str, str] = {}
    for variable in spec.columns:
        if variable.label in labels and not spec.is_sdtm:
            at = text.where("variables", variable.name)
            yield f"{at}: {variable.name} has the label of {labels[variable.label]}; give one of them another"
        labels.setdefault(variable.label, variable.name)
    taken = [variable.name for variable in spec.variables.values() if variable.from_ or variable.dtc]
    if spec.is_sdtm and not spec.form and (taken or spec.tests):
        yield f"{text.path}:1: {spec.name} takes {', '.join([*taken, *spec.tests])} from a form; name it with `form:`"
    yield from _check_by_form(spec, text)
    yield from _check_where(spec, text)
    yield from _check_tests(spec, text, reading)
    yield from _check_parameters(spec, text)


def _check_keys(spec: DatasetSpec, text: TextYaml, reading: Reading) -> Iterator[str]:
    at = text.where("keys") if "keys" in text.content else f"{text.path}:1"
    if not spec.keys:
        yield f"{at}: {spec.name} has no keys; name the variables that make a record unique"
    for position, key in enumerate(spec.keys):
        if key in spec.keys[:position]:
            yield f"{at}: {key} stands twice among the keys"
        elif key not in spec.variables and f"{spec.name}.{key}" not in reading.broken:
            by_standard = "; it is a key by the standard: write the study's own `keys:`"
            fix = suggest(key, spec.variables) if "keys" in text.content else by_standard
            yield f"{at}: the key {key} of {spec.name} is no variable of it{fix}"


def _check_by_form(spec: DatasetSpec, text: TextYaml) -> Iterator[str]:
    """What `by_form` states is about forms and variables of the dataset, and makes whole rules."""
    for form, rules in spec.by_form.items():
        if form not in spec.form:
            yield f"{text.where('by_form', form)}: {spec.name} has no form {form}{suggest(form, spec.form)}"
        for name, rule in rules.items():
            at = text.where("by_form", form, name)
            if name == "uses":
                continue
            if name not in spec.variables:
                yield f"{at}: {spec.name} has no variable {name}{suggest(name, spec.variables)}"
                continue
            try:
                spec.variables[name].overridden(rule)
            except (ValidationError, TypeError) as error:
                yield f"{at}: {name} of the form {form}: {str(error).splitlines()[0]}"


def _check_where(spec: DatasetSpec, text: TextYaml) -> Iterator[str]:
    """`where` names one other text variable of the dataset, and values that its parameters or tests have."""
    measures = {parameter.from_: code for code, parameter in spec.parameters.items() if parameter.from_}
    codes = {"PARAMCD": {**spec.parameters, **measures}, f"{spec.domain}TESTCD": spec.tests}
    for variable in spec.variables.values():
        at = text.where("variables", variable.name, "where")
        if len(variable.where) > 1:
            yield f"{at}: {variable.name} depends on {' and '.join(variable.where)}; name one variable"
        for by, values in variable.where.items():
            if by not in spec.variables or by == variable.name:
                yield f"{at}: {by} is no other variable of {spec.name}{suggest(by, spec.variables)}"
            elif spec.variables[by].type != "Char":
                yield f"{at}: {by} is Num; name a text variable"
            elif known := codes.get(by):
                yield from (f"{at}: {spec.name} has no {by} {value}{suggest(value, known)}" for value in values
                            if value not in known)


def _check_tests(spec: DatasetSpec, text: TextYaml, reading: Reading) -> Iterator[str]:
    """Test codes and names are terms that belong together; fields, constants and units fit the variables they go to."""
    if spec.tests and f"{spec.domain}TESTCD" not in spec.variables:
        if f"{spec.name}.{spec.domain}TESTCD" not in reading.broken:
            yield f"{text.where('tests')}: {spec.name} is no findings domain: it has no tests"
        return
    for code, test in spec.tests.items():
        at = text.where("tests", code)
        if not re.fullmatch(CODE, code):
            yield f"{at}: the test code {code!r} is not 1 to {NAME_BYTES} of A-Z, 0-9 and _ with no digit first"
        if byte_length(test.name) > LABEL_BYTES:
            size = byte_length(test.name)
            yield f"{at}: the name of {code} is {size} bytes long; {spec.domain}TEST holds {LABEL_BYTES}"
        for name in [*test.fields, *test.values]:
            if name not in spec.variables and f"{spec.name}.{name}" not in reading.broken:
                yield f"{at}: {name} is no variable of {spec.name}{suggest(name, spec.variables)}"
        for name in test.fields:
            if name in test.values:
                yield f"{at}: {name} has a field and a constant; remove one of the two"
        yield from _check_test_terms(spec, code, test, at, reading)


def _check_test_terms(spec: DatasetSpec, code: str, test: ResultSpec, at: str, reading: Reading) -> Iterator[str]:
    def codelist(variable: str) -> Codelist | None:
        return reading.codelists.get(spec.variables[variable].codelist) if variable in spec.variables else None

    domain = spec.domain
    stated = {f"{domain}TESTCD": code, f"{domain}TEST": test.name, f"{domain}STRESU": test.unit, **test.values}
    for variable, term in stated.items():
        terms = codelist(variable)
        if terms is not None and term and term not in terms.terms:
            yield f"{at}: {term!r} is no term of {terms.name}{_near(term, terms)}"
    codes, names = codelist(f"{domain}TESTCD"), codelist(f"{domain}TEST")
    if codes is None or names is None or code not in codes.terms or test.name not in names.terms:
        return
    wanted = codes.terms[code].code
    if wanted != names.terms[test.name].code:
        meant = [f"; {code} is {term.value}" for term in names.terms.values() if wanted and term.code == wanted]
        yield f"{at}: {code} and {test.name!r} are two different tests{''.join(meant)}"


def _check_parameters(spec: DatasetSpec, text: TextYaml) -> Iterator[str]:
    """PARAMCD, PARAM and PARAMN name each other one to one."""
    if spec.parameters and "PARAMCD" not in spec.variables:
        yield f"{text.where('parameters')}: {spec.name} has no PARAMCD, so that it has no parameters"
    first: dict[object, str] = {}
    for code, parameter in spec.parameters.items():
        at = text.where("parameters", code)
        if not re.fullmatch(CODE, code):
            yield f"{at}: the parameter code {code!r} is not 1 to {NAME_BYTES} of A-Z, 0-9 and _ with no digit first"
        for fact in (parameter.PARAM, parameter.PARAMN):
            if fact in first:
                yield f"{at}: {code} and {first[fact]} are both {fact!r}; give each its own"
            first.setdefault(fact, code)


def check_study(facts: StudyFacts, text: TextYaml, reading: Reading) -> Iterator[str]:
    """What is wrong about study.yaml itself, and in its dealings with the datasets."""
    for entry in ("STUDYID", "subject_form", "SITEID", "SUBJID", "USUBJID"):
        if not getattr(facts, entry):
            yield f"{text.where(entry)}: {entry} is empty; write it out"
    yield from _check_times(facts, text)
    yield from _check_forms(facts, text, reading)
    yield from _check_visits(facts, text, reading)
    yield from _check_trial_design(facts, text, reading)


def _check_times(facts: StudyFacts, text: TextYaml) -> Iterator[str]:
    try:
        datetime.fromisoformat(facts.created)
    except ValueError:
        yield f"{text.where('created')}: created: {facts.created!r} is no date and time; write 2025-07-31T00:00:00"
    try:
        date.fromisoformat(facts.cutoff or "2000-01-01")
    except ValueError:
        yield f"{text.where('cutoff')}: cutoff: {facts.cutoff!r} is no date; write 2025-06-30"


def _check_forms(facts: StudyFacts, text: TextYaml, reading: Reading) -> Iterator[str]:
    """Forms that are named are defined, and forms that are defined are used."""
    named = [(text.where("subject_form"), facts.subject_form)] if facts.subject_form else []
    named += [(text.where("visit_dates", form), form) for form in facts.visit_dates]
    named += [(text.where("elements", code, "starts"), start.partition(".")[0])
              for code, element in facts.elements.items() for start in element.starts]
    for spec in reading.datasets.values():
        file = reading.files[spec.name]
        named += [(file.where("form") if file else spec.name, form) for form in spec.form]
    for at, form in named:
        if form not in facts.forms:
            yield f"{at}: study.yaml has no form {form}{suggest(form, facts.forms)}; define it under `forms:`"
    used = {facts.subject_form}.union(*(spec.form for spec in reading.datasets.values()))
    used |= {source.partition(".")[0] for spec in reading.datasets.values() for variable in spec.variables.values()
             for source in variable.source}
    if not reading.broken & reading.files.keys():
        for form in [form for form in facts.forms if form not in used]:
            yield f"{text.where('forms', form)}: no dataset reads the form {form}; map it in specs/sdtm, or remove it"


def _check_visits(facts: StudyFacts, text: TextYaml, reading: Reading) -> Iterator[str]:
    """Every visit has a number of its own, and baseline is told by visits and variables that exist."""
    first: dict[float, str] = {}
    for visit, number in facts.visits.items():
        at = text.where("visits", visit)
        if not re.fullmatch(r"-?\d+(\.\d+)?", number):
            yield f"{at}: VISITNUM of {visit} is {number!r}, which is no number"
        elif float(number) in first:
            yield f"{at}: {visit} and {first[float(number)]} both have the number {number}; give each its own"
        else:
            first[float(number)] = visit
    for visit in facts.baseline_visits:
        if visit not in facts.visits:
            yield f"{text.where('baseline_visits')}: there is no visit {visit}{suggest(visit, facts.visits)}"
    for name, variables in facts.baseline_by.items():
        at, spec = text.where("baseline_by", name), reading.datasets.get(name)
        if name not in reading.files:
            yield f"{at}: there is no dataset {name}{suggest(name, reading.files)}"
        for variable in variables if spec else ():
            if spec and variable not in spec.variables and f"{name}.{variable}" not in reading.broken:
                yield f"{at}: {name} has no variable {variable}{suggest(variable, spec.variables)}"


def _check_trial_design(facts: StudyFacts, text: TextYaml, reading: Reading) -> Iterator[str]:
    """Arms and elements name each other, and every epoch is a term."""
    epochs = reading.codelists["EPOCH"]
    for code, element in facts.elements.items():
        if element.EPOCH not in epochs.terms:
            yield (f"{text.where('elements', code, 'EPOCH')}: {element.EPOCH!r} is no term of EPOCH"
                   f"{_near(element.EPOCH, epochs)}")
    for arm, elements in facts.arm_elements.items():
        at = text.where("arm_elements", arm)
        if arm not in facts.arms:
            yield f"{at}: there is no arm {arm}{suggest(arm, facts.arms)}"
        for code in elements:
            if code not in facts.elements:
                yield f"{at}: there is no element {code}{suggest(code, facts.elements)}"
    used = {code for elements in facts.arm_elements.values() for code in elements}
    for code in facts.elements:
        if facts.arm_elements and code not in used:
            at = text.where("elements", code)
            yield f"{at}: no arm has the element {code}; name it in arm_elements, or remove it"
    for arm in facts.arms:
        if facts.arm_elements and arm not in facts.arm_elements:
            yield f"{text.where('arms', arm)}: arm_elements says nothing of the arm {arm}"


def check_sources(facts: StudyFacts, reading: Reading) -> Iterator[str]:
    """A `source` is a variable of the dataset (ASTDT), of another (ADSL.AGE) or, in SDTM, a raw field (EX.EXSTDAT)."""
    for spec in reading.datasets.values():
        text = reading.files[spec.name]
        for variable in spec.variables.values():
            at = text.where("variables", variable.name, "source") if text else spec.name
            for source in variable.source:
                problem = _source_problem(source, spec, facts, reading)
                if problem:
                    yield f"{at}: the source {source}: {problem}"


def _source_problem(source: str, spec: DatasetSpec, facts: StudyFacts, reading: Reading) -> str:
    name, _, variable = source.rpartition(".")
    name = name or spec.name
    if spec.is_sdtm and name in facts.forms and "." in source:
        return ""
    if name not in reading.files:
        known = [*reading.files, *(facts.forms if spec.is_sdtm else ())]
        return f"there is no dataset{' and no form' if spec.is_sdtm else ''} {name}{suggest(name, known)}"
    if name in reading.broken or f"{name}.{variable}" in reading.broken or variable in reading.datasets[name].variables:
        return ""
    return f"{name} has no variable {variable}{suggest(variable, reading.datasets[name].variables)}"


def check_codelists_used(text: TextYaml, datasets: Mapping[str, DatasetSpec]) -> Iterator[str]:
    """Codelists that the study defines or extends are used."""
    used = {name for spec in datasets.values() for variable in spec.variables.values() for name in variable.codelists}
    for name in text.content:
        if name not in used:
            yield f"{text.where(name)}: no variable uses the codelist {name}; name it in a `codelist:`, or remove it"

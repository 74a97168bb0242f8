"""Read a study's specification: study.yaml, one YAML a dataset, and the standard's layer below them.

Every error of every file is gathered and raised once, each with file, line and what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cdisckit.errors import SpecError, suggest
from specs.ct import load_codelists
from specs.model import VERBS, Codelist, DatasetSpec, StudyFacts, VariableSpec
from specs.text_yaml import TextYaml, read_text_yaml

__all__ = ["StudySpecs", "find_facts", "load_specs", "standard_layer", "supplement_spec"]

STANDARD = Path(__file__).parent
DATASET_KEYS = frozenset({"extends", "label", "structure", "subclass", "keys", "form", "uses", "variables", "tests",
                          "parameters", "omit", "comment"})
TEMPLATES = (("xx", r"(\d\d)"), ("zz", r"(\d\d)"), ("y", r"(\d)"), ("w", r"(\d)"))


@dataclass(frozen=True)
class StudySpecs:
    """The whole specification of a study."""

    folder: Path
    facts: StudyFacts
    datasets: Mapping[str, DatasetSpec]          # SDTM first, then ADaM
    codelists: Mapping[str, Codelist]

    def __getitem__(self, name: str) -> DatasetSpec:
        if name not in self.datasets:
            raise SpecError(f"the study has no specification of {name}{suggest(name, self.datasets)}",
                            where=str(self.folder / "specs"), fix=f"write specs/sdtm/{name.lower()}.yaml")
        return self.datasets[name]


@cache
def standard_layer(name: str) -> TextYaml:
    """The standard's facts of a dataset or structure: AE, SUPPQUAL, ADSL, OCCDS, BDS."""
    for layer in ("sdtm", "adam"):
        path = STANDARD / layer / f"{name.lower()}.yaml"
        if path.exists():
            return read_text_yaml(path)
    known = sorted(path.stem.upper() for layer in ("sdtm", "adam") for path in (STANDARD / layer).glob("[a-z]*.yaml"))
    raise SpecError(f"there is no standard dataset {name}{suggest(name, known)}", cases=known)


def load_specs(folder: Path) -> StudySpecs:
    """The specification of the study in `folder`; SpecError with all its errors where it is wrong."""
    problems: list[str] = []
    study_file = read_text_yaml(folder / "study.yaml")
    facts = _validated(StudyFacts, study_file.content, study_file, (), problems)
    codelists = load_codelists(folder / "specs" / "codelists.yaml", problems)
    datasets: dict[str, DatasetSpec] = {}
    for path in _spec_files(folder):
        spec = _load_dataset(path, datasets, codelists, problems)
        if spec is not None:
            datasets[spec.name] = spec
    if facts is not None:
        problems += _check_forms(facts, datasets, study_file, folder)
        problems += _check_codelists(folder / "specs" / "codelists.yaml", datasets)
    if problems or facts is None:
        raise SpecError(f"the specification of {folder.name} has {len(problems)} errors", cases=problems, where=str(folder))
    return StudySpecs(folder, facts, datasets, codelists)


def _spec_files(folder: Path) -> list[Path]:
    """SDTM, then ADSL, then the other ADaM datasets: a predecessor is read before what copies it."""
    sdtm = sorted((folder / "specs" / "sdtm").glob("*.yaml"))
    adam = sorted((folder / "specs" / "adam").glob("*.yaml"), key=lambda path: (path.stem != "adsl", path.stem))
    return sdtm + adam


def _load_dataset(path: Path, datasets: Mapping[str, DatasetSpec], codelists: Mapping[str, Codelist],
                  problems: list[str]) -> DatasetSpec | None:
    text = read_text_yaml(path)
    content = text.content
    unknown = [key for key in content if key not in DATASET_KEYS]
    problems += [f"{text.where(key)}: {key} is no entry of a dataset{suggest(key, DATASET_KEYS)}" for key in unknown]
    if not isinstance(content.get("variables", {}), dict) or "extends" not in content:
        problems.append(f"{path}:1: a dataset says what it `extends` (AE, BDS) and has `variables:`")
        return None
    try:
        standard = standard_layer(content["extends"])
    except SpecError as error:
        problems.append(f"{text.where('extends')}: {error.what}")
        return None
    variables = _merge_variables(path.stem.upper(), text, standard, datasets, codelists, problems)
    merged = {key: value for key, value in standard.content.items() if key not in ("dataset", "variables")}
    merged |= {key: value for key, value in content.items() if key in DATASET_KEYS - {"extends", "variables"}}
    merged |= {"name": path.stem.upper(), "variables": variables}
    spec = _validated(DatasetSpec, merged, text, (), problems)
    if spec is not None:
        problems += _check_dataset(spec, text)
    return spec


def _merge_variables(name: str, text: TextYaml, standard: TextYaml, datasets: Mapping[str, DatasetSpec],
                     codelists: Mapping[str, Codelist], problems: list[str]) -> dict[str, VariableSpec]:
    """The study's variables over the standard's facts, in the order of the standard (SDTM) or of the study (ADaM)."""
    study: dict[str, Any] = text.content.get("variables", {})
    given = _result_fields(text.content)
    omitted = set(_as_list(text.content.get("omit", [])))
    known: dict[str, Any] = standard.content["variables"]
    sdtm = str(standard.content["standard"]).startswith("SDTMIG")
    entries: dict[str, dict[str, Any]] = {}
    for variable, own in study.items():
        if not isinstance(own, dict):
            problems.append(f"{text.where('variables', variable)}: {variable} is written as {{from: FIELD}} or another verb")
            continue
        entries[variable] = own
    for variable in omitted & entries.keys():
        problems.append(f"{text.where('omit')}: {variable} is omitted and has a rule")
    if sdtm:
        for variable, rule in known.items():
            wanted = rule.get("core") in ("Req", "Exp") or set(VERBS) & rule.keys() or variable in given
            if wanted and variable not in omitted:
                entries.setdefault(variable, {})
    merged: dict[str, VariableSpec] = {}
    for variable, own in entries.items():
        at = ("variables", variable)
        facts = find_facts(variable, standard, datasets, own)
        if facts is None and not {"label", "type"} <= own.keys():
            near = suggest(variable, [*known, *omitted])
            problems.append(f"{text.where(*at)}: {variable} is no variable of {standard.content['dataset']}{near}; "
                            "mend the name, or give it a label and a type (as a supplemental qualifier: supp: true)")
            continue
        rule = {**(facts or {}), **own}
        if set(VERBS) & own.keys():
            rule = {key: value for key, value in rule.items() if key not in VERBS or key in own}
        spec = _validated(VariableSpec, {**rule, "name": variable}, text, at, problems)
        if spec is not None:
            problems += _check_variable(spec, name, variable in given, sdtm, datasets, codelists, text)
            merged[variable] = spec
    for variable in sorted(omitted):
        if known.get(variable, {}).get("core") == "Req":
            problems.append(f"{text.where('omit')}: {variable} is Required by {standard.content['standard']}: say where it comes from")
        elif variable not in known:
            problems.append(f"{text.where('omit')}: {variable} is no variable of {standard.content['dataset']}{suggest(variable, known)}")
    if not sdtm:
        missing = [v for v, rule in known.items() if rule.get("core") == "Req" and v not in omitted and not _covers(v, merged)]
        problems += [f"{text.path}:1: {v} is Required by {standard.content['standard']}: say where it comes from" for v in missing]
        return merged
    return _in_standard_order(merged, name, known)


def _in_standard_order(merged: Mapping[str, VariableSpec], name: str, known: Mapping[str, Any]) -> dict[str, VariableSpec]:
    """The guide's order; a variable that only the model has stands where the model puts it; supplements last."""
    rank = {variable: float(position) for position, variable in enumerate(known)}
    model = [variable.replace("--", name[:2]) for variable in _model_facts(name, known)]
    for variable, spec in merged.items():
        if variable in rank or spec.supp:
            continue
        after = model.index(variable) if variable in model else len(model)
        before = [rank[v] for v in model[:after] if v in rank]
        rank[variable] = max(before, default=-1.0) + 0.5
    order = sorted(merged, key=lambda v: (merged[v].supp, rank.get(v, 0.0) if not merged[v].supp else 0.0))
    return {variable: merged[variable] for variable in order}


def find_facts(variable: str, standard: TextYaml, datasets: Mapping[str, DatasetSpec],
               own: Mapping[str, Any]) -> dict[str, Any] | None:
    """The facts of a variable: the guide's own, those of the variable it copies, a template's (TRTxxP), the model's."""
    known: dict[str, Any] = standard.content["variables"]
    if variable in known:
        return dict(known[variable])
    dataset, _, copied = str(own.get("from", "")).partition(".")
    if dataset in datasets and copied in datasets[dataset].variables:
        predecessor = datasets[dataset].variables[copied]
        keep = ("label", "type", "codelist", "dictionary", "format", "length", "digits")
        return {key: value for key in keep if (value := getattr(predecessor, key)) not in ("", None)}
    if str(standard.content["standard"]).startswith("SDTMIG"):
        model = _model_facts(standard.content["dataset"], known)
        named = {name.replace("--", standard.content["dataset"][:2]): facts for name, facts in model.items()}
        return {**named[variable], "core": "Perm", "model": "true"} if variable in named else None
    for template, facts in known.items():
        found = re.fullmatch(_template_pattern(template), variable)
        if found and "{" not in facts["label"]:
            return {**facts, "label": _fill_label(template, facts["label"], found.groups())}
    return None


def _template_pattern(template: str) -> str:
    pattern = re.escape(template).replace(r"\-\-", "[A-Z]{2}").replace(r"\*", "[A-Z][A-Z0-9]*")
    for letters, digits in TEMPLATES:
        pattern = pattern.replace(letters, digits)
    return pattern


def _fill_label(template: str, label: str, digits: tuple[str, ...]) -> str:
    """'Planned Treatment for Period xx' of TRTxxP becomes '... Period 01' for TRT01P."""
    placeholders = re.findall("|".join(letters for letters, _ in TEMPLATES), template)
    for letters, digit in zip(placeholders, digits, strict=True):
        label = re.sub(rf"\b{letters}\b", digit, label)
    return label


def _model_facts(name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """The SDTM model's variables for a domain of one of the three general observation classes, in the model's order."""
    classes = {"TERM": "EVENTS", "TRT": "INTERVENTIONS", "TESTCD": "FINDINGS"}
    found = [section for suffix, section in classes.items() if f"{name[:2]}{suffix}" in known]
    if not found:
        return {}
    content = read_text_yaml(STANDARD / "sdtm" / "_model.yaml").content
    general = content["GENERAL OBSERVATIONS"]
    split = list(general).index("VISITNUM")                  # identifiers, then the class's own, then timing
    identifiers, timing = list(general.items())[:split], list(general.items())[split:]
    return dict([*identifiers, *content[found[0]].items(), *timing])


def _covers(template: str, variables: Mapping[str, VariableSpec]) -> bool:
    return any(re.fullmatch(_template_pattern(template), variable) for variable in variables)


def _result_fields(content: Mapping[str, Any]) -> set[str]:
    """The variables that the `tests:` block gives: no verb of their own is needed."""
    tests = content.get("tests", {})
    if not isinstance(tests, dict) or not tests:
        return set()
    prefix = str(content.get("extends", ""))[:2]
    fields = {field for test in tests.values() if isinstance(test, dict)
              for part in ("fields", "values") for field in test.get(part, {})}
    return fields | {f"{prefix}{suffix}" for suffix in ("TESTCD", "TEST", "ORRES")}


def _check_variable(spec: VariableSpec, dataset: str, given: bool, sdtm: bool, datasets: Mapping[str, DatasetSpec],
                    codelists: Mapping[str, Codelist], text: TextYaml) -> list[str]:
    at = text.where("variables", spec.name)
    problems = []
    if spec.codelist and spec.codelist not in codelists:
        if " " in spec.codelist:
            problems.append(f"{at}: {spec.name} may use {spec.codelist.replace(' ', ' or ')}; choose with `codelist:`")
        else:
            problems.append(f"{at}: there is no codelist {spec.codelist}{suggest(spec.codelist, codelists)}; "
                            "define it in specs/codelists.yaml")
    elif spec.codelist:
        terms = codelists[spec.codelist].terms
        wrong = [term for term in spec.map.values() if term and term not in terms]
        problems += [f"{at}: {spec.name} maps to {term!r}, which is no term of {spec.codelist}{suggest(term, terms)}"
                     for term in wrong]
        if spec.value and spec.value not in terms:
            problems.append(f"{at}: {spec.value!r} is no term of {spec.codelist}{suggest(spec.value, terms)}")
    if not spec.verbs and not given and spec.core not in ("Exp",):
        problems.append(f"{at}: {spec.name} ({spec.core or 'own variable'}) says nothing of where it comes from; "
                        f"write one of {', '.join(VERBS)}")
    if not sdtm and spec.from_:
        source, _, copied = spec.from_.partition(".")
        if source not in datasets:
            problems.append(f"{at}: {spec.from_}: there is no dataset {source}{suggest(source, datasets)}")
        elif copied not in datasets[source].variables:
            problems.append(f"{at}: {source} has no variable {copied}{suggest(copied, datasets[source].variables)}")
    return problems


def _check_dataset(spec: DatasetSpec, text: TextYaml) -> list[str]:
    unknown = [key for key in spec.keys if key not in spec.variables]
    problems = [f"{text.where('keys')}: the key {key} of {spec.name} is no variable of it{suggest(key, spec.variables)}"
                for key in unknown]
    labels: dict[str, str] = {}
    for variable in spec.columns:
        if variable.label in labels and not spec.is_sdtm:
            problems.append(f"{text.where('variables', variable.name)}: {variable.name} has the label of {labels[variable.label]}")
        labels[variable.label] = variable.name
    for code, test in spec.tests.items():
        stray = [field for field in [*test.fields, *test.values] if field not in spec.variables]
        problems += [f"{text.where('tests', code)}: {field} is no variable of {spec.name}{suggest(field, spec.variables)}"
                     for field in stray]
    return problems


def _check_forms(facts: StudyFacts, datasets: Mapping[str, DatasetSpec], text: TextYaml, folder: Path) -> list[str]:
    """Forms that are named are defined, and forms that are defined are used."""
    problems = []
    used = {facts.subject_form}
    for spec in datasets.values():
        used |= set(spec.form)
        path = folder / "specs" / ("sdtm" if spec.is_sdtm else "adam") / f"{spec.name.lower()}.yaml"
        problems += [f"{path}:1: {spec.name} reads the form {form}, which study.yaml does not have{suggest(form, facts.forms)}"
                     for form in spec.form if form not in facts.forms]
    if facts.subject_form not in facts.forms:
        problems.append(f"{text.where('subject_form')}: there is no form {facts.subject_form}{suggest(facts.subject_form, facts.forms)}")
    problems += [f"{text.where('forms', form)}: no dataset reads the form {form}" for form in facts.forms if form not in used]
    return problems


def _check_codelists(path: Path, datasets: Mapping[str, DatasetSpec]) -> list[str]:
    if not path.exists():
        return []
    text = read_text_yaml(path)
    used = {variable.codelist for spec in datasets.values() for variable in spec.variables.values()}
    return [f"{text.where(name)}: no variable uses the codelist {name}" for name in text.content if name not in used]


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _validated[T: BaseModel](model: type[T], content: Mapping[str, Any], text: TextYaml, at: tuple[str | int, ...],
                             problems: list[str]) -> T | None:
    """The pydantic model of `content`, or None with each of its errors appended as 'file:line: message'."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for problem in error.errors():
            location = (*at, *problem["loc"])
            name = ".".join(str(part) for part in location)
            hint = ""
            if problem["type"] == "extra_forbidden":
                fields = [field.alias or key for key, field in model.model_fields.items()]
                hint = suggest(str(problem["loc"][-1]), fields)
            message = problem["msg"].removeprefix("Value error, ")
            problems.append(f"{text.where(*location)}: {name}: {message}{hint}")
        return None


def supplement_spec(parent: DatasetSpec) -> DatasetSpec:
    """The specification of SUPP-- for a domain that has supplemental qualifiers (SDTMIG 3.4, 8.4)."""
    text = standard_layer("SUPPQUAL")
    content = {key: value for key, value in text.content.items() if key != "dataset"}
    content["label"] = f"Supplemental Qualifiers for {parent.name}"
    variables = {name: {**facts, "name": name} for name, facts in content["variables"].items()}
    variables["RDOMAIN"]["value"] = parent.name
    return DatasetSpec.model_validate({**content, "name": f"SUPP{parent.name}", "variables": variables})

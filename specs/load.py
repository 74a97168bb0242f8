"""Read a study's specification: study.yaml, one YAML a dataset, and the standard's layer below them.

Every error of every file is gathered and raised once, each with file, line and what to do.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cdisckit.errors import SpecError, suggest
from specs.collected import collected_fields
from specs.ct import load_codelists
from specs.design import check_design
from specs.documents import check_crf, check_displays
from specs.model import (
    NAME_BYTES,
    VERBS,
    AssessmentSpec,
    Codelist,
    CrfForm,
    CriterionSpec,
    DatasetSpec,
    DictionarySpec,
    DisplaySpec,
    ElementSpec,
    FormSpec,
    ParameterSpec,
    PlannedVisit,
    ResultSpec,
    StudyFacts,
    SummaryValue,
    TrialDesign,
    VariableSpec,
)
from specs.odm_forms import read_odm_forms
from specs.references import (
    TERMS_FILE,
    Reading,
    check_codelists_used,
    check_dataset,
    check_sources,
    check_study,
    check_variable,
    result_fields,
)
from specs.standard import (
    continued_name,
    covers,
    find_facts,
    is_sdtm,
    model_facts,
    predecessor,
    standard_layer,
)
from specs.text_yaml import TextYaml, try_text_yaml

__all__ = ["StudySpecs", "load_specs", "supplement_spec"]

DATASET_KEYS = frozenset({"extends", "label", "structure", "subclass", "keys", "form", "by_form", "uses", "variables",
                          "tests", "parameters", "omit", "comment"})
ONLY_SDTM, ONLY_ADAM = ("form", "by_form", "uses", "tests"), ("parameters",)
# xx and zz: 01 to 99; y: 1 to 99 without a leading zero; w: 1 to 9 (ADaMIG 1.3, 3.1)
PARTS: Mapping[str, type[BaseModel]] = {"forms": FormSpec, "elements": ElementSpec, "tests": ResultSpec,
                                        "parameters": ParameterSpec, "dictionaries": DictionarySpec}
DESIGN_PARTS: Mapping[str, type[BaseModel]] = {"criteria": CriterionSpec, "summary": SummaryValue,
                                               "visits": PlannedVisit, "assessments": AssessmentSpec}
DESIGN_FILE = "trial_design.yaml"
SUPPLEMENT = "Supplemental Qualifiers for {domain}"
RESULTS_FILE, CRF_FILE = "analysis_results.yaml", "crf.yaml"


@dataclass(frozen=True)
class StudySpecs:
    """The whole specification of a study."""

    folder: Path
    facts: StudyFacts
    datasets: Mapping[str, DatasetSpec]          # SDTM first, then ADaM
    codelists: Mapping[str, Codelist]
    design: TrialDesign = TrialDesign()
    displays: Mapping[str, DisplaySpec] = MappingProxyType({})       # of the report, with the results in them
    crf: Mapping[str, CrfForm] = MappingProxyType({})                # the case report forms, in their order

    def __getitem__(self, name: str) -> DatasetSpec:
        if name not in self.datasets:
            raise SpecError(f"the study has no specification of {name}{suggest(name, self.datasets)}",
                            where=str(self.folder / "specs"), fix=f"write specs/sdtm/{name.lower()}.yaml")
        return self.datasets[name]


def load_specs(folder: Path) -> StudySpecs:
    """The specification of the study in `folder`; SpecError with all its errors where it is wrong."""
    problems: list[str] = []
    study_file = try_text_yaml(folder / "study.yaml", problems)
    facts = _validated(StudyFacts, study_file.content, study_file, (), problems) if study_file else None
    packages = [folder / file for file in facts.ct] if facts else []
    codelists = load_codelists(folder / "specs" / TERMS_FILE, problems, packages)
    reading = Reading(codelists, _spec_files(folder, problems), problems)
    terms = _study_terms(folder, reading)
    for name in _reading_order(reading.files, problems):
        _load_dataset(name, reading)
    design = TrialDesign()
    if facts is not None and study_file is not None:
        problems += check_study(facts, study_file, reading)
        problems += check_sources(facts, reading)
        design = _load_design(folder / DESIGN_FILE, facts, reading)
    displays, results = _load_parts(DisplaySpec, folder / "specs" / RESULTS_FILE, problems)
    crf, forms = _load_parts(CrfForm, folder / "specs" / CRF_FILE, problems)
    problems += [*check_displays(displays, results, reading), *check_crf(crf, forms, facts, reading)]
    if facts and facts.crf:
        crf = read_odm_forms(folder / facts.crf, facts, collected_fields(reading.datasets.values()))
    if terms is not None and not reading.broken:
        problems += check_codelists_used(terms, reading.datasets)
    if problems or facts is None:
        number = f"{len(problems)} error{'s' if len(problems) != 1 else ''}"
        raise SpecError(f"the specification of {folder.name} has {number}", cases=problems, where=str(folder))
    return StudySpecs(folder, facts, {name: reading.datasets[name] for name in reading.files}, codelists, design,
                      displays, crf)


def _load_design(path: Path, facts: StudyFacts, reading: Reading) -> TrialDesign:
    """The plan of the trial, if the study has written it down."""
    text = try_text_yaml(path, reading.problems) if path.exists() else None
    design = _validated(TrialDesign, text.content, text, (), reading.problems) if text else None
    if text is None or design is None:
        return TrialDesign()
    reading.problems += check_design(design, text, facts, reading.codelists)
    return design


def _load_parts[T: BaseModel](model: type[T], path: Path,
                              problems: list[str]) -> tuple[dict[str, T], TextYaml | None]:
    """The entries of a file that a study may have, and its text where all of them can be read."""
    text = try_text_yaml(path, problems) if path.exists() else None
    if text is None:
        return {}, None
    made = {name: _validated(model, own, text, (name,), problems) for name, own in text.content.items()}
    parts = {name: part for name, part in made.items() if part is not None}
    return parts, text if len(parts) == len(made) else None


def _study_terms(folder: Path, reading: Reading) -> TextYaml | None:
    """The study's own codelists.yaml, and which of its lists could not be read (load_codelists has said why)."""
    if not (path := folder / "specs" / TERMS_FILE).exists():
        return None
    text = try_text_yaml(path, [])
    if text is None:
        reading.broken.add(TERMS_FILE)
    else:
        reading.broken.update(f"{TERMS_FILE}:{name}" for name in text.content if name not in reading.codelists)
    return text


def _spec_files(folder: Path, problems: list[str]) -> dict[str, TextYaml | None]:
    """The file of every dataset: SDTM, then ADSL, then the other ADaM datasets; None where it cannot be read."""
    specs = folder / "specs"
    sdtm = sorted((specs / "sdtm").glob("*.yaml"))
    adam = sorted((specs / "adam").glob("*.yaml"), key=lambda path: (path.stem != "adsl", path.stem))
    read = {specs / TERMS_FILE, specs / RESULTS_FILE, specs / CRF_FILE, *sdtm, *adam}
    problems += [f"{path}: this file is not read; write specs/{TERMS_FILE}, specs/sdtm/<dataset>.yaml or "
                 "specs/adam/<dataset>.yaml"
                 for path in sorted([*specs.rglob("*.yaml"), *specs.rglob("*.yml")]) if path not in read]
    if not sdtm and not adam:
        problems.append(f"{specs}: the study specifies no dataset; write specs/sdtm/dm.yaml")
    files: dict[str, TextYaml | None] = {}
    for path in [*sdtm, *adam]:
        name = path.stem.upper()
        if not re.fullmatch(rf"[a-z][a-z0-9]{{1,{NAME_BYTES - 1}}}", path.stem):
            problems.append(f"{path}: the file's name is the dataset's: 2 to {NAME_BYTES} small letters or digits")
        elif name in files:
            problems.append(f"{path}: there is a second file of {name}; give one of them another name")
        else:
            files[name] = try_text_yaml(path, problems)
    return files


def _reading_order(files: Mapping[str, TextYaml | None], problems: list[str]) -> list[str]:
    """A dataset comes after those that it copies variables from."""
    edges = {name: sorted({predecessor(own)[0] for own in _entries(text).values()} & files.keys() - {name})
             if text and text.path.parent.name == "adam" else [] for name, text in files.items()}
    try:
        return list(TopologicalSorter(edges).static_order())
    except CycleError as error:
        circle = " <- ".join(reversed(error.args[1]))
        first = files[error.args[1][0]]
        problems.append(f"{first.path if first else circle}:1: datasets copy variables from each other in a circle: "
                        f"{circle}; derive the variable in one of them")
        return list(files)


def _entries(text: TextYaml | None) -> dict[str, dict[str, Any]]:
    """The entries of `variables:` that are mappings."""
    entries = text.content.get("variables", {}) if text else {}
    return {name: own for name, own in entries.items() if isinstance(own, dict)} if isinstance(entries, dict) else {}


def _load_dataset(name: str, reading: Reading) -> None:
    """Read one dataset into `reading`: its specification, or its problems."""
    text = reading.files[name]
    standard = _standard_of(name, text, reading.problems) if text else None
    if text is None or standard is None:
        reading.broken.add(name)
        return
    content = text.content
    variables = _merge_variables(name, text, standard, reading)
    merged = {key: value for key, value in standard.content.items() if key not in ("dataset", "variables")}
    merged |= {key: value for key, value in content.items() if key in DATASET_KEYS - {"extends", "variables"}}
    spec = _validated(DatasetSpec, {**merged, "name": name, "variables": variables}, text, (), reading.problems)
    if spec is None:
        reading.broken.add(name)
        return
    reading.datasets[name] = spec
    reading.problems += check_dataset(spec, text, reading)


def _standard_of(name: str, text: TextYaml, problems: list[str]) -> TextYaml | None:
    """The standard's layer that the file extends, or None; with the entries that the file cannot have."""
    path, content = text.path, text.content
    sdtm = path.parent.name == "sdtm"
    unknown = [key for key in content if key not in DATASET_KEYS]
    problems += [f"{text.where(key)}: {key} is no entry of a dataset{suggest(key, DATASET_KEYS)}" for key in unknown]
    problems += [f"{text.where(key)}: {key} is no entry of {'an SDTM' if sdtm else 'an ADaM'} dataset"
                 for key in (ONLY_ADAM if sdtm else ONLY_SDTM) if key in content]
    if not isinstance(content.get("variables", {}), dict):
        problems.append(f"{text.where('variables')}: variables are written as NAME: {{from: FIELD}}")
        return None
    if not isinstance(content.get("extends", ""), str) or not content.get("extends"):
        problems.append(f"{text.where('extends')}: a dataset says what it extends; write `extends: AE`")
        return None
    extends, at = content["extends"], text.where("extends")
    try:
        standard = standard_layer(extends)
    except SpecError as error:
        problems.append(f"{at}: {error.what}; there are {', '.join(map(str, error.cases))}")
        return None
    if extends == "SUPPQUAL":
        problems.append(f"{at}: SUPP-- is made of the variables with `supp: true`; it has no file of its own")
        return None
    if is_sdtm(standard) != sdtm or (sdtm and extends[:2] != name[:2]):
        problems.append(f"{at}: {path.parent.name}/{path.name} cannot extend {extends}; rename one or move the file")
        return None
    return standard


def _merge_variables(name: str, text: TextYaml, standard: TextYaml, reading: Reading) -> dict[str, VariableSpec]:
    """The study's variables over the standard's facts, in the order of the standard (SDTM) or of the study (ADaM)."""
    study: dict[str, Any] = text.content.get("variables", {})
    known: dict[str, Any] = standard.content["variables"]
    omitted = _omitted(text, standard, reading.problems)
    given = result_fields(text.content, standard.content["dataset"][:2])
    entries = _entries(text)
    for variable in study.keys() - entries.keys():
        reading.broken.add(f"{name}.{variable}")
    reading.problems += [f"{text.where('variables', variable)}: {variable} is written as {{from: FIELD}} or another "
                         "verb" for variable in study if variable not in entries]
    if is_sdtm(standard):
        wanted = [variable for variable, rule in known.items() if variable not in study and variable not in omitted
                  and (rule.get("core") in ("Req", "Exp") or set(VERBS) & rule.keys() or variable in given)]
        entries |= {variable: {} for variable in wanted}
    merged: dict[str, VariableSpec] = {}
    for variable, own in entries.items():
        spec = _merge_variable(name, variable, own, variable in given, text, standard, reading)
        if spec is None:
            reading.broken.add(f"{name}.{variable}")
        else:
            merged[variable] = spec
    if is_sdtm(standard):
        return _in_standard_order(merged, name, known)
    missing = [variable for variable, rule in known.items() if rule.get("core") == "Req"
               and variable not in omitted and not covers(variable, entries)]
    reading.problems += [f"{text.path}:1: {variable} is Required by {standard.content['standard']}; say where it comes "
                         "from" for variable in missing]
    return merged


def _omitted(text: TextYaml, standard: TextYaml, problems: list[str]) -> tuple[str, ...]:
    """The names under `omit:`, with what is wrong about them."""
    entry = text.content.get("omit", [])
    entry = [entry] if isinstance(entry, str) and entry else entry
    names = [name for name in entry if isinstance(name, str)] if isinstance(entry, list) else []
    known, at = standard.content["variables"], text.where("omit")
    for name in names:
        if name in text.content.get("variables", {}):
            problems.append(f"{at}: {name} is omitted and has a rule; remove one of the two")
        elif name not in known:
            problems.append(f"{at}: {name} is no variable of {standard.content['dataset']}{suggest(name, known)}")
        elif known[name].get("core") == "Req":
            problems.append(f"{at}: {name} is Required by {standard.content['standard']}; say where it comes from")
    return tuple(names)


def _merge_variable(name: str, variable: str, own: Mapping[str, Any], given: bool, text: TextYaml, standard: TextYaml,
                    reading: Reading) -> VariableSpec | None:
    """One variable: the standard's facts with the study's rule over them; None with its problems reported."""
    at = text.where("variables", variable)
    sdtm, problems = is_sdtm(standard), reading.problems
    source, copied = predecessor(own)
    if not sdtm and source == name:
        problems.append(f"{at}: {variable} copies {own['from']} of its own dataset; write `derive`")
        return None
    readable = source in reading.datasets and f"{source}.{copied}" not in reading.broken
    if not sdtm and source in reading.files and not readable:
        return None                                          # the error is in the file of the source
    facts = find_facts(variable, standard, reading.datasets, own)
    before = len(problems)
    problems += _check_own(variable, own, facts, standard, at)
    if len(problems) > before:
        return None
    rule = {**(facts or {}), **own}
    if set(VERBS) & own.keys():
        rule = {key: value for key, value in rule.items() if key not in VERBS or key in own}
    spec = _validated(VariableSpec, {**rule, "name": variable}, text, ("variables", variable), problems)
    if spec is None:
        return None
    if sdtm and spec.supp == (facts is not None):
        dataset = standard.content["dataset"]
        problems.append(f"{at}: {variable} is a variable of {dataset} itself; remove `supp: true`" if spec.supp else
                        f"{at}: {variable} is no variable of {dataset}; put it into SUPP-- with `supp: true`")
    problems += check_variable(spec, at, reading, sdtm=sdtm, given=given)
    return spec


def _check_own(variable: str, own: Mapping[str, Any], facts: Mapping[str, Any] | None, standard: TextYaml,
               at: str) -> Iterator[str]:
    """A study names variables that the standard knows, or says what they are; it changes no fact of the standard's."""
    sdtm, dataset = is_sdtm(standard), standard.content["dataset"]
    if facts is None and not {"label", "type"} <= own.keys():
        near = suggest(variable, standard.content["variables"])
        how = "put it into SUPP-- with `supp: true`, a label and a type" if sdtm else "give it a label and a type"
        yield f"{at}: {variable} is no variable of {dataset}{near}; mend the name, or {how}"
    for key in ("label", "type", "role", "core") if sdtm else ("type", "role", "core"):
        if facts and key in facts and own.get(key, facts[key]) != facts[key]:
            yield f"{at}: the {key} of {variable} is {facts[key]!r} by the standard, not {own[key]!r}; remove the entry"
    for key in ("name", "model", "from_"):
        if key in own:
            yield f"{at}: {variable}.{key}: there is no such entry"


def _in_standard_order(merged: Mapping[str, VariableSpec], name: str,
                       known: Mapping[str, Any]) -> dict[str, VariableSpec]:
    """The guide's order; a variable that only the model has stands where the model puts it; supplements last."""
    model = [variable.replace("--", name[:2]) for variable in model_facts(name, known)]
    guide = {variable: position for position, variable in enumerate(known)}
    rank: dict[str, tuple[int, int]] = {}
    for variable in merged:
        after = model.index(variable) if variable in model else len(model)
        text, number = continued_name(variable, known)
        rank[variable] = ((guide[variable], -1) if variable in guide else (guide[text], number) if text
                          else (max((guide[v] for v in model[:after] if v in guide), default=-1), after))
    own = [variable for variable in merged if not merged[variable].supp]
    supplements = [variable for variable in merged if merged[variable].supp]
    return {variable: merged[variable] for variable in [*sorted(own, key=rank.__getitem__), *supplements]}


def _validated[T: BaseModel](model: type[T], content: Mapping[str, Any], text: TextYaml, at: tuple[str | int, ...],
                             problems: list[str]) -> T | None:
    """The pydantic model of `content`, or None with each of its errors appended as 'file:line: message'."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for problem in error.errors():
            location = (*at, *problem["loc"])
            name = ".".join(str(part) for part in location if part != "variables")
            problems += [f"{text.where(*location)}: {f'{name}: ' if name else ''}{words}"
                         for words in _in_words(problem, model).split("\n")]
        return None


def _in_words(problem: ErrorDetails, model: type[BaseModel]) -> str:
    """What pydantic found, in the words of somebody who writes YAML."""
    given, context = problem["input"], problem.get("ctx", {})
    parts = DESIGN_PARTS if model is TrialDesign else PARTS
    part = parts.get(str(problem["loc"][0]), model) if len(problem["loc"]) > 1 else model
    match problem["type"]:
        case "extra_forbidden":
            known = [entry.alias or name for name, entry in part.model_fields.items()]
            return f"there is no such entry{suggest(str(problem['loc'][-1]), known)}"
        case "missing":
            return "this entry is missing"
        case "literal_error":
            near = suggest(str(given), re.findall("'([^']+)'", context["expected"]))
            return f"{given!r} is not {context['expected']}{near}"
        case "string_type":
            return "this is one text, not a list and not a mapping"
        case "tuple_type":
            return "this is one text or a list of texts"
        case "dict_type":
            return "this is written as NAME: entry"
        case "bool_parsing" | "bool_type":
            return f"{given!r} is not true or false"
        case "int_parsing" | "int_type":
            return f"{given!r} is no whole number"
        case _:
            message = problem["msg"].removeprefix("Value error, ")
            return message.replace("Input should be", f"{given!r} is not") if message.startswith("Input") else message


def supplement_spec(parent: DatasetSpec) -> DatasetSpec:
    """The specification of SUPP-- for a domain that has supplemental qualifiers (SDTMIG 3.4, 8.4)."""
    text = standard_layer("SUPPQUAL")
    content = {key: value for key, value in text.content.items() if key != "dataset"}
    content["label"] = SUPPLEMENT.format(domain=parent.name)
    variables = {name: {**facts, "name": name} for name, facts in content["variables"].items()}
    variables["RDOMAIN"]["value"] = parent.name
    return DatasetSpec.model_validate({**content, "name": f"SUPP{parent.name}", "variables": variables})

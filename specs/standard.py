"""The standard's own facts: the layers that a study's datasets extend, and what is known of a variable by its name."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cdisckit.errors import SpecError, suggest
from specs.model import DatasetSpec
from specs.text_yaml import TextYaml, read_text_yaml

__all__ = ["STANDARD", "continued_name", "covers", "find_facts", "is_sdtm", "known_layers", "model_facts",
           "predecessor", "standard_layer"]

STANDARD = Path(__file__).parent
TEMPLATES = (("xx", r"(0[1-9]|[1-9]\d)"), ("zz", r"(0[1-9]|[1-9]\d)"), ("y", r"([1-9]\d?)"), ("w", r"([1-9])"))
OPEN_LABEL = re.compile(r"\{|\.\.\.|\bXX\b")             # a label of the guide that the study has to complete


@cache
def known_layers() -> frozenset[str]:
    """The standard datasets and structures that a dataset can extend: AE, ADSL, OCCDS, BDS."""
    return frozenset(path.stem.upper() for path in STANDARD.glob("*/[a-z]*.yaml"))


@cache
def standard_layer(name: str) -> TextYaml:
    """The standard's facts of a dataset or structure: AE, SUPPQUAL, ADSL, OCCDS, BDS."""
    files = {path.stem.upper(): path for path in sorted(STANDARD.glob("*/[a-z]*.yaml"))}
    if name not in files:
        raise SpecError(f"there is no standard dataset {name}{suggest(name, files)}", cases=sorted(files))
    return read_text_yaml(files[name])


def is_sdtm(standard: TextYaml) -> bool:
    """True for a layer of SDTMIG, False for one of ADaM."""
    return str(standard.content["standard"]).startswith("SDTMIG")


def predecessor(own: Mapping[str, Any]) -> tuple[str, str]:
    """The dataset and the variable of an ADaM `from:` (ADSL.AGE)."""
    dataset, _, variable = str(own.get("from", "")).partition(".")
    return dataset, variable


def find_facts(variable: str, standard: TextYaml, datasets: Mapping[str, DatasetSpec],
               own: Mapping[str, Any]) -> dict[str, Any] | None:
    """The facts of a variable: the guide's own, those of the variable it copies, a template's (TRTxxP), the model's.

    A label that the guide leaves open ("1st Occurrence of ...") is left out: the study states it.
    """
    known: dict[str, Any] = standard.content["variables"]
    if variable in known:
        return dict(known[variable])
    if is_sdtm(standard):
        text, number = continued_name(variable, known)
        if text:
            return {**known[text], "label": f"{known[text]['label']} {number}", "core": "Perm"}
        model = model_facts(standard.content["dataset"], known)
        named = {name.replace("--", standard.content["dataset"][:2]): facts for name, facts in model.items()}
        return {**named[variable], "core": "Perm", "model": "true"} if variable in named else None
    dataset, copied = predecessor(own)
    if dataset in datasets and copied in datasets[dataset].variables:
        source = datasets[dataset].variables[copied]
        keep = ("label", "type", "codelist", "dictionary", "format", "length", "digits")
        return {key: value for key in keep if (value := getattr(source, key)) not in ("", None)}
    for template, facts in known.items():
        found = re.fullmatch(_template_pattern(template), variable)
        if found and OPEN_LABEL.search(facts["label"]):
            return {key: value for key, value in facts.items() if key != "label"}
        if found:
            return {**facts, "label": _fill_label(template, facts["label"], found.groups())}
    return None


def continued_name(variable: str, known: Mapping[str, Any]) -> tuple[str, int]:
    """COVAL2 is COVAL continued, for the second time: comments and trial summary values of more than 200 bytes go on in
    further variables (SDTMIG 3.4, 5.1 and 7.4.2); "" and 0 for any other variable.
    """
    found = re.fullmatch(r"(COVAL|TSVAL)([1-9]\d?)", variable)
    return (found[1], int(found[2])) if found and found[1] in known else ("", 0)


@cache
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


@cache
def _model() -> dict[str, Any]:
    return read_text_yaml(STANDARD / "sdtm" / "_model.yaml").content


def model_facts(name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """The SDTM model's variables for a domain of one of the three general observation classes, in the model's order."""
    classes = {"TERM": "EVENTS", "TRT": "INTERVENTIONS", "TESTCD": "FINDINGS"}
    found = [section for suffix, section in classes.items() if f"{name[:2]}{suffix}" in known]
    if not found:
        return {}
    general = _model()["GENERAL OBSERVATIONS"]
    split = list(general).index("VISITNUM")                  # identifiers, then the class's own, then timing
    identifiers, timing = list(general.items())[:split], list(general.items())[split:]
    return dict([*identifiers, *_model()[found[0]].items(), *timing])


def covers(template: str, variables: Mapping[str, object]) -> bool:
    """True where one of the variables is what a name of the standard stands for: TRT01P for TRTxxP."""
    return any(re.fullmatch(_template_pattern(template), variable) for variable in variables)

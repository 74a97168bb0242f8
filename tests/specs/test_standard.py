"""The shipped facts of the standards are those of SDTMIG 3.4, SDTM 2.0, ADaMIG 1.3, OCCDS 1.1 and CT 2025-03-28."""

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from specs import StudySpecs, load_specs, standard_codelists, standard_layer
from specs.model import CLASSES, VariableSpec, byte_length
from specs.standard import STANDARD
from specs.text_yaml import read_text_yaml

SDTM = sorted(path.stem.upper() for path in (STANDARD / "sdtm").glob("[a-z]*.yaml"))
ADAM = ["ADSL", "BDS", "OCCDS"]
CT_FILES = {"SDTM CT": "sdtm_ct_2025-03-28.csv", "ADaM CT": "adam_ct_2025-03-28.csv"}
OURS = {"RACE": {"MULTIPLE"}, "ACN": {"MULTIPLE"}}       # asked for by SDTMIG 3.4, 5.2 and 6.2.1, not by CT


@cache
def rows(path: Path) -> tuple[dict[str, str], ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def published_terms(shared: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of every codelist of CT, by its submission name; the first row of each is the list itself."""
    lists: dict[str, list[dict[str, str]]] = {}
    for package, name in CT_FILES.items():
        for row in rows(shared / "reference" / "ct" / name):
            lists.setdefault(row["codelist"], []).append({**row, "package": package})
    return lists


def names_of(codes: str, shared: Path) -> str:
    """'C66727 C114118' -> 'NCOMPLT PROTMLST'."""
    known = {found[0]["codelist_code"]: name for name, found in published_terms(shared).items()} | {"C66742": "NY"}
    return " ".join(known[code] for code in codes.split())


def facts(name: str, *keys: str) -> list[tuple[str, ...]]:
    return [(variable, *(rule.get(key, "") for key in keys))
            for variable, rule in standard_layer(name).content["variables"].items()]


@pytest.mark.parametrize("name", SDTM)
def test_an_sdtm_dataset_has_every_variable_of_the_guide_in_its_order_with_its_facts(name, shared):
    guide = [row for row in rows(shared / "reference/standards/sdtmig34_variables.csv") if row["dataset"] == name]
    expected = [(row["variable"], row["label"].replace("\\n", "").strip(), row["type"], row["role"], row["core"],
                 names_of(row["codelists"], shared), "MedDRA" if row["value_domain"] == "MedDRA" else "")
                for row in sorted(guide, key=lambda row: int(row["order"]))]
    assert facts(name, "label", "type", "role", "core", "codelist", "dictionary") == expected


@pytest.mark.parametrize("name", SDTM)
def test_an_sdtm_dataset_has_the_label_class_and_structure_of_the_guide(name, shared):
    guide = next(row for row in rows(shared / "reference/standards/sdtmig34_datasets.csv") if row["dataset"] == name)
    content = standard_layer(name).content
    assert (content["dataset"], content["label"], content["structure"]) == (name, guide["label"], guide["structure"])
    assert content["class"] == guide["class"].upper().replace("-", " ")
    assert content["class"] in CLASSES and content["standard"] == "SDTMIG 3.4"


def test_the_model_has_every_variable_of_the_general_classes_of_sdtm_2_0_in_order(shared):
    ours = {section: [(name, rule["label"], rule["type"], rule["role"]) for name, rule in variables.items()]
            for section, variables in read_text_yaml(STANDARD / "sdtm" / "_model.yaml").content.items()}
    assert list(ours) == ["GENERAL OBSERVATIONS", "INTERVENTIONS", "EVENTS", "FINDINGS"]
    for section, variables in ours.items():
        published = [row for row in rows(shared / "reference/standards/sdtm20_model_variables.csv")
                     if row["class"].upper() == section and not row["dataset"]]
        assert variables == [(row["variable"], row["label"], row["type"], row["role"])
                             for row in sorted(published, key=lambda row: int(row["order"]))]


@pytest.mark.parametrize(("name", "structure"), [("ADSL", "ADSL"), ("BDS", "BDS"), ("OCCDS", "AE")])
def test_an_adam_structure_has_the_variables_of_its_guide_that_may_be_used(name, structure, shared):
    """Of OCCDS the column for adverse events. A variable that the guide lists twice stands where it comes first."""
    standard = "ADaM OCCDS v1.1" if name == "OCCDS" else "ADaMIG v1.3"
    published = [row for row in rows(shared / "reference/standards/adam_variables.csv")
                 if (row["standard"], row["structure"]) == (standard, structure) and row["core"].lower() != "not used"]
    expected: dict[str, tuple[str, ...]] = {}
    for row in published:
        dictionary = "MedDRA" if row["value_domain"] == "MedDRA" else ""
        expected.setdefault(row["variable"], (row["variable"], row["label"].removesuffix("*"), row["type"], row["core"],
                                              names_of(row["codelists"], shared), dictionary))
    assert facts(name, "label", "type", "core", "codelist", "dictionary") == list(expected.values())


@pytest.mark.parametrize("name", sorted(standard_codelists().keys() - {"NY"}))
def test_a_codelist_has_the_terms_of_ct(name, shared):
    head, *terms = published_terms(shared)[name]
    ours = standard_codelists()[name]
    assert (ours.code, ours.label, ours.extensible, ours.package) == (
        head["codelist_code"], head["name"], head["extensible"] in ("Y", "Yes"), head["package"])
    expected = {row["term"]: (row["preferred_term"], row["term_code"]) for row in terms}
    assert {value: (term.decode, term.code) for value, term in ours.terms.items() if value in expected} == expected
    assert ours.terms.keys() - expected.keys() == OURS.get(name, set())


def test_yes_and_no_are_closed():
    no_yes = standard_codelists()["NY"]
    assert (no_yes.code, no_yes.extensible, sorted(no_yes.terms)) == ("C66742", False, ["N", "NA", "U", "Y"])


@pytest.mark.parametrize("name", [*SDTM, *ADAM])
def test_every_codelist_that_a_standard_variable_names_is_shipped(name):
    named = {codelist for _, codelists in facts(name, "codelist") for codelist in codelists.split()}
    assert named - standard_codelists().keys() == set()


@pytest.mark.parametrize("name", SDTM)
def test_the_facts_make_variables_that_fit_into_a_transport_file(name):
    for variable, rule in standard_layer(name).content["variables"].items():
        VariableSpec.model_validate({**rule, "name": variable})
    label = standard_layer(name).content["label"]
    assert name == "SUPPQUAL" or 0 < byte_length(label) <= 40


@pytest.mark.parametrize("name", SDTM)
def test_the_keys_of_the_standard_are_its_variables(name):
    content = standard_layer(name).content
    assert [key for key in content["keys"] if key not in content["variables"]] == []


STUDIES = Path(__file__).parents[2] / "studies"
STUDY_DATASETS = [(study, path.stem.upper()) for study in ("bat4706_bat1308", "cdiscpilot01")
                  for path in sorted((STUDIES / study / "specs" / "sdtm").glob("*.yaml"))]


@cache
def study_specs(study: str) -> StudySpecs:
    return load_specs(STUDIES / study)


def model_variables(shared: Path, domain: str, class_: str) -> dict[str, tuple[str, str, str]]:
    """Label, type and role of every variable that the model allows in a domain of the class."""
    return {row["variable"].replace("--", domain): (row["label"], row["type"], row["role"])
            for row in rows(shared / "reference/standards/sdtm20_model_variables.csv")
            if not row["dataset"] and row["class"].upper() in ("GENERAL OBSERVATIONS", class_)}


@pytest.mark.parametrize(("study", "name"), STUDY_DATASETS)
def test_a_study_submits_the_variables_of_the_guide_with_its_facts_in_its_order(study, name, shared):
    """Each Required and Expected one; any other is the model's for the class, or goes on with a long comment (COVALn)."""
    guide = {row["variable"]: row for row in sorted(rows(shared / "reference/standards/sdtmig34_variables.csv"),
                                                    key=lambda row: int(row["order"])) if row["dataset"] == name}
    spec = study_specs(study)[name]
    ours = {variable.name: (variable.label, variable.type, variable.role) for variable in spec.columns}
    assert [key for key, row in guide.items() if row["core"] in ("Req", "Exp") and key not in ours] == []
    listed = {key: (row["label"], row["type"], row["role"]) for key, row in guide.items() if key in ours}
    assert [(key, ours[key]) for key in ours if key in guide] == list(listed.items())
    assert {key: spec.variables[key].core for key in listed} == {key: guide[key]["core"] for key in listed}
    allowed = model_variables(shared, spec.domain, spec.class_)
    own = {key: facts for key, facts in ours.items() if key not in guide and not re.fullmatch(r"COVAL\d", key)}
    assert own == {key: allowed.get(key) for key in own}
    assert set(spec.keys) <= set(spec.variables)


@pytest.mark.parametrize(("study", "name"), STUDY_DATASETS)
def test_a_study_uses_the_codelists_of_the_guide(study, name, shared):
    """Where the guide names one, a study names it or one of several, be it under a value of another variable, or none
    where numbers stand in the variable too.
    """
    guide = {row["variable"]: names_of(row["codelists"], shared).split()
             for row in rows(shared / "reference/standards/sdtmig34_variables.csv")
             if row["dataset"] == name and row["codelists"]}
    for variable in study_specs(study)[name].columns:
        wanted = guide.get(variable.name)
        mixed = variable.codelist == "" and variable.name.endswith("STRESC")
        named = {name for values in variable.where.values() for told in values.values() if (name := told.codelist)}
        assert not wanted or mixed or variable.codelist == " ".join(wanted) or variable.codelist in wanted or (
            named and named <= set(wanted)), variable.name

"""What SDTMIG 3.4 and SDTM 2.0 say of datasets and variables (validation/data, specs/sdtm/_model.yaml)."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from specs.ct import standard_codelists
from specs.model import Codelist
from specs.standard import STANDARD
from specs.text_yaml import read_text_yaml
from validation.package import Table
from validation.rules.cache import once

__all__ = ["Fact", "codelists_of", "datasets", "guide", "known", "model", "observation_class"]

DATA = Path(__file__).parents[1] / "data"
CLASSES = {"Interventions": "INTERVENTIONS", "Events": "EVENTS", "Findings": "FINDINGS", "Findings About": "FINDINGS"}
TOPICS = {"--TRT": "Interventions", "--TERM": "Events", "--TESTCD": "Findings"}


@dataclass(frozen=True)
class Fact:
    """A variable as the guide or the model gives it; `core` is "" in the model."""

    name: str
    label: str
    type: str
    role: str
    core: str = ""
    codelists: tuple[str, ...] = ()


@cache
def _guide() -> Mapping[str, Mapping[str, Fact]]:
    facts: dict[str, dict[str, Fact]] = {}
    for row in _rows("sdtmig34_variables.csv"):
        facts.setdefault(row["dataset"], {})[row["variable"]] = Fact(
            row["variable"], row["label"], row["type"], row["role"], row["core"], tuple(row["codelists"].split()))
    return facts


@cache
def datasets() -> Mapping[str, Mapping[str, str]]:
    """Label, class and structure of every dataset of the guide."""
    return {row["dataset"]: row for row in _rows("sdtmig34_datasets.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def domain_of(table: Table) -> str:
    """The name under which the guide has the dataset: LB for LBCH, SUPPQUAL for SUPPLB."""
    if table.name in datasets():
        return table.name
    if table.name.startswith("SUPP") or (table.name.startswith("SQ") and table.has("QNAM")):
        return "SUPPQUAL"
    return table.prefix


def guide(table: Table) -> Mapping[str, Fact]:
    """The variables of the dataset by the guide, in its order; none for a domain that the guide does not have."""
    return _guide().get(domain_of(table), {})


def observation_class(table: Table) -> str:
    """Interventions, Events, Findings, Special-Purpose ... by the guide or the topic variable; "" where unknown."""
    own = datasets().get(domain_of(table))
    return own["class"] if own else next((name for topic, name in TOPICS.items() if table.has(topic)), "")


@cache
def _model(name: str) -> Mapping[str, Fact]:
    content = read_text_yaml(STANDARD / "sdtm" / "_model.yaml").content
    parts = [*content["GENERAL OBSERVATIONS"].items(), *content[name].items()]
    return {variable: Fact(variable, own["label"], own["type"], own["role"]) for variable, own in parts}


@cache
def _special() -> Mapping[str, Mapping[str, Fact]]:
    facts: dict[str, dict[str, Fact]] = {}
    for row in _rows("sdtm20_special_variables.csv"):
        facts.setdefault(row["dataset"], {})[row["variable"]] = Fact(
            row["variable"], row["label"], row["type"], row["role"])
    return facts


def model(table: Table) -> Mapping[str, Fact]:
    """The variables that the model has for a dataset of this class."""
    of_class = observation_class(table)
    if of_class in CLASSES:
        return {table.named(name): fact for name, fact in _model(CLASSES[of_class]).items()}
    return _special().get(domain_of(table), {})


def known(table: Table) -> Mapping[str, Fact]:
    """Every variable that guide or model have for the dataset; the guide decides."""
    return once(table, "known", lambda: {**model(table), **guide(table)})


@cache
def _by_code() -> Mapping[str, Codelist]:
    return {codelist.code: codelist for codelist in standard_codelists().values()}


def codelists_of(table: Table, variable: str) -> list[Codelist]:
    """The CDISC codelists of a variable, as far as they are shipped; none if one of them is not."""
    fact = known(table).get(variable)
    wanted = fact.codelists if fact else ()
    lists = [_by_code()[code] for code in wanted if code in _by_code()]
    return lists if len(lists) == len(wanted) else []

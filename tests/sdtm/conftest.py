"""Small raw data for the tests of SDTM: tables as one reads them, and the two studies' specifications over them."""

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import INPUTS, find_datasets, order_datasets
from cdisckit.study import used_fields
from raw import RawBlock, account_for, add_record_ids, report_account
from specs import DatasetSpec, StudyFacts, StudySpecs, apply_contract, load_specs, standard_codelists

STUDIES = Path(__file__).parents[2] / "studies"
LIBRARY = ("ae", "dm", "ds", "ex", "se", "sv", "vs")
FACTS = {"STUDYID": "S1", "title": "A study", "protocol": "S1", "created": "2025-01-01T00:00:00", "subject_form": "DM",
         "SITEID": "SITEID", "SUBJID": "SUBJID", "USUBJID": ["STUDYID", "SITEID", "SUBJID"]}

TREATED = {
    "DM": "SUBJID | ICDAT | DMDAT | COHORT\n1 | 01-MAR-2023 | 01-MAR-2023 | DL1\n2 | 02-MAR-2023 | 02-MAR-2023 |",
    "EX": "SUBJID | VISIT | EXTRT | EXSTDAT | EXSTTIM\n1 | C1D1 | PLACEBO | 06-MAR-2023 | 09:05"}


def read_table(text: str) -> pd.DataFrame:
    """A table written as lines of cells between bars, the first line its header; every cell is text."""
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return pd.DataFrame(rows, columns=header, dtype="str")


def show_rows(frame: pd.DataFrame, columns: list[str]) -> list[list[str]]:
    """The frame's columns as a table shows them: numbers without needless digits, "" where missing."""
    shown = {name: [f"{value:g}" if value == value else "" for value in frame[name]]
             if frame[name].dtype.kind == "f" else list(frame[name]) for name in columns}
    return [list(row) for row in zip(*shown.values(), strict=True)]


def make_block(study: StudySpecs, **forms: str | pd.DataFrame) -> RawBlock:
    """The raw data of a block: a table a form, site 01 where a table has none, no records where a form has no table."""
    data = {}
    for form, spec in study.facts.forms.items():
        given = forms.pop(form, "SUBJID")
        table = read_table(given) if isinstance(given, str) else given
        if "SITEID" not in table:
            table = table.assign(SITEID=pd.Series("01", index=table.index, dtype="str"))
        with collect_findings():
            data[form] = add_record_ids(table, form, spec, study.facts)
    assert not forms, f"the study has no form {', '.join(forms)}"
    return RawBlock(study, data)


def make_datasets(modules: list[object], study: StudySpecs, raw: RawBlock, *names: str,
                  **frames: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The datasets of these names and what they need, each held to its contract; `frames` are made already."""
    for made in order_datasets(find_datasets(modules), names):
        if made.name in frames:
            continue
        inputs = {"raw": raw, "spec": study[made.name], "study": study}
        given = {name: inputs[name] if name in INPUTS else frames[name.upper()] for name in made.parameters}
        frames[made.name] = apply_contract(made.function(**given), study[made.name], made.where)
    return frames


def open_study(name: str, *, more: tuple[str, ...] = (), own: tuple[str, ...]) -> SimpleNamespace:
    """A study of the repository: `specs`, `raw(**tables)`, `make(raw, *names)` of its SDTM datasets, and `subjects`:
    DM and SE of two subjects, of whom the first was treated.
    """
    specs = load_specs(STUDIES / name)
    modules = [importlib.import_module(f"sdtm.{part}") for part in (*LIBRARY, *more)]
    modules += [importlib.import_module(f"studies.{name}.{part}") for part in own]
    made = partial(make_datasets, modules, specs)
    return SimpleNamespace(specs=specs, raw=partial(make_block, specs), make=made,
                           subjects=made(make_block(specs, **TREATED), "DM", "SE"))


@pytest.fixture(scope="session")
def demo() -> SimpleNamespace:
    """The demo study: cohorts, infusions with times, two drugs."""
    return open_study("bat4706_bat1308", own=("ae",))


@pytest.fixture(scope="session")
def pilot() -> SimpleNamespace:
    """The CDISC pilot: patches without times, arms by dose."""
    return open_study("cdiscpilot01", more=("cm", "mh"), own=("dm",))


@pytest.fixture
def findings() -> Iterator[list[Finding]]:
    """The findings of the test. A test that does not take this fixture proves that there are none: they would warn."""
    with collect_findings() as found:
        yield found


@pytest.fixture(scope="session")
def table() -> Callable[[str], pd.DataFrame]:
    return read_table


@pytest.fixture(scope="session")
def block() -> Callable[..., RawBlock]:
    return make_block


@pytest.fixture(scope="session")
def check() -> Callable[[pd.DataFrame, str], None]:
    """`check(frame, table)`: the frame has the table's rows, in its order, in the columns that the table names."""
    def check_rows(frame: pd.DataFrame, expected: str) -> None:
        wanted = read_table(expected)
        assert show_rows(frame, list(wanted.columns)) == wanted.to_numpy().tolist()

    return check_rows


@pytest.fixture(scope="session")
def missing_fields() -> Callable[[StudySpecs, str, pd.DataFrame], set[str]]:
    """The fields of a form that the account reports as missing from its file."""
    def find_missing(specs: StudySpecs, form: str, data: pd.DataFrame) -> set[str]:
        account = account_for(form, f"{form}.csv", data["_record"], set(data["_record"]), {},
                              {"missing": used_fields(specs)[form] - set(data.columns)})
        found = report_account([account])
        assert {(finding.rule, finding.severity) for finding in found} <= {("mapping.missing_field", "error")}
        return {finding.variable for finding in found}

    return find_missing


@pytest.fixture(scope="session")
def study() -> Callable[..., StudySpecs]:
    """`study(AE={"uses": ["AEYN"], "AETERM": {"from": "TERM"}})`: a study of these datasets, each made of the form of
    its name.
    """
    def make_study(facts: dict | None = None, codelists: dict | None = None, **datasets: dict) -> StudySpecs:
        specs = {name: make_spec(name, **entries) for name, entries in datasets.items()}
        forms = {form: {"file": f"{form}.csv"} for form in ["DM", *datasets]}
        stated = StudyFacts.model_validate({**FACTS, "forms": forms, **(facts or {})})
        return StudySpecs(Path("S1"), stated, specs, {**standard_codelists(), **(codelists or {})})

    return make_study


def make_spec(name: str, **entries: object) -> DatasetSpec:
    """A specification: what is written in capitals is a variable (text, unless it says otherwise), the rest a fact."""
    variables = {key: {"name": key, "label": key, "type": "Char", **rule} for key, rule in entries.items() if key.isupper()}
    facts = {key: value for key, value in entries.items() if not key.isupper()}
    return DatasetSpec.model_validate({
        "name": name, "label": name, "class": "EVENTS", "structure": "One record per event", "standard": "SDTMIG 3.4",
        "keys": ["USUBJID"], "form": name, "variables": variables, **facts})

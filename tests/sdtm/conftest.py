"""Small raw data for the tests of SDTM: tables as one reads them, and the two studies' specifications over them."""

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import INPUTS, dataset_name, find_datasets, order_datasets
from cdisckit.study import load_study, used_fields
from raw import RawBlock, account_for, add_record_ids, report_account
from specs import DatasetSpec, StudyFacts, StudySpecs, load_specs, standard_codelists
from specs.contract import apply_contract

STUDIES = Path(__file__).parents[2] / "studies"
INFUSION = Path(__file__).parents[1] / "data" / "infusion"
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
        if table.empty:                                      # as add_record_ids, for the many forms of no table
            data[form] = table.assign(_record="", _subject="").astype("str")
            continue
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
        given = {name: inputs[name] if name in INPUTS else frames[dataset_name(name)] for name in made.parameters}
        frames[made.name] = apply_contract(made.function(**given), study[made.name], made.where)
    return frames


def open_study(folder: Path, *, more: tuple[str, ...] = (), own: tuple[str, ...]) -> SimpleNamespace:
    """A study of the repository: `specs`, `raw(**tables)`, `make(raw, *names)` of its SDTM datasets, and `subjects`:
    DM and SE of two subjects, of whom the first was treated.
    """
    specs = load_specs(folder)
    load_study(str(folder))
    modules = [importlib.import_module(f"sdtm.{part}") for part in (*LIBRARY, *more)]
    modules += [sys.modules[f"studies.{folder.name}.{part}"] for part in own]
    made = partial(make_datasets, modules, specs)
    functions = {name: function for part in modules[-len(own):] for name, function in vars(part).items()}
    return SimpleNamespace(specs=specs, own=functions, raw=partial(make_block, specs), make=made,
                           subjects=made(make_block(specs, **TREATED), "DM", "SE"))


@pytest.fixture(scope="session")
def demo() -> SimpleNamespace:
    """A small study: cohorts, infusions with times, two drugs."""
    return open_study(INFUSION, own=("ae",))


@pytest.fixture(scope="session")
def pilot() -> SimpleNamespace:
    """The CDISC pilot: patches without times, arms by dose."""
    return open_study(STUDIES / "cdiscpilot01", more=("cm", "mh"), own=("dm",))


RAVE = {"SiteNumber": "01", "InstanceRepeatNumber": "0", "PageRepeatNumber": "0", "RecordActive": "1"}


def read_page(text: str) -> pd.DataFrame:
    """A table of a Rave form: `Subject`, `FolderName` and fields; site 01, and the lines of a page in their order."""
    rows = read_table(text)
    line = (rows.groupby(["Subject", "FolderName"]).cumcount() + 1).astype("str")
    added = {"Folder": rows["FolderName"], "recordposition": line, **RAVE}
    return rows.assign(**{name: value for name, value in added.items() if name not in rows}).astype("str")


@pytest.fixture(scope="session")
def bat() -> SimpleNamespace:
    """The study BAT4706-1308: `specs`, `page(text)`, `raw(**tables)` and `make(name, raw, **frames)`, one dataset of
    it. DM, SE and SV, where not given, have subject 1, dosed on 6 March 2023 at 09:05, and subject 2, who was not.
    """
    study = load_study("bat4706_bat1308")
    subjects = {
        "DM": read_table("USUBJID | RFSTDTC | RFXSTDTC | SEX | BRTHDTC\n"
                         "BAT4706-1308-01-1 | 2023-03-06T09:05 | 2023-03-06T09:05 | M | 1952-04-01\n"
                         "BAT4706-1308-01-2 | | | F | 1960"),
        "EX": read_table("USUBJID | VISIT | EXSTDTC\nBAT4706-1308-01-1 | C1D1 | 2023-03-06T10:35\n"
                         "BAT4706-1308-01-1 | C1D1 | 2023-03-06T09:05\nBAT4706-1308-01-1 | C2D1 | 2023-03-27T09:00"),
        "SE": read_table("USUBJID | SESTDTC | SEENDTC | EPOCH\n"
                         "BAT4706-1308-01-1 | 2023-03-01 | 2023-03-06T09:05 | SCREENING\n"
                         "BAT4706-1308-01-1 | 2023-03-06T09:05 | 2023-06-30 | COMBINATION TREATMENT"),
        "SV": read_table("USUBJID | VISIT | SVSTDTC | VISITNUM\n"
                         "BAT4706-1308-01-1 | UNSCHEDULED | 2023-03-10 | 104.01\n"
                         "BAT4706-1308-01-1 | UNSCHEDULED | 2023-04-20 | 290.01").astype({"VISITNUM": "float64"})}

    def raw(**tables: str | pd.DataFrame) -> RawBlock:
        pages = {form: read_page(text) if isinstance(text, str) else text for form, text in tables.items()}
        return make_block(study.specs, **pages)

    def make(name: str, block: RawBlock, **frames: pd.DataFrame) -> pd.DataFrame:
        made, spec = study.datasets[name], study.specs[name]
        given = {key.lower(): frame for key, frame in {**subjects, **frames}.items()}
        given |= {"raw": block, "spec": spec, "study": study.specs}
        return apply_contract(made.function(**{name: given[name] for name in made.parameters}), spec, made.where)

    return SimpleNamespace(specs=study.specs, page=read_page, raw=raw, make=make)


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

"""Small SDTM and ADSL frames for the tests of ADaM: tables as one reads them, filled up to the demo study's variables."""

from types import SimpleNamespace

import pandas as pd
import pytest

from cdisckit.findings import Finding, collect_findings
from cdisckit.graph import INPUTS, dataset_name
from cdisckit.study import Study, load_study
from specs.contract import apply_contract, is_date


def read_frame(study: Study, name: str, text: str) -> pd.DataFrame:
    """A table of cells between bars as the dataset has it; a variable that the table lacks is missing everywhere."""
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    cells = pd.DataFrame(rows, columns=header, dtype="str")
    made = {}
    for variable in study.specs[name].variables.values():
        column = cells[variable.name] if variable.name in cells else pd.Series("", index=cells.index, dtype="str")
        if is_date(variable):
            column = pd.to_datetime(column.where(column != "", None), format="ISO8601").astype("datetime64[s]")
        elif variable.type == "Num":
            column = pd.to_numeric(column.where(column != "", None)).astype("float64")
        made[variable.name] = column
    record = [f"{name}:{number}" for number in range(1, len(cells) + 1)]
    return pd.DataFrame({**made, "_record": pd.Series(record, index=cells.index, dtype="str")})


def make_dataset(study: Study, name: str, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The dataset of these frames, held to its contract."""
    made, spec = study.datasets[name], study.specs[name]
    inputs = {"raw": None, "spec": spec, "study": study.specs}
    given = {word: inputs[word] if word in INPUTS else frames[dataset_name(word)] for word in made.parameters}
    return apply_contract(made.function(**given), spec, made.where)


@pytest.fixture(scope="session")
def demo_study() -> SimpleNamespace:
    """The demo study: `frame("PC", table)` and `make("ADPC", PC=..., EX=...)`."""
    study = load_study("bat4706_bat1308")
    return SimpleNamespace(
        study=study, specs=study.specs, frame=lambda name, text: read_frame(study, name, text),
        make=lambda name, **frames: make_dataset(study, name, {word.rstrip("_"): frame for word, frame in frames.items()}))


@pytest.fixture
def findings() -> list[Finding]:
    with collect_findings() as found:
        yield found

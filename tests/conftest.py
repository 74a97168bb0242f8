"""What all tests share: the worked cases, which lie beside the repository and may be absent on a user's machine."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
ABSENT = "the worked cases (../shared) do not lie beside the repository"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cases(file, *kinds): run the test with each worked `case` of these kinds of id")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`@pytest.mark.cases("04_dates.json", "dy", "dur")` gives the test one `case` after the other: dy-001, dy-002."""
    mark = metafunc.definition.get_closest_marker("cases")
    if mark is None:
        return
    name, *kinds = mark.args
    path = SHARED / "cases" / name
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"] if path.exists() else []
    chosen = [pytest.param(case, id=case["id"]) for case in cases if case["id"].rpartition("-")[0] in kinds]
    metafunc.parametrize("case", chosen or [pytest.param(None, marks=pytest.mark.skip(ABSENT))])


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the worked cases and the reference data."""
    if not SHARED.is_dir():
        pytest.skip(ABSENT)
    return SHARED


def write_sheets(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """An .xlsx file of rows of cells, as another program would write it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(number, column).value = value
    book.save(path)
    return path


@pytest.fixture
def xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Write rows of cells as a workbook: `xlsx({"Datasets": [["Dataset", "Label"], ["AE", "Adverse Events"]]})`."""
    return lambda sheets, name="book.xlsx": write_sheets(tmp_path / name, sheets)

"""A specification that was made of a document, exported: the document's own rows, with what the specification changed.

A specification holds less than a workbook or a define.xml: the rows of the document are kept beside it. They are
changed only where the specification says something else now than it said when it was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from define.workbook_carry import other_sheets, row_key
from define.workbook_write import book_of_rows
from specs.p21 import Row, Workbook, layout, read_workbook
from specs.p21_own import IMPORTED, MORE, PARAMETERS_SHEET, STUDY_SHEET, TERMS_SHEET, TESTS_SHEET

__all__ = ["KEPT", "TOLD", "Kept", "document_rows", "merge_rows", "read_kept", "without_own"]

KEPT = "imported.xlsx"
TOLD = "cdisckit then "  # the sheets of what the specification said when it was made

Cells = dict[str, str]
Rows = Mapping[str, Sequence[Cells]]
Keyed = dict[tuple[str, ...], Cells]


@dataclass(frozen=True)
class Kept:
    """The rows of the document, and what the specification said of it when it was made."""

    rows: Rows
    told: Rows


def read_kept(path: Path) -> Kept:
    book = read_workbook(path)
    rows = document_rows(book)
    told = {name.removeprefix(TOLD): rows.pop(name) for name in list(rows) if name.startswith(TOLD)}
    return Kept(rows, told)


def document_rows(book: Workbook) -> dict[str, list[Cells]]:
    """The rows of every sheet of the layout, and of the sheets beside it that no specification makes."""
    rows = {name: [dict(row.cells) for row in sheet.rows] for name, sheet in book.sheets.items()}
    return rows | other_sheets(book, dict.fromkeys([STUDY_SHEET, TERMS_SHEET, TESTS_SHEET, PARAMETERS_SHEET, *rows]))


def merge_rows(now: Rows, kept: Kept) -> dict[str, list[Cells]]:
    """The rows of the document with every cell changed that the specification changed, and its new rows behind them."""
    made = {
        sheet: _merge_sheet(sheet, kept.rows.get(sheet, []), kept.told.get(sheet, []), now.get(sheet, []))
        for sheet in {**kept.rows, **now}
        if sheet in layout()
    }
    made |= {sheet: list(rows) for sheet, rows in kept.rows.items() if sheet not in layout()}
    made["Define"] = [
        *(row for row in made["Define"] if row.get("Attribute") != IMPORTED),
        {"Attribute": IMPORTED, "Value": "The rows are those of the document that the study was made of."},
    ]
    return made


def _merge_sheet(sheet: str, base: Sequence[Cells], then: Sequence[Cells], now: Sequence[Cells]) -> list[Cells]:
    before, after = _keyed(sheet, then), _keyed(sheet, now)
    rows = []
    known = set()
    for key, row in _keyed(sheet, base).items():
        known.add(key)
        if key in before and key not in after:
            continue  # the specification has dropped it
        was, says = before.get(key, {}), after.get(key, {})
        changed = {
            column: says.get(column, "")
            for column in {**was, **says}
            if says.get(column, "") != was.get(column, "") and column != MORE
        }
        rows.append({column: value for column, value in {**row, **changed}.items() if value})
    return rows + [row for key, row in after.items() if key not in known and key not in before]


def _keyed(sheet: str, rows: Sequence[Cells]) -> Keyed:
    book: Workbook = book_of_rows({})
    return {row_key(sheet, Row(0, row), book): row for row in rows}


def without_own(rows: Rows) -> dict[str, list[Cells]]:
    """The rows without the columns of our own, but for what rows do not tell of their definitions."""
    return {sheet: list(cells) for sheet, cells in rows.items() if sheet not in layout()} | {
        sheet: [
            {column: value for column, value in row.items() if column == MORE or not column.startswith("cdisckit")}
            for row in cells
            if row.get("Attribute") != IMPORTED
        ]
        for sheet, cells in rows.items()
        if sheet in layout()
    }

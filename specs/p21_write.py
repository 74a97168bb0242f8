"""Write rows as a Pinnacle 21 workbook of generation 3: every cell is text, and the same rows give the same bytes."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from cdisckit.errors import SpecError
from specs.p21 import OURS, layout
from specs.p21_cells import column_letter

__all__ = ["EXPORTED", "workbook_bytes", "write_workbook"]

EXPORTED = "cdisckit: as exported"  # hidden: what the cells of a row said, so that an edit can be told
ORDER = (
    "Define",
    "Datasets",
    "Variables",
    "ValueLevel",
    "Codelists",
    "Dictionaries",
    "Methods",
    "Comments",
    "Documents",
    "Analysis Displays",
    "Analysis Results",
)
MOST_CHARACTERS, MOST_ROWS, MOST_COLUMNS = 32_767, 1_048_576, 16_384  # of a cell, of a sheet in Excel
NARROWEST, WIDEST = 8, 60
LEFT_OUT = (
    "KeySequence",
    "Join Comment",
    "Source Variables",
    "Raw Variables",
)  # columns that stand only where they are filled
SAVED = datetime(2000, 1, 1)  # Excel wants a time; the clock would make every file another

Rows = Sequence[Mapping[str, str]]


def write_workbook(sheets: Mapping[str, Rows], path: Path, title: str = "") -> None:
    """Write the sheets, those of the layout in its order and then any other; SpecError for what Excel cannot hold."""
    path.write_bytes(workbook_bytes(sheets, title))


def workbook_bytes(sheets: Mapping[str, Rows], title: str = "") -> bytes:
    """The file: headers are marked and stay in view, each sheet has a filter; no text is ever a formula or a link."""
    problems = list(_problems(sheets))
    if problems:
        raise SpecError("the workbook cannot be written", cases=problems, fix="shorten the texts")
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "author": "cdisckit", "created": SAVED})
        formats = {
            name: book.add_format({"bold": True, "valign": "top", "text_wrap": True, "border": 1, "bg_color": color})
            for name, color in (("layout", "#D9E2F3"), ("own", "#E2EFDA"))
        }
        formats["cell"] = book.add_format({"valign": "top", "num_format": "@"})
        for name in [*(name for name in ORDER if name in sheets), *(name for name in sheets if name not in ORDER)]:
            _write_sheet(book.add_worksheet(name), columns_of(name, sheets[name]), sheets[name], formats)
    return buffer.getvalue()


def columns_of(name: str, rows: Rows) -> list[str]:
    """The columns of generation 3 in their order, those that only some files have if they are filled, then our own."""
    filled = dict.fromkeys(column for row in rows for column, value in row.items() if value)
    known = [
        column.name
        for column in layout().get(name, ())
        if "3" in column.generations or (column.name in LEFT_OUT and column.name in filled)
    ]
    return [
        *known,
        *sorted(
            (column for column in filled if column not in known),
            key=lambda column: (column.startswith(OURS), column == EXPORTED),
        ),
    ]


def _write_sheet(sheet: Any, columns: Sequence[str], rows: Rows, formats: Mapping[str, Any]) -> None:
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column, formats["own" if column.startswith(OURS) else "layout"])
        widest = max((len(row.get(column, "").split("\n")[0]) for row in rows), default=0)
        sheet.set_column(
            number,
            number,
            min(max(NARROWEST, len(column), widest) + 2, WIDEST),
            formats["cell"],
            {"hidden": column == EXPORTED},
        )
    for line, row in enumerate(rows, 1):
        for number, column in enumerate(columns):
            if row.get(column):
                sheet.write_string(line, number, row[column], formats["cell"])
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)


def _problems(sheets: Mapping[str, Rows]) -> Iterator[str]:
    for name, rows in sheets.items():
        columns = columns_of(name, rows)
        if len(rows) >= MOST_ROWS or len(columns) > MOST_COLUMNS:
            yield f"{name}: {len(rows):,} rows of {len(columns):,} columns are more than a sheet holds"
        for line, row in enumerate(rows, 2):
            for column, value in row.items():
                if len(value.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
                    yield (
                        f"{name}, row {line}, {column} (column {column_letter(columns.index(column) + 1)}): "
                        f"{len(value):,} characters; a cell holds {MOST_CHARACTERS:,}"
                    )

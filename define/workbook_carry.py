"""Cells of a Pinnacle 21 workbook that no define.xml has a place for, carried from one workbook into the next."""

from collections.abc import Mapping, Sequence

from define.workbook import MORE
from define.workbook_reading import other_rows
from specs.p21 import ATTRIBUTES, Row, Workbook
from specs.p21_check_values import where_text
from specs.p21_index import references

__all__ = ["carry_cells", "other_sheets", "row_key"]

Cells = dict[str, str]
NOT_CARRIED = ("Purpose",)  # generation 3 tells it by the class


def carry_cells(book: Workbook, sheets: Mapping[str, Sequence[Cells]]) -> dict[str, list[Cells]]:
    """The rows of the new workbook with every cell of the old one that they lack; its other sheets behind them."""
    made: dict[str, list[Cells]] = {}
    for name, rows in sheets.items():
        old = {row_key(name, row, book): row for row in reversed(book.rows(name))}
        made[name] = [_carried(row, old.get(row_key(name, Row(0, row), book))) for row in rows]
    told = {row["Attribute"] for row in made.get("Define", ())}
    made.setdefault("Define", [])
    made["Define"] += [
        {"Attribute": row["Attribute"], "Value": row["Value"]}
        for row in book.rows("Define")
        if row["Attribute"] not in told and row["Value"] and _is_attribute(row, book)
    ]
    listed = {name: [dict(row.cells) for row in book.rows(name)] for name in ("Standards",) if book.rows(name)}
    return made | listed | other_sheets(book, made)


def other_sheets(book: Workbook, known: Mapping[str, object]) -> dict[str, list[Cells]]:
    """The sheets that the layout does not have and that are not `known`."""
    return {name: list(other_rows(rows)) for name, rows in book.others.items() if name not in known and rows}


def _is_attribute(row: Row, book: Workbook) -> bool:
    """Whether it says something of the study that the new rows do not: Legend explains the colours of the old workbook,
    and generation 3 has the standard beside each dataset.
    """
    told = ATTRIBUTES if book.generation < 3 else [name for name in ATTRIBUTES if not name.startswith("Standard")]
    return bool(row["Attribute"]) and row["Attribute"] not in ("Legend", *told)


def _carried(row: Cells, old: Row | None) -> Cells:
    if old is None:
        return row
    lacking = {
        column: value
        for column, value in old.cells.items()
        if not row.get(column) and column not in (*NOT_CARRIED, MORE)
    }
    if len(references(old["Key Variables"])) > len(references(row.get("Key Variables", ""))):
        lacking["Key Variables"] = old["Key Variables"]  # it names keys that the dataset does not have
    return {**row, **lacking}


def row_key(sheet: str, row: Row, book: Workbook) -> tuple[str, ...]:
    """What tells a row from the others of its sheet, whatever the generation."""
    if sheet == "ValueLevel":
        return row["Dataset"], row["Variable"], where_text(row, book)
    columns = {
        "Define": ("Attribute",),
        "Datasets": ("Dataset",),
        "Variables": ("Dataset", "Variable"),
        "Codelists": ("ID", "Term"),
        "Analysis Results": ("Display", "ID"),
    }.get(sheet, ("ID",))
    return tuple(row[column] for column in columns)

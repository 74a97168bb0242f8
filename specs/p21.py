"""The Pinnacle 21 workbook of a define specification, in its three generations, read into plain rows.

1 has a sheet Study and its where clauses apart; 2 has a sheet Define and where clauses as text; 3 adds what Define-XML
2.1 asks for. Sheets and columns are found by name whatever their order, and near misses are taken for what they mean.
What is odd is a `CellProblem`, with sheet, row and column; nothing that the file holds is dropped.
"""

import csv
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from cdisckit.errors import SpecError
from specs.p21_cells import RawSheet, column_letter, read_cells, read_modified
from specs.p21_problem import CellProblem
from specs.p21_sheets import SHEETS, header_rows, sheet_by_columns, sheet_by_name

__all__ = ["CellProblem", "Column", "Row", "Sheet", "Workbook", "layout", "plain", "read_workbook"]

FOLDER = Path(__file__).parent
EXPECTED = {
    "Define": "error",
    "Datasets": "error",
    "Variables": "error",
    "ValueLevel": "warning",
    "Codelists": "warning",
    "Methods": "warning",
    "Comments": "warning",
    "Documents": "warning",
    "Dictionaries": "notice",
}
WHOLE = ("Order", "Length", "Significant Digits", "KeySequence")  # the columns of whole numbers
LONG_TEXTS = ("Description", "Developer Notes", "Expression Code", "Programming Code", "Documentation", "Value")
HEADER_ROWS = 25  # a header stands in one of the first rows that hold anything
OURS = "cdisckit"  # the beginning of our own sheets and columns
ATTRIBUTES = ("StudyName", "StudyDescription", "ProtocolName", "StandardName", "StandardVersion", "Language")


@dataclass(frozen=True)
class Column:
    """A column of the layout: the generations that have it, its other names, and whether each row must fill it."""

    sheet: str
    name: str
    generations: str
    also: tuple[str, ...]
    needed: bool


@dataclass(frozen=True)
class Row:
    """One row: its number, and its filled cells by the name that generation 3 gives the column."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Sheet:
    name: str  # as generation 3 calls it
    title: str  # as the file calls it
    columns: Mapping[str, str]  # its columns in their order, and the letter of each
    rows: tuple[Row, ...]

    def place(self, column: str) -> str:
        """'Label (column D)', or the name alone where the sheet lacks the column."""
        return f"{column} (column {self.columns[column]})" if column in self.columns else column


@dataclass(frozen=True)
class Workbook:
    """A workbook as read. `others` are the sheets that the layout does not have, as rows of texts by row number."""

    path: Path
    generation: int
    sheets: Mapping[str, Sheet]
    others: Mapping[str, Mapping[int, Mapping[str, str]]] = field(default_factory=dict)
    problems: tuple[CellProblem, ...] = ()
    modified: str = ""  # when the workbook was last saved, as it says itself

    def rows(self, sheet: str) -> tuple[Row, ...]:
        return self.sheets[sheet].rows if sheet in self.sheets else ()

    @cached_property
    def clauses(self) -> dict[str, list[Row]]:
        """The rows of the sheet WhereClauses by their ID."""
        made: dict[str, list[Row]] = {}
        for row in self.rows("WhereClauses"):
            made.setdefault(row["ID"], []).append(row)
        return made

    @property
    def study(self) -> dict[str, str]:
        """The attributes of the sheet Define: StudyName, StandardVersion ..."""
        known = {plain(name): name for name in ATTRIBUTES}
        return {
            known.get(plain(row["Attribute"]), row["Attribute"]): row["Value"]
            for row in reversed(self.rows("Define"))
            if row["Attribute"]
        }


@cache
def layout() -> Mapping[str, tuple[Column, ...]]:
    """The columns of each sheet, in the order of generation 3. Source: p21_layout.csv, from real files."""
    made: dict[str, tuple[Column, ...]] = {}
    with (FOLDER / "p21_layout.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            also = tuple(name for name in row["also"].split(";") if name)
            column = Column(row["sheet"], row["column"], row["generations"], also, bool(row["needed"]))
            made[column.sheet] = (*made.get(column.sheet, ()), column)
    return made


def plain(name: str) -> str:
    """A name without its capitals, blanks and signs: 'Key, Variables' is keyvariables."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read_workbook(path: Path) -> Workbook:
    """The workbook as rows, with what is odd about its layout and its cells; SpecError where it is none."""
    raw = read_cells(path)
    problems: list[CellProblem] = []
    known, others = _sort_sheets(raw, problems)
    sheets = {name: _read_sheet(name, sheet, problems) for name, sheet in known.items()}
    if not {"Datasets", "Variables"} & sheets.keys():
        raise SpecError(
            f"{path.name} is no Pinnacle 21 specification: it has no sheet Datasets and no sheet Variables",
            cases=[f"sheet {sheet.name}" for sheet in raw],
            where=str(path),
            fix="give a workbook with the sheets Define (or Study), Datasets, Variables ...",
        )
    generation = _generation(known, sheets)
    problems += _missing(generation, sheets)
    return Workbook(
        path,
        generation,
        sheets,
        {sheet.name: _texts(sheet) for sheet in others},
        tuple(sorted(problems)),
        read_modified(path),
    )


def _sort_sheets(raw: Iterable[RawSheet], problems: list[CellProblem]) -> tuple[dict[str, RawSheet], list[RawSheet]]:
    """The sheets of the layout by name, and all others; those that no name tells, by their columns."""
    raw = list(raw)
    names = {sheet.name: "" if sheet.name.startswith(OURS) else sheet_by_name(plain(sheet.name)) for sheet in raw}
    free = {name: _known_columns(name) for name in SHEETS if name not in names.values()}
    for sheet in raw:
        if not names[sheet.name] and not sheet.name.startswith(OURS):
            headers = [{plain(text) for text in row} for row in header_rows(sheet)]
            names[sheet.name] = sheet_by_columns(headers, free)
            free.pop(names[sheet.name], None)
    known: dict[str, RawSheet] = {}
    others: list[RawSheet] = []
    for sheet in raw:
        name = names[sheet.name]
        if sheet.hidden and name:
            problems.append(_sheet_problem(sheet, "hidden_sheet", "notice", "the sheet is hidden; it was read"))
        if sheet.broken:
            what = f"the sheet could not be read to its end ({sheet.broken})"
            problems.append(
                _sheet_problem(sheet, "damaged_sheet", "error", what, "open the workbook in Excel and save it anew")
            )
        if name and name not in known:
            known[name] = sheet
            if plain(sheet.name) not in SHEETS[name]:
                problems.append(_sheet_problem(sheet, "sheet_name", "notice", f"taken for the sheet {name}"))
            continue
        others.append(sheet)
        if not sheet.name.startswith(OURS) and sheet.rows:
            what = f"a second sheet {name}" if name else "the layout has no such sheet"
            fix = "rename it if it belongs to the specification"
            problems.append(_sheet_problem(sheet, "unknown_sheet", "notice", f"{what}; it was not read", fix))
    return known, others


def _sheet_problem(sheet: RawSheet, rule: str, severity: str, what: str, fix: str = "") -> CellProblem:
    return CellProblem(sheet.name, 0, "", f"p21.{rule}", severity, what, fix)


def _known_columns(name: str) -> dict[str, str]:
    """What the columns of a sheet are called, plain, and which column that is."""
    aliases = {plain(other): column.name for column in layout()[name] for other in column.also}
    return aliases | {plain(column.name): column.name for column in layout()[name]}


def _texts(sheet: RawSheet) -> dict[int, dict[str, str]]:
    return {
        number: {column_letter(column): cell.text for column, cell in row.items() if cell.text}
        for number, row in sheet.rows.items()
    }


def _read_sheet(name: str, raw: RawSheet, problems: list[CellProblem]) -> Sheet:
    """The rows below the header, by the names of the layout."""
    columns = {plain(column.name): column.name for column in layout()[name]}
    aliases = {plain(other): column.name for column in layout()[name] for other in column.also}
    start, header = _find_header(name, raw, columns.keys() | aliases.keys())
    if header is None:
        if any(cell.text for row in raw.rows.values() for cell in row.values()):
            problems.append(
                CellProblem(
                    raw.name,
                    0,
                    "",
                    "p21.no_header",
                    "error",
                    "no row names the columns, so that the sheet was not read",
                    f"write {', '.join(column.name for column in layout()[name][:4])} ... into row 1",
                )
            )
        return Sheet(name, raw.name, {}, ())
    if start > 1:
        problems.append(CellProblem(raw.name, start, "", "p21.header_row", "notice", "the header stands not in row 1"))
    named = _name_columns(raw, start, header, columns, aliases, problems)
    rows = []
    for number, cells in raw.rows.items():
        if number <= start or not any(
            cell.text or cell.remark.startswith(("formula", "error")) for cell in cells.values()
        ):
            continue
        problems += _remarks(raw.name, number, cells, named)
        texts = {named[column]: cell.text for column, cell in cells.items() if cell.text and column in named}
        rows.append(Row(number, {title: _whole(text) if title in WHOLE else text for title, text in texts.items()}))
    problems += [
        CellProblem(
            raw.name,
            0,
            "",
            "p21.merged_cells",
            "notice",
            f"the cells {area} are merged; each of these rows got their value",
            "unmerge them",
        )
        for area in raw.merged
    ]
    return Sheet(name, raw.name, {title: column_letter(column) for column, title in named.items()}, tuple(rows))


def _whole(text: str) -> str:
    """'8' for '8.0', which stands where a column of whole numbers is formatted with decimals."""
    return re.sub(r"(?<=\d)\.0+$", "", text)


def _find_header(name: str, raw: RawSheet, known: Iterable[str]) -> tuple[int, dict[int, str] | None]:
    """The row that names most columns, among the first ones; the sheet Define may do without."""
    known = set(known)
    best: tuple[int, int, dict[int, str] | None] = (0, 0, None)
    for number in list(raw.rows)[:HEADER_ROWS]:
        texts = {column: cell.text for column, cell in raw.rows[number].items() if cell.text}
        found = len({plain(text) for text in texts.values()} & known)
        if found > best[0]:
            best = (found, number, texts)
    if best[0] >= 2:
        return best[1], best[2]
    if name == "Define":
        attributes = {plain(attribute) for attribute in ATTRIBUTES}
        for number, row in raw.rows.items():
            for column, cell in row.items():
                if plain(cell.text) in attributes:
                    return number - 1, {column: "Attribute", column + 1: "Value"}
    return 0, None


def _name_columns(
    raw: RawSheet,
    start: int,
    header: Mapping[int, str],
    columns: Mapping[str, str],
    aliases: Mapping[str, str],
    problems: list[CellProblem],
) -> dict[int, str]:
    """The name of each column: by its header, by another name of it, by a near miss, else as the file calls it."""
    named: dict[int, str] = {}
    for column, text in sorted(header.items()):
        if plain(text) in columns and columns[plain(text)] not in named.values():
            named[column] = columns[plain(text)]
            if (
                text.replace("\n", " ").casefold() != named[column].casefold()
                and " ".join(text.split()) != named[column]
            ):
                problems.append(_column_problem(raw, start, text, f"taken for {named[column]}"))
    for column, text in sorted(header.items()):
        if column in named:
            continue
        free = {short: name for short, name in {**columns, **aliases}.items() if name not in named.values()}
        near = difflib.get_close_matches(plain(text), list(free), 1, 0.86) if not text.startswith(OURS) else []
        if plain(text) in free:
            named[column] = free[plain(text)]
        elif near:
            named[column] = free[near[0]]
            problems.append(_column_problem(raw, start, text, f"taken for {named[column]}"))
        else:
            taken, copy = text, 2
            while taken in named.values():
                taken, copy = f"{text} ({copy})", copy + 1
            if taken != text or plain(text) in {**columns, **aliases}:
                problems.append(
                    _column_problem(raw, start, text, "the column stands twice; the first one counts", "warning")
                )
            elif not text.startswith(OURS):
                problems.append(_column_problem(raw, start, text, "the layout has no such column; it is kept"))
            named[column] = taken
    nameless = {
        column for number, row in raw.rows.items() if number > start for column, cell in row.items() if cell.text
    } - named.keys()
    for column in sorted(nameless):
        named[column] = f"column {column_letter(column)}"
        problems.append(
            CellProblem(
                raw.name,
                start,
                named[column],
                "p21.nameless_column",
                "warning",
                "the column has cells and no header; it is kept",
                "name it, or clear its cells",
            )
        )
    return {column: named[column] for column in sorted(named)}


def _column_problem(raw: RawSheet, row: int, text: str, what: str, severity: str = "notice") -> CellProblem:
    return CellProblem(raw.name, row, text, "p21.column_name", severity, what)


def _remarks(title: str, number: int, cells: Mapping[int, object], named: Mapping[int, str]) -> Iterator[CellProblem]:
    """What is remarkable about how the file holds the cells of a row."""
    for column, cell in cells.items():
        remark, text, name = getattr(cell, "remark", ""), getattr(cell, "text", ""), named.get(column, "")
        if not remark or not name:
            continue
        if remark == "formula":
            yield CellProblem(
                title,
                number,
                name,
                "p21.formula",
                "warning",
                f"a formula stands here; its last value {text!r} was taken",
                "paste it as a value",
                text,
            )
        elif remark == "formula without a value":
            yield CellProblem(
                title,
                number,
                name,
                "p21.formula",
                "error",
                "a formula without a stored value stands here; formulas are not evaluated",
                "write the value",
            )
        elif remark.startswith("error"):
            yield CellProblem(
                title,
                number,
                name,
                "p21.cell_error",
                "error",
                f"the cell shows {remark[6:]}",
                "write the value",
                remark[6:],
            )
        elif remark == "blank":
            yield CellProblem(title, number, name, "p21.blank_cell", "notice", "the cell holds blanks only", "clear it")
        elif remark == "characters":
            yield CellProblem(
                title,
                number,
                name,
                "p21.characters",
                "warning",
                f"invisible characters stand in {text[:40]!r}; they were replaced by what they mean, or removed",
                "write the text anew",
                text,
            )
        elif remark == "edge" and name not in LONG_TEXTS:
            yield CellProblem(
                title,
                number,
                name,
                "p21.edge_blanks",
                "notice",
                f"blanks stand before or behind {text!r}; they were taken off",
                "",
                text,
            )
        elif remark == "date":
            yield CellProblem(
                title,
                number,
                name,
                "p21.date_cell",
                "warning",
                f"the cell is a date in Excel; it was taken as {text}",
                "format it as text",
                text,
            )


def _generation(known: Mapping[str, RawSheet], sheets: Mapping[str, Sheet]) -> int:
    """By the sheets, then by the columns."""

    def has(sheet: str, *columns: str) -> bool:
        return sheet in sheets and bool({*columns} & sheets[sheet].columns.keys())

    first = "WhereClauses" in known or ("Define" in known and plain(known["Define"].name).startswith("study"))
    if "Standards" not in known and (first or has("Datasets", "Purpose")):
        return 1
    if has("Datasets", "SubClass", "Standard", "Has No Data") or has("Variables", "Source", "Has No Data"):
        return 3
    return 2


def _missing(generation: int, sheets: Mapping[str, Sheet]) -> Iterator[CellProblem]:
    """Sheets and columns that the generation has and the file lacks."""
    expected = EXPECTED | ({"WhereClauses": "warning"} if generation == 1 and _rows(sheets, "ValueLevel") else {})
    for name, severity in expected.items():
        if name not in sheets:
            title = "Study" if name == "Define" and generation == 1 else name
            yield CellProblem(
                title, 0, "", "p21.missing_sheet", severity, f"the workbook has no sheet {title}", "add it"
            )
    columns_of_variables = sheets["Variables"].columns if "Variables" in sheets else {}
    for name, sheet in sheets.items():
        if not sheet.columns:
            continue
        for column in layout()[name]:
            if column.name == "Key Variables" and "KeySequence" in columns_of_variables:
                continue
            if str(generation) in column.generations and column.name not in sheet.columns:
                severity = ("error" if column.needed else "warning") if sheet.rows else "notice"
                yield CellProblem(
                    sheet.title,
                    0,
                    column.name,
                    "p21.missing_column",
                    severity,
                    "the sheet has no such column",
                    "add it, or mend the header of the column meant",
                )


def _rows(sheets: Mapping[str, Sheet], name: str) -> Sequence[Row]:
    return sheets[name].rows if name in sheets else ()

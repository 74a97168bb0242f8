"""The cells of an .xlsx file as text: every sheet in order, and a clear refusal of what is no workbook.

Nothing is evaluated: of a formula the value counts that the file keeps beside it, and the cell is reported.
"""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from cdisckit.errors import SpecError

__all__ = ["Cell", "RawSheet", "column_letter", "read_cells", "read_modified"]

BIGGEST, MOST_PARTS, MOST_CELLS = 400_000_000, 5_000, 5_000_000  # bytes unpacked, files inside, filled cells
BLANKS = " \t\r\n\u00a0\u2007\u202f\u3000"
OTHER_KINDS = (  # what stands at the beginning of the file, and what the file therefore is
    (b"\xd0\xcf\x11\xe0", "an old .xls file, or protected by a password"),
    (b"%PDF", "a PDF file"),
    (b"<", "HTML or XML"),
    (b"\x1f\x8b", "a gzip file"),
)
STRICT = b"http://purl.oclc.org/ooxml/"  # the namespace of the strict form
ERRORS = re.compile(r"#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")
UNREADABLE = (
    InvalidFileException,
    zlib.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    SyntaxError,
    EOFError,
    OSError,
    NotImplementedError,
    AssertionError,
    OverflowError,
)
CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060\ud800-\udfff\ufeff\ufffe\uffff]"
)
ZEROS = re.compile(r"0+(\.0+)?")  # a number format that fixes the digits
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Cell:
    """One filled cell: its text, trimmed, and what is remarkable about how the file holds it."""

    text: str
    remark: str = ""  # formula, formula without a value, error, blank, edge, date, characters


@dataclass
class RawSheet:
    """One sheet as it stands: rows by their number, each cell by its column number (1 is A)."""

    name: str
    hidden: bool = False
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)  # ranges over several rows, whose value was carried down
    broken: str = ""  # why it was read in part only


def column_letter(number: int) -> str:
    return str(get_column_letter(number))


def read_cells(path: Path) -> list[RawSheet]:
    """Every worksheet of the file; SpecError with what the file is instead where it is no readable workbook."""
    _refuse_others(path)
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # openpyxl's remarks on styles and extensions
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except UNREADABLE as error:
            raise _refusal(
                path,
                f"it cannot be read as a workbook ({type(error).__name__}: {error})",
                "open it in Excel and save it as .xlsx",
            ) from error
        return _read_sheets(book, path)


def read_modified(path: Path) -> str:
    """When the file was last saved by its own account (2026-02-23T10:15:00), or nothing."""
    try:
        with zipfile.ZipFile(path) as parts:
            content = parts.read("docProps/core.xml") if "docProps/core.xml" in parts.namelist() else b""
    except UNREADABLE:
        return ""
    found = re.search(rb"<dcterms:modified[^>]*>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)", content)
    return found[1].decode("ascii") if found else ""


def _refusal(path: Path, what: str, fix: str) -> SpecError:
    return SpecError(f"{path.name} is not read: {what}", where=str(path), fix=fix)


def _refuse_others(path: Path) -> None:
    """SpecError for a file that is missing, of another kind, damaged, or would fill the memory."""
    try:
        with path.open("rb") as file:
            begin = file.read(65536)
    except OSError as error:
        raise _refusal(path, f"the file cannot be opened: {error.strerror}", "mend the name of the file") from error
    if not begin:
        raise _refusal(path, "the file is empty", "copy or download it again")
    if begin[:4] != b"PK\x03\x04":
        raise _refusal(
            path, f"it is {_kind(begin, path)}, not an .xlsx workbook", "open it in Excel and save it as .xlsx"
        )
    try:
        with zipfile.ZipFile(path) as parts:
            infos = parts.infolist()
            names = {info.filename.lstrip("/") for info in infos}
            _refuse_archive(path, infos, names)
            if "xl/workbook.xml" in names and STRICT in parts.open("xl/workbook.xml").read(4000):
                raise _refusal(path, "it is saved as Strict Open XML", "save it as Excel Workbook (.xlsx) with Excel")
            for info in infos:
                if info.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in parts.open(info).read(1000):
                    raise _refusal(
                        path,
                        f"{info.filename} has a document type declaration, which no workbook has",
                        "save it as .xlsx with Excel",
                    )
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        KeyError,
    ) as error:
        raise _refusal(path, f"the file is damaged ({error})", "copy or download it again") from error


def _kind(begin: bytes, path: Path) -> str:
    for mark, kind in OTHER_KINDS:
        if begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(mark):
            if mark == b"\xd0\xcf\x11\xe0":
                protected = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
                return "protected by a password" if protected else "an old .xls file"
            return kind
    return "text (CSV) under another name" if b"\x00" not in begin else "a file of an unknown kind"


def _refuse_archive(path: Path, infos: list[zipfile.ZipInfo], names: set[str]) -> None:
    if any(info.flag_bits & 1 for info in infos):
        raise _refusal(path, "it is protected by a password", "save it without a password")
    if "xl/workbook.bin" in names:
        raise _refusal(path, "it is a binary workbook (.xlsb)", "open it in Excel and save it as .xlsx")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        kind = "an OpenDocument file" if "mimetype" in names else "a zip file without a workbook"
        raise _refusal(path, f"it is {kind}", "open it in Excel and save it as .xlsx")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > BIGGEST or len(infos) > MOST_PARTS:
        raise _refusal(
            path,
            f"unpacked it has {unpacked / 1e6:,.0f} MB in {len(infos):,} parts, more than a specification can have",
            "delete the sheets, pictures and formats that are no part of the specification",
        )


def _read_sheets(book: Any, path: Path) -> list[RawSheet]:
    sheets: list[RawSheet] = []
    with ExitStack() as open_files:
        formulas: Any = None
        for sheet in book.worksheets:
            if not hasattr(sheet, "iter_rows"):  # a chart
                continue
            raw = RawSheet(sheet.title, sheet.sheet_state != "visible")
            sheets.append(raw)
            try:
                marked, merged = _marks(path, sheet)
                if marked and formulas is None:
                    file = open_files.enter_context(path.open("rb"))
                    formulas = openpyxl.load_workbook(file, read_only=True, data_only=False)
                _read_rows(raw, sheet, _formulas(formulas[sheet.title]) if marked else {})
                _fill_merged(raw, merged)
            except UNREADABLE as error:
                raw.broken = f"{type(error).__name__}: {error}"
            if sum(map(len, (row for one in sheets for row in one.rows.values()))) > MOST_CELLS:
                raise _refusal(path, f"it has more than {MOST_CELLS:,} filled cells", "is this a specification?")
            raw.rows = {number: raw.rows[number] for number in sorted(raw.rows)}
    return sheets


def _read_rows(raw: RawSheet, sheet: Any, formulas: Mapping[tuple[int, int], str]) -> None:
    for total, (number, column, value) in enumerate(_filled(sheet, shown=True)):
        raw.rows.setdefault(number, {})[column] = _cell(value, (number, column) in formulas)
        if total > MOST_CELLS:
            break
    for number, column in formulas:
        raw.rows.setdefault(number, {}).setdefault(column, Cell("", "formula without a value"))


def _filled(sheet: Any, shown: bool = False) -> Iterator[tuple[int, int, Any]]:
    """The cells with a value, with the numbers of row and column; `shown`: a number as its format shows it."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    for row in sheet.iter_rows():
        for cell in row:
            value = cell.value
            if value is not None:
                number = shown and isinstance(value, int | float) and not isinstance(value, bool)
                yield cell.row, cell.column, _shown(value, str(cell.number_format)) if number else value


def _shown(value: float, number_format: str) -> int | float | str:
    """01 for a 1 with the format 00, and 1.10 for a 1.1 with 0.00: what the cell shows, if it is the same number."""
    if not ZEROS.fullmatch(number_format) or number_format == "0":
        return value
    whole, _, decimals = number_format.partition(".")
    width = len(whole) + (len(decimals) + 1 if decimals else 0) + (value < 0)
    text = f"{value:0{width}.{len(decimals)}f}"
    return text if float(text) == value else value


def _formulas(sheet: Any) -> dict[tuple[int, int], str]:
    return {
        (row, column): str(value)
        for row, column, value in _filled(sheet)
        if not isinstance(value, str | int | float | bool | date | time | timedelta)
        or (isinstance(value, str) and value.startswith("="))
    }


def _marks(path: Path, sheet: Any) -> tuple[bool, list[str]]:
    """Whether the sheet's part has formulas, and its merged ranges."""
    part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    with zipfile.ZipFile(path) as parts:
        if part not in parts.namelist():
            return False, []
        content = parts.read(part)
    merged = re.findall(rb'<(?:\w+:)?mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"', content)
    return re.search(rb"<(?:\w+:)?f[ />]", content) is not None, [found.decode("ascii") for found in merged]


def _fill_merged(raw: RawSheet, merged: list[str]) -> None:
    """Carry the value of cells merged over several rows down: each row is to stand for itself."""
    for area in merged:
        (first, top), (_, bottom) = (coordinate_from_string(corner) for corner in area.split(":"))
        column = column_index_from_string(first)
        cell = raw.rows.get(top, {}).get(column)
        if cell is None or bottom == top:
            continue
        raw.merged.append(area)
        for number in range(top + 1, bottom + 1):
            if number in raw.rows:
                raw.rows[number].setdefault(column, cell)


def _cell(value: Any, is_formula: bool) -> Cell:
    text, remark = _text(value)
    if ERRORS.fullmatch(text):
        return Cell("", f"error {text}")
    shown = CONTROLS.sub(lambda found: _visible(found[0]), text)
    if shown != text:
        remark = remark or "characters"
    text = shown
    trimmed = text.strip(BLANKS)
    if is_formula:
        return Cell(trimmed, "formula" if trimmed else "formula without a value")
    if trimmed != text and not remark:
        remark = "edge" if trimmed else "blank"
    return Cell(trimmed, remark)


def _visible(character: str) -> str:
    """What an invisible character stands for: U+0092 is the apostrophe of Windows-1252, read in the wrong encoding."""
    if character in "\u2028\u2029\x0b\x0c\x85":
        return "\n"
    return bytes([ord(character)]).decode("cp1252", "ignore") if "\x80" <= character <= "\x9f" else ""


def _text(value: Any) -> tuple[str, str]:
    """A number as it shows (1, not 1.0), a date as ISO 8601."""
    if isinstance(value, bool):
        return str(value).upper(), ""
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"), ""
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return (value.date().isoformat() if whole_day else value.isoformat(sep="T", timespec="seconds")), "date"
    if isinstance(value, date | time | timedelta):
        return str(value), "date"
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return ESCAPED.sub(lambda found: _escaped(found[0], found[1]), text) if "_x" in text else text, ""


def _escaped(whole: str, code: str) -> str:
    """Excel writes characters that XML has no place for as _x000D_."""
    character = chr(int(code, 16))
    return {"\r": "", "\n": "\n", "\t": "\t", "_": "_"}.get(character, whole)

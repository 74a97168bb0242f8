"""How a delimited file is to be read, found out from its top: encoding, delimiter, quote, line end and columns."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cdisckit.errors import RawDataError, suggest
from cdisckit.findings import Finding, report_findings
from raw.cells import HEAD, Cells, Dialect, Stray, has_text, read_records, split_cells, take_whole_records
from raw.encoding import BAD_BYTE, Encoding, detect_encoding, find_byte_mark, find_signature, read_text

__all__ = ["clean_names", "read_header", "settle_dialect", "settle_encoding", "shorten"]

SAMPLE = 200                 # rows that decide delimiter and quote
VALUE_SHOWN = 200            # characters of a value in a finding
DELIMITERS = "\t|;,"         # where two fit equally well, the one that is rarer in text wins
ODD_CHARS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")


def settle_encoding(path: Path, form: str, forced: str | None) -> str:
    """The forced encoding, or the one found; a file that is not text stops here."""
    head = _read_head_bytes(path)
    if seen := find_signature(head):
        raise RawDataError(f"{path.name} is not a delimited text file: it is {seen[0]}", where=f"{path.name}:1",
                           fix=seen[1])
    mark = find_byte_mark(head)
    if forced is None:
        found = detect_encoding(path)
        report_findings(_encoding_findings(path, form, found))
        return found.codec
    try:
        b"A".decode(forced, errors="ignore")
    except LookupError:
        raise RawDataError(f"there is no text encoding {forced!r}", where=path.name,
                           fix="name one that Python knows: utf-8, cp1252, gb18030, utf-16") from None
    if mark and not forced.lower().replace("-", "").replace("_", "").startswith(mark.family):
        report_findings([Finding(
            "raw", "raw.encoding_contradicted", "warning", form, value=mark.mark.hex(" "), file=path.name, line=1,
            message=f"read as {forced} as told, but the file opens with the byte order mark of {mark.codec}",
            fix=f"look at the text; leave the encoding out, or say {mark.codec}")])
    return forced


def _read_head_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise RawDataError(f"{path.name} is a folder, not an export", where=str(path), fix="name one file of it")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise RawDataError(f"there is no file {path.name}{suggest(path.name, siblings)}", where=str(path),
                           fix="put the export there, or correct the name in study.yaml") from None
    except PermissionError:
        raise RawDataError(f"{path.name} may not be read by this user", where=str(path),
                           fix="ask its owner for the right to read it") from None
    if not head:
        raise RawDataError(f"{path.name} is empty (0 bytes)", where=f"{path.name}:1",
                           fix="get the export again; a form without records still has its header line")
    return head


def _encoding_findings(path: Path, form: str, found: Encoding) -> Iterator[Finding]:
    if found.reason:
        severity = "warning" if found.guessed else "notice"
        yield Finding("raw", "raw.encoding", severity, form, value=found.sample, file=path.name, line=found.line,
                      message=f"read as {found.codec}: {found.reason}",
                      fix="look at the text shown; if it is wrong, give the encoding of this file in study.yaml")


def settle_dialect(path: Path, form: str, codec: str, delimiter: str | None,
                    quotechar: str | None) -> tuple[Dialect, bool]:
    """Delimiter, quote and line end, and whether line 1 is Excel's "sep=;"."""
    for name, char in (("delimiter", delimiter), ("quote", quotechar)):
        if char is not None and (len(char) != 1 or not char.isascii() or char in "\r\n"):
            raise RawDataError(f"the {name} {char!r} is not one ASCII character", where=path.name,
                               fix="give one character: , ; | or a tab")
    head = _read_head(path, codec)
    sep_line = re.match(r"sep=([^\w\s\"]|\t)[ \t]*(\r\n|\r|\n)", head, re.IGNORECASE)
    if sep_line:
        head = head[sep_line.end():]
        report_findings([Finding("raw", "raw.sep_line", "notice", form, value=sep_line[0].strip("\r\n"),
                                 file=path.name, line=1, message="line 1 tells Excel the delimiter; it is no record")])
        delimiter = delimiter or sep_line[1]
    line = _find_line_end(head)
    if delimiter and quotechar:
        return Dialect(delimiter.encode(), quotechar.encode(), line), sep_line is not None
    options = [Dialect(d.encode(), q.encode(), line) for q in quotechar or "\"'" for d in delimiter or DELIMITERS]
    best, width = _choose_dialect(head.encode(), options)
    if width < 2 and not delimiter:
        best = Dialect(b",", best.quote, line)
        report_findings([Finding(
            "raw", "raw.one_column", "warning", form, file=path.name, line=1, value=shorten(head.split("\n")[0]),
            message="no comma, semicolon, tab or pipe in the header: read as one column",
            fix="if the file has several columns, give its delimiter in study.yaml")])
    return best, sep_line is not None


def _find_line_end(head: str) -> bytes:
    bare = re.sub('"[^"]*"', "", head)
    return b"\r" if "\r" in bare and "\n" not in bare else b"\n"


def _read_head(path: Path, codec: str) -> str:
    head = ""
    for text in read_text(path, codec):
        head += text
        if len(head) >= HEAD:
            break
    return head.replace(BAD_BYTE, "")


def _choose_dialect(head: bytes, options: list[Dialect]) -> tuple[Dialect, int]:
    """The dialect in which most rows are as wide as the header, and the width of that header.

    An apostrophe often opens a cell of plain text, so it is the quote only if more rows fit with it than with the
    double quote, or if as many do and a column is wrapped in it from top to bottom.
    """
    best, best_score, width = options[0], (-1.0, False, 0), 1
    for dialect in options:
        widths, wrapped = _measure_rows(head, dialect)
        fit = float(np.mean(widths == widths[0])) if widths[0] > 1 else 0.0
        score = (fit, wrapped and dialect.quote == b"'", int(widths[0]))
        if score > best_score:
            best, best_score, width = dialect, score, int(widths[0])
    return best, width


def _measure_rows(head: bytes, dialect: Dialect) -> tuple[np.ndarray, bool]:
    """How many cells the rows at the top of a file have, and whether the quote wraps a column of them."""
    whole = len(head) < HEAD
    rows = take_whole_records(head[:HEAD] + dialect.line * whole, dialect, 1, whole)
    if not rows.used:
        rows = take_whole_records(head + dialect.line, dialect, 1, True)
    cells = split_cells(rows.data, dialect, rows.line)
    full = np.flatnonzero(has_text(cells))[:SAMPLE]
    if not len(full):
        return np.array([1]), False
    astray = any(stray.rule != "raw.broken_quotes" for stray in rows.strays)
    return cells.width[full], not astray and _has_wrapped_column(cells, full, rows.data, dialect)


def _has_wrapped_column(cells: Cells, rows: np.ndarray, data: bytes, dialect: Dialect) -> bool:
    """Whether some column has a quoted or missing cell in every row below the header, and two that are quoted."""
    starts = np.concatenate([[0], cells.ends[:-1] + 1])
    quoted = np.frombuffer(data, np.uint8)[starts] == dialect.quote[0]
    body = cells.first[rows[cells.width[rows] == cells.width[rows[0]]]][1:]
    columns = [body + at for at in range(int(cells.width[rows[0]]))]
    return any(quoted[at].sum() >= 2 and (quoted[at] | cells.missing[at]).all() for at in columns)


def read_header(path: Path, codec: str, dialect: Dialect,
                 sep_line: bool) -> tuple[list[str | None], int, list[Stray]]:
    """The cells of the first row with text, the line it is on, and the doubtful quotes in it."""
    for rows in read_records(path, codec, dialect, HEAD):
        cells = split_cells(rows.data, dialect, rows.line)
        found = np.flatnonzero(has_text(cells) & ~(sep_line & (cells.line == 1)))
        if len(found):
            row, line = int(found[0]), int(cells.line[found[0]])
            names = [cells.cell(int(cells.first[row]) + at) for at in range(int(cells.width[row]))]
            return names, line, [stray for stray in rows.strays if stray.line <= line]
    raise RawDataError(f"{path.name} has no header line: it holds nothing but blanks", where=f"{path.name}:1",
                       fix="get the export again")


def clean_names(cells: list[str | None], where: str) -> tuple[str, ...]:
    """The names of the columns, trimmed. Names that cannot be told apart, or are no names, stop."""
    names = tuple((cell or "").replace(BAD_BYTE, "").strip() for cell in cells)
    if odd := [repr(name) for name in names if ODD_CHARS.search(name.replace("\r\n", "\n"))]:
        raise RawDataError("the header holds control characters: not a text file, or its line ends are mixed",
                           cases=odd, where=where, fix="ask the vendor for plain text with one kind of line end")
    if empty := [f"column {at}" for at, name in enumerate(names, 1) if not name]:
        raise RawDataError(f"{len(empty)} of {len(names)} columns have no name", cases=empty, where=where,
                           fix="name them in the header, or delete the delimiter too many in every line")
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise RawDataError("columns with the same name: which one is meant cannot be known",
                           cases=[f"{name}: columns {_positions(names, name)}" for name in twice], where=where,
                           fix="ask for an export in which every column has a name of its own")
    if "_line" in names:
        raise RawDataError("a column is called _line, the name kept for the line of a record", where=where,
                           fix="rename the column")
    return names


def _positions(names: tuple[str, ...], name: str) -> str:
    return ", ".join(str(at) for at, each in enumerate(names, 1) if each == name)


def shorten(value: str) -> str:
    return value if len(value) <= VALUE_SHOWN else f"{value[:VALUE_SHOWN]}... ({len(value)} characters)"

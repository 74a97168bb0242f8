"""One delimited export read as collected: every cell as the text in the file, every record with the line it starts on.

Empty and missing stay apart: a quoted empty cell is "", an unquoted empty or absent one is missing. A wrong row is kept
as far as it can be read, and a finding says what is wrong with it; only a file of which nothing can be trusted stops.
How doubtful bytes are read:
- A line ends with LF, or CR LF; with CR in a file that has nothing else. No other character ends a line.
- A quote opens a cell only as the cell's first character; anywhere else in an unquoted cell it is text (a warning).
- In a quoted cell two quotes are one; a quote before a delimiter or a line end closes; any other is text (an error).
- If such a quote comes after a line end, or none comes at all, the quote that opened the cell is not trusted: it is
  text, and the cell ends on its line. So a lost quote never swallows the records that follow it.
- Cells of a row that is too long or too short are read from the left.
- A row without any text, quoted or not, is no record: it is skipped, and a notice gives its line.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cdisckit.errors import RawDataError, suggest
from cdisckit.findings import Finding, report_findings
from raw.encoding import BAD_BYTE, Encoding, detect_encoding, find_byte_mark, find_signature, read_text

__all__ = ["Export", "open_export"]

BATCH = 1 << 22              # bytes tokenised at a time
CELL_LIMIT = 1 << 26         # bytes after which a cell is not waited for any longer
HEAD = 1 << 16               # characters, and
SAMPLE = 200                 # rows, that decide delimiter and quote
SHOWN = 1000                 # findings of one rule listed for one file; the rest is counted
LINES_SHOWN = 20             # line numbers in a finding about many lines
VALUE_SHOWN = 200            # characters of a value in a finding

DELIMITERS = "\t|;,"         # where two fit equally well, the one that is rarer in text wins
DELIM, QUOTE, LINE, OTHER_LINE, CONTROL = 1, 2, 3, 4, 5
ODD_TEXT = re.compile(rb"\xc2[\x80-\x9f]|\xef\xbb\xbf")      # C1 controls, a byte order mark in mid-file
ODD_CHARS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
MARK = BAD_BYTE.encode()
BAD = re.compile(MARK + rb"(?=\\x[0-9a-f]{2})")
STR = pd.StringDtype(na_value=np.nan)

STRAYS = {
    "raw.stray_quote": ("warning", "a quote in a cell that does not begin with one; read as text",
                        "nothing, if the quote is meant; otherwise put quotes around the whole cell, doubled within"),
    "raw.broken_quotes": ("error", "quotes within a quoted cell are not doubled; the cell is read up to the quote "
                          "before the next delimiter or line end",
                          "ask for an export that doubles the quotes within text"),
    "raw.unclosed_quote": ("error", "the quote that opens this cell is never closed, or only in another record; it "
                           "is read as text, and the cell ends on its line",
                           "get the export again if the file ends here; otherwise correct the quote at its source"),
}
CHARACTERS = {
    "\x00": ("raw.nul_byte", "error", "a zero byte, the sign of a damaged file"),
    "\ufeff": ("raw.byte_order_mark", "warning", "a byte order mark within the file: files were put together"),
}


@dataclass(frozen=True)
class Dialect:
    """What separates cells, wraps them and ends a line: one ASCII byte each."""

    delimiter: bytes
    quote: bytes
    line: bytes

    def table(self) -> bytes:
        """The class of each byte: ordinary bytes are 0."""
        classes = bytearray(256)
        for code in (*range(9), 11, 12, *range(14, 32), 127):
            classes[code] = CONTROL
        classes[ord("\n")] = classes[ord("\r")] = OTHER_LINE
        classes[ord(self.line)], classes[ord(self.quote)], classes[ord(self.delimiter)] = LINE, QUOTE, DELIM
        return bytes(classes)


@dataclass(frozen=True)
class Stray:
    """A quote that stands where no quote can: the line its record starts on, the cell's place in it and its text."""

    rule: str
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Rows:
    """Whole records: `data` is well formed, ends with a line end, starts on `line` and took `used` bytes to read."""

    data: bytes
    line: int
    used: int
    strays: tuple[Stray, ...] = ()
    unfinished: bool = False      # the file ends in them, without a line end


@dataclass(frozen=True)
class Cells:
    """The cells of whole records. Cell i is text[start[i]:start[i + 1]] and came from before data[ends[i]].

    Record r has `width[r]` cells from `first[r]` on and starts on `line[r]`.
    """

    text: np.ndarray
    start: np.ndarray
    missing: np.ndarray
    ends: np.ndarray
    first: np.ndarray
    width: np.ndarray
    line: np.ndarray
    odd: np.ndarray               # places in data of control characters and of line ends that end no line

    def cell(self, at: int) -> str | None:
        return None if self.missing[at] else self.text[self.start[at]:self.start[at + 1]].tobytes().decode()


@dataclass(frozen=True)
class Export:
    """One export, opened: how it is read and the columns it has. Each pass over `blocks` reports its findings."""

    path: Path
    form: str
    encoding: str
    delimiter: str
    quotechar: str
    columns: tuple[str, ...]
    line_end: str = "\n"
    header_line: int = 1
    end_marker: str | None = None

    def blocks(self, rows: int = 50_000) -> Iterator[pd.DataFrame]:
        """The records, `rows` at a time: `str` columns in the order of the file and `_line`, where the record starts.

        A file without records gives one empty block, so that its columns are known.
        """
        if rows < 1:
            raise ValueError(f"a block has at least one row, not {rows}")
        return _read_blocks(self, rows)

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.delimiter.encode(), self.quotechar.encode(), self.line_end.encode())


def open_export(path: Path, form: str, *, encoding: str | None = None, delimiter: str | None = None,
                quotechar: str | None = None, end_marker: str | None = None) -> Export:
    """Look at a file and its header, and say how it will be read. What is not given is found out from the file."""
    path = Path(path)
    codec = _settle_encoding(path, form, encoding)
    dialect, sep_line = _settle_dialect(path, form, codec, delimiter, quotechar)
    columns, line, strays = _read_header(path, codec, dialect, sep_line)
    names = _clean_names(columns, f"{path.name}:{line}")
    export = Export(path, form, codec, dialect.delimiter.decode(), dialect.quote.decode(), names,
                    dialect.line.decode(), line, end_marker)
    report_findings([*_stray_findings(export, strays), *_header_findings(export, columns)])
    return export


# ---- opening -------------------------------------------------------------------------------------------------------

def _settle_encoding(path: Path, form: str, forced: str | None) -> str:
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


def _settle_dialect(path: Path, form: str, codec: str, delimiter: str | None,
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
            "raw", "raw.one_column", "warning", form, file=path.name, line=1, value=_shorten(head.split("\n")[0]),
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
    rows = _take_whole_records(head[:HEAD] + dialect.line * whole, dialect, 1, whole)
    if not rows.used:
        rows = _take_whole_records(head + dialect.line, dialect, 1, True)
    cells = _split(rows.data, dialect, rows.line)
    full = np.flatnonzero(_has_text(cells))[:SAMPLE]
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


def _read_header(path: Path, codec: str, dialect: Dialect,
                 sep_line: bool) -> tuple[list[str | None], int, list[Stray]]:
    """The cells of the first row with text, the line it is on, and the doubtful quotes in it."""
    for rows in _read_records(path, codec, dialect, HEAD):
        cells = _split(rows.data, dialect, rows.line)
        found = np.flatnonzero(_has_text(cells) & ~(sep_line & (cells.line == 1)))
        if len(found):
            row, line = int(found[0]), int(cells.line[found[0]])
            names = [cells.cell(int(cells.first[row]) + at) for at in range(int(cells.width[row]))]
            return names, line, [stray for stray in rows.strays if stray.line <= line]
    raise RawDataError(f"{path.name} has no header line: it holds nothing but blanks", where=f"{path.name}:1",
                       fix="get the export again")


def _clean_names(cells: list[str | None], where: str) -> tuple[str, ...]:
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


def _header_findings(export: Export, cells: list[str | None]) -> Iterator[Finding]:
    for name, cell in zip(export.columns, cells, strict=True):
        if seen := re.findall(BAD_BYTE + r"\\x(..)", cell or ""):
            yield _undecodable(export, export.header_line, name, name, ", ".join(f"0x{byte}" for byte in seen))
    padded = [cell for cell in cells if cell and cell != cell.strip()]
    if padded:
        yield _finding(export, "raw.header_blanks", "notice", export.header_line, value=", ".join(map(repr, padded)),
                       message="blanks around the names of the header are taken off")
    cased = Counter(name.upper() for name in export.columns)
    if alike := [name for name in export.columns if cased[name.upper()] > 1]:
        yield _finding(export, "raw.header_case", "warning", export.header_line, value=", ".join(alike),
                       message="names of columns differ by case only, and SAS cannot tell them apart",
                       fix="make sure that the specification takes the one that is meant")


# ---- tokenising ----------------------------------------------------------------------------------------------------

def _read_records(path: Path, codec: str, dialect: Dialect, batch: int) -> Iterator[Rows]:
    """The whole file in batches of whole records. A record that is longer than a batch doubles the window."""
    pieces = (text.encode() for text in read_text(path, codec))
    buffer, line, window, at_end = b"", 1, batch, False
    while not at_end or buffer:
        while len(buffer) < window and not at_end:
            piece = next(pieces, None)
            at_end = piece is None
            buffer += piece or b""
        last = at_end and len(buffer) <= window
        unfinished = last and bool(buffer) and not buffer.endswith(dialect.line)
        rows = _take_whole_records(buffer[:window] + dialect.line * unfinished, dialect, line, last)
        if rows.used:
            yield Rows(rows.data, line, rows.used, rows.strays, unfinished and rows.used > len(buffer))
        elif window > 2 * CELL_LIMIT:
            raise RawDataError(f"a line is longer than {window >> 20} MB: this is no delimited text",
                               where=f"{path.name}:{line}", fix="check what the file is")
        line += rows.data.count(dialect.line)
        buffer = buffer[rows.used:]
        window = batch if rows.used else 2 * window


def _take_whole_records(data: bytes, dialect: Dialect, line: int, at_end: bool) -> Rows:
    """As many whole records as `data` begins with, their quotes mended where they have to be."""
    cut = _find_last_record_end(data, dialect)
    doubt = _find_doubtful_record(data[:cut], dialect) if cut and dialect.quote in data else None
    if cut and doubt is None:
        return Rows(data[:cut], line, cut)
    good = data[:doubt or 0]
    mended, used, strays = _mend(data[len(good):], dialect, line + good.count(dialect.line), at_end)
    return Rows(good + mended, line, len(good) + used, tuple(strays))


def _find_last_record_end(data: bytes, dialect: Dialect) -> int:
    """The place after the last line end that an even number of quotes stands before; 0 if there is none."""
    odd = data.count(dialect.quote) % 2
    last, end = len(data), data.rfind(dialect.line)
    while end >= 0:
        odd ^= data.count(dialect.quote, end, last) & 1
        if not odd:
            return end + 1
        last, end = end, data.rfind(dialect.line, 0, end)
    return 0


def _find_doubtful_record(data: bytes, dialect: Dialect) -> int | None:
    """Where the record starts that holds the first quote which neither opens, closes nor doubles; None if all do."""
    codes = np.frombuffer(data.translate(dialect.table()), np.uint8)
    quotes = np.flatnonzero(codes == QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, LINE, codes[opening - 1])
    after = codes[closing + 1]
    line_end = (after == OTHER_LINE) & (codes[np.minimum(closing + 2, len(codes) - 1)] == LINE)
    wrong = np.concatenate([opening[(before != DELIM) & (before != LINE) & (before != QUOTE)],
                            closing[(after != DELIM) & (after != LINE) & (after != QUOTE) & ~line_end]])
    if not len(wrong):
        return None
    return _find_last_record_end(data[:int(wrong.min())], dialect)


def _mend(data: bytes, dialect: Dialect, line: int, at_end: bool) -> tuple[bytes, int, list[Stray]]:
    """Records whose quotes are in doubt, written again with quotes that are not; how far, and what was doubtful."""
    sound = _sound_record(dialect)
    done: list[bytes] = []
    strays: list[Stray] = []
    used = 0
    while used < min(len(data), BATCH):
        if match := sound.match(data, used):
            end, record = match.end(), match[0]
        else:
            end, record, doubtful = _mend_record(data, used, dialect, line, at_end)
            strays += doubtful
        if end < 0:
            break
        done.append(record)
        line += data.count(dialect.line, used, end)
        used = end
    return b"".join(done), used, strays


@cache
def _separator(dialect: Dialect) -> re.Pattern[bytes]:
    return re.compile(b"[" + re.escape(dialect.delimiter) + dialect.line + b"]")


@cache
def _sound_record(dialect: Dialect) -> re.Pattern[bytes]:
    """A record in which every quote opens, closes or is doubled."""
    delimiter, quote, line = (re.escape(byte) for byte in (dialect.delimiter, dialect.quote, dialect.line))
    cell = b"(?:%s(?:[^%s]++|%s%s)*+%s|[^%s%s%s]*+)" % (quote, quote, quote, quote, quote, quote, delimiter, line)
    return re.compile(b"(?:%s%s)*+%s%s%s" % (cell, delimiter, cell, b"\r?" * (dialect.line == b"\n"), line))


def _mend_record(data: bytes, start: int, dialect: Dialect, line: int, at_end: bool) -> tuple[int, bytes, list[Stray]]:
    """One record with its quotes mended, and where it ends (-1: not within `data`)."""
    cells: list[bytes] = []
    doubtful: list[Stray] = []
    at = start
    while True:
        end, cell, rule = _read_cell(data, at, dialect, at_end)
        if end < 0:
            return -1, b"", []
        if rule:
            doubtful.append(Stray(rule, line, len(cells), data[at:end].decode()))
        cells.append(cell)
        at = end + 1
        if data[end:at] == dialect.line:
            return at, dialect.delimiter.join(cells) + dialect.line, doubtful


def _read_cell(data: bytes, at: int, dialect: Dialect, at_end: bool) -> tuple[int, bytes, str]:
    """One cell: where it ends (-1: not within `data`), its bytes well formed, and the rule that it breaks, if any."""
    if not data.startswith(dialect.quote, at):
        return _read_plain_cell(data, at, dialect, "raw.stray_quote")
    parts: list[bytes] = []
    start, place = at, at + 1
    while (place := data.find(dialect.quote, place)) >= 0:
        after = data[place + 1:place + 3]
        if not after or after == b"\r" != dialect.line:
            return -1, b"", ""
        if after.startswith(dialect.quote):
            place += 2
        elif after[:1] in (dialect.delimiter, dialect.line) or after == b"\r\n":
            end = place + 1 + (after == b"\r\n" and dialect.line == b"\n")
            return end, b"".join(parts) + data[start:end], "raw.broken_quotes" if parts else ""
        elif dialect.line in data[at:place]:
            return _read_plain_cell(data, at, dialect, "raw.unclosed_quote")
        else:
            parts += [data[start:place + 1], dialect.quote]
            start = place = place + 1
    if at_end or len(data) - at > CELL_LIMIT:
        return _read_plain_cell(data, at, dialect, "raw.unclosed_quote")
    return -1, b"", ""


def _read_plain_cell(data: bytes, at: int, dialect: Dialect, rule: str) -> tuple[int, bytes, str]:
    """A cell in which every quote is text."""
    found = _separator(dialect).search(data, at)
    if not found:
        return -1, b"", ""
    text, quote = data[at:found.start()], dialect.quote
    if quote not in text:
        return found.start(), text, ""
    crlf = dialect.line == b"\n" == found[0] and text.endswith(b"\r")
    text = text[:-1] if crlf else text
    return found.start(), quote + text.replace(quote, quote * 2) + quote + b"\r" * crlf, rule


def _split(data: bytes, dialect: Dialect, line: int) -> Cells:
    """The cells of well-formed whole records, found for all of them at once.

    A separator counts if the number of quotes before it is even. Taking separators, wrapping quotes and one of every
    doubled pair out of the bytes leaves all cells in a row, which is how Arrow keeps text.
    """
    raw = np.frombuffer(data, np.uint8)
    codes = np.frombuffer(data.translate(dialect.table()), np.uint8)
    at = np.flatnonzero(codes != 0)
    kind = codes[at]
    quotes = np.cumsum(kind == QUOTE, dtype=np.int64)
    separators = np.flatnonzero(((kind == DELIM) | (kind == LINE)) & (quotes & 1 == 0))
    ends, last = at[separators], np.flatnonzero(kind[separators] == LINE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    crlf = np.zeros(len(ends), bool)
    if dialect.line == b"\n":
        crlf[last] = (raw[ends[last] - 1] == 13) & (ends[last] > starts[last])
    wraps = np.diff(quotes[separators], prepend=0)
    length = ends - starts - crlf - np.where(wraps > 0, wraps // 2 + 1, 0)
    keep = np.ones(len(data), bool)
    keep[ends] = False
    keep[ends[crlf] - 1] = False
    keep[_find_spare_quotes(raw, at[kind == QUOTE], dialect)] = False
    first = np.concatenate([[0], last[:-1] + 1])
    lines = np.cumsum(kind == LINE, dtype=np.int64)[separators[last]]
    odd = at[(kind == CONTROL) | ((kind == OTHER_LINE) & (quotes & 1 == 0))]
    if not data.isascii():
        odd = np.concatenate([odd, [match.start() for match in ODD_TEXT.finditer(data)]]).astype(np.int64)
    return Cells(raw[keep], np.concatenate([[0], np.cumsum(length)]), (length == 0) & (wraps == 0), ends, first,
                 last - first + 1, line + np.concatenate([[0], lines[:-1]]),
                 np.sort(np.setdiff1d(odd, ends[crlf] - 1)))


def _find_spare_quotes(raw: np.ndarray, quotes: np.ndarray, dialect: Dialect) -> np.ndarray:
    """The quotes that are not text: all that open, and those that close for good."""
    closing = quotes[1::2]
    return np.concatenate([quotes[0::2], closing[raw[closing + 1] != dialect.quote[0]]])


def _has_text(cells: Cells) -> np.ndarray:
    """Which records hold a cell that is more than blanks."""
    everything = _as_arrow(cells)
    blank = np.ones(len(cells.first), bool)
    rows, column = np.arange(len(cells.first)), 0
    while len(rows):
        text = everything.take(pa.array(cells.first[rows] + column)).fill_null("")
        empty = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(text)), 0).to_numpy(zero_copy_only=False)
        blank[rows[~empty]] = False
        column += 1
        rows = rows[empty & (cells.width[rows] > column)]
    return ~blank


def _as_arrow(cells: Cells) -> pa.LargeStringArray:
    valid = pa.py_buffer(np.packbits(~cells.missing, bitorder="little"))
    return pa.LargeStringArray.from_buffers(len(cells.missing), pa.py_buffer(cells.start.astype(np.int64)),
                                            pa.py_buffer(cells.text), valid)


# ---- records -------------------------------------------------------------------------------------------------------

@dataclass
class Tally:
    """What one pass over a file has seen so far: the only thing of this module that changes."""

    records: int = 0
    line: int = 0                                                  # where the latest row starts
    marker: int = 0                                                # the line of the first end marker
    blank: list[int] = field(default_factory=list)                 # the first lines without text, and their number
    blanks: int = 0
    after: list[int] = field(default_factory=list)                 # the first records after the marker, likewise
    afters: int = 0
    reported: Counter[tuple[str, str]] = field(default_factory=Counter)            # by rule and severity
    unlisted: dict[tuple[str, str], Finding] = field(default_factory=dict)         # the first that is only counted


def _read_blocks(export: Export, rows: int) -> Iterator[pd.DataFrame]:
    tally = Tally(line=export.header_line)
    waiting = _empty_table(export)
    for batch in _read_records(export.path, export.encoding, export.dialect, BATCH):
        waiting = pa.concat_tables([waiting, _read_table(export, batch, tally)])
        while len(waiting) >= rows:
            yield _to_frame(waiting.slice(0, rows))
            waiting = waiting.slice(rows)
    if len(waiting) or not tally.records:
        yield _to_frame(waiting)
    report_findings(_closing_findings(export, tally))


def _read_table(export: Export, rows: Rows, tally: Tally) -> pa.Table:
    """The records of one batch; their findings are reported in the order of their lines."""
    bad = [match.start() - nth * len(MARK) for nth, match in enumerate(BAD.finditer(rows.data))]
    data = BAD.sub(b"", rows.data) if bad else rows.data
    cells = _split(data, export.dialect, rows.line)
    keep = _choose_records(export, cells, tally)
    found = [*_stray_findings(export, [stray for stray in rows.strays if stray.line > export.header_line]),
             *_ragged_findings(export, cells, keep, rows.unfinished),
             *_byte_findings(export, cells, keep, data, bad),
             *_character_findings(export, cells, keep, data)]
    _report(tally, sorted(found, key=lambda finding: finding.line))
    tally.records += int(keep.sum())
    tally.line = int(cells.line[-1])
    return _to_table(export, cells, keep)


def _choose_records(export: Export, cells: Cells, tally: Tally) -> np.ndarray:
    """Which rows are records: not the header, nor rows without text, nor the end marker."""
    body = cells.line > export.header_line
    full = _has_text(cells)
    tally.blank, tally.blanks = _note(tally.blank, tally.blanks, cells.line[~full])
    keep = body & full
    if export.end_marker is not None:
        for row in np.flatnonzero(keep & (cells.width == 1)):
            if (cells.cell(int(cells.first[row])) or "").strip() == export.end_marker:
                keep[row] = False
                tally.marker = tally.marker or int(cells.line[row])
        if tally.marker:
            tally.after, tally.afters = _note(tally.after, tally.afters, cells.line[keep & (cells.line > tally.marker)])
    return keep


def _note(first: list[int], times: int, lines: np.ndarray) -> tuple[list[int], int]:
    return first + lines[:LINES_SHOWN - len(first)].tolist(), times + len(lines)


def _to_table(export: Export, cells: Cells, keep: np.ndarray) -> pa.Table:
    """A column of text for each name of the header, and the lines. A cell that a row does not have is missing."""
    everything, first, width = _as_arrow(cells), cells.first[keep], cells.width[keep]
    columns = []
    for at in range(len(export.columns)):
        absent = width <= at
        columns.append(everything.take(pa.array(first + at, mask=absent if absent.any() else None)))
    return pa.Table.from_arrays([*columns, pa.array(cells.line[keep], pa.int64())], names=[*export.columns, "_line"])


def _empty_table(export: Export) -> pa.Table:
    return pa.schema([*((name, pa.large_string()) for name in export.columns), ("_line", pa.int64())]).empty_table()


def _to_frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper={pa.large_string(): STR}.get)      # pyarrow 18 alone would give objects


# ---- findings ------------------------------------------------------------------------------------------------------

def _finding(export: Export, rule: str, severity: str, line: int, *, variable: str = "", value: str = "",
             message: str, fix: str = "") -> Finding:
    return Finding("raw", rule, severity, export.form, variable=variable, value=_shorten(value), message=message,
                   fix=fix, file=export.path.name, line=int(line))


def _shorten(value: str) -> str:
    return value if len(value) <= VALUE_SHOWN else f"{value[:VALUE_SHOWN]}... ({len(value)} characters)"


def _count(times: int, noun: str) -> str:
    return f"{times} {noun}{'s' * (times != 1)}"


def _column_name(export: Export, at: int) -> str:
    return export.columns[at] if at < len(export.columns) else f"column {at + 1}"


def _report(tally: Tally, findings: Iterable[Finding]) -> None:
    """Report findings, but of one kind no more than SHOWN one by one: a shifted file has one wrong row per record."""
    listed = []
    for finding in findings:
        kind = finding.rule, finding.severity
        tally.reported[kind] += 1
        if tally.reported[kind] <= SHOWN:
            listed.append(finding)
        else:
            tally.unlisted.setdefault(kind, finding)
    report_findings(listed)


def _stray_findings(export: Export, strays: Iterable[Stray]) -> Iterator[Finding]:
    for stray in strays:
        severity, message, fix = STRAYS[stray.rule]
        text = stray.text.replace(BAD_BYTE, "").strip("\r\n")
        yield _finding(export, stray.rule, severity, stray.line, variable=_column_name(export, stray.column),
                       value=text, message=message, fix=fix)


def _ragged_findings(export: Export, cells: Cells, keep: np.ndarray, unfinished: bool) -> Iterator[Finding]:
    named = len(export.columns)
    for row in np.flatnonzero(keep & (cells.width != named)).tolist():
        first, width = int(cells.first[row]), int(cells.width[row])
        if width > named:
            yield _long_finding(export, cells, row, [cells.cell(first + at) or "" for at in range(named, width)])
        elif unfinished and row == len(keep) - 1:
            yield _finding(export, "raw.truncated_file", "error", cells.line[row],
                           value=cells.cell(first + width - 1) or "", variable=_column_name(export, width - 1),
                           message=f"the file is cut short: it ends after cell {width} of {named}, without a line end",
                           fix="get the export again; records after this one are lost")
        else:
            yield _short_finding(export, cells, row, [cells.cell(first + at) or "" for at in range(width)])


def _long_finding(export: Export, cells: Cells, row: int, extra: list[str]) -> Finding:
    named, lost = len(export.columns), any(text.strip() for text in extra)
    return _finding(
        export, "raw.ragged_row", "error" if lost else "warning", cells.line[row], value=export.delimiter.join(extra),
        message=f"{named + len(extra)} cells where the header has {named}; the cells beyond it are "
                + ("in no column, and the others may stand in a wrong one" if lost else "empty"),
        fix="put quotes around the text that holds a delimiter" if lost else "drop the delimiter too many")


def _short_finding(export: Export, cells: Cells, row: int, texts: list[str]) -> Finding:
    named = len(export.columns)
    fix = "look for a line end in a text without quotes, or for a delimiter that is lacking"
    if texts == ["EOF"]:
        fix = 'if EOF ends the export, as in Rave, give end_marker="EOF" for this file'
    return _finding(export, "raw.ragged_row", "error", cells.line[row], value=export.delimiter.join(texts), fix=fix,
                    message=f"{_count(len(texts), 'cell')} where the header has {named}; read from the left, "
                            "the rest is missing")


def _byte_findings(export: Export, cells: Cells, keep: np.ndarray, data: bytes, bad: list[int]) -> Iterator[Finding]:
    for row, column, value, places in _group_by_cell(cells, keep, np.array(bad, np.int64)):
        seen = ", ".join(f"0x{data[place + 2:place + 4].decode()}" for place in places)
        yield _undecodable(export, cells.line[row], _column_name(export, column), value, seen)


def _undecodable(export: Export, line: int, variable: str, value: str, seen: str) -> Finding:
    return _finding(export, "raw.undecodable_byte", "error", line, variable=variable, value=value,
                    message=f"{seen} is no text in {export.encoding}; kept as it shows",
                    fix="give the right encoding of this file, or have the text corrected at its source")


def _character_findings(export: Export, cells: Cells, keep: np.ndarray, data: bytes) -> Iterator[Finding]:
    for row, column, value, places in _group_by_cell(cells, keep, cells.odd):
        chars = Counter(data[place:place + 3].decode(errors="ignore")[0] for place in places)
        for char, times in sorted(chars.items()):
            rule, severity, what = CHARACTERS.get(char, ("raw.control_character", "warning", "a control character"))
            yield _finding(export, rule, severity, cells.line[row], variable=_column_name(export, column),
                           value=repr(value)[1:-1], fix="have the text corrected at its source",
                           message=f"{what}, U+{ord(char):04X}, {times} times; kept" if times > 1
                           else f"{what}, U+{ord(char):04X}; kept")


def _group_by_cell(cells: Cells, keep: np.ndarray,
                   places: np.ndarray) -> Iterator[tuple[int, int, str, list[int]]]:
    """Row, column and text of every cell of a record that holds some of the places in the data, with those places."""
    found, begins = np.unique(np.searchsorted(cells.ends, places), return_index=True)
    rows = np.searchsorted(cells.first, found, side="right") - 1
    for nth in np.flatnonzero(keep[rows]).tolist():
        row, cell = int(rows[nth]), int(found[nth])
        end = begins[nth + 1] if nth + 1 < len(begins) else None
        yield row, cell - int(cells.first[row]), cells.cell(cell) or "", places[begins[nth]:end].tolist()


def _closing_findings(export: Export, tally: Tally) -> Iterator[Finding]:
    """What only the end of the file shows."""
    for kind, first in sorted(tally.unlisted.items()):
        more = tally.reported[kind] - SHOWN
        yield _finding(export, first.rule, first.severity, first.line, value=str(more), fix=first.fix,
                       message=f"not listed one by one: {_count(more, 'more finding')} of this kind, from this line on")
    if tally.blank:
        yield _finding(export, "raw.blank_row", "notice", tally.blank[0], value=_list_lines(tally.blank, tally.blanks),
                       message=f"skipped: {_count(tally.blanks, 'row')} without any text")
    if tally.afters:
        yield _finding(export, "raw.after_end_marker", "error", tally.after[0],
                       value=_list_lines(tally.after, tally.afters),
                       message=f"kept: {_count(tally.afters, 'record')} after the end marker of line {tally.marker}",
                       fix="find out whether two exports were put together, or a record was added by hand")
    if export.end_marker is not None and not tally.marker:
        yield _finding(export, "raw.missing_end_marker", "error", tally.line, value=export.end_marker,
                       message=f"the file is cut short: its last line is not {export.end_marker}",
                       fix="get the export again; records may be lost")
    if not tally.records:
        yield _finding(export, "raw.no_records", "warning", export.header_line,
                       message="the file holds a header and no record",
                       fix="make sure that the form has no data yet")


def _list_lines(lines: list[int], times: int) -> str:
    more = f" and {times - len(lines)} more" if times > len(lines) else ""
    return f"line{'s' * (times > 1)} {', '.join(map(str, lines))}{more}"

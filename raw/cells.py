"""Text cut into records and cells: all of a batch at once where its quotes are sound, mended where they are not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdisckit.errors import RawDataError
from raw.encoding import read_text

__all__ = ["HEAD", "Cells", "Dialect", "Rows", "Stray", "as_arrow", "has_text", "read_records", "split_cells",
           "take_whole_records"]

BATCH = 1 << 22              # bytes tokenised at a time
CELL_LIMIT = 1 << 26         # bytes after which a cell is not waited for any longer
HEAD = 1 << 16               # characters that decide delimiter and quote

DELIM, QUOTE, LINE, OTHER_LINE, CONTROL = 1, 2, 3, 4, 5
ODD_TEXT = re.compile(rb"\xc2[\x80-\x9f]|\xef\xbb\xbf")      # C1 controls, a byte order mark in mid-file


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


def read_records(path: Path, codec: str, dialect: Dialect, batch: int = 0) -> Iterator[Rows]:
    """The whole file in batches of whole records. A record that is longer than a batch doubles the window."""
    batch = batch or BATCH
    pieces = (text.encode() for text in read_text(path, codec))
    buffer, line, window, at_end = b"", 1, batch, False
    while not at_end or buffer:
        while len(buffer) < window and not at_end:
            piece = next(pieces, None)
            at_end = piece is None
            buffer += piece or b""
        last = at_end and len(buffer) <= window
        unfinished = last and bool(buffer) and not buffer.endswith(dialect.line)
        rows = take_whole_records(buffer[:window] + dialect.line * unfinished, dialect, line, last)
        if rows.used:
            yield Rows(rows.data, line, rows.used, rows.strays, unfinished and rows.used > len(buffer))
        elif window > 2 * CELL_LIMIT:
            raise RawDataError(f"a line is longer than {window >> 20} MB: this is no delimited text",
                               where=f"{path.name}:{line}", fix="check what the file is")
        line += rows.data.count(dialect.line)
        buffer = buffer[rows.used:]
        window = batch if rows.used else 2 * window


def take_whole_records(data: bytes, dialect: Dialect, line: int, at_end: bool) -> Rows:
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


def split_cells(data: bytes, dialect: Dialect, line: int) -> Cells:
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


def has_text(cells: Cells) -> np.ndarray:
    """Which records hold a cell that is more than blanks."""
    everything = as_arrow(cells)
    blank = np.ones(len(cells.first), bool)
    rows, column = np.arange(len(cells.first)), 0
    while len(rows):
        text = everything.take(pa.array(cells.first[rows] + column)).fill_null("")
        empty = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(text)), 0).to_numpy(zero_copy_only=False)
        blank[rows[~empty]] = False
        column += 1
        rows = rows[empty & (cells.width[rows] > column)]
    return ~blank


def as_arrow(cells: Cells) -> pa.LargeStringArray:
    valid = pa.py_buffer(np.packbits(~cells.missing, bitorder="little"))
    return pa.LargeStringArray.from_buffers(len(cells.missing), pa.py_buffer(cells.start.astype(np.int64)),
                                            pa.py_buffer(cells.text), valid)

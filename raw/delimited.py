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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from cdisckit.findings import report_findings
from raw.cells import Cells, Dialect, Rows, as_arrow, has_text, read_records, split_cells
from raw.encoding import BAD_BYTE
from raw.opening import clean_names, read_header, settle_dialect, settle_encoding
from raw.row_findings import (
    LINES_SHOWN,
    Tally,
    byte_findings,
    character_findings,
    closing_findings,
    header_findings,
    ragged_findings,
    report_listed,
    stray_findings,
)

__all__ = ["Export", "open_export"]

MARK = BAD_BYTE.encode()
BAD = re.compile(MARK + rb"(?=\\x[0-9a-f]{2})")
STR = pd.StringDtype(na_value=np.nan)


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
    codec = settle_encoding(path, form, encoding)
    dialect, sep_line = settle_dialect(path, form, codec, delimiter, quotechar)
    columns, line, strays = read_header(path, codec, dialect, sep_line)
    names = clean_names(columns, f"{path.name}:{line}")
    export = Export(path, form, codec, dialect.delimiter.decode(), dialect.quote.decode(), names,
                    dialect.line.decode(), line, end_marker)
    report_findings([*stray_findings(export, strays), *header_findings(export, columns)])
    return export


def _read_blocks(export: Export, rows: int) -> Iterator[pd.DataFrame]:
    tally = Tally(line=export.header_line)
    waiting = _empty_table(export)
    for batch in read_records(export.path, export.encoding, export.dialect):
        waiting = pa.concat_tables([waiting, _read_table(export, batch, tally)])
        while len(waiting) >= rows:
            yield _to_frame(waiting.slice(0, rows))
            waiting = waiting.slice(rows)
    if len(waiting) or not tally.records:
        yield _to_frame(waiting)
    report_findings(closing_findings(export, tally))


def _read_table(export: Export, rows: Rows, tally: Tally) -> pa.Table:
    """The records of one batch; their findings are reported in the order of their lines."""
    bad = [match.start() - nth * len(MARK) for nth, match in enumerate(BAD.finditer(rows.data))]
    data = BAD.sub(b"", rows.data) if bad else rows.data
    cells = split_cells(data, export.dialect, rows.line)
    keep = _choose_records(export, cells, tally)
    found = [*stray_findings(export, [stray for stray in rows.strays if stray.line > export.header_line]),
             *ragged_findings(export, cells, keep, rows.unfinished),
             *byte_findings(export, cells, keep, data, bad),
             *character_findings(export, cells, keep, data)]
    report_listed(tally, sorted(found, key=lambda finding: finding.line))
    tally.records += int(keep.sum())
    tally.line = int(cells.line[-1])
    return _to_table(export, cells, keep)


def _choose_records(export: Export, cells: Cells, tally: Tally) -> np.ndarray:
    """Which rows are records: not the header, nor rows without text, nor the end marker."""
    body = cells.line > export.header_line
    full = has_text(cells)
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
    everything, first, width = as_arrow(cells), cells.first[keep], cells.width[keep]
    columns = []
    for at in range(len(export.columns)):
        absent = width <= at
        columns.append(everything.take(pa.array(first + at, mask=absent if absent.any() else None)))
    return pa.Table.from_arrays([*columns, pa.array(cells.line[keep], pa.int64())], names=[*export.columns, "_line"])


def _empty_table(export: Export) -> pa.Table:
    return pa.schema([*((name, pa.large_string()) for name in export.columns), ("_line", pa.int64())]).empty_table()


def _to_frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper={pa.large_string(): STR}.get)      # pyarrow 18 alone would give objects



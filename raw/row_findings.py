"""What is wrong with the rows of a delimited file, in words: each finding with its line, its column and the fix."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cdisckit.findings import Finding, report_findings
from raw.cells import Cells, Stray
from raw.encoding import BAD_BYTE
from raw.opening import shorten

if TYPE_CHECKING:
    from raw.delimited import Export

__all__ = ["LINES_SHOWN", "Tally", "byte_findings", "character_findings", "closing_findings", "header_findings",
           "ragged_findings", "report_listed", "stray_findings"]

SHOWN = 1000                 # findings of one rule listed for one file; the rest is counted
LINES_SHOWN = 20             # line numbers in a finding about many lines

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


def header_findings(export: "Export", cells: list[str | None]) -> Iterator[Finding]:
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


def _finding(export: "Export", rule: str, severity: str, line: int, *, variable: str = "", value: str = "",
             message: str, fix: str = "") -> Finding:
    return Finding("raw", rule, severity, export.form, variable=variable, value=shorten(value), message=message,
                   fix=fix, file=export.path.name, line=int(line))


def _count(times: int, noun: str) -> str:
    return f"{times} {noun}{'s' * (times != 1)}"


def _column_name(export: "Export", at: int) -> str:
    return export.columns[at] if at < len(export.columns) else f"column {at + 1}"


def report_listed(tally: Tally, findings: Iterable[Finding]) -> None:
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


def stray_findings(export: "Export", strays: Iterable[Stray]) -> Iterator[Finding]:
    for stray in strays:
        severity, message, fix = STRAYS[stray.rule]
        text = stray.text.replace(BAD_BYTE, "").strip("\r\n")
        yield _finding(export, stray.rule, severity, stray.line, variable=_column_name(export, stray.column),
                       value=text, message=message, fix=fix)


def ragged_findings(export: "Export", cells: Cells, keep: np.ndarray, unfinished: bool) -> Iterator[Finding]:
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


def _long_finding(export: "Export", cells: Cells, row: int, extra: list[str]) -> Finding:
    named, lost = len(export.columns), any(text.strip() for text in extra)
    return _finding(
        export, "raw.ragged_row", "error" if lost else "warning", cells.line[row], value=export.delimiter.join(extra),
        message=f"{named + len(extra)} cells where the header has {named}; the cells beyond it are "
                + ("in no column, and the others may stand in a wrong one" if lost else "empty"),
        fix="put quotes around the text that holds a delimiter" if lost else "drop the delimiter too many")


def _short_finding(export: "Export", cells: Cells, row: int, texts: list[str]) -> Finding:
    named = len(export.columns)
    fix = "look for a line end in a text without quotes, or for a delimiter that is lacking"
    if texts == ["EOF"]:
        fix = 'if EOF ends the export, as in Rave, give end_marker="EOF" for this file'
    return _finding(export, "raw.ragged_row", "error", cells.line[row], value=export.delimiter.join(texts), fix=fix,
                    message=f"{_count(len(texts), 'cell')} where the header has {named}; read from the left, "
                            "the rest is missing")


def byte_findings(export: "Export", cells: Cells, keep: np.ndarray, data: bytes, bad: list[int]) -> Iterator[Finding]:
    for row, column, value, places in _group_by_cell(cells, keep, np.array(bad, np.int64)):
        seen = ", ".join(f"0x{data[place + 2:place + 4].decode()}" for place in places)
        yield _undecodable(export, cells.line[row], _column_name(export, column), value, seen)


def _undecodable(export: "Export", line: int, variable: str, value: str, seen: str) -> Finding:
    return _finding(export, "raw.undecodable_byte", "error", line, variable=variable, value=value,
                    message=f"{seen} is no text in {export.encoding}; kept as it shows",
                    fix="give the right encoding of this file, or have the text corrected at its source")


def character_findings(export: "Export", cells: Cells, keep: np.ndarray, data: bytes) -> Iterator[Finding]:
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


def closing_findings(export: "Export", tally: Tally) -> Iterator[Finding]:
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

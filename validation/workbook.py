"""findings.xlsx: the findings as reviewers know them, one sheet each for the summary, the details and the rules.

Text of the data is text: it is never a formula, a link or a number, whatever it begins with. Import this module only
to write a workbook.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from cdisckit.findings import SEVERITIES, WAIVED, Finding
from validation.findings import count_findings
from validation.package import STATUSES, Verdict
from validation.waivers import WaivedRow, waived_summary

__all__ = ["write_workbook"]

ROWS = 1_048_575                                 # what a sheet of XLSX holds below its header
CELL = 32_767                                    # characters a cell of XLSX holds
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")       # XML or XLSX cannot hold them
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "strings_to_numbers": False}
COLOURS = {"error": ("#9C0006", "#FFC7CE"), "warning": ("#7F4F00", "#FFEB9C"), "notice": ("#1F4E79", "#DDEBF7"),
           "waived": ("#595959", "#EDEDED"), "failed": ("#9C0006", "#FFC7CE"), "timed out": ("#9C0006", "#FFC7CE"),
           "skipped": ("#7F4F00", "#FFEB9C"), "issues": ("#1F4E79", "#DDEBF7"), "passed": ("#1F6F3D", "#E2F0D9")}
SUMMARY = (("Dataset", 12), ("Rule", 38), ("Message", 70), ("Severity", 11), ("Count", 9), ("Explanation", 60))
DETAILS = (("Dataset", 11), ("Record", 36), ("Variable", 12), ("Value", 28), ("Severity", 10), ("Rule", 36),
           ("Message", 60), ("Who must do what", 50), ("Raw record", 28), ("Raw file", 24), ("Line", 8), ("Source", 18),
           ("Waived because", 40), ("Waived by", 22), ("Waived until", 13))
RULES = (("Rule", 38), ("Source", 18), ("Citation", 34), ("Severity", 10), ("Status", 11), ("Why", 60),
         ("Findings", 10), ("Seconds", 10), ("Dataset", 12), ("What the rule states", 60))


def write_workbook(ordered: Sequence[Finding], verdicts: Sequence[Verdict], path: Path, *, title: str,
                   facts: Mapping[str, str], datasets: Sequence[tuple[str, str, int, int]], created: datetime) -> None:
    """findings.xlsx with the sheets Summary, Details and Rules, of findings that are in their order.

    The same findings give the same bytes: the file says that it was made at `created`. What a sheet cannot hold is
    counted in its last row.
    """
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        book.set_properties({"title": _text(title), "created": created})
        styles = _styles(book)
        _write_summary(book.add_worksheet("Summary"), styles, ordered, verdicts, title, facts, datasets)
        _write_table(book.add_worksheet("Details"), styles, DETAILS, map(_detail, ordered), len(ordered), 0)
        _write_table(book.add_worksheet("Rules"), styles, RULES, map(_rule, verdicts), len(verdicts), 0)


def _styles(book: Any) -> dict[str, Any]:
    """Cells are of the format Text: a value that is edited in the sheet stays text too."""
    text = {"num_format": "@", "valign": "top", "text_wrap": True}
    styles = {"text": book.add_format(text), "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
              "seconds": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
              "title": book.add_format({**text, "bold": True, "font_size": 14, "text_wrap": False}),
              "loud": book.add_format({**text, "bold": True, "font_color": "#9C0006", "text_wrap": False}),
              "head": book.add_format({**text, "bold": True, "bg_color": "#D9E1F2", "bottom": 1})}
    return styles | {name: book.add_format({**text, "font_color": ink, "bg_color": paper})
                     for name, (ink, paper) in COLOURS.items()}


def _text(text: str) -> str:
    """What a cell can show of a text: a control character as its code, and no more than a cell holds."""
    if text.isprintable() and len(text) <= CELL and text[:1] != "<":
        return text                              # almost every text
    shown = UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)
    if len(shown) > CELL:
        shown = f"{shown[:CELL - 40]} ... (cut, {len(shown):,} characters)"
    return shown + " " if shown.startswith("<r>") else shown    # XlsxWriter takes <r>...</r> for XML of its own


def _write_row(sheet: Any, styles: Mapping[str, Any], row: int, values: Iterable[str | int | float],
               coloured: Sequence[int] = ()) -> None:
    for column, value in enumerate(values):
        if isinstance(value, str):
            if value:
                sheet.write_string(row, column, _text(value), styles[value if column in coloured else "text"])
        else:
            sheet.write_number(row, column, value, styles["seconds" if isinstance(value, float) else "number"])


def _write_table(sheet: Any, styles: Mapping[str, Any], columns: Sequence[tuple[str, int]],
                 rows: Iterable[Sequence[str | int | float]], number: int, top: int) -> None:
    """A table below its header; where it does not fit, the last row of the sheet says how many rows are missing."""
    if top == 0:
        _set_columns(sheet, columns)
        sheet.freeze_panes(1, 0)
    for column, (name, _) in enumerate(columns):
        sheet.write_string(top, column, name, styles["head"])
    coloured = [column for column, (name, _) in enumerate(columns) if name in ("Severity", "Status")]
    room = ROWS - top
    shown = number if number <= room else room - 1
    for row, values in zip(range(top + 1, top + 1 + shown), rows, strict=False):
        _write_row(sheet, styles, row, values, coloured)
    if shown < number:
        sheet.write_string(top + 1 + shown, 0, f"{number - shown:,} MORE ARE NOT IN THIS SHEET, which is full: "
                           "findings.json holds them all", styles["loud"])
    sheet.autofilter(top, 0, top + max(shown, 1), len(columns) - 1)


def _set_columns(sheet: Any, columns: Sequence[tuple[str, int]]) -> None:
    for column, (_, width) in enumerate(columns):
        sheet.set_column(column, column, width)


def _write_summary(sheet: Any, styles: Mapping[str, Any], ordered: Sequence[Finding], verdicts: Sequence[Verdict],
                   title: str, facts: Mapping[str, str], datasets: Sequence[tuple[str, str, int, int]]) -> None:
    _set_columns(sheet, SUMMARY)
    sheet.write_string(0, 0, _text(title), styles["title"])
    row = 2
    for values, style in _head_of_summary(ordered, verdicts, facts, datasets):
        if style:
            sheet.write_string(row, 0, _text(str(values[0])), styles[style])
        else:
            _write_row(sheet, styles, row, values)
        row += 1
    rows = list(_summary_rows(ordered))
    _write_table(sheet, styles, SUMMARY, rows, len(rows), row + 1)


def _head_of_summary(ordered: Sequence[Finding], verdicts: Sequence[Verdict], facts: Mapping[str, str],
                     datasets: Sequence[tuple[str, str, int, int]]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The inputs, the counts of findings and of rules; loudly, how many checks gave no answer."""
    yield from (((name, fact), "") for name, fact in facts.items())
    if datasets:
        records = sum(records for _, _, records, _ in datasets)
        yield ("Datasets", f"{len(datasets)} with {records:,} records: {' '.join(name for name, *_ in datasets)}"), ""
    counts = count_findings(ordered)
    yield ("Findings", ", ".join(f"{counts[standing]:,} {standing}" for standing in (*SEVERITIES, WAIVED))), ""
    if verdicts:
        statuses = Counter(verdict.status for verdict in verdicts)
        yield ("Rules", ", ".join(f"{statuses[status]:,} {status}" for status in STATUSES)), ""
        silent = sum(statuses[status] for status in ("failed", "timed out", "skipped"))
        if silent:
            yield (f"{silent:,} CHECKS GAVE NO ANSWER (failed, timed out or skipped): see the sheet Rules",), "loud"


def _summary_rows(ordered: Sequence[Finding]) -> Iterator[tuple[str | int, ...]]:
    """One row a dataset, rule and severity of what stands, and one a reason of what is waived."""
    groups: dict[tuple[str, str, str], Counter[tuple[str, str]]] = {}
    for found in ordered:
        if not found.waived:
            groups.setdefault((found.dataset, found.rule, found.severity), Counter())[found.message, found.fix] += 1
    for (dataset, rule, severity), wordings in groups.items():
        (message, fix), _ = wordings.most_common(1)[0]
        others = f" (and {len(wordings) - 1:,} other wordings, see Details)" if len(wordings) > 1 else ""
        yield dataset, rule, message + others, severity, wordings.total(), fix
    for row in waived_summary(ordered):
        yield row.dataset, row.rule, row.message, WAIVED, row.count, _explanation(row)


def _explanation(row: WaivedRow) -> str:
    signed = f" ({row.by}{f', until {row.until}' if row.until else ''})" if row.by else ""
    return f"{row.reason}{signed}"


def _detail(found: Finding) -> tuple[str | int, ...]:
    return (found.dataset, found.key, found.variable, found.value, found.standing, found.rule, found.message, found.fix,
            found.record, found.file, found.line or "", found.source, found.waived, found.waived_by, found.waived_until)


def _rule(verdict: Verdict) -> tuple[str | int | float, ...]:
    return (verdict.rule, verdict.source, verdict.citation, verdict.severity, verdict.status, verdict.why,
            verdict.findings, float(verdict.seconds), verdict.dataset, verdict.title)

"""Checks of the sheet Variables of a Pinnacle 21 workbook, and of what value-level rows have in common with it."""

import re
from collections.abc import Iterator

from cdisckit.errors import suggest
from specs.model import NAME_BYTES, byte_length
from specs.p21 import CellProblem, Row, Sheet
from specs.p21_index import Index, check_label, check_number, check_word, check_yes_no, dangling, duplicates, problem
from specs.p21_words import find_word

__all__ = ["WITH_LENGTH", "check_item", "check_items", "predecessor_parts"]

WITH_LENGTH = ("text", "integer", "float")
TEXT_BYTES, NUMBER_WIDTH = 200, 32
PAGES = re.compile(r"\d+\s*[-\u2013]\s*\d+|\d+([\s,;]+\d+)*|[\w.\-#]+([\s,;]+[\w.\-#]+)*", re.ASCII)
MIXED = re.compile(r"(.*[\s,;])?\d+([\s,;].*)?", re.DOTALL)  # a number among other words
SAS_FORMAT = re.compile(r"\$?[A-Za-z_]*[A-Za-z_]?\d*(\.\d*)?|\$?[A-Za-z_][A-Za-z0-9_]*\.?\d*(\.\d*)?")
ONE_VARIABLE = r"[A-Z][A-Z0-9_]*\.[A-Z_][A-Z0-9_]*"
PREDECESSOR = re.compile(rf"{ONE_VARIABLE}(\s*[,;+/]\s*{ONE_VARIABLE})*")
PAIRS = {  # origin: sources in SDTM, in ADaM
    "Collected": (("Subject", "Investigator", "Vendor"), ()),
    "Derived": (("Vendor", "Sponsor"), ("Sponsor",)),
    "Assigned": (("Vendor", "Sponsor"), ("Sponsor",)),
    "Protocol": (("Sponsor",), ()),
    "Predecessor": ((), ()),
}


def check_items(index: Index) -> Iterator[CellProblem]:
    """All that is wrong about variables."""
    book = index.book
    variables = book.sheets.get("Variables")
    if variables:
        yield from duplicates(variables, ("Dataset", "Variable"))
        yield from _check_orders(variables, "Dataset")
        yield from _check_same_labels(variables, index)
        for row in variables.rows:
            yield from _check_variable(variables, row, index)


def _check_orders(sheet: Sheet, by: str) -> Iterator[CellProblem]:
    """The order numbers of each dataset count up without gaps; a sheet may also count them all through."""
    last: dict[str, tuple[int, int]] = {}
    for row in sheet.rows:
        text = row["Order"]
        if text and not re.fullmatch(r"\d+", text, re.ASCII):
            yield problem(
                sheet, row, "Order", "not_a_number", "error", f"{text!r} is no whole number", "write digits only"
            )
            continue
        if not text:
            continue
        before = last.get(row[by])
        if before and int(text) == before[0]:
            yield problem(
                sheet,
                row,
                "Order",
                "order_twice",
                "warning",
                f"order {text} of {row[by]} stands twice, first in row {before[1]}",
                "number them 1, 2, 3 ...",
            )
        elif before and int(text) != before[0] + 1:
            yield problem(
                sheet,
                row,
                "Order",
                "order_gap",
                "notice",
                f"order {text} of {row[by]} follows {before[0]}",
                "number them 1, 2, 3 ...",
            )
        last[row[by]] = int(text), row.number


def _check_same_labels(sheet: Sheet, index: Index) -> Iterator[CellProblem]:
    """Two variables of an ADaM dataset with one label cannot be told apart."""
    first: dict[tuple[str, str], Row] = {}
    for row in sheet.rows:
        before = first.setdefault((row["Dataset"], row["Label"]), row)
        if row["Label"] and before is not row and not index.is_sdtm(row["Dataset"]):
            what = f"{row['Variable']} has the label of {before['Variable']} (row {before.number})"
            yield problem(sheet, row, "Label", "label_twice", "warning", what, "give one of them another label")


def _check_variable(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    dataset, name = row["Dataset"], row["Variable"]
    if dataset and dataset not in index.datasets and "Datasets" in index.book.sheets:
        yield problem(
            sheet,
            row,
            "Dataset",
            "unknown_dataset",
            "error",
            f"there is no dataset {dataset}{suggest(dataset, index.datasets)}",
            "add it to the sheet Datasets, or mend the name",
        )
    if name and (not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or byte_length(name) > NAME_BYTES):
        yield problem(
            sheet,
            row,
            "Variable",
            "variable_name",
            "error",
            f"{name!r} is not 1 to {NAME_BYTES} of A-Z, 0-9 and _ with no digit first",
            "shorten or mend the name",
        )
    elif name != name.upper():
        yield problem(
            sheet, row, "Variable", "variable_name", "warning", f"{name!r} has small letters", f"write {name.upper()}"
        )
    yield from check_label(sheet, row)
    yield from check_item(sheet, row, index)
    if not row["Origin"] and "Origin" in sheet.columns and not _has_values(row, index):
        yield problem(sheet, row, "Origin", "empty_cell", "error", "Origin is empty", "say where the values come from")
    if index.is_sdtm(dataset):
        yield from check_word(sheet, row, "Role", "role", "warning")
        if not row["Role"] and "Role" in sheet.columns:
            yield problem(
                sheet,
                row,
                "Role",
                "empty_cell",
                "warning",
                f"{name} of an SDTM dataset has no role",
                "write the role by the SDTM",
            )
    for column in ("Common", "Has No Data"):
        yield from check_yes_no(sheet, row, column)
    if row["Has No Data"].upper() in ("YES", "Y") and not row["Comment"]:
        yield problem(
            sheet,
            row,
            "Comment",
            "no_data_comment",
            "warning",
            f"{name} has no data and no comment why",
            "explain it in a comment",
        )


def _has_values(row: Row, index: Index) -> bool:
    """Whether value-level rows describe the variable: they may say where the values come from."""
    return any(
        value["Dataset"] == row["Dataset"] and value["Variable"] == row["Variable"]
        for value in index.book.rows("ValueLevel")
    )


def check_item(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    """What a variable and a value-level row have in common."""
    yield from check_word(sheet, row, "Data Type", "data type")
    yield from _check_shape(sheet, row)
    yield from check_yes_no(sheet, row, "Mandatory", needed=bool(row["Variable"]))
    for column in ("Codelist", "Method", "Comment"):
        yield from dangling(sheet, row, column, index)
    yield from _check_codelist_type(sheet, row, index)
    yield from _check_origin(sheet, row, index)
    if row["Format"] and not SAS_FORMAT.fullmatch(row["Format"]):
        yield problem(
            sheet, row, "Format", "format", "warning", f"{row['Format']!r} is no SAS format", "write DATE9. or 8.2"
        )
    if row["Pages"] and not PAGES.fullmatch(row["Pages"]):
        yield problem(sheet, row, "Pages", "pages", "warning", f"{row['Pages']!r} are no pages", "write 12 14 or 12-15")
    elif MIXED.fullmatch(row["Pages"]) and re.search(r"[A-Za-z]", row["Pages"]):
        what = f"{row['Pages']!r} are numbers and words; all were taken as named destinations"
        yield problem(sheet, row, "Pages", "pages", "warning", what, "write 12 14 or 12-15")


def _check_shape(sheet: Sheet, row: Row) -> Iterator[CellProblem]:
    """Data type, length and significant digits belong together."""
    word = find_word("data type", row["Data Type"])
    kind, length, digits = word.term if word else "", row["Length"], row["Significant Digits"]
    yield from check_number(sheet, row, "Length", 1, TEXT_BYTES if kind == "text" else NUMBER_WIDTH)
    yield from check_number(sheet, row, "Significant Digits", 0, 20)
    if kind in WITH_LENGTH and not length and "Length" in sheet.columns:
        yield problem(
            sheet, row, "Length", "no_length", "error", f"{kind} has no length", "write the longest value's length"
        )
    if kind and kind not in WITH_LENGTH and length:
        yield problem(
            sheet,
            row,
            "Length",
            "length_of_date",
            "notice",
            f"{kind} has no length in Define-XML; {length} is left out of define.xml",
            "clear the cell",
        )
    if kind == "float" and not digits and "Significant Digits" in sheet.columns:
        yield problem(
            sheet,
            row,
            "Significant Digits",
            "no_digits",
            "error",
            "float has no significant digits",
            "write the number of decimals, or the data type integer",
        )
    if kind and kind != "float" and digits:
        yield problem(
            sheet,
            row,
            "Significant Digits",
            "digits_of_other",
            "warning",
            f"{kind} has significant digits; they belong to float only",
            "clear the cell, or write float",
        )
    if length.isdecimal() and digits.isdecimal() and int(digits) >= int(length):
        yield problem(
            sheet,
            row,
            "Significant Digits",
            "digits_range",
            "warning",
            f"{digits} decimals do not fit a length of {length}",
            "mend one of the two",
        )


def _check_codelist_type(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    """A list of text serves text, a list of numbers numbers."""
    listed = index.ids["Codelist"].get(row["Codelist"])
    if listed is None or not row["Data Type"] or not listed["Data Type"]:
        return
    numbers = ("integer", "float")
    own, other = (getattr(find_word("data type", text), "term", "") for text in (row["Data Type"], listed["Data Type"]))
    if own and other and (own in numbers) != (other in numbers):
        yield problem(
            sheet,
            row,
            "Codelist",
            "codelist_type",
            "warning",
            f"{row['Variable']} is {own} and the codelist {row['Codelist']} is {other}",
            "use one data type",
        )


def _check_origin(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    if index.book.generation == 3 or row["Origin"] not in ("CRF", "eDT"):
        yield from check_word(sheet, row, "Origin", "origin")
    yield from check_word(sheet, row, "Source", "source")
    word = find_word("origin", row["Origin"])
    origin, source, sdtm = word.term if word else "", find_word("source", row["Source"]), index.is_sdtm(row["Dataset"])
    if origin in PAIRS:
        allowed = PAIRS[origin][0 if sdtm else 1]
        if source and source.term not in allowed:
            yield problem(
                sheet,
                row,
                "Source",
                "origin_pair",
                "error",
                f"{origin} with the source {source.term} is no pair of {'SDTM' if sdtm else 'ADaM'}",
                f"write {' or '.join(allowed)}" if allowed else "clear the cell",
            )
        if not row["Source"] and allowed and "Source" in sheet.columns:
            yield problem(
                sheet, row, "Source", "no_source", "warning", f"{origin} has no source", f"write {allowed[-1]}"
            )
        if not sdtm and origin in ("Collected", "Protocol"):
            yield problem(
                sheet,
                row,
                "Origin",
                "origin_pair",
                "warning",
                f"{origin} is no origin of ADaM",
                "write Derived, Assigned or Predecessor",
            )
    if origin == "Derived" and not row["Method"] and "Method" in sheet.columns:
        yield problem(
            sheet,
            row,
            "Method",
            "no_method",
            "warning",
            f"{row['Variable']} is Derived and has no method",
            "say how on the sheet Methods",
        )
    if row["Method"] and origin and origin not in ("Derived", "Assigned"):
        yield problem(sheet, row, "Method", "method_of_other", "notice", f"{origin} has a method", "is it Derived?")
    if row["Pages"] and origin and origin != "Collected":
        yield problem(
            sheet,
            row,
            "Pages",
            "pages_of_other",
            "warning",
            f"{origin} has pages of the CRF",
            "pages belong to Collected",
        )
    if (
        origin == "Collected"
        and not row["Pages"]
        and (source is None or source.term != "Vendor")
        and row["Origin"].upper() != "EDT"
    ):
        yield problem(
            sheet, row, "Pages", "no_pages", "warning", "Collected has no page of the annotated CRF", "write the pages"
        )
    yield from _check_predecessor(sheet, row, origin, index)


def predecessor_parts(text: str) -> list[str]:
    """The variables that a predecessor names: ADSL.AGE."""
    return re.findall(ONE_VARIABLE, text) if PREDECESSOR.fullmatch(text) else []


def _check_predecessor(sheet: Sheet, row: Row, origin: str, index: Index) -> Iterator[CellProblem]:
    text = row["Predecessor"]
    if origin == "Predecessor" and not text and "Predecessor" in sheet.columns:
        yield problem(
            sheet,
            row,
            "Predecessor",
            "no_predecessor",
            "error",
            "the origin is Predecessor and none is named",
            "write DATASET.VARIABLE",
        )
    if text and origin and origin != "Predecessor":
        yield problem(
            sheet,
            row,
            "Predecessor",
            "predecessor_of_other",
            "warning",
            f"{origin} names a predecessor",
            "write the origin Predecessor, or clear the cell",
        )
    if text and origin in ("", "Predecessor") and not PREDECESSOR.fullmatch(text):
        yield problem(
            sheet,
            row,
            "Predecessor",
            "predecessor",
            "warning" if index.is_sdtm(row["Dataset"]) else "error",  # of SDTM the define.xml may say it in words
            f"{text!r} is not DATASET.VARIABLE",
            "write for example ADSL.AGE",
        )
    for name in predecessor_parts(text):
        dataset, _, variable = name.partition(".")
        if max(map(byte_length, (dataset, variable))) > NAME_BYTES:
            yield problem(
                sheet,
                row,
                "Predecessor",
                "predecessor",
                "error",
                f"{name} cannot exist: a name has up to {NAME_BYTES} letters",
                "mend the name",
            )
        elif (
            dataset in index.variables
            and variable not in index.variables[dataset]
            and (dataset, variable) not in index.qualifiers
        ):
            yield problem(
                sheet,
                row,
                "Predecessor",
                "predecessor",
                "error",
                f"{dataset} has no variable {variable}{suggest(variable, index.variables[dataset])}",
                "mend the name",
            )

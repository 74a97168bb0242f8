"""Checks of the sheets of a Pinnacle 21 workbook that others refer to: codelists, dictionaries, texts, analyses."""

import re
from collections.abc import Iterator

from cdisckit.errors import suggest
from specs.p21 import CellProblem, Row, Sheet
from specs.p21_check_items import predecessor_parts
from specs.p21_index import Index, check_word, dangling, duplicates, names_in, problem
from specs.p21_where import WhereError, parse_where

__all__ = ["check_analyses", "check_codelists", "check_dictionaries", "check_texts"]

C_CODE = re.compile(r"C\d+")
NUMBERS = {"integer": re.compile(r"[+-]?\d+"), "float": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")}
SAME = ("Name", "NCI Codelist Code", "Data Type", "Terminology", "Comment")


def check_codelists(index: Index) -> Iterator[CellProblem]:
    """Each list says one thing of itself, its terms once each, in order, all decoded or none."""
    sheet = index.book.sheets.get("Codelists")
    if sheet is None:
        return
    lists: dict[str, list[Row]] = {}
    for row in sheet.rows:
        lists.setdefault(row["ID"], []).append(row)
    yield from duplicates(sheet, ("ID", "Term"), "term_twice")
    names: dict[str, str] = {}
    for name, rows in lists.items():
        if not name:
            continue
        first = rows[0]
        if first["Name"] and names.setdefault(first["Name"], name) != name:
            yield problem(
                sheet,
                first,
                "Name",
                "codelist_name",
                "warning",
                f"{names[first['Name']]} and {name} have the same name {first['Name']!r}",
                "name them apart",
            )
        yield from _check_list(sheet, rows, index)
        if name not in index.used["Codelist"]:
            yield problem(sheet, first, "ID", "unused", "notice", f"no variable uses the codelist {name}", "remove it")
    for row in sheet.rows:
        yield from _check_term(sheet, row, index)


def _check_list(sheet: Sheet, rows: list[Row], index: Index) -> Iterator[CellProblem]:
    first = rows[0]
    for row in rows[1:]:
        for column in SAME:
            if row[column] != first[column]:
                yield problem(
                    sheet,
                    row,
                    column,
                    "codelist_differs",
                    "error",
                    f"{column} of {first['ID']} is {row[column]!r} here and {first[column]!r} in row {first.number}",
                    "say the same in all rows of a list",
                )
    decoded = [row for row in rows if row["Decoded Value"]]
    if decoded and len(decoded) < len(rows):
        for row in [row for row in rows if not row["Decoded Value"]]:
            yield problem(
                sheet,
                row,
                "Decoded Value",
                "decode_missing",
                "warning",
                f"{row['Term']!r} of {first['ID']} has no decode and other terms have one",
                "write it",
            )
    orders = [(row, row["Order"]) for row in rows]
    if not any(order for _, order in orders):
        yield problem(
            sheet, first, "Order", "order_missing", "notice", f"the terms of {first['ID']} are not numbered", ""
        )
        return
    last = 0
    for row, order in orders:
        if not re.fullmatch(r"\d+", order, re.ASCII):
            what = f"{order!r} is no whole number" if order else f"{row['Term']!r} of {first['ID']} has no order"
            yield problem(
                sheet,
                row,
                "Order",
                "not_a_number" if order else "order_missing",
                "error" if order else "warning",
                what,
                "number the terms 1, 2, 3 ...",
            )
            continue
        if int(order) == last and row is not first:
            yield problem(
                sheet,
                row,
                "Order",
                "order_twice",
                "warning",
                f"order {order} of {first['ID']} stands twice",
                "number the terms 1, 2, 3 ...",
            )
        elif int(order) != last + 1:
            yield problem(
                sheet,
                row,
                "Order",
                "order_gap",
                "notice",
                f"order {order} of {first['ID']} follows {last}"
                if last
                else f"{first['ID']} begins with order {order}",
                "number the terms 1, 2, 3 ...",
            )
        last = int(order)


def _check_term(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    yield from check_word(sheet, row, "Data Type", "data type")
    yield from dangling(sheet, row, "Comment", index)
    for column in ("NCI Codelist Code", "NCI Term Code"):
        if row[column] and not C_CODE.fullmatch(row[column]):
            yield problem(
                sheet, row, column, "c_code", "error", f"{row[column]!r} is no C-code", "write C and digits: C66742"
            )
    if row["NCI Term Code"] and not row["NCI Codelist Code"]:
        yield problem(
            sheet,
            row,
            "NCI Codelist Code",
            "c_code",
            "warning",
            f"{row['Term']!r} has a C-code and the list {row['ID']} has none",
            "write the list's C-code",
        )
    numbers = NUMBERS.get(row["Data Type"].lower())
    if numbers and row["Term"] and not numbers.fullmatch(row["Term"]):
        yield problem(
            sheet,
            row,
            "Term",
            "term_type",
            "error",
            f"{row['Term']!r} is no {row['Data Type']}, which is the data type of {row['ID']}",
            "mend one of the two",
        )
    terminology = row["Terminology"]
    if terminology and terminology not in index.ids["Standard"] and not re.search(r"\d", terminology.split()[-1]):
        yield problem(
            sheet,
            row,
            "Terminology",
            "terminology",
            "warning",
            f"{row['Terminology']!r} has no version",
            "write for example SDTM CT 2025-03-28",
        )


def check_dictionaries(index: Index) -> Iterator[CellProblem]:
    sheet = index.book.sheets.get("Dictionaries")
    if sheet is None:
        return
    yield from duplicates(sheet, ("ID",))
    for row in sheet.rows:
        yield from check_word(sheet, row, "Dictionary", "dictionary", "warning")
        yield from check_word(sheet, row, "Data Type", "data type")
        if row["ID"] and row["ID"] in {term["ID"] for term in index.book.rows("Codelists")}:
            yield problem(
                sheet, row, "ID", "duplicate", "error", f"{row['ID']} is a codelist and a dictionary", "rename one"
            )
        if row["ID"] and row["ID"] not in index.used["Codelist"]:
            yield problem(
                sheet, row, "ID", "unused", "notice", f"no variable uses the dictionary {row['ID']}", "remove it"
            )


def check_texts(index: Index) -> Iterator[CellProblem]:
    """Methods, comments and documents."""
    for name, kind in (("Methods", "Method"), ("Comments", "Comment"), ("Documents", "Document")):
        sheet = index.book.sheets.get(name)
        if sheet is None:
            continue
        yield from duplicates(sheet, ("ID",))
        for row in sheet.rows:
            if row["ID"] and row["ID"] not in index.used[kind] and kind == "Document":
                what = f"no cell refers to the document {row['ID']}; it is listed as supplemental or the annotated CRF"
                yield problem(sheet, row, "ID", "unused", "notice", what)
            elif row["ID"] and row["ID"] not in index.used[kind]:
                yield problem(
                    sheet,
                    row,
                    "ID",
                    "unused",
                    "notice",
                    f"nothing refers to the {kind.lower()} {row['ID']}",
                    "refer to it, or remove it",
                )
            if kind != "Document":
                yield from dangling(sheet, row, "Document", index)
                if row["Pages"] and not row["Document"]:
                    yield problem(
                        sheet,
                        row,
                        "Document",
                        "empty_cell",
                        "warning",
                        "there are pages of no document",
                        "name the document",
                    )
            if kind == "Method":
                yield from check_word(sheet, row, "Type", "method type")
                if row["Expression Context"] and not row["Expression Code"]:
                    yield problem(
                        sheet, row, "Expression Code", "empty_cell", "warning", "the expression has no code", ""
                    )
                if row["Expression Code"] and not row["Expression Context"]:
                    yield problem(
                        sheet,
                        row,
                        "Expression Context",
                        "empty_cell",
                        "error",
                        "the expression does not say its language",
                        "write SAS, R, Python ...",
                    )
        if kind == "Document":
            yield from _check_documents(sheet)


def _check_documents(sheet: Sheet) -> Iterator[CellProblem]:
    for row in sheet.rows:
        href = row["Href"]
        if "\\" in href or re.match(r"[A-Za-z]:|/|file:", href):
            yield problem(
                sheet, row, "Href", "href", "error", f"{href!r} is no relative path with /", "write ../acrf.pdf"
            )


def check_analyses(index: Index) -> Iterator[CellProblem]:
    """Displays and results: what they name exists, reasons and purposes are words of the standard."""
    displays, results = (index.book.sheets.get(name) for name in ("Analysis Displays", "Analysis Results"))
    if displays:
        yield from duplicates(displays, ("ID",))
        for row in displays.rows:
            yield from dangling(displays, row, "Document", index)
    if results is None:
        return
    yield from duplicates(results, ("Display", "ID"))
    known = index.ids["Display"]
    for row in results.rows:
        if row["Display"] and row["Display"] not in known:
            yield problem(
                results,
                row,
                "Display",
                "unknown_display",
                "error",
                f"there is no display {row['Display']!r}{suggest(row['Display'], known)}",
                "add it to the sheet Analysis Displays",
            )
        yield from check_word(results, row, "Reason", "reason")
        yield from check_word(results, row, "Purpose", "purpose")
        yield from dangling(results, row, "Join Comment", index, "Comment")
        yield from dangling(results, row, "Documentation Refs", index, "Document")
        yield from dangling(results, row, "Programming Document", index, "Document")
        yield from _check_result_variables(results, row, index)


def _check_result_variables(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    for name in names_in(row["Variables"]):
        dataset, _, variable = name.partition(".")
        if not predecessor_parts(name) or variable not in index.variables.get(dataset, {}):
            yield problem(
                sheet,
                row,
                "Variables",
                "result_variable",
                "error",
                f"there is no variable {name}",
                "write DATASET.VARIABLE",
            )
    for line in re.split(r"[\n;]", row["Selection Criteria"]):
        if not line.strip():
            continue
        try:
            conditions = [condition for part in parse_where(line) for condition in part]
        except WhereError as error:
            yield problem(
                sheet,
                row,
                "Selection Criteria",
                "where_clause",
                "error",
                f"the criterion cannot be read: {error}",
                "write ADSL.SAFFL EQ Y and ADSL.AGE GE 65",
            )
            continue
        for condition in conditions:
            if condition.dataset and condition.variable not in index.variables.get(condition.dataset, {}):
                yield problem(
                    sheet,
                    row,
                    "Selection Criteria",
                    "where_variable",
                    "error",
                    f"there is no variable {condition.dataset}.{condition.variable}",
                    "mend the criterion",
                )

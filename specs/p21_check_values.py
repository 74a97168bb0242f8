"""Checks of the sheets ValueLevel and WhereClauses of a Pinnacle 21 workbook."""

import re
from collections.abc import Iterator

from cdisckit.errors import suggest
from specs.p21 import CellProblem, Row, Sheet, Workbook
from specs.p21_check_items import check_item
from specs.p21_index import Index, dangling, duplicates, problem
from specs.p21_where import COMPARATORS, SYMBOLS, Condition, WhereError, parse_values, parse_where, write_where

__all__ = ["check_values", "conditions_of", "where_text"]


def check_values(index: Index) -> Iterator[CellProblem]:
    """All that is wrong about value-level rows and where clauses."""
    values, clauses = (index.book.sheets.get(name) for name in ("ValueLevel", "WhereClauses"))
    if values:
        yield from duplicates(values, ("Dataset", "Variable", "Where Clause"))
        yield from _check_same_clauses(values, index)
        for row in values.rows:
            yield from _check_value(values, row, index)
    if clauses:
        yield from _check_where_sheet(clauses, index)


def _check_same_clauses(sheet: Sheet, index: Index) -> Iterator[CellProblem]:
    """Rows of one variable whose where clauses say the same in other words."""
    first: dict[tuple[str, str, str], Row] = {}
    for row in sheet.rows:
        place = row["Dataset"], row["Variable"], where_text(row, index.book)
        before = first.setdefault(place, row)
        if before is not row and before["Where Clause"] != row["Where Clause"]:
            what = f"the clause says the same as row {before.number}: {place[2]}"
            yield problem(sheet, row, "Where Clause", "where_twice", "error", what, "remove one of the two rows")


def where_text(row: Row, book: Workbook) -> str:
    """The where clause of a row as generation 3 writes it: that of its ID, or its text; as it stands if none can be
    read.
    """
    named = book.clauses.get(row["Where Clause"], [])
    try:
        alternatives = (
            [[condition for other in named for condition in conditions_of(other)]]
            if named
            else [list(conditions) for conditions in parse_where(row["Where Clause"])]
        )
    except WhereError:
        return row["Where Clause"]
    return write_where([[condition.of(row["Dataset"]) for condition in conditions] for conditions in alternatives])


def _check_value(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    dataset, name = row["Dataset"], row["Variable"]
    if dataset and dataset not in index.datasets and "Datasets" in index.book.sheets:
        yield problem(
            sheet,
            row,
            "Dataset",
            "unknown_dataset",
            "error",
            f"there is no dataset {dataset}{suggest(dataset, index.datasets)}",
            "mend the name",
        )
    elif name and name not in index.variables.get(dataset, {}):
        yield problem(
            sheet,
            row,
            "Variable",
            "unknown_variable",
            "error",
            f"{dataset} has no variable {name}{suggest(name, index.variables.get(dataset, {}))}",
            "add it to the sheet Variables, or mend the name",
        )
    yield from check_item(sheet, row, index)
    length, widest = row["Length"], index.variables.get(dataset, {}).get(name, row)["Length"]
    if length.isdecimal() and widest.isdecimal() and int(length) > int(widest):
        yield problem(
            sheet,
            row,
            "Length",
            "value_length",
            "warning",
            f"the value is {length} long and its variable {name} {widest}",
            "mend one of the two",
        )
    yield from dangling(sheet, row, "Join Comment", index, "Comment")
    if not row["Where Clause"] or row["Where Clause"] in index.ids["Where Clause"]:
        return
    try:
        alternatives = parse_where(row["Where Clause"])
    except WhereError as error:
        if "WhereClauses" in index.book.sheets:
            yield from dangling(sheet, row, "Where Clause", index)
            return
        yield problem(
            sheet,
            row,
            "Where Clause",
            "where_clause",
            "error",
            f"the where clause cannot be read: {error}",
            'write for example PARAMCD EQ HGB and AVISIT IN ("Week 8", "Week 16")',
        )
        return
    for condition in [condition for conditions in alternatives for condition in conditions]:
        yield from _check_condition(sheet, row, "Where Clause", condition, dataset, index)
        if condition.variable == name and condition.dataset in ("", dataset):
            yield problem(
                sheet,
                row,
                "Where Clause",
                "where_itself",
                "error",
                f"the clause asks {name} about itself: its value cannot choose its description",
                "ask the variable that tells which value it is, such as PARAMCD",
            )


def _check_condition(
    sheet: Sheet, row: Row, column: str, condition: Condition, dataset: str, index: Index
) -> Iterator[CellProblem]:
    """The variable of a condition exists, and its values are terms of its codelist."""
    name = condition.dataset or dataset
    known = index.variables.get(name, {})
    if condition.dataset and name not in index.datasets:
        yield problem(
            sheet,
            row,
            column,
            "where_variable",
            "error",
            f"there is no dataset {name}{suggest(name, index.datasets)}",
            "mend the clause",
        )
        return
    if condition.variable not in known:
        if name in index.datasets:
            yield problem(
                sheet,
                row,
                column,
                "where_variable",
                "error",
                f"{name} has no variable {condition.variable}{suggest(condition.variable, known)}",
                "mend the clause",
            )
        return
    terms = index.terms.get(known[condition.variable]["Codelist"], {})
    for value in condition.values:
        if terms and value and value not in terms:
            yield problem(
                sheet,
                row,
                column,
                "where_value",
                "warning",
                f"{value!r} is no term of {known[condition.variable]['Codelist']}, the codelist of "
                f"{condition.variable}{suggest(value, terms)}",
                "mend the value, or add the term",
            )


def conditions_of(row: Row) -> tuple[Condition, ...]:
    """One row of the sheet WhereClauses; WhereError where it says none."""
    text = " ".join(row["Comparator"].upper().split())
    comparator = SYMBOLS.get(text, text) or "EQ"
    if comparator not in COMPARATORS:
        raise WhereError(f"{row['Comparator']!r} is none of {', '.join(COMPARATORS)}")
    if not re.fullmatch(r"[A-Za-z_]\w*", row["Variable"]) or not re.fullmatch(r"([A-Za-z]\w*)?", row["Dataset"]):
        raise WhereError(f"{row['Dataset']}.{row['Variable']} is no variable")
    return (
        Condition(row["Variable"].upper(), comparator, parse_values(row["Value"], comparator), row["Dataset"].upper()),
    )


def _check_where_sheet(sheet: Sheet, index: Index) -> Iterator[CellProblem]:
    yield from duplicates(sheet, ("ID", "Dataset", "Variable", "Comparator", "Value"))
    for row in sheet.rows:
        yield from dangling(sheet, row, "Comment", index)
        if not row["Value"]:
            what = f"the condition {row['ID']} compares with nothing"
            yield problem(sheet, row, "Value", "empty_cell", "warning", what, "write the value")
        try:
            (condition,) = conditions_of(row)
        except WhereError as error:
            yield problem(
                sheet,
                row,
                "Comparator",
                "where_clause",
                "error",
                f"the condition cannot be read: {error}",
                "mend Comparator and Value",
            )
            continue
        yield from _check_condition(sheet, row, "Variable", condition, row["Dataset"], index)
        if row["ID"] and row["ID"] not in index.used["Where Clause"]:
            yield problem(
                sheet,
                row,
                "ID",
                "unused",
                "notice",
                f"no value-level row uses the where clause {row['ID']}",
                "remove it",
            )

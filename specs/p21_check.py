"""What is wrong in a Pinnacle 21 workbook: every cell that a define.xml could not have, by sheet, row and column."""

import re
from collections.abc import Iterator

from cdisckit.errors import suggest
from specs.model import NAME_BYTES
from specs.p21 import ATTRIBUTES, CellProblem, Row, Sheet, Workbook, layout, plain
from specs.p21_check_items import check_items
from specs.p21_check_lists import check_analyses, check_codelists, check_dictionaries, check_texts
from specs.p21_check_values import check_values
from specs.p21_index import (
    BOOLEANS,
    Index,
    check_label,
    check_word,
    check_yes_no,
    dangling,
    duplicates,
    names_in,
    problem,
)
from specs.p21_own import MORE
from specs.p21_words import find_word, split_standard, standard_problem, words

__all__ = ["check_workbook"]

OWN_WORDS = {
    ("Variables", "Mandatory"),
    ("ValueLevel", "Mandatory"),
    ("Variables", "Origin"),
}  # told by their own check


def check_workbook(book: Workbook) -> tuple[CellProblem, ...]:
    """Every problem of the workbook, those of its reading included, in the order of its sheets and rows."""
    index = Index(book)
    found = [
        *book.problems,
        *_check_study(index),
        *_check_empty(book),
        *_check_datasets(index),
        *check_items(index),
        *check_values(index),
        *check_codelists(index),
        *check_dictionaries(index),
        *check_texts(index),
        *check_analyses(index),
    ]
    titles = [sheet.title for sheet in book.sheets.values()]
    return tuple(sorted(set(found), key=lambda p: (titles.index(p.sheet) if p.sheet in titles else -1, p)))


def _check_empty(book: Workbook) -> Iterator[CellProblem]:
    """Cells that every row has to fill."""
    for name, sheet in book.sheets.items():
        needed = [
            column.name
            for column in layout()[name]
            if column.needed and column.name in sheet.columns and (name, column.name) not in OWN_WORDS
        ]
        for row in sheet.rows:
            if name == "Define" or not row.cells:
                continue
            yield from (
                problem(sheet, row, column, "empty_cell", "error", f"{column} is empty", "fill it")
                for column in needed
                if not row[column] and not (column == "Standard" and _is_non_standard(row))
            )


def _is_non_standard(row: Row) -> bool:
    """Whether a dataset is marked as following no standard, in a column that few workbooks have, or in our own."""
    marked = (text for column, text in row.cells.items() if plain(column) == "isnonstandard")
    return any(BOOLEANS.get(text.upper()) == "Yes" for text in marked) or '"non_standard": true' in row[MORE]


def _check_study(index: Index) -> Iterator[CellProblem]:
    """The study has a name, and its standard exists."""
    sheet = index.book.sheets.get("Define")
    if sheet is None:
        return
    study, generation = index.book.study, index.book.generation
    rows = {row["Attribute"]: row for row in sheet.rows}
    wanted = ATTRIBUTES[:3] if generation > 1 else ATTRIBUTES[:5]
    for attribute in wanted:
        if not study.get(attribute):
            severity = "warning" if attribute == "StudyDescription" else "error"
            yield problem(
                sheet, rows.get(attribute), "Value", "empty_cell", severity, f"{attribute} is empty", "fill it"
            )
    for attribute in study:
        near = suggest(attribute, ATTRIBUTES)
        if attribute not in (*ATTRIBUTES, "Legend") and near:
            yield problem(
                sheet,
                rows.get(attribute),
                "Attribute",
                "unknown_attribute",
                "warning",
                f"{attribute!r} is no attribute of a study{near}",
                "mend the name",
            )
    seen: set[str] = set()
    for row in sheet.rows:
        if row["Attribute"] and row["Attribute"] in seen:
            yield problem(
                sheet, row, "Attribute", "duplicate", "error", f"{row['Attribute']} stands twice", "remove one"
            )
        if row["Value"] and not row["Attribute"] and "Legend" not in seen:
            what = f"nothing says what {row['Value'][:40]!r} is; the value was left out"
            yield problem(sheet, row, "Attribute", "empty_cell", "error", what, "name the attribute")
        seen.add(row["Attribute"])
    if study.get("Language") and not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", study["Language"]):
        yield problem(
            sheet,
            rows.get("Language"),
            "Value",
            "language",
            "error",
            f"{study['Language']!r} is no language tag",
            "write en or zh-CN",
        )
    name, version = study.get("StandardName", ""), study.get("StandardVersion", "")
    if name:
        what, fix = standard_problem(name, version)
        if what:
            place = "StandardVersion" if find_word("standard", name) else "StandardName"
            yield problem(sheet, rows.get(place), "Value", "unknown_standard", "warning", what, fix)


def _check_datasets(index: Index) -> Iterator[CellProblem]:
    sheet = index.book.sheets.get("Datasets")
    if sheet is None:
        return
    yield from duplicates(sheet, ("Dataset",))
    for row in sheet.rows:
        yield from _check_dataset_name(sheet, row, index)
        yield from _check_class(sheet, row, index)
        yield from _check_keys(sheet, row, index)
        yield from dangling(sheet, row, "Comment", index)
        for column, needed in (("Has No Data", False), ("Repeating", True), ("Reference Data", True)):
            yield from check_yes_no(sheet, row, column, needed)
        if row["Standard"] and row["Standard"] not in index.ids["Standard"]:
            what, fix = standard_problem(*split_standard(row["Standard"]))
            if what:
                yield problem(sheet, row, "Standard", "unknown_standard", "error", what, fix)
        if row["Purpose"] and row["Purpose"] not in ("Tabulation", "Analysis"):
            yield problem(
                sheet,
                row,
                "Purpose",
                "unknown_purpose",
                "error",
                f"{row['Purpose']!r} is no purpose of a dataset",
                "write Tabulation or Analysis",
            )
        if row["Has No Data"].upper() in ("YES", "Y") and not row["Comment"]:
            yield problem(
                sheet,
                row,
                "Comment",
                "no_data_comment",
                "warning",
                f"{row['Dataset']} has no data and no comment why",
                "explain it in a comment",
            )


def _check_dataset_name(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    name = row["Dataset"]
    if name and not re.fullmatch(rf"[A-Za-z_][A-Za-z0-9_]{{0,{NAME_BYTES - 1}}}", name):
        yield problem(
            sheet,
            row,
            "Dataset",
            "dataset_name",
            "error",
            f"{name!r} is not 1 to {NAME_BYTES} of A-Z, 0-9 and _ with no digit first",
            "shorten or mend the name",
        )
    elif name != name.upper():
        yield problem(
            sheet, row, "Dataset", "dataset_name", "warning", f"{name!r} has small letters", f"write {name.upper()}"
        )
    yield from check_label(sheet, row)
    if name and "Variables" in index.book.sheets and name not in index.variables:
        yield problem(
            sheet, row, "Dataset", "no_variables", "error", f"{name} has no variables", "add them, or remove it"
        )


def _check_class(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    yield from check_word(sheet, row, "Class", "class")
    yield from check_word(sheet, row, "SubClass", "subclass")
    word, sub = find_word("class", row["Class"]), find_word("subclass", row["SubClass"])
    if word and sub and sub.of != word.term:
        yield problem(
            sheet,
            row,
            "SubClass",
            "subclass_of_other",
            "error",
            f"{sub.term} is a subclass of {sub.of}",
            "mend one of the two",
        )
    standard = find_word("standard", split_standard(row["Standard"])[0] or index.book.study.get("StandardName", ""))
    if (
        word
        and standard
        and ("ADaM" in standard.term) != (word.of == "ADaM")
        and standard.term not in ("BIMO", "CDISC/NCI")
    ):
        known = [name for name, other in words("class").items() if (other.of == "ADaM") == ("ADaM" in standard.term)]
        yield problem(
            sheet,
            row,
            "Class",
            "class_of_other",
            "error",
            f"{word.term} is no class of {standard.term}",
            f"write one of {', '.join(known)}",
        )


def _check_keys(sheet: Sheet, row: Row, index: Index) -> Iterator[CellProblem]:
    keys = names_in(row["Key Variables"])
    known = index.variables.get(row["Dataset"], {})
    for position, key in enumerate(keys):
        if key in keys[:position]:
            yield problem(
                sheet, row, "Key Variables", "key_twice", "error", f"{key} stands twice among the keys", "remove one"
            )
        elif known and key not in known and not (key.startswith("QNAM.") or "." in key):
            yield problem(
                sheet,
                row,
                "Key Variables",
                "unknown_key",
                "error",
                f"the key {key} is no variable of {row['Dataset']}{suggest(key, known)}",
                "mend the key, or add the variable",
            )

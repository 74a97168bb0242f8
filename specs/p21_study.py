"""A study's YAML files from the Pinnacle 21 workbook that was written of them, with what reviewers have changed.

The columns and sheets named cdisckit give back the files. A cell that differs from what the row said when it was
written was edited, and wins. An edit that a specification cannot hold is refused with sheet, row and column.
"""

import re
from collections.abc import Mapping
from typing import Any

from cdisckit.errors import SpecError, suggest
from specs.ct import standard_codelists
from specs.model import LABEL_BYTES, TEXT_BYTES, byte_length
from specs.p21 import CellProblem, Row, Sheet, Workbook
from specs.p21_editing import (
    Editing,
    decoded,
    edit_codelists,
    edit_study,
    edited_text,
    edits_of,
    exported_cells,
    list_name,
    own_rows,
    refuse_edits,
    refuse_row,
    study_files,
    study_terms,
)
from specs.p21_index import names_in, references
from specs.p21_own import LAYER, MORE, PARAMETERS_SHEET, PREFIX, STUDY_SHEET, TESTS_SHEET, qualifier_of
from specs.p21_where import WhereError, parse_where
from specs.p21_words import find_word
from specs.p21_write import EXPORTED
from specs.standard import find_facts, standard_layer

__all__ = ["is_study_workbook", "study_of_workbook"]

Content = dict[str, Any]
DATASET_ENTRIES = {"Label": "label", "Structure": "structure", "SubClass": "subclass", "Key Variables": "keys"}
VARIABLE_ENTRIES = {
    "Label": "label",
    "Format": "format",
    "Pages": "pages",
    "Length": "length",
    "Significant Digits": "digits",
    "Origin": "origin",
    "Source": "originator",
    "Assigned Value": "value",
}
NUMBERS = {"length": (1, TEXT_BYTES), "digits": (0, 15)}
LISTS = ("keys",)
BY_CLASS = {
    "SUBJECT LEVEL ANALYSIS DATASET": "ADSL",
    "OCCURRENCE DATA STRUCTURE": "OCCDS",
    "BASIC DATA STRUCTURE": "BDS",
    "ADAM OTHER": "OTHER",
}
FROM_DATA = "it follows from the data"


def is_study_workbook(book: Workbook) -> bool:
    """Whether the workbook was written of a study's specification, so that its files can be made of it again."""
    return STUDY_SHEET in book.others


def study_of_workbook(book: Workbook) -> tuple[dict[str, Content], tuple[CellProblem, ...]]:
    """The content of each file of the study, and every edit that no file can hold."""
    editing = Editing(book)
    editing.files |= study_files(editing)
    if terms := study_terms(editing):
        editing.files["specs/codelists.yaml"] = terms
    edit_study(editing)
    edit_codelists(editing)
    for row in book.rows("Datasets"):
        if row["Dataset"].startswith("SUPP"):
            if not editing.imported:
                refuse_row(book.sheets["Datasets"], row, editing)
        else:
            _read_dataset(row, editing)
    for sheet in ("Variables", "ValueLevel"):
        for row in book.rows(sheet):
            _read_variable(book.sheets[sheet], row, editing)
    for sheet, part in ((TESTS_SHEET, "tests"), (PARAMETERS_SHEET, "parameters")):
        for cells in own_rows(sheet, editing):
            _read_entry(sheet, part, cells, editing)
    for sheet in ("Methods", "Comments", "Documents", "Dictionaries", "Analysis Displays", "Analysis Results"):
        refuse_edits(sheet, editing)
    _omit_deleted(editing)
    return editing.files, tuple(editing.refused)


def _omit_deleted(editing: Editing) -> None:
    """A variable that the standard expects and the workbook has not is omitted; one that it requires cannot be."""
    sheet = editing.book.sheets.get("Datasets")
    for row in sheet.rows if sheet else ():
        path = editing.path(row["Dataset"])
        content = editing.files.get(path, {})
        if not sheet or not path.startswith("specs/sdtm/") or not content:
            continue
        there = {other["Variable"] for other in editing.book.rows("Variables") if other["Dataset"] == row["Dataset"]}
        try:
            known = standard_layer(str(content["extends"])).content["variables"]
        except SpecError:
            continue  # the loading of the files says it better
        omitted = references(content["omit"]) if isinstance(content.get("omit"), str) else content.get("omit", [])
        gone = {name: facts.get("core") for name, facts in known.items() if name not in there and name not in omitted}
        if expected := [name for name, core in gone.items() if core == "Exp"]:
            content["omit"] = [*omitted, *expected]
        for name in [name for name, core in gone.items() if core == "Req" and not editing.imported]:
            what = f"{row['Dataset']} has no row of {name}, which the standard requires"
            editing.refuse(sheet, row, "Dataset", what, "put the row back on the sheet Variables")


def _read_entry(sheet: str, part: str, row: Row, editing: Editing) -> None:
    """One test or parameter."""
    path = editing.path(row["Dataset"])
    if path not in editing.files:
        editing.refused.append(
            CellProblem(
                sheet,
                row.number,
                "Dataset",
                "p21.refused",
                "error",
                f"there is no dataset {row['Dataset']}",
                "add it to the sheet Datasets",
            )
        )
        return
    entry = {column: decoded(sheet, row, column, editing) for column in row.cells if column not in ("Dataset", "Code")}
    editing.files[path].setdefault(part, {})[row["Code"]] = entry


def _read_dataset(row: Row, editing: Editing) -> None:
    sheet = editing.book.sheets["Datasets"]
    content: Content = {
        column.removeprefix(PREFIX): decoded(sheet.title, row, column, editing)
        for column in row.cells
        if column.startswith(PREFIX) and column not in (EXPORTED, MORE)
    }
    new = not row[EXPORTED]
    if editing.imported and not new and "extends" not in content:
        return  # a dataset of the document that the specification does not hold
    if "extends" not in content:
        word = find_word("class", row["Class"])
        content = {"extends": BY_CLASS.get(word.term, row["Dataset"]) if word else row["Dataset"], **content}
    for column, value in edits_of(sheet, row, editing).items():
        if column in DATASET_ENTRIES and value:
            entry = DATASET_ENTRIES[column]
            content[entry] = names_in(value) if entry in LISTS else value
        elif column == "Comment":
            continue
        elif not new and not editing.imported:
            editing.refuse(sheet, row, column, f"{column} is a fact of the standard or of the data", "undo the edit")
    comment = edited_text(sheet, row, "Comment", str(content.get("comment", "")), editing)
    if comment is not None:
        content["comment"] = comment
    if byte_length(row["Label"]) > LABEL_BYTES:
        editing.refuse(sheet, row, "Label", f"the label is longer than {LABEL_BYTES} bytes", "shorten it")
    editing.files[editing.path(row["Dataset"])] = {**content, "variables": {}}


def _read_variable(sheet: Sheet, row: Row, editing: Editing) -> None:
    """A row of a variable, or of a qualifier of SUPP--, into the entry of its dataset's file."""
    values = sheet.name == "ValueLevel"
    name = qualifier_of(row.cells) if values else row["Variable"]
    dataset = row["Dataset"].removeprefix("SUPP") if values else row["Dataset"]
    edits = edits_of(sheet, row, editing)
    if (values and not name) or row["Dataset"].startswith("SUPP") != values:
        for column in edits if not editing.imported else ():
            editing.refuse(
                sheet,
                row,
                column,
                f"{column} of this row {FROM_DATA} and from the sheets {TESTS_SHEET} and {PARAMETERS_SHEET}",
                "undo the edit",
            )
        if values and not editing.imported:
            _edit_value(sheet, row, editing)
        return
    path = editing.path(dataset)
    if path not in editing.files and editing.imported:
        return
    if path not in editing.files:
        editing.refuse(sheet, row, "Dataset", f"there is no dataset {dataset}", "add it to the sheet Datasets")
        return
    own: Content = {
        column.removeprefix(PREFIX): decoded(sheet.title, row, column, editing)
        for column in row.cells
        if column.startswith(PREFIX) and column not in (LAYER, EXPORTED, MORE)
    }
    if values and "supp" not in own:
        own["supp"] = "true"
    changed = _edit_variable(sheet, row, own, edits, editing)
    if row[LAYER] or own or changed or not row[EXPORTED]:
        editing.files[path]["variables"][name] = own


def _edit_value(sheet: Sheet, row: Row, editing: Editing) -> None:
    """Take another wording of a value's method into what its variable says of it under `where`."""
    text = edited_text(sheet, row, "Method", "", editing)
    if text is None or "Method" in edits_of(sheet, row, editing):
        return                                                     # another method: it is refused already
    variable = editing.files.get(editing.path(row["Dataset"]), {}).get("variables", {}).get(row["Variable"], {})
    try:
        conditions = [one for alternative in parse_where(row["Where Clause"]) for one in alternative]
    except WhereError:
        conditions = []
    for by, value in ((one.variable, value) for one in conditions for value in one.values):
        entries = variable.get("where", {}).get(by, {})
        measures = [cells["from"] for cells in own_rows(PARAMETERS_SHEET, editing)
                    if (cells["Dataset"], cells["Code"]) == (row["Dataset"], value)]
        for key in (key for key in (value, *measures) if key in entries):
            entries[key]["method"] = text
            return
    editing.refuse(sheet, row, "Method", f"{row['Variable']} says nothing of its own of this value", "undo the edit")


def _edit_variable(sheet: Sheet, row: Row, own: Content, edits: Mapping[str, str], editing: Editing) -> bool:
    """Take the edits of a row into the entry of its variable; whether there were any."""
    before = dict(own)
    facts = _standard_facts(row, own, editing)
    sdtm = editing.path(row["Dataset"].removeprefix("SUPP")).startswith("specs/sdtm")
    for column, value in edits.items():
        if column in VARIABLE_ENTRIES:
            _edit_entry(sheet, row, column, value, own, facts if sdtm else {}, editing)
        elif column == "Codelist":
            _edit_codelist(sheet, row, value, own, editing)
        elif column == "Predecessor" and not sdtm:
            own |= {"from": value} if value else {}
        elif column == "Data Type" and (not row[EXPORTED] or _is_new(row)):
            own |= {} if facts.get("type") else {"type": _type(value)}
        elif column not in ("Method", "Comment", "Order") and row[EXPORTED] and not editing.imported:
            editing.refuse(sheet, row, column, f"{column} is a fact of the standard, or {FROM_DATA}", "undo the edit")
    for column, entry in (("Method", "method"), ("Comment", "comment")):
        text = edited_text(sheet, row, column, str(own.get(entry, "")), editing)
        if text is not None:
            own[entry] = text
    return own != before


def _is_new(row: Row) -> bool:
    return exported_cells(row).get("Variable") != row["Variable"]


def _type(text: str) -> str:
    word = find_word("data type", text)
    return "Num" if word and word.term in ("integer", "float") else "Char"


def _standard_facts(row: Row, own: Mapping[str, Any], editing: Editing) -> Mapping[str, Any]:
    """What the standard says of the variable, so that the study cannot say it otherwise."""
    dataset = row["Dataset"].removeprefix("SUPP")
    content = editing.files.get(editing.path(dataset), {})
    try:
        standard = standard_layer(str(content.get("extends", "")))
    except SpecError:
        return {}
    name = qualifier_of(row.cells) or row["Variable"]
    return find_facts(name, standard, {}, {}) or {}


def _edit_entry(
    sheet: Sheet, row: Row, column: str, value: str, own: Content, facts: Mapping[str, Any], editing: Editing
) -> None:
    """One entry that a cell gives; refused where the standard fixes it or the specification cannot hold it."""
    entry = VARIABLE_ENTRIES[column]
    if entry == "label" and "label" in facts:
        if value != facts["label"]:
            editing.refuse(sheet, row, column, f"the label is {facts['label']!r} by the standard", "undo the edit")
        return
    if entry == "label" and not 0 < byte_length(value) <= LABEL_BYTES:
        editing.refuse(sheet, row, column, f"a label is 1 to {LABEL_BYTES} bytes long", "mend the label")
        return
    if entry in NUMBERS and value:
        least, most = NUMBERS[entry]
        if not re.fullmatch(r"\d{1,4}", value, re.ASCII) or not least <= int(value) <= most:
            editing.refuse(
                sheet, row, column, f"{value!r} is no whole number from {least} to {most}", "mend the number"
            )
            return
    for kind in ("origin", "source"):
        if column.lower() == kind and value:
            word = find_word(kind, value)
            if word is None or word.term in ("Not Available", "Other"):
                editing.refuse(sheet, row, column, f"{value!r} is no {kind} that a specification has", "undo the edit")
                return
            value = word.term
    if value or entry not in NUMBERS:
        own[entry] = value
    else:
        own.pop(entry, None)


def _edit_codelist(sheet: Sheet, row: Row, value: str, own: Content, editing: Editing) -> None:
    name = list_name(value)
    known = {**standard_codelists(), **editing.files.get("specs/codelists.yaml", {})}
    if value and name not in known:
        editing.refuse(
            sheet,
            row,
            "Codelist",
            f"there is no codelist {value!r}{suggest(name, known)}",
            "define its terms on the sheet Codelists",
        )
        return
    own["codelist"] = name

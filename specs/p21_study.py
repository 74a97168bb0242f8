"""A study's YAML files from the Pinnacle 21 workbook that was written of them, with what reviewers have changed.

The columns and sheets named cdisckit give back the files. A cell that differs from what the row said when it was
written was edited, and wins. An edit that a specification cannot hold is refused with sheet, row and column.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cdisckit.errors import SpecError, suggest
from specs.ct import standard_codelists
from specs.load import find_facts, standard_layer
from specs.model import LABEL_BYTES, TEXT_BYTES, byte_length
from specs.p21 import CellProblem, Row, Sheet, Workbook
from specs.p21_index import problem, references
from specs.p21_own import (
    BELOW,
    LAYER,
    PARAMETERS_SHEET,
    PREFIX,
    STUDY_SHEET,
    TERMS_SHEET,
    TESTS_SHEET,
    from_cell,
    is_key,
    qualifier_of,
)
from specs.p21_words import find_word
from specs.p21_write import EXPORTED

__all__ = ["is_study_workbook", "study_of_workbook"]

Content = dict[str, Any]
DATASET_ENTRIES = {"Label": "label", "Structure": "structure", "SubClass": "subclass", "Key Variables": "keys"}
VARIABLE_ENTRIES = {"Label": "label", "Format": "format", "Pages": "pages", "Length": "length",
                    "Significant Digits": "digits", "Origin": "origin", "Source": "originator", "Assigned Value": "value"}
NUMBERS = {"length": (1, TEXT_BYTES), "digits": (0, 15)}
LISTS = ("keys",)
BY_CLASS = {"SUBJECT LEVEL ANALYSIS DATASET": "ADSL", "OCCURRENCE DATA STRUCTURE": "OCCDS", "BASIC DATA STRUCTURE": "BDS",
            "ADAM OTHER": "OTHER"}
FROM_DATA = "it follows from the data"
SHEETS_OF_TEXTS = {"Method": "Methods", "Comment": "Comments"}


@dataclass
class Editing:
    """The workbook while its files are made, and what was refused."""

    book: Workbook
    files: dict[str, Content] = field(default_factory=dict)
    refused: list[CellProblem] = field(default_factory=list)

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """The descriptions of methods and comments by their ID."""
        return {column: {row["ID"]: row["Description"] for row in self.book.rows(sheet)}
                for column, sheet in SHEETS_OF_TEXTS.items()}

    @cached_property
    def texts_before(self) -> dict[str, dict[str, str]]:
        """The descriptions as they were when the workbook was written."""
        rows = {column: [_exported(row) for row in self.book.rows(sheet)] for column, sheet in SHEETS_OF_TEXTS.items()}
        return {column: {row["ID"]: row.get("Description", "") for row in said if "ID" in row}
                for column, said in rows.items()}

    @cached_property
    def paths(self) -> dict[str, str]:
        """The file of each dataset: specs/sdtm/ae.yaml."""
        return {row["Dataset"]: _path(row) for row in self.book.rows("Datasets")}

    def path(self, dataset: str) -> str:
        return self.paths.get(dataset, "")

    def refuse(self, sheet: Sheet, row: Row, column: str, what: str, fix: str) -> None:
        self.refused.append(problem(sheet, row, column, "refused", "error", what, fix))


def is_study_workbook(book: Workbook) -> bool:
    """Whether the workbook was written of a study's specification, so that its files can be made of it again."""
    return STUDY_SHEET in book.others


def study_of_workbook(book: Workbook) -> tuple[dict[str, Content], tuple[CellProblem, ...]]:
    """The content of each file of the study, and every edit that no file can hold."""
    editing = Editing(book)
    editing.files |= _study_files(editing)
    if terms := _terms(editing):
        editing.files["specs/codelists.yaml"] = terms
    _edit_study(editing)
    _edit_codelists(editing)
    for row in book.rows("Datasets"):
        if row["Dataset"].startswith("SUPP"):
            _refuse_row(book.sheets["Datasets"], row, editing)
        else:
            _read_dataset(row, editing)
    for sheet in ("Variables", "ValueLevel"):
        for row in book.rows(sheet):
            _read_variable(book.sheets[sheet], row, editing)
    for sheet, part in ((TESTS_SHEET, "tests"), (PARAMETERS_SHEET, "parameters")):
        for cells in _own_rows(sheet, editing):
            _read_entry(sheet, part, cells, editing)
    for sheet in ("Methods", "Comments", "Documents", "Dictionaries"):
        _refuse_edits(sheet, editing)
    _omit_deleted(editing)
    return editing.files, tuple(editing.refused)


def _omit_deleted(editing: Editing) -> None:
    """A variable that the standard expects and the workbook no longer has is omitted."""
    for path, content in editing.files.items():
        if not path.startswith("specs/sdtm/"):
            continue
        there = {row["Variable"] for row in editing.book.rows("Variables") if path == f"specs/sdtm/{row['Dataset'].lower()}.yaml"}
        try:
            known = standard_layer(str(content["extends"])).content["variables"]
        except SpecError:
            continue                              # the loading of the files says it better
        omitted = references(content.get("omit", "")) if isinstance(content.get("omit", ""), str) else content["omit"]
        gone = [name for name, facts in known.items() if facts.get("core") in ("Req", "Exp")
                and name not in there and name not in omitted]
        if gone:
            content["omit"] = [*omitted, *gone]


# --- our own sheets --------------------------------------------------------------------------------------------------

def _own_rows(sheet: str, editing: Editing) -> Iterator[Row]:
    """The rows of one of our own sheets by the names in its first row."""
    rows = editing.book.others.get(sheet, {})
    header: dict[str, str] = {}
    for number, cells in sorted(rows.items()):
        if not header:
            header = dict(cells)
            continue
        yield Row(number, {header[letter]: text for letter, text in cells.items() if letter in header})


def _decoded(sheet: str, row: Row, column: str, editing: Editing) -> Any:
    try:
        return from_cell(row[column])
    except ValueError:
        editing.refused.append(CellProblem(sheet, row.number, column, "p21.refused", "error",
                                           f"{row[column][:40]!r} begins like JSON and is none",
                                           'write a plain text, or ["A", "B"] or {"NAME": "text"}', row[column]))
        return ""


def _study_files(editing: Editing) -> dict[str, Content]:
    """study.yaml and trial_design.yaml of the paths of their entries."""
    files: dict[str, Content] = {}
    for row in _own_rows(STUDY_SHEET, editing):
        place = files.setdefault(row["File"], {})
        *above, name = row["Entry"].split(BELOW)
        for part in above:
            place = place.setdefault(part, {})
        place[name] = _decoded(STUDY_SHEET, row, "Value", editing)
    return files


def _terms(editing: Editing) -> Content:
    """codelists.yaml."""
    made: Content = {}
    for row in _own_rows(TERMS_SHEET, editing):
        value = _decoded(TERMS_SHEET, row, "Value", editing)
        said = made.setdefault(row["Codelist"], {})
        if row["Term"]:
            said.setdefault(row["Entry"], {})[_decoded(TERMS_SHEET, row, "Term", editing)] = value
        else:
            said[row["Entry"]] = value
    return made


def _read_entry(sheet: str, part: str, row: Row, editing: Editing) -> None:
    """One test or parameter."""
    path = editing.path(row["Dataset"])
    if path not in editing.files:
        editing.refused.append(CellProblem(sheet, row.number, "Dataset", "p21.refused", "error",
                                           f"there is no dataset {row['Dataset']}", "add it to the sheet Datasets"))
        return
    entry = {column: _decoded(sheet, row, column, editing) for column in row.cells if column not in ("Dataset", "Code")}
    editing.files[path].setdefault(part, {})[row["Code"]] = entry


# --- edits -----------------------------------------------------------------------------------------------------------

def _edits(sheet: Sheet, row: Row, editing: Editing) -> dict[str, str]:
    """The cells that differ from what the row said when it was written; of a new row, all of them."""
    try:
        exported = from_cell(row[EXPORTED]) if row[EXPORTED] else {}
    except ValueError:
        exported = {}
    before = exported if isinstance(exported, dict) else {}
    if any(is_key(sheet.name, column) and before.get(column, "") != row[column] for column in sheet.columns
           if is_key(sheet.name, column)):
        before = {}                                   # a row that was copied, or named anew
    columns = [column for column in sheet.columns if not column.startswith("cdisckit") and not is_key(sheet.name, column)]
    return {column: row[column] for column in columns if row[column] != before.get(column, "")}


def _exported(row: Row) -> Mapping[str, str]:
    try:
        made = from_cell(row[EXPORTED]) if row[EXPORTED] else {}
    except ValueError:
        return {}
    return made if isinstance(made, dict) else {}


def _edit_study(editing: Editing) -> None:
    """StudyName, StudyDescription and ProtocolName are entries of study.yaml."""
    sheet = editing.book.sheets.get("Define")
    facts = editing.files.get("study.yaml", {})
    entries = {"StudyName": "STUDYID", "StudyDescription": "description" if facts.get("description") else "title",
               "ProtocolName": "protocol"}
    for row in sheet.rows if sheet else ():
        if sheet and "Value" in _edits(sheet, row, editing) and row["Attribute"]:
            if row["Attribute"] in entries and row["Value"]:
                facts[entries[row["Attribute"]]] = row["Value"]
            elif row["Attribute"] in entries or row["Value"]:
                editing.refuse(sheet, row, "Value", f"{row['Attribute']} is no entry of study.yaml", "undo the edit")


def _refuse_row(sheet: Sheet, row: Row, editing: Editing) -> None:
    for column in _edits(sheet, row, editing):
        editing.refuse(sheet, row, column, f"{row['Dataset']} is made of the rows of {row['Dataset'][4:]}", "undo the edit")


def _refuse_edits(name: str, editing: Editing) -> None:
    """Edits of rows that are made of others. A text that a variable refers to is the variable's own entry."""
    sheet = editing.book.sheets.get(name)
    taken = {"Description"} if name in SHEETS_OF_TEXTS.values() else set()
    for row in sheet.rows if sheet else ():
        if sheet and row[EXPORTED]:
            for column in _edits(sheet, row, editing).keys() - taken:
                editing.refuse(sheet, row, column, f"{column} is made when the workbook is written", "undo the edit")


def _edit_codelists(editing: Editing) -> None:
    """New terms and new decodes of the study's own terms."""
    sheet = editing.book.sheets.get("Codelists")
    terms = editing.files.setdefault("specs/codelists.yaml", {})
    for row in sheet.rows if sheet else ():
        edits = _edits(sheet, row, editing) if sheet else {}
        if not sheet or not edits or not row["ID"] or not row["Term"]:
            continue
        name = list_name(row["ID"])
        own, known = terms.get(name, {}), standard_codelists().get(name)
        said = own.get("terms") or own.get("add") or {}
        if _exported(row).get("Term") == row["Term"]:
            for column in edits:
                if column == "Decoded Value" and row["Term"] in said and row[column]:
                    said[row["Term"]] = row[column]
                elif column == "Name" and "terms" in own and row[column]:
                    own["label"] = row[column]
                elif column not in ("Order",):
                    editing.refuse(sheet, row, column, f"{column} of {row['Term']!r} in {name} is not the study's to state",
                                   "undo the edit; decodes of the study's own terms can be edited")
        elif known is not None and not known.extensible:
            editing.refuse(sheet, row, "Term", f"{name} ({known.code}) is not extensible", "use one of its terms")
        elif known is not None:
            terms.setdefault(name, {}).setdefault("add", {})[row["Term"]] = row["Decoded Value"]
        else:
            new = terms.setdefault(name, {"label": row["Name"] or name})
            new.setdefault("terms", {})[row["Term"]] = row["Decoded Value"]
    if not terms:
        del editing.files["specs/codelists.yaml"]


def list_name(name: str) -> str:
    """NY for the codelist NY, and for NY.numeric, which numeric variables use."""
    return name.removesuffix(".numeric")


# --- datasets and variables ------------------------------------------------------------------------------------------

def _path(row: Row) -> str:
    """specs/sdtm/ae.yaml for the row of a dataset."""
    extends, word = row[f"{PREFIX}extends"], find_word("class", row["Class"])
    adam = not _is_sdtm(extends) if extends else bool(word and word.of == "ADaM")
    return f"specs/{'adam' if adam else 'sdtm'}/{row['Dataset'].lower()}.yaml"


def _is_sdtm(extends: str) -> bool:
    try:
        return str(standard_layer(extends).content["standard"]).startswith("SDTMIG")
    except SpecError:
        return False


def _read_dataset(row: Row, editing: Editing) -> None:
    sheet = editing.book.sheets["Datasets"]
    content: Content = {column.removeprefix(PREFIX): _decoded(sheet.title, row, column, editing) for column in row.cells
                        if column.startswith(PREFIX) and column != EXPORTED}
    new = not row[EXPORTED]
    if "extends" not in content:
        word = find_word("class", row["Class"])
        content = {"extends": BY_CLASS.get(word.term, row["Dataset"]) if word else row["Dataset"], **content}
    for column, value in _edits(sheet, row, editing).items():
        if column in DATASET_ENTRIES and value:
            entry = DATASET_ENTRIES[column]
            content[entry] = references(value.replace(" ", ",")) if entry in LISTS else value
        elif column == "Comment":
            continue
        elif not new:
            editing.refuse(sheet, row, column, f"{column} is a fact of the standard or of the data", "undo the edit")
    comment = _edited_text(sheet, row, "Comment", str(content.get("comment", "")), editing)
    if comment is not None:
        content["comment"] = comment
    if byte_length(row["Label"]) > LABEL_BYTES:
        editing.refuse(sheet, row, "Label", f"the label is longer than {LABEL_BYTES} bytes", "shorten it")
    editing.files[editing.path(row["Dataset"])] = {**content, "variables": {}}


def _edited_text(sheet: Sheet, row: Row, column: str, own: str, editing: Editing) -> str | None:
    """The text of a method or comment where it differs from what stood there: another ID, or another description.

    What the workbook had added to the study's own words (of a dictionary, of empty variables) is taken off again.
    """
    now = editing.texts[column].get(row[column], "")
    was = editing.texts_before[column].get(_exported(row).get(column, ""), "")
    if now == was:
        return None
    if row[column] and not now:
        editing.refuse(sheet, row, column, f"there is no {column.lower()} {row[column]!r}", "define it")
        return None
    added = was.removeprefix(own).strip()
    return now.removesuffix(added).strip() if added and own else now


def _read_variable(sheet: Sheet, row: Row, editing: Editing) -> None:
    """A row of a variable, or of a qualifier of SUPP--, into the entry of its dataset's file."""
    values = sheet.name == "ValueLevel"
    name = qualifier_of(row.cells) if values else row["Variable"]
    dataset = row["Dataset"].removeprefix("SUPP") if values else row["Dataset"]
    edits = _edits(sheet, row, editing)
    if (values and not name) or row["Dataset"].startswith("SUPP") != values:
        for column in edits:
            editing.refuse(sheet, row, column, f"{column} of this row {FROM_DATA} and from the sheets {TESTS_SHEET} and "
                           f"{PARAMETERS_SHEET}", "undo the edit")
        return
    path = editing.path(dataset)
    if path not in editing.files:
        editing.refuse(sheet, row, "Dataset", f"there is no dataset {dataset}", "add it to the sheet Datasets")
        return
    own: Content = {column.removeprefix(PREFIX): _decoded(sheet.title, row, column, editing) for column in row.cells
                    if column.startswith(PREFIX) and column not in (LAYER, EXPORTED)}
    if values and "supp" not in own:
        own["supp"] = "true"
    changed = _edit_variable(sheet, row, own, edits, editing)
    if row[LAYER] or own or changed or not row[EXPORTED]:
        editing.files[path]["variables"][name] = own


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
        elif column not in ("Method", "Comment", "Order") and row[EXPORTED]:
            editing.refuse(sheet, row, column, f"{column} is a fact of the standard, or {FROM_DATA}", "undo the edit")
    for column, entry in (("Method", "method"), ("Comment", "comment")):
        text = _edited_text(sheet, row, column, str(own.get(entry, "")), editing)
        if text is not None:
            own[entry] = text
    return own != before


def _is_new(row: Row) -> bool:
    return _exported(row).get("Variable") != row["Variable"]


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


def _edit_entry(sheet: Sheet, row: Row, column: str, value: str, own: Content, facts: Mapping[str, Any],
                editing: Editing) -> None:
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
            editing.refuse(sheet, row, column, f"{value!r} is no whole number from {least} to {most}", "mend the number")
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
        editing.refuse(sheet, row, "Codelist", f"there is no codelist {value!r}{suggest(name, known)}",
                       "define its terms on the sheet Codelists")
        return
    own["codelist"] = name

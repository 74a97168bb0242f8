"""What a reviewer has changed in a workbook that was written of a study: edits, told from cells not touched."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cdisckit.errors import SpecError
from specs.ct import standard_codelists
from specs.p21 import CellProblem, Row, Sheet, Workbook
from specs.p21_index import problem
from specs.p21_own import BELOW, IMPORTED, PREFIX, STUDY_SHEET, TERMS_SHEET, from_cell, is_key
from specs.p21_words import find_word
from specs.p21_write import EXPORTED
from specs.standard import standard_layer

__all__ = [
    "Editing",
    "decoded",
    "edit_codelists",
    "edit_study",
    "edited_text",
    "edits_of",
    "exported_cells",
    "list_name",
    "own_rows",
    "refuse_edits",
    "refuse_row",
    "study_files",
    "study_terms",
]

Content = dict[str, Any]
STUDY_FILES = re.compile(r"(study|trial_design|specs/[a-z_]+)\.yaml")
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
        return {
            column: {row["ID"]: row["Description"] for row in self.book.rows(sheet)}
            for column, sheet in SHEETS_OF_TEXTS.items()
        }

    @cached_property
    def texts_before(self) -> dict[str, dict[str, str]]:
        """The descriptions as they were when the workbook was written."""
        rows = {
            column: [exported_cells(row) for row in self.book.rows(sheet)] for column, sheet in SHEETS_OF_TEXTS.items()
        }
        return {
            column: {row["ID"]: row.get("Description", "") for row in said if "ID" in row}
            for column, said in rows.items()
        }

    @cached_property
    def paths(self) -> dict[str, str]:
        """The file of each dataset: specs/sdtm/ae.yaml."""
        return {row["Dataset"]: _path(row) for row in self.book.rows("Datasets")}

    @property
    def imported(self) -> bool:
        """Whether the study was made of a document, whose own rows are kept beside the specification."""
        return IMPORTED in self.book.study

    def path(self, dataset: str) -> str:
        return self.paths.get(dataset, "")

    def refuse_own(self, sheet: str, row: Row, column: str, what: str, fix: str) -> None:
        """As `refuse`, for one of our own sheets."""
        self.refused.append(CellProblem(sheet, row.number, column, "p21.refused", "error", what, fix, row[column]))

    def refuse(self, sheet: Sheet, row: Row, column: str, what: str, fix: str) -> None:
        self.refused.append(problem(sheet, row, column, "refused", "error", what, fix))


def own_rows(sheet: str, editing: Editing) -> Iterator[Row]:
    """The rows of one of our own sheets by the names in its first row."""
    rows = editing.book.others.get(sheet, {})
    header: dict[str, str] = {}
    for number, cells in sorted(rows.items()):
        if not header:
            header = dict(cells)
            continue
        yield Row(number, {header[letter]: text for letter, text in cells.items() if letter in header})


def decoded(sheet: str, row: Row, column: str, editing: Editing) -> Any:
    try:
        return from_cell(row[column])
    except ValueError:
        editing.refused.append(
            CellProblem(
                sheet,
                row.number,
                column,
                "p21.refused",
                "error",
                f"{row[column][:40]!r} begins like JSON and is none",
                'write a plain text, or ["A", "B"] or {"NAME": "text"}',
                row[column],
            )
        )
        return ""


def study_files(editing: Editing) -> dict[str, Content]:
    """study.yaml and the other files that are about no dataset, of the paths of their entries."""
    files: dict[str, Content] = {}
    for row in own_rows(STUDY_SHEET, editing):
        value = decoded(STUDY_SHEET, row, "Value", editing)
        if not STUDY_FILES.fullmatch(row["File"]):
            editing.refuse_own(STUDY_SHEET, row, "File", f"there is no file {row['File']!r}", "undo the edit")
        elif not _put(files, (row["File"], *row["Entry"].split(BELOW)), value):
            editing.refuse_own(
                STUDY_SHEET,
                row,
                "Entry",
                f"{row['Entry']!r} is below an entry that is a text, or stands twice",
                "mend the entry",
            )
    return files


def study_terms(editing: Editing) -> Content:
    """codelists.yaml."""
    made: Content = {}
    for row in own_rows(TERMS_SHEET, editing):
        value = decoded(TERMS_SHEET, row, "Value", editing)
        term = [str(decoded(TERMS_SHEET, row, "Term", editing))] if row["Term"] else []
        if not _put(made, (row["Codelist"], row["Entry"], *term), value):
            editing.refuse_own(
                TERMS_SHEET,
                row,
                "Entry",
                f"{row['Entry']!r} of {row['Codelist']} cannot be placed: it is a text, or stands twice",
                "write label, terms or add",
            )
    return made


def _put(whole: Content, path: tuple[str, ...], value: Any) -> bool:
    """Set an entry in nested mappings; False where something else stands in its way."""
    place = whole
    for part in path[:-1]:
        below = place.setdefault(part, {})
        if not isinstance(below, dict):
            return False
        place = below
    if not all(path) or path[-1] in place:
        return False
    place[path[-1]] = value
    return True


def edits_of(sheet: Sheet, row: Row, editing: Editing) -> dict[str, str]:
    """The cells that differ from what the row said when it was written; of a new row, all of them."""
    try:
        exported = from_cell(row[EXPORTED]) if row[EXPORTED] else {}
    except ValueError:
        exported = {}
    before = exported if isinstance(exported, dict) else {}
    if any(
        is_key(sheet.name, column) and before.get(column, "") != row[column]
        for column in sheet.columns
        if is_key(sheet.name, column)
    ):
        before = {}  # a row that was copied, or named anew
    columns = [
        column for column in sheet.columns if not column.startswith("cdisckit") and not is_key(sheet.name, column)
    ]
    return {column: row[column] for column in columns if row[column] != before.get(column, "")}


def exported_cells(row: Row) -> Mapping[str, str]:
    try:
        made = from_cell(row[EXPORTED]) if row[EXPORTED] else {}
    except ValueError:
        return {}
    return made if isinstance(made, dict) else {}


def edit_study(editing: Editing) -> None:
    """StudyName, StudyDescription and ProtocolName are entries of study.yaml."""
    sheet = editing.book.sheets.get("Define")
    facts = editing.files.get("study.yaml", {})
    entries = {
        "StudyName": "STUDYID",
        "StudyDescription": "description" if facts.get("description") else "title",
        "ProtocolName": "protocol",
    }
    for row in sheet.rows if sheet else ():
        if sheet and "Value" in edits_of(sheet, row, editing) and row["Attribute"]:
            if row["Attribute"] in entries and row["Value"]:
                facts[entries[row["Attribute"]]] = row["Value"]
            elif row["Attribute"] in entries or row["Value"]:
                editing.refuse(sheet, row, "Value", f"{row['Attribute']} is no entry of study.yaml", "undo the edit")


def refuse_row(sheet: Sheet, row: Row, editing: Editing) -> None:
    for column in edits_of(sheet, row, editing):
        editing.refuse(
            sheet, row, column, f"{row['Dataset']} is made of the rows of {row['Dataset'][4:]}", "undo the edit"
        )


def refuse_edits(name: str, editing: Editing) -> None:
    """Edits of rows that are made of others. A text that a variable refers to is the variable's own entry."""
    sheet = editing.book.sheets.get(name) if not editing.imported else None
    taken = {"Description"} if name in SHEETS_OF_TEXTS.values() else set()
    for row in sheet.rows if sheet else ():
        if sheet and row[EXPORTED]:
            for column in edits_of(sheet, row, editing).keys() - taken:
                editing.refuse(sheet, row, column, f"{column} is made when the workbook is written", "undo the edit")


def edit_codelists(editing: Editing) -> None:
    """New terms and new decodes of the study's own terms."""
    sheet = editing.book.sheets.get("Codelists")
    terms = editing.files.setdefault("specs/codelists.yaml", {})
    for row in sheet.rows if sheet else ():
        edits = edits_of(sheet, row, editing) if sheet else {}
        if not sheet or not edits or not row["ID"] or not row["Term"]:
            continue
        name = list_name(row["ID"])
        own, known = terms.get(name, {}), standard_codelists().get(name)
        said = own.get("terms") or own.get("add") or {}
        if exported_cells(row).get("Term") == row["Term"]:
            for column in edits:
                if column == "Decoded Value" and row["Term"] in said and row[column]:
                    said[row["Term"]] = row[column]
                elif column == "Name" and "terms" in own and row[column]:
                    own["label"] = row[column]
                elif column not in ("Order",) and not editing.imported:
                    editing.refuse(
                        sheet,
                        row,
                        column,
                        f"{column} of {row['Term']!r} in {name} is not the study's to state",
                        "undo the edit; decodes of the study's own terms can be edited",
                    )
        elif known is not None and not known.extensible:
            editing.refuse(sheet, row, "Term", f"{name} ({known.code}) is not extensible", "use one of its terms")
        elif known is not None:
            terms.setdefault(name, {}).setdefault("add", {})[row["Term"]] = row["Decoded Value"]
        elif name in terms or not editing.imported:
            new = terms.setdefault(name, {"label": row["Name"] or name})
            new.setdefault("terms", {})[row["Term"]] = row["Decoded Value"]
    if not terms:
        del editing.files["specs/codelists.yaml"]


def list_name(name: str) -> str:
    """NY for the codelist NY, and for NY.numeric, which numeric variables use."""
    return name.removesuffix(".numeric")


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


def edited_text(sheet: Sheet, row: Row, column: str, own: str, editing: Editing) -> str | None:
    """The text of a method or comment where it differs from what stood there: another ID, or another description.

    What the workbook had added to the study's own words (of a dictionary, of empty variables) is taken off again.
    """
    before = exported_cells(row).get(column, "")
    if row[column] and row[column] != before and row[column] not in editing.texts[column]:
        editing.refuse(sheet, row, column, f"there is no {column.lower()} {row[column]!r}", "define it")
        return None
    now = editing.texts[column].get(row[column], "")
    was = editing.texts_before[column].get(before, "")
    if now == was:
        return None
    added = was.removeprefix(own).strip()
    return now.removesuffix(added).strip() if added and own else now

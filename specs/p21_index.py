"""What the sheets of a Pinnacle 21 workbook define, for the checks of what they refer to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cdisckit.errors import suggest
from specs.model import LABEL_BYTES, byte_length
from specs.p21 import CellProblem, Row, Sheet, Workbook
from specs.p21_own import MORE
from specs.p21_words import find_word, words

__all__ = ["Index", "check_label", "check_number", "check_word", "check_yes_no", "dangling", "duplicates", "is_sdtm",
           "names_in", "problem"]

DEFINED_IN = {
    "Codelist": "Codelists or Dictionaries",
    "Method": "Methods",
    "Comment": "Comments",
    "Document": "Documents",
    "Where Clause": "WhereClauses",
}
BOOLEANS = {"Y": "Yes", "YES": "Yes", "TRUE": "Yes", "1": "Yes", "N": "No", "NO": "No", "FALSE": "No", "0": "No"}


def problem(
    sheet: Sheet, row: Row | None, column: str, rule: str, severity: str, what: str, fix: str = ""
) -> CellProblem:
    value = row[column] if row else ""
    return CellProblem(
        sheet.title, row.number if row else 0, sheet.place(column), f"p21.{rule}", severity, what, fix, value
    )


@dataclass(frozen=True)
class Index:
    """The definitions of a workbook by their names."""

    book: Workbook

    @cached_property
    def datasets(self) -> dict[str, Row]:
        return {row["Dataset"]: row for row in reversed(self.book.rows("Datasets")) if row["Dataset"]}

    @cached_property
    def variables(self) -> dict[str, dict[str, Row]]:
        """The variables of each dataset."""
        made: dict[str, dict[str, Row]] = {}
        for row in reversed(self.book.rows("Variables")):
            made.setdefault(row["Dataset"], {})[row["Variable"]] = row
        return made

    @cached_property
    def ids(self) -> dict[str, dict[str, Row]]:
        """What a column may refer to, by what it refers to."""

        def rows(*sheets: str) -> dict[str, Row]:
            return {row["ID"]: row for sheet in sheets for row in reversed(self.book.rows(sheet)) if row["ID"]}

        return {
            "Codelist": rows("Codelists", "Dictionaries"),
            "Method": rows("Methods"),
            "Comment": rows("Comments"),
            "Document": rows("Documents"),
            "Where Clause": rows("WhereClauses"),
            "Display": rows("Analysis Displays"),
            "Standard": rows("Standards"),
        }

    @cached_property
    def terms(self) -> dict[str, dict[str, Row]]:
        """The terms of each codelist."""
        made: dict[str, dict[str, Row]] = {}
        for row in reversed(self.book.rows("Codelists")):
            made.setdefault(row["ID"], {})[row["Term"]] = row
        return made

    @cached_property
    def qualifiers(self) -> set[tuple[str, str]]:
        """Dataset and name of each supplemental qualifier that the value level describes: (AE, AEREL1)."""
        return {
            (row["Dataset"].removeprefix("SUPP"), word)
            for row in self.book.rows("ValueLevel")
            if row["Variable"] == "QVAL"
            for word in re.findall(r"\w+", row["Where Clause"])
        }

    @cached_property
    def used(self) -> dict[str, set[str]]:
        """The IDs that some cell refers to."""
        where = {
            "Codelist": ("Variables", "ValueLevel"),
            "Method": ("Variables", "ValueLevel"),
            "Where Clause": ("ValueLevel",),
        }
        made = {
            column: {row[column] for sheet in sheets for row in self.book.rows(sheet)}
            for column, sheets in where.items()
        }
        made["Comment"] = {
            row[column]
            for sheet in self.book.sheets
            for row in self.book.rows(sheet)
            for column in ("Comment", "Join Comment")
        }
        kept = [row[MORE] for sheet in self.book.sheets for row in self.book.rows(sheet)]
        kept += [row["Value"] for row in self.book.rows("Define") if row["Attribute"] == MORE]  # comments on standards
        made["Comment"] |= {
            name.removeprefix("COM.") for text in kept for name in re.findall(r'"comment": "([^"]+)"', text)
        }
        made["Document"] = {
            part
            for sheet in self.book.sheets
            for row in self.book.rows(sheet)
            for column in ("Document", "Documentation Refs", "Programming Document")
            for part in references(row[column])
        }
        return made

    def is_sdtm(self, dataset: str) -> bool:
        """By the class of the dataset, its standard, the study's standard, its name."""
        return is_sdtm(self.datasets.get(dataset, Row(0, {"Dataset": dataset})), self.book.study)


def is_sdtm(row: Row, study: Mapping[str, str]) -> bool:
    word = find_word("class", row["Class"])
    if word:
        return word.of == "SDTM"
    standard = f"{row['Standard']} {study.get('StandardName', '')}".upper()
    if "ADAM" in standard or "SDTM" in standard or "SEND" in standard:
        return "ADAM" not in standard
    return not row["Dataset"].startswith("AD")


def references(text: str) -> list[str]:
    """The IDs in a cell that may name several: parted by commas, semicolons or line ends."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


def names_in(text: str) -> list[str]:
    """The names of datasets or variables in a cell, whatever stands between them."""
    return [name for name in re.split(r"[,;|/\s]+", text) if name]


def dangling(sheet: Sheet, row: Row, column: str, index: Index, kind: str = "") -> Iterator[CellProblem]:
    """A reference to nothing."""
    kind = kind or column
    known = index.ids[kind]
    for name in references(row[column]) if kind == "Document" else [row[column]]:
        if name and name not in known:
            yield problem(
                sheet,
                row,
                column,
                f"unknown_{kind.lower().replace(' ', '_')}",
                "error",
                f"there is no {kind.lower()} {name!r}{suggest(name, known)}",
                f"define it on the sheet {DEFINED_IN[kind]}, or clear the cell",
            )


def duplicates(sheet: Sheet, columns: tuple[str, ...], rule: str = "duplicate") -> Iterator[CellProblem]:
    """Rows that say the same thing again."""
    first: dict[tuple[str, ...], int] = {}
    for row in sheet.rows:
        key = tuple(row[column] for column in columns)
        if not all(key):
            continue
        if key in first:
            yield problem(
                sheet,
                row,
                columns[-1],
                rule,
                "error",
                f"{' '.join(key)} stands twice, first in row {first[key]}",
                "remove one of the two rows",
            )
        first.setdefault(key, row.number)


def check_word(sheet: Sheet, row: Row, column: str, kind: str, severity: str = "error") -> Iterator[CellProblem]:
    """A cell that holds one word of a closed list."""
    text = row[column]
    if not text or text in words(kind):
        return
    found = find_word(kind, text)
    rule = f"unknown_{kind.replace(' ', '_')}"
    if found is None:
        yield problem(
            sheet,
            row,
            column,
            rule,
            severity,
            f"{text!r} is no {kind}{suggest(text, words(kind))}",
            f"write one of {', '.join(words(kind))}",
        )
    elif found.term.upper() != text.upper():
        yield problem(
            sheet,
            row,
            column,
            rule,
            "warning",
            f"{text!r} is no {kind} of Define-XML 2.1; {found.term} was taken",
            f"write {found.term}",
        )
    elif kind not in ("role",):
        yield problem(
            sheet,
            row,
            column,
            f"{kind.replace(' ', '_')}_case",
            "notice",
            f"{text!r} was taken as {found.term}",
            f"write {found.term}",
        )


def check_yes_no(sheet: Sheet, row: Row, column: str, needed: bool = False) -> Iterator[CellProblem]:
    text = row[column]
    if text in ("Yes", "No") or (not text and (not needed or column not in sheet.columns)):
        return
    if not text:
        yield problem(sheet, row, column, "empty_cell", "error", f"{column} is empty", "write Yes or No")
    elif text.upper() in BOOLEANS:
        meant = BOOLEANS[text.upper()]
        yield problem(sheet, row, column, "not_yes_no", "warning", f"{text!r} was taken as {meant}", f"write {meant}")
    else:
        yield problem(sheet, row, column, "not_yes_no", "error", f"{text!r} is neither Yes nor No", "write Yes or No")


def check_label(sheet: Sheet, row: Row) -> Iterator[CellProblem]:
    """A label that is longer than a transport file holds."""
    size = byte_length(row["Label"])
    if size > LABEL_BYTES:
        yield problem(
            sheet,
            row,
            "Label",
            "label_length",
            "error",
            f"the label is {size} bytes long; a transport file holds {LABEL_BYTES}",
            "shorten it",
        )


def check_number(sheet: Sheet, row: Row, column: str, least: int, most: int) -> Iterator[CellProblem]:
    text = row[column]
    if not text:
        return
    if not re.fullmatch(r"\d+", text, re.ASCII):
        yield problem(sheet, row, column, "not_a_number", "error", f"{text!r} is no whole number", "write digits only")
    elif not least <= int(text) <= most:
        yield problem(
            sheet,
            row,
            column,
            "number_range",
            "error" if int(text) < least else "warning",
            f"{column} {text} is not between {least} and {most}",
            "",
        )

"""What the rows of a Pinnacle 21 workbook have in common when they are read: names, words, standards."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdisckit.errors import SpecError
from define.model import DocumentRef, RangeCheck, StandardDef, WhereClauseDef
from define.origin import page_reference
from define.workbook import MORE, Names, is_adam, item_of, spoiled, standard_of, where_name
from specs.p21 import CellProblem, Row, Workbook
from specs.p21_index import BOOLEANS, problem, references
from specs.p21_where import Condition
from specs.p21_words import find_word

__all__ = [
    "Reading",
    "clause_of",
    "is_analysis",
    "is_yes",
    "more_of",
    "number_of",
    "other_rows",
    "read_documents",
    "standard_of_row",
    "standards_listed",
    "word_of",
]


@dataclass
class Reading:
    """A workbook while it is turned into definitions: its names, the annotated CRF, and what was refused."""

    book: Workbook
    names: Names
    crf: str  # the OID of its document
    refused: list[CellProblem] = field(default_factory=list)
    clauses: dict[str, WhereClauseDef] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # sheet and row of each item

    def refuse(self, sheet: str, row: Row, column: str, what: str, fix: str) -> None:
        self.refused.append(problem(self.book.sheets[sheet], row, column, "refused", "error", what, fix))

    def unique(self, sheet: str, *columns: str) -> Iterator[Row]:
        """The rows with their name, the first of each name only."""
        seen: set[tuple[str, ...]] = set()
        for row in self.book.rows(sheet):
            key = tuple(row[column] for column in columns)
            if not all(key):
                empty = next(column for column in columns if not row[column])
                self.refuse(
                    sheet, row, empty, f"the row has no {empty} and was left out", "fill the cell, or clear the row"
                )
            elif key in seen:
                self.refuse(
                    sheet, row, columns[-1], f"{' '.join(key)} stands twice; this row was left out", "remove one"
                )
            else:
                yield row
            seen.add(key)


def more_of(text: str) -> dict[str, Any]:
    """What the column for more holds; SpecError where somebody has spoiled it."""
    try:
        more = json.loads(text) if text else {}
    except ValueError as error:
        raise spoiled(text) from error
    if not isinstance(more, dict):
        raise spoiled(text)
    return more


def check_own_cells(book: Workbook) -> None:
    """SpecError with sheet and row of every cell of the column for more that is not what was written into it."""
    spoilt = []
    for sheet in book.sheets.values():
        for row in sheet.rows:
            try:
                more_of(row[MORE])
            except SpecError:
                spoilt.append(f"{sheet.title}, row {row.number}, {sheet.place(MORE)}: {row[MORE][:120]}")
    if spoilt:
        raise SpecError("cells of our own column were changed and can no longer be read", cases=spoilt,
                        where=str(book.path), fix="export the workbook anew, or clear the cells")


def is_analysis(book: Workbook) -> bool:
    """By the classes of the datasets, else by the standard, else by the names."""
    classes = [word.of for row in book.rows("Datasets") if (word := find_word("class", row["Class"]))]
    if classes:
        return classes.count("ADaM") * 2 > len(classes)
    if standards := [book.study.get("StandardName", ""), *(row["Standard"] for row in book.rows("Datasets"))]:
        return is_adam(standards) or any(row["Dataset"].startswith("AD") for row in book.rows("Datasets"))
    return False


def standard_of_row(row: Row, column: str, type_: str, reading: Reading) -> StandardDef | None:
    """The standard that a cell names; by its ID where the workbook has a sheet of standards; else the study's."""
    text = row[column]
    listed = [standard for standard in standards_listed(reading) if text and standard.oid == text]
    if listed:
        return listed[0]
    if text:
        return standard_of(text, type_)
    study = reading.book.study
    if type_ == "IG" and study.get("StandardName"):
        return standard_of(f"{study['StandardName']} {study.get('StandardVersion', '')}")
    return None


def standards_listed(reading: Reading) -> list[StandardDef]:
    """The standards of a workbook that has a sheet of them."""
    return [
        StandardDef(
            row["ID"],
            row["Name"],
            row["Type"],
            row["Version"],
            row["Publishing Set"],
            row["Status"] or "Final",
            reading.names.oid("Comment", row["Comment"]),
        )
        for row in reading.book.rows("Standards")
        if row["ID"]
    ]


def read_documents(row: Row, column: str, reading: Reading, pages: str = "Pages") -> tuple[DocumentRef, ...]:
    """The documents that a cell names; the pages are those of the first."""
    named = [reading.names.oid("Document", name) for name in references(row[column])]
    shown = row[pages] if pages else ""
    return tuple(
        DocumentRef(oid, (page_reference(shown),) if shown and position == 0 else ())
        for position, oid in enumerate(named)
    )


def other_rows(rows: Mapping[int, Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """The rows of a sheet that the layout does not have, its first row as the names of the columns, if it can be."""
    numbers = sorted(rows)
    names = rows[numbers[0]] if len(numbers) > 1 else {}
    named = len(set(names.values())) == len(names) > 0
    for number in numbers[named:]:
        row = rows[number].items()
        yield {(names.get(letter) if named else "") or f"column {letter}": text for letter, text in row}


def is_yes(row: Row, column: str) -> bool:
    return BOOLEANS.get(row[column].upper()) == "Yes"


def word_of(kind: str, text: str) -> str:
    """The word of the list that the text is, or the text as it stands."""
    word = find_word(kind, text)
    return word.term if word else text


def number_of(row: Row, sheet: str, column: str, reading: Reading) -> int | None:
    text = row[column]
    if not text:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text)
    reading.refuse(sheet, row, column, f"{text!r} is no whole number and was left out", "write digits only")
    return None


def clause_of(
    conditions: Sequence[Condition], dataset: str, reading: Reading, name: str = "", comment: str = ""
) -> WhereClauseDef:
    """The definition of a where clause; its OID by its ID or else by its words."""
    checks = tuple(
        RangeCheck(item_of(condition.dataset or dataset, condition.variable), condition.comparator, condition.values)
        for condition in conditions
    )
    comment = next((row["Comment"] for row in reading.book.clauses.get(name, ()) if row["Comment"]), comment)
    return WhereClauseDef(
        f"WC.{name or where_name(conditions, dataset)}", checks, reading.names.oid("Comment", comment)
    )

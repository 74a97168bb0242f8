"""The where clauses of a define.xml, evaluated on the data: which records a value-level definition speaks of."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from define.columns import Column, Sheet
from define.model import RangeCheck, WhereClauseDef

__all__ = ["CannotEvaluate", "select_records"]

SAS_EPOCH = pd.Timestamp("1960-01-01")


class CannotEvaluate(Exception):
    """A condition that the data cannot answer: the reason is its text."""


def select_records(sheet: Sheet, clauses: tuple[WhereClauseDef, ...], places: Mapping[str, list[tuple[str, str]]],
                   sheets: Mapping[str, Sheet]) -> np.ndarray:
    """The records for which any of the clauses is true; all comparisons of a clause must hold.

    `places` gives the datasets and the variable that each item stands for. A variable of another dataset is looked up
    by USUBJID where that dataset has one record a subject. CannotEvaluate says why a clause cannot be decided.
    """
    chosen = np.zeros(len(sheet), dtype=bool)
    for clause in clauses:
        rows = np.ones(len(sheet), dtype=bool)
        for check in clause.checks:
            column, codes = _tested(sheet, check, places, sheets)
            truth = np.append(compare(column, check), compare_missing(check))      # the last one: no such record
            rows &= truth[codes]
        chosen |= rows
    return chosen


def _tested(sheet: Sheet, check: RangeCheck, places: Mapping[str, list[tuple[str, str]]],
            sheets: Mapping[str, Sheet]) -> tuple[Column, np.ndarray]:
    """The tested column, and which of its distinct values each record of the sheet has (-1: none)."""
    known = dict(places.get(check.item, []))
    if not known:
        raise CannotEvaluate(f"the condition tests {check.item or 'nothing'}, which is a variable of no dataset")
    if sheet.group.name in known:
        name = known[sheet.group.name]
        if not sheet.has(name):
            raise CannotEvaluate(f"the condition tests {name}, which the data lack")
        column = sheet.column(name)
        return column, column.codes
    dataset, name = next(iter(known.items()))
    other = sheets.get(dataset)
    if other is None or not other.has(name, "USUBJID") or not sheet.has("USUBJID"):
        raise CannotEvaluate(f"the condition tests {dataset}.{name}, which cannot be looked up by USUBJID")
    if other.table.frame["USUBJID"].duplicated().any():
        raise CannotEvaluate(f"the condition tests {dataset}.{name}, and {dataset} has several records a subject")
    subjects = pd.Index(other.table.frame["USUBJID"])
    found = subjects.get_indexer(sheet.table.frame["USUBJID"])
    column = other.column(name)
    return column, np.append(column.codes, -1)[found]


def compare(column: Column, check: RangeCheck) -> np.ndarray:
    """Of each distinct value: does the comparison hold. Texts are compared as they are, numbers and dates as such."""
    values, missing = column.values, column.missing
    if check.comparator in ("EQ", "NE", "IN", "NOTIN"):
        found = _is_any(column, check.values)
        return found if check.comparator in ("EQ", "IN") else ~found
    wanted = _as_kind(column, check.values[0]) if check.values else None
    if wanted is None or check.comparator not in ("LT", "LE", "GT", "GE"):
        raise CannotEvaluate(f"the comparison {check.comparator} {' '.join(check.values)} cannot be made")
    compared = {"LT": values < wanted, "LE": values <= wanted, "GT": values > wanted, "GE": values >= wanted}
    return np.asarray(compared[check.comparator], dtype=bool) & ~missing


def compare_missing(check: RangeCheck) -> bool:
    """Does the comparison hold for a subject without a record in the other dataset."""
    negated = check.comparator in ("NE", "NOTIN")
    return negated != ("" in check.values) if negated or check.comparator in ("EQ", "IN") else False


def _is_any(column: Column, wanted: tuple[str, ...]) -> np.ndarray:
    if column.is_text:
        return np.asarray(column.values.isin(list(wanted)), dtype=bool)
    kinds = [_as_kind(column, value) for value in wanted if value]
    found = np.asarray(column.values.isin([kind for kind in kinds if kind is not None]), dtype=bool)
    return found | column.missing if "" in wanted else found & ~column.missing


def _as_kind(column: Column, text: str) -> str | float | pd.Timestamp | None:
    """The value of a condition as the column has its values: a SAS date may be written as days or in ISO 8601."""
    if column.is_text:
        return text
    number = pd.to_numeric(text, errors="coerce")
    if not column.is_date:
        return None if pd.isna(number) else float(number)
    if not pd.isna(number):
        return SAS_EPOCH + pd.Timedelta(days=float(number))
    date = pd.to_datetime(text, errors="coerce", format="ISO8601")
    return None if pd.isna(date) else date

"""TSVAL has the form of its parameter: a date, a duration, a number, a term; or TSVALNF says why it is empty."""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

import specs.ct
from validation.package import Package, Table
from validation.rules.groups import distinct, filled
from validation.rules.iso8601 import is_date, is_duration
from validation.rules.registry import Hit, rule
from validation.rules.wording import letters


@rule("warning", each="SDTM", only=("TS",), columns=("TSPARMCD", "TSVAL"),
      cites="SDTMIG 3.4, 7.4.1; CORE-000294/CG0270, CORE-000505/CG0285",
      fix="programmer: give the value in the form that the parameter asks for")
def trial_summary_value(table: Table, package: Package) -> Iterator[Hit]:
    """TSVAL has the form of its parameter: a date, a duration, a number, a term; or TSVALNF says why it is empty."""
    pairs, group = distinct(table, ("TSPARMCD", "TSVAL"))
    wrong = [value != "" and not _fits(value, *value_kinds().get(parameter, ("", "")))
             for parameter, value in zip(pairs["TSPARMCD"], pairs["TSVAL"], strict=True)]
    yield Hit(table, np.array(wrong, dtype=bool)[group], ("TSVAL", "TSPARMCD"), "the value has another form")
    excused = filled(table, "TSVALNF") if table.has("TSVALNF") else np.zeros(len(table), dtype=bool)
    yield Hit(table, ~filled(table, "TSVAL") & ~excused, ("TSVAL", "TSPARMCD"), "the value is missing")
    yield Hit(table, filled(table, "TSVAL") & excused, ("TSVALNF", "TSVAL"), "there is a value and a reason for none")


@cache
def value_kinds() -> Mapping[str, tuple[str, str]]:
    """What kind of value a parameter has, and the codelist of the terms."""
    path = Path(specs.ct.__file__).parent / "ct" / "trial_summary_values.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["parameter"]: (row["kind"], row["codelist"]) for row in csv.DictReader(file)}


def _fits(value: str, kind: str, codelist: str) -> bool:
    if kind == "term" and codelist in specs.ct.standard_codelists():
        terms = specs.ct.standard_codelists()[codelist]
        return value in terms.terms or (terms.extensible and letters(value) not in map(letters, terms.terms))
    tests = {"date": is_date, "duration": is_duration, "number": _is_number}
    return tests[kind](value) if kind in tests else True


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()

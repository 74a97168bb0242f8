"""Analysis severities and grades that are not those of the event."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.baselines import mostly
from validation.rules.registry import Hit, rule

PAIRS = (("ASEV", "AESEV"), ("ATOXGR", "AETOXGR"), ("AREL", "AEREL"))
NUMBERS = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}


@rule("warning", each="ADaM", columns=("AETERM",), any_of=("ASEV", "ATOXGR", "AREL"), cites="OCCDS 1.1, 3.2",
      numbers=("ASEVN", "ATOXGRN", "AETOXGRN"),
      fix="programmer: derive the analysis value from the collected one")
def analysis_severity(table: Table, package: Package) -> Iterator[Hit]:
    """ASEV, ATOXGR and AREL are AESEV, AETOXGR and AEREL, unless these are empty; ASEVN counts from mild."""
    for name, collected in PAIRS:
        if table.has(name, collected):
            wrong = (table[collected] != "") & (table[name].str.upper() != table[collected].str.upper())
            number = wrong & (table[name].str.extract(r"(\d)", expand=False) == table[collected])
            wrong &= ~number
            yield Hit(table, wrong, (name, collected), f"{collected} is another",
                      "" if mostly(wrong.to_numpy(), (table[collected] != "").to_numpy()) else "notice")
    if table.has("ASEV", "ASEVN"):
        expected = table["ASEV"].str.upper().map(NUMBERS).astype("float64")
        yield Hit(table, expected.notna() & (table["ASEVN"] != expected), ("ASEVN", "ASEV"),
                  "it is not the number of the severity")
    for name in ("ATOXGRN", "AETOXGRN"):
        if table.has(name, name[:-1]):
            grade = pd.to_numeric(table[name[:-1]].where(table[name[:-1]].str.fullmatch(r"-?\d")),
                                  errors="coerce").astype("float64")
            yield Hit(table, grade.notna() & (table[name] != grade), (name, name[:-1]),
                      "it is not the number of the grade")

"""Identifiers, parameters and treatments that are empty."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import is_missing
from validation.rules.registry import Hit, rule

FILLED = ("STUDYID", "USUBJID", "PARAM", "PARAMCD")
OF_SUBJECT = ("SUBJID", "SITEID", "AGE", "SEX", "TRT01P")


@rule("error", each="ADaM", columns=("USUBJID",), cites="ADaMIG 1.3, 3.2.1 and 3.3.4",
      fix="programmer: fill the variable")
def required_values(table: Table, package: Package) -> Iterator[Hit]:
    """Identifiers and parameters are not empty in any record."""
    for name in FILLED:
        if table.has(name):
            yield Hit(table, is_missing(table[name]), (name, "USUBJID"), f"{name} is empty")
    for name in OF_SUBJECT if table.name == "ADSL" else ():
        if table.has(name):
            yield Hit(table, is_missing(table[name]), (name, "USUBJID"), f"{name} is empty", "warning")

"""Flags that are neither Y nor N nor empty."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

YES_ONLY = re.compile(r"ABLFL|ANL\d\dFL|AOCC\w*FL|TRTEMFL|TRTEM\dFL|LVOTFL|APBLFL")


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.4", fix="programmer: set the flag to Y, N or empty")
def flag_values(table: Table, package: Package) -> Iterator[Hit]:
    """A flag (*FL) is Y, N or empty; flags that pick records are Y or empty."""
    for variable in table.variables:
        name = variable.name
        if name.endswith("FL") and variable.type == "Char" and len(name) > 3:
            known = ("Y", "") if YES_ONLY.fullmatch(name) else ("Y", "N", "")
            wrong = ~table[name].isin(known)
            if wrong.any() and set(table[name].unique()) - {""} <= {"Y", "N", "U"}:
                yield Hit(table, wrong, name, "the flag is not Y or empty", "warning")
            else:
                yield Hit(table, wrong, name, f"the flag is not {' or '.join(filter(None, known))} or empty")

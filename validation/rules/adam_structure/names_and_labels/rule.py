"""Names and labels that a transport file or a reviewer cannot take."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")


@rule("warning", each="ADaM", cites="ADaMIG 1.3, 3.1.1; FDA Study Data Technical Conformance Guide (names and labels)",
      fix="programmer: give the variable a name of at most 8 and a label of at most 40 characters")
def names_and_labels(table: Table, package: Package) -> Iterator[Hit]:
    """A variable has a name of at most 8 characters and a label of 1 to 40 characters that no other variable has."""
    labelled = any(variable.label for variable in table.variables)
    seen: dict[str, str] = {}
    for variable in table.variables:
        if not NAME.fullmatch(variable.name):
            yield Hit(table, None, variable.name, "the name is not one of 8 capitals and digits", "error")
        if labelled and not variable.label.strip():
            yield Hit(table, None, variable.name, "the variable has no label")
        elif len(variable.label) > 40:
            yield Hit(table, None, variable.name, f"the label has {len(variable.label)} characters, 40 are possible")
        elif variable.label.lower() in seen and variable.label:
            yield Hit(table, None, variable.name, f"{seen[variable.label.lower()]} has the same label", "notice")
        seen[variable.label.lower()] = variable.name

"""A variable name has at most 8 capitals, digits or _, and no digit first."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="SDTM 2.0, 3.1; SAS transport version 5; CORE-000182/CG0310",
      fix="programmer: at most 8 of A-Z, 0-9 and _, no digit first")
def variable_name(table: Table, package: Package) -> Iterator[Hit]:
    """A variable name has at most 8 capitals, digits or _, and no digit first."""
    for variable in table.variables:
        if not re.fullmatch("[A-Z_][A-Z0-9_]{0,7}", variable.name):
            yield Hit(table, None, variable.name, "it is no valid variable name")
    if not re.fullmatch("[A-Z][A-Z0-9]{0,7}", table.name):
        yield Hit(table, None, "", "it is no valid dataset name")

"""A text has at most 200 bytes."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="FDA Technical Conformance Guide, 3.3; SAS transport version 5",
      fix="programmer: put what goes on after 200 bytes into the next variable or record")
def text_length(table: Table, package: Package) -> Iterator[Hit]:
    """A text has at most 200 bytes."""
    for variable in table.variables:
        if variable.type == "Char" and variable.name in table.frame:
            numbers, values = texts(table, variable.name)
            long = np.array([len(value.encode()) > 200 for value in values], dtype=bool)
            yield Hit(table, long[numbers], variable.name, "it has more than 200 bytes")
            if variable.length > 200 and not long.any():
                yield Hit(table, None, variable.name, f"its length is {variable.length}")

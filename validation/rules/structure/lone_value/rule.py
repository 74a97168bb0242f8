"""No value stands alone in a variable that has a few values only, each in many records."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule

FREE = ("ORRES", "STRESC", "STRESN", "VAL", "SEQ", "DTC")


@rule("notice", each="SDTM", never=("TS", "TA", "TE", "TI", "TV", "DM", "CO"),
      cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: is the value right?")
def lone_value(table: Table, package: Package) -> Iterator[Hit]:
    """No value stands alone in a variable that has a few values only, each in many records."""
    for variable in table.variables if len(table) >= 100 else ():
        if variable.name in table.frame and not variable.name.endswith(FREE):
            numbers, values = texts(table, variable.name)
            counts = np.bincount(numbers, minlength=len(values))
            alone = np.array([value != "" for value in values], dtype=bool) & (counts == 1)
            if 2 <= len(values) <= 12 and alone.sum() == 1 and np.median(counts) >= 10:
                yield Hit(table, alone[numbers], variable.name, "no other record has this value")

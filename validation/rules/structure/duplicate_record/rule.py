"""No record is there twice."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="SDTMIG 3.4, 3.2.1.1",
      fix="programmer: remove the copy")
def duplicate_record(table: Table, package: Package) -> Iterator[Hit]:
    """No record is there twice."""
    names = [variable.name for variable in table.variables if variable.name in table.frame]
    if len(table) and names:
        group = group_of(table, names)
        shown = next((name for name in names if name.endswith("SEQ")), names[-1])
        yield Hit(table, np.bincount(group)[group] > 1, shown, "another record is the same in all variables")

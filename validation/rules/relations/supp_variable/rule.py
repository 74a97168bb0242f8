"""IDVAR of a SUPP dataset is a variable of the parent dataset."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.linked import parents_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("RDOMAIN", "QNAM", "IDVAR"), cites="SDTMIG 3.4, 8.4; CORE-000712/CG0370",
      fix="programmer: IDVAR names a variable of the parent dataset")
def supp_variable(table: Table, package: Package) -> Iterator[Hit]:
    """IDVAR of a SUPP dataset is a variable of the parent dataset."""
    known = {name for parent in parents_of(package, table.prefix) for name in parent.frame.columns}
    if known:
        numbers, values = texts(table, "IDVAR")
        unknown = np.array([value != "" and value not in known for value in values], dtype=bool)
        yield Hit(table, unknown[numbers], "IDVAR", f"{table.prefix} has no such variable")

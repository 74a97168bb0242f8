"""Variables that are empty in one record or two, and nowhere else."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.adam import is_missing
from validation.rules.registry import Hit, rule

MANY, FEW = 100, 2
EMPTY = re.compile(r".*(DTF|TMF|FL|STAT|REASND|DTC|REFID|SPID|GRPID)")


@rule("notice", each="any", cites="FDA Study Data Technical Conformance Guide, quality of data",
      fix="programmer: fill the variable, or check why it is empty")
def rarely_empty(table: Table, package: Package) -> Iterator[Hit]:
    """A variable that nearly all records fill is not empty in one or two of them."""
    if len(table) < MANY or table.name.startswith(("T", "SUPP", "RELREC")):
        return
    for variable in table.variables:
        name = variable.name
        if name not in table.frame or (EMPTY.fullmatch(name) and not name.endswith(("STDTC", "DTC"))):
            continue
        empty = is_missing(table[name])
        if 0 < empty.sum() <= FEW:
            yield Hit(table, empty, name, "nearly all other records have a value")

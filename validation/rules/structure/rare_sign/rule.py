"""A single negative number in a variable without any others."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

MANY = 50
SIGNED = re.compile(r".*(DY|CHG.*|NAD|DIFF|TARGET|LO|HI|RLT|ELTM|DT|DTM|TM|TPTNUM|ATPTN|STRESN|AVAL|BASE|"
                    r"VISITNUM|AVISITN)")


@rule("notice", each="any", cites="FDA Study Data Technical Conformance Guide, quality of data",
      fix="programmer: check the number")
def rare_sign(table: Table, package: Package) -> Iterator[Hit]:
    """A variable without negative numbers in many records has none in a single one."""
    if len(table) < MANY:
        return
    for variable in table.variables:
        name = variable.name
        is_number = name in table.frame and table.frame[name].dtype.kind == "f"
        if is_number and not SIGNED.fullmatch(name):
            below = table[name] < 0
            if below.sum() == 1 and (table[name] >= 0).sum() >= MANY - 1:
                yield Hit(table, below, name, "no other record has a negative number")

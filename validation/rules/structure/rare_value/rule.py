"""Values that a single record has, in a variable of few values."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

MANY, FEW, USUAL = 100, 12, 8             # records; different values; records that another value has on average
FREE = re.compile(r"USUBJID|SUBJID|.*(DTC|TERM|TRT|DECOD|LLT|HLT|HLGT|BODSYS|SOC|INDC|ORRES|STRESC|AVALC|BASEC|SPID|"
                  r"REFID|GRPID|VALVAL|VAL|VALC|ID|REASND|DESC|TPTREF|ELTM|STINT|ENINT|STAT|LOT|CLAS)")


@rule("notice", each="any", cites="FDA Study Data Technical Conformance Guide, quality of data",
      fix="programmer: check the value; it may be misspelt")
def rare_value(table: Table, package: Package) -> Iterator[Hit]:
    """A variable that takes few values takes none of them once only."""
    if len(table) < MANY or table.name.startswith(("T", "SUPP", "RELREC")):
        return
    for variable in table.variables:
        if variable.type != "Char" or FREE.fullmatch(variable.name) or variable.name not in table.frame:
            continue
        count = table[variable.name].value_counts()
        count = count[count.index != ""]
        single = count[count == 1]
        if 1 < len(count) <= FEW and len(single) == 1 and count.sum() >= USUAL * len(count):
            here = table[variable.name] == single.index[0]
            yield Hit(table, here, variable.name, "no other record has this value")

"""Criteria and their flags that do not agree."""

import re
from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

SIMPLE = re.compile(r"\s*([A-Z][A-Z0-9]{1,7})\s*(>=|<=|>|<)\s*(\d+\.?\d*)\s*")


@rule("error", each="ADaM", any_of=("CRIT1FL", "CRIT2FL", "CRIT3FL", "CRIT4FL"), cites="ADaMIG 1.3, 3.3.4",
      fix="programmer: evaluate the criterion again")
def criterion(table: Table, package: Package) -> Iterator[Hit]:
    """CRITyFL has a criterion in CRITy; one of a variable and a bound is met where the flag is Y and only there."""
    for number in range(1, 10):
        text, flag = f"CRIT{number}", f"CRIT{number}FL"
        if not table.has(text, flag):
            continue
        yield Hit(table, (table[text] == "") & (table[flag] != ""), (flag, text), "there is no criterion", "warning")
        for said in table[text].unique().tolist():
            parts = SIMPLE.fullmatch(said)
            if not parts or not table.has(parts[1]) or table[parts[1]].dtype.kind != "f":
                continue
            value, bound = table[parts[1]], float(parts[3])
            met = {">": value > bound, "<": value < bound, ">=": value >= bound, "<=": value <= bound}[parts[2]]
            here = (table[text] == said) & value.notna()
            yield Hit(table, here & (((table[flag] == "Y") & ~met) | ((table[flag] == "N") & met)), (flag, parts[1]),
                      f"the flag does not fit {said.strip()}")

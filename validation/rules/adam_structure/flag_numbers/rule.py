"""Numeric flags that do not say what the flag says."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.4", fix="programmer: derive the number from the flag")
def flag_numbers(table: Table, package: Package) -> Iterator[Hit]:
    """*FN is 1 where *FL is Y, 0 where it is N, and empty (or 0) where it is empty."""
    for variable in table.variables:
        flag, number = variable.name, variable.name[:-1] + "N"
        pair = flag.endswith("FL") and table.has(number)
        if pair and variable.type == "Char" and table.by_name[number].type == "Num":
            value, text = table[number], table[flag]
            wrong = (((text == "Y") & (value != 1)) | ((text == "N") & (value != 0))
                     | ((text == "") & value.notna() & (value != 0)))
            yield Hit(table, wrong, (number, flag), f"{number} does not say what {flag} says")

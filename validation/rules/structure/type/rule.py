"""Every variable is Char or Num as guide and model say."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.standard import known


@rule("error", each="SDTM", cites="SDTMIG 3.4, tables of 5 to 8; SDTM 2.0",
      fix="programmer: store the variable in the type of the guide")
def type(table: Table, package: Package) -> Iterator[Hit]:
    """Every variable is Char or Num as guide and model say."""
    facts = known(table)
    for variable in table.variables:
        fact = facts.get(variable.name)
        if fact and fact.type in ("Char", "Num") and fact.type != variable.type:
            yield Hit(table, None, variable.name, f"it is {variable.type}, and {fact.type} in the guide")

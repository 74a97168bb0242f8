"""Variables whose type is not that of their name."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule
from validation.rules.types import adam_type


@rule("error", each="ADaM", cites="ADaMIG 1.3, 3.1.1, 3.1.2 and 3.2 to 3.3",
      fix="programmer: change the type of the variable")
def types(table: Table, package: Package) -> Iterator[Hit]:
    """A variable has the type, Char or Num, that the implementation guide gives to its name."""
    for variable in table.variables:
        wanted = adam_type(variable.name) or variable.type
        if variable.type != wanted:
            yield Hit(table, None, variable.name, f"the type is {variable.type} and must be {wanted}")

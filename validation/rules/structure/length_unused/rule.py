"""A Char variable is not much longer than its longest value."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", cites="FDA Technical Conformance Guide, 3.3.2",
      fix="programmer: set the length to that of the longest value")
def length_unused(table: Table, package: Package) -> Iterator[Hit]:
    """A Char variable is not much longer than its longest value."""
    for variable in table.variables:
        if variable.type == "Char" and variable.name in table.frame and len(table):
            longest = max(len(value.encode()) for value in texts(table, variable.name)[1])
            if longest and variable.length > 2 * longest + 10:
                yield Hit(table, None, variable.name, f"its length is {variable.length}, the longest value {longest}")

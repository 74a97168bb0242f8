"""A variable that is not Required has a value in one record at least."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule
from validation.rules.standard import guide


@rule("notice", each="SDTM", cites="FDA Technical Conformance Guide, 4.1",
      fix="programmer: leave out a Permissible variable that was not collected")
def empty_variable(table: Table, package: Package) -> Iterator[Hit]:
    """A variable that is not Required has a value in one record at least."""
    facts = guide(table)
    for variable in table.variables:
        if len(table) and variable.name in table.frame and not filled(table, variable.name).any():
            core = facts[variable.name].core if variable.name in facts else "Perm"
            if core != "Req":
                yield Hit(table, None, variable.name, f"it is {core} and empty in all records")

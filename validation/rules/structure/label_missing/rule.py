"""Every variable has a label of at most 40 bytes."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="FDA Technical Conformance Guide, 3.3; CORE-000019/CG0311",
      fix="programmer: give the variable the label of the guide, at most 40 characters")
def label_missing(table: Table, package: Package) -> Iterator[Hit]:
    """Every variable has a label of at most 40 bytes."""
    labelled = any(variable.label for variable in table.variables)
    for variable in table.variables:
        if len(variable.label.encode()) > 40:
            yield Hit(table, None, variable.name, f"its label has {len(variable.label.encode())} bytes")
        if labelled and not variable.label:
            yield Hit(table, None, variable.name, "it has no label")
    if not labelled and package.tables and any(other.label for other in package.tables.values()):
        yield Hit(table, None, "", "no variable has a label", "warning")

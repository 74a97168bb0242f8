"""A flag is Y or empty, never N."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.5.9; CORE-000170/CG0541, CORE-000006/CG0131",
      fix="programmer: a flag is Y or empty")
def flag(table: Table, package: Package) -> Iterator[Hit]:
    """A flag is Y or empty, never N."""
    for name in ("--BLFL", "--LOBXFL", "--DRVFL", "DTHFL", "--PRESP"):
        if table.has(name):
            yield Hit(table, ~table[name].isin(["Y", ""]), name, "a flag is Y or empty")

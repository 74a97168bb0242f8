"""DOMAIN is the same in all records, and the name of the dataset begins with it."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("DOMAIN",), cites="SDTMIG 3.4, 4.1.3; CORE-000598/CG0413, CORE-000180/CG0308",
      fix="programmer: DOMAIN is the code of the dataset")
def domain(table: Table, package: Package) -> Iterator[Hit]:
    """DOMAIN is the same in all records, and the name of the dataset begins with it."""
    right = table.name if len(table.name) == 2 or table.name.startswith("AP") else table.prefix
    yield Hit(table, table["DOMAIN"] != right, "DOMAIN", f"the dataset holds {right}")
    if not table.name.startswith(right):
        yield Hit(table, None, "DOMAIN", f"the name of the dataset does not begin with {right}")

"""RDOMAIN of a SUPP dataset is the domain of its name, and this domain is there."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.linked import parents_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("RDOMAIN", "QNAM"),
      cites="SDTMIG 3.4, 8.4; CORE-000457/CG0373, CORE-000538/CG0334",
      fix="programmer: RDOMAIN names the parent domain, and the parent is submitted")
def supp_domain(table: Table, package: Package) -> Iterator[Hit]:
    """RDOMAIN of a SUPP dataset is the domain of its name, and this domain is there."""
    yield Hit(table, (table["RDOMAIN"] != table.prefix) & filled(table, "RDOMAIN"), "RDOMAIN",
              f"the dataset is about {table.prefix}")
    if not parents_of(package, table.prefix):
        yield Hit(table, None, "RDOMAIN", f"there is no dataset {table.prefix}")

"""A criterion of IE is not met: N for an inclusion, Y for an exclusion criterion, in both results."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("IE",), columns=("IECAT", "IEORRES"),
      cites="SDTMIG 3.4, 6.3.4 (IE); CORE-000001/CG0176, CORE-000011/CG0175, CORE-000025/CG0177",
      fix="programmer: IE holds criteria that are not met: N for inclusion, Y for exclusion")
def criterion(table: Table, package: Package) -> Iterator[Hit]:
    """A criterion of IE is not met: N for an inclusion, Y for an exclusion criterion, in both results."""
    for name in ("IEORRES", "IESTRESC"):
        if table.has(name):
            wrong = ((table["IECAT"] == "INCLUSION") & (table[name] == "Y")) | (
                (table["IECAT"] == "EXCLUSION") & (table[name] == "N"))
            yield Hit(table, wrong, (name, "IECAT"), "the criterion is met")
    if table.has("IESTRESC"):
        yield Hit(table, table["IESTRESC"] != table["IEORRES"], ("IESTRESC", "IEORRES"), "the two results differ")

"""A criterion that is called INCL is an inclusion, one that is called EXCL an exclusion criterion."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import text
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("TI", "IE"), columns=("IETESTCD", "IECAT"), cites="SDTMIG 3.4, 7.3.3 (TI)",
      fix="programmer: the category is that of the criterion")
def criterion_category(table: Table, package: Package) -> Iterator[Hit]:
    """A criterion that is called INCL is an inclusion, one that is called EXCL an exclusion criterion."""
    code, category = text(table, "IETESTCD").str.upper().str[:3], text(table, "IECAT").str.upper().str[:3]
    odd = code.isin(["INC", "EXC"]) & category.isin(["INC", "EXC"]) & (code != category)
    yield Hit(table, odd, ("IECAT", "IETESTCD"), "the short name says otherwise")

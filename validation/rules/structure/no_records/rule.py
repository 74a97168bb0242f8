"""A dataset has records."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", cites="FDA Technical Conformance Guide, 3.3",
      fix="programmer: leave out a dataset without records")
def no_records(table: Table, package: Package) -> Iterator[Hit]:
    """A dataset has records."""
    if not len(table):
        yield Hit(table, None, "", "the dataset has no records")

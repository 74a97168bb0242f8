"""A relation or a comment points at a record of the same subject."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.linked import unresolved
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("RELREC", "CO"), columns=("USUBJID", "RDOMAIN", "IDVAR", "IDVARVAL"),
      cites="SDTMIG 3.4, 8.2 and 8.5",
      fix="programmer: point at a record that is there")
def related_resolves(table: Table, package: Package) -> Iterator[Hit]:
    """A relation or a comment points at a record of the same subject."""
    for mask in unresolved(table, package):
        yield Hit(table, mask, ("IDVARVAL", "RDOMAIN", "IDVAR"), "the dataset has no such record of the subject")

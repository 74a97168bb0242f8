"""A supplemental qualifier belongs to a record of the same subject in the parent dataset."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.linked import unresolved
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("USUBJID", "RDOMAIN", "QNAM", "IDVAR", "IDVARVAL"),
      cites="SDTMIG 3.4, 8.4; CORE-000206/CG0371",
      fix="programmer: point at a record that is in the parent dataset")
def supp_resolves(table: Table, package: Package) -> Iterator[Hit]:
    """A supplemental qualifier belongs to a record of the same subject in the parent dataset."""
    for mask in unresolved(table, package):
        yield Hit(table, mask, ("IDVARVAL", "IDVAR"), "the parent has no such record of the subject")

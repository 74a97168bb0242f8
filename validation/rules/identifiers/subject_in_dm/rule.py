"""Every USUBJID is a subject of DM."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.demographics import dm_rows
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("USUBJID",), never=("DM", "RELSUB"), needs=("DM.USUBJID",),
      cites="SDTMIG 3.4, 5.2; CORE-000201/CG0029",
      fix="data management: find the subject, or correct USUBJID")
def subject_in_dm(table: Table, package: Package) -> Iterator[Hit]:
    """Every USUBJID is a subject of DM."""
    yield Hit(table, (dm_rows(table, package) < 0) & filled(table, "USUBJID"), "USUBJID", "DM has no such subject")

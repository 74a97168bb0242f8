"""ARMNRS is there exactly where a planned or actual arm is not."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("DM",), columns=("ARMCD", "ACTARMCD", "ARMNRS"),
      cites="SDTMIG 3.4, 5.2 (ARMNRS); CORE-000045/CG0517, CORE-000121/CG0520, CORE-000223/CG0513",
      fix="programmer: ARMNRS says why ARMCD or ACTARMCD is empty")
def arm_reason(table: Table, package: Package) -> Iterator[Hit]:
    """ARMNRS is there exactly where a planned or actual arm is not."""
    whole = filled(table, "ARMCD") & filled(table, "ACTARMCD")
    yield Hit(table, ~whole & ~filled(table, "ARMNRS"), ("ARMNRS", "ARMCD", "ACTARMCD"), "the reason is missing")
    yield Hit(table, whole & filled(table, "ARMNRS"), ("ARMNRS", "ARMCD", "ACTARMCD"), "the subject has both arms")

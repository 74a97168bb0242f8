"""The actual arm is the planned arm, or the difference is told in the reviewer's guide."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", only=("DM",), columns=("ARMCD", "ACTARMCD"), cites="SDTMIG 3.4, 5.2 (ACTARMCD)",
      fix="data management: was the subject treated otherwise than planned?")
def actual_arm(table: Table, package: Package) -> Iterator[Hit]:
    """The actual arm is the planned arm, or the difference is told in the reviewer's guide."""
    differs = filled(table, "ARMCD") & filled(table, "ACTARMCD") & (table["ARMCD"] != table["ACTARMCD"]).to_numpy()
    yield Hit(table, differs, ("ARMCD", "ACTARMCD"), "the subject was treated in another arm than planned")

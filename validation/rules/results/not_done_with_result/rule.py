"""What was not done has no result."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled, text
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("--STAT",), cites="SDTMIG 3.4, 4.5.1; CORE-000675/FB4201, CORE-000099/CG0422",
      fix="data management: was the test done?")
def not_done_with_result(table: Table, package: Package) -> Iterator[Hit]:
    """What was not done has no result."""
    not_done = text(table, "--STAT").str.upper().eq("NOT DONE").to_numpy()
    for name in ("--ORRES", "--STRESC", "--STRESN", "--DOSE"):
        if table.has(name):
            yield Hit(table, not_done & filled(table, name), ("--STAT", name), f"{table.named(name)} is filled")

"""A date of death comes with DTHFL = Y, and DTHFL = Y with a date of death."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("DM",), columns=("DTHFL", "DTHDTC"), cites="SDTMIG 3.4, 5.2; CORE-000007/CG0435",
      fix="programmer: DTHFL is Y if and only if the subject died")
def death_flag(table: Table, package: Package) -> Iterator[Hit]:
    """A date of death comes with DTHFL = Y, and DTHFL = Y with a date of death."""
    dead = (table["DTHFL"] == "Y").to_numpy()
    yield Hit(table, ~dead & filled(table, "DTHDTC"), ("DTHFL", "DTHDTC"), "there is a date of death")
    yield Hit(table, dead & ~filled(table, "DTHDTC"), ("DTHDTC", "DTHFL"), "the subject died", "warning",
              "data management: query the date of death")

"""A baseline record has a result."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--STRESC",), any_of=("--BLFL", "--LOBXFL"),
      cites="SDTMIG 3.4, 4.5.9; CORE-000105/CG0569, CORE-000643/FB2601",
      fix="programmer: flag a record that has a result")
def baseline_without_result(table: Table, package: Package) -> Iterator[Hit]:
    """A baseline record has a result."""
    for flag in ("--BLFL", "--LOBXFL"):
        if table.has(flag):
            yield Hit(table, (table[flag] == "Y").to_numpy() & ~filled(table, "--STRESC"), flag, "it has no result")

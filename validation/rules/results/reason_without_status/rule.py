"""A reason for not doing something stands beside NOT DONE."""

from collections.abc import Iterator

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--STAT", "--REASND"),
      cites="SDTMIG 3.4, 4.5.1; CORE-000225/CG0094, CORE-000774/FB4202",
      fix="programmer: --REASND goes with --STAT = NOT DONE")
def reason_without_status(table: Table, package: Package) -> Iterator[Hit]:
    """A reason for not doing something stands beside NOT DONE."""
    yield Hit(table, filled(table, "--REASND") & ~filled(table, "--STAT"), ("--STAT", "--REASND"), "there is a reason")

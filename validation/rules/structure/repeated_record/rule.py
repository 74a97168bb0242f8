"""No two records of a subject differ in their number only."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--SEQ",), cites="SDTMIG 3.4, 3.2.1.1; FDA Technical Conformance Guide, 4.1",
      fix="data management: was it collected twice?")
def repeated_record(table: Table, package: Package) -> Iterator[Hit]:
    """No two records of a subject differ in their number only."""
    apart = {table.named("--SEQ"), table.named("--SPID")}
    names = [own.name for own in table.variables if own.name in table.frame and own.name not in apart]
    if len(table) and len(names) > 3:
        group = group_of(table, names)
        yield Hit(table, np.bincount(group)[group] > 1, "--SEQ", "another record is the same but for the number")

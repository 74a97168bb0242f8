"""No value is missing where nearly all other records have one."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", never=("TS", "TA"), cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: is the value missing?")
def lone_gap(table: Table, package: Package) -> Iterator[Hit]:
    """No value is missing where nearly all other records have one."""
    done = ~filled(table, "--STAT") if table.has("--STAT") else np.ones(len(table), dtype=bool)
    for variable in table.variables if len(table) >= 10 else ():
        if variable.name in table.frame:
            gaps = ~filled(table, variable.name) & done
            if 0 < gaps.sum() <= max(1 + (len(table) >= 40), 0.002 * len(table)):
                yield Hit(table, gaps, variable.name, "nearly all other records have a value")

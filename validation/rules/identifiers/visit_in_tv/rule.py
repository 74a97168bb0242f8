"""A visit with a whole number is planned in TV, unless it is called unscheduled."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import text
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("VISITNUM",), never=("TV",), needs=("TV.VISITNUM",),
      cites="SDTMIG 3.4, 7.3.1; CORE-000039/CG0655, CORE-000270/CG0033",
      fix="programmer: plan the visit in TV, or number it as an unscheduled one")
def visit_in_tv(table: Table, package: Package) -> Iterator[Hit]:
    """A visit with a whole number is planned in TV, unless it is called unscheduled."""
    visit = number(table, "VISITNUM")
    odd = ~np.isin(visit, number(package["TV"], "VISITNUM")) & (visit % 1 == 0)
    if table.has("VISIT"):
        odd &= ~text(table, "VISIT").str.contains("UNSCH|UNPLAN", case=False).to_numpy()
    if table.has("SVPRESP"):
        odd &= (table["SVPRESP"] == "Y").to_numpy()
    yield Hit(table, odd, "VISITNUM", "TV has no such visit")

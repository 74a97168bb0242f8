"""Serious events that meet no criterion of seriousness."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.registry import Hit, rule

CRITERIA = ("AESCAN", "AESCONG", "AESDISAB", "AESDTH", "AESHOSP", "AESLIFE", "AESOD", "AESMIE", "AESINTV")


@rule("error", each="SDTM", only=("AE",), columns=("AESER",), any_of=CRITERIA,
      cites="SDTMIG 3.4, 6.2.1 AE; ICH E2A, II.B",
      fix="data management: query the criterion of seriousness")
def serious_without_criterion(table: Table, package: Package) -> Iterator[Hit]:
    """A serious adverse event meets at least one criterion of seriousness."""
    names = [name for name in CRITERIA if table.has(name)]
    met = np.logical_or.reduce([(table[name] == "Y").to_numpy() for name in names])
    yield Hit(table, (table["AESER"] == "Y").to_numpy() & ~met, ("AESER", *names), "no criterion is Y",
              "warning" if len(names) < 6 else "")

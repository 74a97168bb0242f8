"""QNAM is no variable of the parent dataset, and none that the standard has for it."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.linked import parents_of
from validation.rules.registry import Hit, rule
from validation.rules.standard import known


@rule("warning", each="SDTM", columns=("RDOMAIN", "QNAM"), cites="SDTMIG 3.4, 8.4; CORE-000783/CG0314",
      fix="programmer: put the value into the variable of the parent dataset")
def supp_is_variable(table: Table, package: Package) -> Iterator[Hit]:
    """QNAM is no variable of the parent dataset, and none that the standard has for it."""
    parents = parents_of(package, table.prefix)
    there = {name for parent in parents for name in parent.frame.columns}
    standard = {name for parent in parents for name in known(parent)}
    numbers, values = texts(table, "QNAM")
    yield Hit(table, np.isin(values, list(there))[numbers], "QNAM", "the parent dataset has this variable", "error")
    yield Hit(table, np.isin(values, list(standard - there))[numbers], "QNAM", "it is a variable of the standard")

"""--SEQ and TAETORD are whole numbers from 1 on, and --SEQ is never missing."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", cites="SDTMIG 3.4, 4.1.5 (--SEQ); CORE-000534/CG0248",
      fix="programmer: number the records of a subject 1, 2, 3 ...")
def whole_number(table: Table, package: Package) -> Iterator[Hit]:
    """--SEQ and TAETORD are whole numbers from 1 on, and --SEQ is never missing."""
    for name in (f"{table.name}SEQ", "--SEQ", "TAETORD"):
        if table.has(name) and (name == "--SEQ" or not table.has("--SEQ")):
            order = number(table, name)
            wrong = ~np.isnan(order) & ((order < 1) | (order % 1 != 0))
            yield Hit(table, wrong, name, "it is no whole number from 1 on")
            yield Hit(table, np.isnan(order) & (name != "TAETORD"), name, "the number is missing")
    if table.has("ARMCD", "TAETORD"):
        arm = group_of(table, ["ARMCD"])
        far = (number(table, "TAETORD") > np.bincount(arm, minlength=1)[arm]) & (table.name == "TA")
        yield Hit(table, far, ("TAETORD", "ARMCD"), "the arm has fewer elements", "warning")
    if table.has("TSPARMCD", "TSSEQ"):
        group = group_of(table, ["TSPARMCD"])
        beyond = number(table, "TSSEQ") > np.bincount(group, minlength=1)[group]
        yield Hit(table, beyond, ("TSSEQ", "TSPARMCD"), "the parameter has fewer records", "warning")

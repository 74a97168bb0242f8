"""A record of the parent has each qualifier once."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("USUBJID", "RDOMAIN", "QNAM", "IDVAR", "IDVARVAL"),
      cites="SDTMIG 3.4, 8.4; CORE-000203/CG0411",
      fix="programmer: one value per qualifier of a record; several values need several QNAM")
def supp_unique(table: Table, package: Package) -> Iterator[Hit]:
    """A record of the parent has each qualifier once."""
    group = group_of(table, ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"))
    yield Hit(table, np.bincount(group, minlength=1)[group] > 1, "QNAM", "the record has this qualifier twice")

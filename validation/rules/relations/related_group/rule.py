"""A RELID joins at least two records of a subject, or two datasets."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled, group_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("RELREC",), columns=("USUBJID", "RELID"),
      cites="SDTMIG 3.4, 8.2; CORE-000484/CG0200",
      fix="programmer: a relation has two sides at least")
def related_group(table: Table, package: Package) -> Iterator[Hit]:
    """A RELID joins at least two records of a subject, or two datasets."""
    group = group_of(table, ("USUBJID", "RELID"))
    yield Hit(table, (np.bincount(group, minlength=1)[group] < 2) & filled(table, "RELID"), "RELID",
              "the relation has one side only")

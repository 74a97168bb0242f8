"""DM has one record per subject."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled, group_of
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("DM",), columns=("USUBJID",), cites="SDTMIG 3.4, 5.2; CORE-000351/CG0151",
      fix="programmer: one record a subject")
def one_record_in_dm(table: Table, package: Package) -> Iterator[Hit]:
    """DM has one record per subject."""
    group = group_of(table, ("USUBJID",))
    yield Hit(table, (np.bincount(group, minlength=1)[group] > 1) & filled(table, "USUBJID"), "USUBJID",
              "DM has several records of the subject")

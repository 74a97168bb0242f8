"""SUBJID is unique, and USUBJID holds SUBJID and SITEID where it does so for most subjects."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled, group_of, share, text
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("DM",), columns=("USUBJID", "SUBJID"),
      cites="SDTMIG 3.4, 5.2 (SUBJID, SITEID); CORE-000186/CG0150",
      fix="programmer: USUBJID is built of study, site and subject in the same way for all")
def subject_number(table: Table, package: Package) -> Iterator[Hit]:
    """SUBJID is unique, and USUBJID holds SUBJID and SITEID where it does so for most subjects."""
    group = group_of(table, ("STUDYID", "SUBJID") if table.has("STUDYID") else ("SUBJID",))
    yield Hit(table, (np.bincount(group, minlength=1)[group] > 1) & filled(table, "SUBJID"), "SUBJID",
              "another subject has the same number")
    for name in ("SUBJID", "SITEID"):
        if table.has(name) and len(table):
            pairs = zip(text(table, "USUBJID").tolist(), text(table, name).tolist(), strict=True)
            held = np.array([part in whole for whole, part in pairs], dtype=bool)
            yield Hit(table, ~held & (share(held) > 0.8), (name, "USUBJID"), f"USUBJID does not hold {name}")

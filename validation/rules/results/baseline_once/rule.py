"""A subject has one baseline record per test, specimen, position and time point."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.registry import Hit, rule

APART = ("USUBJID", "--TESTCD", "--CAT", "--SCAT", "--SPEC", "--METHOD", "--POS", "--LOC", "--LAT", "--DIR", "--TPTNUM",
         "--TPT", "--EVAL", "--EVALID", "--REPNUM", "--OBJ", "--LNKID", "FOCID", "--BDAGNT", "--TSTOPO", "--LNKGRP",
         "--BEATNO", "--TSTCND", "--RESTYP")


@rule("warning", each="SDTM", columns=("USUBJID", "--TESTCD"), any_of=("--BLFL", "--LOBXFL"),
      cites="SDTMIG 3.4, 4.5.9; CORE-000914/FB2603",
      fix="programmer: flag one record")
def baseline_once(table: Table, package: Package) -> Iterator[Hit]:
    """A subject has one baseline record per test, specimen, position and time point."""
    group = group_of(table, [name for name in APART if table.has(name)])
    for flag in ("--BLFL", "--LOBXFL"):
        if table.has(flag):
            flagged = (table[flag] == "Y").to_numpy()
            yield Hit(table, flagged & (np.bincount(group, weights=flagged, minlength=1)[group] > 1), flag,
                      "another record of the subject is flagged")

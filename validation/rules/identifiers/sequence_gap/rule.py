"""--SEQ counts the records of a subject without a gap, where it does so for nearly all subjects."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("notice", each="SDTM", columns=("USUBJID", "--SEQ"), cites="SDTMIG 3.4, 4.1.5",
      fix="programmer: number the records of a subject without a gap")
def sequence_gap(table: Table, package: Package) -> Iterator[Hit]:
    """--SEQ counts the records of a subject without a gap, where it does so for nearly all subjects."""
    group, order = group_of(table, ("USUBJID",)), number(table, "--SEQ")
    count = np.bincount(group, minlength=1)[group]
    beyond = order > count
    broken = np.bincount(group, weights=beyond, minlength=1) > 0
    yield Hit(table, beyond & (broken.sum() <= max(1, 0.05 * len(broken))), "--SEQ", "the subject has fewer records")

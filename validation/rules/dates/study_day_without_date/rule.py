"""A study day is there only where its date and RFSTDTC are whole dates."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.groups import filled
from validation.rules.moments import STUDY_DAYS, moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID",), any_of=("--DY", "--STDY", "--ENDY"),
      needs=("DM.USUBJID", "DM.RFSTDTC"),
      cites="SDTMIG 3.4, 4.4.4; CORE-000354/CG0007, CORE-000138/CG0221, CORE-000139/CG0223",
      fix="programmer: a study day needs a whole date and a whole reference date")
def study_day_without_date(table: Table, package: Package) -> Iterator[Hit]:
    """A study day is there only where its date and RFSTDTC are whole dates."""
    start = reference(table, package, "RFSTDTC").day
    for day, date in STUDY_DAYS:
        if table.has(day, date):
            unknown = np.isnat(start) | np.isnat(moments(table, date).day)
            yield Hit(table, unknown & filled(table, day), (day, date), "no whole date gives this study day")

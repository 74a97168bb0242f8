"""A whole date has its study day where RFSTDTC is a whole date."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.groups import filled
from validation.rules.moments import STUDY_DAYS, moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID",), any_of=("--DY", "--STDY", "--ENDY"),
      needs=("DM.USUBJID", "DM.RFSTDTC"), cites="SDTMIG 3.4, 4.4.4; CORE-000793/FB1601",
      fix="programmer: derive the study day")
def study_day_missing(table: Table, package: Package) -> Iterator[Hit]:
    """A whole date has its study day where RFSTDTC is a whole date."""
    start = reference(table, package, "RFSTDTC").day
    for day, date in STUDY_DAYS:
        if table.has(day, date):
            wanted = ~np.isnat(start) & ~np.isnat(moments(table, date).day)
            yield Hit(table, wanted & ~filled(table, day), (day, date), "the study day is missing")

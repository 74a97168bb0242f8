"""--DY counts the days from RFSTDTC, which is day 1; there is no day 0."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import STUDY_DAYS, days_between, moments
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("USUBJID",), any_of=("--DY", "--STDY", "--ENDY"),
      needs=("DM.USUBJID", "DM.RFSTDTC"),
      cites="SDTMIG 3.4, 4.4.4; CORE-000529/CG0006, CORE-000552/CG0220, CORE-000553/CG0222",
      fix="programmer: derive the study day from the date and DM.RFSTDTC")
def study_day(table: Table, package: Package) -> Iterator[Hit]:
    """--DY counts the days from RFSTDTC, which is day 1; there is no day 0."""
    start = reference(table, package, "RFSTDTC").day
    for day, date in STUDY_DAYS:
        if table.has(day, date):
            days = days_between(start, moments(table, date).day)
            right = days + (days >= 0)
            stated = number(table, day)
            wrong = (stated != right) & ~np.isnan(stated) & ~np.isnan(right)
            yield Hit(table, wrong, (day, date), "the date gives study day " + show_days(right, table))


def show_days(days: npt.NDArray[np.float64], table: Table) -> pd.Series:
    numbers, values = pd.factorize(days)
    words = np.array([f"{value:.0f}" for value in values] + [""], dtype=object)
    return pd.Series(words[numbers], index=table.frame.index, dtype="str")

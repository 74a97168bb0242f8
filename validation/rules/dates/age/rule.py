"""AGE in years is the time from birth to consent or to the reference start."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from validation.package import Package, Table
from validation.rules.moments import moments
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("DM",), columns=("AGE", "AGEU", "BRTHDTC"), cites="SDTMIG 3.4, 5.2 (AGE)",
      fix="programmer: AGE is the age at the day that the specification names, in AGEU")
def age(table: Table, package: Package) -> Iterator[Hit]:
    """AGE in years is the time from birth to consent or to the reference start."""
    birth = moments(table, "BRTHDTC")
    low, high = np.full(len(table), np.inf), np.full(len(table), -np.inf)
    for name in [name for name in ("RFICDTC", "RFSTDTC", "DMDTC") if table.has(name)]:
        low = np.fmin(low, years_between(birth.last, moments(table, name).first))
        high = np.fmax(high, years_between(birth.first, moments(table, name).last))
    age = number(table, "AGE")
    wrong = (table["AGEU"] == "YEARS").to_numpy() & np.isfinite(low) & np.isfinite(high) & ((age < low) | (age > high))
    yield Hit(table, wrong, ("AGE", "BRTHDTC"), "the date of birth gives another age")


def years_between(start: npt.NDArray[np.datetime64], end: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    """Completed years from the one day to the other."""
    months = (end.astype("M8[M]") - start.astype("M8[M]")).astype("float64")
    in_month = (start.astype("M8[D]") - start.astype("M8[M]"), end.astype("M8[D]") - end.astype("M8[M]"))
    years = np.floor((months - (in_month[1] < in_month[0])) / 12)
    return np.where(np.isnat(start) | np.isnat(end), np.nan, years)

"""No record with a result stands between the last one before exposure and the first dose."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled, group_of
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule
from validation.rules.subjects import reference

APART = ("USUBJID", "--TESTCD", "--CAT", "--SPEC", "--METHOD", "--POS", "--LOC", "--LAT", "--EVAL", "--EVALID",
         "--LNKID", "FOCID", "--OBJ", "--TPTNUM", "--BDAGNT", "--TSTOPO")


@rule("warning", each="SDTM", columns=("USUBJID", "--TESTCD", "--DTC", "--LOBXFL", "--STRESC"),
      needs=("DM.USUBJID", "DM.RFXSTDTC"), cites="SDTMIG 3.4, 4.5.9 (--LOBXFL)",
      fix="programmer: flag the last record with a result before the first dose")
def baseline_is_last(table: Table, package: Package) -> Iterator[Hit]:
    """No record with a result stands between the last one before exposure and the first dose."""
    group = group_of(table, [name for name in APART if table.has(name)])
    day, dose = moments(table, "--DTC").day, reference(table, package, "RFXSTDTC").day
    flagged = (table["--LOBXFL"] == "Y").to_numpy() & ~np.isnat(day)
    between = filled(table, "--STRESC") & (day < dose) & (day > latest_day(day, flagged, group))
    newer = pd.Series(between).groupby(group).transform("any").to_numpy()
    yield Hit(table, flagged & newer, ("--LOBXFL", "--DTC"), "there is a later result before the first dose")
    before = filled(table, "--STRESC") & (day < dose)
    lacking = before & ~pd.Series((table["--LOBXFL"] == "Y").to_numpy()).groupby(group).transform("any").to_numpy()
    last = lacking & (latest_day(day, lacking, group) == day)
    if last.sum() <= 0.02 * max(flagged.sum(), 50):
        yield Hit(table, last, ("--LOBXFL", "--DTC"), "the test has results before the first dose, and none is flagged")


def latest_day(day: npt.NDArray[np.datetime64], of: npt.NDArray[np.bool_],
               group: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """For each record the latest day of the records of its group that count."""
    counted = pd.Series(np.where(of, day.astype("M8[s]"), np.datetime64("NaT", "s")))
    return counted.groupby(group).transform("max").to_numpy().astype("M8[D]")

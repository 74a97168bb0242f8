"""No record with a result stands between the last one before exposure and the first dose."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.groups import filled, group_of
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule

APART = ("USUBJID", "--TESTCD", "--CAT", "--SPEC", "--METHOD", "--POS", "--LOC", "--LAT", "--EVAL", "--EVALID",
         "--LNKID", "FOCID", "--OBJ", "--TPTNUM", "--BDAGNT", "--TSTOPO")


@rule("warning", each="SDTM", columns=("USUBJID", "--TESTCD", "--DTC", "--STRESC"), any_of=("--LOBXFL", "--BLFL"),
      needs=("DM.USUBJID", "DM.RFXSTDTC"), cites="SDTMIG 3.4, 4.5.9 (--LOBXFL)",
      fix="programmer: flag the last record with a result before the first dose")
def baseline_is_last(table: Table, package: Package) -> Iterator[Hit]:
    """No record with a result stands between the last one before exposure and the first dose."""
    group = group_of(table, [name for name in APART if table.has(name)])
    day, dose = moments(table, "--DTC").day, reference(table, package, "RFXSTDTC").day
    before = filled(table, "--STRESC") & (day < dose)
    for flag in ("--LOBXFL", "--BLFL"):
        if table.has(flag):
            flagged = (table[flag] == "Y").to_numpy()
            if flag == "--LOBXFL":
                newer = _any(before & (day > latest_day(day, flagged & ~np.isnat(day), group)), group)
                yield Hit(table, flagged & newer, (flag, "--DTC"), "there is a later result before the first dose")
            lacking = before & ~_any(flagged, group)
            last = lacking & (latest_day(day, lacking, group) == day)
            if last.sum() <= 0.02 * max(flagged.sum(), 50):
                yield Hit(table, last, (flag, "--DTC"), "there are results before the first dose, and none is flagged")


def _any(mask: npt.NDArray[np.bool_], group: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.bincount(group, weights=mask, minlength=1)[group] > 0


def latest_day(day: npt.NDArray[np.datetime64], of: npt.NDArray[np.bool_],
               group: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """For each record the latest day of the records of its group that count."""
    counted = pd.Series(np.where(of, day.astype("M8[s]"), np.datetime64("NaT", "s")))
    return counted.groupby(group).transform("max").to_numpy().astype("M8[D]")

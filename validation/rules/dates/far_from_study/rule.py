"""No date is a year after the last reference date of the study, or two years before the subject starts."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import date_variables, moments
from validation.rules.registry import Hit, rule

YEAR = np.timedelta64(366 * 86400, "s")


@rule("warning", each="SDTM", columns=("USUBJID",), needs=("DM.USUBJID", "DM.RFSTDTC"),
      cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: query the date, most likely its year")
def far_from_study(table: Table, package: Package) -> Iterator[Hit]:
    """No date is a year after the last reference date of the study, or two years before the subject starts."""
    dm = package["DM"]
    known = [moments(dm, name).last for name in date_variables(dm) if name != "BRTHDTC"]
    stated = np.sort(np.concatenate(known)) if known else np.array([], dtype="M8[s]")
    stated = stated[~np.isnat(stated)]
    if not len(stated):
        return
    limit = stated[-max(len(stated) // 200, 1)] + YEAR              # a wrong reference date does not move it
    for name in date_variables(table):
        yield Hit(table, moments(table, name).first > limit, name, "it is more than a year after the study")
    early = np.fmin(reference(table, package, "RFSTDTC").first, first_of(dm, table, package)) - 2 * YEAR
    for name in ("--DTC", "EXSTDTC", "ECSTDTC", "SVSTDTC"):
        if table.has(name) and table.name not in ("DM", "CO"):
            yield Hit(table, moments(table, name).last < early, name, "it is two years before the subject starts")


def first_of(dm: Table, table: Table, package: Package) -> npt.NDArray[np.datetime64]:
    """The consent of each record's subject, as far as DM has it."""
    start = "RFICDTC" if dm.has("RFICDTC") else "RFSTDTC"
    return reference(table, package, start).first

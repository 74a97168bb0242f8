"""Times to event that are not the time from start to event."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days
from validation.rules.registry import Hit, rule

UNITS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


@rule("error", each="ADaM", columns=("CNSR", "AVAL", "ADT", "STARTDT"), cites="BDS-TTE 1.0, time-to-event variables",
      numbers=("CNSR", "AVAL"),
      fix="programmer: derive AVAL again")
def duration(table: Table, package: Package) -> Iterator[Hit]:
    """AVAL is the time from STARTDT to ADT, in the unit that most records of the parameter keep."""
    gone = days(table, "ADT") - days(table, "STARTDT")
    parameter = table["PARAMCD"] if table.has("PARAMCD") else pd.Series("", table.frame.index)
    judged = gone.notna() & table["AVAL"].notna()
    number = judged.groupby(parameter, sort=False).transform("sum")
    fits = {}
    for unit, length in UNITS.items():
        for extra in (1, 0):
            near = (table["AVAL"] - (gone + extra) / length).abs() <= (0.01 if length == 1 else 0.051)
            fits[unit, extra] = near & judged
    shares = pd.DataFrame({key: fit.groupby(parameter, sort=False).transform("sum") for key, fit in fits.items()})
    best = shares.max(axis=1)
    held = pd.Series(False, index=table.frame.index)
    for key, fit in fits.items():
        held |= fit & (shares[key] == best)
    wrong = judged & ~held
    clear = best >= 0.9 * number
    small = (number < 10) & (best >= 0.5 * number) & (best > 0)
    yield Hit(table, wrong & (clear | small), ("AVAL", "STARTDT", "ADT"), "it is not the time from STARTDT to ADT")
    yield Hit(table, wrong & ~(clear | small), ("AVAL", "STARTDT", "ADT"),
              "it is not the time from STARTDT to ADT in days, "
              "weeks, months or years", "warning")
    yield Hit(table, gone.notna() & table["AVAL"].isna(), ("AVAL", "STARTDT", "ADT"), "AVAL is empty", "warning")

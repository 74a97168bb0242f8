"""Analysis days that are not counted from the first dose."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days, subject_positions
from validation.rules.registry import Hit, rule

PAIRS = (("ADY", "ADT"), ("ASTDY", "ASTDT"), ("AENDY", "AENDT"), ("ADY", "ADTM"), ("ASTDY", "ASTDTM"),
         ("AENDY", "AENDTM"),
         ("EOSDY", "EOSDT"), ("DTHADY", "DTHDT"))


@rule("error", each="ADaM", any_of=("ADY", "ASTDY", "AENDY", "DTHADY", "EOSDY"), cites="ADaMIG 1.3, 3.3.3",
      fix="programmer: count the day from TRTSDT, which is day 1")
def study_day(table: Table, package: Package) -> Iterator[Hit]:
    """ADY, ASTDY and AENDY are the days from TRTSDT, which is day 1; there is no day 0."""
    start = days(table, "TRTSDT") if table.has("TRTSDT") else None
    if start is None and package.has("ADSL.TRTSDT") and table.has("USUBJID"):
        positions = subject_positions(table, package)
        of_adsl = days(package["ADSL"], "TRTSDT").to_numpy()
        start = pd.Series(np.where(positions >= 0, of_adsl[positions], np.nan), index=table.frame.index)
    done = set()
    for day, date in PAIRS:
        if start is None or not table.has(day, date) or day in done or table[day].dtype.kind != "f":
            continue
        done.add(day)
        counted = days(table, date) - start
        counted = counted + (counted >= 0)
        known = counted.notna() & table[day].notna()
        wrong = known & (table[day] != counted)
        other = bool(known.any()) and wrong.sum() > 0.2 * known.sum() and len(table) > 20
        yield Hit(table, wrong, (day, date), "it is day " + counted.fillna(0).astype(int).astype(str) + " from TRTSDT",
                  "notice" if other else "")
        empty = counted.notna() & table[day].isna()
        yield Hit(table, empty, (day, date), f"{day} is empty",
                  "warning" if empty.sum() <= 0.02 * max(len(table), 50) else "notice")
        yield Hit(table, table[day] == 0, (day, date), "there is no day 0")

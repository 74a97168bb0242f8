"""Starts of the observation that differ from those of the other subjects."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days, values_of_subject
from validation.rules.registry import Hit, rule


@rule("warning", needs=("ADSL.USUBJID",), each="ADaM", columns=("CNSR", "USUBJID", "PARAMCD", "STARTDT"),
      cites="BDS-TTE 1.0, time-to-event variables",
      fix="programmer: take the start from ADSL")
def start_differs(table: Table, package: Package) -> Iterator[Hit]:
    """STARTDT is the date of ADSL (first dose, randomisation) that most subjects of the parameter start from."""
    start, adsl = days(table, "STARTDT"), package["ADSL"]
    parameter = table["PARAMCD"]
    wrong = pd.Series(False, index=table.frame.index)
    open_ = pd.Series(True, index=table.frame.index)
    for name in ("RANDDT", "TRTSDT", "RFSTDTC", "ENRLDT"):
        if not adsl.has(name):
            continue
        date = days(Table("ADSL", "", "ADaM", (), pd.DataFrame({name: values_of_subject(table, package, name)})), name)
        same = start == date
        judged = start.notna() & date.notna()
        share = same.groupby(parameter).transform("sum") / judged.groupby(parameter).transform("sum").clip(lower=1)
        fits = (share >= 0.7) & open_
        wrong |= fits & judged & ~same
        open_ &= ~fits
    yield Hit(table, wrong, ("STARTDT", "USUBJID"), "the other subjects of the parameter start on another date of ADSL")

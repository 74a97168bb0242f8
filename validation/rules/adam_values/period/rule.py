"""Analysis periods that the record does not lie in."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import days, rarer, values_of_subject
from validation.rules.registry import Hit, rule


@rule("warning", needs=("ADSL",), each="ADaM", columns=("USUBJID", "APERIOD"), cites="ADaMIG 1.3, 3.3.3",
      numbers=("APERIOD",),
      fix="programmer: derive the period from its dates")
def period(table: Table, package: Package) -> Iterator[Hit]:
    """APERIOD is a positive whole number with one APERIODC, and the record lies between the dates of its period."""
    number = table["APERIOD"]
    yield Hit(table, number.notna() & ((number < 1) | (number % 1 != 0)), "APERIOD", "it is not 1, 2, 3 ...")
    if table.has("APERIODC"):
        yield Hit(table, rarer(table.frame, ["APERIOD"], "APERIODC") & number.notna().to_numpy(),
                  ("APERIODC", "APERIOD"),
                  "the period has another text elsewhere")
    date = next((days(table, name) for name in ("ADT", "ASTDT") if table.has(name)), None)
    for period_number in range(1, 10):
        for end, after in (("SDT", False), ("EDT", True)):
            name = f"AP{period_number:02d}{end}"
            if date is not None and package["ADSL"].has(name):
                bound = days(Table("ADSL", "", "ADaM", (),
                                   pd.DataFrame({name: values_of_subject(table, package, name)})), name)
                out = (date > bound) if after else (date < bound)
                yield Hit(table, (number == period_number) & out, ("APERIOD", "ADT" if table.has("ADT") else "ASTDT"),
                          f"it is {'after' if after else 'before'} {name}")

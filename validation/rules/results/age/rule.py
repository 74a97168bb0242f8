"""AGE is not negative, possible for a human, and has a unit."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", only=("DM",), columns=("AGE",),
      cites="SDTMIG 3.4, 5.2; CORE-000310/FB4001, CORE-000189/CG0665, CORE-000190/CG0666",
      fix="data management: query the age")
def age(table: Table, package: Package) -> Iterator[Hit]:
    """AGE is not negative, possible for a human, and has a unit."""
    age = pd.Series(number(table, "AGE"), index=table.frame.index)
    yield Hit(table, age < 0, "AGE", "the age is negative")
    if table.has("AGEU"):
        yield Hit(table, age.notna().to_numpy() & ~filled(table, "AGEU"), ("AGEU", "AGE"), "the unit is missing")
        yield Hit(table, (age > 120) & (table["AGEU"] == "YEARS"), "AGE", "nobody is that old")
        grown = (age.where(table["AGEU"] == "YEARS")).quantile(0.05) >= 18
        yield Hit(table, (age < 12) & (table["AGEU"] == "YEARS") & (age >= 0) & bool(grown), "AGE",
                  "all others are grown up", "warning")
    yield Hit(table, age.isna() & (age.notna().mean() > 0.5), "AGE", "the age is missing", "warning")

"""Doses without a unit, and units without a dose."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--DOSE", "--DOSU"), cites="SDTMIG 3.4, 6.1 (--DOSU)",
      numbers=("--DOSE",),
      fix="data management: query dose and unit")
def dose_without_unit(table: Table, package: Package) -> Iterator[Hit]:
    """A dose has a unit and a unit has a dose; a dose is not negative."""
    dose, unit = table["--DOSE"], table["--DOSU"]
    none = dose.notna() & (unit == "")
    yield Hit(table, none, ("--DOSU", "--DOSE"), "the dose has no unit", softly(none, len(table), 0.05))
    yield Hit(table, dose < 0, "--DOSE", "the dose is negative", "error")
    text = (table["--DOSTXT"] != "") if table.has("--DOSTXT") else pd.Series(False, table.frame.index)
    alone = dose.isna() & (unit != "") & ~text
    yield Hit(table, alone, ("--DOSE", "--DOSU"), "the unit has no dose", softly(alone, len(table), 0.02))

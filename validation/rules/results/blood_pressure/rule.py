"""The diastolic pressure is below the systolic pressure of the same measurement."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import group_of
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("warning", only=("VS",), each="SDTM", columns=("USUBJID", "VSTESTCD", "VSSTRESN"),
      cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: query the two pressures: were they swapped?")
def blood_pressure(table: Table, package: Package) -> Iterator[Hit]:
    """The diastolic pressure is below the systolic pressure of the same measurement."""
    names = [name for name in ("USUBJID", "VISITNUM", "VSDTC", "VSTPTNUM", "VSPOS", "VSLOC", "VSLAT", "VSREPNUM")
             if table.has(name)]
    group = group_of(table, names)
    systolic, diastolic = ((table["VSTESTCD"] == code).to_numpy() for code in ("SYSBP", "DIABP"))
    value = pd.Series(number(table, "VSSTRESN"))
    upper = value.where(systolic).groupby(group).transform("max").to_numpy()
    lower = value.where(diastolic).groupby(group).transform("min").to_numpy()
    yield Hit(table, (systolic | diastolic) & (lower >= upper), ("VSSTRESN", "VSTESTCD"),
              "the diastolic pressure is not below the systolic one")

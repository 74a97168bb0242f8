"""A dose is not negative and has a unit, and stands in --DOSE or in --DOSTXT."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.numbers import number
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("--DOSE",),
      cites="SDTMIG 3.4, 6.1; CORE-000308/FB4002, CORE-000092/CG0110, CORE-000093/CG0114",
      fix="data management: query the dose and its unit")
def dose(table: Table, package: Package) -> Iterator[Hit]:
    """A dose is not negative and has a unit, and stands in --DOSE or in --DOSTXT."""
    dose = number(table, "--DOSE")
    yield Hit(table, dose < 0, "--DOSE", "the dose is negative")
    if table.has("--DOSU"):
        unit = filled(table, "--DOSU")
        yield Hit(table, (dose > 0) & ~unit, ("--DOSU", "--DOSE"), "the unit is missing", "warning")
        dosed = ~np.isnan(dose) | (filled(table, "--DOSTXT") if table.has("--DOSTXT") else False)
        yield Hit(table, unit & ~dosed, ("--DOSE", "--DOSU"), "there is a unit and no dose", "notice")
    if table.has("--DOSTXT"):
        both = ~np.isnan(dose) & filled(table, "--DOSTXT")
        yield Hit(table, both, ("--DOSTXT", "--DOSE"), "there is a number too", "warning")

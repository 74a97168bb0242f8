"""A result as collected has its standard form, and the other way round unless it is derived."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--ORRES", "--STRESC"), cites="SDTMIG 3.4, 4.5.1; CORE-000021/CG0397",
      fix="programmer: every result has its standard form")
def standard_result(table: Table, package: Package) -> Iterator[Hit]:
    """A result as collected has its standard form, and the other way round unless it is derived."""
    collected, standard = filled(table, "--ORRES"), filled(table, "--STRESC")
    derived = (table["--DRVFL"] == "Y").to_numpy() if table.has("--DRVFL") else np.zeros(len(table), dtype=bool)
    yield Hit(table, collected & ~standard, ("--STRESC", "--ORRES"), "the standard result is missing")
    yield Hit(table, standard & ~collected & ~derived, ("--ORRES", "--STRESC"), "the result as collected is missing")

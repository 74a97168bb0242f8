"""--STRESN is the number that --STRESC shows, as exactly as its decimals."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.numbers import decimals, number
from validation.rules.registry import Hit, rule


@rule("error", each="SDTM", columns=("--STRESC", "--STRESN"), cites="SDTMIG 3.4, 4.5.1; CORE-000542/FB3102",
      fix="programmer: --STRESN is the number of --STRESC")
def character_and_number(table: Table, package: Package) -> Iterator[Hit]:
    """--STRESN is the number that --STRESC shows, as exactly as its decimals."""
    shown, stored = number(table, "--STRESC"), number(table, "--STRESN")
    step = 10.0 ** -np.minimum(decimals(table, "--STRESC"), 15)
    slack = np.maximum(np.where(decimals(table, "--STRESC") > 0, 0.51 * step, 0), 1e-6 * np.abs(shown))
    off = np.abs(shown - stored)
    large = off > np.maximum(slack, 0.1 * np.abs(shown))
    yield Hit(table, large, ("--STRESN", "--STRESC"), "--STRESC shows another number")
    yield Hit(table, (off > slack) & ~large, ("--STRESN", "--STRESC"), "--STRESC is rounded otherwise", "warning")

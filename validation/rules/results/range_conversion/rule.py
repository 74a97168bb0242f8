"""The limits of the standard range are those of the collected range times the factor of the results."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled, share
from validation.rules.numbers import group_median, number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM",
      columns=("--TESTCD", "--ORRES", "--STRESN", "--ORNRLO", "--ORNRHI", "--STNRLO", "--STNRHI"),
      cites="SDTMIG 3.4, 4.5.1",
      fix="programmer: convert the range as the result is converted")
def range_conversion(table: Table, package: Package) -> Iterator[Hit]:
    """The limits of the standard range are those of the collected range times the factor of the results."""
    units = [name for name in ("--ORRESU", "--STRESU") if table.has(name)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = number(table, "--STRESN") / number(table, "--ORRES")
    factor = group_median(np.where(np.isfinite(ratio), ratio, np.nan), tests(table, *units))
    for collected, standard in (("--ORNRLO", "--STNRLO"), ("--ORNRHI", "--STNRHI")):
        stored = number(table, standard)
        expected = number(table, collected) * factor
        off = np.abs(stored - expected) > 0.05 * np.abs(expected) + 1e-9
        known = ~np.isnan(stored) & ~np.isnan(expected)
        rate = pd.Series(np.where(known, off, np.nan)).groupby(tests(table, *units)).transform("mean").to_numpy()
        yield Hit(table, off & known & (rate <= 0.1), (standard, collected), "the factor of the results is another")
        lone = filled(table, collected) & np.isnan(stored) & ~np.isnan(number(table, collected))
        yield Hit(table, lone & (share(lone) < 0.05), (standard, collected), "the collected range has a limit")

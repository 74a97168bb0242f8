"""A result is negative, zero or above 100 % only where the test has such results elsewhere."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from validation.package import Package, Table
from validation.rules.numbers import number, tests
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("--TESTCD", "--STRESN"), cites="FDA Technical Conformance Guide, 4.1",
      fix="data management: query the value")
def sign(table: Table, package: Package) -> Iterator[Hit]:
    """A result is negative, zero or above 100 % only where the test has such results elsewhere."""
    value, group = number(table, "--STRESN"), tests(table)
    known = np.bincount(group, weights=~np.isnan(value), minlength=1)[group]
    zero = (value == 0) & (table.prefix not in ("PC", "PP", "QS", "FT", "RS", "TR", "IS"))
    for odd, message in ((value < 0, "no other result of the test is negative"),
                         (zero, "no other result of the test is zero"),
                         ((value > 100) & _is_percent(table), "no other result of the test is above 100 %")):
        few = np.bincount(group, weights=odd, minlength=1)[group]
        yield Hit(table, odd & (few <= 2) & (known >= 10 * few), ("--STRESN", "--TESTCD"), message)


def _is_percent(table: Table) -> npt.NDArray[np.bool_]:
    return (table["--STRESU"] == "%").to_numpy() if table.has("--STRESU") else np.zeros(len(table), dtype=bool)

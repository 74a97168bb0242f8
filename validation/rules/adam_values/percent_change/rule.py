"""Percent changes from baseline that are not the percentage."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("AVAL", "BASE", "PCHG"), cites="ADaMIG 1.3, 3.3.4",
      numbers=("AVAL", "BASE", "PCHG", "CHG"),
      fix="programmer: derive PCHG again")
def percent_change(table: Table, package: Package) -> Iterator[Hit]:
    """PCHG is 100 (AVAL - BASE) / BASE, and is empty where that cannot be told."""
    base = table["BASE"].where(table["BASE"] != 0)
    expected = 100 * (table["AVAL"] - base) / base
    by_size = 100 * (table["AVAL"] - base) / base.abs()
    off = np.minimum((table["PCHG"] - expected).abs(), (table["PCHG"] - by_size).abs())
    yield Hit(table, off > 0.051 + 1e-6 * expected.abs(), ("PCHG", "AVAL", "BASE"),
              "it is not 100 (AVAL - BASE) / BASE")
    yield Hit(table, table["PCHG"].notna() & expected.isna(), ("PCHG", "AVAL", "BASE"), "it cannot be told", "warning")
    if table.has("CHG"):
        empty = expected.notna() & table["CHG"].notna() & table["PCHG"].isna()
        yield Hit(table, empty, ("PCHG", "AVAL", "BASE"), "PCHG is empty",
                  "warning" if empty.sum() <= 0.01 * max(len(table), 100) else "notice")

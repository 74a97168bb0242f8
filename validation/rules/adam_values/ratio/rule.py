"""Ratios to baseline and to ranges that are not the quotient."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.baselines import is_used, mostly
from validation.rules.registry import Hit, rule

RATIOS = (("R2BASE", "AVAL", "BASE"), ("R2ANRLO", "AVAL", "ANRLO"), ("R2ANRHI", "AVAL", "ANRHI"),
          ("R2A1LO", "AVAL", "A1LO"),
          ("R2A1HI", "AVAL", "A1HI"), ("CHGNAD", "AVAL", "NADIR"))


@rule("error", each="ADaM", columns=("AVAL",), any_of=tuple(name for name, _, _ in RATIOS),
      cites="ADaMIG 1.3, 3.3.4 and 3.3.7",
      numbers=("AVAL", "BASE", "NADIR", "R2BASE", "CHGNAD", "PCHGNAD", "R2A1LO", "R2A1HI", "A1LO", "A1HI", "ANRLO",
               "ANRHI"),
      fix="programmer: derive the ratio again")
def ratio(table: Table, package: Package) -> Iterator[Hit]:
    """R2BASE is AVAL / BASE, R2ANRLO is AVAL / ANRLO; CHGNAD is AVAL - NADIR, PCHGNAD its percentage."""
    for name, above, below in RATIOS:
        if table.has(name, below):
            divisor = table[below].where(table[below] != 0)
            value = table[above] - table[below] if name == "CHGNAD" else table[above] / divisor
            off = (table[name] - value).abs() > 1e-4 * np.maximum(1, value.abs())
            few = mostly(off.to_numpy(), (table[name].notna() & value.notna()).to_numpy())
            yield Hit(table, off, (name, above, below), f"it is not told from {above} and {below}",
                      "" if few else "notice")
            empty = table[name].isna() & value.notna() & is_used(table, name)
            yield Hit(table, empty, (name, above, below), f"{name} is empty",
                      "warning" if empty.sum() <= 0.01 * max(len(table), 100) else "notice")
    if table.has("PCHGNAD", "NADIR"):
        value = 100 * (table["AVAL"] - table["NADIR"]) / table["NADIR"].where(table["NADIR"] != 0)
        yield Hit(table, (table["PCHGNAD"] - value).abs() > 0.051, ("PCHGNAD", "AVAL", "NADIR"),
                  "it is not the percentage")

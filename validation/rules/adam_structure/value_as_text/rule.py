"""AVALC that does not say what AVAL says."""

import re
from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.adam import differ, rarer
from validation.rules.registry import Hit, rule

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@rule("warning", each="ADaM", columns=("PARAMCD", "AVAL", "AVALC"), cites="ADaMIG 1.3, 3.3.4",
      numbers=("AVAL",),
      fix="programmer: make AVAL and AVALC one to one within the parameter")
def value_as_text(table: Table, package: Package) -> Iterator[Hit]:
    """AVALC has one AVAL within a parameter, and the same number where it is one."""
    texts = table["AVALC"].unique().tolist()
    numbers = {text: float(text) for text in texts if NUMBER.fullmatch(text)}
    value = table["AVALC"].map(numbers).astype("float64")
    yield Hit(table, value.notna() & differ(value, table["AVAL"], 5e-3), ("AVALC", "AVAL"),
              "AVALC is another number than AVAL")
    words = (table["AVALC"] != "") & value.isna() & table["AVAL"].notna()
    several = np.zeros(len(table), dtype=bool)
    several[words.to_numpy()] = rarer(table.frame.loc[words.to_numpy(), ["PARAMCD", "AVALC", "AVAL"]],
                                      ["PARAMCD", "AVALC"], "AVAL")
    censored = table["AVALC"].str.contains("[<>]", regex=True)
    yield Hit(table, several & ~censored, ("AVAL", "AVALC"), "AVALC has more than one AVAL in this parameter")

"""Visit windows that the record lies outside of, and distances from the target that were miscounted."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import is_missing, rarer
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", each="ADaM", columns=("ADY",), any_of=("AWTARGET", "AWLO", "AWHI"),
      cites="ADaMIG 1.3, 3.3.3 and 3.3.5",
      numbers=("ADY", "AWLO", "AWHI", "AWTARGET", "AWTDIFF"),
      fix="programmer: derive the window again")
def visit_window(table: Table, package: Package) -> Iterator[Hit]:
    """ADY lies from AWLO to AWHI, and AWTDIFF is the distance from AWTARGET."""
    day, derived = table["ADY"], (table["DTYPE"] != "" if table.has("DTYPE") else pd.Series(False, table.frame.index))
    for name, outside in (("AWLO", "below"), ("AWHI", "above")):
        if table.has(name):
            wrong = ~derived & ((day < table[name]) if outside == "below" else (day > table[name]))
            few = wrong.sum() <= 0.02 * max(len(table), 50)
            yield Hit(table, wrong, ("ADY", name, "AVISIT"), f"the day is {outside} the window",
                      "" if few else "notice")
    if table.has("AWTARGET", "AWTDIFF"):
        plain = day - table["AWTARGET"]
        skipped = plain - ((day > 0) & (table["AWTARGET"] < 0)) + ((day < 0) & (table["AWTARGET"] > 0))
        fits = [(table["AWTDIFF"] == count) | (table["AWTDIFF"] == count.abs()) for count in (plain, skipped)]
        wrong = table["AWTDIFF"].notna() & plain.notna() & ~(fits[0] | fits[1])
        yield Hit(table, wrong, ("AWTDIFF", "ADY", "AWTARGET"), "it is not the distance from the target",
                  softly(wrong, len(table), 0.02))
    for name in ("AWTARGET", "AWLO", "AWHI", "AWRANGE", "AWU"):
        if table.has(name, "AVISIT") and "PARAMCD" in table.frame:
            empty = is_missing(table[name])
            filled = ~empty.to_numpy() & (table["AVISIT"] != "").to_numpy()
            others = (~empty).groupby([table["PARAMCD"], table["AVISIT"]], sort=False).transform("mean") > 0.5
            yield Hit(table, empty & others, (name, "AVISIT"), "the visit has a window elsewhere",
                      softly(empty & others, len(table), 0.02))
            wrong = np.zeros(len(table), dtype=bool)
            wrong[filled] = rarer(table.frame.loc[filled, ["PARAMCD", "AVISIT", name]], ["PARAMCD", "AVISIT"], name)
            yield Hit(table, wrong, (name, "AVISIT"), f"the visit has another {name} elsewhere",
                      softly(wrong, len(table), 0.02))

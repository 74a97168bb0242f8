"""Changes of the sum of diameters that do not come from the sums."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package
from validation.rules.registry import Hit, rule
from validation.rules.tumours import marked, sum_course, visit_of_reader

CHANGES = (("PCBSD", "base", True), ("PCNSD", "nadir", True), ("ACNSD", "nadir", False), ("PCHGBL", "base", True),
           ("PCHGNAD", "nadir", True),
           ("ACHNAD", "nadir", False))


@rule("warning", needs=("TR.TRTESTCD", "TR.TRSTRESN"), cites="RECIST 1.1, 4.3.1; SDTMIG 3.4, 6.3.12 (TR)",
      numbers=("TR.TRSTRESN", "TR.VISITNUM"),
      fix="programmer: derive the change again")
def change_of_sum(package: Package) -> Iterator[Hit]:
    """A change of the sum of diameters is told from the baseline or from the smallest sum before the visit."""
    tr = package["TR"]
    courses = sum_course(tr)
    for code, what, percent in CHANGES:
        rows = np.flatnonzero(((tr["TRTESTCD"] == code) & tr["TRSTRESN"].notna()).to_numpy())
        if not len(rows) or courses.empty:
            continue
        known = pd.DataFrame({"visit": visit_of_reader(tr).iloc[rows].to_numpy()})
        known = known.merge(courses, on="visit", how="left", validate="m:1")
        change = known["sum"] - known[what]
        change = 100 * change / known[what].where(known[what] != 0) if percent else change
        wrong = (change - tr["TRSTRESN"].iloc[rows].to_numpy()).abs() > 0.51
        few = wrong.sum() <= max(0.1 * len(rows), 1)
        yield Hit(tr, marked(tr, rows[wrong.to_numpy()]), ("TRSTRESN", "TRTESTCD"),
                  f"it is not the change from the {what}", "" if few else "notice")

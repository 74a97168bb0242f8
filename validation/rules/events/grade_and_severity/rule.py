"""Toxicity grades that do not fit the severity."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule

FITS = {"1": ("MILD",), "2": ("MODERATE",), "3": ("SEVERE",), "4": ("SEVERE", "LIFE THREATENING"),
        "5": ("SEVERE", "FATAL", "LIFE THREATENING")}


@rule("warning", each="SDTM", only=("AE",), any_of=("AETOXGR", "AESEV"),
      cites="SDTMIG 3.4, 6.2.1 AE; CTCAE 5.0",
      fix="data management: query grade and severity")
def grade_and_severity(table: Table, package: Package) -> Iterator[Hit]:
    """Grade 1 is mild, 2 moderate, 3 and more severe; grades are 1 to 5 and an event has one or the other."""
    if table.has("AETOXGR"):
        grade = table["AETOXGR"]
        yield Hit(table, ~grade.isin([*FITS, ""]), "AETOXGR", "the grade is not 1 to 5")
        if table.has("AESEV"):
            fits = grade.map({g: "|".join(words) for g, words in FITS.items()}).fillna("")
            pairs = pd.DataFrame({"fits": fits, "said": table["AESEV"]}).drop_duplicates()
            bad = {(f, s) for f, s in pairs.itertuples(index=False, name=None) if f and s and s not in f.split("|")}
            wrong = np.zeros(len(table), dtype=bool)
            if bad:
                wrong = pd.MultiIndex.from_arrays([fits, table["AESEV"]]).isin(list(bad))
            yield Hit(table, wrong, ("AESEV", "AETOXGR"), "the severity does not fit the grade")
    names = [name for name in ("AESEV", "AETOXGR") if table.has(name)]
    none = np.logical_and.reduce([(table[name] == "").to_numpy() for name in names])
    yield Hit(table, none, (names[0],), "the event has no severity", softly(none, len(table), 0.05))

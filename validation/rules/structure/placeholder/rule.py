"""No text stands for a missing value: '.', NULL, NaN, N/A."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.standard import codelists_of

SURE = (".", "NULL", "NAN", "<NA>", "#N/A", "-", "?", "MISSING", "NONE.")
MAYBE = ("NA", "N/A", "N.A.", "UNK")
FREE = ("RES", "RESC", "TERM", "VAL", "TRT", "VALNF", "CD", "ACNOTH", "RSLT", "TESTCD")


@rule("warning", each="SDTM", cites="SDTMIG 3.4, 4.2.5; CORE-000890/FB1502",
      fix="programmer: a missing value is empty")
def placeholder(table: Table, package: Package) -> Iterator[Hit]:
    """No text stands for a missing value: '.', NULL, NaN, N/A."""
    for name in table.frame.columns:
        if isinstance(table[name].dtype, pd.StringDtype) and name != "_record":
            numbers, values = texts(table, name)
            allowed = {term for codelist in codelists_of(table, name) for term in codelist.terms}
            sure = np.array([value.upper() in SURE and value not in allowed for value in values], dtype=bool)
            yield Hit(table, sure[numbers], name, "the text stands for a missing value")
            if not name.endswith(FREE):
                maybe = np.array([value.upper() in MAYBE and value not in allowed for value in values], dtype=bool)
                yield Hit(table, maybe[numbers], name, "does the text stand for a missing value?", "notice")

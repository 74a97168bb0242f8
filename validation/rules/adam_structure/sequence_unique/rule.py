"""Sequence numbers of analysis records that repeat."""

import re
from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.adam import is_event_class
from validation.rules.registry import Hit, rule


@rule("error", each="ADaM", columns=("USUBJID",), cites="ADaMIG 1.3, 3.3.9; OCCDS 1.1, 3.2",
      fix="programmer: number the records of the subject again")
def sequence_unique(table: Table, package: Package) -> Iterator[Hit]:
    """ASEQ is unique in a subject; so is --SEQ of an event in a dataset of events."""
    for name in table.frame.columns:
        if name == "ASEQ":
            yield Hit(table, table.frame.duplicated(["USUBJID", name], keep=False) & table[name].notna(),
                      (name, "USUBJID"),
                      "the number repeats in the subject")
        elif is_event_class(table) and re.fullmatch(r"[A-Z]{2}SEQ", name):
            derived = table["DTYPE"] != "" if table.has("DTYPE") else pd.Series(False, table.frame.index)
            again = table.frame.duplicated(["USUBJID", name], keep=False) & table[name].notna() & ~derived
            yield Hit(table, again, (name, "USUBJID"), "the event is in the dataset more than once",
                      "warning" if again.mean() > 0.02 and len(table) > 50 else "")

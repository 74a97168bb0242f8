"""Texts are printable ASCII without blanks at either end; labels of qualifiers may all be Chinese."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import texts
from validation.rules.registry import Hit, rule
from validation.rules.wording import is_chinese


@rule("warning", each="SDTM", cites="FDA Technical Conformance Guide, 3.3; CORE-000867/FB1501",
      fix="programmer: clean the text where it is read")
def characters(table: Table, package: Package) -> Iterator[Hit]:
    """Texts are printable ASCII without blanks at either end; labels of qualifiers may all be Chinese."""
    for name in table.frame.columns:
        if not isinstance(table[name].dtype, pd.StringDtype) or name == "_record":
            continue
        numbers, values = texts(table, name)
        edges = np.array([value != value.strip(" ") for value in values], dtype=bool)
        control = np.array([not value.isprintable() for value in values], dtype=bool)
        other = np.array([not value.isascii() for value in values], dtype=bool) & ~control
        yield Hit(table, edges[numbers], name, "it has blanks at the beginning or at the end")
        yield Hit(table, control[numbers], name, "it has a character that cannot be printed")
        if name == "QLABEL" and all(is_chinese(value) for value in values):
            continue
        yield Hit(table, other[numbers], name, "it has a character beyond ASCII",
                  "notice" if other.sum() > 0.05 * len(values) and other.sum() > 3 else "")

"""An element of a subject ends on the day on which the next one starts, and only the last one has no end."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("SE",), columns=("USUBJID", "SESTDTC", "SEENDTC"),
      cites="SDTMIG 3.4, 5.3; CORE-000352/CG0207",
      fix="programmer: an element ends when the next one starts")
def element_gap(table: Table, package: Package) -> Iterator[Hit]:
    """An element of a subject ends on the day on which the next one starts, and only the last one has no end."""
    order = pd.DataFrame({"USUBJID": table["USUBJID"].to_numpy(), "start": moments(table, "SESTDTC").day,
                          "end": moments(table, "SEENDTC").day, "_row": np.arange(len(table))})
    order = order.sort_values(["USUBJID", "start", "end"], kind="stable")
    following = order.groupby("USUBJID")["start"].shift(-1)
    bad = order.assign(wrong=following.notna() & (following != order["end"])).sort_values("_row")["wrong"].to_numpy()
    yield Hit(table, bad & filled(table, "SEENDTC"), ("SEENDTC", "SESTDTC"), "the next element starts on another day")
    yield Hit(table, bad & ~filled(table, "SEENDTC"), ("SEENDTC", "SESTDTC"), "there is a next element")

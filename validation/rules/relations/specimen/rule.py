"""The parent of a specimen is a specimen of the same subject; one without a parent has level 1."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("RELSPEC",), columns=("USUBJID", "REFID", "PARENT"),
      cites="SDTMIG 3.4, 8.8 (RELSPEC)",
      fix="programmer: name the specimen from which this one was taken")
def specimen(table: Table, package: Package) -> Iterator[Hit]:
    """The parent of a specimen is a specimen of the same subject; one without a parent has level 1."""
    known = pd.MultiIndex.from_frame(table.frame[["USUBJID", "REFID"]])
    mine = pd.MultiIndex.from_frame(table.frame[["USUBJID", "PARENT"]])
    yield Hit(table, filled(table, "PARENT") & ~mine.isin(known), "PARENT", "there is no such specimen of the subject")
    if table.has("LEVEL"):
        yield Hit(table, filled(table, "PARENT") == (table["LEVEL"] == 1).to_numpy(), ("LEVEL", "PARENT"),
                  "level 1 are the specimens without a parent")

"""A relation of two subjects is stated from both sides, and both are in DM."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package, Table
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", only=("RELSUB",), columns=("USUBJID", "RSUBJID"), cites="SDTMIG 3.4, 8.7 (RELSUB)",
      fix="programmer: state a relation of two subjects from both sides")
def subject(table: Table, package: Package) -> Iterator[Hit]:
    """A relation of two subjects is stated from both sides, and both are in DM."""
    mine = pd.MultiIndex.from_frame(table.frame[["USUBJID", "RSUBJID"]])
    back = pd.MultiIndex.from_frame(table.frame[["RSUBJID", "USUBJID"]])
    yield Hit(table, ~back.isin(mine), "RSUBJID", "the other subject does not state the relation")
    if package.has("DM.USUBJID"):
        yield Hit(table, ~table["RSUBJID"].isin(package["DM"]["USUBJID"]), "RSUBJID", "DM has no such subject")

"""A visit at which something was measured or given is a visit of the subject in SV."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.package import Package, Table
from validation.rules.groups import distinct, filled
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID", "VISITNUM"), never=("SV",), needs=("SV.USUBJID", "SV.VISITNUM"),
      cites="SDTMIG 3.4, 5.5; CORE-000168/CG0034",
      fix="programmer: every visit of a subject is in SV")
def visit_in_sv(table: Table, package: Package) -> Iterator[Hit]:
    """A visit at which something was measured or given is a visit of the subject in SV."""
    frame, group = distinct(table, ("USUBJID", "VISITNUM"))
    visits = pd.MultiIndex.from_frame(package["SV"].frame[["USUBJID", "VISITNUM"]])
    there = pd.MultiIndex.from_frame(frame[["USUBJID", "VISITNUM"]]).isin(visits)
    done = table["--STAT"].ne("NOT DONE").to_numpy() if table.has("--STAT") else np.ones(len(table), dtype=bool)
    lacking = ~there[group] & filled(table, "VISITNUM") & done
    yield Hit(table, lacking, "VISITNUM", "SV has no such visit of the subject")

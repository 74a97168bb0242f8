"""Nothing is measured, given or visited after the subject's end of participation."""

from collections.abc import Iterator

import numpy as np

from validation.package import Package, Table
from validation.rules.demographics import reference
from validation.rules.moments import moments
from validation.rules.registry import Hit, rule


@rule("warning", each="SDTM", columns=("USUBJID",), never=("DM", "DS", "DD", "CO", "SS", "AE", "CM", "MH", "CE"),
      needs=("DM.USUBJID", "DM.RFPENDTC"), cites="SDTMIG 3.4, 5.2 (RFPENDTC)",
      fix="data management: query the date, or the end of participation")
def after_participation(table: Table, package: Package) -> Iterator[Hit]:
    """Nothing is measured, given or visited after the subject's end of participation."""
    end = reference(table, package, "RFPENDTC").last.astype("M8[D]") + np.timedelta64(1, "D")
    for name in ("--DTC", "--STDTC"):
        if table.has(name):
            yield Hit(table, moments(table, name).first >= end, name, "it is after the subject's end of participation")

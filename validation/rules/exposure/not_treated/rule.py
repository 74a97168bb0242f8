"""Doses of subjects who were not treated."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.participation import NOT_TREATED, of_dm
from validation.rules.registry import Hit, rule


@rule("error", needs=("EX.USUBJID", "DM.USUBJID"),
      cites="SDTMIG 3.4, 5.2 DM, assumptions on ARMCD and ACTARMCD; 6.1.3 EX",
      numbers=("EX.EXDOSE",),
      fix="data management: query exposure and arm")
def not_treated(package: Package) -> Iterator[Hit]:
    """A subject with a dose is no screen failure and has an actual arm."""
    ex, dm = package["EX"], package["DM"]
    dosed = (ex["EXDOSE"].isna() | (ex["EXDOSE"] >= 0)) if ex.has("EXDOSE") else pd.Series(True, ex.frame.index)
    for name in ("ACTARMCD", "ACTARM", "ARMNRS"):
        if dm.has(name):
            arm = of_dm(ex, package, name)
            failed = dosed & arm.str.upper().isin(NOT_TREATED)
            yield Hit(ex, failed, ("USUBJID",), f"{name} in DM is " + arm)
            yield Hit(dm, dm["USUBJID"].isin(ex["USUBJID"][failed].unique()), (name, "USUBJID"),
                      "the subject has a dose in EX", "warning")
    yield Hit(ex, ~ex["USUBJID"].isin(dm["USUBJID"].unique()), "USUBJID", "DM does not have the subject")

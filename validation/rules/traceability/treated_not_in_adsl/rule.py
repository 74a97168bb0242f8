"""Treated subjects whom ADSL left out."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.registry import Hit, rule

NO_ARM = ("SCREEN FAILURE", "NOT ASSIGNED", "NOT TREATED", "UNPLANNED TREATMENT", "")


@rule("error", needs=("ADSL.USUBJID", "DM.USUBJID"), cites="ADaMIG 1.3, 2.3.1",
      fix="programmer: add the subject to ADSL")
def treated_not_in_adsl(package: Package) -> Iterator[Hit]:
    """Every subject with exposure, and every subject of an arm, is in ADSL."""
    dm, adsl = package["DM"], package["ADSL"]
    absent = ~dm["USUBJID"].isin(adsl["USUBJID"].unique())
    treated = dm["USUBJID"].isin(package["EX"]["USUBJID"].unique()) if "EX" in package.tables else dm["RFXSTDTC"] != ""
    in_arm = ~dm["ARM"].str.upper().isin(NO_ARM) if dm.has("ARM") else pd.Series(False, dm.frame.index)
    for rows, severity, what in ((absent & treated, "", "was treated"),
                                 (absent & in_arm & ~treated, "warning", "has an arm")):
        if rows.any():
            named = ", ".join(dm["USUBJID"][rows].head(5))
            yield Hit(adsl, None, "USUBJID", f"{int(rows.sum())} subjects of DM are not in ADSL: {named}", severity)
            yield Hit(dm, rows, ("USUBJID", "ARM"), f"the subject {what} and is not in ADSL", "notice")

"""Treated subjects without a dose."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.participation import NOT_TREATED
from validation.rules.registry import Hit, rule


@rule("error", needs=("EX.USUBJID", "DM.USUBJID"), cites="SDTMIG 3.4, 5.2 DM, RFXSTDTC; 6.1.3 EX",
      fix="data management: query the exposure")
def treated_without_dose(package: Package) -> Iterator[Hit]:
    """A subject with a first date of exposure or an actual arm has a record in EX."""
    ex, dm = package["EX"], package["DM"]
    none = ~dm["USUBJID"].isin(ex["USUBJID"].unique())
    if dm.has("RFXSTDTC"):
        yield Hit(dm, none & (dm["RFXSTDTC"] != ""), ("RFXSTDTC", "USUBJID"), "the subject has no record in EX")
    if dm.has("ACTARMCD"):
        arm = (dm["ACTARMCD"] != "") & ~dm["ACTARMCD"].str.upper().isin(NOT_TREATED)
        yield Hit(dm, none & arm, ("ACTARMCD", "USUBJID"), "the subject has no record in EX", "warning")
    missing = none & ((dm["RFXSTDTC"] != "") if dm.has("RFXSTDTC") else False)
    if missing.any():
        named = ", ".join(dm["USUBJID"][missing].head(5))
        yield Hit(ex, None, "USUBJID", f"{int(missing.sum())} treated subjects of DM have no record: {named}")

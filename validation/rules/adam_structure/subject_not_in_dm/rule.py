"""Subjects of ADSL whom the study does not have."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.USUBJID", "DM.USUBJID"), cites="ADaMIG 1.3, 2.3.1",
      fix="programmer: take the subjects from DM")
def subject_not_in_dm(package: Package) -> Iterator[Hit]:
    """Every subject of ADSL is in DM."""
    adsl = package["ADSL"]
    yield Hit(adsl, ~adsl["USUBJID"].isin(package["DM"]["USUBJID"].unique()), "USUBJID", "the subject is not in DM")

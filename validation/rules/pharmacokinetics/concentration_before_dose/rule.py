"""Drug that was found before the first dose."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule
from validation.rules.samples import moment


@rule("warning", needs=("PC.PCSTRESN", "EX.EXSTDTC"),
      cites="SDTMIG 3.4, 6.3.5.8 (PC); FDA Bioanalytical Method Validation Guidance",
      numbers=("PC.PCSTRESN", "PC.PCLLOQ"),
      fix="laboratory: check the sample")
def concentration_before_dose(package: Package) -> Iterator[Hit]:
    """A sample taken before the first dose of the subject has no quantifiable drug."""
    pc, ex = package["PC"], package["EX"]
    first = pd.Series(moment(ex["EXSTDTC"]).to_numpy(), index=ex["USUBJID"].to_numpy()).groupby(level=0).min()
    at, dose = moment(pc["PCDTC"]), pc["USUBJID"].map(first).astype("float64")
    before = at < dose
    found = before & (pc["PCSTRESN"] > (pc["PCLLOQ"].fillna(0) if pc.has("PCLLOQ") else 0))
    yield Hit(pc, found, ("PCSTRESN", "PCDTC"), "it is before the first dose", softly(found, before.sum(), 0.2))
    none = (pc["PCSTRESN"] > 0) & ~pc["USUBJID"].isin(ex["USUBJID"].unique())
    yield Hit(pc, none, ("PCSTRESN", "USUBJID"), "the subject has no dose")

"""Doses as collected and as given that do not match."""

from collections.abc import Iterator

import pandas as pd

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.registry import Hit, rule


@rule("warning", needs=("EX.USUBJID", "EC.USUBJID"), cites="SDTMIG 3.4, 6.1.3 (EC, EX)",
      numbers=("EC.ECDOSE",),
      fix="programmer: derive EX from EC")
def collected_and_given(package: Package) -> Iterator[Hit]:
    """A dose of EX was collected in EC on that day, and a dose collected as given is in EX."""
    ex, ec = package["EX"], package["EC"]
    given = pd.Series(True, ec.frame.index)
    if ec.has("ECOCCUR"):
        given &= ec["ECOCCUR"] != "N"
    if ec.has("ECMOOD"):
        given &= ec["ECMOOD"] != "SCHEDULED"
    one, two = (ex["USUBJID"] + "|" + ex["EXSTDTC"].str[:10]), (ec["USUBJID"] + "|" + ec["ECSTDTC"].str[:10])
    none = (ex["EXSTDTC"] != "") & ~one.isin(two[given].unique())
    yield Hit(ex, none, ("EXSTDTC", "USUBJID"), "no dose was collected on that day", softly(none, len(ex), 0.05))
    lost = given & (ec["ECSTDTC"] != "") & ~two.isin(one.unique())
    if ec.has("ECDOSE"):
        lost &= ~(ec["ECDOSE"] == 0)
    yield Hit(ec, lost, ("ECSTDTC", "USUBJID"), "EX has no dose of that day", softly(lost, len(ec), 0.05))
    if ex.has("EXLNKID") and ec.has("ECLNKID"):
        linked = ec["ECLNKID"].unique()
        yield Hit(ex, (ex["EXLNKID"] != "") & ~ex["EXLNKID"].isin(linked), ("EXLNKID", "USUBJID"),
                  "EC has no such link")

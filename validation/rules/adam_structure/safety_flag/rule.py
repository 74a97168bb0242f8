"""Safety population and exposure that do not agree."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.SAFFL", "ADSL.TRTSDT"), cites="ADaMIG 1.3, 3.2.3; ICH E9, 5.2.3",
      fix="programmer: derive SAFFL from the exposure")
def safety_flag(package: Package) -> Iterator[Hit]:
    """A subject of the safety population was treated; a treated subject is in it unless the protocol says otherwise."""
    adsl = package["ADSL"]
    treated = adsl["TRTSDT"].notna()
    yield Hit(adsl, (adsl["SAFFL"] == "Y") & ~treated, ("SAFFL", "TRTSDT"), "the subject was not treated")
    yield Hit(adsl, (adsl["SAFFL"] != "Y") & treated, ("SAFFL", "TRTSDT"), "the subject was treated", "warning")
    if adsl.has("RANDFL", "RANDDT"):
        wrong = (adsl["RANDFL"] == "Y") != adsl["RANDDT"].notna()
        yield Hit(adsl, wrong, ("RANDFL", "RANDDT"), "the flag and the date of randomisation do not agree", "warning")
    if adsl.has("ITTFL", "ARM"):
        out = adsl["ARM"].str.upper().isin(["SCREEN FAILURE", "NOT ASSIGNED", ""])
        yield Hit(adsl, (adsl["ITTFL"] == "Y") & out, ("ITTFL", "ARM"), "the subject was not randomised", "warning")

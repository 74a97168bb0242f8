"""Deaths that ADSL and DM tell differently."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.adam import days, iso_days, look_up
from validation.rules.registry import Hit, rule


@rule("error", needs=("ADSL.USUBJID", "DM.DTHFL"), cites="ADaMIG 1.3, 3.2.8", fix="programmer: take the death from DM")
def adsl_death(package: Package) -> Iterator[Hit]:
    """DTHFL and DTHDT of ADSL are those of DM, and a date of death has its flag."""
    adsl, dm = package["ADSL"], package["DM"]
    there = look_up(adsl, ["USUBJID"], dm, ["USUBJID"], [name for name in ("DTHFL", "DTHDTC") if dm.has(name)])
    if adsl.has("DTHDT"):
        date = days(adsl, "DTHDT")
        if "DTHDTC" in there:
            died = iso_days(there["DTHDTC"])
            yield Hit(adsl, date.notna() & died.notna() & (date != died), ("DTHDT", "USUBJID"),
                      "DM has another date of death")
            yield Hit(adsl, date.isna() & died.notna(), ("DTHDT", "USUBJID"), "DM has a date of death", "warning")
        if adsl.has("DTHFL"):
            yield Hit(adsl, date.notna() & (adsl["DTHFL"] != "Y"), ("DTHFL", "DTHDT"),
                      "there is a date of death without the flag")
            yield Hit(adsl, date.isna() & (adsl["DTHFL"] == "Y"), ("DTHDT", "DTHFL"), "there is no date of death",
                      "warning")

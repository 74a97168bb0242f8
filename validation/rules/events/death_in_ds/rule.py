"""Deaths that disposition and demographics tell differently."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.compare import is_after, is_before
from validation.rules.participation import of_dm
from validation.rules.registry import Hit, rule


@rule("error", needs=("DS.DSDECOD", "DM.DTHFL"), cites="SDTMIG 3.4, 5.2 DM, DTHFL and 6.2.4 DS",
      fix="data management: query the death")
def death_in_ds(package: Package) -> Iterator[Hit]:
    """A subject whose disposition is death has died in DM on that day."""
    ds, dm = package["DS"], package["DM"]
    death = ds["DSDECOD"].str.upper() == "DEATH"
    alive = death & (of_dm(ds, package, "DTHFL") != "Y")
    yield Hit(ds, alive, ("DSDECOD", "USUBJID"), "the subject has not died in DM")
    yield Hit(dm, dm["USUBJID"].isin(ds["USUBJID"][alive].unique()) & (dm["DTHFL"] != "Y"), ("DTHFL", "USUBJID"),
              "the disposition is death")
    if dm.has("DTHDTC") and ds.has("DSSTDTC"):
        died = of_dm(ds, package, "DTHDTC")
        other = is_before(ds["DSSTDTC"], died) | is_after(ds["DSSTDTC"], died)
        yield Hit(ds, death & other, ("DSSTDTC", "USUBJID"), "DM has another day of death: " + died, "warning")
        yield Hit(dm, (dm["DTHFL"] == "Y") & (dm["DTHDTC"] == ""), ("DTHDTC", "DTHFL"), "the date of death is empty",
                  "warning")
        yield Hit(dm, (dm["DTHFL"] != "Y") & (dm["DTHDTC"] != ""), ("DTHFL", "DTHDTC"), "there is a date of death")

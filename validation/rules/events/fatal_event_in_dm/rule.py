"""Fatal events of subjects who are alive in DM."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.compare import is_after, is_before
from validation.rules.participation import of_dm
from validation.rules.registry import Hit, rule


@rule("error", needs=("AE.AEOUT", "DM.DTHFL"), cites="SDTMIG 3.4, 5.2 DM, DTHFL",
      fix="data management: query the death")
def fatal_event_in_dm(package: Package) -> Iterator[Hit]:
    """A subject with a fatal event has died in DM, and not before the event began or on a day that is not its end."""
    ae, dm = package["AE"], package["DM"]
    fatal = (ae["AEOUT"] == "FATAL") | ((ae["AESDTH"] == "Y") if ae.has("AESDTH") else False)
    alive = fatal & (of_dm(ae, package, "DTHFL") != "Y")
    yield Hit(ae, alive, ("AEOUT", "USUBJID"), "the subject has not died in DM")
    yield Hit(dm, dm["USUBJID"].isin(ae["USUBJID"][alive].unique()) & (dm["DTHFL"] != "Y"), ("DTHFL", "USUBJID"),
              "the subject has a fatal adverse event")
    if dm.has("DTHDTC") and ae.has("AEENDTC", "AESTDTC"):
        died = of_dm(ae, package, "DTHDTC")
        yield Hit(ae, fatal & (is_before(died, ae["AESTDTC"])), ("AESTDTC", "AEOUT"), "it starts after the death in DM")
        yield Hit(ae, fatal & (is_before(died, ae["AEENDTC"]) | is_after(died, ae["AEENDTC"])), ("AEENDTC", "AEOUT"),
                  "it does not end on the day of death in DM", "warning")

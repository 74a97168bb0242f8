"""Events that ended the treatment of subjects whose disposition tells another story."""

from collections.abc import Iterator

from validation.package import Package
from validation.rules.doubt import softly
from validation.rules.participation import disposition
from validation.rules.registry import Hit, rule


@rule("warning", needs=("AE.AEACN", "DS.DSDECOD"), cites="SDTMIG 3.4, 6.2.1 AE, AEACN and 6.2.4 DS",
      fix="data management: query action taken and disposition")
def withdrawn_without_disposition(package: Package) -> Iterator[Hit]:
    """A subject whose drug was withdrawn for an event was discontinued; one who was for an event has such an event."""
    ae, ds = package["AE"], package["DS"]
    events = disposition(package)
    if events.empty:
        return
    left = events["USUBJID"][~events["DSDECOD"].str.upper().isin(["COMPLETED", "SCREEN FAILURE"])].unique()
    withdrawn = ae["AEACN"] == "DRUG WITHDRAWN"
    yield Hit(ae, withdrawn & ~ae["USUBJID"].isin(left), ("AEACN", "USUBJID"),
              "DS has no discontinuation of the subject")
    if withdrawn.any():
        for_event = (ds["DSDECOD"].str.upper() == "ADVERSE EVENT") & ds.frame.index.isin(events.index)
        told = ae["USUBJID"][ae["AEACN"].isin(["DRUG WITHDRAWN", "MULTIPLE"])].unique()
        none = for_event & ~ds["USUBJID"].isin(told)
        yield Hit(ds, none, ("DSDECOD", "USUBJID"), "no adverse event of the subject had the drug withdrawn",
                  softly(none, for_event.sum(), 0.3))

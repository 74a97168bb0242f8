"""AE - Adverse Events (SDTMIG 3.4, 6.2.1). One record per adverse event per subject."""

from itertools import compress

import pandas as pd

from cdisckit.graph import dataset
from raw.account import drop_records
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form, report_records
from sdtm.timing import check_start_end, derive_entpt, derive_epoch, derive_study_day

__all__ = ["ae", "check_seriousness", "drop_no_events"]

CRITERIA = ("AESCAN", "AESCONG", "AESDISAB", "AESDTH", "AESHOSP", "AESLIFE", "AESMIE")


@dataset
def ae(raw, dm, se, spec, study):
    ae = map_form(raw, spec)
    ae = drop_no_events(ae)
    ae = derive_studyid(ae, study)
    ae = derive_usubjid(ae, study)
    ae = derive_study_day(ae, dm, spec)
    ae = derive_entpt(ae, spec)
    ae = derive_epoch(ae, se, spec, "AESTDTC")
    check_seriousness(ae)
    check_start_end(ae, spec)
    return derive_seq(ae, spec)


def drop_no_events(ae: pd.DataFrame) -> pd.DataFrame:
    """Leave out the records that only say that there was no event (_AEYN is N, where `uses` takes AEYN along).

    A record that says so and names an event stays, with a finding: an event must not be lost to a tick.
    """
    if "_AEYN" not in ae:
        return ae
    none, named = ae["_AEYN"] == "N", ae["AETERM"] != ""
    report_records(ae[none & named], "mapping.event_and_no_event", "error", "AE", "AETERM",
                   "the form says that there was no adverse event (AEYN) and names one; the event is submitted",
                   "data management: query the site")
    return drop_records(ae, none & ~named, "AEYN is N: the form says that there was no adverse event")


def check_seriousness(ae: pd.DataFrame) -> None:
    """Report events that meet a criterion of seriousness and are not said to be serious, and events that are serious
    and meet none (SDTMIG 3.4, 6.2.1).
    """
    criteria = [name for name in CRITERIA if name in ae]
    if not criteria:
        return
    met = ae[criteria] == "Y"
    bad = ae[(ae["AESER"] == "Y") != met.any(axis=1)]
    names = [" ".join(compress(criteria, row)) or "none" for row in met.loc[bad.index].to_numpy()]
    message = "criteria of seriousness that are Y: " + pd.Series(names, bad.index, dtype="str") + "; AESER is "
    report_records(bad, "mapping.seriousness", "warning", "AE", "AESER", message + bad["AESER"].replace("", "empty"),
                   "data management: query the site")

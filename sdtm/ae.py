"""AE - Adverse Events (SDTMIG 3.4, 6.2.1). One record per adverse event per subject."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from raw.account import drop_records
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import check_start_end, derive_entpt, derive_epoch, derive_study_day

CRITERIA = ("AESCAN", "AESCONG", "AESDISAB", "AESDTH", "AESHOSP", "AESLIFE", "AESOD", "AESMIE")


@dataset
def ae(raw, dm, se, spec, study):
    ae = map_form(raw, spec)
    if "_AEYN" in ae:
        ae = drop_records(ae, ae["_AEYN"] == "N", "AEYN is N: the form says that there was no adverse event")
    ae = derive_studyid(ae, study)
    ae = derive_usubjid(ae, study)
    ae = derive_study_day(ae, dm, spec)
    ae = derive_entpt(ae, spec)
    ae = derive_epoch(ae, se, spec, "AESTDTC")
    check_seriousness(ae)
    check_start_end(ae, spec)
    return derive_seq(ae, spec)


def check_seriousness(ae: pd.DataFrame) -> None:
    """Report events that meet a criterion of seriousness and are not serious, or are serious and meet none (SDTMIG 3.4, 6.2.1)."""
    criteria = [name for name in CRITERIA if name in ae and name != "AESOD"]
    met = (ae[criteria] == "Y").any(axis=1)
    for rows, message in (((ae["AESER"] == "N") & met, "the event is not serious and meets a criterion of seriousness"),
                          ((ae["AESER"] == "Y") & ~met, "the event is serious and meets no criterion of seriousness")):
        bad = ae[rows]
        marked = [bad[name].map({"Y": f"{name} "}).fillna("").astype("str") for name in criteria]
        which = marked[0].str.cat(marked[1:]).str.strip()
        report_findings(Finding("mapping", "mapping.seriousness", "warning", "AE", key=f"USUBJID={subject}", variable="AESER", value=names,
                                message=message, fix="data management: query the site", record=record)
                        for subject, names, record in zip(bad["USUBJID"], which, bad["_record"], strict=True))

"""EX - Exposure (SDTMIG 3.4, 6.1.3). One record per constant-dosing interval of a treatment per subject."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import check_start_end, derive_epoch, derive_study_day, derive_visitnum


@dataset
def ex(raw, dm, se, spec, study):
    ex = map_form(raw, spec)
    ex = derive_studyid(ex, study)
    ex = derive_usubjid(ex, study)
    ex = derive_visitnum(ex, study, spec, "EXSTDTC")
    ex = derive_study_day(ex, dm, spec)
    ex = derive_epoch(ex, se, spec, "EXSTDTC")
    check_start_end(ex, spec)
    check_dose_ends(ex)
    return derive_seq(ex, spec)


def check_dose_ends(ex: pd.DataFrame) -> None:
    """Report doses whose end is not known: the last exposure (DM.RFXENDTC) and what hangs on it are then too early."""
    open_ended = ex[(ex["EXSTDTC"] != "") & (ex["EXENDTC"] == "")]
    message = "the end of treatment is not known; DM.RFXENDTC and the windows after it count from its start"
    report_findings(Finding("mapping", "mapping.dose_without_end", "warning", "EX", key=f"USUBJID={subject}",
                            variable="EXENDTC", value=start, message=message, record=record,
                            fix="data management: query the site for the end of treatment")
                    for subject, start, record in zip(open_ended["USUBJID"], open_ended["EXSTDTC"],
                                                      open_ended["_record"], strict=True))

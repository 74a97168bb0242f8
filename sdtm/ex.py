"""EX - Exposure (SDTMIG 3.4, 6.1.3). One record per constant-dosing interval of a treatment per subject."""

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
    return derive_seq(ex, spec)

"""PR - Procedures (SDTMIG 3.4, 6.1.5). One record per recorded procedure per occurrence per subject."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms
from sdtm.occurrence import derive_dose, drop_nothing
from sdtm.timing import check_start_end, derive_epoch, derive_study_day, derive_visitnum


@dataset
def pr(raw, dm, se, spec, study):
    pr = map_forms(raw, spec)
    pr = derive_studyid(pr, study)
    pr = derive_usubjid(pr, study)
    pr = drop_nothing(pr, spec, "PRTRT", "PRYN")
    pr = derive_dose(pr, spec)
    pr = derive_visitnum(pr, study, spec, "PRSTDTC")
    pr = derive_study_day(pr, dm, spec)
    pr = derive_epoch(pr, se, spec, "PRSTDTC")
    check_start_end(pr, spec)
    return derive_seq(pr, spec)

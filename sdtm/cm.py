"""CM - Concomitant and Prior Medications (SDTMIG 3.4, 6.1.2). One record per recorded intervention per subject."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms
from sdtm.occurrence import derive_dose, drop_nothing
from sdtm.timing import check_start_end, derive_entpt, derive_epoch, derive_study_day, derive_visitnum


@dataset
def cm(raw, dm, se, spec, study):
    cm = map_forms(raw, spec)
    cm = derive_studyid(cm, study)
    cm = derive_usubjid(cm, study)
    cm = drop_nothing(cm, spec, "CMTRT", "CMYN", "CTYN")
    cm = derive_dose(cm, spec)
    cm = derive_visitnum(cm, study, spec, "CMDTC" if "CMDTC" in cm else "CMSTDTC")
    cm = derive_study_day(cm, dm, spec)
    cm = derive_entpt(cm, spec, study.facts.cutoff)
    cm = derive_epoch(cm, se, spec, "CMSTDTC")
    check_start_end(cm, spec)
    return derive_seq(cm, spec)

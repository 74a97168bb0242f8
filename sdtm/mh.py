"""MH - Medical History (SDTMIG 3.4, 6.2.7). One record per medical history event per subject."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum


@dataset
def mh(raw, dm, se, spec, study):
    mh = map_form(raw, spec)
    mh = derive_studyid(mh, study)
    mh = derive_usubjid(mh, study)
    mh = derive_visitnum(mh, study, spec, "MHDTC")
    mh = derive_study_day(mh, dm, spec)
    mh = derive_epoch(mh, se, spec, "MHDTC")
    return derive_seq(mh, spec)

"""MH - Medical History (SDTMIG 3.4, 6.2.7). One record per medical history event per subject."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms
from sdtm.occurrence import drop_nothing
from sdtm.timing import check_start_end, derive_entpt, derive_epoch, derive_study_day, derive_visitnum


@dataset
def mh(raw, dm, se, spec, study):
    mh = map_forms(raw, spec)
    mh = derive_studyid(mh, study)
    mh = derive_usubjid(mh, study)
    mh = drop_nothing(mh, spec, "MHTERM", "MHYN")
    mh = derive_visitnum(mh, study, spec, "MHDTC")
    mh = derive_study_day(mh, dm, spec)
    mh = derive_entpt(mh, spec, study.facts.cutoff)
    mh = derive_epoch(mh, se, spec, "MHDTC")
    if {"MHSTDTC", "MHENDTC"} <= spec.variables.keys():
        check_start_end(mh, spec)
    return derive_seq(mh, spec)

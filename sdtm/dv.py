"""DV - Protocol Deviations (SDTMIG 3.4, 6.2.3). One record per protocol deviation per subject."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms
from sdtm.occurrence import drop_nothing
from sdtm.timing import derive_epoch, derive_study_day


@dataset
def dv(raw, dm, se, spec, study):
    dv = map_forms(raw, spec)
    dv = derive_studyid(dv, study)
    dv = derive_usubjid(dv, study)
    dv = drop_nothing(dv, spec, "DVTERM", "DVYN")
    dv = derive_study_day(dv, dm, spec)
    dv = derive_epoch(dv, se, spec, "DVSTDTC")
    return derive_seq(dv, spec)

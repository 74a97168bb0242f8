"""VS - Vital Signs (SDTMIG 3.4, 6.3). One record per vital sign measurement per time point per visit per subject."""

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl, derive_standard_result, map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.plausibility import check_plausible
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum


@dataset
def vs(raw, dm, se, sv, spec, study):
    vs = map_tests(raw, spec)
    vs = derive_studyid(vs, study)
    vs = derive_usubjid(vs, study)
    vs = derive_standard_result(vs, spec)
    check_plausible(vs, spec)
    vs = derive_visitnum(vs, study, spec, "VSDTC", sv)
    vs = derive_study_day(vs, dm, spec)
    vs = derive_epoch(vs, se, spec, "VSDTC")
    vs = derive_lobxfl(vs, dm, spec, study)
    return derive_seq(vs, spec)

"""CV - Cardiovascular System Findings (SDTMIG 3.4, 6.3). One record per finding per visit per subject."""

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl, derive_standard_result, map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum


@dataset
def cv(raw, dm, se, sv, spec, study):
    cv = map_tests(raw, spec)
    cv = derive_studyid(cv, study)
    cv = derive_usubjid(cv, study)
    cv = derive_standard_result(cv, spec, study.codelists["NORMABNM"].terms)
    cv = derive_visitnum(cv, study, spec, "CVDTC", sv)
    cv = derive_study_day(cv, dm, spec)
    cv = derive_epoch(cv, se, spec, "CVDTC")
    cv = derive_lobxfl(cv, dm, spec, study)
    return derive_seq(cv, spec)

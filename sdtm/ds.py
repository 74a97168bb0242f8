"""DS - Disposition (SDTMIG 3.4, 6.2.4). One record per disposition status or protocol milestone per subject."""

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum


@dataset
def ds(raw, dm, se, spec, study):
    ds = map_forms(raw, spec)
    ds = derive_studyid(ds, study)
    ds = derive_usubjid(ds, study)
    ds = derive_visitnum(ds, study, spec, "DSDTC" if "DSDTC" in ds else "DSSTDTC")
    ds = derive_study_day(ds, dm, spec)
    ds = derive_epoch(ds, se, spec, "DSSTDTC")
    return derive_seq(ds, spec)

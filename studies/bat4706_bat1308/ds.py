"""DS of BAT4706-1308: the end of each drug, the end of the study, and every informed consent."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_forms
from sdtm.timing import derive_epoch, derive_study_day


@dataset
def ds(raw, dm, se, spec, study):
    ds = map_forms(raw, spec)
    ds = derive_dsterm(ds)
    ds = derive_studyid(ds, study)
    ds = derive_usubjid(ds, study)
    ds = derive_study_day(ds, dm, spec)
    ds = derive_epoch(ds, se, spec, "DSSTDTC")
    return derive_seq(ds, spec)


def derive_dsterm(ds: pd.DataFrame) -> pd.DataFrame:
    """The reason in the words of the site where it was specified, else the reason that was ticked.

    In: DSDECOD (the term of the reason), _EOTSP and _EOSSP (words). Out: DSTERM. Source: SDTMIG 3.4, 6.2.4.
    """
    words = ds["_EOTSP"].where(ds["_EOTSP"] != "", ds["_EOSSP"])
    return ds.assign(DSTERM=words.where(words != "", ds["DSDECOD"]))

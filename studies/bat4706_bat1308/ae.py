"""AE of BAT4706-1308: relation and action per drug, summarised over both."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.ae import check_seriousness, drop_no_events
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import check_start_end, derive_entpt, derive_epoch, derive_study_day


@dataset
def ae(raw, dm, se, spec, study):
    ae = map_form(raw, spec)
    ae = drop_no_events(ae)
    ae = derive_studyid(ae, study)
    ae = derive_usubjid(ae, study)
    ae = derive_aerel(ae)
    ae = derive_aeacn(ae)
    ae = derive_study_day(ae, dm, spec)
    ae = derive_entpt(ae, spec, study.facts.cutoff)
    ae = derive_epoch(ae, se, spec, "AESTDTC")
    check_seriousness(ae)
    check_start_end(ae, spec)
    return derive_seq(ae, spec)


def derive_aerel(ae: pd.DataFrame) -> pd.DataFrame:
    """RELATED if the event is related to either study drug, NOT RELATED if to neither; the answers per drug are in
    SUPPAE.
    """
    answers = ae[["AEREL1", "AEREL2"]]
    related = (answers == "RELATED").any(axis=1)
    neither = (answers == "NOT RELATED").all(axis=1)
    summary = pd.Series("", index=ae.index, dtype="str").mask(neither, "NOT RELATED").mask(related, "RELATED")
    return ae.assign(AEREL=summary)


def derive_aeacn(ae: pd.DataFrame) -> pd.DataFrame:
    """The action taken if it was the same for both drugs or applies to one of them only; MULTIPLE if it differs. The
    actions per drug are in SUPPAE.
    """
    first, second = (ae[name].replace("NOT APPLICABLE", "") for name in ("AEACN1", "AEACN2"))
    action = first.where(second == "", second.where((first == "") | (first == second), "MULTIPLE"))
    unset = (first == "") & (second == "")
    either = ae["AEACN1"].where(ae["AEACN1"] != "", ae["AEACN2"])
    return ae.assign(AEACN=action.where(~unset, either).astype("str"))

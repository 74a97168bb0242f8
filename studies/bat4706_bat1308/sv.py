"""SV of BAT4706-1308: the visit form says of each visit whether it took place, when, how and why not."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import derive_study_day, derive_visitnum
from specs.load import StudySpecs


@dataset
def sv(raw, dm, spec, study):
    sv = map_form(raw, spec)
    sv = derive_studyid(sv, study)
    sv = derive_usubjid(sv, study)
    sv = derive_svpresp(sv, study)
    sv = derive_visitnum(sv, study, spec, "SVSTDTC")
    sv = derive_study_day(sv, dm, spec)
    return sv.sort_values(["USUBJID", "VISITNUM", "VISIT", "SVSTDTC", "_record"], kind="stable")


def derive_svpresp(sv: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Y for the visits of the protocol, which have an answer whether they took place (SVOCCUR) and, if not, why
    (SVREASOC); empty for unscheduled visits, which have the reason for the visit (SVUPDES).
    """
    planned = sv["VISIT"].isin(list(study.facts.visits))
    empty = pd.Series("", index=sv.index, dtype="str")
    return sv.assign(SVPRESP=empty.mask(planned, "Y"), SVOCCUR=sv["_VISYN"].where(planned, ""),
                     SVREASOC=sv["_VISREAS"].where(planned & (sv["_VISYN"] == "N"), ""),
                     SVUPDES=sv["_VISREAS"].where(~planned, ""))

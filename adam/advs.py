"""ADVS - Vital Signs Analysis Dataset (ADaMIG 1.3, BDS).

One record per parameter per visit and time point per subject.
"""

import pandas as pd

from adam.baseline import derive_ablfl, derive_base, derive_chg, derive_pchg
from adam.bds import (
    copy_findings,
    derive_abnfl,
    derive_adt,
    derive_anl01fl,
    derive_aval,
    derive_avisit,
    derive_basetype,
    derive_param,
    is_post_baseline,
)
from adam.flags import derive_ontrtfl
from adam.grades import compute_anrind
from adam.merge import merge_adsl
from cdisckit.graph import dataset
from specs.load import StudySpecs

__all__ = ["advs", "derive_vital_range"]


@dataset
def advs(vs, adsl, spec, study):
    advs = copy_findings(vs[vs["VSSTRESN"].notna()], spec, "VS")
    advs = merge_adsl(advs, adsl, spec)
    advs = derive_param(advs, spec)
    advs = derive_aval(advs)
    advs = derive_adt(advs)
    advs = derive_avisit(advs, study, spec)
    advs = derive_basetype(advs, study, "VS")
    advs = derive_ablfl(advs, ["PARAMCD", "BASETYPE"], "_LOBXFL")
    advs = derive_base(advs, ["PARAMCD", "BASETYPE"])
    advs = derive_chg(advs, is_post_baseline(advs))
    advs = derive_pchg(advs)
    advs = derive_anl01fl(advs)
    if "ANRIND" in spec.variables:                      # the study has limits of what is clinically abnormal
        advs = derive_vital_range(advs, study)
        advs = derive_ontrtfl(advs, int(study.facts.terms["on_treatment_days"]), before_dose=advs["_TPT"] == "PRE-DOSE")
        advs = derive_base(advs, ["PARAMCD", "BASETYPE"], BNRIND="ANRIND")
        advs = derive_abnfl(advs, advs["ANRIND"].isin(["LOW", "HIGH"]), study)
    return advs.sort_values(["USUBJID", "PARAMN", "ADT", "VSSEQ"], kind="stable")


def derive_vital_range(advs: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The limits outside of which the study calls a vital sign clinically abnormal, and where the value lies: LOW,
    NORMAL or HIGH.

    In: AVAL, `terms.vital_limits` of study.yaml ({PARAMCD: [low, high]}). Out: ANRLO, ANRHI (unit of AVAL), ANRIND;
    empty for parameters without limits. Source: ADaMIG 1.3, 3.3.6; the limits are the study's.
    """
    limits = study.facts.terms["vital_limits"]
    low, high = (advs["PARAMCD"].map({code: float(pair[side]) for code, pair in limits.items()}).astype("float64")
                 for side in (0, 1))
    return advs.assign(ANRLO=low, ANRHI=high, ANRIND=compute_anrind(advs["AVAL"], low, high))

"""ADCV - Echocardiogram Analysis Dataset (ADaMIG 1.3, BDS). One record per parameter per visit per subject."""

import pandas as pd

from adam.baseline import derive_ablfl, derive_base, derive_chg, derive_pchg
from adam.bds import (
    copy_findings,
    derive_abnfl,
    derive_adt,
    derive_anl01fl,
    derive_aval,
    derive_avalc,
    derive_avisit,
    derive_param,
    derive_source,
    is_post_baseline,
)
from adam.flags import derive_criterion, derive_ontrtfl
from adam.merge import merge_adsl
from cdisckit.graph import dataset
from specs.load import StudySpecs

__all__ = ["adcv", "derive_lvef_criteria"]


@dataset
def adcv(cv, adsl, spec, study):
    adcv = copy_findings(cv, spec, "CV")
    adcv = merge_adsl(adcv, adsl, spec)
    adcv = derive_param(adcv, spec)
    adcv = derive_aval(adcv)
    adcv = derive_avalc(adcv)
    adcv = derive_adt(adcv)
    adcv = derive_avisit(adcv, study)
    adcv = derive_ablfl(adcv, ["PARAMCD"], "_LOBXFL")
    adcv = derive_base(adcv, ["PARAMCD"], BASE="AVAL", BASEC="AVALC")
    adcv = derive_chg(adcv, is_post_baseline(adcv))
    adcv = derive_pchg(adcv)
    adcv = derive_lvef_criteria(adcv, study)
    adcv = derive_ontrtfl(adcv, int(study.facts.terms["on_treatment_days"]))
    adcv = derive_anl01fl(adcv, ["USUBJID", "PARAMCD", "AVISIT"])
    adcv = derive_abnfl(adcv, (adcv["AVALC"] == "ABNORMAL") | (adcv["CRIT1FL"] == "Y"), study)
    adcv = derive_source(adcv, "CV")
    return adcv.sort_values(["USUBJID", "PARAMN", "ADT", "CVSEQ"], kind="stable")


def derive_lvef_criteria(adcv: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Whether the ejection fraction is below the study's limit, and whether it has also dropped from baseline by the
    study's number of percentage points or more. Y or N on ejection fractions after baseline.

    In: AVAL, CHG of LVEF (%), `terms.lvef` of study.yaml ({below: 50, drop: 10}). Out: CRIT1, CRIT1FL (below the
    limit), CRIT2, CRIT2FL (below it and dropped). Source: ADaMIG 1.3, 3.3.9; the limits are the study's.
    """
    below, drop = (float(study.facts.terms["lvef"][name]) for name in ("below", "drop"))
    judged = (adcv["PARAMCD"] == "LVEF") & is_post_baseline(adcv) & adcv["AVAL"].notna()
    low = adcv["AVAL"] < below
    fallen = low & (adcv["CHG"] <= -drop)
    for number, met, known, text in (
        (1, low, judged, f"LVEF < {below:g}%"),
        (2, fallen, judged & adcv["CHG"].notna(), f"LVEF < {below:g}% and {drop:g} points or more below baseline"),
    ):
        words = pd.Series("", index=adcv.index, dtype="str").mask(known, text)
        adcv = derive_criterion(adcv, number, words, met.astype("boolean").where(known), values_yn=True)
    return adcv

"""ADPE - Physical Examination Analysis Dataset (ADaMIG 1.3, BDS). One record per body system per visit per subject."""

import pandas as pd

from adam.baseline import derive_ablfl, derive_base, derive_shift
from adam.bds import (
    copy_findings,
    derive_abnfl,
    derive_adt,
    derive_anl01fl,
    derive_avisit,
    derive_param,
    derive_source,
    is_post_baseline,
)
from adam.flags import derive_criterion, derive_ontrtfl
from adam.merge import merge_adsl
from cdisckit.graph import dataset

__all__ = ["adpe", "derive_examination", "derive_new_finding"]

VERDICTS = {"NORMAL": 0.0, "ABNORMAL": 1.0}


@dataset
def adpe(pe, adsl, spec, study):
    adpe = copy_findings(pe, spec, "PE")
    adpe = merge_adsl(adpe, adsl, spec)
    adpe = derive_param(adpe, spec)
    adpe = derive_examination(adpe)
    adpe = derive_adt(adpe)
    adpe = derive_avisit(adpe, study)
    adpe = derive_ablfl(adpe, ["PARAMCD"], "_LOBXFL")
    adpe = derive_base(adpe, ["PARAMCD"], BASE="AVAL", BASEC="AVALC")
    adpe = derive_change(adpe)
    adpe = derive_new_finding(adpe)
    adpe = derive_ontrtfl(adpe, int(study.facts.terms["on_treatment_days"]))
    adpe = derive_anl01fl(adpe, ["USUBJID", "PARAMCD", "AVISIT"])
    adpe = derive_abnfl(adpe, adpe["AVALC"] == "ABNORMAL", study)
    adpe = derive_source(adpe, "PE").assign(SRCVAR="PESTRESC")
    return adpe.sort_values(["USUBJID", "PARAMN", "ADT", "PESEQ"], kind="stable").astype({"SRCVAR": "str"})


def derive_examination(adpe: pd.DataFrame) -> pd.DataFrame:
    """The result of the examination of the body system, NORMAL or ABNORMAL, and as a number: 0 normal, 1 abnormal.

    In: PE.PESTRESC. Out: AVALC, AVAL.
    """
    return adpe.assign(AVALC=adpe["_STRESC"], AVAL=adpe["_STRESC"].map(VERDICTS).astype("float64"))


def derive_change(adpe: pd.DataFrame) -> pd.DataFrame:
    """From the result at baseline to the result: NORMAL to ABNORMAL; only after baseline and where both are known.

    In: BASEC, AVALC. Out: SHIFT1 (text). Source: ADaMIG 1.3, 3.3.4.
    """
    known = is_post_baseline(adpe) & (adpe["BASEC"] != "") & (adpe["AVALC"] != "")
    shift = derive_shift(adpe.loc[known, ["BASEC", "AVALC"]], "SHIFT1", "BASEC", "AVALC")["SHIFT1"]
    return adpe.assign(SHIFT1=shift.reindex(adpe.index, fill_value="").astype("str"))


def derive_new_finding(adpe: pd.DataFrame) -> pd.DataFrame:
    """Whether an abnormal result after baseline is new: the body system was normal at baseline. Y or N after baseline
    where the baseline is known.

    In: AVALC, BASEC. Out: CRIT1, CRIT1FL. Source: ADaMIG 1.3, 3.3.9.
    """
    judged = is_post_baseline(adpe) & (adpe["BASEC"] != "") & (adpe["AVALC"] != "")
    met = ((adpe["AVALC"] == "ABNORMAL") & (adpe["BASEC"] == "NORMAL")).astype("boolean").where(judged)
    words = pd.Series("", index=adpe.index, dtype="str").mask(judged, "Abnormal, and normal at baseline")
    return derive_criterion(adpe, 1, words, met, values_yn=True)

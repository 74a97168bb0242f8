"""ADEG - ECG Analysis Dataset (ADaMIG 1.3, BDS). One record per parameter per replicate or mean of replicates."""

import numpy as np
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
    derive_param_facts,
    derive_source,
    is_post_baseline,
)
from adam.flags import compute_flag, derive_ontrtfl
from adam.formulas import compute_qtc
from adam.merge import merge_adsl
from cdisckit.graph import dataset
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["adeg", "derive_change_category", "derive_means", "derive_qtcf", "derive_value_category"]

SITTING = ["USUBJID", "_VISIT", "_VISITNUM", "_DAY", "_TPT"]             # what replicates have in common
CORRECTED = ("QTCF", "QTCFR")                                            # reported, and recomputed from QT and RR
VALUES, CHANGES = (450, 480, 500), (30, 60)                              # ms: ICH E14, 3.2.2


@dataset
def adeg(eg, adsl, spec, study):
    adeg = copy_findings(eg, spec, "EG")
    adeg = merge_adsl(adeg, adsl, spec)
    adeg = derive_param(adeg, spec)
    adeg = derive_aval(adeg)
    adeg = derive_avalc(adeg)
    adeg = derive_qtcf(adeg, spec)
    adeg = derive_means(adeg)
    adeg = derive_adt(adeg)
    adeg = derive_avisit(adeg, study)
    adeg = derive_ablfl(adeg, ["PARAMCD", "DTYPE"], "_BASELINE")
    adeg = derive_base(adeg, ["PARAMCD", "DTYPE"], BASE="AVAL", BASEC="AVALC")
    adeg = derive_chg(adeg, is_post_baseline(adeg) & (adeg["DTYPE"] != ""))
    adeg = derive_pchg(adeg)
    adeg = derive_value_category(adeg)
    adeg = derive_change_category(adeg)
    adeg = derive_ontrtfl(adeg, int(study.facts.terms["on_treatment_days"]))
    adeg = derive_analysis_record(adeg)
    adeg = derive_abnfl(adeg, is_abnormal(adeg, study), study)
    adeg = derive_source(adeg, "EG")
    return adeg.sort_values(["USUBJID", "PARAMN", "ADT", "ATPTN", "DTYPE", "SRCSEQ"], kind="stable")


def derive_qtcf(adeg: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """One record more for each replicate with QT and RR: QT divided by the cube root of RR in seconds (Fridericia), as
    computed here; the value that the ECG laboratory reported stays beside it.

    In: AVAL of QT and RR (ms) of the same replicate. Out: records of the parameter QTCFR behind, rounded to whole ms.
    Source: Fridericia 1920 (doi 10.1111/j.0954-6820.1920.tb18266.x).
    """
    adeg = adeg.assign(DTYPE=pd.Series("", index=adeg.index, dtype="str"))
    replicate = [*[name for name in SITTING if name != "_DAY"], "_DTC", "EGREPNUM"]
    interval = adeg.loc[adeg["PARAMCD"] == "RR", [*replicate, "AVAL"]].rename(columns={"AVAL": "_RR"})
    both = adeg[adeg["PARAMCD"] == "QT"].merge(interval, on=replicate, how="inner", validate="one_to_one")
    value = compute_qtc(both["AVAL"], both["_RR"]).round()
    made = both.drop(columns="_RR").assign(AVAL=value, PARAMCD="QTCFR", EGSEQ=np.nan)
    return pd.concat([adeg, derive_param_facts(made, spec)], ignore_index=True)


def derive_means(adeg: pd.DataFrame) -> pd.DataFrame:
    """One record more for the replicates of a visit and time point: their mean, and of the interpretations the worst
    (abnormal if one replicate is). The mean is the value of the analysis, also of a single replicate.

    In: AVAL or AVALC of the replicates. Out: records behind, with DTYPE AVERAGE or WOV (worst observed value). The mean
    of the replicates of which SDTM flags one as the last before exposure (EGLOBXFL) is the baseline. Source: ADaMIG
    1.3, 4.3; ICH E14, 2.2.
    """
    adeg = adeg.assign(_DAY=adeg["_DTC"].str[:10], _BASELINE="")
    by = [*SITTING, "PARAMCD"]
    groups = adeg.groupby(by, sort=False, dropna=False)
    group = groups.ngroup()
    flagged, worst, number = (hit.groupby(group).transform("any") for hit in (
        adeg["_LOBXFL"] == "Y", adeg["AVALC"] == "ABNORMAL", adeg["AVAL"].notna()))
    made = adeg.assign(AVAL=groups["AVAL"].transform("mean").round(1), AVALC=adeg["AVALC"].mask(worst, "ABNORMAL"),
                       EGSEQ=np.nan, EGREPNUM=np.nan, _BASELINE=compute_flag(flagged),
                       DTYPE=pd.Series("WOV", index=adeg.index, dtype="str").mask(number, "AVERAGE"))
    return pd.concat([adeg, made.drop_duplicates(by)], ignore_index=True)


def derive_value_category(adeg: pd.DataFrame) -> pd.DataFrame:
    """The category of a mean QTcF: up to 450 ms, above 450 to 480, above 480 to 500, above 500 ms.

    In: AVAL of QTCF and QTCFR. Out: AVALCAT1. Source: ICH E14, 3.2.2.
    """
    chosen = adeg["PARAMCD"].isin(CORRECTED) & (adeg["DTYPE"] == "AVERAGE")
    return adeg.assign(AVALCAT1=_category(adeg["AVAL"].where(chosen), VALUES))


def derive_change_category(adeg: pd.DataFrame) -> pd.DataFrame:
    """The category of the change of a mean QTcF from baseline: up to 30 ms, above 30 to 60, above 60 ms.

    In: CHG of QTCF and QTCFR. Out: CHGCAT1. Source: ICH E14, 3.2.2.
    """
    chosen = adeg["PARAMCD"].isin(CORRECTED) & (adeg["DTYPE"] == "AVERAGE")
    return adeg.assign(CHGCAT1=_category(adeg["CHG"].where(chosen), CHANGES))


def _category(values: pd.Series, limits: tuple[int, ...]) -> pd.Series:
    found = pd.Series("", index=values.index, dtype="str").mask(values.notna(), f"<= {limits[0]} ms")
    for low, high in zip(limits, [*limits[1:], None], strict=True):
        found = found.mask(values > low, f"> {low} to <= {high} ms" if high else f"> {low} ms")
    return found


def derive_analysis_record(adeg: pd.DataFrame) -> pd.DataFrame:
    """Y on the record that stands for its planned visit and time point: the mean (or worst interpretation) of the
    replicates, the last one where they were repeated.

    In: DTYPE, AVISIT, ATPT, ADT. Out: ANL01FL (Y or "").
    """
    means = adeg.assign(AVISIT=adeg["AVISIT"].where(adeg["DTYPE"].isin(["AVERAGE", "WOV"]), ""))
    flagged = derive_anl01fl(means, ["USUBJID", "PARAMCD", "AVISIT", "_TPT"])
    return adeg.assign(ANL01FL=flagged["ANL01FL"])


def is_abnormal(adeg: pd.DataFrame, study: StudySpecs) -> pd.Series:
    """True on a worst interpretation of ABNORMAL, and on a mean outside the study's limits (`terms.ecg_limits`)."""
    limits = study.facts.terms["ecg_limits"]
    low, high = (adeg["PARAMCD"].map({code: float(pair[side]) for code, pair in limits.items()}).astype("float64")
                 for side in (0, 1))
    outside = (adeg["AVAL"] < low) | (adeg["AVAL"] > high)
    return (adeg["DTYPE"] != "") & (outside | (adeg["AVALC"] == "ABNORMAL"))

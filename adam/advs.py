"""ADVS - Vital Signs Analysis Dataset (ADaMIG 1.3, BDS).

One record per parameter per visit and time point per subject.
"""

import pandas as pd

from adam.baseline import derive_ablfl, derive_base, derive_chg, derive_pchg
from adam.dates import compute_date, compute_day
from adam.flags import compute_flag
from adam.merge import copy_predecessors, merge_adsl
from cdisckit.graph import dataset
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["advs", "derive_adt", "derive_anl01fl", "derive_aval", "derive_avisit", "derive_basetype", "derive_param"]


@dataset
def advs(vs, adsl, spec, study):
    advs = copy_predecessors(vs[vs["VSSTRESN"].notna() & vs["VSTESTCD"].isin(list(spec.parameters))], spec, "VS")
    advs = merge_adsl(advs, adsl, spec)
    advs = derive_param(advs, vs, spec)
    advs = derive_aval(advs, vs)
    advs = derive_adt(advs, vs)
    advs = derive_avisit(advs, vs, study)
    advs = derive_basetype(advs, vs, study)
    advs = derive_ablfl(advs, ["PARAMCD", "BASETYPE"], "VSLOBXFL")
    advs = derive_base(advs, ["PARAMCD", "BASETYPE"])
    advs = derive_chg(advs, (advs["ADT"] >= advs["TRTSDT"]) & (advs["ABLFL"] != "Y"))
    advs = derive_pchg(advs)
    advs = derive_anl01fl(advs)
    return advs.sort_values(["USUBJID", "PARAMN", "ADT", "VSSEQ"], kind="stable")


def derive_param(advs: pd.DataFrame, vs: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The parameter that the test belongs to, as the specification lists them: code, description with unit, number.

    In: VS.VSTESTCD, the `parameters` of the specification. Out: PARAMCD, PARAM, PARAMN.
    """
    code = vs.loc[advs.index, "VSTESTCD"]
    return advs.assign(
        PARAMCD=code,
        PARAM=code.map({name: p.PARAM for name, p in spec.parameters.items()}).astype("str"),
        PARAMN=code.map({name: p.PARAMN for name, p in spec.parameters.items()}).astype("float64"),
    )


def derive_aval(advs: pd.DataFrame, vs: pd.DataFrame) -> pd.DataFrame:
    """The result in the standard unit (VS.VSSTRESN).

    In: VS.VSSTRESN. Out: AVAL (unit in PARAM).
    """
    return advs.assign(AVAL=vs.loc[advs.index, "VSSTRESN"])


def derive_adt(advs: pd.DataFrame, vs: pd.DataFrame) -> pd.DataFrame:
    """The date of the measurement (VS.VSDTC), not imputed, and the days from the first exposure to it, plus one on or
    after it; there is no day 0.

    In: VS.VSDTC (ISO 8601), TRTSDT. Out: ADT (date), ADY (days).
    """
    date = compute_date(vs.loc[advs.index, "VSDTC"])["date"]
    return advs.assign(ADT=date, ADY=compute_day(date, advs["TRTSDT"]))


def derive_avisit(advs: pd.DataFrame, vs: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The planned visit at which the measurement was made, with its number; empty for unscheduled visits.

    In: VS.VISIT, VS.VISITNUM. Out: AVISIT, AVISITN.
    """
    visit, number = vs.loc[advs.index, "VISIT"], vs.loc[advs.index, "VISITNUM"]
    planned = visit.isin(list(study.facts.visits))
    return advs.assign(AVISIT=visit.where(planned, ""), AVISITN=number.where(planned))


def derive_basetype(advs: pd.DataFrame, vs: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """What the baseline belongs to: the time point of the measurement where the study has one baseline a time point,
    else LAST.

    In: VS.VSTPT, `baseline_by` of study.yaml. Out: BASETYPE.
    """
    last = pd.Series("LAST", index=advs.index, dtype="str")
    if not {"VSTPT", "VSTPTNUM"} & set(study.facts.baseline_by.get("VS", ())):
        return advs.assign(BASETYPE=last)
    point = vs.loc[advs.index, "VSTPT"]
    return advs.assign(BASETYPE=point.where(point != "", last))


def derive_anl01fl(advs: pd.DataFrame) -> pd.DataFrame:
    """Y on the record that stands for its planned visit: the last one of the subject, parameter, visit and time point.

    In: AVISIT, ADT, VSSEQ, BASETYPE. Out: ANL01FL (Y or "").
    """
    planned = advs[advs["AVISIT"] != ""].sort_values(["ADT", "VSSEQ"], kind="stable")
    last = planned.drop_duplicates(["USUBJID", "PARAMCD", "AVISIT", "BASETYPE"], keep="last").index
    return advs.assign(ANL01FL=compute_flag(pd.Series(advs.index.isin(last), index=advs.index)))

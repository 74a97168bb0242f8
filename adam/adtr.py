"""ADTR - Tumour Results Analysis Dataset (ADaMIG 1.3, BDS). One record per parameter per assessment per subject."""

import pandas as pd

from adam.adrs import derive_aseq, find_new_therapy, read_response_rules
from adam.dates import compute_day
from adam.evaluators import select_evaluator
from adam.flags import compute_flag
from adam.merge import merge_adsl
from adam.recist import derive_sums
from cdisckit.graph import dataset
from specs.model import DatasetSpec

__all__ = ["adtr", "derive_best_change", "derive_missing_lesions", "derive_nadir", "derive_sum"]


@dataset
def adtr(tr, tu, cm, pr, adsl, spec, study):
    treated = adsl[adsl["TRTSDT"].notna()]
    evaluator = read_response_rules(study)[1]["evaluator"]
    adtr = derive_sum(select_evaluator(tr, "TR", evaluator), select_evaluator(tu, "TU", evaluator), treated)
    adtr = derive_nadir(adtr)
    adtr = derive_missing_lesions(adtr)
    adtr = derive_anl01fl(adtr, find_new_therapy({"CM": cm, "PR": pr}, adsl, study), study.facts.cutoff)
    adtr = derive_best_change(adtr)
    adtr = derive_param(adtr, spec)
    adtr = merge_adsl(adtr, adsl, spec)
    adtr = adtr.assign(ADY=compute_day(adtr["ADT"], adtr["TRTSDT"]))
    return derive_aseq(adtr, ["PARAMN", "ADT", "SRCSEQ"])


def derive_sum(tr: pd.DataFrame, tu: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """The sum of the diameters of the target lesions of an assessment in mm: longest diameters, of lymph nodes the
    short axis; lesions that were not evaluated are left out. The baseline is the last assessment until the first dose.
    An assessment of which only the month is known is dated with the last day of the month, and ADTF says so.

    In: TR, TU, TRTSDT. Out: AVAL, BASE, CHG (mm), PCHG (%), ADT, ADTF, ABLFL, AVISIT, AVISITN, SRCDOM, SRCVAR, SRCSEQ
    (the sum in TR), and what derive_sums counts. Source: RECIST 1.1, 4.3.1.
    """
    sums = derive_sums(tr[tr["USUBJID"].isin(adsl["USUBJID"])], tu, adsl.set_index("USUBJID")["TRTSDT"])
    change = (sums["SUM"] - sums["BASE"]).where(sums["NADIR"].notna())
    percent = (100 * change / sums["BASE"]).where(sums["BASE"] != 0)
    return sums.assign(PARAMCD="SUMDIAM", AVAL=sums["SUM"], CHG=change, PCHG=percent, ABLFL=compute_flag(sums["ABLFL"]),
                       AVISIT=sums["VISIT"], AVISITN=sums["VISITNUM"], SRCDOM="TR", SRCVAR="TRSTRESN",
                       SRCSEQ=sums["TRSEQ"])


def derive_nadir(adtr: pd.DataFrame) -> pd.DataFrame:
    """The smallest sum so far: of the baseline and the assessments before at which every lesion was evaluated; and the
    change from it in mm and in percent, from which progression is judged.

    In: AVAL, NADIR (mm). Out: NADIR, CHGNAD (mm), PCHGNAD (%; empty where the nadir is 0). Source: RECIST 1.1, 4.3.1.
    """
    change = adtr["AVAL"] - adtr["NADIR"]
    return adtr.assign(CHGNAD=change, PCHGNAD=(100 * change / adtr["NADIR"]).where(adtr["NADIR"] != 0))


def derive_missing_lesions(adtr: pd.DataFrame) -> pd.DataFrame:
    """How lesions that were not evaluated are treated: they are left out of the sum; the sum counts for progression,
    and for nothing else (no nadir, no best change).

    In: LESBASN, LESEVLN, COMPLETE. Out: LESMISS (text, empty where every lesion of the baseline was evaluated).
    """
    text = "LEFT OUT OF THE SUM, WHICH COUNTS FOR PROGRESSION ALONE"
    return adtr.assign(LESMISS=pd.Series("", index=adtr.index, dtype="str").mask(~adtr["COMPLETE"], text))


def derive_anl01fl(adtr: pd.DataFrame, therapy: pd.DataFrame, cutoff: str = "") -> pd.DataFrame:
    """Y on the assessments after the baseline at which every lesion was evaluated, before a new anticancer therapy and
    not after the data cut-off.

    In: NADIR, COMPLETE, ADT, the start of a new therapy, the cut-off (ISO 8601, "" for none). Out: ANL01FL (Y or "").
    """
    begun = therapy.set_index("USUBJID")["ADT"].reindex(adtr["USUBJID"]).set_axis(adtr.index)
    late = (adtr["ADT"] >= begun) | (adtr["ADT"] > pd.Timestamp(cutoff or "2199-12-31"))
    return adtr.assign(ANL01FL=compute_flag(adtr["NADIR"].notna() & adtr["COMPLETE"] & ~late))


def derive_best_change(adtr: pd.DataFrame) -> pd.DataFrame:
    """The best percent change from baseline: the lowest of the assessments that count (ANL01FL), on the first that has
    it. It is what a waterfall plot shows.

    In: PCHG, ANL01FL, ADT. Out: beside the records, one more of each subject that has such an assessment.
    """
    counted = adtr[(adtr["ANL01FL"] == "Y") & adtr["PCHG"].notna()]
    best = counted.sort_values(["USUBJID", "PCHG", "ADT"], kind="stable").drop_duplicates("USUBJID")
    none = dict.fromkeys(["BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD"], float("nan"))
    return pd.concat([adtr, best.assign(PARAMCD="BPCHG", AVAL=best["PCHG"], **none)], ignore_index=True)


def derive_param(adtr: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The description and the number of the parameter, as the specification lists them.

    In: PARAMCD, the `parameters` of the specification. Out: PARAM, PARAMN.
    """
    kept = adtr[[*(name for name in spec.variables if name in adtr), "_record"]]
    code = kept["PARAMCD"]
    return kept.assign(PARAM=code.map({name: one.PARAM for name, one in spec.parameters.items()}).astype("str"),
                       PARAMN=code.map({name: one.PARAMN for name, one in spec.parameters.items()}).astype("float64"))

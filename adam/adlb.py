"""ADLB - Laboratory Analysis Dataset (ADaMIG 1.3, BDS). One record per parameter per sample per subject."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from adam.baseline import derive_ablfl, derive_base, derive_chg, derive_pchg, derive_shift
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
from adam.columns import map_numbers, map_texts, take_texts
from adam.flags import compute_extreme, compute_flag, derive_ontrtfl
from adam.grades import compute_anrind, derive_atoxgr, derive_atoxgr_low_high, is_graded_in
from adam.merge import merge_adsl
from cdisckit.errors import SpecError, suggest
from cdisckit.graph import dataset
from sdtm.findings import extract_parts
from sdtm.mapping import report_records
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["adlb", "check_units", "check_ungraded", "derive_corrected_calcium", "derive_hys_law", "derive_lab_range",
           "derive_toxicity_terms", "derive_values_beyond_limit", "derive_worst_flags"]

TERMS = Path(__file__).parent / "data" / "lab_ctcae_terms.csv"
CALCIUM_PER_ALBUMIN, NORMAL_ALBUMIN = 0.02, 40.0        # mmol/L a g/L below 40 g/L (Payne 1973)
LIMIT_SHARES = {"none": (np.nan, np.nan), "limit": (1.0, 1.0), "half": (0.5, 1.0)}  # value / limit: below, above it
HY_TRANSAMINASE, HY_BILIRUBIN, HY_DAYS = 3.0, 2.0, 30   # FDA guidance on drug-induced liver injury, July 2009


@dataset
def adlb(lb, adsl, spec, study):
    adlb = copy_findings(lb, spec, "LB")
    adlb = derive_param(adlb, spec)
    adlb = derive_aval(adlb)
    adlb = derive_avalc(adlb)
    adlb = derive_values_beyond_limit(adlb, study)
    adlb = derive_lab_range(adlb)
    adlb = derive_corrected_calcium(adlb, spec)
    adlb = adlb.sort_values(["USUBJID", "PARAMN", "_DTC", "_SEQ"], kind="stable", ignore_index=True)   # still narrow
    adlb = merge_adsl(adlb, adsl, spec)
    adlb = derive_adt(adlb)
    adlb = derive_avisit(adlb, study, spec)
    adlb = derive_ablfl(adlb, ["PARAMCD"], "_LOBXFL")
    adlb = derive_base(adlb, ["PARAMCD"], BASE="AVAL", BASEC="AVALC", BNRIND="ANRIND")
    adlb = derive_chg(adlb, is_post_baseline(adlb))
    adlb = derive_pchg(adlb)
    adlb = derive_toxicity_terms(adlb)
    adlb = derive_toxicity_grades(adlb)
    check_ungraded(adlb)
    check_units(adlb)
    adlb = derive_baseline_grades(adlb)
    adlb = derive_shifts(adlb)
    adlb = derive_ontrtfl(adlb, int(study.facts.terms["on_treatment_days"]))
    adlb = derive_anl01fl(adlb, ["USUBJID", "PARAMCD", "AVISIT"])
    adlb = derive_worst_flags(adlb)
    adlb = derive_hys_law(adlb, spec)
    adlb = derive_abnfl(adlb, is_abnormal(adlb), study)
    return derive_source(adlb, "LB")


def derive_lab_range(adlb: pd.DataFrame) -> pd.DataFrame:
    """The limits of the laboratory's reference range, and where the value lies in it: LOW, NORMAL or HIGH; a result
    that is no number keeps the laboratory's own verdict (NORMAL, ABNORMAL).

    In: AVAL, LB.LBSTNRLO, LBSTNRHI, LBNRIND. Out: ANRLO, ANRHI (unit of AVAL), ANRIND. Source: ADaMIG 1.3, 3.3.6.
    """
    low, high = adlb["_STNRLO"], adlb["_STNRHI"]
    found = compute_anrind(adlb["AVAL"], low, high)
    return adlb.assign(ANRLO=low, ANRHI=high, ANRIND=found.where(found != "", adlb["_NRIND"]).astype("str"))


def derive_corrected_calcium(adlb: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """One record more for each sample with calcium and albumin: calcium + 0.02 x (40 - albumin in g/L) mmol/L, in the
    reference range of calcium. CTCAE grades calcium corrected for albumin.

    In: AVAL of CA (mmol/L) and ALB (g/L), LBREFID. Out: records of the parameter CACORR behind.
    Source: Payne 1973 (doi 10.1136/bmj.4.5893.643).
    """
    calcium = adlb[(adlb["PARAMCD"] == "CA") & adlb["AVAL"].notna()]
    albumin = adlb.loc[(adlb["PARAMCD"] == "ALB") & adlb["AVAL"].notna(), ["USUBJID", "LBREFID", "AVAL"]]
    albumin = albumin.drop_duplicates(["USUBJID", "LBREFID"], keep="last").rename(columns={"AVAL": "_ALBUMIN"})
    both = calcium.merge(albumin, on=["USUBJID", "LBREFID"], how="inner", validate="many_to_one")
    value = (both["AVAL"] + CALCIUM_PER_ALBUMIN * (NORMAL_ALBUMIN - both["_ALBUMIN"])).round(3)
    made = both.drop(columns="_ALBUMIN").assign(
        AVAL=value, PARAMCD="CACORR", ANRIND=compute_anrind(value, both["ANRLO"], both["ANRHI"]), LBSEQ=np.nan,
        LBNRIND="")                                            # that of the laboratory is of the calcium measured
    return pd.concat([adlb, derive_param_facts(made, spec)], ignore_index=True)


def derive_values_beyond_limit(adlb: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The value of a result that the laboratory states only as below or above a limit (<0.5, >1000), by the rule of the
    study: none, it has no value and is not graded; limit, the limit itself; half, half of the limit below it, the limit
    above. The result as stated remains in AVALC.

    In: --STRESC, AVAL, `terms.lab_beyond_limit` of study.yaml (none by default). Out: AVAL. Raises SpecError for
    another rule. Source: SDTMIG 3.4, 6.3.5 (LBSTRESN is empty where the result is no number).
    """
    rule = str(study.facts.terms.get("lab_beyond_limit", "none"))
    if rule not in LIMIT_SHARES:
        raise SpecError(f"terms.lab_beyond_limit is no rule{suggest(rule, LIMIT_SHARES)}", cases=list(LIMIT_SHARES),
                        where="study.yaml", fix="name one of these")
    below, limit = read_limits(adlb["AVALC"])
    value = limit * np.where(below, *LIMIT_SHARES[rule])
    return adlb.assign(AVAL=adlb["AVAL"].fillna(value.reindex(adlb.index)))


def read_limits(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Of those texts that state only a limit: whether the result is below it, and the limit."""
    parts = extract_parts(texts, r"^([<>]) ?=? ?(\d+(?:\.\d+)?)$").dropna()
    return parts[0] == "<", parts[1].astype("float64")


def check_ungraded(adlb: pd.DataFrame) -> None:
    """Report results that are only known to be below or above a limit, are therefore not graded, and could be of grade
    1 or more by CTCAE: as far beyond the limit as possible.
    """
    rows = adlb[adlb["AVAL"].isna() & ((adlb["ATOXDSCL"] != "") | (adlb["ATOXDSCH"] != ""))]
    below, limit = read_limits(rows["AVALC"])
    rows = rows.loc[limit.index]
    extremes = [limit, pd.Series(np.where(below, 0.0, np.inf), index=limit.index)]
    grades = []
    for value in extremes:
        graded = derive_toxicity_grades(rows.assign(AVAL=value))
        grades += [pd.to_numeric(graded[name], errors="coerce") for name in ("ATOXGRL", "ATOXGRH")]
    worst = pd.concat(grades, axis=1).max(axis=1)
    bad = rows[worst >= 1]
    said = "only a limit is known of the result: it is not graded, and could be of grade " + worst[bad.index].map(
        "{:.0f}".format).astype("str")
    report_records(bad, "lab.not_graded", "notice", "ADLB", "ATOXGR", said,
                   "medical monitor: grade the result; or take another rule, lab_beyond_limit of study.yaml",
                   value="AVALC")


def check_units(adlb: pd.DataFrame) -> None:
    """Report results whose test CTCAE grades in other units than theirs, and which have no grade for that reason."""
    wrong = [(adlb[name] != "") & ~is_graded_in(adlb[name], direction, adlb["_STRESU"])
             for name, direction in (("ATOXDSCL", "L"), ("ATOXDSCH", "H"))]
    bad = adlb[(wrong[0] | wrong[1]) & adlb["AVAL"].notna()]
    report_records(bad, "lab.unit_not_graded", "warning", "ADLB", "ATOXGR",
                   "CTCAE has no limits of " + bad["PARAMCD"] + " in this unit: the result is not graded",
                   "programming: standardise the result in a unit of adam/data/ctcae_v5.csv", value="_STRESU")


@cache
def toxicity_terms() -> tuple[dict[str, str], dict[str, str]]:
    """The CTCAE term of a test, low and high (adam/data/lab_ctcae_terms.csv)."""
    table = pd.read_csv(TERMS, dtype="str", keep_default_na=False)
    terms = table.set_index("PARAMCD")
    return terms["LOW"].to_dict(), terms["HIGH"].to_dict()


def derive_toxicity_terms(adlb: pd.DataFrame) -> pd.DataFrame:
    """The CTCAE v5.0 term that the test is graded by, low and high; empty where CTCAE has none.

    In: PARAMCD. Out: ATOXDSCL, ATOXDSCH. Source: NCI CTCAE v5.0; adam/data/lab_ctcae_terms.csv.
    """
    low, high = (map_texts(adlb["PARAMCD"], terms) for terms in toxicity_terms())
    return adlb.assign(ATOXDSCL=low, ATOXDSCH=high)


def derive_toxicity_grades(adlb: pd.DataFrame) -> pd.DataFrame:
    """The toxicity grade of the value by CTCAE v5.0, low (hypo-) and high (hyper-) each for itself, and one grade of
    both with a minus sign for low ones: the highest class whose limit is crossed, 0 where none is, empty where the
    value cannot be graded. Where CTCAE goes by the baseline, that of ADLB counts.

    In: ATOXDSCL, ATOXDSCH, AVAL, LB.LBSTRESU, ANRLO, ANRHI, BASE, BNRIND. Out: ATOXGRL, ATOXGRH, ATOXGR (text).
    Source: NCI CTCAE v5.0; adam/data/ctcae_v5.csv.
    """
    change = 100 * (adlb["AVAL"] - adlb["BASE"]) / adlb["BASE"].where(adlb["BASE"] != 0)
    return derive_atoxgr(derive_atoxgr_low_high(adlb.assign(PCHG=change), unit="_STRESU")).assign(PCHG=adlb["PCHG"])


def derive_baseline_grades(adlb: pd.DataFrame) -> pd.DataFrame:
    """The toxicity grades of the baseline record of the same subject and parameter, and the grades as numbers.

    In: ATOXGRL, ATOXGRH, ATOXGR, ABLFL. Out: BTOXGRL, BTOXGRH, BTOXGR (text), ATOXGRN, BTOXGRN. Source: ADaMIG 1.3,
    3.3.6.
    """
    adlb = derive_base(adlb, ["PARAMCD"], BTOXGRL="ATOXGRL", BTOXGRH="ATOXGRH", BTOXGR="ATOXGR")
    numbers = {str(grade): float(grade) for grade in range(-4, 5)}
    return adlb.assign(ATOXGRN=map_numbers(adlb["ATOXGR"], numbers), BTOXGRN=map_numbers(adlb["BTOXGR"], numbers))


def derive_shifts(adlb: pd.DataFrame) -> pd.DataFrame:
    """From the baseline to the record: the reference range indicator (SHIFT1) and the toxicity grade (SHIFT2); only
    after baseline and where both are known.

    In: BNRIND, ANRIND, BTOXGR, ATOXGR. Out: SHIFT1, SHIFT2 (text). Source: ADaMIG 1.3, 3.3.4.
    """
    after = is_post_baseline(adlb)
    for name, before, now in (("SHIFT1", "BNRIND", "ANRIND"), ("SHIFT2", "BTOXGR", "ATOXGR")):
        known = after & (adlb[before] != "") & (adlb[now] != "")
        adlb = derive_shift(adlb, name, before, now)
        adlb = adlb.assign(**{name: adlb[name].where(known, "")})
    return adlb


def derive_worst_flags(adlb: pd.DataFrame) -> pd.DataFrame:
    """Y on the worst record of the subject and parameter after baseline and on treatment, in each direction: the
    highest grade, then the most extreme value, then the earliest date and the lowest sequence number. Unscheduled
    records count.

    In: ATOXGRL, ATOXGRH, AVAL, ADT, ONTRTFL. Out: ANL02FL (worst low), ANL03FL (worst high).
    """
    after = is_post_baseline(adlb) & (adlb["ONTRTFL"] == "Y")
    numbers = {str(grade): float(grade) for grade in range(5)}
    ranked = adlb.assign(_LOW=map_numbers(adlb["ATOXGRL"], numbers), _HIGH=map_numbers(adlb["ATOXGRH"], numbers))
    by = ["USUBJID", "PARAMCD"]
    low = compute_extreme(ranked, by, ["-_LOW", "AVAL", "ADT", "_SEQ"], among=after & ranked["_LOW"].notna())
    high = compute_extreme(ranked, by, ["-_HIGH", "-AVAL", "ADT", "_SEQ"], among=after & ranked["_HIGH"].notna())
    return adlb.assign(ANL02FL=low, ANL03FL=high)


def derive_hys_law(adlb: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Whether a bilirubin result is part of a potential case of Hy's law: after baseline, bilirubin above 2 x ULN, and
    ALT or AST above 3 x ULN on that day or in the 30 days before it. Y or N on bilirubin records, empty on others; what
    the criterion says is CRIT1. Cholestasis (ALP) and other causes are for the reviewer to weigh.

    In: AVAL, ANRHI, ADT of BILI, ALT, AST. Out: CRIT1, CRIT1FL. Source: FDA guidance for industry, Drug-Induced Liver
    Injury: Premarketing Clinical Evaluation, July 2009.
    """
    times = adlb["AVAL"] / adlb["ANRHI"].where(adlb["ANRHI"] > 0)
    after = is_post_baseline(adlb)
    cells = adlb.loc[after & adlb["PARAMCD"].isin(["ALT", "AST"]) & (times > HY_TRANSAMINASE), ["USUBJID", "ADT"]]
    judged = after & (adlb["PARAMCD"] == "BILI") & times.notna()
    raised = adlb.loc[judged & (times > HY_BILIRUBIN), ["USUBJID", "ADT"]].rename_axis("_row").reset_index()
    near = pd.merge_asof(raised.sort_values("ADT"), cells.assign(_CELLS=cells["ADT"]).sort_values("ADT"), on="ADT",
                         by="USUBJID", tolerance=pd.Timedelta(days=HY_DAYS))
    met = pd.Series(adlb.index.isin(near.loc[near["_CELLS"].notna(), "_row"]), index=adlb.index)
    text = f"ALT or AST > {HY_TRANSAMINASE:g} x ULN and bilirubin > {HY_BILIRUBIN:g} x ULN within {HY_DAYS} days"
    words = take_texts(["", text], judged, adlb.index)
    return adlb.assign(CRIT1=words, CRIT1FL=compute_flag(met, "N").where(judged, "").astype("str"))


def is_abnormal(adlb: pd.DataFrame) -> pd.Series:
    """True on results outside their reference range, or that the laboratory calls abnormal."""
    return ~adlb["ANRIND"].isin(["NORMAL", ""])

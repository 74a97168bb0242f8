"""ADAE - Adverse Events Analysis Dataset (ADaM OCCDS 1.1). One record per adverse event per subject."""

import pandas as pd

from adam.dates import compute_day, derive_analysis_date
from adam.flags import compute_extreme, compute_first, compute_flag, derive_trtemfl
from adam.merge import copy_predecessors, merge_adsl
from cdisckit.graph import dataset
from specs.load import StudySpecs

__all__ = ["adae", "derive_adurn", "derive_aendt", "derive_aoccfl", "derive_asev", "derive_astdt", "derive_astdy",
           "derive_dose_change", "derive_other_windows", "derive_queries", "derive_worst_occurrence"]

SEVERITY = {"MILD": 1.0, "MODERATE": 2.0, "SEVERE": 3.0}


@dataset
def adae(ae, adsl, spec, study):
    adae = copy_predecessors(ae, spec, "AE")
    adae = merge_adsl(adae, adsl, spec)
    adae = derive_astdt(adae)
    adae = derive_aendt(adae)
    adae = derive_astdy(adae)
    adae = derive_adurn(adae)
    adae = derive_trtemfl(adae, int(study.facts.terms["treatment_emergent_days"]))
    adae = derive_other_windows(adae, study)
    adae = derive_asev(adae, spec)
    adae = derive_aoccfl(adae)
    if "AOCCIFL" in spec.variables:
        adae = derive_worst_occurrence(adae)
    adae = derive_queries(adae, ae, study)
    adae = derive_dose_change(adae, study)
    return adae.sort_values(["USUBJID", "ASTDT", "AESEQ"], kind="stable")


def derive_astdt(adae: pd.DataFrame) -> pd.DataFrame:
    """The start date of the event. An unknown day is taken as the first of the month, an unknown month as January, but
    not earlier than the first exposure where that lies in the known month or year. An unknown year stays empty.

    In: AESTDTC (ISO 8601), TRTSDT. Out: ASTDT (date), ASTDTF (D or M: what was imputed). Source: ADaM OCCDS 1.1,
    3.2.4.
    """
    return derive_analysis_date(adae, "AESTDTC", "AST", impute="month", to="first", minimum=["TRTSDT"])


def derive_aendt(adae: pd.DataFrame) -> pd.DataFrame:
    """The end date of the event. An unknown day is taken as the last of the month, an unknown month as December, but
    not later than death. An unknown year stays empty.

    In: AEENDTC (ISO 8601), DTHDT. Out: AENDT (date), AENDTF (D or M: what was imputed). Source: ADaM OCCDS 1.1,
    3.2.4.
    """
    return derive_analysis_date(adae, "AEENDTC", "AEN", impute="month", to="last", maximum=["DTHDT"])


def derive_astdy(adae: pd.DataFrame) -> pd.DataFrame:
    """Days from the first exposure (TRTSDT) to the start and to the end of the event, plus one on or after it; there
    is no day 0.

    In: ASTDT, AENDT, TRTSDT. Out: ASTDY, AENDY (days).
    """
    return adae.assign(
        ASTDY=compute_day(adae["ASTDT"], adae["TRTSDT"]), AENDY=compute_day(adae["AENDT"], adae["TRTSDT"])
    )


def derive_adurn(adae: pd.DataFrame) -> pd.DataFrame:
    """The number of days from the start to the end of the event, both included; empty where either is not known.

    In: ASTDT, AENDT. Out: ADURN, ADURU (DAYS).
    """
    days = (adae["AENDT"] - adae["ASTDT"]).dt.days.astype("float64") + 1
    return adae.assign(ADURN=days, ADURU=pd.Series("", index=adae.index, dtype="str").mask(days.notna(), "DAYS"))


def derive_asev(adae: pd.DataFrame, spec) -> pd.DataFrame:
    """The severity for analysis: as collected, and as a number, 1 mild, 2 moderate, 3 severe; a grade (AETOXGR) is its
    own number.

    In: AESEV (text) or AETOXGR (text). Out: ASEV and ASEVN, or ATOXGR and ATOXGRN.
    """
    if "ATOXGR" in spec.variables:
        return adae.assign(
            ATOXGR=adae["AETOXGR"], ATOXGRN=pd.to_numeric(adae["AETOXGR"], errors="coerce").astype("float64")
        )
    return adae.assign(ASEV=adae["AESEV"], ASEVN=adae["AESEV"].map(SEVERITY).astype("float64"))


def derive_aoccfl(adae: pd.DataFrame) -> pd.DataFrame:
    """Y on the first treatment-emergent event of the subject, of the subject and system organ class, and of the
    subject and preferred term; the earliest start counts, then the sequence number.

    In: TRTEMFL, ASTDT, AESEQ, AEBODSYS, AEDECOD. Out: AOCCFL, AOCCSFL, AOCCPFL (Y or ""). Source: ADaM OCCDS 1.1,
    3.2.6.
    """
    emergent, order = adae["TRTEMFL"] == "Y", ["ASTDT", "AESEQ"]
    return adae.assign(
        AOCCFL=compute_first(adae, emergent, ["USUBJID"], order),
        AOCCSFL=compute_first(adae, emergent, ["USUBJID", "AEBODSYS"], order),
        AOCCPFL=compute_first(adae, emergent, ["USUBJID", "AEDECOD"], order),
    )


def derive_other_windows(adae: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Y if the event is treatment-emergent with another number of days after the last exposure than TRTEMFL has: the
    number that the study states for the flag.

    In: ASTDT, AENDT, TRTSDT, TRTEDT, `terms.treatment_emergent_windows` of study.yaml ({TRTEM1FL: days}). Out: TRTEMwFL
    (Y or ""); none without such windows. Source: ADaM OCCDS 1.1, 3.2.5.
    """
    for name, days in study.facts.terms.get("treatment_emergent_windows", {}).items():
        adae = derive_trtemfl(adae, int(days), new=name)
    return adae


def derive_worst_occurrence(adae: pd.DataFrame) -> pd.DataFrame:
    """Y on the treatment-emergent event of the highest grade of the subject, of the subject and system organ class, and
    of the subject and preferred term; of equal ones the earliest, then the lowest sequence number.

    In: TRTEMFL, ATOXGRN, ASTDT, AESEQ, AEBODSYS, AEDECOD. Out: AOCCIFL, AOCCSIFL, AOCCPIFL (Y or ""). Source: ADaM
    OCCDS 1.1, 3.2.6.
    """
    emergent, order = adae["TRTEMFL"] == "Y", ["-ATOXGRN", "ASTDT", "AESEQ"]
    return adae.assign(
        AOCCIFL=compute_extreme(adae, ["USUBJID"], order, among=emergent),
        AOCCSIFL=compute_extreme(adae, ["USUBJID", "AEBODSYS"], order, among=emergent),
        AOCCPIFL=compute_extreme(adae, ["USUBJID", "AEBODSYS", "AEDECOD"], order, among=emergent),
    )


def derive_queries(adae: pd.DataFrame, ae: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The name of the study's customised query where the event is in it: its preferred term is on the study's list
    (and, where the study says so, it is related to a study drug), or the investigator ticked it.

    In: AEDECOD, AEREL, `terms.ae_queries` of study.yaml. Out: CQzzNAM (text); none without queries. Source: ADaM OCCDS
    1.1, 3.2.9.
    """
    for name, query in study.facts.terms.get("ae_queries", {}).items():
        inside = adae["AEDECOD"].isin(query["terms"])
        if query.get("related", "") == "true":
            inside &= adae["AEREL"] == "RELATED"
        if "flag" in query:
            inside |= ae.loc[adae.index, query["flag"]] == "Y"
        adae = adae.assign(**{name: pd.Series("", index=adae.index, dtype="str").mask(inside, query["name"])})
    return adae


def derive_dose_change(adae: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Y if the event led to a change in the dose of a study drug (interrupted, rate or dose reduced, withdrawn), and if
    it led to the withdrawal of one.

    In: AEACN1, AEACN2, `terms.dose_change_actions` and `terms.withdrawal_actions` of study.yaml. Out: DOSCHGFL,
    DOSWDFL (Y or ""); none without these terms.
    """
    for name, term in (("DOSCHGFL", "dose_change_actions"), ("DOSWDFL", "withdrawal_actions")):
        if term in study.facts.terms:
            led = adae["AEACN1"].isin(study.facts.terms[term]) | adae["AEACN2"].isin(study.facts.terms[term])
            adae = adae.assign(**{name: compute_flag(led)})
    return adae

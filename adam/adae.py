"""ADAE - Adverse Events Analysis Dataset (ADaM OCCDS 1.1). One record per adverse event per subject."""

import pandas as pd

from adam.dates import compute_day, derive_analysis_date
from adam.flags import compute_first, derive_trtemfl
from adam.merge import copy_predecessors, merge_adsl
from cdisckit.graph import dataset

__all__ = ["adae", "derive_adurn", "derive_aendt", "derive_aoccfl", "derive_asev", "derive_astdt", "derive_astdy"]

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
    adae = derive_asev(adae, spec)
    adae = derive_aoccfl(adae)
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

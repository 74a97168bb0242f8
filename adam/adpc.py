"""ADPC - Pharmacokinetic Concentrations Analysis Dataset (ADaMIG for NCA 1.0).

One record per analyte, sample and dose it refers to: a sample before a later dose also ends the interval before that.
"""

import pandas as pd

from adam.dates import compute_day
from adam.immunogenicity import derive_ada_status
from adam.merge import copy_predecessors, merge_adsl
from adam.pharmacokinetics import (
    collect_doses,
    compute_moment,
    copy_predose,
    derive_concentration,
    derive_exclusion,
    derive_reference_dose,
    derive_relative_times,
    derive_test_parameter,
)
from cdisckit.graph import dataset
from specs.load import StudySpecs

__all__ = ["adpc", "derive_adtm", "derive_avisit", "derive_timepoint"]


@dataset
def adpc(pc, ex, adab, adsl, spec, study):
    plan, doses = study.facts.terms["pharmacokinetics"], collect_doses(ex, study)
    adpc = copy_predecessors(pc, spec, "PC")
    adpc = merge_adsl(adpc, adsl, spec)
    adpc = derive_test_parameter(adpc, pc["PCTESTCD"], spec)
    adpc = derive_adtm(adpc, pc)
    adpc = derive_timepoint(adpc, pc, plan["end_of_infusion"])
    adpc = derive_reference_dose(adpc, pc, doses)
    adpc = derive_relative_times(adpc, pc, study)
    adpc = derive_concentration(adpc, pc, plan["blq_value"])
    adpc = copy_predose(adpc, doses)
    adpc = derive_avisit(adpc, study)
    adpc = derive_exclusion(adpc, spec, float(plan["interval"]))
    adpc = derive_ada_status(adpc, adpc["PARAMCD"], adab)
    return adpc.sort_values(["USUBJID", "PARAMN", "DOSENO", "ARRLT", "PCSEQ"], kind="stable")


def derive_adtm(adpc: pd.DataFrame, pc: pd.DataFrame) -> pd.DataFrame:
    """The date and time of the sample (PC.PCDTC), not imputed, its date, and the days from the first exposure to it,
    plus one on or after it; there is no day 0.

    In: PC.PCDTC (ISO 8601), TRTSDT. Out: ADTM, ADT, ADY.
    """
    moment = compute_moment(pc.loc[adpc.index, "PCDTC"])
    date = moment.dt.floor("D")
    return adpc.assign(ADTM=moment, ADT=date, ADY=compute_day(date, adpc["TRTSDT"]))


def derive_timepoint(adpc: pd.DataFrame, pc: pd.DataFrame, ends: dict[str, str]) -> pd.DataFrame:
    """The planned time point of the sample and its number.

    In: PC.PCTPT, PCTPTNUM; the time point of each drug that is the end of its infusion. Out: ATPT, ATPTN, and for
    later steps _FIRSTPT (the first time point of a dose, which precedes it) and _EOI (the end of the drug's infusion).
    """
    source = pc.loc[adpc.index]
    none = pd.Series("", index=adpc.index, dtype="str")
    return adpc.assign(ATPT=source["PCTPT"], ATPTN=source["PCTPTNUM"],
                       _FIRSTPT=none.mask(source["PCELTM"].str.startswith("-"), "Y"),
                       _EOI=none.mask(adpc["PARAMCD"].map(ends) == source["PCTPT"], "Y"))


def derive_avisit(adpc: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The cycle of the dose that the record refers to, named after the visit of that dose, with its number.

    In: DOSEVIS. Out: AVISIT, AVISITN.
    """
    numbers = {name: float(number) for name, number in study.facts.visits.items()}
    return adpc.assign(AVISIT=adpc["DOSEVIS"], AVISITN=adpc["DOSEVIS"].map(numbers).astype("float64"))

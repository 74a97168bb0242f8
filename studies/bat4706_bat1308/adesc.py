"""ADESC - Dose Escalation Decision Table (ADaM other). One record per dose level."""

import pandas as pd

from adam.escalation import derive_escalation_table
from cdisckit.graph import dataset

__all__ = ["adesc"]


@dataset(scope="whole")
def adesc(addlt, spec, study):
    subjects = read_escalation(addlt)
    terms = study.facts.terms
    adesc = derive_escalation_table(subjects, list(terms["dose_levels"]), terms["escalation_policy"])
    adesc = derive_level_dose(adesc, study)
    return adesc.assign(STUDYID=study.facts.STUDYID, _record="").astype({"STUDYID": "str", "_record": "str"})


def read_escalation(addlt: pd.DataFrame) -> pd.DataFrame:
    """The treated subjects of the escalation, one record each: dose level, evaluable or not, DLT or not."""
    chosen = addlt[(addlt["PARAMCD"] == "DLTANY") & (addlt["PART"] == "ESCALATION")]
    return chosen[["USUBJID", "DOSELVL", "DLTEVLFL"]].assign(DLTFL=chosen["AVALC"]).reset_index(drop=True)


def derive_level_dose(adesc: pd.DataFrame, study) -> pd.DataFrame:
    """The dose of BAT4706 at the level.

    In: `terms.dose_levels` of study.yaml. Out: DOSE (mg/kg), DOSEU.
    """
    dose = adesc["DOSELVL"].map({name: float(value) for name, value in study.facts.terms["dose_levels"].items()})
    return adesc.assign(DOSE=dose.astype("float64"), DOSEU=pd.Series("mg/kg", index=adesc.index, dtype="str"))

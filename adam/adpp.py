"""ADPP - Pharmacokinetic Parameters Analysis Dataset (ADaMIG 1.3, BDS). One record per parameter, drug and dose."""

import pandas as pd

from adam.dates import compute_day
from adam.flags import compute_flag
from adam.immunogenicity import derive_ada_status
from adam.merge import copy_predecessors, merge_adsl
from adam.pharmacokinetics import compute_moment, compute_reference_visit
from cdisckit.graph import dataset
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = ["adpp", "derive_adtm", "derive_aval", "derive_avisit", "derive_dosea", "derive_param"]


@dataset
def adpp(pp, adpc, adab, adsl, spec, study):
    adpp = copy_predecessors(pp[listed(pp, spec)], spec, "PP")
    adpp = merge_adsl(adpp, adsl, spec)
    adpp = derive_param(adpp, pp, spec)
    adpp = derive_aval(adpp, pp)
    adpp = derive_avisit(adpp, pp, study)
    adpp = derive_adtm(adpp, pp)
    adpp = derive_dosea(adpp, adpc)
    adpp = derive_ada_status(adpp, adpp["PARCAT1"], adab)
    return adpp.sort_values(["USUBJID", "PARAMN", "AVISITN", "PPSEQ"], kind="stable")


def listed(pp: pd.DataFrame, spec: DatasetSpec) -> pd.Series:
    """The records whose test and drug the specification's `parameters` list."""
    wanted = [f"{p.from_} {p.PARCAT1}" for p in spec.parameters.values()]
    return (pp["PPTESTCD"] + " " + pp["PPCAT"]).isin(wanted) & (pp["PPSTINT"] == "")


def derive_param(adpp: pd.DataFrame, pp: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The parameter of the test and the drug, as the specification lists them: code, description with unit, number, and
    the drug as its category.

    In: PP.PPTESTCD, PPCAT, the `parameters` of the specification. Out: PARAMCD, PARAM, PARAMN, PARCAT1.
    """
    source = pp.loc[adpp.index]
    name = (source["PPTESTCD"] + " " + source["PPCAT"]).map(
        {f"{p.from_} {p.PARCAT1}": code for code, p in spec.parameters.items()}).astype("str")
    return adpp.assign(
        PARAMCD=name, PARAM=name.map({code: p.PARAM for code, p in spec.parameters.items()}).astype("str"),
        PARAMN=name.map({code: p.PARAMN for code, p in spec.parameters.items()}).astype("float64"),
        PARCAT1=source["PPCAT"])


def derive_aval(adpp: pd.DataFrame, pp: pd.DataFrame) -> pd.DataFrame:
    """The value of the parameter (PP.PPSTRESN); the records with one are analysed.

    In: PP.PPSTRESN, PPSTRESC. Out: AVAL (unit in PARAM), AVALC, ANL01FL.
    """
    source = pp.loc[adpp.index]
    return adpp.assign(AVAL=source["PPSTRESN"], AVALC=source["PPSTRESC"],
                       ANL01FL=compute_flag(source["PPSTRESN"].notna()))


def derive_avisit(adpp: pd.DataFrame, pp: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The cycle of the dose, named after the visit of that dose, with its number.

    In: PP.PPTPTREF. Out: AVISIT, AVISITN.
    """
    visit = compute_reference_visit(pp.loc[adpp.index, "PPTPTREF"])
    numbers = {name: float(number) for name, number in study.facts.visits.items()}
    return adpp.assign(AVISIT=visit, AVISITN=visit.map(numbers).astype("float64"))


def derive_adtm(adpp: pd.DataFrame, pp: pd.DataFrame) -> pd.DataFrame:
    """The start of the dose (PP.PPRFTDTC), its date, and the days from the first exposure to it, plus one on or after
    it; there is no day 0.

    In: PP.PPRFTDTC, TRTSDT. Out: ADTM, ADT, ADY.
    """
    moment = compute_moment(pp.loc[adpp.index, "PPRFTDTC"])
    date = moment.dt.floor("D")
    return adpp.assign(ADTM=moment, ADT=date, ADY=compute_day(date, adpp["TRTSDT"]))


def derive_dosea(adpp: pd.DataFrame, adpc: pd.DataFrame) -> pd.DataFrame:
    """The dose of the drug that was given, as in ADPC.

    In: AVISIT, PARCAT1; ADPC.DOSEA, DOSEU. Out: DOSEA, DOSEU.
    """
    keys = ["USUBJID", "PARCAT1", "AVISIT"]
    doses = adpc.loc[adpc["DOSEVIS"] != "", ["USUBJID", "PARAMCD", "DOSEVIS", "DOSEA", "DOSEU"]].rename(
        columns={"PARAMCD": "PARCAT1", "DOSEVIS": "AVISIT"}).drop_duplicates(keys)
    found = adpp[keys].merge(doses, on=keys, how="left", validate="many_to_one").set_axis(adpp.index)
    return adpp.assign(DOSEA=found["DOSEA"], DOSEU=found["DOSEU"].fillna("").astype("str"))

"""PP of BAT4706-1308: the parameters of every dose of both antibodies by non-compartmental analysis of ADPC.

ADPC is the input of the analysis (ADaMIG for NCA 1.0) and PP its result, so this domain comes after an ADaM dataset.
"""

import pandas as pd

from adam.pk_parameters import derive_parameters
from cdisckit.graph import dataset
from sdtm.findings import number_text
from sdtm.identifiers import derive_seq, derive_studyid
from specs.load import StudySpecs
from specs.model import DatasetSpec


@dataset
def pp(adpc, spec, study):
    pp = derive_parameters(adpc, study.facts.terms["pharmacokinetics"], study["PC"].tests["BAT4706"].unit)
    pp = derive_profile(pp)
    pp = derive_pporres(pp, spec, study)
    pp = derive_studyid(pp, study)
    return derive_seq(pp, spec)


def derive_profile(pp: pd.DataFrame) -> pd.DataFrame:
    """The profile that the parameter is of: the drug and the visit of the dose, which also group the concentrations
    (PC.PCGRPID); the start of the dose; of a partial AUC its interval from there.

    In: PARAMCD, DOSEVIS, PCRFTDTM, BEGIN, END (hours). Out: PPCAT, PPGRPID, PPTPTREF, PPRFTDTC, PPSTINT, PPENINT.
    """
    given = pp["PCRFTDTM"].dt.strftime("%Y-%m-%dT%H:%M").astype("str").fillna("")
    interval = {name: ("PT" + number_text(pp[hours]) + "H").where(pp[hours].notna(), "")
                for name, hours in (("PPSTINT", "BEGIN"), ("PPENINT", "END"))}
    return pp.drop(columns=["profile"]).assign(
        PPCAT=pp["PARAMCD"], PPGRPID=pp["PARAMCD"] + "-" + pp["DOSEVIS"],
        PPTPTREF=pp["DOSEVIS"] + " START OF INFUSION", PPRFTDTC=given, **interval)


def derive_pporres(pp: pd.DataFrame, spec: DatasetSpec, study: StudySpecs) -> pd.DataFrame:
    """The value of the parameter by non-compartmental analysis, with its unit; where there is none, NOT DONE and why.

    In: VALUE, UNIT, REASON. Out: PPTEST, PPORRES, PPORRESU, PPSTRESC, PPSTRESN, PPSTRESU, PPSTAT, PPREASND.
    """
    codes, names = study.codelists["PKPARMCD"].terms, study.codelists["PKPARM"].terms
    by_code = {term.code: value for value, term in names.items()}
    value = pp["VALUE"].where(pp["REASON"] == "")
    text, none = number_text(value), pd.Series("", index=pp.index, dtype="str")
    unit = pp["UNIT"].where(value.notna(), "")
    made = pp.assign(
        PPTEST=pp["PPTESTCD"].map({name: by_code[term.code] for name, term in codes.items()}).astype("str"),
        PPORRES=text, PPORRESU=unit, PPSTRESC=text, PPSTRESN=pd.to_numeric(text.where(text != "")).astype("float64"),
        PPSTRESU=unit,
        PPSTAT=none.mask(value.isna(), "NOT DONE"), PPREASND=pp["REASON"])
    constants = {v.name: pd.Series(v.value, index=pp.index, dtype="str") for v in spec.columns if v.value is not None}
    return made.assign(**constants).drop(
        columns=["PARAMCD", "DOSEVIS", "PCRFTDTM", "DOSEU", "VALUE", "UNIT", "REASON", "BEGIN", "END"])

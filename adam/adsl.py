"""ADSL - Subject-Level Analysis Dataset (ADaMIG 1.3, 3.2). One record per subject."""

import pandas as pd

from adam.dates import compute_date
from adam.flags import compute_flag
from adam.merge import copy_predecessors
from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from specs.load import StudySpecs

__all__ = [
    "adsl",
    "derive_agegr1",
    "derive_dthdt",
    "derive_eosstt",
    "derive_population_flags",
    "derive_trt01p",
    "derive_trtsdt",
]


@dataset
def adsl(dm, ds, spec, study):
    adsl = copy_predecessors(dm, spec, "DM")
    adsl = derive_agegr1(adsl, study)
    adsl = derive_trt01p(adsl, dm, study)
    adsl = derive_trtsdt(adsl, dm)
    adsl = derive_trtdurd(adsl)
    adsl = derive_population_flags(adsl, dm)
    adsl = derive_eosstt(adsl, ds, study)
    adsl = derive_dthdt(adsl, dm)
    return adsl.sort_values("USUBJID", kind="stable")


def derive_agegr1(adsl: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The age group of the analysis plan that holds the subject's age; the groups are whole years from and to, both
    included.

    In: AGE (years), `terms.age_groups` of study.yaml ({group: [from, to]}). Out: AGEGR1, AGEGR1N (number of the
    group, from 1).
    """
    group = pd.Series("", index=adsl.index, dtype="str")
    number = pd.Series(float("nan"), index=adsl.index)
    for position, (name, (low, high)) in enumerate(study.facts.terms["age_groups"].items(), start=1):
        inside = adsl["AGE"].between(float(low), float(high))
        group, number = group.mask(inside, name), number.mask(inside, position)
    return adsl.assign(AGEGR1=group, AGEGR1N=number.astype("float64"))


def derive_trt01p(adsl: pd.DataFrame, dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The planned treatment is that of the planned arm (DM.ARM), the actual treatment that of the actual arm
    (DM.ACTARM); their numbers are the study's.

    In: DM.ARM ARMCD ACTARM ACTARMCD, `terms.treatment_numbers` of study.yaml ({ARMCD: number}). Out: TRT01P TRT01PN
    TRT01A TRT01AN.
    """
    numbers = {code: float(number) for code, number in study.facts.terms["treatment_numbers"].items()}
    arms = dm.set_index("USUBJID").reindex(adsl["USUBJID"]).set_axis(adsl.index)
    return adsl.assign(
        TRT01P=arms["ARM"],
        TRT01PN=arms["ARMCD"].map(numbers).astype("float64"),
        TRT01A=arms["ACTARM"],
        TRT01AN=arms["ACTARMCD"].map(numbers).astype("float64"),
    )


def derive_trtsdt(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """The date of the first and of the last exposure to study treatment (DM.RFXSTDTC, DM.RFXENDTC); nothing is imputed.

    In: DM.RFXSTDTC, DM.RFXENDTC (ISO 8601). Out: TRTSDT, TRTEDT (dates). Source: ADaMIG 1.3, 3.2.
    """
    days = dm.set_index("USUBJID").reindex(adsl["USUBJID"]).set_axis(adsl.index)
    return adsl.assign(TRTSDT=compute_date(days["RFXSTDTC"])["date"], TRTEDT=compute_date(days["RFXENDTC"])["date"])


def derive_trtdurd(adsl: pd.DataFrame) -> pd.DataFrame:
    """The number of days from the first to the last exposure, both included.

    In: TRTSDT, TRTEDT. Out: TRTDURD (days).
    """
    return adsl.assign(TRTDURD=(adsl["TRTEDT"] - adsl["TRTSDT"]).dt.days.astype("float64") + 1)


def derive_population_flags(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """Safety population: every subject who received study treatment. Enrolled population: every subject who was
    assigned to an arm or treated. N for all others.

    In: DM.RFXSTDTC, DM.ARMCD. Out: SAFFL, ENRLFL (Y or N).
    """
    subject = dm.set_index("USUBJID").reindex(adsl["USUBJID"]).set_axis(adsl.index)
    treated = subject["RFXSTDTC"] != ""
    return adsl.assign(SAFFL=compute_flag(treated, "N"), ENRLFL=compute_flag(treated | (subject["ARMCD"] != ""), "N"))


def derive_eosstt(adsl: pd.DataFrame, ds: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The subject's status at the end of the study, from the disposition record of the study: COMPLETED, else
    DISCONTINUED with its reason and date; ONGOING where there is none yet. Empty for subjects who were never
    enrolled.

    In: DS (the records that `terms.end_of_study` of study.yaml selects), ENRLFL. Out: EOSSTT, EOSDT (date),
    DCSREAS. Two such records of one subject are a finding; the last one counts. Source: ADaMIG 1.3, 3.2.
    """
    selected = pd.Series(True, index=ds.index)
    for variable, value in study.facts.terms["end_of_study"].items():
        selected &= ds[variable] == value
    ends = ds[selected].sort_values(["USUBJID", "DSSTDTC", "DSSEQ"], kind="stable")
    _report_two_ends(ends)
    last = (
        ends.drop_duplicates("USUBJID", keep="last").set_index("USUBJID").reindex(adsl["USUBJID"]).set_axis(adsl.index)
    )
    reason = last["DSDECOD"].fillna("")
    status = (
        pd.Series("DISCONTINUED", index=adsl.index, dtype="str")
        .mask(reason == "COMPLETED", "COMPLETED")
        .mask(reason == "", "ONGOING")
    )
    enrolled = adsl["ENRLFL"] == "Y"
    date = compute_date(last["DSSTDTC"].fillna("").astype("str"))["date"]
    return adsl.assign(
        EOSSTT=status.where(enrolled, "").astype("str"),
        EOSDT=date.where(enrolled),
        DCSREAS=reason.where(enrolled & (status == "DISCONTINUED"), "").astype("str"),
    )


def _report_two_ends(ends: pd.DataFrame) -> None:
    twice = ends[ends.duplicated("USUBJID", keep="last")]
    report_findings(
        Finding(
            "mapping",
            "mapping.two_ends_of_study",
            "error",
            "ADSL",
            key=f"USUBJID={subject}",
            variable="EOSSTT",
            value=term,
            record=record,
            message="the subject has another, later end of study; the last one counts",
            fix="data management: query the site",
        )
        for subject, term, record in zip(twice["USUBJID"], twice["DSDECOD"], twice["_record"], strict=True)
    )


def derive_dthdt(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """The date of death (DM.DTHDTC); a day or month that is not known is not imputed, and the date stays empty.

    In: DM.DTHDTC. Out: DTHDT (date).
    """
    death = dm.set_index("USUBJID")["DTHDTC"].reindex(adsl["USUBJID"]).set_axis(adsl.index)
    return adsl.assign(DTHDT=compute_date(death)["date"])

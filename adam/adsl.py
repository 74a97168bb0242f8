"""ADSL - Subject-Level Analysis Dataset (ADaMIG 1.3, 3.2). One record per subject."""

from collections.abc import Mapping, Sequence

import pandas as pd

from adam.alive import find_last_alive, read_proofs
from adam.dates import compute_date, compute_datetime
from adam.flags import compute_flag
from adam.merge import copy_predecessors, select_records
from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from specs.load import StudySpecs

__all__ = [
    "adsl",
    "derive_agegr1",
    "derive_baseline_covariates",
    "derive_death_cause",
    "derive_dthdt",
    "derive_eosstt",
    "derive_eotstt",
    "derive_last_alive",
    "derive_period_dates",
    "derive_population",
    "derive_population_flags",
    "derive_trt01p",
    "derive_trtsdt",
    "derive_trtsdtm",
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
    ends = select_records(ds, study.facts.terms["end_of_study"])
    ends = ends.sort_values(["USUBJID", "DSSTDTC", "DSSEQ"], kind="stable")
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


# --- what further studies add: their own adsl.py composes these -------------------------------------------------------


def of_subjects(adsl: pd.DataFrame, values: pd.Series) -> pd.Series:
    """The value of each subject of ADSL, from values by USUBJID; missing where there is none."""
    return values.reindex(adsl["USUBJID"]).set_axis(adsl.index)


def derive_trtsdtm(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """Date and time of the first and of the last exposure to study treatment (DM.RFXSTDTC, DM.RFXENDTC); a missing
    second is 0, other missing parts of the time leave it empty.

    In: DM.RFXSTDTC, DM.RFXENDTC (ISO 8601). Out: TRTSDTM, TRTEDTM (date-times). Source: ADaMIG 1.3, 3.2.
    """
    made = {}
    for name, dtc in (("TRTSDTM", "RFXSTDTC"), ("TRTEDTM", "RFXENDTC")):
        text = of_subjects(adsl, dm.set_index("USUBJID")[dtc]).fillna("").astype("str")
        made[name] = compute_datetime(text, impute_time="second")["datetime"]
    return adsl.assign(**made)


def derive_period_dates(adsl: pd.DataFrame, ex: pd.DataFrame, periods: Mapping[str, str]) -> pd.DataFrame:
    """The first and the last day with a dose in each period of treatment; a period is an epoch of the trial design.

    In: EX.EXSTDTC, EXENDTC, EPOCH; the periods of the study ({01: its epoch}). Out: TRxxSDT, TRxxEDT (dates). Source:
    ADaMIG 1.3, 3.2.
    """
    days = ex[["USUBJID", "EPOCH"]].assign(first=compute_date(ex["EXSTDTC"])["date"],
                                           last=compute_date(ex["EXENDTC"])["date"])
    for number, epoch in periods.items():
        doses = days[days["EPOCH"] == epoch].groupby("USUBJID")
        adsl = adsl.assign(**{f"TR{number}SDT": of_subjects(adsl, doses["first"].min()),
                              f"TR{number}EDT": of_subjects(adsl, doses["last"].max())})
    return adsl


def derive_population(adsl: pd.DataFrame, flag: str, reason: str,
                      lacks: Sequence[tuple[str, pd.Series]]) -> pd.DataFrame:
    """Y for subjects who lack nothing that the population asks for, else N with the first thing that they lack.

    In: what a subject may lack, in order: the reason in words and who lacks it (boolean). Out: the flag (Y or N), the
    reason (empty for Y).
    """
    words = pd.Series("", index=adsl.index, dtype="str")
    for text, missing in lacks:
        words = words.mask((words == "") & missing.astype("bool"), text)
    return adsl.assign(**{flag: compute_flag(words == "", "N"), reason: words})


def derive_eotstt(adsl: pd.DataFrame, ds: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The subject's status at the end of treatment, from the disposition records of the treatment: with several drugs,
    from that of the drug that ended last. COMPLETED, else DISCONTINUED with its reason and date; ONGOING for treated
    subjects without one. Empty for subjects who were never treated.

    In: DS (the records that `terms.end_of_treatment` of study.yaml selects), TRTSDT. Out: EOTSTT, EOTDT (date),
    DCTREAS. Source: ADaMIG 1.3, 3.2.
    """
    ends = select_records(ds, study.facts.terms["end_of_treatment"])
    ends = ends.sort_values(["USUBJID", "DSSTDTC", "DSSEQ"], kind="stable")
    last = ends.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")
    term, day = (of_subjects(adsl, last[name]).fillna("").astype("str") for name in ("DSDECOD", "DSSTDTC"))
    treated = adsl["TRTSDT"].notna()
    status = pd.Series("DISCONTINUED", index=adsl.index, dtype="str").mask(term == "COMPLETED", "COMPLETED")
    status = status.mask(term == "", "ONGOING").where(treated, "")
    return adsl.assign(EOTSTT=status, EOTDT=compute_date(day)["date"].where(treated),
                       DCTREAS=term.where(status == "DISCONTINUED", ""))


def derive_death_cause(adsl: pd.DataFrame, dd: pd.DataFrame) -> pd.DataFrame:
    """The primary cause of death (DD.DDSTRESC, test PRCDTH) of subjects who died.

    In: DD, DTHFL. Out: DTHCAUS (text). Source: ADaMIG 1.3, 3.2.
    """
    causes = dd[(dd["DDTESTCD"] == "PRCDTH") & (dd["DDSTRESC"] != "")].drop_duplicates("USUBJID", keep="last")
    cause = of_subjects(adsl, causes.set_index("USUBJID")["DDSTRESC"]).fillna("").astype("str")
    return adsl.assign(DTHCAUS=cause.where(adsl["DTHFL"] == "Y", "").astype("str"))


def derive_last_alive(adsl: pd.DataFrame, datasets: Mapping[str, pd.DataFrame], cutoff: str) -> pd.DataFrame:
    """The last day on which the subject is known to have been alive: the day of death, else the latest complete date of
    a record that proves life (contact, visit, examination, sample, dose, event, treatment, end of the study), the one
    at which overall survival is censored; never after the data cut-off.

    In: the SDTM datasets by name (adam.alive.PROOFS says which of their dates count), DTHDT, the cut-off (ISO 8601).
    Out: LSTALVDT (date). Source: ADaMIG 1.3, 3.2.
    """
    last = find_last_alive(read_proofs(datasets), cutoff).set_index("USUBJID")["ADT"]
    return adsl.assign(LSTALVDT=adsl["DTHDT"].fillna(of_subjects(adsl, last)).astype("datetime64[s]"))


def derive_baseline_covariates(adsl: pd.DataFrame,
                               findings: Sequence[tuple[str, pd.DataFrame, str, str]]) -> pd.DataFrame:
    """The value of the last record before the first exposure (--LOBXFL).

    In: for each covariate its variable, the domain's records, the domain, the test. Out: the variables (number in the
    standard unit; missing where there is no such record).
    """
    for name, data, domain, test in findings:
        rows = data[(data[f"{domain}TESTCD"] == test) & (data[f"{domain}LOBXFL"] == "Y")]
        last = rows.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")[f"{domain}STRESN"]
        adsl = adsl.assign(**{name: of_subjects(adsl, last).astype("float64")})
    return adsl

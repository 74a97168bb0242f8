"""ADSL of BAT4706-1308: populations with reasons, periods, dose level and part, baseline, disposition, cut-off."""

import pandas as pd

from adam.adsl import (
    derive_agegr1,
    derive_baseline_covariates,
    derive_death_cause,
    derive_dthdt,
    derive_eosstt,
    derive_eotstt,
    derive_last_alive,
    derive_period_dates,
    derive_population,
    derive_population_flags,
    derive_trt01p,
    derive_trtdurd,
    derive_trtsdt,
    derive_trtsdtm,
    of_subjects,
)
from adam.dates import compute_date
from adam.flags import compute_flag
from adam.formulas import compute_bmi, compute_bsa
from adam.merge import copy_predecessors
from cdisckit.graph import dataset
from specs.load import StudySpecs
from studies.bat4706_bat1308.addlt import derive_support, judge_dlts

NOT_TREATED = "NOT TREATED"


@dataset
def adsl(dm, ds, ec, ex, ae, cm, pr, lb, vs, eg, pe, cv, rs, tu, tr, pc, is_, dd, mh, sv, ss, spec, study):
    adsl = copy_predecessors(dm, spec, "DM").assign(DTHFL=dm["DTHFL"])
    adsl = derive_agegr1(adsl, study)
    adsl = derive_trt01p(adsl, dm, study)
    adsl = derive_second_period(adsl, ex, study)
    adsl = derive_dose_level(adsl, dm, ec, study)
    adsl = derive_trtsdt(adsl, dm)
    adsl = derive_trtsdtm(adsl, dm)
    adsl = derive_period_dates(adsl, ex, study.facts.terms["periods"])
    adsl = derive_trtdurd(adsl)
    adsl = derive_population_flags(adsl, dm)
    adsl = derive_eosstt(adsl, ds, study)
    adsl = derive_eotstt(adsl, ds, study)
    adsl = derive_dthdt(adsl, dm)
    adsl = derive_death_cause(adsl, dd)
    adsl = derive_last_alive(adsl, {"SS": ss, "SV": sv, "RS": rs, "TR": tr, "TU": tu, "EX": ex, "VS": vs, "EG": eg,
                                    "PE": pe, "CV": cv, "LB": lb, "PC": pc, "IS": is_, "AE": ae, "PR": pr, "CM": cm,
                                    "DS": ds}, study.facts.cutoff)
    adsl = derive_cutoff(adsl, study)
    adsl = derive_covariates(adsl, vs, rs)
    adsl = derive_diagnosis(adsl, mh)
    adsl = derive_screened_population(adsl, dm)
    adsl = derive_enrolled_population(adsl, dm)
    adsl = derive_safety_population(adsl, dm)
    adsl = derive_dlt_population(adsl, derive_support(ae, cm), lb, ec, ex, dm, study)
    adsl = derive_pk_population(adsl, pc)
    adsl = derive_ada_population(adsl, is_)
    adsl = derive_efficacy_population(adsl, tu, rs)
    return adsl.sort_values("USUBJID", kind="stable")


def derive_second_period(adsl: pd.DataFrame, ex: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Period 2 is the monotherapy with BAT1308 (cycles 5 to 18), planned for every assigned subject and actual for
    those who got a dose in it.

    In: DM.ARM, EX.EPOCH, `terms.periods` and `terms.period_treatments` of study.yaml. Out: TRT02P, TRT02A (text).
    """
    epoch, treatment = study.facts.terms["periods"]["02"], study.facts.terms["period_treatments"]["02"]
    reached = adsl["USUBJID"].isin(ex.loc[ex["EPOCH"] == epoch, "USUBJID"])
    named = pd.Series(treatment, index=adsl.index, dtype="str")
    return adsl.assign(TRT02P=named.where(adsl["TRT01P"] != "", ""), TRT02A=named.where(reached, ""))


def derive_dose_level(adsl: pd.DataFrame, dm: pd.DataFrame, ec: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The part of the study (escalation: the arm is a dose level; else expansion), the cohort, and the dose level of
    BAT4706: that of the arm, in the expansion the level of the dose that was planned for cycle 1.

    In: DM.ARMCD, EC.ECDOSE (scheduled, mg/kg), `terms.dose_levels` of study.yaml. Out: PART, COHORT, DOSELVL (text),
    DOSELVLN (number of the level), DOSE01P (mg/kg), DOSE01U. Empty for subjects who were never assigned.
    """
    levels = {name: float(dose) for name, dose in study.facts.terms["dose_levels"].items()}
    planned = ec[(ec["ECMOOD"] == "SCHEDULED") & (ec["ECDOSU"] == "mg/kg")].sort_values(["USUBJID", "VISITNUM"])
    dose = of_subjects(adsl, planned.drop_duplicates("USUBJID").set_index("USUBJID")["ECDOSE"]).astype("float64")
    arm = of_subjects(adsl, dm.set_index("USUBJID")["ARMCD"]).fillna("").astype("str")
    part = pd.Series("EXPANSION", index=adsl.index, dtype="str").mask(arm.isin(list(levels)), "ESCALATION")
    of_dose = dose.map({value: name for name, value in levels.items()}).fillna("").astype("str")
    level = arm.where(arm.isin(list(levels)), of_dose).astype("str")
    dose = level.map(levels).astype("float64")
    unit = pd.Series("mg/kg", index=adsl.index, dtype="str").where(dose.notna(), "")
    number = level.map({name: float(place) for place, name in enumerate(levels, start=1)}).astype("float64")
    return adsl.assign(PART=part.where(arm != "", ""), COHORT=arm, DOSELVL=level, DOSELVLN=number, DOSE01P=dose,
                       DOSE01U=unit)


def derive_cutoff(adsl: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The data cut-off; what happened after it is not known at the cut-off: a later death, end of study or end of
    treatment is left out, and the status is ONGOING.

    In: `cutoff` of study.yaml, DTHDT, EOSDT, EOTDT. Out: CUTOFFDT (date), and DTHDT, DTHFL, DTHCAUS, EOSSTT, EOSDT,
    DCSREAS, EOTSTT, EOTDT, DCTREAS as of the cut-off.
    """
    cutoff = pd.Series(pd.Timestamp(study.facts.cutoff), index=adsl.index).astype("datetime64[s]")
    died, ended, stopped = (adsl[name] > cutoff for name in ("DTHDT", "EOSDT", "EOTDT"))
    return adsl.assign(
        CUTOFFDT=cutoff,
        DTHDT=adsl["DTHDT"].mask(died), DTHFL=adsl["DTHFL"].mask(died, ""), DTHCAUS=adsl["DTHCAUS"].mask(died, ""),
        EOSSTT=adsl["EOSSTT"].mask(ended, "ONGOING"), EOSDT=adsl["EOSDT"].mask(ended),
        DCSREAS=adsl["DCSREAS"].mask(ended, ""), EOTSTT=adsl["EOTSTT"].mask(stopped, "ONGOING"),
        EOTDT=adsl["EOTDT"].mask(stopped), DCTREAS=adsl["DCTREAS"].mask(stopped, ""))


def derive_covariates(adsl: pd.DataFrame, vs: pd.DataFrame, rs: pd.DataFrame) -> pd.DataFrame:
    """Height, weight and ECOG performance status before the first dose: the last record that SDTM flags so (height: the
    one measured at screening); body mass index, and body surface area by Mosteller, from them.

    In: VS, RS (--LOBXFL). Out: HEIGHTBL (cm), WEIGHTBL (kg), BMIBL (kg/m2), BSABL (m2), ECOGBL.
    """
    adsl = derive_baseline_covariates(adsl, [("HEIGHTBL", vs, "VS", "HEIGHT"), ("WEIGHTBL", vs, "VS", "WEIGHT"),
                                             ("ECOGBL", rs, "RS", "ECOG101")])
    height, weight = adsl["HEIGHTBL"], adsl["WEIGHTBL"]
    return adsl.assign(BMIBL=compute_bmi(height, weight).round(1), BSABL=compute_bsa(height, weight).round(2))


def derive_diagnosis(adsl: pd.DataFrame, mh: pd.DataFrame) -> pd.DataFrame:
    """The cancer that the subject was enrolled with: the preferred term of the diagnosis in the cancer history.

    In: MH.MHDECOD (MHCAT CANCER HISTORY, MHEVDTYP DIAGNOSIS). Out: DIAG (text).
    """
    found = mh[(mh["MHCAT"] == "CANCER HISTORY") & (mh["MHEVDTYP"] == "DIAGNOSIS")].drop_duplicates("USUBJID")
    return adsl.assign(DIAG=of_subjects(adsl, found.set_index("USUBJID")["MHDECOD"]).fillna("").astype("str"))


# --- populations ------------------------------------------------------------------------------------------------------


def derive_screened_population(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """Screened: every subject who signed the informed consent.

    In: DM.RFICDTC. Out: SCRNFL (Y or N), SCRNRSN (why not).
    """
    consent = of_subjects(adsl, dm.set_index("USUBJID")["RFICDTC"])
    return derive_population(adsl, "SCRNFL", "SCRNRSN", [("NO INFORMED CONSENT", consent == "")])


def derive_enrolled_population(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """Enrolled: screened subjects who were assigned to a dose level or an expansion cohort.

    In: DM.ARMCD, DM.ARMNRS. Out: ENRLFL (Y or N), ENRLRSN (why not: the reason that SDTM states).
    """
    return derive_population(adsl, "ENRLFL", "ENRLRSN", _not_assigned(adsl, dm))


def derive_safety_population(adsl: pd.DataFrame, dm: pd.DataFrame) -> pd.DataFrame:
    """Safety: subjects who received any dose of BAT4706 or BAT1308.

    In: DM.ARMCD, DM.ARMNRS, TRTSDT. Out: SAFFL (Y or N), SAFRSN (why not).
    """
    return derive_population(adsl, "SAFFL", "SAFRSN", [*_not_assigned(adsl, dm), (NOT_TREATED, adsl["TRTSDT"].isna())])


def _not_assigned(adsl: pd.DataFrame, dm: pd.DataFrame) -> list[tuple[str, pd.Series]]:
    subject = dm.set_index("USUBJID").reindex(adsl["USUBJID"]).set_axis(adsl.index)
    why, unassigned = subject["ARMNRS"].where(subject["ARMNRS"] != "", "NOT ASSIGNED"), subject["ARMCD"] == ""
    return [(reason, unassigned & (why == reason)) for reason in sorted(set(why))]


def derive_dlt_population(adsl: pd.DataFrame, ae: pd.DataFrame, lb: pd.DataFrame, ec: pd.DataFrame, ex: pd.DataFrame,
                          dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Evaluable for dose-limiting toxicity: treated subjects with a DLT in cycle 1 (ADDLT), and those without one who
    received at least 75% of the planned dose of both drugs in cycle 1 and were observed to day 21. Others are not
    evaluable and are replaced. Empty while the 21 days of a subject without a DLT are not over at the data cut-off.

    In: AE, LB (the DLT rule), EC.ECPDOSE, EX.EXDOSE of C1D1, DM.RFPENDTC, `terms.dlt` and `terms.dlt_evaluable` of
    study.yaml. Out: DLTEVLFL (Y, N or ""), DLTRSN (why not), DLTFL (Y or N for treated subjects). Source: protocol,
    part B (illustrative).
    """
    rule = study.facts.terms["dlt_evaluable"]
    verdicts = judge_dlts(ae, lb, adsl, study)
    treated = adsl["TRTSDT"].notna()
    has_dlt = adsl["USUBJID"].isin(verdicts.loc[verdicts["MET"], "USUBJID"])
    short = ~adsl["USUBJID"].isin(_fully_dosed(ec, ex, rule))
    until = compute_date(of_subjects(adsl, dm.set_index("USUBJID")["RFPENDTC"]).fillna("").astype("str"))["date"]
    day = (until.fillna(adsl["CUTOFFDT"]).clip(upper=adsl["CUTOFFDT"]) - adsl["TRTSDT"]).dt.days + 1
    early = day < float(rule["observed_days"])
    pending = treated & ~has_dlt & ~short & early & (until.isna() | (until >= adsl["CUTOFFDT"]))
    share = f"LESS THAN {100 * float(rule['dose_share']):g}% OF THE PLANNED DOSE"
    adsl = derive_population(adsl, "DLTEVLFL", "DLTRSN", [
        (NOT_TREATED, ~treated), (share, ~has_dlt & short),
        (f"LEFT BEFORE DAY {rule['observed_days']}", ~has_dlt & early & ~pending)])
    return adsl.assign(DLTEVLFL=adsl["DLTEVLFL"].mask(pending, ""), DLTFL=compute_flag(has_dlt, "N").where(treated, ""))


def _fully_dosed(ec: pd.DataFrame, ex: pd.DataFrame, rule: dict[str, object]) -> pd.Index:
    """Subjects with at least the share of the planned dose of every drug in the first cycle."""
    visit, drugs = str(rule["visit"]), list(rule["drugs"])           # type: ignore[call-overload]
    planned = ec[(ec["ECMOOD"] == "PERFORMED") & (ec["VISIT"] == visit)].groupby(["USUBJID", "ECTRT"])["ECPDOSE"].sum()
    given = ex[ex["VISIT"] == visit].groupby(["USUBJID", "EXTRT"])["EXDOSE"].sum().rename_axis(["USUBJID", "ECTRT"])
    share = (given / planned).unstack("ECTRT").reindex(columns=drugs)
    enough = (share >= float(str(rule["dose_share"])) - 1e-9).all(axis=1)
    return share.index[enough.to_numpy(dtype="bool")]


def derive_pk_population(adsl: pd.DataFrame, pc: pd.DataFrame) -> pd.DataFrame:
    """Pharmacokinetics: treated subjects with at least one concentration measured after the first dose.

    In: PC (PCSTRESC, PCDTC), TRTSDTM. Out: PKFL (Y or N), PKRSN (why not).
    """
    done = pc.loc[(pc["PCSTRESC"] != "") & (pc["PCTPT"] != "PRE-DOSE"), "USUBJID"].unique()
    return derive_population(adsl, "PKFL", "PKRSN", [
        (NOT_TREATED, adsl["TRTSDT"].isna()),
        ("NO CONCENTRATION AFTER THE FIRST DOSE", ~adsl["USUBJID"].isin(done))])


def derive_ada_population(adsl: pd.DataFrame, is_: pd.DataFrame) -> pd.DataFrame:
    """Immunogenicity: treated subjects with an anti-drug antibody result before the first dose and one after it.

    In: IS (ISSTRESC, ISLOBXFL, ISDY). Out: ADAFL (Y or N), ADARSN (why not).
    """
    done = (is_["ISTESTCD"] == "ADA_BAB") & (is_["ISSTRESC"] != "")
    baseline = is_["ISLOBXFL"] == "Y"
    before, after = (is_.loc[done & which, "USUBJID"].unique() for which in (baseline, ~baseline & (is_["ISDY"] > 1)))
    return derive_population(adsl, "ADAFL", "ADARSN", [
        (NOT_TREATED, adsl["TRTSDT"].isna()),
        ("NO RESULT BEFORE THE FIRST DOSE", ~adsl["USUBJID"].isin(before)),
        ("NO RESULT AFTER THE FIRST DOSE", ~adsl["USUBJID"].isin(after))])


def derive_efficacy_population(adsl: pd.DataFrame, tu: pd.DataFrame, rs: pd.DataFrame) -> pd.DataFrame:
    """Efficacy-evaluable: treated subjects with measurable disease before treatment (a target lesion) and at least one
    tumour assessment after the first dose.

    In: TU (TUMIDENT, TARGET), RS (OVRLRESP, RSDY). Out: EFFFL (Y or N), EFFRSN (why not).
    """
    target = tu[(tu["TUTESTCD"] == "TUMIDENT") & (tu["TUSTRESC"] == "TARGET")]
    done = rs[(rs["RSTESTCD"] == "OVRLRESP") & (rs["RSSTRESC"] != "") & ~(rs["RSDY"] < 1)]
    return derive_population(adsl, "EFFFL", "EFFRSN", [
        (NOT_TREATED, adsl["TRTSDT"].isna()),
        ("NO MEASURABLE DISEASE AT BASELINE", ~adsl["USUBJID"].isin(target["USUBJID"])),
        ("NO TUMOUR ASSESSMENT AFTER THE FIRST DOSE", ~adsl["USUBJID"].isin(done["USUBJID"]))])

"""DM of CDISCPILOT01: no randomisation list was delivered, so the arm is what the doses prove."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.dm import (
    derive_actarmcd,
    derive_arm,
    derive_armnrs,
    derive_dthdtc,
    derive_dthfl,
    derive_race,
    derive_rfpendtc,
    derive_rfstdtc,
    derive_rfxendtc,
    derive_rfxstdtc,
    drop_repeated_subjects,
)
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import map_form, report_records
from sdtm.timing import derive_study_day


@dataset
def dm(raw, spec, study):
    dm = map_form(raw, spec)
    dm = derive_studyid(dm, study)
    dm = derive_usubjid(dm, study)
    dm = drop_repeated_subjects(dm)
    dm = derive_race(dm, spec)
    dm = derive_rfxstdtc(dm, raw, spec)
    dm = derive_rfxendtc(dm, raw, spec)
    dm = derive_rfstdtc(dm)
    dm = derive_rfendtc(dm, raw, study)
    dm = derive_rfpendtc(dm, raw, spec)
    dm = derive_dthdtc(dm, raw, spec)
    dm = derive_dthfl(dm, raw, study)
    dm = derive_armcd_from_dose(dm, raw, study)
    dm = derive_arm(dm, study)
    dm = derive_actarmcd(dm, study)
    dm = derive_armnrs(dm, raw, study)
    dm = derive_study_day(dm, dm, spec)
    return dm.sort_values("USUBJID", kind="stable")


def derive_rfendtc(dm, raw, study):
    """The reference end of the subject: the date of completion or discontinuation on the disposition form. Empty for
    subjects never treated.
    """
    disposition = map_form(raw, study["DS"])
    ended = disposition[disposition["DSCAT"] == "DISPOSITION EVENT"].sort_values(["DSSTDTC", "_record"], kind="stable")
    end = ended.drop_duplicates("_subject", keep="last").set_index("_subject")["DSSTDTC"]
    treated = dm["RFXSTDTC"] != ""
    return dm.assign(RFENDTC=dm["_subject"].map(end).astype("str").fillna("").where(treated, ""))


def derive_armcd_from_dose(dm, raw, study):
    """The arm, as the doses prove it: Placebo by placebo; Xanomeline High Dose by any dose of 81 mg; Xanomeline Low
    Dose by 54 mg at week 2, when the high dose would have been 81 mg.

    No randomisation record was delivered. A subject with 54 mg at baseline only could be of either xanomeline arm: the
    arm stays empty and is a finding.
    """
    proven = _proven_arms(map_form(raw, study["EX"]), dm)
    number = proven.sum(axis=1)
    arm = pd.Series("", index=dm.index, dtype="str")
    for code in proven:
        arm = arm.mask(proven[code] & (number == 1), code)
    unclear = dm[(arm == "") & ((dm["RFXSTDTC"] != "") | (number > 1))]
    report_records(unclear, "cdiscpilot01.arm_not_proven", "error", "DM", "ARMCD",
                   "no randomisation record was delivered, and the doses fit more than one arm or none; ARMCD is empty",
                   "data management: deliver the randomisation list")
    return dm.assign(ARMCD=arm)


def _proven_arms(doses, dm):
    """For each subject and arm: do the doses prove it?"""
    active, week_2 = doses["EXTRT"] == "XANOMELINE", doses["VISIT"] == "WEEK 2"
    proofs = {"Pbo": doses["EXTRT"] == "PLACEBO",
              "Xan_Lo": active & (doses["EXDOSE"] == 54) & week_2,
              "Xan_Hi": active & (doses["EXDOSE"] == 81)}
    return pd.DataFrame({code: dm["_subject"].isin(doses.loc[proof, "_subject"]) for code, proof in proofs.items()})

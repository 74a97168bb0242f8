"""DM of CDISCPILOT01: no randomisation list was delivered, so the arm is what the doses prove."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
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
)
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import map_form
from sdtm.timing import derive_study_day


@dataset
def dm(raw, spec, study):
    dm = map_form(raw, spec)
    dm = derive_studyid(dm, study)
    dm = derive_usubjid(dm, study)
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
    """The reference end of the subject: the date of completion or discontinuation on the disposition form. Empty for subjects never treated."""
    disposition = map_form(raw, study["DS"])
    ended = disposition[disposition["DSCAT"] == "DISPOSITION EVENT"].sort_values(["DSSTDTC", "_record"], kind="stable")
    end = ended.drop_duplicates("_subject", keep="last").set_index("_subject")["DSSTDTC"]
    return dm.assign(RFENDTC=dm["_subject"].map(end).fillna("").where(dm["RFXSTDTC"] != "", "").astype("str"))


def derive_armcd_from_dose(dm, raw, study):
    """The arm, as the doses prove it: Placebo by placebo; Xanomeline High Dose by any dose of 81 mg; Xanomeline Low Dose by 54 mg from week 2 on, when the high dose would have been 81 mg.

    No randomisation record was delivered. A subject with 54 mg at baseline only could be of either xanomeline arm: the arm stays
    empty and is a finding.
    """
    doses = map_form(raw, study["EX"])
    facts = pd.DataFrame({
        "placebo": doses["EXTRT"] == "PLACEBO",
        "high": (doses["EXTRT"] == "XANOMELINE") & (doses["EXDOSE"] == 81),
        "low": (doses["EXTRT"] == "XANOMELINE") & (doses["EXDOSE"] == 54) & (doses["VISIT"] == "WEEK 2"),
    }).groupby(doses["_subject"]).any()
    proven = facts.reindex(dm["_subject"], fill_value=False).set_axis(dm.index)
    arm = pd.Series("", index=dm.index, dtype="str")
    for code, column in (("Pbo", "placebo"), ("Xan_Lo", "low"), ("Xan_Hi", "high")):
        arm = arm.mask(proven[column], code)
    unclear = dm[(arm == "") & (dm["RFXSTDTC"] != "") | (proven.sum(axis=1) > 1)]
    report_findings(Finding("mapping", "cdiscpilot01.arm_not_proven", "error", "DM", key=f"USUBJID={subject}", variable="ARMCD", record=record,
                            message="no randomisation record was delivered, and the doses fit more than one arm or none; ARMCD is empty",
                            fix="data management: deliver the randomisation list")
                    for subject, record in zip(unclear["USUBJID"], unclear["_record"], strict=True))
    return dm.assign(ARMCD=arm.where(proven.sum(axis=1) <= 1, ""))

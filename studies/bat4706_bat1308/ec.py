"""EC of BAT4706-1308: the prescribed dose (mg/kg or mg) and the volume that was given (mL)."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form, map_values
from sdtm.timing import check_start_end, derive_epoch, derive_study_day, derive_visitnum

PRESCRIBED = ("ECTRT", "ECLNKID", "ECDOSFRM", "ECROUTE", "VISIT")       # what a prescription states, too


@dataset
def ec(raw, dm, se, spec, study):
    ec = map_form(raw, spec)
    ec = derive_eclnkid(ec)
    ec = derive_ecmood(ec, raw, spec)
    ec = derive_studyid(ec, study)
    ec = derive_usubjid(ec, study)
    ec = derive_visitnum(ec, study, spec, "ECSTDTC")
    ec = derive_study_day(ec, dm, spec)
    ec = derive_epoch(ec, se, spec, "ECSTDTC")
    ec = share_epoch(ec)
    check_start_end(ec, spec)
    return derive_seq(ec, spec)


def derive_eclnkid(ec: pd.DataFrame) -> pd.DataFrame:
    """Visit and treatment: they link the administration as collected with its intervals of exposure (EX.EXLNKID)."""
    return ec.assign(ECLNKID=ec["VISIT"] + "-" + ec["ECTRT"])


def derive_ecmood(ec: pd.DataFrame, raw, spec) -> pd.DataFrame:
    """PERFORMED for the administration as collected, with the volume that was given (mL); SCHEDULED for the dose that
    was prescribed for it (mg/kg of BAT4706, mg of BAT1308): a record of each.

    In: _ECDLEV and _ECDLEVU (the prescribed dose and the code of its unit), _ECVOLA (mL). Out: ECMOOD, ECDOSE, ECDOSU.
    A record SCHEDULED has nothing of what happened: no dates, occurrence, adjustment or supplemental qualifiers.
    Source: SDTMIG 3.4, 6.1.3, assumptions on ECMOOD.
    """
    unit = map_values(raw, "EC", spec, spec.variables["ECDOSU"], "ECDLEVU", ec["_ECDLEVU"])
    happened = [name for name in spec.variables if name in ec and name not in (*PRESCRIBED, "STUDYID", "DOMAIN")]
    empty = {name: float("nan") if ec[name].dtype.kind == "f" else "" for name in happened}
    scheduled = ec.assign(**empty).assign(ECMOOD="SCHEDULED", ECDOSE=_number(ec["_ECDLEV"]), ECDOSU=unit)
    volume = _number(ec["_ECVOLA"])
    performed = ec.assign(ECMOOD="PERFORMED", ECDOSE=volume, ECDOSU=pd.Series("mL", ec.index).where(volume.notna(), ""))
    return pd.concat([scheduled, performed], ignore_index=True)


def share_epoch(ec: pd.DataFrame) -> pd.DataFrame:
    """A prescription, which has no date, is of the epoch in which its dose was given. In, out: EPOCH."""
    given = ec[(ec["ECMOOD"] == "PERFORMED") & (ec["EPOCH"] != "")].drop_duplicates(["USUBJID", "ECLNKID"])
    known = given[["USUBJID", "ECLNKID", "EPOCH"]].rename(columns={"EPOCH": "given"})
    epoch = ec[["USUBJID", "ECLNKID"]].merge(known, how="left", validate="many_to_one")["given"].set_axis(ec.index)
    return ec.assign(EPOCH=ec["EPOCH"].where(ec["ECMOOD"] != "SCHEDULED", epoch.fillna("")).astype("str"))


def _number(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text.where(text != "", None), errors="coerce").astype("float64")

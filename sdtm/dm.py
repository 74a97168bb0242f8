"""DM - Demographics (SDTMIG 3.4, 5.2). One record per subject."""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from cdisckit.graph import dataset
from raw.block import RawBlock
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates, map_form, map_terms
from sdtm.timing import compute_date_bounds, derive_study_day
from specs.load import StudySpecs
from specs.model import DatasetSpec

__all__ = [
    "derive_actarmcd", "derive_arm", "derive_armnrs", "derive_dthdtc", "derive_dthfl", "derive_race", "derive_rfendtc",
    "derive_rfpendtc", "derive_rfstdtc", "derive_rfxendtc", "derive_rfxstdtc", "dm",
]


@dataset
def dm(raw, spec, study):
    dm = map_form(raw, spec)
    dm = derive_studyid(dm, study)
    dm = derive_usubjid(dm, study)
    dm = derive_race(dm, spec)
    dm = derive_rfxstdtc(dm, raw, spec)
    dm = derive_rfxendtc(dm, raw, spec)
    dm = derive_rfstdtc(dm)
    dm = derive_rfendtc(dm)
    dm = derive_rfpendtc(dm, raw, spec)
    dm = derive_dthdtc(dm, raw, spec)
    dm = derive_dthfl(dm, raw, study)
    dm = derive_arm(dm, study)
    dm = derive_actarmcd(dm, study)
    dm = derive_armnrs(dm, raw, study)
    dm = derive_study_day(dm, dm, spec)
    return dm.sort_values("USUBJID", kind="stable")


def derive_rfxstdtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The first date and time at which a study treatment was given, of all records of exposure."""
    return _earliest(dm, raw, spec, "RFXSTDTC")


def derive_rfxendtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The last date and time at which a study treatment was given: the latest end of exposure, or start where no end is known."""
    return _latest(dm, raw, spec, "RFXENDTC")


def derive_rfstdtc(dm: pd.DataFrame) -> pd.DataFrame:
    """The reference start of the subject: the first exposure to study treatment. Empty for subjects never treated."""
    return dm.assign(RFSTDTC=dm["RFXSTDTC"])


def derive_rfendtc(dm: pd.DataFrame) -> pd.DataFrame:
    """The reference end of the subject: the last exposure to study treatment. Empty for subjects never treated."""
    return dm.assign(RFENDTC=dm["RFXENDTC"])


def derive_rfpendtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The end of participation: the latest date of a contact with the subject, of all forms that prove one."""
    return _latest(dm, raw, spec, "RFPENDTC")


def derive_dthdtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The date of death as collected; where forms differ, the first of the stated forms decides and the difference is a finding."""
    sources = spec.variables["DTHDTC"].source
    dates = collected_dates(raw, sources)
    rank = dates["source"].map({source: position for position, source in enumerate(sources)})
    dates = dates.assign(rank=rank).sort_values(["USUBJID", "rank", "dtc", "_record"], kind="stable")
    chosen = dates.drop_duplicates("USUBJID").set_index("USUBJID")["dtc"]
    differ = dates[dates["dtc"] != dates["USUBJID"].map(chosen)]
    report_findings(Finding("mapping", "mapping.death_dates_differ", "error", "DM", key=f"USUBJID={subject}", variable="DTHDTC", value=value,
                            message=f"{source} has another date of death than {chosen[subject]}, which is submitted", record=record,
                            fix="data management: query the site")
                    for subject, value, source, record in zip(differ["USUBJID"], differ["dtc"], differ["source"], differ["_record"], strict=True))
    return dm.assign(DTHDTC=_per_subject(dm, chosen))


def derive_dthfl(dm: pd.DataFrame, raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """Y for subjects who died: a date of death is known, or a disposition record says DEATH."""
    disposition = map_form(raw, study["DS"])
    died = set(disposition.loc[disposition["DSDECOD"] == "DEATH", "_subject"])
    dead = (dm["DTHDTC"] != "") | dm["_subject"].isin(died)
    return dm.assign(DTHFL=pd.Series("", index=dm.index, dtype="str").mask(dead, "Y"))


def derive_race(dm: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The race as collected, in controlled terms. Where several were ticked: the race if only one of them is a race, else MULTIPLE, and each as collected in SUPPDM (RACE1, RACE2).

    In: _RACE (codes, several of them separated by a comma), the map of RACE in the specification; a code that maps to
    nothing is no race (an ethnicity). Out: RACE, and RACE1, RACE2 ... as far as the specification has them.
    Source: SDTMIG 3.4, 5.2, assumptions on RACE.
    """
    rule = spec.variables["RACE"]
    ticked = dm["_RACE"].str.split(",").explode().str.strip().astype("str")
    term = map_terms(ticked, rule.map, set(rule.map.values()), "DM", "RACE", "RACE", dm["_record"].reindex(ticked.index))
    races = term[term != ""].groupby(level=0).agg(["nunique", "first"])
    race = races["first"].where(races["nunique"] == 1, "MULTIPLE").reindex(dm.index).fillna("").astype("str")
    several = ticked.index.to_series().duplicated(keep=False).to_numpy()
    names = {name: variable.map for name, variable in spec.variables.items() if variable.derive == "derive_race" and name != "RACE"}
    number = ticked.groupby(level=0).cumcount() + 1
    columns = {name: ticked[several & (number == int(name[4:])).to_numpy()].map(dict(words)).reindex(dm.index).fillna("").astype("str")
               for name, words in names.items()}
    return dm.assign(RACE=race, **columns)


def derive_arm(dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The description of the planned arm, by its code. Empty for subjects who were not assigned to an arm."""
    return dm.assign(ARM=dm["ARMCD"].map(dict(study.facts.arms)).fillna("").astype("str"))


def derive_actarmcd(dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The arm whose treatment the subject received: the planned arm for every subject who was treated."""
    treated = dm["RFXSTDTC"] != ""
    return dm.assign(ACTARMCD=dm["ARMCD"].where(treated, ""), ACTARM=dm["ARM"].where(treated, ""))


def derive_armnrs(dm: pd.DataFrame, raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """Why an arm is empty: SCREEN FAILURE by the disposition form; NOT ASSIGNED for other subjects without an arm who were never treated; ASSIGNED, NOT TREATED where only the actual arm is empty."""
    disposition = map_form(raw, study["DS"])
    failed = dm["_subject"].isin(disposition.loc[disposition["DSDECOD"] == "SCREEN FAILURE", "_subject"])
    reason = pd.Series("", index=dm.index, dtype="str")
    reason = reason.mask((dm["ARMCD"] != "") & (dm["ACTARMCD"] == ""), "ASSIGNED, NOT TREATED")
    reason = reason.mask((dm["ARMCD"] == "") & (dm["RFXSTDTC"] == ""), "NOT ASSIGNED")
    return dm.assign(ARMNRS=reason.mask((dm["ARMCD"] == "") & failed, "SCREEN FAILURE"))


def _earliest(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec, variable: str) -> pd.DataFrame:
    return dm.assign(**{variable: _per_subject(dm, _in_time(raw, spec, variable).drop_duplicates("USUBJID").set_index("USUBJID")["dtc"])})


def _latest(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec, variable: str) -> pd.DataFrame:
    last = _in_time(raw, spec, variable).drop_duplicates("USUBJID", keep="last")
    return dm.assign(**{variable: _per_subject(dm, last.set_index("USUBJID")["dtc"])})


def _in_time(raw: RawBlock, spec: DatasetSpec, variable: str) -> pd.DataFrame:
    """The dates of the variable's sources in the order of the first moment that each can mean."""
    dates = collected_dates(raw, spec.variables[variable].source)
    return dates.assign(moment=compute_date_bounds(dates["dtc"])["first"]).sort_values(["USUBJID", "moment", "dtc"], kind="stable")


def _per_subject(dm: pd.DataFrame, values: pd.Series) -> pd.Series:
    return dm["USUBJID"].map(values).fillna("").astype("str")

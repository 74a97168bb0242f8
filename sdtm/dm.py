"""DM - Demographics (SDTMIG 3.4, 5.2). One record per subject."""

from typing import Literal

import pandas as pd

from cdisckit.errors import SpecError
from cdisckit.graph import dataset
from raw.account import drop_records
from raw.block import RawBlock
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates, map_form, map_forms, map_terms, report_records
from sdtm.timing import compute_date_bounds, derive_study_day
from specs.load import StudySpecs
from specs.model import DatasetSpec, VariableSpec

__all__ = [
    "check_arm", "derive_actarmcd", "derive_arm", "derive_armnrs", "derive_dthdtc", "derive_dthfl", "derive_race",
    "derive_rfendtc", "derive_rficdtc", "derive_rfpendtc", "derive_rfstdtc", "derive_rfxendtc", "derive_rfxstdtc", "dm",
    "drop_repeated_subjects",
]


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
    dm = derive_rfendtc(dm)
    dm = derive_rfpendtc(dm, raw, spec)
    dm = derive_dthdtc(dm, raw, spec)
    dm = derive_dthfl(dm, raw, study)
    dm = derive_arm(dm, study)
    dm = derive_actarmcd(dm, study)
    dm = derive_armnrs(dm, raw, study)
    dm = derive_study_day(dm, dm, spec)
    check_arm(dm)
    return dm.sort_values("USUBJID", kind="stable")


def drop_repeated_subjects(dm: pd.DataFrame) -> pd.DataFrame:
    """One record for each subject: of several the first by its record id; the others are dropped, with a finding."""
    dm = dm.sort_values(["USUBJID", "_record"], kind="stable")
    again = dm.duplicated("USUBJID")
    report_records(dm[again], "mapping.subject_twice", "error", "DM", "USUBJID",
                   "the subject has another record of demographics; that one is submitted, and this one is not",
                   "data management: delete the wrong one, or correct its subject number")
    return drop_records(dm, again, "another record of demographics of the subject is submitted")


def derive_rfxstdtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The first date and time at which a study treatment was given, of all records of exposure."""
    return dm.assign(RFXSTDTC=_extreme_date(dm, raw, spec, "RFXSTDTC", "first"))


def derive_rfxendtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The last date and time at which a study treatment was given: the latest end of exposure, or start where no end
    is known.
    """
    return dm.assign(RFXENDTC=_extreme_date(dm, raw, spec, "RFXENDTC", "last"))


def derive_rfstdtc(dm: pd.DataFrame) -> pd.DataFrame:
    """The reference start of the subject: the first exposure to study treatment. Empty for subjects never treated.

    A first exposure without a complete date is a finding: the subject has no study days, and no baseline.
    """
    incomplete = dm[(dm["RFXSTDTC"] != "") & ~dm["RFXSTDTC"].str.match(r"\d{4}-\d{2}-\d{2}")]
    report_records(incomplete, "mapping.reference_incomplete", "error", "DM", "RFSTDTC",
                   "the first exposure has no complete date: the subject has no study days and no baseline",
                   "data management: query the site for the date of the first dose", value="RFXSTDTC")
    return dm.assign(RFSTDTC=dm["RFXSTDTC"])


def derive_rfendtc(dm: pd.DataFrame) -> pd.DataFrame:
    """The reference end of the subject: the last exposure to study treatment. Empty for subjects never treated."""
    return dm.assign(RFENDTC=dm["RFXENDTC"])


def derive_rfpendtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The end of participation: the latest date of a contact with the subject, of all forms that prove one."""
    return dm.assign(RFPENDTC=_extreme_date(dm, raw, spec, "RFPENDTC", "last"))


def derive_rficdtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The first date and time at which the subject gave informed consent, of all consents that were signed."""
    return dm.assign(RFICDTC=_extreme_date(dm, raw, spec, "RFICDTC", "first"))


def derive_dthdtc(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The date of death as collected; where forms differ, the first of the stated forms decides and the difference is
    a finding.
    """
    sources = _rule(spec, "DTHDTC").source
    dates = collected_dates(raw, sources)
    rank = dates["source"].map({source: position for position, source in enumerate(sources)})
    dates = dates.assign(rank=rank).sort_values(["USUBJID", "rank", "dtc", "_record"], kind="stable")
    chosen = dates.drop_duplicates("USUBJID").set_index("USUBJID")["dtc"]
    differ = dates[dates["dtc"] != dates["USUBJID"].map(chosen)]
    submitted = differ["USUBJID"].map(chosen).astype("str")
    report_records(differ, "mapping.death_dates_differ", "error", "DM", "DTHDTC",
                   differ["source"] + " has another date of death than " + submitted + ", which is submitted",
                   "data management: query the site", value="dtc")
    return dm.assign(DTHDTC=_per_subject(dm, chosen))


def derive_dthfl(dm: pd.DataFrame, raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """Y for subjects who died: a date of death is known, or a disposition record says DEATH."""
    dead = (dm["DTHDTC"] != "") | dm["_subject"].isin(_disposed(raw, study, "DEATH"))
    return dm.assign(DTHFL=pd.Series("", index=dm.index, dtype="str").mask(dead, "Y"))


def derive_race(dm: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """The race as collected, in controlled terms. Where several were ticked: the race if only one of them is a race,
    else MULTIPLE, and each as collected in SUPPDM (RACE1, RACE2).

    In: _RACE (codes, several of them separated by a comma), the map of RACE in the specification; a code that maps to
    nothing is no race (an ethnicity). Out: RACE, and RACE1, RACE2 ... as far as the specification has them: one more is
    a finding. A RACE that the specification does not derive stays as it is.
    Source: SDTMIG 3.4, 5.2, assumptions on RACE.
    """
    if "RACE" not in spec.variables or spec.variables["RACE"].derive != "derive_race":
        return dm
    if "_RACE" not in dm:
        raise SpecError("derive_race reads the raw field RACE, which DM does not take along",
                        fix="write `uses: [RACE]` in the specification of DM")
    terms = spec.variables["RACE"].map
    ticked = dm["_RACE"].str.split(",").explode().str.strip().astype("str")
    ticked = ticked[ticked != ""]
    records = dm["_record"].reindex(ticked.index)
    term = map_terms(ticked, terms, set(terms.values()), "DM", "RACE", "RACE", records)
    races = term[term != ""].groupby(level=0).agg(["nunique", "first"])
    race = races["first"].where(races["nunique"] == 1, "MULTIPLE").reindex(dm.index).astype("str").fillna("")
    return _keep_ticked(dm.assign(RACE=race), ticked, spec)


def _keep_ticked(dm: pd.DataFrame, ticked: pd.Series, spec: DatasetSpec) -> pd.DataFrame:
    """RACE1, RACE2 ... of the subjects for whom several races were ticked."""
    several = ticked[ticked.index.duplicated(keep=False)]
    place = several.groupby(level=0).cumcount() + 1
    kept = {int(name[4:]): variable.map for name, variable in spec.variables.items()
            if variable.derive == "derive_race" and name[4:].isdigit()}
    columns = {f"RACE{number}": several[place == number].map(dict(words)).reindex(dm.index).astype("str").fillna("")
               for number, words in kept.items()}
    beyond = pd.DataFrame({"RACE": several, "_record": dm["_record"].reindex(several.index)})[~place.isin(list(kept))]
    report_records(beyond, "mapping.race_left_out", "error", "DM", "RACE",
                   "more races were ticked than the specification has variables for; this one is in no dataset",
                   f"programmer: add RACE{max(kept, default=0) + 1} to the specification of DM, in the manner of RACE1")
    return dm.assign(**columns)


def derive_arm(dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The description of the planned arm, by its code. Empty for subjects who were not assigned to an arm."""
    return dm.assign(ARM=dm["ARMCD"].map(dict(study.facts.arms)).astype("str").fillna(""))


def derive_actarmcd(dm: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """The arm whose treatment the subject received: the planned arm for every subject who was treated."""
    treated = dm["RFXSTDTC"] != ""
    return dm.assign(ACTARMCD=dm["ARMCD"].where(treated, ""), ACTARM=dm["ARM"].where(treated, ""))


def derive_armnrs(dm: pd.DataFrame, raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """Why an arm is empty: SCREEN FAILURE by the disposition form; NOT ASSIGNED for other subjects without an arm who
    were never treated; ASSIGNED, NOT TREATED where only the actual arm is empty.
    """
    failed = dm["_subject"].isin(_disposed(raw, study, "SCREEN FAILURE"))
    reason = pd.Series("", index=dm.index, dtype="str")
    reason = reason.mask((dm["ARMCD"] != "") & (dm["ACTARMCD"] == ""), "ASSIGNED, NOT TREATED")
    reason = reason.mask((dm["ARMCD"] == "") & (dm["RFXSTDTC"] == ""), "NOT ASSIGNED")
    return dm.assign(ARMNRS=reason.mask((dm["ARMCD"] == "") & failed, "SCREEN FAILURE"))


def check_arm(dm: pd.DataFrame) -> None:
    """Report subjects who were treated and have no planned arm."""
    unclear = dm[(dm["ARMCD"] == "") & (dm["RFXSTDTC"] != "")]
    report_records(unclear, "mapping.treated_without_arm", "error", "DM", "ARMCD",
                   "the subject was treated and has no arm",
                   "data management: query the site for the arm; was a screen failure treated?")


def _disposed(raw: RawBlock, study: StudySpecs, term: str) -> set[str]:
    """The subjects with a disposition record of this term."""
    disposition = map_forms(raw, study["DS"])
    return set(disposition.loc[disposition["DSDECOD"] == term, "_subject"])


def _rule(spec: DatasetSpec, variable: str) -> VariableSpec:
    """What the specification says of a variable that DM derives from dates of other forms."""
    if variable not in spec.variables or not spec.variables[variable].source:
        raise SpecError(f"DM derives {variable}, and its specification names no raw dates for it",
                        fix=f"name them: `{variable}: {{derive: ..., source: [EX.EXSTDAT/EXSTTIM]}}`")
    return spec.variables[variable]


def _extreme_date(dm: pd.DataFrame, raw: RawBlock, spec: DatasetSpec, variable: str,
                  which: Literal["first", "last"]) -> pd.Series:
    """The first or the last of the dates of the variable's sources, by the first moment that each can mean.

    A date without a year says nothing of the order: it counts only where there is no other.
    """
    dates = collected_dates(raw, _rule(spec, variable).source).drop_duplicates(["USUBJID", "dtc"])
    dates = dates.assign(moment=compute_date_bounds(dates["dtc"])["first"]).sort_values("dtc")
    dates = dates.sort_values("moment", kind="stable", na_position="last" if which == "first" else "first")
    return _per_subject(dm, dates.drop_duplicates("USUBJID", keep=which).set_index("USUBJID")["dtc"])


def _per_subject(dm: pd.DataFrame, values: pd.Series) -> pd.Series:
    return dm["USUBJID"].map(values).astype("str").fillna("")

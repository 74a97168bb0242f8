"""SV - Subject Visits (SDTMIG 3.4, 5.5). One record per visit that took place per subject."""

import pandas as pd

from cdisckit.graph import dataset
from raw.block import RawBlock
from raw.records import collapse_records
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates
from sdtm.timing import compute_date_bounds, derive_study_day, derive_visitnum
from specs.load import StudySpecs

__all__ = ["derive_svstdtc", "sv"]


@dataset
def sv(raw, dm, spec, study):
    sv = derive_svstdtc(raw, study)
    sv = derive_studyid(sv, study)
    sv = derive_visitnum(sv, study, spec, "SVSTDTC")
    sv = derive_svpresp(sv, study)
    sv = derive_study_day(sv, dm, spec)
    return sv.sort_values(["USUBJID", "VISITNUM", "VISIT", "_record"], kind="stable")


def derive_svstdtc(raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """The first and the last date on which something was recorded at the visit, of all forms that state a visit and its date.

    In: `visit_dates` of study.yaml (FORM: date field). Out: USUBJID VISIT SVSTDTC SVENDTC, one record per subject and visit
    (per date for unscheduled visits), with the ids of all the raw records. Source: SDTMIG 3.4, 5.5.
    """
    forms = study.facts.visit_dates
    parts = [_visits(raw, study, form, field) for form, field in forms.items()]
    visits = pd.concat(parts, ignore_index=True)
    visits = visits[visits["VISIT"] != ""]
    planned = visits["VISIT"].isin(list(study.facts.visits))
    visits = visits.assign(occasion=visits["dtc"].where(~planned, ""), moment=compute_date_bounds(visits["dtc"])["first"])
    visits = visits.sort_values(["USUBJID", "VISIT", "moment", "dtc"], kind="stable")
    found = visits.groupby(["USUBJID", "VISIT", "occasion"], sort=True).agg(
        SVSTDTC=("dtc", "first"), SVENDTC=("dtc", "last"), _record=("_record", collapse_records)).reset_index()
    return found.assign(DOMAIN=pd.Series("SV", index=found.index, dtype="str")).astype("str").drop(columns="occasion")


def _visits(raw: RawBlock, study: StudySpecs, form: str, field: str) -> pd.DataFrame:
    facts = study.facts
    visits = pd.DataFrame({"_record": raw.form(form)["_record"], "VISIT": raw.field(form, "VISIT"),
                           "_SITEID": raw.field(form, facts.SITEID), "_SUBJID": raw.field(form, facts.SUBJID)})
    dates = collected_dates(raw, (f"{form}.{field}",))
    dated = visits.merge(dates[["_record", "dtc"]], on="_record", how="left", validate="one_to_one").fillna({"dtc": ""})
    return derive_usubjid(dated, study)


def derive_svpresp(sv: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Y for the visits of the protocol; empty for unscheduled visits. Every record of SV is a visit that occurred (SVOCCUR is Y for planned visits)."""
    planned = sv["VISIT"].isin(list(study.facts.visits))
    yes = pd.Series("", index=sv.index, dtype="str").mask(planned, "Y")
    return sv.assign(SVPRESP=yes, SVOCCUR=yes, SVUPDES=pd.Series("", index=sv.index, dtype="str").mask(~planned, "UNSCHEDULED VISIT"))

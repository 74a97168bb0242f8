"""SV - Subject Visits (SDTMIG 3.4, 5.5). One record per visit that took place per subject."""

import pandas as pd

from cdisckit.errors import SpecError
from cdisckit.graph import dataset
from raw.block import RawBlock
from raw.records import collapse_records
from sdtm.identifiers import derive_studyid, derive_usubjid
from sdtm.mapping import collected_dates
from sdtm.timing import compute_date_bounds, derive_study_day, derive_visitnum
from specs.load import StudySpecs

__all__ = ["derive_svpresp", "derive_svstdtc", "sv"]

OCCASION = ["USUBJID", "VISIT", "occasion"]


@dataset
def sv(raw, dm, spec, study):
    sv = derive_svstdtc(raw, study)
    sv = derive_studyid(sv, study)
    sv = derive_visitnum(sv, study, spec, "SVSTDTC")
    sv = derive_svpresp(sv, study)
    sv = derive_study_day(sv, dm, spec)
    return sv.sort_values(["USUBJID", "VISITNUM", "VISIT", "_record"], kind="stable")


def derive_svstdtc(raw: RawBlock, study: StudySpecs) -> pd.DataFrame:
    """The first and the last date on which something was recorded at the visit, of all forms that state a visit and
    its date.

    In: `visit_dates` of study.yaml (FORM: date field). Out: USUBJID VISIT SVSTDTC SVENDTC, one record per subject and
    visit (per date for unscheduled visits), with the ids of all the raw records. A date without a year says nothing of
    the order: it counts only where the visit has no other. Source: SDTMIG 3.4, 5.5.
    """
    if not study.facts.visit_dates:
        raise SpecError("SV is made of the forms that state a visit and its date, and study.yaml names none",
                        where=str(study.folder / "study.yaml"), fix="name them: `visit_dates: {VS: VISDAT}`")
    parts = [_visits(raw, study, form, field) for form, field in study.facts.visit_dates.items()]
    visits = pd.concat(parts, ignore_index=True)
    visits = visits[visits["VISIT"] != ""]
    planned = visits["VISIT"].isin(list(study.facts.visits))
    visits = visits.assign(occasion=visits["dtc"].where(~planned, ""))
    records = visits.groupby(OCCASION, sort=True)["_record"].agg(collapse_records).reset_index()
    found = records.merge(_visit_dates(visits), how="left", on=OCCASION, validate="one_to_one").drop(columns="occasion")
    return found.assign(DOMAIN="SV").astype("str").fillna("")


def _visits(raw: RawBlock, study: StudySpecs, form: str, field: str) -> pd.DataFrame:
    facts = study.facts
    visits = pd.DataFrame({"_record": raw.form(form)["_record"], "VISIT": raw.field(form, facts.VISIT),
                           "_SITEID": raw.field(form, facts.SITEID), "_SUBJID": raw.field(form, facts.SUBJID)})
    dates = collected_dates(raw, (f"{form}.{field}",))[["_record", "dtc"]]
    dated = visits.merge(dates, on="_record", how="left", validate="one_to_one").fillna({"dtc": ""})
    return derive_usubjid(dated, study)


def _visit_dates(visits: pd.DataFrame) -> pd.DataFrame:
    """The first and the last date of each occasion that has one, by the first moment that each can mean."""
    dated = visits[visits["dtc"] != ""].drop_duplicates([*OCCASION, "dtc"]).sort_values("dtc")
    dated = dated.assign(moment=compute_date_bounds(dated["dtc"])["first"])
    ends = {"SVSTDTC": ("first", "last"), "SVENDTC": ("last", "first")}
    return pd.concat({name: dated.sort_values("moment", kind="stable", na_position=unknown)
                      .drop_duplicates(OCCASION, keep=which).set_index(OCCASION)["dtc"]
                      for name, (which, unknown) in ends.items()}, axis=1).reset_index()


def derive_svpresp(sv: pd.DataFrame, study: StudySpecs) -> pd.DataFrame:
    """Y for the visits of the protocol; empty for unscheduled visits. Every record of SV is a visit that occurred
    (SVOCCUR is Y for planned visits).
    """
    planned = sv["VISIT"].isin(list(study.facts.visits))
    empty = pd.Series("", index=sv.index, dtype="str")
    yes = empty.mask(planned, "Y")
    return sv.assign(SVPRESP=yes, SVOCCUR=yes, SVUPDES=empty.mask(~planned, "UNSCHEDULED VISIT"))

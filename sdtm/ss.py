"""SS - Subject Status (SDTMIG 3.4, 6.3.11). One record per status per visit per subject."""

import pandas as pd

from cdisckit.graph import dataset
from raw.block import RawBlock
from sdtm.findings import map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_date, map_terms
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum
from specs.model import DatasetSpec

__all__ = ["derive_status", "ss"]

DATE = "LSCFADTC"


@dataset
def ss(raw, dm, se, sv, spec, study):
    ss = map_tests(raw, spec)
    ss = derive_studyid(ss, study)
    ss = derive_usubjid(ss, study)
    ss = derive_status(ss, raw, spec)
    ss = derive_visitnum(ss, study, spec, "SSDTC", sv)
    ss = derive_study_day(ss, dm, spec)
    ss = derive_epoch(ss, se, spec, "SSDTC")
    return derive_seq(ss, spec)


def derive_status(ss: pd.DataFrame, raw: RawBlock, spec: DatasetSpec) -> pd.DataFrame:
    """The status as a term; the latest date on which the subject was known to be alive as an ISO 8601 date.

    In: SSORRES (codes and dates as collected). Out: SSORRES (the term; the date as collected), SSSTRESC. A code without
    a term and a date that does not exist are findings.
    """
    terms, form, field = spec.variables["SSORRES"].map, spec.form[0], spec.tests[DATE].from_
    is_date = ss["SSTESTCD"] == DATE
    words = map_terms(ss["SSORRES"].mask(is_date, ""), terms, set(terms.values()), spec.name, "SSORRES", "the status",
                      ss["_record"])
    dates = map_date(raw, form, spec.name, "SSSTRESC", field).set_axis(raw.form(form)["_record"])
    iso = ss["_record"].map(dates).astype("str").fillna("")
    return ss.assign(SSORRES=ss["SSORRES"].where(is_date, words), SSSTRESC=iso.where(is_date, words))

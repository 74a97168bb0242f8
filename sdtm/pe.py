"""PE - Physical Examination (SDTMIG 3.4, 6.3.8). One record per body system per visit per subject."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import map_form, report_records
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum

__all__ = ["derive_examination", "derive_not_examined", "pe"]

QUERY = "data management: query the site"


@dataset
def pe(raw, dm, se, sv, spec, study):
    pe = map_form(raw, spec)
    pe = derive_studyid(pe, study)
    pe = derive_usubjid(pe, study)
    pe = derive_not_examined(pe)
    pe = derive_examination(pe)
    pe = derive_visitnum(pe, study, spec, "PEDTC", sv)
    pe = derive_study_day(pe, dm, spec)
    pe = derive_epoch(pe, se, spec, "PEDTC")
    pe = derive_lobxfl(pe, dm, spec, study)
    return derive_seq(pe, spec)


def derive_not_examined(pe: pd.DataFrame) -> pd.DataFrame:
    """NOT DONE for a body system that was not examined, and for an examination that did not take place, which is one
    record of all body systems (PEALL).

    In: _PEPERF (N: not done), PESTAT (by body system). Out: PETESTCD, PETEST, PESTAT. An examination that is said to be
    not done and has a result is a finding.
    """
    undone = pe["_PEPERF"] == "N"
    report_records(pe[undone & (pe["PESTRESC"] != "")], "mapping.done_and_not_done", "error", "PE", "PESTAT",
                   "the examination is marked not done and has a result", QUERY, value="PESTRESC")
    whole = undone & (pe["PETESTCD"] == "")
    return pe.assign(PETESTCD=pe["PETESTCD"].mask(whole, "PEALL"), PETEST=pe["PETEST"].mask(whole, "All Body Systems"),
                     PESTAT=pe["PESTAT"].mask(undone, "NOT DONE"))


def derive_examination(pe: pd.DataFrame) -> pd.DataFrame:
    """NORMAL, or what was abnormal in the words of the investigator; ABNORMAL where nothing was described.

    In: PESTRESC (NORMAL, ABNORMAL), _PEDESC (text). Out: PEORRES. An abnormality without a description, and a
    description of something normal, are findings. Source: SDTMIG 3.4, 6.3.8, assumptions on PEORRES.
    """
    result, text = pe["PESTRESC"], pe["_PEDESC"]
    report_records(pe[(result == "ABNORMAL") & (text == "")], "mapping.abnormal_without_text", "warning", "PE",
                   "PEORRES", "the examination was abnormal and nothing is described", QUERY)
    report_records(pe[(result != "ABNORMAL") & (text != "")], "mapping.text_without_abnormal", "warning", "PE",
                   "PEORRES", "something is described and the examination is not abnormal; the text is submitted",
                   QUERY, value="_PEDESC")
    report_records(pe[(result == "") & (pe["PESTAT"] == "")], "mapping.result_missing", "error", "PE", "PEORRES",
                   "the body system has no result and is not marked as not done", QUERY)
    return pe.assign(PEORRES=text.where(text != "", result))

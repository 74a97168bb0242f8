"""EG - ECG Test Results (SDTMIG 3.4, 6.3.3). One record per ECG observation per replicate per time point per visit."""

import pandas as pd

from cdisckit.graph import dataset
from sdtm.findings import derive_lobxfl, derive_standard_result, map_tests
from sdtm.identifiers import derive_seq, derive_studyid, derive_usubjid
from sdtm.mapping import report_records
from sdtm.samples import check_demographics, derive_reference_time
from sdtm.timing import derive_epoch, derive_study_day, derive_visitnum

__all__ = ["check_qtcf", "derive_egreasnd", "eg"]

QTCF_DIFFERENCE = 5.0             # ms; QT, RR and QTcF are each rounded to 1 ms


@dataset
def eg(raw, dm, se, sv, ex, spec, study):
    eg = map_tests(raw, spec)
    eg = derive_studyid(eg, study)
    eg = derive_usubjid(eg, study)
    eg = derive_egreasnd(eg)
    eg = derive_standard_result(eg, spec, study.codelists["NORMABNM"].terms)
    eg = eg.assign(EGTPTREF=eg["EGTPTREF"].where(eg["EGTPT"] != "", ""))
    eg = derive_reference_time(eg, ex, spec)
    check_qtcf(eg)
    check_demographics(eg, dm, spec, "_SEX")
    eg = derive_visitnum(eg, study, spec, "EGDTC", sv)
    eg = derive_study_day(eg, dm, spec)
    eg = derive_epoch(eg, se, spec, "EGDTC")
    eg = derive_lobxfl(eg, dm, spec, study)
    return derive_seq(eg, spec)


def derive_egreasnd(eg: pd.DataFrame) -> pd.DataFrame:
    """UNREADABLE, with the comment of the reader, for a tracing that could not be read. Other comments are in SUPPEG.

    In: EGSTAT, EGCOMM. Out: EGREASND, EGCOMM.
    """
    unread = eg["EGSTAT"] != ""
    reason = ("UNREADABLE: " + eg["EGCOMM"]).str.removesuffix(": ")
    return eg.assign(EGREASND=reason.where(unread, "").astype("str"), EGCOMM=eg["EGCOMM"].where(~unread, ""))


def check_qtcf(eg: pd.DataFrame) -> None:
    """Report tracings whose QTcF is not QT / RR^(1/3) (Fridericia; QT and QTcF in ms, RR in s) within 5 ms."""
    rows = eg[eg["EGTESTCD"] == "QTCFAG"]
    qt, rr, qtcf = (pd.to_numeric(rows[name].where(rows[name] != "", None), errors="coerce").astype("float64")
                    for name in ("_QT", "_RR", "_QTCF"))
    ours = qt / (rr.where(rr > 0) / 1000) ** (1 / 3)
    differs = (qtcf - ours).abs() > QTCF_DIFFERENCE
    message = "QT " + rows["_QT"] + " ms and RR " + rows["_RR"] + " ms give a QTcF of " + ours.round(0).map(
        "{:.0f}".format).astype("str") + " ms, not " + rows["_QTCF"] + " ms"
    report_records(rows[differs], "mapping.qtcf_differs", "error", "EG", "EGORRES", message[differs],
                   "data management: query the ECG vendor")

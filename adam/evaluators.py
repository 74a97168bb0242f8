"""Whose assessments are analysed, where several evaluators or several readers of one judged the same images."""

import numpy as np
import pandas as pd

from sdtm.mapping import report_records

__all__ = ["check_readers", "select_evaluator"]


def select_evaluator(data: pd.DataFrame, domain: str, evaluator: str) -> pd.DataFrame:
    """The records of the evaluator whose responses are analysed: those of several evaluators are never mixed. Of a
    subject whom several readers of this evaluator judged, the records that were accepted; if none was, those of the
    first reader.

    In: --EVAL, where the study has them --EVALID (the reader) and --ACPTFL (Y: accepted). Source: SDTMIG 3.4, 6.3.12.
    """
    own = data[data[f"{domain}EVAL"] == evaluator]
    reader = f"{domain}EVALID"
    if reader not in own:
        return own
    named = own[own[reader] != ""].groupby("USUBJID")[reader]
    first, several = (of.reindex(own["USUBJID"]).set_axis(own.index) for of in (named.min(), named.nunique() > 1))
    accepted = _is_accepted(own, domain)
    judged = accepted.groupby(own["USUBJID"]).transform("any")
    return own[~several.eq(True) | accepted | (~judged & (own[reader] == first))]


def _is_accepted(data: pd.DataFrame, domain: str) -> pd.Series:
    return data.get(f"{domain}ACPTFL", pd.Series("", index=data.index, dtype="str")) == "Y"


def check_readers(data: pd.DataFrame, domain: str, evaluator: str) -> None:
    """Report subjects whom several readers of the analysed evaluator judged and of whom the records of none were
    accepted (those of the first reader are analysed), or of more than one.

    In: as select_evaluator.
    """
    own, reader = data[data[f"{domain}EVAL"] == evaluator], f"{domain}EVALID"
    if reader not in own:
        return
    named = own[own[reader] != ""]
    readers = named.groupby("USUBJID")[reader].nunique()
    accepted = named[_is_accepted(named, domain)].groupby("USUBJID")[reader].nunique().reindex(readers.index).fillna(0)
    wrong = accepted[(readers > 1) & (accepted != 1)]
    bad = named[named["USUBJID"].isin(wrong.index)].drop_duplicates("USUBJID")
    count = wrong.reindex(bad["USUBJID"]).set_axis(bad.index)
    said = pd.Series(np.where(count == 0, "several readers judged the subject and the records of none are accepted: "
                              "those of the first reader are analysed", "the records of several readers are accepted: "
                              "lesions of different readers are not the same lesions"), index=bad.index, dtype="str")
    report_records(bad, "mapping.reader_not_accepted", "error", domain, reader, said,
                   f"data management: the imaging vendor says whose records count ({domain}ACPTFL)")

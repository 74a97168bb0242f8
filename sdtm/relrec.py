"""RELREC - Related Records (SDTMIG 3.4, 8.2). One record per related record, or per related dataset.

Which datasets a study relates is the study's: its function `relrec` is made of these verbs.
"""

import pandas as pd

from sdtm.findings import number_text
from sdtm.identifiers import derive_studyid
from sdtm.mapping import report_records
from specs.load import StudySpecs

__all__ = ["collect_relations", "relate_datasets", "relate_events"]

COLUMNS = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELTYPE", "RELID", "_record")


def relate_events(ae: pd.DataFrame, data: pd.DataFrame, dataset: str, numbers: str) -> pd.DataFrame:
    """The records that the site related with adverse events by the line numbers of these (AESPID): one relationship for
    each record, named after it, of the record and its events, each by its sequence number.

    In: AE (AESPID, AESEQ) and a finished dataset with its line numbers ("3" or "3;5"). Out: RELREC rows. A number that
    several lines have (one was entered twice) relates all of them; one that no line has is a finding and relates
    nothing. Source: SDTMIG 3.4, 8.2.
    """
    sequence = f"{dataset}SEQ"
    named = data[data[numbers] != ""]
    pairs = named[["USUBJID", "_record"]].assign(
        number=named[numbers].str.findall(r"[^;,\s]+"), RELID=f"AE-{dataset}-" + number_text(named[sequence]),
        value=number_text(named[sequence]))
    pairs = pairs.explode("number", ignore_index=True).dropna(subset=["number"]).astype({"number": "str"})
    lines = ae[["USUBJID", "AESPID", "AESEQ", "_record"]].rename(columns={"AESPID": "number", "_record": "_event"})
    pairs = pairs.merge(lines, how="left", on=["USUBJID", "number"], validate="many_to_many")
    _report_unknown(pairs[pairs["AESEQ"].isna()], numbers)
    pairs = pairs.dropna(subset=["AESEQ"])
    records = pairs.assign(RDOMAIN=dataset, IDVAR=sequence, IDVARVAL=pairs["value"])
    events = pairs.assign(RDOMAIN="AE", IDVAR="AESEQ", IDVARVAL=number_text(pairs["AESEQ"]), _record=pairs["_event"])
    return pd.concat([records, events], ignore_index=True).drop_duplicates(["USUBJID", "RDOMAIN", "IDVARVAL", "RELID"])


def _report_unknown(pairs: pd.DataFrame, numbers: str) -> None:
    form = pairs["_record"].str.split(":").str[0]
    for name in sorted(form.unique()):
        report_records(pairs[form == name], "mapping.unknown_ae_number", "error", name, numbers,
                       "no adverse event of the subject has this line number; nothing is related",
                       "data management: query the site for the line of the adverse event", value="number")


def relate_datasets(identifier: str, one: str, other: str, how: tuple[str, str]) -> pd.DataFrame:
    """The relationship of two whole datasets by an identifier that their records share (LNKID, LNKGRP): one record a
    dataset, without subject, ONE or MANY as the identifier stands once or several times among a subject's records.
    """
    return pd.DataFrame({"RDOMAIN": [one, other], "USUBJID": "", "IDVAR": [one + identifier, other + identifier],
                         "IDVARVAL": "", "RELTYPE": list(how), "RELID": f"{one}-{other}-{identifier}", "_record": ""})


def collect_relations(parts: list[pd.DataFrame], study: StudySpecs) -> pd.DataFrame:
    """All relationships in the order of the dataset's keys."""
    relrec = pd.concat(parts, ignore_index=True).reindex(columns=list(COLUMNS))
    relrec = relrec.assign(**{name: relrec[name].astype("str").fillna("") for name in COLUMNS})
    relrec = relrec.sort_values(["USUBJID", "RELID", "RDOMAIN", "IDVARVAL"], kind="stable", ignore_index=True)
    return derive_studyid(relrec, study)

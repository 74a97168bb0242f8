"""Record ids: the name of a raw record that does not change when the export is sorted anew.

An id is made of the EDC's own keys, form:subject/key/key, never of a row's position: AE:701-1015/E06/09-JAN-2014.
Several ids in one cell (a visit made of many records) are joined by "; ".
"""

import pandas as pd

from cdisckit.findings import Finding, report_findings
from specs.model import FormSpec, StudyFacts

__all__ = ["JOIN", "add_record_ids", "collapse_records", "split_records", "subject_keys"]

JOIN = "; "
FORBIDDEN = str.maketrans({";": ",", "/": "|", "\n": " ", "\r": " "})


def subject_keys(raw: pd.DataFrame, facts: StudyFacts) -> pd.Series:
    """'701-1015' for every raw record: site and subject as collected, blanks trimmed."""
    parts = [raw[field].fillna("").str.strip() if field in raw.columns else pd.Series("", index=raw.index, dtype="str")
             for field in (facts.SITEID, facts.SUBJID)]
    return parts[0].str.cat(parts[1], sep="-").astype("str")


def add_record_ids(raw: pd.DataFrame, form: str, form_spec: FormSpec, facts: StudyFacts) -> pd.DataFrame:
    """Add `_record` (the id) and `_subject` to the records of a form.

    Records with the same keys are told apart by their content ("#2", "#3" in the order of their text), so that a shuffled
    export gives the same ids, and each is a finding: a duplicate, or keys that do not identify a record.
    """
    subject = subject_keys(raw, facts)
    keys = [raw[field].fillna("") for field in form_spec.keys if field in raw.columns]
    clean = [key.map(lambda text: " ".join(text.translate(FORBIDDEN).split())).astype("str") for key in keys]
    record = (form + ":" + subject).astype("str")
    for key in clean:
        record = record.str.cat(key, sep="/")
    fields = [column for column in raw.columns if not column.startswith("_")]
    content = raw[fields].fillna("").agg("\x1f".join, axis=1) if record.duplicated().any() else record
    order = pd.DataFrame({"record": record, "content": content}).sort_values(["record", "content"], kind="stable")
    number = order.groupby("record").cumcount().reindex(raw.index) + 1
    _report_duplicates(raw, form, record, content, number)
    record = record.where(number == 1, record + "#" + number.astype("str"))
    return raw.assign(_record=record.astype("str"), _subject=subject)


def _report_duplicates(raw: pd.DataFrame, form: str, record: pd.Series, content: pd.Series, number: pd.Series) -> None:
    repeats = number > 1
    whole = pd.DataFrame({"record": record, "content": content}).duplicated()
    report_findings(
        Finding("raw", "raw.duplicate_record" if same else "raw.key_not_unique", "warning", form,
                message="the record stands twice, equal in every field" if same else
                        "another record has the same keys and other values",
                fix="data management: delete the duplicate in the EDC system" if same else
                    "data management: duplicate entry? Programmer: else add a field to `keys` of the form in study.yaml",
                record=f"{name}#{count}", line=int(line))
        for name, count, same, line in zip(record[repeats], number[repeats], whole[repeats],
                                           raw["_line"][repeats] if "_line" in raw else [0] * int(repeats.sum()), strict=True))


def split_records(records: pd.Series) -> pd.Series:
    """One id a row from cells that may hold several; the index says which row each came from."""
    return records.str.split(JOIN).explode().astype("str")


def collapse_records(records: pd.Series) -> str:
    """The ids of several records in one cell, sorted, each once."""
    return JOIN.join(sorted(set(split_records(records)) - {""}))

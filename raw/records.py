"""Record ids: the name of a raw record that does not change when the export is sorted anew.

An id is made of the EDC's own keys, form:subject/key/key, never of a row's position: AE:701-1015/E06/09-JAN-2014.
Several ids in one cell (a visit made of many records) are joined by "; ".
"""

from collections.abc import Iterable
from itertools import chain, compress

import pandas as pd

from cdisckit.findings import Finding, report_findings
from raw.rave import KEYS as RAVE_KEYS
from specs.model import FormSpec, StudyFacts

__all__ = ["JOIN", "add_record_ids", "collapse_records", "split_records", "subject_keys"]

JOIN = "; "
REPLACED = str.maketrans({";": ",", "/": "|", "#": "+"})      # the signs that put an id together


def subject_keys(raw: pd.DataFrame, facts: StudyFacts) -> pd.Series:
    """'701-1015' for every raw record: site and subject as collected, blanks trimmed."""
    site, subject = (raw[field].fillna("").str.strip() if field in raw.columns else
                     pd.Series("", index=raw.index, dtype="str") for field in (facts.SITEID, facts.SUBJID))
    return site.str.cat(subject, sep="-").astype("str")


def add_record_ids(raw: pd.DataFrame, form: str, form_spec: FormSpec, facts: StudyFacts) -> pd.DataFrame:
    """Add `_record` (the id) and `_subject` to the records of a form.

    Records with the same keys are told apart by their content ("#2", "#3" in the order of their text), so that a
    shuffled export gives the same ids, and each is a finding: a duplicate, or keys that do not identify a record.
    """
    subject = subject_keys(raw, facts)
    fields = form_spec.keys or (RAVE_KEYS if form_spec.shape == "rave" else ())
    keys = [_clean(raw[field]) for field in fields if field in raw.columns]
    record = (form + ":" + _clean(subject)).astype("str")
    record = record.str.cat(keys, sep="/") if keys else record
    if record.is_unique:
        return raw.assign(_record=record, _subject=subject)
    repeats = _number_repeats(raw, record)
    _report_repeats(repeats, form, form_spec)
    number = repeats["_number"].reindex(raw.index, fill_value=1)
    return raw.assign(_record=record.mask(number > 1, record + "#" + number.astype("str")), _subject=subject)


def _clean(keys: pd.Series) -> pd.Series:
    """Key texts on one line, without the signs that put an id together."""
    texts = keys.fillna("")
    clean = {text: " ".join(text.translate(REPLACED).split()) for text in texts.unique().tolist()}
    return texts if all(text == cleaned for text, cleaned in clean.items()) else texts.map(clean).astype("str")


def _number_repeats(raw: pd.DataFrame, record: pd.Series) -> pd.DataFrame:
    """The records that share an id, in the order of their text: `_number` is 1 for the first of an id, then 2, 3 ..."""
    fields = sorted(column for column in raw.columns if not column.startswith("_"))
    shared = raw.loc[record.duplicated(keep=False), fields].fillna("")
    shared = shared.assign(_record=record, _line=raw["_line"] if "_line" in raw.columns else 0)
    shared = shared.sort_values(["_record", *fields], kind="stable")
    return shared.assign(_number=shared.groupby("_record").cumcount() + 1)


def _report_repeats(repeats: pd.DataFrame, form: str, form_spec: FormSpec) -> None:
    """A finding for every record but the first of an id: it is the twin of the one before, or differs from it in ..."""
    fields = [column for column in repeats.columns if not column.startswith("_")]
    again = repeats["_number"] > 1
    differs = repeats[fields].ne(repeats[fields].shift())[again].to_numpy()
    which = zip(*(repeats.loc[again, column] for column in ("_record", "_number", "_line")), differs, strict=True)
    report_findings(_repeat(form, form_spec, f"{record}#{number}", int(line), [*compress(fields, row)])
                    for record, number, line, row in which)


def _repeat(form: str, form_spec: FormSpec, record: str, line: int, other: list[str]) -> Finding:
    if not other:
        return Finding("raw", "raw.duplicate_record", "warning", form, record=record, line=line,
                       message="the record stands twice, equal in every field",
                       fix="data management: delete the duplicate in the EDC system")
    keys = " and ".join(["subject", *form_spec.keys])
    return Finding("raw", "raw.key_not_unique", "warning", form, record=record, line=line,
                   message=f"another record has the same {keys} and differs in {', '.join(other)}",
                   fix="data management: was it entered twice? Programmer: if both are right, add a field that tells "
                       "them apart to `keys` of the form in study.yaml")


def split_records(records: pd.Series) -> pd.Series:
    """One id a row from cells that may hold several; the index says which row each came from."""
    cells = [cell.split(JOIN) for cell in records.tolist()]
    rows = records.index.repeat([len(cell) for cell in cells])
    return pd.Series(list(chain.from_iterable(cells)), index=rows, dtype="str")


def collapse_records(records: Iterable[str]) -> str:
    """The ids of several records in one cell, sorted, each once."""
    return JOIN.join(sorted({name for cell in records for name in cell.split(JOIN)} - {""}))

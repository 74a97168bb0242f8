"""The account of the raw data: every record is mapped, or dropped for a reason; every field is mapped or declared.

    read = mapped + dropped + lost, and lost must be nothing
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cdisckit.errors import ContractError, suggest
from cdisckit.findings import Finding
from raw.records import split_records

__all__ = ["FormAccount", "account_for", "collect_drops", "drop_records", "merge_accounts", "report_account"]

_drops: ContextVar[dict[str, str] | None] = ContextVar("drops", default=None)


@contextmanager
def collect_drops() -> Iterator[dict[str, str]]:
    """Gather the raw record ids that are dropped inside the block, with their reasons."""
    drops: dict[str, str] = {}
    token = _drops.set(drops)
    try:
        yield drops
    finally:
        _drops.reset(token)


def drop_records(data: pd.DataFrame, where: pd.Series, reason: str) -> pd.DataFrame:
    """The data without the records of `where`; the reason goes into the account.

    It is the only way to leave a raw record out.
    """
    if not reason.strip():
        raise ContractError("records are dropped without a reason", fix="say why: the account prints the reason")
    drops = _drops.get()
    if drops is not None:
        for record in split_records(data.loc[where, "_record"]).tolist():
            drops.setdefault(record, reason)
    return data[~where]


@dataclass
class FormAccount:
    """What became of the records and the fields of one raw file."""

    form: str
    file: str
    read: int = 0
    mapped: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"form": self.form, "file": self.file, "read": self.read, "mapped": self.mapped,
                "dropped": dict(sorted(self.dropped.items())), "lost": len(self.lost), "fields": self.fields}


def account_for(form: str, file: str, records: pd.Series, mapped: set[str], drops: Mapping[str, str],
                fields: Mapping[str, Iterable[str]]) -> FormAccount:
    """The account of one form: `mapped` holds the record ids found in the datasets that map this form."""
    is_mapped = pd.Series([record in mapped for record in records.tolist()], index=records.index, dtype="bool")
    reasons = records[~is_mapped].map(drops)
    lost = sorted(records[~is_mapped][reasons.isna()])
    return FormAccount(form, file, len(records), int(is_mapped.sum()), Counter(reasons.dropna()), lost,
                       {kind: sorted(names) for kind, names in fields.items()})


def merge_accounts(parts: Iterable[FormAccount]) -> list[FormAccount]:
    """One account a form from the accounts of the blocks."""
    total: dict[str, FormAccount] = {}
    for part in parts:
        whole = total.setdefault(part.form, FormAccount(part.form, part.file, fields=part.fields))
        whole.read += part.read
        whole.mapped += part.mapped
        whole.dropped.update(part.dropped)
        whole.lost = sorted([*whole.lost, *part.lost])
    return [total[form] for form in sorted(total)]


def report_account(account: Iterable[FormAccount]) -> list[Finding]:
    """Findings: raw records that no dataset holds and nobody dropped, and raw fields that nobody spoke of."""
    kinds = (_lost_records, _unknown_fields, _missing_fields)
    return [finding for form in account for kind in kinds for finding in kind(form)]


def _lost_records(form: FormAccount) -> Iterator[Finding]:
    for record in form.lost:
        yield Finding("mapping", "mapping.lost_record", "error", form.form, record=record, file=form.file,
                      message="the raw record is in no dataset and was not dropped for a reason",
                      fix="programmer: map it, or leave it out with drop_records and its reason")


def _unknown_fields(form: FormAccount) -> Iterator[Finding]:
    for name in form.fields.get("unknown", ()):
        yield Finding("mapping", "mapping.unknown_field", "warning", form.form, variable=name, file=form.file,
                      message=f"the raw field {name} is neither mapped nor declared as not submitted",
                      fix="programmer: map it, or add it to `not_submitted` of the form in study.yaml")


def _missing_fields(form: FormAccount) -> Iterator[Finding]:
    for name in form.fields.get("missing", ()):
        near = suggest(name, form.fields.get("unknown", ()))
        yield Finding("mapping", "mapping.missing_field", "error", form.form, variable=name, file=form.file,
                      message=f"the specification reads the field {name}, which the file does not have{near}",
                      fix="data management: deliver the field; programmer: mend the field's name in the specification")

"""What the faults have in common: which records may be spoilt, what they are called, and how a field is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .edc import codes_of, date_parts, number_parts
from .protocol import Rng, pick
from .writers import file_path

__all__ = [
    "Patient", "claim", "describe", "find_free", "read_day", "record_id", "subject_of", "write_code", "write_date_text",
    "write_day", "write_number",
]

Row = dict[str, str]
REPLACED = str.maketrans({";": ",", "/": "|", "#": "+"})
EDC_KEYS = ("Folder", "InstanceRepeatNumber", "PageRepeatNumber", "recordposition")
VENDOR_KEYS = {
    "LAB": ("ACCESSION", "TEST_CODE"),
    "PK": ("BARCODE", "ANALYTE"),
    "ADA": ("Barcode", "Drug", "Tier"),
    "ECG": ("VISIT", "TIMEPOINT", "REPLICATE"),
    "IRT": ("TRANSACTION",),
}
SUBJECT_FIELDS = {
    "LAB": ("SITE_NO", "PATIENT_NO"),
    "PK": ("SITE", "SUBJECT"),
    "ADA": ("Site", "Subject"),
    "ECG": ("SITE", "SUBJ"),
    "IRT": ("SITE", "SUBJECT"),
}


@dataclass(frozen=True)
class Patient:
    """The rows of a subject while they are spoilt. `taken`: the rows that have a fault, or that one hangs on.

    `neighbour`: site and number of the subject before, for rows that are filed under the wrong one.
    """

    rows: dict[str, list[Row]]
    rng: Rng
    taken: set[int]
    neighbour: tuple[str, str] | None

    @property
    def death(self) -> date | None:
        return next((read_day(row, "DTHDAT") for row in self.rows.get("DTH", ())), None)


def subject_of(form: str, row: Row) -> tuple[str, str]:
    site, subject = SUBJECT_FIELDS.get(form, ("SiteNumber", "Subject"))
    return row[site], row[subject]


def record_id(form: str, row: Row) -> str:
    """The name of a raw record, made of its keys: AE:06-0007/LOG/0/0/3. The signs that put it together are replaced."""
    keys = [row[key].translate(REPLACED) for key in VENDOR_KEYS.get(form, EDC_KEYS)]
    return "/".join([f"{form}:{'-'.join(subject_of(form, row))}", *keys])


def find_free(patient: Patient, form: str, fits: Callable[[Row], bool] = lambda _row: True) -> list[Row]:
    """The records that fit, are not deleted and have no fault. The last one of a vendor's file is left alone: a file
    may be cut there.
    """
    rows = patient.rows.get(form, [])
    rows = rows[:-1] if form in VENDOR_KEYS else rows
    return [row for row in rows if row.get("RecordActive", "1") == "1" and id(row) not in patient.taken and fits(row)]


def claim(patient: Patient, rows: Sequence[Row]) -> Row | None:
    """One of the rows, drawn, which no other fault will touch; None where there is none."""
    if not rows:
        return None
    row = pick(patient.rng, rows)
    patient.taken.add(id(row))
    return row


def describe(form: str, row: Row, field: str, clean: str, written: str, record: str = "") -> dict[str, Any]:
    """What the truth says of a fault, after the row was spoilt. `record`: where other records than the row show it."""
    site, subject = subject_of(form, row)
    keys = {key: row[key] for key in VENDOR_KEYS.get(form, EDC_KEYS)}
    return {
        "SITE": site,
        "SUBJECT": subject,
        "file": file_path(form),
        "record": record or record_id(form, row),
        "keys": keys,
        "field": field,
        "clean": clean,
        "written": written,
    }


def read_day(row: Row, field: str) -> date | None:
    """The date of a field; None where it is not known to the day."""
    return date.fromisoformat(row[field][:10]) if row[field] else None


def write_day(row: Row, field: str, day: date | None) -> tuple[str, str]:
    """A date into its columns; what was and what is entered."""
    return write_date_text(row, field, date_parts(day))


def write_date_text(row: Row, field: str, parts: Sequence[str]) -> tuple[str, str]:
    clean = row[f"{field}_RAW"]
    row.update(zip((f"{field}{end}" for end in ("", "_RAW", "_INT", "_YYYY", "_MM", "_DD")), parts, strict=True))
    return clean, row[f"{field}_RAW"]


def write_number(row: Row, field: str, value: float) -> tuple[str, str]:
    """A number into its columns; what was and what is entered."""
    clean = row[f"{field}_RAW"]
    row[field], row[f"{field}_RAW"] = number_parts(value)
    return clean, row[f"{field}_RAW"]


def write_code(row: Row, form: str, field: str, code: str, text: str = "") -> tuple[str, str]:
    """A code and its decode into their columns; what was and what is entered."""
    clean = row[f"{field}_STD"]
    row[field], row[f"{field}_STD"] = text or codes_of(form)[field][code], code
    return clean, code

"""Faults of the EDC pages, one function each: it spoils one record of a subject and says what it did, or finds none."""

from collections.abc import Callable
from datetime import date
from typing import Any

from .protocol import CUTOFF, between, later, pick
from .spoiling import (
    Patient,
    Row,
    claim,
    describe,
    find_free,
    read_day,
    write_code,
    write_date_text,
    write_day,
    write_number,
)

__all__ = [
    "add_seriousness", "break_date", "change_sum", "code_unknown", "date_after_cutoff", "date_after_death",
    "dose_after_death", "empty_date", "end_before_start", "enter_twice", "go_on_after_end", "infuse_too_much",
    "mark_not_done", "mistake_weight", "move_lesion", "move_visit", "name_unknown_event", "name_unknown_subject",
    "repeat_record", "swap_dates", "swap_day_and_month", "write_long_text",
]

Found = dict[str, Any] | None
REPEATED = ("VS", "CM", "PE", "MH")
POUNDS = 2.20462
LONG = ("for a condition that the subject described at length during the visit: it began some weeks before the "
        "informed consent, came back whenever the dose was lowered, and was treated by the family doctor, whose letter "
        "is enclosed with the source documents of the site")


def spans(start: str, end: str) -> Callable[[Row], bool]:
    """Whether a record has two complete dates, one before the other."""
    return lambda row: bool(row[start] and row[end] and row[start] < row[end])


def repeat_record(patient: Patient) -> Found:
    """A record stands twice in the export, equal in every field."""
    form = pick(patient.rng, REPEATED)
    row = claim(patient, find_free(patient, form))
    if row is None:
        return None
    twin = dict(row)
    patient.taken.add(id(twin))
    patient.rows[form].append(twin)
    return describe(form, twin, "", "", "the record stands twice")


def enter_twice(patient: Patient) -> Found:
    """A page was entered twice, and the pulse differs."""
    row = claim(patient, find_free(patient, "VS", lambda row: bool(row["PULSE"])))
    if row is None:
        return None
    other = dict(row, RecordId=row["RecordId"] + "9")
    clean, written = write_number(other, "PULSE", int(row["PULSE_RAW"]) + 3)
    patient.taken.add(id(other))
    patient.rows["VS"].append(other)
    return describe("VS", other, "PULSE", clean, written)


def swap_dates(patient: Patient) -> Found:
    """Start and end of an event stand in each other's place."""
    row = claim(patient, find_free(patient, "AE", spans("AESTDAT", "AEENDAT")))
    if row is None:
        return None
    start, end = read_day(row, "AESTDAT"), read_day(row, "AEENDAT")
    write_day(row, "AESTDAT", end)
    clean, written = write_day(row, "AEENDAT", start)
    return describe("AE", row, "AEENDAT", clean, written)


def end_before_start(patient: Patient) -> Found:
    """A medication or an event ends some days before it starts."""
    form, start, end = pick(patient.rng, (("AE", "AESTDAT", "AEENDAT"), ("CM", "CMSTDAT", "CMENDAT")))
    row = claim(patient, find_free(patient, form, lambda row: bool(row[start] and row[end])))
    if row is None:
        return None
    clean, written = write_day(row, end, later(date.fromisoformat(row[start][:10]), -between(patient.rng, 2, 40)))
    return describe(form, row, end, clean, written)


def break_date(patient: Patient) -> Found:
    """An event starts on a day that does not exist, 30 February."""
    row = claim(patient, find_free(patient, "AE", lambda row: bool(row["AESTDAT"] and not row["AESTTIM"])))
    if row is None:
        return None
    year = row["AESTDAT"][:4]
    clean, written = write_date_text(row, "AESTDAT", ("", f"30 FEB {year}", "", year, "2", "30"))
    return describe("AE", row, "AESTDAT", clean, written)


def empty_date(patient: Patient) -> Found:
    """The date of an event, or of an echocardiogram, is not entered."""
    form, field, time = pick(patient.rng, (("AE", "AESTDAT", "AESTTIM"), ("CV", "CVDAT", "")))
    row = claim(patient, find_free(patient, form, lambda row: bool(row[field] and not (time and row[time]))))
    if row is None:
        return None
    clean, written = write_day(row, field, None)
    return describe(form, row, field, clean, written)


def date_after_cutoff(patient: Patient) -> Found:
    """A medication that goes on starts, or vital signs are taken, after the data were cut off."""
    form, field = pick(patient.rng, (("CM", "CMSTDAT"), ("VS", "VSDAT")))
    row = claim(patient, find_free(patient, form, lambda row: bool(row[field] and not row.get("CMENDAT_RAW"))))
    if row is None:
        return None
    clean, written = write_day(row, field, later(CUTOFF, between(patient.rng, 3, 300)))
    return describe(form, row, field, clean, written)


def date_after_death(patient: Patient) -> Found:
    """Vital signs or a physical examination of a day after the subject's death."""
    death = patient.death
    form, field = pick(patient.rng, (("PE", "PEDAT"), ("VS", "VSDAT")))
    row = claim(patient, find_free(patient, form, lambda row: bool(row[field] and death and death < CUTOFF)))
    if row is None or death is None:
        return None
    clean, written = write_day(row, field, min(later(death, between(patient.rng, 1, 30)), CUTOFF))
    return describe(form, row, field, clean, written)


def dose_after_death(patient: Patient) -> Found:
    """An infusion on a day after the subject's death."""
    death = patient.death
    fits = find_free(patient, "EC", lambda row: bool(row["ECSTDAT"] and death and death < CUTOFF))
    row = claim(patient, [row for row in fits if row["FolderName"] not in ("C1D1", "C5D1")])
    if row is None or death is None:
        return None
    day = min(later(death, between(patient.rng, 1, 20)), CUTOFF)
    write_day(row, "ECENDAT", day)
    clean, written = write_day(row, "ECSTDAT", day)
    return describe("EC", row, "ECSTDAT", clean, written)


def series_of(patient: Patient) -> list[Row]:
    """The days of the cycles that took place, in the order of the protocol; none if one of them has a fault."""
    rows = [row for row in patient.rows.get("SV", ()) if row["VISDAT"] and row["RecordActive"] == "1"]
    rows = [row for row in rows if row["FolderName"].startswith("C")]
    spoilt = any(id(row) in patient.taken for row in rows)
    return [] if spoilt else sorted(rows, key=lambda row: float(row["FolderSeq"]))


def claim_visit(patient: Patient, moves: list[tuple[Row, date]], series: list[Row]) -> Found:
    """One of the visits with its new date; the others of the series are left alone."""
    if not moves:
        return None
    row, day = pick(patient.rng, moves)
    patient.taken.update(map(id, series))
    clean, written = write_day(row, "VISDAT", day)
    return describe("SV", row, "VISDAT", clean, written)


def move_visit(patient: Patient) -> Found:
    """A visit is dated before the two visits that precede it."""
    series = series_of(patient)
    early = zip(series[2:], series, strict=False)
    day = between(patient.rng, 1, 6)
    moves = [(row, later(date.fromisoformat(first["VISDAT"][:10]), -day)) for row, first in early]
    return claim_visit(patient, moves, series)


def swap_day_and_month(patient: Patient) -> Found:
    """Day and month of a visit stand in each other's place: 07 MAR became 03 JUL, before or after its neighbours."""
    series = series_of(patient)
    days = [date.fromisoformat(row["VISDAT"][:10]) for row in series]
    moves = []
    for place in range(1, len(series) - 1):
        day = days[place]
        if day.day > 12:
            continue
        swapped = day.replace(month=day.day, day=day.month)
        if swapped <= CUTOFF and not days[place - 1] <= swapped <= days[place + 1]:
            moves.append((series[place], swapped))
    return claim_visit(patient, moves, series)


def code_unknown(patient: Patient) -> Found:
    """The outcome of an event has a code that the code list does not have."""
    row = claim(patient, find_free(patient, "AE", lambda row: bool(row["AEOUT_STD"])))
    if row is None:
        return None
    clean, written = write_code(row, "AE", "AEOUT", "9", "Improved")
    return describe("AE", row, "AEOUT", clean, written)


def write_long_text(patient: Patient) -> Found:
    """The indication of a medication is longer than the 200 bytes that a variable holds."""
    row = claim(patient, find_free(patient, "CM", lambda row: bool(row["CMTRT"] and row["CMINDC"])))
    if row is None:
        return None
    clean, row["CMINDC"] = row["CMINDC"], f"{row['CMINDC']} - {LONG}"
    return describe("CM", row, "CMINDC", clean, row["CMINDC"])


def name_unknown_subject(patient: Patient) -> Found:
    """The number of the subject has a digit too many."""
    form, field = pick(patient.rng, (("VS", "SYSBP"), ("PE", "PESYS"), ("CM", "CMTRT")))
    row = claim(patient, find_free(patient, form, lambda row: bool(row[field])))
    if row is None:
        return None
    clean, row["Subject"] = row["Subject"], row["Subject"] + str(between(patient.rng, 0, 9))
    return describe(form, row, "Subject", clean, row["Subject"])


def add_seriousness(patient: Patient) -> Found:
    """An event is said to be serious and meets no criterion."""
    row = claim(patient, find_free(patient, "AE", lambda row: row["AESER_STD"] == "N" and row["AESDTH_STD"] != "Y"))
    if row is None:
        return None
    clean, written = write_code(row, "AE", "AESER", "Y")
    return describe("AE", row, "AESER", clean, written)


def name_unknown_event(patient: Patient) -> Found:
    """A medication was given for an event with a line number that the subject does not have."""
    row = claim(patient, find_free(patient, "CM", lambda row: bool(row["CMTRT"])))
    if row is None:
        return None
    clean, row["CMAENO"] = row["CMAENO"], str(between(patient.rng, 80, 99))
    return describe("CM", row, "CMAENO", clean, row["CMAENO"])


def go_on_after_end(patient: Patient) -> Found:
    """An event is going on and has an end."""
    row = claim(patient, find_free(patient, "AE", lambda row: bool(row["AEENDAT_RAW"] and row["AEONGO_STD"] == "N")))
    if row is None:
        return None
    clean, written = write_code(row, "AE", "AEONGO", "Y")
    return describe("AE", row, "AEONGO", clean, written)


def mark_not_done(patient: Patient) -> Found:
    """Vital signs are marked as not done and have results."""
    row = claim(patient, find_free(patient, "VS", lambda row: row["VSPERF_STD"] == "Y" and bool(row["SYSBP"])))
    if row is None:
        return None
    clean, written = write_code(row, "VS", "VSPERF", "N")
    return describe("VS", row, "VSPERF", clean, written)


def mistake_weight(patient: Patient) -> Found:
    """The weight in pounds is noted as kilograms."""
    weighed = [row for row in patient.rows.get("VS", ()) if row["WEIGHT"] and row["RecordActive"] == "1"]
    free = find_free(patient, "VS", lambda row: bool(row["WEIGHT"]))
    row = claim(patient, free) if len(weighed) > 4 and len(free) == len(weighed) else None
    if row is None:
        return None
    patient.taken.update(map(id, weighed))               # the other weights are what it is compared with
    if row["WEIGHTU_STD"] == "LB":
        clean = row["WEIGHT_RAW"] + " LB"
        write_code(row, "VS", "WEIGHTU", "KG")
    else:
        clean = row["WEIGHT_RAW"] + " KG"
        write_number(row, "WEIGHT", round(float(row["WEIGHT"]) * POUNDS, 1))
    return describe("VS", row, "WEIGHT", clean, row["WEIGHT_RAW"] + " KG")


def infuse_too_much(patient: Patient) -> Found:
    """More was infused than had been prepared."""
    row = claim(patient, find_free(patient, "EC", lambda row: bool(row["ECVOLA"] and row["ECVOLP"])))
    if row is None:
        return None
    clean, written = write_number(row, "ECVOLA", round(float(row["ECVOLP"]) * 1.5))
    return describe("EC", row, "ECVOLA", clean, written)


def change_sum(patient: Patient) -> Found:
    """The sum of diameters that the site noted is not that of the lesions."""
    row = claim(patient, find_free(patient, "RSP", lambda row: bool(row["TLSUM"] and float(row["TLSUM"]) > 0)))
    if row is None:
        return None
    clean, written = write_number(row, "TLSUM", float(row["TLSUM_RAW"]) + between(patient.rng, 5, 25))
    return describe("RSP", row, "TLSUM", clean, written)


def move_lesion(patient: Patient) -> Found:
    """A target lesion is in another organ than at screening."""
    fits = find_free(patient, "TL", lambda row: bool(row["TLNO"] and not row["TLFROM"]))
    row = claim(patient, [row for row in fits if row["FolderName"] != "SCREENING" and row["TLNO"][-1].isdigit()])
    if row is None:
        return None
    clean, written = write_code(row, "TL", "TLLOC", "SPLEEN" if row["TLLOC_STD"] != "SPLEEN" else "KIDN")
    return describe("TL", row, "TLLOC", clean, written)

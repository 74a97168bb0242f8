"""A row of the EDC export: the thirty columns every form shares, then each field spread over its columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from .person import Person
from .protocol import COMMENTS, END, EXPORTS, PROTOCOL, Rng, at, between, chance, table
from .visits import Visit

__all__ = ["Book", "LOG", "Partial", "add", "edc_columns", "field_columns", "spread"]

Row = dict[str, str]
FORMS: dict[str, dict[str, Any]] = EXPORTS["edc"]
HEADER: tuple[str, ...] = tuple(EXPORTS["header"])
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FORM_NUMBERS = {form: place for place, form in enumerate(FORMS)}
LOG = "LOG"
CODED = {row["DECOD"]: row for row in table("terms")}


@dataclass(frozen=True)
class Partial:
    """A date of which only the year, or the year and the month, is known."""

    year: int
    month: int | None = None


@dataclass
class Book:
    """The pages of one subject while they are filled. `habits`: what staff did, for the truth."""

    person: Person
    rng: Rng
    rows: dict[str, list[Row]]
    habits: list[dict[str, Any]] = field(default_factory=list)
    records: int = 0
    pages: dict[tuple[str, str, int], dict[str, str]] = field(default_factory=dict)


def date_parts(value: date | Partial | None) -> tuple[str, ...]:
    """What was entered, its text, and its parts; a partial date has no value."""
    if value is None:
        return ("", "", "", "", "", "")
    if isinstance(value, Partial):
        month = MONTHS[value.month - 1] if value.month else "UNK"
        return ("", f"UN {month} {value.year}", "", str(value.year), str(value.month or ""), "")
    text = f"{value:%Y-%m-%d}T00:00:00"
    return (
        text,
        f"{value.day:02} {MONTHS[value.month - 1]} {value.year}",
        text,
        str(value.year),
        str(value.month),
        str(value.day),
    )


def number_parts(value: float | int | str | None) -> tuple[str, str]:
    """132.0 as a number, 132 as it was typed."""
    if value is None or value == "":
        return ("", "")
    return (str(float(value)), str(value))


@cache
def field_columns(form: str) -> tuple[str, ...]:
    suffixes = {
        "text": ("",),
        "time": ("",),
        "number": ("", "_RAW"),
        "code": ("", "_STD"),
        "date": ("", "_RAW", "_INT", "_YYYY", "_MM", "_DD"),
    }
    return tuple(name + suffix for name, kind in FORMS[form]["fields"].items() for suffix in suffixes[kind])


@cache
def edc_columns(form: str) -> tuple[str, ...]:
    return HEADER + field_columns(form)


@cache
def codes_of(form: str) -> dict[str, dict[str, str]]:
    return {
        name: {str(code): text for code, text in codes.items()} for name, codes in FORMS[form].get("codes", {}).items()
    }


def spread(form: str, values: Mapping[str, Any]) -> Row:
    """The fields of a form over their columns; a field that is not given is empty."""
    found: list[str] = []
    codes = codes_of(form)
    for name, kind in FORMS[form]["fields"].items():
        value = values.get(name)
        if kind == "date":
            found += date_parts(value)
        elif kind == "number":
            found += number_parts(value)
        elif kind == "code":
            found += (codes[name][str(value)], str(value)) if value not in (None, "") else ("", "")
        elif isinstance(value, datetime):
            found.append(f"{value:%H:%M}")
        else:
            found.append("" if value is None else str(value))
    if not values.keys() <= FORMS[form]["fields"].keys():
        raise KeyError(f"{form} has no field {sorted(values.keys() - FORMS[form]['fields'].keys())}")
    return dict(zip(field_columns(form), found, strict=True))


@cache
def folder_sequence(name: str) -> int:
    """The place of a visit among the folders of a subject."""
    kinds = ("SCREENING", "C", "EOT", "SAFETY FU ", "TUMOR W", "SURVIVAL ", "UNSCHEDULED", "Running Records")
    starts = (1, 10, 230, 240, 400, 600, 800, 900)
    place = next(place for place, kind in enumerate(kinds) if name.startswith(kind))
    rest = name.removeprefix(kinds[place])
    if kinds[place] == "C":
        cycle, day = rest.split("D")
        return starts[place] + 5 * int(cycle) + ("1", "2", "4", "8", "15").index(day)
    return starts[place] + (int(rest) if rest else 0)


def stamp(moment: datetime) -> str:
    return f"{min(moment, END):%Y-%m-%dT%H:%M:%S}"


def page_header(book: Book, form: str, visit: Visit | str, repeat: int, day: date) -> dict[str, str]:
    """Who, where and when: the page is entered some days after the visit, a few pages much later."""
    person, rng = book.person, book.rng
    number = person.slot.number
    late = chance(rng, 0.02)
    entered = at(day, between(rng, 14 * 60, 23 * 60)) + timedelta(
        days=between(rng, 35, 45) if late else between(rng, 0, 10)
    )
    if late and entered <= END:
        book.habits.append(
            {
                "habit": "late entry",
                "form": form,
                "visit": visit if isinstance(visit, str) else visit.name,
                "day": day.isoformat(),
                "entered": entered.date().isoformat(),
            }
        )
    folder, name, again = (
        (LOG, "Running Records", 0) if isinstance(visit, str) else (visit.folder, visit.name, visit.repeat)
    )
    place = folder_sequence(name)
    instance = place * 100 + again
    updated = entered + timedelta(minutes=between(rng, 1, 600))
    return {
        "userid": str(400 + int(person.site)),
        "projectid": "85",
        "project": PROTOCOL["studyid"],
        "studyid": "95",
        "environmentName": "PROD",
        "subjectId": str(32000 + number),
        "StudySiteId": str(140 + int(person.site)),
        "Subject": person.subject,
        "siteid": str(120 + int(person.site)),
        "Site": f"SITE {person.site} - synthetic",
        "SiteNumber": person.site,
        "SiteGroup": "World",
        "instanceId": str(number * 100000 + instance),
        "InstanceName": name,
        "InstanceRepeatNumber": str(again),
        "folderid": str(5000 + place),
        "Folder": folder,
        "FolderName": name,
        "FolderSeq": f"{place}.0",
        "TargetDays": "",
        "DataPageId": str((number * 100000 + instance) * 100 + 3 * FORM_NUMBERS[form] + repeat),
        "DataPageName": FORMS[form]["page"],
        "PageRepeatNumber": str(repeat),
        "RecordDate": f"{day:%Y-%m-%d}T00:00:00",
        "RecordId": "",
        "recordposition": "0",
        "RecordActive": "1",
        "SaveTs": stamp(updated + timedelta(minutes=2)),
        "MinCreated": stamp(entered),
        "MaxUpdated": stamp(updated),
    }


def add(
    book: Book,
    form: str,
    visit: Visit | str,
    day: date,
    lines: Iterable[Mapping[str, Any]],
    repeat: int = 0,
    days: Iterable[date] | None = None,
) -> None:
    """Fill a page: one row, or on a log page one row a line. `days`: the day of each line, where they differ."""
    lines = list(lines)
    log = FORMS[form].get("log", False)
    header = page_header(book, form, visit, repeat, day)
    rows = book.rows.setdefault(form, [])
    for position, (values, own) in enumerate(zip(lines, days or [day] * len(lines), strict=True), start=1):
        if own != day:
            header, day = page_header(book, form, visit, repeat, own), own
        book.records += 1
        record = str(book.person.slot.number * 100000 + book.records)
        rows.append(
            {**header, "RecordId": record, "recordposition": str(position if log else 0), **spread(form, values)}
        )


def blur(rng: Rng, book: Book, form: str, name: str, day: date, share: float) -> date | Partial:
    """Some dates are known to the month or the year only."""
    if not chance(rng, share):
        return day
    found = Partial(day.year, day.month if chance(rng, 0.7) else None)
    book.habits.append(
        {
            "habit": "partial date",
            "form": form,
            "field": name,
            "true": day.isoformat(),
            "known": f"{found.year}-{found.month:02}" if found.month else str(found.year),
        }
    )
    return found


def words(book: Book, kind: str) -> list[str]:
    """What the site may write: Chinese at the Chinese sites only."""
    return [text for text in COMMENTS[kind] if text.isascii() or not book.person.imperial]


def coding(prefix: str, term: str) -> dict[str, str]:
    """The dictionary columns of a coded term."""
    row = CODED[term]
    return {
        f"{prefix}{name}": row[name]
        for name in ("LLT", "LLTCD", "DECOD", "PTCD", "HLT", "HLTCD", "HLGT", "HLGTCD", "SOC", "SOCCD")
    }

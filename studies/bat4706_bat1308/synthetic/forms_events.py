"""Adverse events line by line, medical history, and medication for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .edc import LOG, Book, add, blur, coding, words
from .facts import Course
from .protocol import Rng, between, chance, days_between, later, pick, table
from .toxicity import Event

__all__ = ["fill_events", "fill_history", "fill_medication"]

SERIOUS = ("AESDTH", "AESHOSP", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE")
MEDICINES = {row["KEY"]: row for row in table("medications")}
HISTORY = table("history")


def fill_events(rng: Rng, book: Book, course: Course) -> None:
    """One line a grade of an event; numbers run over the lines."""
    lines, days, groups = [], [], 0
    for event in course.events:
        groups += len(event.lines) > 1
        for place, line in enumerate(event.lines):
            days.append(line.start.date())
            lines.append(event_line(rng, book, course, event, place, f"G{groups}" if len(event.lines) > 1 else ""))
    if not lines:
        add(book, "AE", LOG, course.first, [{"AEYN": "N"}])
        return
    add(book, "AE", LOG, days[0], lines, days=days)


def event_line(rng: Rng, book: Book, course: Course, event: Event, place: int, group: str) -> dict[str, Any]:
    line, last, worst = event.lines[place], place == len(event.lines) - 1, place == event.worst
    grade = line.grade
    serious = {name for name in event.serious if worst or name == "AESHOSP" and line.grade >= 3}
    if event.serious and "AESDTH" in event.serious and grade < 5:
        serious = {"AESHOSP"}
    outcome = event.outcome if last else "3" if event.lines[place + 1].grade > grade else "2"
    early = days_between(course.first, line.start.date()) <= 21
    start: Any = line.start.date()
    plain = (
        len(event.lines) == 1
        and not serious
        and not event.dlt
        and not event.reaction
        and grade < 3
        and not any(action in "12356" for action in event.actions)
        and not event.near_miss
    )
    if plain and not early:
        start = blur(rng, book, "AE", "AESTDAT", line.start.date(), 0.05)
    comment = ""
    if chance(rng, 0.12):
        comment = (
            pick(rng, words(book, "admitted"))
            if "AESHOSP" in serious and event.facts["KIND"] == "IMMUNE"
            else pick(rng, words(book, "plain"))
        )
    supported = event.support is not None and (worst or len(event.lines) == 1)
    return coding("AE", event.term) | {
        "AEYN": "Y",
        "AESPID": event.number + place,
        "AETERM": event.verbatim,
        "AETOXGR": grade,
        "AEGRPID": group,
        "AESER": "Y" if serious else "N",
        **{name: "Y" if name in serious else "N" for name in SERIOUS},
        "AEREL1": "Y" if event.related[0] else "N",
        "AEREL2": "Y" if event.related[1] else "N",
        "AEACN1": event.actions[0] if worst else still(event.actions[0]),
        "AEACN2": event.actions[1] if worst else still(event.actions[1]),
        "AEOUT": outcome,
        "AEDLT": "Y" if event.dlt and worst else "N",
        "AEINFR": "Y" if event.reaction else "N",
        "AESTDAT": start,
        "AESTTIM": line.start if event.timed and place == 0 else None,
        "AEENDAT": line.end.date() if line.end else None,
        "AEENTIM": line.end if line.end and event.reaction else None,
        "AEONGO": "N" if line.end else "Y",
        "AESUPYN": "Y" if supported else "N",
        "AESUPDAT": event.support.date() if supported and event.support else None,
        "AESUPTIM": event.support if supported and (event.timed or event.dlt or event.near_miss) else None,
        "AECOM": comment,
    }


def still(action: str) -> str:
    """Lines beside the worst one: the dose was not changed for them."""
    return action if action == "4" else "0"


def fill_history(rng: Rng, book: Book) -> list[tuple[str, date]]:
    """Medical history; returns what is going on, for the medication."""
    person, consent = book.person, book.person.slot.consent
    lines, going_on = [], []
    for row in HISTORY:
        if not chance(rng, float(row["SHARE"]) * (1.2 if person.age > 60 else 0.8)):
            continue
        begun = later(consent, -between(rng, 60, 5000))
        over = None if row["ONGOING"] == "Y" else later(begun, between(rng, 5, 50))
        lines.append(
            {
                "MHYN": "Y",
                "MHSPID": len(lines) + 1,
                "MHTERM": pick(rng, row["VERBATIM"].split(";")),
                **coding("MH", row["DECOD"]),
                "MHSTDAT": blur(rng, book, "MH", "MHSTDAT", begun, 0.5),
                "MHENDAT": blur(rng, book, "MH", "MHENDAT", over, 0.4) if over and over < consent else None,
                "MHONGO": "N" if over else "Y",
                "MHTOXGR": between(rng, 1, 2) if not over else "",
            }
        )
        if not over:
            going_on.append((row["DECOD"], begun))
    add(book, "MH", LOG, person.screened, lines or [{"MHYN": "N"}])
    return going_on


@dataclass(frozen=True)
class Medicine:
    """A line of medication."""

    key: str
    start: date
    end: date | None
    indication: str
    events: tuple[int, ...] = ()
    premedication: bool = False
    partial: bool = False


def fill_medication(rng: Rng, book: Book, course: Course | None, going_on: Sequence[tuple[str, date]]) -> None:
    """For the history, for adverse events from supportive treatment on, and before infusions after a reaction."""
    person = book.person
    seen = course.leave.seen if course else person.screened
    found = []
    for term, begun in going_on:
        keys = [row["KEY"] for row in MEDICINES.values() if row["FOR"] == term]
        if keys and chance(rng, 0.85):
            found.append(
                Medicine(
                    pick(rng, keys),
                    min(later(begun, between(rng, 0, 90)), person.screened),
                    None,
                    term,
                    partial=chance(rng, 0.45),
                )
            )
    for event in course.events if course else ():
        found += treatment_of(rng, event, seen)
    for event in course.events if course else ():
        after = (
            [day for day in course.days if day.day > event.lines[0].start.date()] if event.reaction and course else []
        )
        if after and event.grade >= 2:
            found += [
                Medicine(key, day.day, day.day, "Premedication", premedication=True)
                for day in after[:2]
                for key in ("DEXAMETHASONE", "CHLORPHENAMINE")
            ]
    found.sort(key=lambda one: one.start)
    lines = [medicine_line(rng, book, one, number) for number, one in enumerate(found, start=1)]
    days = [min(max(one.start, person.screened), seen) for one in found]
    add(book, "CM", LOG, days[0] if days else person.screened, lines or [{"CMYN": "N"}], days=days or None)


def treatment_of(rng: Rng, event: Event, seen: date) -> list[Medicine]:
    """What was given for an event from its supportive treatment on; corticosteroids are tapered by mouth."""
    if not event.support:
        return []
    begun, key = event.support.date(), event.facts["TREAT"]
    if key == "METHYLPREDNISOLONE" and event.grade <= 2:
        key = "PREDNISONE"
    over = event.lines[-1].end.date() if event.lines[-1].end else None
    number = (event.worst_number,)
    if key in ("METHYLPREDNISOLONE", "HYDROCORTISONE IV"):
        switch = later(begun, between(rng, 3, 6))
        if switch < seen and (over is None or switch < over):
            taper = later(max(switch, over or switch), between(rng, 7, 20))
            return [
                Medicine(key, begun, switch, event.facts["DECOD"], number),
                Medicine("PREDNISONE", switch, taper if taper < seen else None, event.facts["DECOD"], number),
            ]
    if MEDICINES[key]["CMFRQ"] == "ONCE":
        return [Medicine(key, begun, begun, event.facts["DECOD"], number)]
    return [Medicine(key, begun, over if over and over < seen else None, event.facts["DECOD"], number)]


def medicine_line(rng: Rng, book: Book, one: Medicine, number: int) -> dict[str, Any]:
    facts = MEDICINES[one.key]
    return {
        "CMYN": "Y",
        "CMSPID": number,
        "CMTRT": facts["CMTRT"],
        "CMDECOD": facts["CMDECOD"],
        "CMCLAS": facts["CMCLAS"],
        "CMCLASCD": facts["CMCLASCD"],
        "CMINDC": one.indication,
        "CMDOSE": facts["CMDOSE"],
        "CMDOSU": facts["CMDOSU"],
        "CMFRQ": facts["CMFRQ"],
        "CMROUTE": facts["CMROUTE"],
        "CMSTDAT": blur(rng, book, "CM", "CMSTDAT", one.start, 1.0 if one.partial else 0),
        "CMENDAT": one.end,
        "CMONGO": "N" if one.end else "Y",
        "CMAENO": ";".join(map(str, one.events)),
        "CMPREM": "Y" if one.premedication else "N",
    }

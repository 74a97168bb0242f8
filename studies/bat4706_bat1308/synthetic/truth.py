"""What is true of a subject, for tests of what is derived from the data; nothing that maps data may read it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .dosing import total_mg
from .facts import Course
from .outcomes import outcomes
from .person import Person
from .pharmacokinetics import Kinetics
from .protocol import DRUGS, PROTOCOL, days_between
from .tumour import Assessment, Disease
from .vendors import Immunity
from .visits import lost_on

__all__ = ["describe_subject", "evaluability"]


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def evaluability(course: Course) -> tuple[bool, str]:
    """75% of the planned dose of both drugs in cycle 1 and observed to day 21, or a DLT."""
    if any(event.dlt for event in course.events):
        return True, "DLT"
    for drug in DRUGS:
        one = course.days[0].of(drug)
        if one is None or one.given < PROTOCOL["dlt_dose_share"] * one.volume:
            return False, "LESS THAN 75% OF THE PLANNED DOSE"
    if days_between(course.first, course.leave.seen) < PROTOCOL["dlt_days"] - 1:
        return False, "LEFT BEFORE DAY 21"
    return True, "COMPLETE"


def describe_subject(
    person: Person,
    disease: Disease,
    course: Course,
    kinetics: dict[str, Kinetics],
    immunity: dict[str, Immunity],
    rows: Mapping[str, Sequence[Mapping[str, str]]],
) -> dict[str, Any]:
    slot = person.slot
    dlts = [event for event in course.events if event.dlt]
    evaluable, why = evaluability(course)
    return {
        "SUBJECT": person.subject,
        "SITE": person.site,
        "part": slot.part,
        "cohort": slot.cohort,
        "cohort_number": slot.cohort_number or None,
        "level": slot.level,
        "screen_failure": False,
        "consent": iso(slot.consent),
        "first_dose": iso(course.first),
        "last_dose": iso(course.last),
        "cycles": len(course.days),
        "dlt": bool(dlts),
        "dlt_clause": dlts[0].clause if dlts else None,
        "dlt_line": dlts[0].worst_number if dlts else None,
        "dlt_evaluable": evaluable,
        "dlt_evaluability": why,
        "near_misses": [
            {"line": event.worst_number, "why": event.near_miss} for event in course.events if event.near_miss
        ],
        "kinetics": {drug: kinetics[drug].describe() for drug in DRUGS},
        "ada": {
            drug: {
                "course": one.course,
                "begin": one.begin,
                "end": one.end,
                "titre": one.titre,
                "neutralising": one.neutralising,
            }
            for drug, one in immunity.items()
        },
        "tumour_course": disease.course,
        "assessments": [describe_assessment(one) for one in course.assessments],
        "first_pd": iso(next((one.day for one in course.assessments if one.investigator == "PD"), None)),
        "death": iso(course.leave.death),
        "death_cause": course.leave.cause or None,
        "new_therapy": iso(course.new_therapy),
        "treatment_end": {drug: {"day": iso(stop.day), "reason": stop.reason} for drug, stop in course.stops.items()},
        "study_end": iso(lost_on(course) if course.leave.why == "LTFU" else course.leave.death or course.leave.left),
        "last_day_seen": iso(course.leave.seen),
        "dose_intensity": {drug: intensity(course, drug) for drug in DRUGS},
        "endpoints": outcomes(course, rows),
    }


def describe_assessment(one: Assessment) -> dict[str, Any]:
    return {
        "visit": one.visit,
        "day": iso(one.day),
        "done": not one.reason,
        "sum": one.total,
        "derived": one.derived or None,
        "investigator": one.investigator or None,
        "true": one.true or None,
    }


def intensity(course: Course, drug: str) -> dict[str, float] | None:
    """Milligrams given and planned, and their ratio, over the cycles that were started."""
    planned = sum(one.prepared for day in course.days for one in day.infusions if one.drug == drug)
    given = total_mg(course.days, drug)
    return (
        {"given_mg": round(given, 1), "planned_mg": round(planned, 1), "relative": round(given / planned, 4)}
        if planned
        else None
    )

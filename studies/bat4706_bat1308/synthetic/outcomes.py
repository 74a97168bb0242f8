"""What the efficacy analysis of a subject must find, worked out one subject at a time from its planned course."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .facts import Course
from .protocol import CUTOFF, PROTOCOL, days_between, later
from .tumour import Assessment
from .visits import lost_on

__all__ = ["outcomes"]

RANKS = ("CR", "PR", "SD", "PD", "NE")
LIFE = {"SV": "VISDAT", "SS": "SSLADAT", "TL": "TLDAT", "PKC": "PKDAT", "AE": "AESTDAT", "CM": "CMSTDAT",
        "CT": "CTSTDAT", "PR": "PRSTDAT"}
LEFT = {"COMP": "COMPLETED", "WD": "WITHDRAWAL", "LTFU": "LOST"}


def outcomes(course: Course, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, Any]:
    """Best responses, PFS by three sets of censoring rules, DOR and OS, by the investigator's responses.

    PFS: another therapy ends the observation. PFSFDA: so do two or more missed assessments before the event. PFSEMA:
    neither does. Without an event the last assessment that was not NE counts (none: the first dose); OS counts to the
    last day on which the subject is known to have been alive.
    """
    done = [one for one in course.assessments if one.week and not one.reason]
    progression = next((one.day for one in done if one.investigator == "PD"), None)
    before = [one for one in done if not progression or one.day <= progression]
    response = next((one.day for one in before if one.investigator in ("CR", "PR")), None)
    first, death = course.first, course.leave.death
    found = {name: progression_free(course, done, progression, first, name) for name in ("PFS", "PFSFDA", "PFSEMA")}
    return {
        **found,
        "DOR": progression_free(course, done, progression, response, "PFS") if response else None,
        "OS": measure(first, death or last_contact(course, rows), "" if death else left_by(course)[1]),
        "BOR": best_response(first, before, [one.investigator in ("CR", "PR") for one in before]),
        "CBOR": best_response(first, before, [confirmed(before, place) for place in range(len(before))]),
    }


def measure(start: date, day: date, reason: str) -> dict[str, Any]:
    """`censored` is why there is no event, empty if there is one."""
    return {"date": day.isoformat(), "event": not reason, "days": days_between(start, day) + 1, "censored": reason}


def left_by(course: Course) -> tuple[date, str]:
    """When and why a subject without an event left our sight; the data cut-off for those who are still in the study."""
    leave = course.leave
    day = lost_on(course) if leave.why == "LTFU" else leave.left
    return (day, LEFT[leave.why]) if day and leave.why else (CUTOFF, "CUT-OFF")


def progression_free(course: Course, done: Sequence[Assessment], progression: date | None, start: date,
                     rules: str) -> dict[str, Any]:
    """Progression or death since `start`, or the censoring by the rules."""
    therapy = course.new_therapy if rules != "PFSEMA" else None
    events = [day for day in (progression, course.leave.death) if day and (not therapy or day < therapy)]
    event = min(events, default=None)
    adequate = [one.day for one in done if one.investigator != "NE" and (not therapy or one.day < therapy)]
    if event and rules == "PFSFDA":
        last = max([day for day in adequate if day < event], default=course.first)
        window = PROTOCOL["tumour_window_days"]
        planned = [later(course.first, 7 * week) for week in PROTOCOL["tumour_weeks"]]
        missed = [day for day in planned if day > later(last, window) and later(day, window) < event]
        if len(missed) >= 2:
            return measure(start, last, "MISSED" if adequate else "NO ASSESSMENT")
    if event:
        return measure(start, event, "")
    if not adequate:
        return measure(start, course.first, "NO ASSESSMENT")
    day, reason = left_by(course)
    return measure(start, adequate[-1], "THERAPY" if therapy and later(therapy, -1) <= day else reason)


def best_response(first: date, before: Sequence[Assessment], responses: Sequence[bool]) -> str:
    """The best of the responses until progression; SD only after the stated number of days, before them NE."""
    found = set()
    for one, counts in zip(before, responses, strict=True):
        stable = days_between(first, one.day) >= PROTOCOL["stable_days"]
        kept = one.investigator in ("PD", "NE") or counts
        found.add(one.investigator if kept else "SD" if stable else "NE")
    return next((what for what in RANKS if what in found), "MISSING")


def confirmed(before: Sequence[Assessment], place: int) -> bool:
    """A CR by the next CR at least four weeks later, a PR by the next CR or PR, with at most one NE in between."""
    one = before[place]
    wanted = {"CR": ("CR",), "PR": ("CR", "PR")}.get(one.investigator, ())
    between: list[str] = []
    for other in before[place + 1:]:
        if other.investigator in wanted and days_between(one.day, other.day) >= PROTOCOL["confirm_days"]:
            span = [*between, other.investigator]
            relapse = "CR" in span and "PR" in span[span.index("CR"):] and one.investigator == "PR"
            return set(between) <= {*wanted, "NE"} and between.count("NE") <= 1 and not relapse
        between.append(other.investigator)
    return False


def last_contact(course: Course, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> date:
    """The last complete date on a form that only a living subject can have, or the end of the study by its own word."""
    days = [row[name][:10] for form, name in LIFE.items() for row in rows.get(form, ())
            if row.get("RecordActive", "1") == "1" and len(row[name]) >= 10]
    if course.leave.left and course.leave.why in ("WD", "COMP"):
        days.append(course.leave.left.isoformat())
    return date.fromisoformat(max(day for day in days if day <= CUTOFF.isoformat()))

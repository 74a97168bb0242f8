"""The visits of a subject: which took place when, which were missed, and the unscheduled ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from .facts import Course
from .person import Person
from .protocol import CUTOFF, PROTOCOL, Rng, between, chance, later, pick

__all__ = ["Visit", "lab_controls", "lost_on", "plan_visits"]

MISSED = (
    "Subject was on a family visit",
    "Subject forgot the visit",
    "患者因交通管制未能到院",
    "Subject declined the visit",
)
EXTRA = ("Subject felt unwell", "Refill of medication", "Wound check", "因发热来院复查")
LAB_DAYS = ("SCREENING", "C1D1", "C1D8", "C1D15", "EOT")
CONTROLS = {
    "NEUT": "Control of neutrophils",
    "PLAT": "Control of platelets",
    "ALT": "Control of liver function",
    "AST": "Control of liver function",
    "HGB": "Control of haemoglobin",
    "BILI": "Control of liver function",
}


@dataclass(frozen=True)
class Visit:
    """A visit as the SV page knows it; `name` is VISIT of SDTM."""

    name: str
    day: date
    happened: bool = True
    reason: str = ""  # why not; or why an unscheduled visit
    telephone: bool = False
    repeat: int = 0
    control: str = ""  # the test whose control made this visit

    @property
    def folder(self) -> str:
        for long, short in (("SAFETY FU ", "SFU"), ("TUMOR W", "TUMW"), ("SURVIVAL ", "SURV")):
            if self.name.startswith(long):
                return short + self.name.removeprefix(long)
        return self.name

    @property
    def dosing(self) -> bool:
        return self.name.startswith("C") and self.name.endswith("D1")

    @property
    def laboratory(self) -> bool:
        return self.dosing or self.name in LAB_DAYS


def lost_on(course: Course) -> date | None:
    """A subject is given up sixty days after the last contact; none if that is after the cut-off."""
    if course.leave.why != "LTFU":
        return None
    day = later(course.leave.seen, 60)
    return day if day <= CUTOFF else None


def plan_visits(rng: Rng, person: Person, course: Course | None) -> list[Visit]:
    """All visits in order of their date; nothing on or after the day of death, nothing after the last day seen."""
    found = [Visit("SCREENING", person.screened)]
    if course is None:
        return found
    first, seen = course.first, course.leave.seen
    last_day = later(seen, -1) if course.leave.death else seen
    for name, offset in (
        ("C1D2", 1),
        ("C1D4", 3),
        ("C1D8", 7 + between(rng, -1, 1)),
        ("C1D15", 14 + between(rng, -1, 1)),
    ):
        missed = name in ("C1D4", "C1D15") and chance(rng, 0.03)
        found.append(Visit(name, later(first, offset), not missed, pick(rng, MISSED) if missed else ""))
    found += [Visit(f"C{one.cycle}D1", one.day) for one in course.days]
    for one in course.assessments[1:]:
        absent = bool(one.reason) and one.day.day % 2 == 0
        found.append(Visit(one.visit, one.day, not absent, one.reason if absent else ""))
    found += after_treatment(rng, course)
    found = [visit for visit in found if visit.day <= last_day]
    found += unscheduled(rng, person, course, found, last_day)
    return number_repeats(sorted(found, key=lambda visit: (visit.day, order(visit.name))))


def order(name: str) -> int:
    return {"SCREENING": 0, "EOT": 3, "UNSCHEDULED": 9}.get(name, 1 if name.startswith("C") else 4)


def after_treatment(rng: Rng, course: Course) -> list[Visit]:
    """End of treatment, safety follow-up, then a telephone call every twelve weeks."""
    end = course.stops.get("BAT1308")
    if not end or end.reason in ("DTH", "LTFU"):
        return []
    eot = end.day if end.reason == "WD" else max(later(end.day, between(rng, 1, 6)), later(course.last, 1))
    found = [Visit("EOT", eot)]
    previous = eot
    for offset in PROTOCOL["safety_follow_up"]:
        day = max(later(course.last, offset + between(rng, -3, 3)), later(previous, 1))
        found.append(Visit(f"SAFETY FU {offset}", day, telephone=offset > 30 and chance(rng, 0.3)))
        previous = day
    day, number = later(previous, 7 * PROTOCOL["survival_weeks"]), 1
    while day < course.leave.seen:
        found.append(Visit(f"SURVIVAL {number}", day, telephone=True))
        number, day = number + 1, later(day, 7 * PROTOCOL["survival_weeks"] + between(rng, -7, 7))
    return found


def lab_controls(course: Course) -> list[tuple[date, str]]:
    """Severe laboratory events are controlled when found, daily (liver: every third day), and at recovery."""
    days = []
    for event in course.events:
        test = event.facts["TESTCD"]
        if event.grade < 3 or test not in CONTROLS:
            continue
        step = 1 if test in ("NEUT", "PLAT") else 3
        for line in event.lines:
            begin = line.start.date()
            end = line.end.date() if line.end else later(begin, 9)
            days += [(later(begin, number), test) for number in range(0, min((end - begin).days, 10), step)]
        if event.lines[-1].end:
            days.append((event.lines[-1].end.date(), test))
    return days


def unscheduled(rng: Rng, person: Person, course: Course, planned: Sequence[Visit], last_day: date) -> list[Visit]:
    """Controls of severe laboratory events, and a few visits of other reasons; never on the day of another visit."""
    taken = {visit.day for visit in planned if visit.happened and visit.laboratory}
    found = []
    for day, test in lab_controls(course):
        if day not in taken and day <= last_day:
            taken.add(day)
            found.append(Visit("UNSCHEDULED", day, reason=CONTROLS[test], control=test))
    taken |= {visit.day for visit in planned if visit.happened}
    for one in course.days:
        day = later(one.day, between(rng, 5, 17))
        if chance(rng, 0.04) and day not in taken and day <= last_day:
            taken.add(day)
            found.append(Visit("UNSCHEDULED", day, reason=pick(rng, EXTRA)))
        retest = later(one.day, between(rng, 1, 3))
        if chance(rng, 0.03) and one.cycle > 1 and retest not in taken and retest <= last_day:
            taken.add(retest)
            found.append(Visit("UNSCHEDULED", retest, reason="Re-test of potassium", control="K"))
    return found


def number_repeats(visits: Sequence[Visit]) -> list[Visit]:
    numbered, count = [], 0
    for visit in visits:
        if visit.name == "UNSCHEDULED":
            numbered.append(replace(visit, repeat=count))
            count += 1
        else:
            numbered.append(visit)
    return numbered

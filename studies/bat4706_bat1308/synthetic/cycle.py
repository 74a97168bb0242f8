"""The infusions of one cycle, with their reactions and occlusions."""

from datetime import date, datetime, timedelta

from .dosing import DoseDay, Infusion, infuse, not_given
from .facts import Course
from .person import KG_PER_LB, Person
from .protocol import DRUGS, PROTOCOL, Rng, at, between, chance, pick
from .toxicity import Event, reaction

__all__ = ["give_cycle"]


def weigh(person: Person, true: float) -> float:
    """The weight in kg as the site's scale gives it (pounds at one site)."""
    return round(round(true / KG_PER_LB, 1) * KG_PER_LB, 1) if person.imperial else round(true, 1)


def give_cycle(
    rng: Rng, dice: Rng, person: Person, course: Course, day: date, delay: str, cause: Event | None, sharp: str
) -> DoseDay:
    """BAT1308, a pause, then BAT4706 in the first cycles."""
    cycle, slot = len(course.days) + 1, person.slot
    weight = weigh(person, person.weight * (1 - 0.0012 * (cycle - 1)) + rng.normal(0, 0.6))
    start = at(day, between(rng, 540, 690))
    combined = cycle <= PROTOCOL["combination_cycles"] and "BAT4706" not in course.stops
    mono = one_infusion(rng, dice, person, course, cycle, "BAT1308", weight, start, "")
    infusions: list[Infusion] = [mono]
    if combined:
        begin = mono.end + timedelta(minutes=PROTOCOL["minutes"]["PAUSE"] + between(rng, 0, 6))
        mild = (
            next(
                (
                    event
                    for event in reversed(course.events)
                    if event.facts["KIND"] == "IMMUNE"
                    and event.grade == 2
                    and at(course.last, 0) <= event.lines[0].start < start
                ),
                None,
            )
            if course.days
            else None
        )
        if cycle > 1 and mild and chance(rng, 0.05):
            mild.actions[0] = "1"
            infusions.append(not_given(DRUGS[0], slot.level, weight, "ADVERSE EVENT", mild))
        elif cycle > 1 and chance(rng, 0.006):
            infusions.append(not_given(DRUGS[0], slot.level, weight, "DRUG SUPPLY: KIT OUT OF TEMPERATURE RANGE", None))
        else:
            infusions.append(
                one_infusion(rng, dice, person, course, cycle, "BAT4706", weight, begin, sharp if cycle == 1 else "")
            )
    return DoseDay(cycle, day, weight, tuple(infusions), delay, cause)


def one_infusion(
    rng: Rng,
    dice: Rng,
    person: Person,
    course: Course,
    cycle: int,
    drug: str,
    weight: float,
    start: datetime,
    sharp: str,
) -> Infusion:
    """The infusion with its reaction or occlusion, if any; in cycle 1 enough goes in unless another plan was made."""
    slot, base = person.slot, PROTOCOL["minutes"][drug]
    after = between(rng, base // 4, base - 15)
    if cycle == 1 and slot.not_evaluable.startswith("LESS") and drug == "BAT4706":
        return infuse(rng, drug, slot.level, weight, start, "LINE STOPPED", after=between(rng, base // 5, base // 2))
    if sharp:
        long = 320 if sharp == "DLT" else 90
        event = reaction(dice, 3, start + timedelta(minutes=after), drug, long)
        event.dlt, event.clause = sharp == "DLT", "a" if sharp == "DLT" else ""
        event.near_miss = "" if event.dlt else "infusion reaction recovered within 2 hours"
        return react(rng, course, event, drug, slot.level, weight, start, "STOPPED" if event.dlt else "PAUSED", after)
    if chance(dice, 0.035 if cycle <= 2 else 0.008):
        grade = pick(dice, (1, 2, 3), (0.4, 0.55, 0.05)) if cycle > 1 else pick(dice, (1, 2), (0.4, 0.6))
        what = ("", "SLOWED", "STOPPED")[grade - 1] if grade != 2 or chance(dice, 0.4) else "PAUSED"
        event = reaction(dice, grade, start + timedelta(minutes=after), drug)
        return react(rng, course, event, drug, slot.level, weight, start, what, after)
    if chance(rng, 0.012):
        stopped = cycle > 1 and chance(rng, 0.3)
        return infuse(rng, drug, slot.level, weight, start, "LINE STOPPED" if stopped else "LINE", after=after)
    return infuse(rng, drug, slot.level, weight, start)


def react(
    rng: Rng, course: Course, event: Event, drug: str, level: str, weight: float, start: datetime, what: str, after: int
) -> Infusion:
    """Note the reaction and what it did to the infusion."""
    event.actions[DRUGS.index(drug)] = {"SLOWED": "3", "PAUSED": "1", "STOPPED": "1"}.get(what, "")
    course.events.append(event)
    return infuse(rng, drug, level, weight, start, what, event if what else None, after)

"""The course of a treated subject: cycle after cycle until progression, toxicity, death, departure or the cut-off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from .cycle import give_cycle
from .facts import Course, Leave, Stop
from .person import Person
from .protocol import CUTOFF, DRUGS, LEVELS, PROTOCOL, Rng, at, between, chance, later, pick
from .toxicity import Event, Line, cycle_events, dlt_events, early_event, fatal_event, near_miss
from .tumour import Assessment, Disease, first_progression

__all__ = ["draw_leave", "run_course"]

BLEEDING_AND_FEVER = ("Epistaxis", "Pyrexia")


def draw_leave(rng: Rng, person: Person, disease: Disease) -> Leave:
    """Death by a hazard that the tumour sets, departure by a small one; nobody leaves the DLT window unplanned."""
    slot = person.slot
    first = slot.first_dose
    assert first is not None
    mean = {"CR": 3000, "PR": 1100, "SD": 620, "PD": 330}[disease.course]
    death, cause = 45 + int(rng.exponential(mean)), pick(rng, ("PD", "OTH", "UNK"), (0.9, 0.06, 0.04))
    if chance(rng, 0.05):
        death, cause = between(rng, 45, 170), "AE"
    left, why = PROTOCOL["complete_days"], "COMP"
    if chance(rng, 0.1):
        left, why = between(rng, 30, 420), pick(rng, ("WD", "LTFU"), (0.6, 0.4))
    if slot.not_evaluable.startswith("LEFT"):
        if chance(rng, 0.6):
            left, why = between(rng, 9, 17), "WD"
        else:
            death, cause = between(rng, 9, 18), "PD"
    elif slot.dlt:
        death, left = max(death, 60), max(left, 45)
    died = later(first, death) if death <= left else None
    gone = later(first, left) if died is None else None
    if died and died > CUTOFF:
        died = None
    if gone and gone > CUTOFF:
        gone = None
    seen = min(day for day in (died, gone, CUTOFF) if day)
    return Leave(died, cause if died else "", gone, why if gone else "", seen)


def run_course(
    rng: Rng, dice: Rng, person: Person, disease: Disease, leave: Leave, assessments: Sequence[Assessment]
) -> Course:
    """`rng` decides the course, `dice` the toxicity."""
    course = Course(leave)
    slot = person.slot
    if leave.cause == "AE" and leave.death:
        course.fatal = fatal_event(dice, later(leave.death, -between(dice, 4, 14)), leave.death)
    sharp, sharp_reaction = plan_window(dice, person)
    course.events += sharp
    if chance(dice, 0.12) and slot.first_dose:
        course.events.append(early_event(dice, slot.consent, slot.first_dose))
    stop = plan_stop(rng, course, assessments, person)
    day, delay, cause = slot.first_dose, "", None
    assert day is not None
    while len(course.days) < PROTOCOL["last_cycle"] and "BAT1308" not in course.stops:
        if day > leave.seen or course.days and (day >= stop.day or day >= leave.seen):
            break
        dose_day = give_cycle(rng, dice, person, course, day, delay, cause, sharp_reaction)
        course.days.append(dose_day)
        planned = later(
            day, PROTOCOL["cycle_days"] + pick(rng, (0, 0, 0, 0, -1, 1, 2, 3) if len(course.days) > 1 else (0, 0, 1, 2))
        )
        kinds = ("IMMUNE", "GENERAL", "DISEASE") if len(course.days) == 1 else ("IMMUNE", "GENERAL", "DISEASE", "BLOOD")
        level = LEVELS[slot.level] if len(course.days) <= PROTOCOL["combination_cycles"] else 0.3
        barred = BLEEDING_AND_FEVER if len(course.days) <= 2 and sharp else ()
        found = cycle_events(dice, person.frailty, level, dose_day.end, course.first, planned, kinds, barred)
        if len(course.days) == 1:
            found += sharp
        course.events += [event for event in found if event not in sharp]
        day, delay, cause = consequences(rng, course, found, planned)
    close_treatment(rng, course, stop)
    late_events(dice, person, course)
    finish_events(course)
    follow_tumour(rng, course, assessments)
    return course


def plan_window(dice: Rng, person: Person) -> tuple[list[Event], str]:
    """The planned event of cycle 1: (events, DLT or NEAR if it is a reaction)."""
    slot = person.slot
    first = slot.first_dose
    assert first is not None
    if slot.dlt:
        events = dlt_events(dice, first)
        return events, "" if events else "DLT"
    if not slot.not_evaluable and chance(dice, 0.13):
        event = near_miss(dice, first)
        return ([event], "") if event else ([], "NEAR")
    return [], ""


def plan_stop(rng: Rng, course: Course, assessments: Sequence[Assessment], person: Person) -> Stop:
    """The earliest of progression (some are treated beyond), the physician's decision, departure, and death."""
    leave, first = course.leave, person.slot.first_dose
    assert first is not None
    stops = [Stop(leave.seen, "")]
    progression = first_progression(assessments)
    course.beyond = chance(rng, 0.15)
    if progression:
        later_ones = [one.day for one in assessments if one.day > progression.day]
        day = later(progression.day, between(rng, 0, 3))
        if course.beyond:
            day = later_ones[0] if later_ones else leave.seen
        stops.append(Stop(day, "PD"))
    if chance(rng, 0.06):
        stops.append(Stop(later(first, between(rng, 40, 300)), pick(rng, ("PHYS", "OTH"), (0.8, 0.2))))
    if course.fatal:
        stops.append(Stop(course.fatal.lines[0].start.date(), "DTH"))
    return min(stops, key=lambda stop: stop.day)


def consequences(rng: Rng, course: Course, found: Sequence[Event], planned: date) -> tuple[date, str, Event | None]:
    """Severe related events delay the next cycle or end BAT4706 or both drugs."""
    day, delay, cause = planned, "", None
    for event in [*found, *(one for one in course.events if one.reaction and one.lines[0].start.date() == course.last)]:
        line = event.lines[event.worst]
        if event.grade < 3 or not any(event.related):
            continue
        immune = event.facts["KIND"] in ("IMMUNE", "REACTION")
        decided = later(line.start.date(), between(rng, 0, 3))
        if immune and (event.dlt or event.grade == 4) and chance(rng, 0.5) or immune and event.grade == 4:
            for drug in DRUGS:
                end_drug(course, drug, Stop(decided, "AE", event))
        elif immune and chance(rng, 0.35) or event.dlt and chance(rng, 0.5):
            end_drug(course, "BAT4706", Stop(decided, "AE", event))
        ready = later((line.end or line.start + timedelta(days=20)).date(), between(rng, 1, 5))
        if day < ready <= later(planned, 56):
            day, delay, cause = ready, "ADVERSE EVENT", event
    if not cause and chance(rng, 0.04):
        return (
            later(planned, between(rng, 4, 9)),
            pick(rng, ("PUBLIC HOLIDAY", "SCHEDULING", "SUBJECT'S REQUEST")),
            None,
        )
    return day, delay, cause


def end_drug(course: Course, drug: str, stop: Stop) -> None:
    cycles = sum(one.of(drug) is not None for one in course.days)
    if (
        drug in course.stops
        or drug == "BAT4706"
        and cycles >= PROTOCOL["combination_cycles"]
        or stop.day > course.leave.seen
        or stop.event
        and stop.event.lines[stop.event.worst].start >= at(course.leave.seen, 0)
    ):
        return
    course.stops[drug] = stop
    if stop.event:
        stop.event.actions[DRUGS.index(drug)] = "2"


def close_treatment(rng: Rng, course: Course, stop: Stop) -> None:
    """Why each drug ended, if it has; delays are noted on the events that caused them."""
    leave, cycles = course.leave, len(course.days)
    for day in course.days:
        if day.delay_event:
            for place, drug in enumerate(DRUGS):
                if not day.delay_event.actions[place] and day.of(drug):
                    day.delay_event.actions[place] = "6"
    done = later(course.last, PROTOCOL["cycle_days"])
    if "BAT1308" not in course.stops:
        if cycles == PROTOCOL["last_cycle"] and done <= min(leave.seen, stop.day):
            course.stops["BAT1308"] = Stop(done, "COMP")
        elif stop.reason and stop.day < leave.seen:
            course.stops["BAT1308"] = Stop(stop.day, stop.reason) if stop.reason != "DTH" else Stop(leave.seen, "DTH")
        elif leave.death:
            course.stops["BAT1308"] = Stop(leave.death, "DTH")
        elif leave.left:
            course.stops["BAT1308"] = Stop(leave.left, leave.why)
    end = course.stops.get("BAT1308")
    if "BAT4706" not in course.stops:
        given = sum(one.of("BAT4706") is not None for one in course.days)
        combined = [one for one in course.days if one.cycle == PROTOCOL["combination_cycles"]]
        if combined and given:
            finished = later(combined[0].day, PROTOCOL["cycle_days"])
            if finished <= min(leave.seen, end.day if end else leave.seen):
                course.stops["BAT4706"] = Stop(finished, "COMP")
        if "BAT4706" not in course.stops and end:
            course.stops["BAT4706"] = end


def late_events(dice: Rng, person: Person, course: Course) -> None:
    """Events of the 90 days after the last dose, and the fatal one."""
    dosed = course.days[-1].end
    if course.stops.get("BAT1308"):
        for months in range(1, 4):
            begin = dosed + timedelta(days=21 * months)
            if begin.date() < course.leave.seen:
                course.events += cycle_events(
                    dice,
                    person.frailty,
                    0.3,
                    begin,
                    course.first,
                    course.leave.seen,
                    ("IMMUNE", "GENERAL", "DISEASE"),
                    BLEEDING_AND_FEVER,
                    0.35,
                )
    if course.fatal:
        course.events.append(course.fatal)


def finish_events(course: Course) -> None:
    """Nothing runs beyond the last day that is recorded; number the lines; say what was done about each drug."""
    seen = course.leave.seen
    limit = at(seen, 0)
    kept = []
    for event in sorted(course.events, key=lambda one: (one.lines[0].start, one.term)):
        if event is course.fatal:
            kept.append(event)
            continue
        lines = [line for line in event.lines if line.start < limit]
        if not lines:
            continue
        if lines[-1].end is None or lines[-1].end >= limit:
            lines[-1] = Line(lines[-1].grade, lines[-1].start, None)
        event.lines = lines
        if lines[-1].end is None:
            event.outcome = "3" if len(lines) == 1 or lines[-1].grade >= lines[-2].grade else "2"
        if event.support and event.support >= limit:
            event.support = None
        kept.append(event)
    course.events = drop_doubles(kept)
    number = 1
    for event in course.events:
        event.number = number
        number += len(event.lines)
        for place, drug in enumerate(DRUGS):
            event.actions[place] = event.actions[place] or default_action(course, event, drug)


def default_action(course: Course, event: Event, drug: str) -> str:
    """Not changed, or not applicable where no further dose was due."""
    last, stop = course.last_of(drug), course.stops.get(drug)
    begun = event.lines[0].start.date()
    if begun < course.first:
        return "4"
    return "0" if last and begun <= last or not stop or begun < stop.day else "4"


def drop_doubles(events: Sequence[Event]) -> list[Event]:
    """The same term does not start again while it lasts; planned events and the fatal one take precedence."""
    kept: list[Event] = []
    for event in sorted(
        events, key=lambda one: not (one.dlt or one.near_miss or "AESDTH" in one.serious or any(one.actions))
    ):
        if any(event.actions) or not any(other.term == event.term and overlap(other, event) for other in kept):
            kept.append(event)
    return sorted(kept, key=lambda one: (one.lines[0].start, one.term))


def overlap(one: Event, two: Event) -> bool:
    far = datetime.max
    return one.lines[0].start <= (two.lines[-1].end or far) and two.lines[0].start <= (one.lines[-1].end or far)


def follow_tumour(rng: Rng, course: Course, assessments: Sequence[Assessment]) -> None:
    """Assessments go on until progression, or until treatment beyond it ends, or until another therapy begins."""
    end = course.stops.get("BAT1308")
    if end and end.reason in ("PD", "PHYS", "AE", "OTH", "COMP") and chance(rng, 0.5):
        day = later(end.day, between(rng, 15, 70))
        course.new_therapy = day if day < course.leave.seen else None
    progression = first_progression(assessments)
    limit = course.leave.seen
    if progression:
        limit = max(progression.day, end.day) if course.beyond and end else progression.day
        if course.beyond and not end:
            limit = course.leave.seen
    if course.new_therapy:
        limit = min(limit, later(course.new_therapy, -1))
    if limit == course.leave.death:
        limit = later(limit, -1)
    course.assessments = [replace(one) for one in assessments if one.day <= limit]

"""Who is treated when and at which level: cohorts of three by the 3+3 rule, then the expansion."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date

from .protocol import LEVELS, PROTOCOL, Rng, between, chance, days_between, later, pick, stream

__all__ = ["Cohort", "Plan", "Slot", "decide", "plan_study", "recommended_level"]

NAMES = tuple(LEVELS)
SCREEN_FAILURES, NOT_EVALUABLE = 0.1, 0.05
LEFT, DOSE = "LEFT BEFORE DAY 21", "LESS THAN 75% OF THE PLANNED DOSE"


@dataclass(frozen=True)
class Slot:
    """A place in the study as the subject's own draws and the cohort give it."""

    number: int
    part: str  # ESCALATION, EXPANSION
    cohort: str  # DL1 .. DL4, EXPMEL, EXPHCC, EXPNSC; empty for a screen failure
    cohort_number: int
    level: str
    consent: date
    first_dose: date | None  # none: failed screening
    dlt: bool
    not_evaluable: str  # LEFT, DOSE or empty
    diagnosis: str  # given by the arm; empty: any tumour

    @property
    def mg_per_kg(self) -> float:
        return LEVELS[self.level]


@dataclass(frozen=True)
class Cohort:
    """Three evaluable subjects of a level, and what the 3+3 rule says after them."""

    number: int
    level: str
    subjects: tuple[int, ...]  # not evaluable ones too
    dlts: int
    evaluable_at_level: int
    dlts_at_level: int
    decision: str
    decided: date


@dataclass
class Plan:
    """How far the escalation is; filled while subjects are enrolled."""

    cohorts: list[Cohort] = field(default_factory=list)
    evaluable: Counter[str] = field(default_factory=Counter)
    dlts: Counter[str] = field(default_factory=Counter)
    level: int = 0
    too_toxic: int = len(NAMES)
    mtd: str = ""
    done: bool = False

    def describe(self) -> list[dict[str, object]]:
        return [asdict(cohort) for cohort in self.cohorts]


def decide(evaluable: int, dlts: int, top: bool) -> str:
    """The 3+3 rule for one level: `top` if there is no level above, or it is known to be too toxic."""
    if dlts >= 2:
        return "EXCEEDS MTD"
    if evaluable == 3 and (dlts == 1 or top):
        return "TREAT THREE MORE"
    return "MTD" if top else "ESCALATE"


def recommended_level(evaluable: Counter[str], dlts: Counter[str]) -> str:
    """The highest level with six evaluable subjects and at most one DLT; empty if there is none."""
    return next((name for name in reversed(NAMES) if evaluable[name] >= 6 and dlts[name] <= 1), "")


def advance(plan: Plan, subjects: tuple[int, ...], dlts: int, decided: date) -> None:
    """Close a cohort of three evaluable subjects and move the plan as the rule says."""
    name = NAMES[plan.level]
    plan.evaluable[name] += 3
    plan.dlts[name] += dlts
    decision = decide(plan.evaluable[name], plan.dlts[name], top=plan.level + 1 == plan.too_toxic)
    plan.cohorts.append(
        Cohort(len(plan.cohorts) + 1, name, subjects, dlts, plan.evaluable[name], plan.dlts[name], decision, decided)
    )
    if decision == "ESCALATE":
        plan.level += 1
    elif decision == "EXCEEDS MTD":
        plan.too_toxic, plan.level = plan.level, plan.level - 1
        plan.done = plan.level < 0 or plan.evaluable[NAMES[plan.level]] >= 6
    plan.done = plan.done or decision == "MTD"
    plan.mtd = recommended_level(plan.evaluable, plan.dlts) if plan.done else ""


@dataclass(frozen=True)
class Draws:
    """What a subject brings along, wherever it is placed."""

    gap: int
    screening: int
    fails: bool
    dlt: float  # a DLT if below the risk of the level
    not_evaluable: str
    review: int
    spread: float


def draw(rng: Rng) -> Draws:
    return Draws(
        gap=between(rng, 1, 4),
        screening=between(rng, 6, 13),
        fails=chance(rng, SCREEN_FAILURES),
        dlt=float(rng.random()),
        not_evaluable=pick(rng, (LEFT, DOSE)) if chance(rng, NOT_EVALUABLE) else "",
        review=between(rng, 3, 7),
        spread=float(rng.random()),
    )


def plan_study(seed: int, subjects: int, plan: Plan) -> Iterator[Slot]:
    """One slot a subject in order of consent; `plan` holds the cohorts and the MTD afterwards."""
    consent = PROTOCOL["first_consent"]
    opens, number = consent, 0
    while not plan.done and number < subjects:
        members: list[Slot] = []
        while sum(not slot.not_evaluable for slot in members) < 3 and number < subjects:
            number += 1
            draws = draw(stream(seed, number, "plan"))
            level = NAMES[plan.level]
            consent = later(consent, draws.gap) if number > 1 else consent
            if not members:
                consent = max(consent, later(opens, -10))
            first = max(later(consent, draws.screening), opens)
            dlt = draws.dlt < PROTOCOL["dlt_risk"][level]
            slot = Slot(
                number,
                "ESCALATION",
                "" if draws.fails else level,
                len(plan.cohorts) + 1,
                level,
                consent,
                None if draws.fails else first,
                dlt,
                "" if dlt else draws.not_evaluable,
                "",
            )
            if not draws.fails:
                members.append(slot)
            if slot.not_evaluable:
                consent = max(consent, later(first, 14))  # seen a fortnight later: then the replacement consents
            yield slot
        if sum(not slot.not_evaluable for slot in members) == 3:
            last = max(slot.first_dose for slot in members if slot.first_dose)
            opens = later(last, PROTOCOL["dlt_days"] + draws.review)
            advance(plan, tuple(slot.number for slot in members), sum(slot.dlt for slot in members), opens)
    if plan.mtd:
        yield from plan_expansion(seed, number, subjects, plan, opens, consent)


def plan_expansion(seed: int, done: int, subjects: int, plan: Plan, opens: date, consent: date) -> Iterator[Slot]:
    """The arms in turn, consents spread evenly until the last one that the protocol allows."""
    start = max(later(opens, 1), later(consent, 1))
    span = max(1, days_between(start, PROTOCOL["last_consent"]))
    arms = list(PROTOCOL["expansion"].items())
    treated = 0
    for number in range(done + 1, subjects + 1):
        draws = draw(stream(seed, number, "plan"))
        place = (number - done - 1 + draws.spread) / (subjects - done)
        day = later(start, int(span * place))
        arm, diagnosis = arms[treated % len(arms)]
        treated += not draws.fails
        dlt = draws.dlt < PROTOCOL["dlt_risk"][plan.mtd]
        yield Slot(
            number,
            "EXPANSION",
            "" if draws.fails else arm,
            0,
            plan.mtd,
            day,
            None if draws.fails else later(day, draws.screening),
            dlt,
            "" if dlt else draws.not_evaluable,
            diagnosis,
        )

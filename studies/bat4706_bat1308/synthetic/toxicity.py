"""Adverse events: which, when, how bad, related to which drug; and those of cycle 1 that are, or nearly are, a DLT."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .protocol import PROTOCOL, Rng, at, between, chance, days_between, later, pick, table

__all__ = [
    "CATALOGUE",
    "Event",
    "Line",
    "cycle_events",
    "dlt_events",
    "early_event",
    "fatal_event",
    "near_miss",
    "reaction",
]

CATALOGUE = {row["DECOD"]: row for row in table("events")}
RELATED = {"IMMUNE": 0.8, "BLOOD": 0.5, "GENERAL": 0.35, "DISEASE": 0.0, "REACTION": 1.0}  # chance, a drug
LASTING = ("Hypothyroidism", "Vitiligo", "Adrenal insufficiency", "Hypophysitis")  # often never recovered
RATE_A_CYCLE = 1.15
FATAL = ("Pneumonitis", "Pneumonia", "Immune-mediated myocarditis", "Immune-mediated hepatitis")
DLTS = (  # clause, term, grade, days of that grade, share
    ("a", "Immune-mediated hepatitis", 3, 14, 3),
    ("a", "Immune-mediated hepatitis", 4, 10, 1),
    ("a", "Pneumonitis", 3, 12, 2),
    ("a", "Immune-mediated enterocolitis", 3, 10, 3),
    ("a", "Diarrhoea", 3, 7, 2),
    ("a", "Infusion related reaction", 3, 0, 1),
    ("b", "Neutrophil count decreased", 4, 9, 2),
    ("b", "Febrile neutropenia", 3, 6, 1),
    ("b", "Neutrophil count decreased", 3, 8, 1),
    ("b", "Anaemia", 4, 5, 1),
    ("c", "Platelet count decreased", 4, 6, 2),
    ("c", "Platelet count decreased", 3, 8, 2),
)
NEAR_MISSES = (  # as above; what keeps it from being a DLT
    ("Diarrhoea", 3, 2, "relieved within 3 days of supportive treatment"),
    ("Vomiting", 3, 2, "relieved within 3 days of supportive treatment"),
    ("Infusion related reaction", 3, 0, "infusion reaction recovered within 2 hours"),
    ("Neutrophil count decreased", 4, 5, "grade 4 neutropenia of less than 7 days"),
    ("Platelet count decreased", 3, 6, "grade 3 platelets without bleeding"),
)


@dataclass(frozen=True)
class Line:
    """A stretch of one grade; no end: it goes on."""

    grade: int
    start: datetime
    end: datetime | None


@dataclass
class Event:
    """An adverse event; what was done about the drugs is filled in as the course goes on."""

    term: str
    lines: list[Line]
    related: tuple[bool, bool]
    verbatim: str
    timed: bool = False  # the site knows the times
    dlt: bool = False
    clause: str = ""
    near_miss: str = ""
    support: datetime | None = None
    serious: frozenset[str] = frozenset()
    outcome: str = ""  # of the last line
    actions: list[str] = field(default_factory=lambda: ["", ""])
    admitted: bool = False
    number: int = 0  # AESPID of the first line, once all events are known

    @property
    def facts(self) -> dict[str, str]:
        return CATALOGUE[self.term]

    @property
    def worst(self) -> int:
        return max(range(len(self.lines)), key=lambda place: (self.lines[place].grade, -place))

    @property
    def grade(self) -> int:
        return self.lines[self.worst].grade

    @property
    def worst_number(self) -> int:
        return self.number + self.worst

    @property
    def reaction(self) -> bool:
        return self.facts["KIND"] == "REACTION"


def at_risk(rng: Rng, person_frailty: float, mg_per_kg: float, worst: int) -> int:
    """A grade: higher doses and frail subjects have worse ones."""
    weight = person_frailty * (0.7 + 0.2 * mg_per_kg)
    grade = pick(rng, (1, 2, 3, 4), (0.62, 0.29, 0.075 * weight, 0.012 * weight))
    return min(grade, worst)


def seriousness(rng: Rng, grade: int) -> frozenset[str]:
    criteria = set()
    if grade == 5:
        criteria.add("AESDTH")
    if grade >= 3 and chance(rng, 0.45 if grade == 3 else 0.9):
        criteria.add("AESHOSP")
    if grade == 4 and (chance(rng, 0.5) or not criteria):
        criteria.add("AESLIFE")
    if grade == 3 and chance(rng, 0.03):
        criteria.add("AESDISAB")
    if grade in (2, 3) and chance(rng, 0.02):
        criteria.add("AESMIE")
    return frozenset(criteria)


def stages(rng: Rng, grade: int, start: datetime, days: int) -> list[Line]:
    """One line, or two or three where the grade rises or falls; a line ends the day the next starts."""
    end = start + timedelta(days=days)
    if grade < 2 or days < 6 or chance(rng, 0.6):
        return [Line(grade, start, end)]
    first, third = timedelta(days=between(rng, 1, 3)), timedelta(days=max(2, days // 3))
    if chance(rng, 0.5):
        return [Line(grade - 1, start, start + first), Line(grade, start + first, end)]
    if grade >= 3:
        return [
            Line(grade - 1, start, start + first),
            Line(grade, start + first, end - third),
            Line(1, end - third, end),
        ]
    return [Line(grade, start, end - third), Line(grade - 1, end - third, end)]


def make_event(rng: Rng, term: str, lines: list[Line], related: tuple[bool, bool], timed: bool = False) -> Event:
    facts = CATALOGUE[term]
    grade = max(line.grade for line in lines)
    worst = next(line for line in lines if line.grade == grade)
    support = None
    if facts["TREAT"] and (grade >= 2 or chance(rng, 0.3)):
        latest = worst.end or worst.start + timedelta(days=3)
        support = min(worst.start + timedelta(minutes=between(rng, 20, 600)), latest)
    serious = seriousness(rng, grade)
    return Event(
        term,
        lines,
        related,
        pick(rng, facts["VERBATIM"].split(";")),
        timed,
        support=support,
        serious=serious,
        admitted="AESHOSP" in serious,
        outcome="1",
    )


def cycle_events(
    rng: Rng,
    frailty: float,
    mg_per_kg: float,
    dosed: datetime,
    first: date,
    until: date,
    kinds: Collection[str],
    barred: Collection[str],
    rate: float = 1.0,
) -> list[Event]:
    """Events between a dose and the next; in the DLT window none that would be a DLT unasked."""
    terms = [row for row in CATALOGUE.values() if row["KIND"] in kinds and row["DECOD"] not in barred]
    weights = [float(row["RATE"]) for row in terms]
    found = []
    for _ in range(int(rng.poisson(RATE_A_CYCLE * frailty * rate * (0.8 + 0.15 * mg_per_kg)))):
        row = pick(rng, terms, weights)
        same_day = chance(rng, 0.12) and row["KIND"] in ("GENERAL", "DISEASE")
        start = (
            dosed + timedelta(minutes=between(rng, 30, 300))
            if same_day
            else at(later(dosed.date(), between(rng, 1, 20)), between(rng, 7 * 60, 21 * 60))
        )
        if start.date() >= until:
            continue
        grade = at_risk(rng, frailty, mg_per_kg, int(row["WORST"]))
        share = RELATED[row["KIND"]]
        related = (chance(rng, share * 0.9), chance(rng, share * 0.8))
        if days_between(first, start.date()) < PROTOCOL["dlt_days"] + 1 and (any(related) or row["HAEM"] == "Y"):
            grade = min(grade, 2)
        days = max(1, round(float(row["DAYS"]) * rng.lognormal(0, 0.5)))
        event = make_event(rng, row["DECOD"], stages(rng, grade, start, days), related, same_day)
        if row["DECOD"] in LASTING and chance(rng, 0.8) or chance(rng, 0.05):
            event.lines[-1] = Line(event.lines[-1].grade, event.lines[-1].start, None)
        elif chance(rng, 0.02):
            event.outcome = "4"
        found.append(event)
    return found


def early_event(rng: Rng, consent: date, first: date) -> Event:
    """An event between consent and the first dose: of the disease, not related, over before the dose or still there."""
    term = pick(rng, [row["DECOD"] for row in CATALOGUE.values() if row["KIND"] == "DISEASE"])
    start = at(later(consent, between(rng, 1, max(1, days_between(consent, first) - 1))), between(rng, 480, 1200))
    return make_event(
        rng, term, [Line(between(rng, 1, 2), start, start + timedelta(days=between(rng, 2, 12)))], (False, False)
    )


def reaction(rng: Rng, grade: int, start: datetime, drug: str, minutes: int = 0) -> Event:
    """An infusion reaction with its times; related to the drug that was running, often to both."""
    support = start + timedelta(minutes=between(rng, 5, 15)) if grade >= 2 else None
    end = (support or start) + timedelta(minutes=minutes or between(rng, 30, 100))
    other = chance(rng, 0.4)
    event = make_event(
        rng,
        "Infusion related reaction",
        [Line(grade, start, end)],
        (drug == "BAT4706" or other, drug == "BAT1308" or other),
        timed=True,
    )
    event.support = support
    return event


def sharp_event(rng: Rng, term: str, grade: int, days: int, first: date) -> Event:
    """An event whose worst line has a given grade and length and starts in the DLT window."""
    start = at(later(first, between(rng, 4, 15)), between(rng, 8 * 60, 20 * 60))
    lines = [Line(grade, start, start + timedelta(days=days))]
    if term not in ("Diarrhoea", "Vomiting", "Febrile neutropenia"):
        tail = lines[0].end or start
        lines.append(Line(grade - 2, tail, tail + timedelta(days=between(rng, 3, 8))))
    event = make_event(rng, term, lines, (True, chance(rng, 0.8)))
    if CATALOGUE[term]["TREAT"]:
        event.support = start + timedelta(minutes=between(rng, 30, 240))
    return event


def companion(rng: Rng, term: str, grade: int, main: Event, days: int) -> Event:
    start = main.lines[0].start + timedelta(days=1)
    return make_event(rng, term, [Line(grade, start, start + timedelta(days=days))], main.related)


def dlt_events(rng: Rng, first: date) -> list[Event]:
    """The DLT of a subject and what belongs to it; a reaction is left to the infusion."""
    clause, term, grade, days, _ = pick(rng, DLTS, [kind[-1] for kind in DLTS])
    if term == "Infusion related reaction":
        return []
    event = sharp_event(rng, term, grade, days, first)
    event.dlt, event.clause = True, clause
    if (term, grade) == ("Neutrophil count decreased", 3):
        return [event, companion(rng, "Pyrexia", 2, event, 3)]
    if (term, grade) == ("Platelet count decreased", 3):
        return [event, companion(rng, "Epistaxis", 2, event, 2)]
    return [event]


def near_miss(rng: Rng, first: date) -> Event | None:
    """A severe related event that the protocol excepts; none: it is a reaction, which is left to the infusion."""
    term, grade, days, why = pick(rng, NEAR_MISSES)
    if term == "Infusion related reaction":
        return None
    event = sharp_event(rng, term, grade, days, first)
    event.near_miss = why
    return event


def fatal_event(rng: Rng, start: date, death: date) -> Event:
    """It worsens from grade 3 to 4 and ends with death."""
    begin, middle = at(start, between(rng, 480, 1200)), at(later(start, max(1, days_between(start, death) // 2)), 600)
    end = at(death, 600)
    event = make_event(
        rng,
        pick(rng, FATAL),
        [Line(3, begin, middle), Line(4, middle, end), Line(5, end, end)],
        (chance(rng, 0.6), chance(rng, 0.6)),
    )
    event.serious, event.outcome, event.admitted = frozenset({"AESDTH", "AESHOSP"}), "5", True
    return event

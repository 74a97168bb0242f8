"""Serum concentrations of both antibodies: two compartments, summed over every stretch of every infusion."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import numpy as np

from .dosing import DoseDay
from .edc import Book, add
from .facts import Course
from .protocol import DRUGS, END, PROTOCOL, Rng, at, between, chance, later, pick
from .visits import Visit

__all__ = ["Kinetics", "collect_kinetics", "concentration", "draw_kinetics"]

TYPICAL = {"BAT4706": (0.30, 3.3, 2.6, 0.55), "BAT1308": (0.22, 3.4, 2.9, 0.6)}  # CL L/day, V1 L, V2 L, Q L/day
SPREAD = (0.28, 0.18, 0.25, 0.2)
ERROR = 0.08
FULL = (
    ("EOI1308", "EOI BAT1308"),
    ("H2", "2 H"),
    ("EOI4706", "EOI BAT4706"),
    ("H6", "6 H"),
    ("H24", "24 H"),
    ("H72", "72 H"),
    ("H168", "168 H"),
    ("H336", "336 H"),
)
HOURS = {"H2": 2, "H6": 6, "H24": 24, "H72": 72, "H168": 168, "H336": 336}
LATER_VISIT = {"H24": "C1D2", "H72": "C1D4", "H168": "C1D8", "H336": "C1D15"}
NO_RESULT = ("HAEMOLYSED", "INSUFFICIENT VOLUME", "WRONG LABEL", "NOT RECEIVED")


@dataclass(frozen=True)
class Kinetics:
    """The true parameters of a drug in a subject (CL with the effect of antidrug antibodies in it)."""

    CL: float
    V1: float
    V2: float
    Q: float

    def describe(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Sample:
    """A planned draw."""

    visit: Visit
    point: str
    nominal: str
    when: datetime
    reason: str = ""  # not drawn: why


def draw_kinetics(rng: Rng, drug: str, weight: float, immune: bool) -> Kinetics:
    clearance, central, peripheral, between_them = TYPICAL[drug]
    noise = np.exp(rng.normal(0, 1, 4) * SPREAD)
    size = weight / 62
    return Kinetics(
        clearance * size**0.75 * noise[0] * (1.7 if immune else 1.0),
        central * size * noise[1],
        peripheral * size * noise[2],
        between_them * size**0.75 * noise[3],
    )


def concentration(kinetics: Kinetics, days: Sequence[DoseDay], drug: str, moments: Sequence[datetime]) -> np.ndarray:
    """ug/mL at each moment: the closed form of a constant-rate infusion, one term a stretch and exponential."""
    pieces = [
        (begin, end, one.prepared * rate * (end - begin).total_seconds() / 3600 / one.volume)
        for day in days
        for one in day.infusions
        if one.drug == drug
        for begin, end, rate in one.pieces
    ]
    if not pieces or not moments:
        return np.zeros(len(moments))
    zero = pieces[0][0]

    def hours(moment: datetime) -> float:
        return (moment - zero).total_seconds() / 3600

    k10, k12, k21 = kinetics.CL / kinetics.V1 / 24, kinetics.Q / kinetics.V1 / 24, kinetics.Q / kinetics.V2 / 24
    total = k10 + k12 + k21
    root = np.sqrt(total**2 - 4 * k10 * k21)
    alpha, beta = (total + root) / 2, (total - root) / 2
    start, end, mg = (
        np.array(column)[None, :]
        for column in (
            [hours(piece[0]) for piece in pieces],
            [hours(piece[1]) for piece in pieces],
            [piece[2] for piece in pieces],
        )
    )
    time = np.array([hours(moment) for moment in moments])[:, None]
    found = np.zeros(len(moments))
    for rate, weight in ((alpha, (alpha - k21) / (alpha - beta)), (beta, (k21 - beta) / (alpha - beta))):
        since, gone = np.clip(time - start, 0, None), np.clip(time - end, 0, None)
        stretch = mg / (end - start) / kinetics.V1 * weight / rate * (np.exp(-rate * gone) - np.exp(-rate * since))
        found = found + stretch.sum(axis=1)
    return found


def plan_samples(rng: Rng, course: Course, visits: Sequence[Visit]) -> list[Sample]:
    """Before dose and at the end of each infusion; the whole profile in cycles 1 and 4."""
    named = {visit.name: visit for visit in visits}
    found: list[Sample] = []
    for day in course.days:
        visit = named.get(f"C{day.cycle}D1")
        if visit is None:
            continue
        found.append(Sample(visit, "PRE", "PREDOSE", day.start - timedelta(minutes=between(rng, 5, 45))))
        full = day.cycle in PROTOCOL["pk_full_cycles"]
        for point, nominal in FULL if full else (FULL[0], FULL[2]):
            where, when = visit, draw_time(rng, day, point)
            if point in LATER_VISIT and day.cycle == 1:
                where = named.get(LATER_VISIT[point])
                if where is None or not where.happened:
                    continue
                when = at(where.day, when.hour * 60 + when.minute)
            if when is None or when > END or when.date() > course.leave.seen or when.date() == course.leave.death:
                continue
            found.append(Sample(where, point, nominal, when))
    return found


def draw_time(rng: Rng, day: DoseDay, point: str) -> datetime | None:
    """The nominal time, minutes (later hours) off; none if the infusion was not given."""
    if point.startswith("EOI"):
        infusion = day.of(f"BAT{point[3:]}")
        return infusion.end + timedelta(minutes=between(rng, 1, 12)) if infusion else None
    hours = HOURS[point]
    minutes = (
        between(rng, -5, 10) if hours < 24 else between(rng, -90, 150) if hours < 336 else between(rng, -1000, 1000)
    )
    when = day.start + timedelta(hours=hours, minutes=minutes)
    return when if hours < 72 or 7 <= when.hour < 20 else when.replace(hour=9)


def collect_kinetics(
    rng: Rng, book: Book, course: Course, visits: Sequence[Visit], kinetics: dict[str, Kinetics]
) -> None:
    """The collection pages and the bioanalytical results."""
    samples = plan_samples(rng, course, visits)
    samples.sort(key=lambda sample: sample.when)
    levels = {
        drug: concentration(kinetics[drug], course.days, drug, [sample.when for sample in samples]) for drug in DRUGS
    }
    results = book.rows.setdefault("PK", [])
    pages: dict[str, list[dict[str, object]]] = {}
    where: dict[str, Visit] = {}
    for place, sample in enumerate(samples):
        where[sample.visit.name] = sample.visit
        lines = pages.setdefault(sample.visit.name, [])
        if chance(rng, 0.008):
            lines.append(
                {
                    "PKPERF": "N",
                    "PKREASND": pick(rng, ("No venous access", "Nurse not available", "抽血失败")),
                    "PKTPT": sample.point,
                }
            )
            continue
        barcode = f"P{book.person.subject}{place + 1:03}"
        lines.append(
            {"PKPERF": "Y", "PKTPT": sample.point, "PKDAT": sample.when.date(), "PKTIM": sample.when, "PKBARC": barcode}
        )
        results += result_rows(rng, book, sample, barcode, {drug: float(levels[drug][place]) for drug in DRUGS})
    for name, lines in pages.items():
        add(book, "PKC", where[name], where[name].day, lines)


def result_rows(rng: Rng, book: Book, sample: Sample, barcode: str, levels: dict[str, float]) -> list[dict[str, str]]:
    lost = pick(rng, NO_RESULT) if chance(rng, 0.015) else ""
    analysed = min(later(sample.when.date(), between(rng, 20, 60)), PROTOCOL["cutoff"])
    rows = []
    for drug, level in levels.items():
        reason = lost or ("INSUFFICIENT VOLUME" if chance(rng, 0.003) else "")
        limit = PROTOCOL["lloq"][drug]
        measured = level * np.exp(rng.normal(0, ERROR))
        text = "NR" if reason else "BLQ" if float(f"{measured:.3g}") < limit else f"{float(f'{measured:.3g}'):g}"
        rows.append(
            {
                "STUDY": PROTOCOL["studyid"],
                "SITE": book.person.site,
                "SUBJECT": book.person.subject,
                "VISIT": sample.visit.name,
                "NOMINAL_TIME": sample.nominal,
                "BARCODE": barcode,
                "MATRIX": "SERUM",
                "ANALYTE": drug,
                "CONCENTRATION": text,
                "UNIT": "ug/mL",
                "LLOQ": f"{limit:g}",
                "REASON": reason,
                "RUN_ID": f"{drug}-{analysed:%y%m%d}",
                "ANALYSIS_DATE": analysed.isoformat(),
            }
        )
    return rows

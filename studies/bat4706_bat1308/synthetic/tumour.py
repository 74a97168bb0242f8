"""The tumour: lesions that shrink and grow again, what the radiologist measures, and the response by RECIST 1.1."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import exp

import numpy as np

from .person import Person
from .protocol import CUTOFF, PROTOCOL, Rng, between, chance, days_between, later, pick
from .recist import Mark, nontarget_response, overall_response, target_response, target_sum

__all__ = ["Assessment", "Disease", "Lesion", "Other", "draw_disease", "follow"]

COURSES = {"CR": 0.05, "PR": 0.24, "SD": 0.38, "PD": 0.33}
PLACES = {
    "LIVER": "segment",
    "LUNG": "lobe",
    "LNODE": "mediastinal",
    "ADREN": "gland",
    "SKIN": "trunk",
    "PERIT": "pelvic",
    "KIDN": "lower pole",
    "PLEURA": "costal",
    "BONE": "vertebral body",
    "BRAIN": "frontal",
    "SPLEEN": "hilum",
}
SIDED = ("LUNG", "ADREN", "KIDN", "PLEURA")
STATIONS = ("mediastinal station 7", "retroperitoneal", "supraclavicular", "hilar", "inguinal")


@dataclass(frozen=True)
class Lesion:
    """A target lesion: its true diameter is base x (share x exp(-shrink t) + (1 - share) x exp(grow t))."""

    number: str
    organ: str
    side: str
    text: str
    node: bool
    method: str
    base: float
    share: float
    shrink: float
    grow: float

    def diameter(self, day: int) -> float:
        return self.base * (self.share * exp(-self.shrink * day) + (1 - self.share) * exp(self.grow * day))


@dataclass(frozen=True)
class Other:
    """A non-target or a new lesion."""

    number: str
    organ: str
    side: str
    text: str
    method: str
    status: str = "PRES"


@dataclass(frozen=True)
class Disease:
    course: str
    targets: tuple[Lesion, ...]
    others: tuple[Other, ...]
    gone: int  # day from which the non-target lesions are gone
    progress: int  # day of unequivocal progression of a non-target lesion
    spread: int  # day of the first new lesion
    new: tuple[Other, ...]
    splits: int  # day on which T01 splits; 0 never
    merges: int  # day on which two lesions of one organ have grown together; 0 never
    reader: float  # one reader in some subjects sees it otherwise


@dataclass(frozen=True)
class Assessment:
    """A tumour assessment as recorded; `done` empty if it took place, else the reason why not."""

    week: int
    day: date
    reason: str = ""
    marks: tuple[Mark, ...] = ()
    others: tuple[Other, ...] = ()
    new: tuple[Other, ...] = ()
    total: int | None = None
    target: str = ""
    nontarget: str = ""
    derived: str = ""  # overall response that follows from the lines
    investigator: str = ""  # overall response on the form
    investigator_target: str = ""
    true: str = ""

    @property
    def visit(self) -> str:
        return f"TUMOR W{self.week}" if self.week else "SCREENING"


def describe_place(rng: Rng, organ: str) -> tuple[str, str]:
    """Side and wording of a place in an organ."""
    side = pick(rng, ("L", "R")) if organ in SIDED else ""
    if organ == "LNODE":
        return side, pick(rng, STATIONS)
    return side, f"{PLACES[organ]} {between(rng, 2, 8)}" if organ == "LIVER" else PLACES[organ]


def draw_rates(rng: Rng, course: str) -> tuple[float, float, float]:
    """Share of the tumour that responds, how fast it shrinks, how fast the rest grows (a day)."""
    if course == "CR":
        return 1.0, rng.uniform(0.03, 0.06), 0.0
    if course == "PR":
        return rng.uniform(0.6, 0.92), rng.uniform(0.012, 0.03), rng.uniform(0.0008, 0.0045)
    if course == "SD":
        return rng.uniform(0.1, 0.35), rng.uniform(0.006, 0.02), rng.uniform(0.0008, 0.0035)
    return rng.uniform(0, 0.06), 0.01, rng.uniform(0.0035, 0.009)


def draw_disease(rng: Rng, person: Person) -> Disease:
    course = pick(rng, tuple(COURSES), tuple(COURSES.values()))
    share, shrink, grow = draw_rates(rng, course)
    organs = person.diagnosis["SITES"].split(";")
    lesions: list[Lesion] = []
    for _ in range(between(rng, 1, 5)):
        organ = pick(rng, organs)
        if sum(lesion.organ == organ for lesion in lesions) == 2:
            continue
        node, (side, text) = organ == "LNODE", describe_place(rng, organ)
        lesions.append(
            Lesion(
                f"T{len(lesions) + 1:02}",
                organ,
                side,
                text,
                node,
                "EXAM" if organ == "SKIN" else pick(rng, ("CT", "CT", "CT", "MRI")),
                float(np.clip(rng.lognormal(3.15 if node else 3.45, 0.35), 16, 110)),
                min(1.0, share * rng.uniform(0.93, 1.05)),
                shrink * rng.lognormal(0, 0.15),
                grow * rng.lognormal(0, 0.15),
            )
        )
    others = []
    for number in range(1, between(rng, 0, 3) + 1):
        organ = pick(rng, (*organs, "BONE"))
        others.append(Other(f"NT{number:02}", organ, *describe_place(rng, organ), "CT"))
    new = []
    for number in range(1, 3):
        organ = pick(rng, (*organs, "BONE", "BRAIN"))
        new.append(Other(f"N{number:02}", organ, *describe_place(rng, organ), "MRI" if organ == "BRAIN" else "CT"))
    mean = {"CR": 3000, "PR": 900, "SD": 420, "PD": 130}[course]
    pair = any(one.organ == two.organ and not one.node for one, two in zip(lesions, lesions[1:], strict=False))
    return Disease(
        course,
        tuple(lesions),
        tuple(others),
        gone=between(rng, 60, 200) if course == "CR" else 99999,
        progress=20 + int(rng.exponential(mean * 2.5)) if others else 99999,
        spread=30 + int(rng.exponential(mean * 1.3)),
        new=tuple(new),
        splits=between(rng, 30, 200) if chance(rng, 0.06) and not lesions[0].node else 0,
        merges=between(rng, 30, 160) if pair and chance(rng, 0.25) else 0,
        reader=float(rng.random()),
    )


def measure(rng: Rng, lesion: Lesion, day: int) -> Mark:
    """Whole millimetres with the reader's error; below 5 mm too small to measure, then gone; nodes stay visible."""
    true = lesion.diameter(day)
    seen = round(true * (1 + rng.normal(0, 0.025)) + rng.normal(0, 0.5))
    if day < 0:
        return Mark(lesion.number, lesion.node, max(seen, 15 if lesion.node else 10), "PRES")
    if chance(rng, 0.008):
        return Mark(lesion.number, lesion.node, None, "NE")
    if lesion.node:
        return Mark(lesion.number, True, max(seen, 4), "PRES")
    if true < 2:
        return Mark(lesion.number, False, 0, "ABS")
    return Mark(lesion.number, False, max(seen, 5), "PRES") if seen > 5 else Mark(lesion.number, False, 5, "TOOSM")


def reshape(rng: Rng, disease: Disease, marks: list[Mark], day: int) -> list[Mark]:
    """A lesion that falls in two, or two of an organ that grow together: the sum keeps both parts, or the whole."""
    first = marks[0]
    if disease.splits and day >= disease.splits and (first.diameter or 0) >= 12:
        large = round((first.diameter or 0) * 0.6)
        small = max((first.diameter or 0) - large, 5)
        status = "SPLIT" if day < disease.splits + 42 else "PRES"
        marks = [
            replace(first, number="T01a", diameter=large, status=status, origin="T01"),
            replace(first, number="T01b", diameter=small, status=status, origin="T01"),
            *marks[1:],
        ]
    elif disease.merges and day >= disease.merges:
        place = next(
            place
            for place, (one, two) in enumerate(zip(disease.targets, disease.targets[1:], strict=False))
            if one.organ == two.organ and not one.node
        )
        one, two = marks[place], marks[place + 1]
        if one.diameter and two.diameter and min(one.diameter, two.diameter) > 5:
            whole = one.diameter + two.diameter - between(rng, 0, 2)
            marks[place] = replace(one, diameter=None, status="MERGED")
            marks[place + 1] = replace(two, diameter=whole, origin=f"{one.number};{two.number}")
    return marks


def new_lesions(rng: Rng, disease: Disease, day: int) -> tuple[Other, ...]:
    """Lesions that were not there: a second one later; rarely one that stays equivocal."""
    found = [
        replace(lesion, status="UNEQ")
        for lesion, start in zip(disease.new, (disease.spread, disease.spread + 50), strict=True)
        if day >= start
    ]
    if not found and disease.reader > 0.97 and day > 60:
        found = [replace(disease.new[0], number="N09", status="EQUIV")]
    return tuple(found)


def true_response(disease: Disease, day: int, lowest: float) -> str:
    """What a reader without error would say of the lesions."""
    total, base = (sum(lesion.diameter(when) for lesion in disease.targets) for when in (day, 0))
    if day >= min(disease.spread, disease.progress) or total >= 1.2 * lowest and total - lowest >= 5:
        return "PD"
    if all(lesion.diameter(day) < (10 if lesion.node else 2) for lesion in disease.targets):
        return "CR" if not disease.others or day >= disease.gone else "PR"
    return "PR" if total <= 0.7 * base else "SD"


def assess(
    rng: Rng, disease: Disease, week: int, day: date, since: int, baseline: int, nadir: int, lowest: float
) -> Assessment:
    marks = tuple(reshape(rng, disease, [measure(rng, lesion, since) for lesion in disease.targets], since))
    others = []
    for place, lesion in enumerate(disease.others):
        status = "UPD" if place == 0 and since >= disease.progress else "ABS" if since >= disease.gone else "PRES"
        others.append(replace(lesion, status="NE" if status == "PRES" and chance(rng, 0.015) else status))
    new = new_lesions(rng, disease, since)
    target, nontarget = (
        target_response(marks, baseline, nadir),
        nontarget_response([lesion.status for lesion in others]),
    )
    overall = overall_response(target, nontarget, any(lesion.status == "UNEQ" for lesion in new))
    said = seen = target
    if disease.reader < 0.05 and overall in ("SD", "PR") and overall == target:  # SD called PR or the other way round
        said = {"SD": "PR", "PR": "SD"}[overall] if week in (12, 24) else target
        seen = said
    return Assessment(
        week,
        day,
        "",
        marks,
        tuple(others),
        new,
        target_sum(marks),
        target,
        nontarget,
        overall,
        overall if seen == target else said,
        seen,
        true_response(disease, since, lowest),
    )


def follow(rng: Rng, person: Person, disease: Disease, horizon: date) -> list[Assessment]:
    """Screening and every assessment until the horizon; the caller cuts the list where follow-up stops."""
    first = person.slot.first_dose
    assert first is not None
    screening = later(person.screened, min(between(rng, 0, 4), max(days_between(person.screened, first) - 1, 0)))
    marks = tuple(measure(rng, lesion, days_between(first, screening) - 1) for lesion in disease.targets)
    base = target_sum(marks) or 0
    found = [Assessment(0, screening, "", marks, disease.others, (), base)]
    nadir, lowest = base, sum(lesion.base for lesion in disease.targets)
    for week in PROTOCOL["tumour_weeks"]:
        since = week * 7 + between(rng, -4, 4)
        day = later(first, since)
        lowest = min(
            [
                lowest,
                *(sum(lesion.diameter(when) for lesion in disease.targets) for when in range(since - 40, since, 8)),
            ]
        )
        if day > min(horizon, CUTOFF):
            break
        if chance(rng, 0.02):
            found.append(
                Assessment(week, day, pick(rng, ("CT scanner out of order", "Subject was in hospital elsewhere")))
            )
            continue
        found.append(assess(rng, disease, week, day, since, base, nadir, lowest))
        nadir = smallest(found[-1], nadir)
    return found


def smallest(assessment: Assessment, nadir: int) -> int:
    """The nadir counts only time points at which every lesion was measured."""
    complete = assessment.total is not None and all(mark.status != "NE" for mark in assessment.marks)
    return min(nadir, assessment.total) if complete and assessment.total is not None else nadir


def first_progression(assessments: Sequence[Assessment]) -> Assessment | None:
    return next((one for one in assessments if one.investigator == "PD"), None)

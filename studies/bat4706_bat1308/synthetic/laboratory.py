"""The central laboratory: draws, values that drift and follow the adverse events, and the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, log

import numpy as np

from .edc import Book, add
from .facts import Course
from .person import Person
from .protocol import PROTOCOL, Rng, at, between, chance, later, pick, table
from .toxicity import Event, Line
from .visits import Visit

__all__ = ["GRADES", "collect_laboratory"]

TESTS = table("lab_tests")
CODES = {row["TEST_CODE"]: row for row in TESTS}
CONVENTIONAL = {"GLU": ("mg/dL", 1 / 18.016, 0)}  # the site that reports it otherwise: unit, factor to SI, digits
MASS = {"GLU": "2345-7"}  # LOINC of its mass concentration
GRADES = {  # CTCAE v5.0: value range of a grade, absolute or times a limit
    "NEUT": ("NEU#", "", {1: (1.5, 1.75), 2: (1.0, 1.5), 3: (0.5, 1.0), 4: (0.08, 0.5)}),
    "PLAT": ("PLT", "", {1: (75, 124), 2: (50, 75), 3: (25, 50), 4: (8, 25)}),
    "HGB": ("HGB", "", {1: (100, 114), 2: (80, 100), 3: (65, 80), 4: (48, 62)}),
    "WBC": ("WBC#", "", {1: (3.0, 3.4), 2: (2.2, 3.0)}),
    "K_L": ("K", "", {1: (3.05, 3.45), 2: (3.02, 3.4), 3: (2.5, 3.0), 4: (2.0, 2.5)}),
    "ALT": ("ALT", "HIGH", {1: (1, 3), 2: (3, 5), 3: (5, 15), 4: (20.5, 30), 5: (20.5, 30)}),
    "AST": ("AST", "HIGH", {1: (1, 3), 2: (3, 5), 3: (5, 15), 4: (20.5, 30)}),
    "BILI": ("TBIL", "HIGH", {1: (1, 1.5), 2: (1.5, 3), 3: (3, 8)}),
    "AMYLASE": ("AMY", "HIGH", {1: (1, 1.5), 2: (1.5, 2), 3: (2, 5)}),
    "TSH_H": ("TSH", "HIGH", {1: (1.1, 2.4), 2: (2.5, 10), 3: (8, 20)}),
    "TSH_L": ("TSH", "LOW", {1: (0.3, 0.9), 2: (0.02, 0.3), 3: (0.01, 0.1)}),
}
SICK = {"HGB": -0.9, "ALB": -0.8, "LDH": 0.5, "LYM#": -0.4, "GGT": 0.4, "ALP": 0.4}  # where patients differ, in SD
BOUNDS = {
    "NEU#": (1.82, 9),
    "PLT": (90, 420),
    "HGB": (101, 180),
    "K": (3.3, 5.4),
    "GLU": (3.4, 13),
    "NA": (131, 150),
    "CA": (2.02, 2.7),
    "MG": (0.66, 1.2),
    "ALB": (31, 56),
    "LYM#": (0.82, 5),
    "PHOS": (0.7, 1.9),
    "INR": (0.75, 1.45),
    "WBC#": (3.0, 20),
}
CEILING = {
    "ALT": 1.6,
    "AST": 1.6,
    "TBIL": 1.2,
    "AMY": 1.3,
    "LIP": 1.4,
    "CK": 2.0,
    "CREA": 1.4,
    "ALP": 2.0,
    "GGT": 2.2,
}  # times the upper limit
CANCELLED = {"HEM": ("CLOTTED", "INSUFFICIENT"), "CHEM": ("HAEMOLYSED", "INSUFFICIENT"), "COAG": ("CLOTTED",)}


@dataclass(frozen=True)
class Draw:
    """Blood or urine taken at a visit for some panels."""

    visit: Visit
    when: datetime
    panels: tuple[str, ...]
    fast: bool


def limits(test: Mapping[str, str], person: Person) -> tuple[float | None, float | None]:
    """The reference range by sex, and by age from 60 years on."""
    if test["LOW_OLD"] and person.age >= 60 and person.sex == "M":
        return float(test["LOW_OLD"]), float(test["HIGH_OLD"])
    low, high = test[f"LOW_{person.sex}"], test[f"HIGH_{person.sex}"]
    return (float(low) if low else None), (float(high) if high else None)


def plan_draws(rng: Rng, visits: Sequence[Visit], person: Person) -> list[Draw]:
    draws = []
    for visit in visits:
        if not visit.happened:
            continue
        if visit.control:
            panels: tuple[str, ...] = ("CHEM",) if visit.control == "K" else ("HEM", "CHEM")
            draws.append(Draw(visit, at(visit.day, between(rng, 450, 525)), panels, False))
        elif visit.laboratory:
            short = visit.name in ("C1D8", "C1D15")
            test = ("PREG",) if person.childbearing == "Y" and not short else ()
            panels = ("HEM", "CHEM") if short else ("HEM", "CHEM", "COAG", "THYR", *test, "UA")
            draws.append(Draw(visit, at(visit.day, between(rng, 450, 525)), panels, chance(rng, 0.9)))
    return draws


def wander(rng: Rng, person: Person, moments: Sequence[datetime]) -> list[dict[str, float]]:
    """The quantitative tests at each draw before any adverse event: autocorrelated around a level and a trend."""
    count = len(TESTS)
    level = rng.normal(0, 0.6, count) + np.array([SICK.get(test["TEST_CODE"], 0.0) for test in TESTS])
    state, slope = rng.normal(0, 0.6, count), rng.normal(0, 0.0006, count)
    found = []
    for moment in moments:
        state = 0.7 * state + rng.normal(0, 0.45, count)
        scores = level + state + slope * (moment - moments[0]).days
        found.append(
            {
                test["TEST_CODE"]: value
                for test, score in zip(TESTS, scores, strict=True)
                if (value := quantity(test, person, float(score))) is not None
            }
        )
    return found


def quantity(test: Mapping[str, str], person: Person, score: float) -> float | None:
    """A value from its standardised score, within bounds that no severe event is needed for; none for texts."""
    low, high = limits(test, person)
    code = test["TEST_CODE"]
    if test["SHAPE"] not in "NLH" or low is None or high is None:
        return None
    score = score * (0.5 + float(test["SPREAD"]))
    if test["SHAPE"] == "L":
        value = exp((log(low) + log(high)) / 2 + (log(high) - log(low)) / 4 * score)
    else:
        value = (low + high) / 2 + (high - low) / 4 * score
    value = min(value, CEILING[code] * high) if code in CEILING else value
    return float(np.clip(value, *BOUNDS[code])) if code in BOUNDS else value


def active_grades(events: Sequence[Event], draw: Draw) -> dict[str, int]:
    """Which laboratory event is on, with its grade, when the sample is drawn."""
    found: dict[str, int] = {}
    for event in events:
        test = event.facts["TESTCD"]
        for line in event.lines:
            if test and begun(event, line, draw.when) and not over(event, line, draw.when):
                found[test] = max(found.get(test, 0), min(line.grade, 4))
    return found


def begun(event: Event, line: Line, when: datetime) -> bool:
    """An event that the laboratory finds starts with the sample of that day, whatever the hour."""
    return line.start <= when if event.timed else line.start.date() <= when.date()


def over(event: Event, line: Line, when: datetime) -> bool:
    if line.end is None:
        return False
    return line.end <= when if event.timed else line.end.date() <= when.date()


def apply_events(rng: Rng, values: dict[str, float], grades: Mapping[str, int], person: Person) -> dict[str, float]:
    """Put the value of each test with an event into the range of its grade."""
    for test, grade in grades.items():
        code, limit, ranges = GRADES[test]
        low, high = limits(CODES[code], person)
        factor = {"": 1.0, "HIGH": high, "LOW": low}[limit] or 1.0
        bottom, top = ranges[min(grade, max(ranges))]
        values[code] = factor * (bottom + (top - bottom) * rng.uniform(0.12, 0.88))
        if code == "TSH":
            values["FT4"] = {"TSH_H": 0.75 if grade >= 2 else 1.0, "TSH_L": 2.2 if grade >= 2 else 1.6}[
                test
            ] * rng.uniform(0.95, 1.05)
    return values


def derive_values(rng: Rng, values: dict[str, float], grades: Mapping[str, int]) -> dict[str, float]:
    """What hangs together: leukocytes are the sum of their kinds, red cells and haematocrit follow haemoglobin."""
    kinds = ("NEU#", "LYM#", "MON#", "EOS#")
    if "WBC" in grades:
        shares = (0.6, 0.28, 0.09, 0.02)
        values.update(
            {
                kind: values["WBC#"] * share
                for kind, share in zip(kinds, shares, strict=True)
                if kind != "NEU#" or "NEUT" not in grades
            }
        )
    values["WBC#"] = sum(values[kind] for kind in kinds) + 0.03
    values["RBC"] = values["HGB"] / 30 * rng.uniform(0.96, 1.04)
    values["HCT"] = values["HGB"] * 0.3 * rng.uniform(0.97, 1.03)
    values["DBIL"] = values["TBIL"] * rng.uniform(0.03, 0.33)
    if "ALT" in grades and "AST" not in grades:
        values["AST"] = max(values["AST"], min(values["ALT"] * 0.6, 90.0))
    return values


def strip(rng: Rng, test: Mapping[str, str]) -> str:
    if chance(rng, float(test["SPREAD"])):
        return pick(rng, ("TRACE", "1+", "2+"), (0.6, 0.32, 0.08))
    return "NEGATIVE"


def write_number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


def report(rng: Rng, test: Mapping[str, str], person: Person, values: Mapping[str, float]) -> dict[str, str]:
    """The result as reported and in SI, its range and its alert."""
    code, low, high = test["TEST_CODE"], *limits(test, person)
    unit, factor, digits = test["UNITS"], float(test["FACTOR"]), int(test["DIGITS"] or 0)
    if test["SHAPE"] == "C":
        text = strip(rng, test)
        return {
            "RESULT": text,
            "UNITS": "",
            "REF_LOW": "",
            "REF_HIGH": "NEGATIVE",
            "RESULT_SI": "",
            "UNITS_SI": "",
            "REF_LOW_SI": "",
            "REF_HIGH_SI": "",
            "ALERT": "" if text in ("NEGATIVE", "TRACE") else "H",
        }
    value = values.get(code, 0.1)
    alert = ""
    if code in CONVENTIONAL and person.imperial:
        unit, factor, digits = CONVENTIONAL[code]
        value, low, high = value / factor, low and low / factor, high and high / factor
    text = write_number(value, digits)
    if test["BELOW"] and value < float(test["BELOW"][1:]):
        text, si = test["BELOW"], ""
        shown = float(test["BELOW"][1:]) * 0.99
    else:
        shown = float(text)
        si = f"{shown * factor:.4g}" if factor != 1 else text
    bounds = [write_number(bound, digits) if bound is not None else "" for bound in (low, high)]
    if bounds[0] and shown < float(bounds[0]):
        alert = "LL" if test["PANIC_LOW"] and shown * panic(code, person) < float(test["PANIC_LOW"]) else "L"
    elif bounds[1] and shown > float(bounds[1]):
        alert = "HH" if test["PANIC_HIGH"] and shown * panic(code, person) > float(test["PANIC_HIGH"]) else "H"
    in_si = [f"{float(bound) * factor:.4g}" if bound and factor != 1 else bound for bound in bounds]
    return {
        "RESULT": text,
        "UNITS": unit,
        "REF_LOW": bounds[0],
        "REF_HIGH": bounds[1],
        "RESULT_SI": si,
        "UNITS_SI": test["UNITS_SI"],
        "REF_LOW_SI": in_si[0],
        "REF_HIGH_SI": in_si[1],
        "ALERT": alert,
    }


def panic(code: str, person: Person) -> float:
    """Alarm limits are kept in the usual unit."""
    return CONVENTIONAL[code][1] if code in CONVENTIONAL and person.imperial else 1.0


def result_rows(
    rng: Rng,
    person: Person,
    draw: Draw,
    accession: Mapping[str, str],
    values: dict[str, float],
    grades: Mapping[str, int],
) -> list[dict[str, str]]:
    received = later(draw.when.date(), 1 if draw.when.hour > 7 and chance(rng, 0.8) else 0)
    received = min(received, PROTOCOL["cutoff"])
    shared = {
        "PROTOCOL": PROTOCOL["studyid"],
        "SITE_NO": person.site,
        "PATIENT_NO": person.subject,
        "PATIENT_SEX": person.sex,
        "PATIENT_YOB": str(person.birth.year),
        "VISIT_NAME": draw.visit.name,
        "COLL_DATE": f"{draw.when:%Y%m%d}",
        "COLL_TIME": f"{draw.when:%H%M}",
        "RECV_DATE": f"{received:%Y%m%d}",
    }
    spoilt = {
        panel: pick(rng, CANCELLED[panel])
        for panel in draw.panels
        if panel in CANCELLED and not grades and not draw.visit.control and chance(rng, 0.004)
    }
    rows = []
    for test in TESTS:
        panel = test["PANEL"]
        kind = "URINE" if panel == "UA" else "BLOOD"
        if panel not in draw.panels or kind not in accession or draw.visit.control == "K" and test["TESTCD"] != "K":
            continue
        what = report(rng, test, person, values)
        status, comment = ("C", "CORRECTED AFTER REPEAT") if chance(rng, 0.0008) else ("F", "")
        if panel in spoilt:
            what |= {"RESULT": "", "RESULT_SI": "", "ALERT": ""}
            status, comment = "X", spoilt[panel]
        rows.append(
            {
                **shared,
                "ACCESSION": accession[kind],
                "PANEL": panel,
                "TEST_CODE": test["TEST_CODE"],
                "TEST_NAME": test["TEST_NAME"],
                "LOINC": MASS.get(test["TEST_CODE"], test["LOINC"]) if person.imperial else test["LOINC"],
                "SPECIMEN": test["SPECIMEN"],
                "METHOD": test["METHOD"],
                **what,
                "STATUS": status,
                "COMMENT": comment,
            }
        )
    return rows


def collect_laboratory(rng: Rng, book: Book, visits: Sequence[Visit], course: Course | None) -> None:
    """The collection pages and the laboratory's results of one subject."""
    person, events = book.person, course.events if course else []
    results, count = book.rows.setdefault("LAB", []), 0
    draws = plan_draws(rng, visits, person)
    for draw, values in zip(draws, wander(rng, person, [draw.when for draw in draws]), strict=True):
        accession, lines = {}, []
        for kind in ("BLOOD", "URINE"):
            if kind == "URINE" and "UA" not in draw.panels:
                continue
            if kind == "URINE" and chance(rng, 0.01):
                lines.append({"LBPERF": "N", "LBREASND": "Subject could not pass urine", "LBPANEL": kind})
                continue
            count += 1
            accession[kind] = f"A{person.subject}{count:03}"
            lines.append(
                {
                    "LBPERF": "Y",
                    "LBPANEL": kind,
                    "LBDAT": draw.when.date(),
                    "LBTIM": draw.when,
                    "LBFAST": ("Y" if draw.fast else pick(rng, ("N", "U"))) if kind == "BLOOD" else "",
                    "LBACCNO": accession[kind],
                }
            )
        add(book, "LBC", draw.visit, draw.visit.day, lines)
        grades = active_grades(events, draw)
        numbers = derive_values(rng, apply_events(rng, values, grades, person), grades)
        results += result_rows(rng, person, draw, accession, numbers, grades)

"""Lesions of random subjects, judged by our functions and by an oracle: RECIST 1.1 in plain loops.

The oracle shares nothing with adam.recist: it sees one subject at a time and follows Eisenhauer 2009, 4.3 and 4.4 and
tables 1 and 2; what counts as further growth is in iRECIST (Seymour 2017), table 2.
"""

import random
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pandas as pd
import pytest

from adam.recist import compute_overall, derive_sums, derive_time_points

FIRST_DOSE = pd.Timestamp("2024-01-10")
SUBJECTS = 250
PROGRESSED, UNEQUIVOCAL = "UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL"
TEXTS = ["USUBJID", "TRGRPID", "TRLNKID", "TRLNKGRP", "TRTESTCD", "TRSTRESC", "TRDTC", "VISIT", "_record"]
GROUPS = {"T": "TARGET", "N": "TARGET", "X": "NON-TARGET", "Z": "NEW"}


@dataclass
class Visit:
    """What was seen: of a target (T; N is a lymph node) mm or None, of a non-target (X) and a new lesion (Z) its state."""

    seen: dict[str, float | str | None]
    days: dict[str, int]                                    # after the first dose, of each lesion

    def sizes(self) -> dict[str, float]:
        return {name: float(size) for name, size in self.seen.items()
                if name[0] in "TN" and isinstance(size, (int, float))}


@dataclass
class Subject:
    visits: list[Visit]
    parts: dict[str, str] = field(default_factory=dict)     # part of a lesion that split: the lesion


# ---- The oracle ----

def target_response(sizes: dict[str, float], complete: bool, base: float, nadir: float) -> str:
    """4.3.1: progression first, as it stands whatever a missing lesion would add (4.4.2)."""
    total = sum(sizes.values())
    if total >= nadir * 1.2 - 1e-9 and total - nadir >= 5 - 1e-9:
        return "PD"
    if not complete:
        return "NE"
    if all(size < 10 if name[0] == "N" else size == 0 for name, size in sizes.items()):
        return "CR"
    return "PR" if total <= base * 0.7 + 1e-9 else "SD"


def nontarget_response(seen: dict[str, Any], expected: set[str]) -> str:
    """4.3.3: all gone, all evaluated, or unequivocal progression of any."""
    states = [state for name, state in seen.items() if name[0] == "X"]
    if PROGRESSED in states:
        return "PD"
    if not expected and not states:
        return "NOT APPLICABLE"
    if any(seen.get(name) in (None, "NE") for name in expected):
        return "NE"
    return "CR" if all(state == "ABSENT" for state in states) else "NON-CR/NON-PD"


def overall_response(target: str, nontarget: str, new: bool) -> str:
    """Tables 1 and 2."""
    if new or "PD" in (target, nontarget):
        return "PD"
    if target == "NOT APPLICABLE":
        return "NE" if nontarget == "NOT APPLICABLE" else nontarget
    if target == "CR":
        return "CR" if nontarget in ("CR", "NOT APPLICABLE") else "PR"
    return target


def oracle(subject: Subject) -> list[dict[str, Any]]:
    """Every assessment after the first dose; the baseline is the last one until then with a measured target lesion.

    Growth confirms a progression if it is "further": since the last evaluable assessment, of the target lesions by 5 mm,
    of the others by one, or by RECIST 1.1 in target lesions that had not progressed (iRECIST, table 2 and its text).
    """
    visits = sorted(subject.visits, key=lambda visit: max(visit.days.values()))
    before = [visit for visit in visits if max(visit.days.values()) <= 0]
    baselines = [visit for visit in before if visit.sizes()]
    base = baselines[-1].sizes() if baselines else {}
    after = visits[len(before):]
    expected = {name for visit in before for name in visit.seen if name[0] == "X"}
    nadir, whole, last, made = sum(base.values()), sum(base.values()), (0.0, 0, 0, ""), []
    for visit in after:
        sizes = visit.sizes()
        covered = {subject.parts.get(name, name) for name in sizes} | {one for name in sizes for one in name.split("/")}
        complete = bool(base) and {subject.parts.get(name, name) for name in base} <= covered
        target = target_response(sizes, complete, sum(base.values()), nadir) if base else "NOT APPLICABLE"
        nontarget = nontarget_response(visit.seen, expected)
        new = sum(state == UNEQUIVOCAL for name, state in visit.seen.items() if name[0] == "Z")
        worse = sum(state == PROGRESSED for state in visit.seen.values())
        overall = overall_response(target, nontarget, new > 0)
        if any(one["OVERALL"] == "CR" for one in made) and any(size > 0 for name, size in sizes.items() if name[0] == "T"):
            target = overall = "PD"                          # appendix II: after CR a lesion that reappears is progression
        total = sum(sizes.values())
        larger = bool(base) and total - max(whole, last[0]) >= 5 - 1e-9
        made.append({"TARGET": target, "NONTARG": nontarget, "NEWLES": "Y" if new else "N", "OVERALL": overall,
                     "ADT": min(visit.days.values()) if overall == "PD" else max(visit.days.values()),
                     "GROWN": larger or new > last[1] or worse > last[2] or (target == "PD" and last[3] != "PD")})
        if complete:
            nadir, whole = min(nadir, total), total
        if overall != "NE":
            last = (total if sizes else last[0], new, worse, target)
    return made


# ---- Random subjects, many of them at a boundary ----

def draw_size(source: random.Random, name: str, previous: float) -> float | None:
    """Often a change that sits on a threshold."""
    if source.random() < 0.06:
        return None
    if name[0] == "N" and source.random() < 0.3:
        return source.choice([9, 9.9, 10, 10.1, 11, 14, 15])
    factor = source.choice([0, 0.5, 0.69, 0.7, 0.71, 0.7, 1, 1, 1.19, 1.2, 1.21, 1.2])
    shift = source.choice([0, 0, 0, 4.9, 5, 5.1, -5])
    return max(0.0, round(previous * factor + shift, 1)) if previous else source.choice([0, 0, 0, 4, 5, 6])


def draw_subject(source: random.Random) -> Subject:
    targets = ["T01", "T02", "N01"][:source.choice([0, 1, 1, 1, 2, 3])]
    others = ["X01", "X02"][:source.choice([0, 0, 1, 2])]
    sizes: dict[str, float] = {name: source.choice([10, 20, 25, 30, 40, 90, 100]) for name in targets}
    visits, parts, day = [], {}, source.choice([-28, -20, -1, 0])
    for number in range(source.randint(1, 6)):
        seen: dict[str, float | str | None] = {}
        for name in targets:
            size = draw_size(source, name, sizes[name]) if number else sizes[name]
            size = sizes[name] if size is None and day <= 0 else size      # a baseline is complete
            if size is not None or source.random() < 0.5:
                seen[name] = size
            sizes[name] = sizes[name] if size is None else size
        split = source.random()
        if day > 0 and split < 0.08 and seen.get("T01"):
            whole = float(seen.pop("T01"))
            seen |= {"T01a": round(whole / 2, 1), "T01b": whole - round(whole / 2, 1)}
            parts = {"T01a": "T01", "T01b": "T01"}
        elif day > 0 and split < 0.14 and seen.get("T01") and seen.get("T02"):
            seen["T01/T02"] = float(seen.pop("T01")) + float(seen.pop("T02"))
        for name in others:
            if number == 0:
                seen[name] = "PRESENT"
            elif source.random() < 0.9:
                seen[name] = source.choice(["PRESENT", "PRESENT", "ABSENT", "ABSENT", "NE", PROGRESSED])
        for name in ("Z01", "Z02"):
            if number and source.random() < 0.07:
                seen[name] = source.choice([UNEQUIVOCAL, UNEQUIVOCAL, "EQUIVOCAL"])
        if seen:
            visits.append(Visit(seen, {name: day + (source.choice([0, 0, 2]) if day > 0 else 0) for name in seen}))
        day += source.choice([21, 28, 42, 42, 56, 5])
    return Subject(visits, parts)


def draw(seed: int, count: int = SUBJECTS) -> dict[str, Subject]:
    source = random.Random(seed)
    return {f"{number:04}": draw_subject(source) for number in range(count)}


def lesions(subjects: dict[str, Subject], seed: int = 0) -> pd.DataFrame:
    """The results of all subjects as SDTM has them, in random order."""
    rows = []
    for subject, own in subjects.items():
        for number, visit in enumerate(own.visits):
            for name, value in visit.seen.items():
                test = {"T": "LDIAM", "N": "LPERP"}.get(name[0], "TUMSTATE")
                size = value if isinstance(value, (int, float)) else None
                date = (FIRST_DOSE + pd.Timedelta(days=visit.days[name])).date().isoformat()
                rows.append((subject, GROUPS[name[0]], name, f"A{number}", test, "" if value is None else f"{value}", date, f"V{number}",
                             f"TL:{len(rows)}", float(len(rows)), float("nan") if size is None else float(size), float(number)))
    data = pd.DataFrame(rows, columns=[*TEXTS, "TRSEQ", "TRSTRESN", "VISITNUM"])
    data = data.astype(dict.fromkeys(TEXTS, "str") | dict.fromkeys(["TRSEQ", "TRSTRESN", "VISITNUM"], "float64"))
    return data.sample(frac=1, random_state=seed).reset_index(drop=True)


def origins(subjects: dict[str, Subject]) -> pd.DataFrame:
    rows = [(subject, part, whole, "LIVER") for subject, own in subjects.items() for part, whole in own.parts.items()]
    return pd.DataFrame(rows, columns=["USUBJID", "TULNKID", "TUFROM", "TULOC"], dtype="str")


def judged(subjects: dict[str, Subject]) -> dict[str, list[dict[str, Any]]]:
    first = pd.Series(FIRST_DOSE, index=list(subjects)).astype("datetime64[s]")
    points = derive_time_points(lesions(subjects), origins(subjects), first).sort_values(["USUBJID", "ADT"], kind="stable")
    names = ["TARGET", "NONTARG", "NEWLES", "OVERALL", "GROWN"]
    made: dict[str, list[dict[str, Any]]] = {}
    for row in points.to_dict("records"):
        one = {name: row[name] for name in names} | {"ADT": (row["ADT"] - FIRST_DOSE).days}
        made.setdefault(row["USUBJID"], []).append(one)
    return made


@pytest.mark.parametrize("name", ["TARGET", "NONTARG", "NEWLES", "OVERALL", "ADT", "GROWN"])
def test_every_assessment_is_judged_as_the_publication_says(name):
    subjects = draw(1)
    ours, differs = judged(subjects), {}
    for subject, own in subjects.items():
        expected, found = [one[name] for one in oracle(own)], [one[name] for one in ours.get(subject, [])]
        if expected != found:
            differs[subject] = (found, expected, own)
    assert not differs, f"{len(differs)} differ, (ours, oracle, subject): {list(differs.items())[:2]}"


def test_the_baseline_and_the_nadir_are_those_of_complete_assessments():
    subjects = draw(2)
    first = pd.Series(FIRST_DOSE, index=list(subjects)).astype("datetime64[s]")
    sums = derive_sums(lesions(subjects), origins(subjects), first)
    for subject, own in sums.sort_values(["USUBJID", "ADT"], kind="stable").groupby("USUBJID"):
        base, nadir = None, None
        for row in own.to_dict("records"):
            if row["ABLFL"]:
                base = nadir = row["SUM"]
            elif base is not None:
                assert (row["BASE"], row["NADIR"]) == (base, nadir), subject
                nadir = min(nadir, row["SUM"]) if row["COMPLETE"] else nadir


def test_every_combination_of_the_tables_of_overall_response_is_the_same():
    targets, others = ["CR", "PR", "SD", "PD", "NE", "NOT APPLICABLE"], ["CR", "NON-CR/NON-PD", "PD", "NE", "NOT APPLICABLE"]
    rows = list(product(targets, others, ["Y", "N"]))
    columns = [pd.Series(values, dtype="str") for values in zip(*rows, strict=True)]
    assert compute_overall(*columns).tolist() == [overall_response(target, other, new == "Y") for target, other, new in rows]


def test_a_later_assessment_changes_no_earlier_one():
    subjects = draw(3)
    shorter = {name: replace(own, visits=sorted(own.visits, key=lambda visit: max(visit.days.values()))[:-1])
               for name, own in subjects.items()}
    long, short = judged(subjects), judged({name: own for name, own in shorter.items() if own.visits})
    assert short and all(long[name][:len(made)] == made for name, made in short.items())

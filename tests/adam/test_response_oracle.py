"""Responses of random subjects, by our functions and by an oracle: the rules of the publications in plain loops.

The oracle shares nothing with adam.response: it sees one subject at a time, as visits in order of date, and follows the
text of RECIST 1.1 (Eisenhauer 2009), 4.6 and table 3, and of iRECIST (Seymour 2017), tables 2 and 3.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import pytest

from adam.response import (
    IrecistRules,
    ResponseRules,
    compute_confirmed,
    compute_counted,
    compute_irecist,
    compute_until_progression,
    find_benefit,
    find_best_response,
    find_immune_best,
    find_immune_progression,
    rename_after_cr,
)

FIRST_DOSE = pd.Timestamp("2024-01-01")
SUBJECTS = 300
RULES = {
    "usual": ResponseRules(),
    "SD between PR": ResponseRules(max_sd_between=1, max_ne_between=0),
    "many NE": ResponseRules(max_ne_between=3, max_sd_between=2, min_days_confirm=42),
    "disease after CR is progression": ResponseRules(after_cr="progression"),
    "CR was none": ResponseRules(after_cr="downgrade", no_data="NE"),
    "no intervals": ResponseRules(min_days_stable=0, min_days_confirm=0),
    "response is benefit": ResponseRules(benefit=("CR", "PR"), min_days_stable=84),
}


class Visit(NamedTuple):
    """A response, on a day after the first dose (the day of the dose is 0)."""

    day: int
    number: int
    value: str


# ---- The oracle ----

WORST_LAST = ["NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD"]


def oracle_counted(visits: Sequence[Visit]) -> list[Visit]:
    """One visit a day, the worst; an unreadable value and what was before the first dose are no assessment."""
    of_day: dict[int, Visit] = {}
    for visit in visits:
        if visit.day < 0 or visit.value not in WORST_LAST:
            continue
        other = of_day.get(visit.day)
        if other is None or WORST_LAST.index(visit.value) >= WORST_LAST.index(other.value):
            of_day[visit.day] = visit
    return [of_day[day] for day in sorted(of_day)]


def oracle_until_progression(visits: Sequence[Visit]) -> list[Visit]:
    kept = []
    for visit in visits:
        kept.append(visit)
        if visit.value == "PD":
            break
    return kept


def oracle_after_cr(visits: Sequence[Visit], rules: ResponseRules) -> list[Visit]:
    """Table 3, footnote a: disease after a true CR is a progression, or else the CR was only a PR."""
    values = [visit.value for visit in visits]
    for place, value in enumerate(values):
        earlier = [one for one in range(place) if visits[one].value == "CR"]
        if visits[place].value in ("PR", "SD") and earlier:
            if rules.after_cr == "progression":
                values[place] = "PD"
            elif rules.after_cr == "downgrade":
                for one in earlier:
                    values[one] = "PR"
        assert value in WORST_LAST
    return [visit._replace(value=value) for visit, value in zip(visits, values, strict=True)]


def oracle_confirmed(visits: Sequence[Visit], place: int, rules: ResponseRules) -> bool:
    """Whether a later visit, at least four weeks after it, shows the response again (table 3; PR-NE-PR in 4.6)."""
    first = visits[place]
    if first.value not in ("CR", "PR"):
        return False
    between: list[str] = []
    for later in visits[place + 1:]:
        again = later.value == "CR" or (first.value == "PR" and later.value == "PR")
        if again and later.day - first.day >= rules.min_days_confirm:
            break
        between.append(later.value)
    else:
        return False
    if between.count("NE") > rules.max_ne_between:
        return False
    if first.value == "CR":
        return all(value in ("CR", "NE") for value in between)
    if between.count("SD") > rules.max_sd_between or any(value not in ("CR", "PR", "NE", "SD") for value in between):
        return False
    seen_complete = False
    for value in [*between, later.value]:
        if value == "PR" and seen_complete:
            return False
        seen_complete = seen_complete or value == "CR"
    return True


def oracle_best(visits: Sequence[Visit], rules: ResponseRules, confirm: bool) -> tuple[str, int | None]:
    """Table 3: the best of the responses, and the first day of it."""
    sure = [oracle_confirmed(visits, place, rules) or not confirm for place in range(len(visits))]
    for wanted in ("CR", "PR"):
        for visit, is_sure in zip(visits, sure, strict=True):
            if visit.value == wanted and is_sure:
                return wanted, visit.day
    for wanted, values in (("SD", ("CR", "PR", "SD")), ("NON-CR/NON-PD", ("NON-CR/NON-PD",))):
        for visit in visits:
            if visit.value in values and visit.day >= rules.min_days_stable:
                return wanted, visit.day
    for visit in visits:
        if visit.value == "PD":
            return "PD", visit.day
    return ("NE", visits[0].day) if visits else (rules.no_data, None)


def oracle_benefit(visits: Sequence[Visit], rules: ResponseRules, confirm: bool) -> int | None:
    for place, visit in enumerate(visits):
        responded = oracle_confirmed(visits, place, rules) if confirm else visit.value in ("CR", "PR")
        if responded or (visit.value in rules.benefit and visit.day >= rules.min_days_stable):
            return visit.day
    return None


def oracle_irecist(visits: Sequence[Visit], grown: Sequence[bool], rules: IrecistRules) -> list[str]:
    """Table 2: progression is unconfirmed until, four to eight weeks after an iUPD that nothing reset, the disease grew.
    What follows a confirmed one, "anything" in table 3, changes nothing: it stays iCPD.
    """
    names = {"CR": "iCR", "PR": "iPR", "SD": "iSD", "NON-CR/NON-PD": "NON-iCR/NON-iUPD", "NE": "NE"}
    made: list[str] = []
    pending: list[int] = []
    for visit, grew in zip(visits, grown, strict=True):
        if "iCPD" in made:
            made.append("iCPD")
            continue
        if visit.value != "PD":
            made.append(names[visit.value])
            pending = pending if visit.value == "NE" else []
            continue
        in_time = any(rules.min_days_confirm <= visit.day - day <= rules.max_days_confirm for day in pending)
        made.append("iCPD" if in_time and grew else "iUPD")
        pending.append(visit.day)
    return made


def oracle_immune_progression(visits: Sequence[Visit], rules: IrecistRules) -> int | None:
    """The iUPD that was confirmed, not one that a response or stable disease reset; at the end, also an unconfirmed one."""
    started: int | None = None
    for visit in visits:
        if visit.value == "iCPD":
            return started
        if visit.value == "iUPD":
            started = visit.day if started is None else started
        elif visit.value != "NE":
            started = None
    return started if rules.unconfirmed_at_end else None


def oracle_immune_best(visits: Sequence[Visit], rules: ResponseRules, confirm: bool) -> tuple[str, int | None]:
    """iRECIST, table 3: iUPD does not end the search for a best response, iCPD does."""
    recist = {"iCR": "CR", "iPR": "PR", "iSD": "SD", "NON-iCR/NON-iUPD": "NON-CR/NON-PD", "NE": "NE", "iUPD": "PD", "iCPD": "PD"}
    seen: list[Visit] = []
    for visit in visits:
        seen.append(visit)
        if visit.value == "iCPD":
            break
    value, day = oracle_best([visit._replace(value=recist[visit.value]) for visit in seen], rules, confirm)
    if value != "PD":
        return {"CR": "iCR", "PR": "iPR", "SD": "iSD", "NON-CR/NON-PD": "NON-iCR/NON-iUPD"}.get(value, value), day
    for wanted in ("iCPD", "iUPD"):
        for visit in seen:
            if visit.value == wanted:
                return wanted, visit.day
    raise AssertionError("no progression")


# ---- Random subjects, many of them at a boundary ----

STEPS = [0, 0, 1, 13, 14, 15, 20, 21, 22, 27, 27, 28, 28, 28, 29, 41, 42, 42, 43, 56, 57, 84]
VALUES = ["CR", "CR", "PR", "PR", "PR", "SD", "SD", "NE", "NE", "PD", "NON-CR/NON-PD", "ND", ""]


def draw_subject(source: random.Random) -> list[Visit]:
    day, visits = source.choice([-14, -1, 0, 1, 13, 14, 27, 28, 41, 41, 42, 42, 43]), []
    mood = source.choice([VALUES, ["CR", "NE", "PR"], ["PR", "PR", "NE", "SD"], ["CR", "CR", "NE"], ["PD", "PD", "NE", "SD", "PR"]])
    for number in range(1, source.randint(0, 8) + 1):
        visits.append(Visit(day, number, source.choice(mood)))
        day += source.choice(STEPS)
    return visits


def draw(seed: int, count: int = SUBJECTS) -> dict[str, list[Visit]]:
    source = random.Random(seed)
    return {f"{number:04}": draw_subject(source) for number in range(count)}


def table(subjects: dict[str, list[Visit]], seed: int = 0) -> pd.DataFrame:
    """The visits of all subjects as our functions want them, in random order."""
    rows = [(name, FIRST_DOSE + pd.Timedelta(days=visit.day), visit.value, float(visit.number))
            for name, visits in subjects.items() for visit in visits]
    data = pd.DataFrame(rows, columns=["USUBJID", "ADT", "AVALC", "ASEQ"])
    data = data.astype({"USUBJID": "str", "ADT": "datetime64[s]", "AVALC": "str", "ASEQ": "float64"})
    return data.sample(frac=1, random_state=seed).reset_index(drop=True)


def reference(data: pd.DataFrame) -> pd.Series:
    return pd.Series(FIRST_DOSE, index=data.index).astype("datetime64[s]")


def day_of(date: pd.Timestamp) -> int | None:
    return None if pd.isna(date) else (date - FIRST_DOSE).days


def found(records: pd.DataFrame) -> dict[str, tuple[str, int | None]]:
    return {row["USUBJID"]: (row["AVALC"], day_of(row["ADT"])) for row in records.to_dict("records")}


def days(records: pd.DataFrame) -> dict[str, int | None]:
    return {row["USUBJID"]: day_of(row["ADT"]) for row in records.to_dict("records")}


def numbers(data: pd.DataFrame, flag: pd.Series) -> dict[str, list[int]]:
    chosen = data[flag == "Y"].sort_values(["USUBJID", "ADT", "ASEQ"])
    return {str(name): [int(number) for number in own["ASEQ"]] for name, own in chosen.groupby("USUBJID")}


def those_with(values: dict[str, int | None]) -> dict[str, int]:
    return {name: day for name, day in values.items() if day is not None}


def assert_same(ours: dict, oracle: dict, subjects: dict[str, list[Visit]]) -> None:
    differs = {name: (ours.get(name), oracle.get(name), [(visit.day, visit.value) for visit in subjects[name]])
               for name in subjects if ours.get(name) != oracle.get(name)}
    assert not differs, f"{len(differs)} differ, (ours, oracle, course): {list(differs.items())[:3]}"


# ---- The comparison ----

def test_the_same_assessments_count():
    subjects = draw(1)
    data = table(subjects)
    ours = numbers(data, compute_counted(data, reference(data)))
    assert_same(ours, {name: made for name, visits in subjects.items()
                       if (made := [visit.number for visit in oracle_counted(visits)])}, subjects)
    ours = numbers(data, compute_until_progression(data))
    assert_same(ours, {name: made for name, visits in subjects.items()
                       if (made := [visit.number for visit in oracle_until_progression(visits)])}, subjects)


@pytest.mark.parametrize("confirm", [False, True], ids=["unconfirmed", "confirmed"])
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_the_best_response_is_the_same(rules, confirm):
    subjects = {name: oracle_counted(visits) for name, visits in draw(2).items()}
    data = rename_after_cr(table(subjects), rules)
    data = data[compute_until_progression(data) == "Y"]
    ours = found(find_best_response(data, reference(data), list(subjects), rules, compute_confirmed(data, rules) if confirm else None))
    oracle = {name: oracle_best(oracle_until_progression(oracle_after_cr(visits, rules)), rules, confirm)
              for name, visits in subjects.items()}
    assert_same(ours, oracle, subjects)


@pytest.mark.parametrize("confirm", [False, True], ids=["unconfirmed", "confirmed"])
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_response_and_clinical_benefit_are_first_seen_on_the_same_day(rules, confirm):
    subjects = {name: oracle_until_progression(oracle_counted(visits)) for name, visits in draw(3).items()}
    data = table(subjects)
    confirmed = compute_confirmed(data, rules)
    ours = days(find_benefit(data, reference(data), rules, confirmed != "" if confirm else None))
    assert_same(ours, those_with({name: oracle_benefit(visits, rules, confirm) for name, visits in subjects.items()}), subjects)
    sure = numbers(data, confirmed.ne("").map({True: "Y", False: ""}))
    assert_same(sure, {name: made for name, visits in subjects.items() if (made := [
        visit.number for place, visit in enumerate(visits) if oracle_confirmed(visits, place, rules)])}, subjects)


@pytest.mark.parametrize("rules", [IrecistRules(), IrecistRules(21, 42, False)], ids=["4 to 8 weeks", "3 to 6 weeks"])
def test_responses_by_irecist_are_the_same(rules):
    subjects = {name: oracle_counted(visits) for name, visits in draw(4).items()}
    growth = random.Random(5)
    grown = {name: [growth.random() < 0.7 for _ in visits] for name, visits in subjects.items()}
    data = table(subjects)
    of_visit = {(name, visit.number): grew for name, visits in subjects.items()
                for visit, grew in zip(visits, grown[name], strict=True)}
    grew = pd.Series([of_visit[row["USUBJID"], int(row["ASEQ"])] for row in data.to_dict("records")], index=data.index)
    immune = data.assign(AVALC=compute_irecist(data, grew, rules))
    oracle = {name: oracle_irecist(visits, grown[name], rules) for name, visits in subjects.items()}
    assert_same({str(name): own["AVALC"].tolist() for name, own in immune.sort_values(["USUBJID", "ADT"]).groupby("USUBJID")},
                {name: made for name, made in oracle.items() if made}, subjects)

    judged = {name: [visit._replace(value=value) for visit, value in zip(visits, oracle[name], strict=True)]
              for name, visits in subjects.items()}
    assert_same(days(find_immune_progression(immune, rules)),
                those_with({name: oracle_immune_progression(visits, rules) for name, visits in judged.items()}), judged)
    for confirm in (False, True):
        for plan in (ResponseRules(), RULES["many NE"]):
            ours = found(find_immune_best(immune, reference(immune), list(judged), plan, confirm))
            assert_same(ours, {name: oracle_immune_best(visits, plan, confirm) for name, visits in judged.items()}, judged)

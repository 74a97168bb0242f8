"""Times to events of random subjects, by our functions and by an oracle: the guidances in plain loops.

The oracle shares nothing with adam.tte, adam.adtte and adam.progression: it sees one subject at a time, as days after the
first dose. FDA: Clinical Trial Endpoints (2007), appendix 3; EMA/CHMP/27994/2008, appendix 1; BDS-TTE 1.0.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
import pytest

from adam.adtte import derive_tte_parameters, plan_assessments
from adam.alive import find_death
from adam.progression import CensoringRules, find_periods
from adam.tte import Censor, End, Event, Parameter, derive_time_to_event
from cdisckit.findings import collect_findings
from cdisckit.study import load_study

STUDY = load_study("bat4706_bat1308").specs
FIRST_DOSE, CUTOFF = pd.Timestamp("2024-01-01"), 400
PLANNED, WINDOW = plan_assessments(STUDY)
SUBJECTS = 400
LEFT = {"COMPLETED": 2, "WITHDRAWAL BY SUBJECT": 3, "LOST TO FOLLOW-UP": 4, "STUDY TERMINATED BY SPONSOR": 10, "DEATH": 1}


@dataclass
class Subject:
    """Days after the first dose (its day is 0); None for what did not happen."""

    assessed: list[int] = field(default_factory=list)          # evaluable assessments
    progressed: int | None = None
    responded: int | None = None
    confirmed: int | None = None
    died: int | None = None
    therapy: int | None = None
    alive: int = 0
    left: tuple[int, str] | None = None
    has_baseline: bool = True


class Time(NamedTuple):
    """A record of the result: the day, CNSR, and what happened or showed that it did not."""

    start: int
    day: int
    censored: int
    source: str


# ---- The oracle ----

def before(days: list[int], limit: int) -> list[int]:
    return [day for day in days if day < limit]


def why_not(subject: Subject, *others: tuple[int, int]) -> int:
    """What ended the observation first explains a censoring: of (day, CNSR) of other ends, the end of the study, the
    cut-off.
    """
    study = [(subject.left[0], LEFT[subject.left[1]])] if subject.left and LEFT[subject.left[1]] > 1 else []
    return min([*others, *study, (CUTOFF, 1)], key=lambda end: end[0])[1]


def missed_between(last: int, event: int, planned: list[int], window: int) -> int:
    """Assessments whose whole window lay after the last adequate assessment and before the event."""
    return sum(day - window > last and day + window < event for day in planned)


def oracle_progression(subject: Subject, start: int, stops_at_therapy: bool, missed: int | None,
                       death_counts: bool = True) -> Time:
    """FDA 2007, appendix 3, table A; by the EMA, every progression and every death is an event."""
    assessed = before(sorted(subject.assessed), CUTOFF + 1) if subject.has_baseline else []
    progressed = subject.progressed if subject.has_baseline else None
    treated = stops_at_therapy and subject.therapy is not None and subject.therapy <= CUTOFF
    treated_until = subject.therapy if treated and subject.therapy is not None else 10**6
    both = [("PD", progressed), ("DEATH", subject.died)]
    events = [(day, name) for name, day in both if day is not None and day <= CUTOFF and day < treated_until]
    first = min(events, key=lambda event: event[0]) if events else None
    usable = before(assessed, treated_until)
    gap = False
    if first and missed is not None:
        seen = before(usable, first[0])
        last = max([0, *seen])
        gap = missed_between(last, first[0], PLANNED, WINDOW) >= missed
        usable = seen if gap else usable
    if first and not gap and (death_counts or first[1] == "PD"):
        return Time(start, max(first[0], start), 0, first[1])
    day = max([start, *usable])
    source = "ASSESSED" if usable and max(usable) >= start else "START"
    if not subject.has_baseline:
        return Time(start, day, 8, source)
    if not before(assessed, treated_until):
        return Time(start, day, 7, source)
    if gap:
        return Time(start, day, 6, source)
    died = [(first[0], 9)] if first else []                    # it is no event of the time to progression
    return Time(start, day, why_not(subject, (treated_until - 1, 5), *died), source)


def oracle_survival(subject: Subject) -> Time:
    if subject.died is not None and subject.died <= CUTOFF:
        return Time(0, max(subject.died, 0), 0, "DEATH")
    day = max(0, subject.alive)
    return Time(0, day, why_not(subject), "ALIVE" if subject.alive >= 0 else "START")


def oracle(subject: Subject) -> dict[str, Time]:
    """Every parameter that the subject has; what was seen after the cut-off was not seen."""
    made = {"OS": oracle_survival(subject),
            "PFS": oracle_progression(subject, 0, True, None),
            "PFSFDA": oracle_progression(subject, 0, True, 2),
            "PFSEMA": oracle_progression(subject, 0, False, None),
            "TTP": oracle_progression(subject, 0, True, None, death_counts=False)}
    if subject.responded is not None and subject.responded <= CUTOFF:
        made["DOR"] = oracle_progression(subject, subject.responded, True, None)
        made["TTR"] = Time(0, subject.responded, 0, "RESPONSE")
    if subject.confirmed is not None and subject.confirmed <= CUTOFF:
        made["CDOR"] = oracle_progression(subject, subject.confirmed, True, None)
    return made


# ---- Random subjects, many of them at a boundary ----

def draw_subject(source: random.Random) -> Subject:
    kept = source.choice([0.2, 0.5, 0.8, 1.0])
    days = [day + source.choice([-7, -1, 0, 0, 0, 1, 7]) for day in PLANNED[:source.randint(0, 10)] if source.random() < kept]
    days = sorted(days)
    subject = Subject(days, alive=max([0, *days]) + source.choice([0, 1, 30]), has_baseline=source.random() < 0.93)
    if days and source.random() < 0.5:
        subject.progressed = days[-1] if source.random() < 0.8 else source.choice(days)
    responses = [day for day in days if subject.progressed is None or day < subject.progressed]
    if responses and source.random() < 0.5 and subject.has_baseline:
        subject.responded = source.choice(responses)
        subject.confirmed = subject.responded if source.random() < 0.5 else None
    moments = [day + shift for day in [*days, *PLANNED[:12], CUTOFF] for shift in (-7, -1, 0, 0, 1, 7, 8)]
    if source.random() < 0.4:
        subject.died = source.choice([day for day in [*moments, 0, 5] if day >= max([0, *days])])
        subject.alive = min(subject.alive, subject.died)
    if source.random() < 0.4:
        near = [] if subject.progressed is None else [subject.progressed, subject.progressed + 1] * 20
        subject.therapy = source.choice([day for day in moments + near if day > 0])
        subject.therapy = subject.therapy if subject.died is None else max(1, min(subject.therapy, subject.died))
    if source.random() < 0.4:
        subject.left = (source.choice([day for day in moments if day >= max([0, *days])]), source.choice(list(LEFT)))
    subject.alive = min(subject.alive, CUTOFF)
    return subject


def draw(seed: int, count: int = SUBJECTS) -> dict[str, Subject]:
    source = random.Random(seed)
    return {f"{number:04}": draw_subject(source) for number in range(count)}


def moment(day: int) -> pd.Timestamp:
    return FIRST_DOSE + pd.Timedelta(days=day)


def records(subjects: dict[str, Subject], days: Callable[[Subject], list[int | None]], **more: list[str]) -> pd.DataFrame:
    """Records with the date and what the rules read beside it."""
    rows = [(name, moment(day)) for name, own in subjects.items() for day in days(own) if day is not None]
    data = pd.DataFrame({"USUBJID": pd.Series([row[0] for row in rows], dtype="str"), "ASEQ": 1.0, "SRCSEQ": 1.0,
                         "ADT": pd.Series([row[1] for row in rows], dtype="datetime64[s]")})
    texts = {"_record": ["X:1"] * len(rows), "SRCDOM": ["SV"] * len(rows), "SRCVAR": ["SVSTDTC"] * len(rows), **more}
    return data.assign(**{name: pd.Series(values, dtype="str") for name, values in texts.items()}).sample(
        frac=1, random_state=3).reset_index(drop=True)


def make_sources(subjects: dict[str, Subject]) -> dict[str, pd.DataFrame]:
    people = records(subjects, lambda own: [0]).rename(columns={"ADT": "TRTSDT"})
    people = people.assign(TRTEDT=people["TRTSDT"]).drop(columns=["SRCDOM", "SRCVAR", "SRCSEQ", "ASEQ"])
    outside = [name for name, own in subjects.items() if not own.has_baseline]
    reasons = [own.left[1] for own in subjects.values() if own.left]
    return {"SUBJECTS": people, "ALIVE": records(subjects, lambda own: [own.alive]),
            "ASSESSED": records(subjects, lambda own: list(own.assessed)), "PD": records(subjects, lambda own: [own.progressed]),
            "DEATH": records(subjects, lambda own: [own.died]), "NEW THERAPY": records(subjects, lambda own: [own.therapy]),
            "RESPONSE": records(subjects, lambda own: [own.responded]), "CONFIRMED": records(subjects, lambda own: [own.confirmed]),
            "CUTOFF": records(subjects, lambda own: [CUTOFF]), "END OF TREATMENT": records({}, lambda own: []),
            "END OF STUDY": records(subjects, lambda own: [own.left[0] if own.left else None], DSDECOD=reasons),
            "NO BASELINE": people[people["USUBJID"].isin(outside)]}


def source_of(row: dict) -> str:
    names = {"DISEASE PROGRESSION": "PD", "DEATH": "DEATH", "OBJECTIVE RESPONSE": "RESPONSE"}
    if row["CNSR"] == 0:
        return names[row["EVNTDESC"]]
    if "ASSESSMENT" in row["CNSDTDSC"] or "ALIVE" in row["CNSDTDSC"]:
        return "ASSESSED" if "ASSESSMENT" in row["CNSDTDSC"] else "ALIVE"
    return "START"


@pytest.mark.parametrize("name", ["OS", "PFS", "PFSFDA", "PFSEMA", "TTP", "TTR", "DOR", "CDOR"])
def test_the_time_its_event_and_the_reason_of_censoring_are_the_same(name):
    subjects = draw(1)
    made = derive_tte_parameters(make_sources(subjects), STUDY)
    ours = {row["USUBJID"]: Time((row["STARTDT"] - FIRST_DOSE).days, (row["ADT"] - FIRST_DOSE).days, int(row["CNSR"]), source_of(row))
            for row in made[made["PARAMCD"] == name].to_dict("records")}
    assert (made["AVAL"] == (made["ADT"] - made["STARTDT"]).dt.days + 1).all()
    differs = {key: (ours.get(key), oracle(own).get(name), own) for key, own in subjects.items()
               if ours.get(key) != oracle(own).get(name)}
    assert not differs, f"{len(differs)} differ, (ours, oracle, subject): {list(differs.items())[:3]}"


@pytest.mark.parametrize("limit", [91, 92])
def test_a_gap_of_so_many_days_since_the_last_assessment_ends_the_observation_there(limit):
    subjects = {name: own for name, own in draw(2).items() if own.progressed is not None or own.died is not None}
    sources = make_sources(subjects)
    events = pd.concat([sources["PD"], sources["DEATH"]], ignore_index=True)
    start = sources["SUBJECTS"].set_index("USUBJID")["TRTSDT"]
    found = find_periods(events, sources["ASSESSED"], sources["NEW THERAPY"], start, CensoringRules(False, max_gap_days=limit))
    ours = {row["USUBJID"]: (row["ADT"] - FIRST_DOSE).days for row in found.to_dict("records")}
    oracle_gaps = {}
    for name, own in subjects.items():
        event = min(day for day in (own.progressed, own.died) if day is not None)
        last = max([0, *before(own.assessed, event)])
        if event - last > limit:
            oracle_gaps[name] = last
    assert ours == oracle_gaps and len(ours) > 20


def test_a_partial_date_of_death_is_the_first_day_that_it_can_have_been():
    """The first of the month or year, or the last day alive if that lies within; a complete date stands as it is."""
    source, deaths, alive, expected = random.Random(4), [], [], {}
    for number in range(300):
        day, name = source.randint(0, 500), f"{number:04}"
        last, known = day - source.choice([0, 0, 1, 20, 31, 200, -40]), source.choice([4, 7, 7, 10])
        text = moment(day).date().isoformat()[:known]
        first = pd.Timestamp(text + "-01-01"[: 10 - known])
        within = moment(last).date().isoformat()[:known] == text
        deaths.append((name, text, "Y", f"DM:{number}"))
        alive.append((name, moment(last)))
        expected[name] = (max(first, moment(last)) if within and known < 10 else first, {4: "M", 7: "D", 10: ""}[known])
    dm = pd.DataFrame(deaths, columns=["USUBJID", "DTHDTC", "DTHFL", "_record"], dtype="str").sample(frac=1, random_state=1)
    seen = pd.DataFrame(alive, columns=["USUBJID", "ADT"]).astype({"USUBJID": "str", "ADT": "datetime64[s]"})
    with collect_findings():
        made = find_death(dm, seen)
    assert {row["USUBJID"]: (row["ADT"], row["ADTF"]) for row in made.to_dict("records")} == expected


# ---- The engine, of any rules ----

RULES = {"E1": (Event, {}), "E2": (Event, {"always": True}), "C1": (Censor, {}), "C2": (Censor, {"explained": False, "CNSR": 2}),
         "C3": (Censor, {"always": True, "CNSR": 3}), "X1": (End, {"CNSR": 4}), "X2": (End, {"CNSR": 5, "cuts": False}),
         "X3": (End, {"CNSR": 6})}
Dates = dict[str, list[int]]


def oracle_engine(dates: Dates) -> tuple[int, int, str, int] | None:
    """BDS-TTE: the first event until the observation closes; else the last date that shows that there was none."""
    def of(*names: str) -> list[tuple[int, int, str, int]]:
        return [(day, place, name, number) for place, name in enumerate(names)
                for number, day in enumerate(dates[name])]

    closed = min([day for name in ("X1", "X3") for day in dates[name]], default=10**6)
    events = [one for one in of("E1", "E2") if one[0] <= closed or one[2] == "E2"]
    if events:
        day, _, name, number = min(events)
        return max(day, 0), 0, name, number
    censors = [one for one in of("C1", "C2", "C3") if one[0] <= closed or one[2] == "C3"]
    if not censors:
        return None
    day, _, name, number = max(censors)
    ends = sorted(of("X1", "X2", "X3"))
    if ends and name != "C2":
        return max(day, 0), {"X1": 4, "X2": 5, "X3": 6}[ends[0][2]], ends[0][2], number
    return max(day, 0), {"C1": 1, "C2": 2, "C3": 3}[name], name, number


def draw_dates(source: random.Random) -> Dates:
    spread = source.choice([3, 10])
    return {name: sorted(source.randint(-1, spread) for _ in range(source.choice([0, 0, 1, 3]))) for name in RULES}


def test_of_any_rules_the_first_event_or_the_last_censoring_decides_and_the_first_end_explains():
    source = random.Random(5)
    subjects = {f"{number:04}": draw_dates(source) for number in range(SUBJECTS)}
    sources = {}
    for name in RULES:
        rows = [(key, moment(day), float(number)) for key, dates in subjects.items() for number, day in enumerate(dates[name])]
        data = pd.DataFrame(rows, columns=["USUBJID", "ADT", "ASEQ"]).astype({"USUBJID": "str", "ADT": "datetime64[s]", "ASEQ": "float64"})
        sources[name] = data.sample(frac=1, random_state=6)
    people = pd.DataFrame({"USUBJID": list(subjects), "TRTSDT": FIRST_DOSE}).astype({"USUBJID": "str", "TRTSDT": "datetime64[s]"})
    rules = {name: kind(name, name, SRCSEQ="ASEQ", **more) for name, (kind, more) in RULES.items()}
    parameter = Parameter("P", "TRTSDT", (rules["E1"], rules["E2"]), (rules["C1"], rules["C2"], rules["C3"]),
                          (rules["X1"], rules["X2"], rules["X3"]))
    made = derive_time_to_event(parameter, people, sources)
    ours = {row["USUBJID"]: ((row["ADT"] - FIRST_DOSE).days, int(row["CNSR"]), row["EVNTDESC"], int(row["SRCSEQ"]))
            for row in made.to_dict("records")}
    expected = {key: found for key, dates in subjects.items() if (found := oracle_engine(dates))}
    differs = {key: (ours.get(key), expected.get(key), dates) for key, dates in subjects.items() if ours.get(key) != expected.get(key)}
    assert not differs, f"{len(differs)} differ, (ours, oracle, dates): {list(differs.items())[:3]}"

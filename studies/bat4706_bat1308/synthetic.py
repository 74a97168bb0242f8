"""The raw data of the demo study, made up: five EDC forms as the sites of a phase 1 study would fill them.

`simulate` first decides what becomes of each subject (cohort, doses, toxicity, why treatment ends, death), then fills
the forms from it, and last lets site staff be site staff. What was planned, and every deliberate flaw, is written to
truth.json, which nothing that maps data may read. The protocol's values are illustrative (README.md).
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from cdisckit.errors import CdisckitError

__all__ = ["COLUMNS", "ENCODINGS", "HABITS", "KEYS", "LEVELS", "Cohort", "decide", "plan_escalation", "read_date",
           "simulate"]

Row = dict[str, str]
Forms = dict[str, list[Row]]
Rng = np.random.Generator


# ---- The protocol (illustrative design, part B of the study's description) -------------------------------------------

@dataclass(frozen=True)
class Level:
    """A dose level of the escalation: BAT4706 by body weight, beside BAT1308 flat."""

    name: str
    mg_per_kg: float


LEVELS = (Level("DL1", 0.3), Level("DL2", 1.0), Level("DL3", 2.0), Level("DL4", 3.0))
STUDYID = "BAT4706-1308"
SITES = ("01", "02", "03", "04", "05", "06")
FIRST_CONSENT, CUTOFF = date(2023, 3, 6), date(2025, 6, 30)
FLAT_MG = 300                                   # BAT1308, every cycle
CYCLE_DAYS, WINDOW_DAYS, LAST_CYCLE, COMBINATION_CYCLES = 21, 3, 18, 4
DLT_DAYS, REVIEW_DAYS = 21, (21, 56)             # the window, and how long the safety review takes after it
BAT1308_MINUTES, PAUSE_MINUTES, BAT4706_MINUTES = 60, 30, 90
FOLLOW_UP_DAYS, STUDY_COMPLETE_DAYS = 30, 90    # days after the last dose

# ---- The story of this study (invented) ------------------------------------------------------------------------------

PLANNED_DLTS = ((0,), (1, 0), (1, 0), (1, 1))   # DLTs in the first three and in the second three of each level
REPLACED_IN_COHORT = 2                          # one member of this cohort is not evaluable for DLT and is replaced
SUBJECTS_A_SCREEN_FAILURE = 12
IMPERIAL_SITE, KG_PER_LB = "06", 0.45359237     # this site weighs in pounds and measures Fahrenheit
MAX_SUBJECTS, STRANGER = 9000, "9901"


@dataclass(frozen=True)
class Ending:
    """Why a subject stops treatment: how often, how long after the last dose it is decided, mean survival from then."""

    reason: str                  # DSDECOD
    term: str                    # DSTERM, as the site words it
    share: float
    days: tuple[int, int]
    survival_days: int = 350
    fatal_event: bool = False


PROGRESSION = Ending("PROGRESSIVE DISEASE", "DISEASE PROGRESSION, RECIST 1.1", 0, (7, 17))
TOXICITY = Ending("ADVERSE EVENT", "ADVERSE EVENT", 0.09, (4, 15))
ENDINGS = (                                     # whoever is left over ends with PROGRESSION
    Ending("COMPLETED", "COMPLETED 18 CYCLES", 0.14, (21, 21), survival_days=1400),
    TOXICITY,
    Ending("DEATH", "DEATH DUE TO ADVERSE EVENT", 0.05, (6, 18), fatal_event=True),
    Ending("DEATH", "DEATH DUE TO DISEASE", 0.05, (6, 18)),
    Ending("WITHDRAWAL BY SUBJECT", "SUBJECT WITHDREW CONSENT", 0.05, (5, 17)),
    Ending("LOST TO FOLLOW-UP", "LOST TO FOLLOW-UP", 0.05, (28, 40)),
    Ending("PHYSICIAN DECISION", "INVESTIGATOR'S DECISION", 0.05, (5, 17)),
)


@dataclass(frozen=True)
class Toxicity:
    """One kind of adverse event: its coding (invented groups, no dictionary codes) and how sites word it."""

    term: str
    soc: str
    kind: str                    # IMMUNE, BLOOD, GENERAL, DISEASE, REACTION
    worst: int                   # the highest grade that CTCAE v5.0 has for it, short of death
    verbatim: tuple[str, ...]


SOCS = {
    "BLOOD": "BLOOD AND LYMPHATIC SYSTEM DISORDERS", "ENDO": "ENDOCRINE DISORDERS",
    "GASTRO": "GASTROINTESTINAL DISORDERS", "GENERAL": "GENERAL DISORDERS AND ADMINISTRATION SITE CONDITIONS",
    "HEPATO": "HEPATOBILIARY DISORDERS",
    "INFECT": "INFECTIONS AND INFESTATIONS", "INJURY": "INJURY, POISONING AND PROCEDURAL COMPLICATIONS",
    "INVEST": "INVESTIGATIONS", "METAB": "METABOLISM AND NUTRITION DISORDERS",
    "MUSCLE": "MUSCULOSKELETAL AND CONNECTIVE TISSUE DISORDERS", "NERVE": "NERVOUS SYSTEM DISORDERS",
    "RESP": "RESPIRATORY, THORACIC AND MEDIASTINAL DISORDERS", "SKIN": "SKIN AND SUBCUTANEOUS TISSUE DISORDERS",
}
HEPATITIS = Toxicity("IMMUNE-MEDIATED HEPATITIS", "HEPATO", "IMMUNE", 4, ("IMMUNE HEPATITIS", "HEPATITIS, AUTOIMMUNE"))
COLITIS = Toxicity("IMMUNE-MEDIATED ENTEROCOLITIS", "GASTRO", "IMMUNE", 4, ("IMMUNE COLITIS", "COLITIS, SUSPECTED"))
PNEUMONITIS = Toxicity("PNEUMONITIS", "RESP", "IMMUNE", 4, ("PNEUMONITIS", "PNEUMONITIS, BOTH LOWER LOBES"))
PLATELETS = Toxicity("PLATELET COUNT DECREASED", "INVEST", "BLOOD", 4, ("PLATELETS LOW", "THROMBOCYTES DECREASED"))
PNEUMONIA = Toxicity("PNEUMONIA", "INFECT", "GENERAL", 4, ("PNEUMONIA", "LUNG INFECTION"))
REACTION = Toxicity("INFUSION RELATED REACTION", "INJURY", "REACTION", 4, ("INFUSION REACTION", "CHILLS, INFUSION"))
COMMON = (
    Toxicity("RASH", "SKIN", "IMMUNE", 3, ("RASH", "SKIN RASH", "RASH, TRUNK AND ARMS")),
    Toxicity("PRURITUS", "SKIN", "IMMUNE", 3, ("ITCHING", "PRURITUS")),
    Toxicity("DIARRHOEA", "GASTRO", "IMMUNE", 4, ("DIARRHEA", "LOOSE STOOLS, 5 A DAY", "DIARRHOEA")),
    Toxicity("HYPOTHYROIDISM", "ENDO", "IMMUNE", 4, ("HYPOTHYROIDISM", "LOW THYROID FUNCTION")),
    Toxicity("HYPERTHYROIDISM", "ENDO", "IMMUNE", 4, ("HYPERTHYROIDISM",)),
    Toxicity("ALANINE AMINOTRANSFERASE INCREASED", "INVEST", "IMMUNE", 4, ("ALT INCREASED", "ELEVATED ALT")),
    Toxicity("ARTHRALGIA", "MUSCLE", "IMMUNE", 3, ("JOINT PAIN", "ARTHRALGIA")),
    Toxicity("NEUTROPHIL COUNT DECREASED", "INVEST", "BLOOD", 4, ("NEUTROPHILS LOW", "NEUTROPHIL COUNT DECREASED")),
    Toxicity("ANAEMIA", "BLOOD", "BLOOD", 4, ("ANEMIA", "ANAEMIA")),
    Toxicity("FATIGUE", "GENERAL", "GENERAL", 3, ("TIREDNESS", "FATIGUE")),
    Toxicity("PYREXIA", "GENERAL", "GENERAL", 4, ("FEVER", "FEVER 38.4 C")),
    Toxicity("NAUSEA", "GASTRO", "GENERAL", 3, ("NAUSEA",)),
    Toxicity("DECREASED APPETITE", "METAB", "GENERAL", 4, ("POOR APPETITE", "DECREASED APPETITE")),
    Toxicity("HEADACHE", "NERVE", "GENERAL", 3, ("HEADACHE", 'HEADACHE "LIKE A BAND"')),
    Toxicity("COUGH", "RESP", "DISEASE", 3, ("COUGH",)),
    Toxicity("BACK PAIN", "MUSCLE", "DISEASE", 3, ("BACK PAIN", "LOW BACK PAIN")),
    Toxicity("CONSTIPATION", "GASTRO", "DISEASE", 4, ("CONSTIPATION",)),
)
DLT_TERMS = ((HEPATITIS, 3), (COLITIS, 3), (PNEUMONITIS, 3), (PLATELETS, 4))    # with the grade that makes them a DLT
GROUPS = {what.term: f"HLT_{number:02}" for number, what in
          enumerate((*COMMON, HEPATITIS, COLITIS, PNEUMONITIS, PLATELETS, PNEUMONIA, REACTION), start=1)}
RELATED = {"IMMUNE": 0.8, "BLOOD": 0.5, "GENERAL": 0.35, "DISEASE": 0.0, "REACTION": 1.0}   # chance, a drug

# The codes of AEACN1 and AEACN2, of AEOUT, the comments of AECOM, and the reasons of EXADJ.
NOT_CHANGED, INTERRUPTED, WITHDRAWN, RATE_REDUCED, NOT_APPLICABLE, ACTION_UNKNOWN = "0", "1", "2", "3", "4", "5"
RECOVERED, RECOVERING, NOT_RECOVERED, SEQUELAE, FATAL, OUTCOME_UNKNOWN = "1", "2", "3", "4", "5", "6"
COMMENTS = ("予对症治疗后好转", "患者电话告知，起始日期为回忆", "未予处理，继续观察", "see source, page 2")
ADMITTED_COMMENT, ONGOING_COMMENT = "住院治疗，予甲泼尼龙静脉滴注", "转归待下次访视确认"
REACTED, SLOWED, STOPPED, OCCLUDED = (
    "INFUSION INTERRUPTED: INFUSION RELATED REACTION", "INFUSION SLOWED: INFUSION RELATED REACTION",
    "INFUSION STOPPED: INFUSION RELATED REACTION", "INFUSION INTERRUPTED: LINE OCCLUDED")
REACTION_ACTIONS = {REACTED: INTERRUPTED, SLOWED: RATE_REDUCED, STOPPED: INTERRUPTED}

# ---- The forms -------------------------------------------------------------------------------------------------------

SUBJECT = ("STUDYID", "SITEID", "SUBJID")
SERIOUS = ("AESDTH", "AESHOSP", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE")
RESULTS = ("SYSBP_VSORRES", "DIABP_VSORRES", "PULSE_VSORRES", "RESP_VSORRES", "TEMP_VSORRES", "TEMP_VSORRESU",
           "WEIGHT_VSORRES", "WEIGHT_VSORRESU", "HEIGHT_VSORRES", "HEIGHT_VSORRESU")
COLUMNS = {
    "DM": (*SUBJECT, "BRTHDAT", "AGE", "AGEU", "SEX", "ETHNIC", "RACE", "COUNTRY", "ICDAT", "COHORT", "DMDAT"),
    "EX": (*SUBJECT, "VISIT", "EXTRT", "EXDSTXT", "EXDOSU", "EXPDOSE", "EXDOSFRM", "EXROUTE", "EXSTDAT", "EXSTTIM",
           "EXENDAT", "EXENTIM", "EXADJ"),
    "AE": (*SUBJECT, "AEYN", "AESPID", "AETERM", "AELLT", "AEDECOD", "AEHLT", "AEHLGT", "AESOC", "AETOXGR", "AESER",
           "AEREL1", "AEREL2", "AEACN1", "AEACN2", "AEOUT", *SERIOUS, "AEDLT", "AEDAT", "AESTDAT", "AESTTIM", "AEENDAT",
           "AEENTIM", "AEONGO", "AECOM"),
    "VS": (*SUBJECT, "VISIT", "VISDAT", "VSTPT", "VSTIM", "VSPERF", *RESULTS, "VSREASND"),
    "DS": (*SUBJECT, "DSCAT", "DSSCAT", "DSTERM", "DSDECOD", "VISIT", "DSDAT", "DSSTDAT", "DTHDAT"),
}
KEYS = {                                        # what finds a record again
    "DM": ("SITEID", "SUBJID"), "EX": ("SITEID", "SUBJID", "VISIT", "EXTRT"), "AE": ("SITEID", "SUBJID", "AESPID"),
    "VS": ("SITEID", "SUBJID", "VISIT", "VISDAT", "VSTPT"), "DS": ("SITEID", "SUBJID", "DSCAT", "DSSCAT", "DSDECOD"),
}
ENCODINGS = {"DM": "utf-8", "EX": "utf-8", "AE": "gb18030", "VS": "utf-8", "DS": "utf-8"}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def simulate(out: Path, subjects: int = 24, seed: int = 20230306, habits: bool = True) -> None:
    """Write DM, EX, AE, VS, DS as CSV and truth.json into `out`: the same seed gives the same bytes.

    `habits=False` leaves out every deliberate flaw; all other records and values stay the same.
    """
    if not 1 <= subjects <= MAX_SUBJECTS:
        raise CdisckitError(f"a study of {subjects} subjects cannot be simulated", fix=f"take 1 to {MAX_SUBJECTS}")
    rng = np.random.Generator(np.random.PCG64(seed))
    people = plan_study(rng, subjects)
    collected = [collect_subject(rng, person) for person in people]
    forms = {form: [row for one in collected for row in one[form]] for form in COLUMNS}
    planned = [describe_subject(person, one) for person, one in zip(people, collected, strict=True)]
    flaws: list[dict[str, object]] = []
    if habits:
        forms, flaws = apply_habits(forms, np.random.Generator(np.random.PCG64([seed, 1])))
    study = {"STUDYID": STUDYID, "seed": seed, "subjects": subjects, "habits": habits,
             "first_consent": FIRST_CONSENT.isoformat(), "cutoff": CUTOFF.isoformat()}
    write_study(out, forms, {"study": study, "cohorts": describe_cohorts(people), "subjects": planned, "habits": flaws})


def write_study(out: Path, forms: Forms, truth: Mapping[str, object]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for form, rows in forms.items():
        with (out / f"{form}.csv").open("w", encoding=ENCODINGS[form], newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[form], lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")


# ---- Small change ----------------------------------------------------------------------------------------------------

def between(rng: Rng, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def chance(rng: Rng, share: float) -> bool:
    return bool(rng.random() < share)


def pick[T](rng: Rng, choices: Sequence[T]) -> T:
    return choices[between(rng, 0, len(choices) - 1)]


def after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def write_date(day: date | None) -> str:
    """06-MAR-2023, as the EDC system writes it; empty if there is none."""
    return f"{day.day:02}-{MONTHS[day.month - 1]}-{day.year}" if day else ""


def read_date(text: str) -> date:
    day, month, year = text.split("-")
    return date(int(year), MONTHS.index(month) + 1, int(day))


def write_time(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


# ---- Who is treated when, at which level -----------------------------------------------------------------------------

@dataclass(frozen=True)
class Cohort:
    """Three evaluable subjects of a level, and what the 3+3 rule says after them."""

    number: int
    level: int                   # index in LEVELS
    dlts: int                    # of these three
    evaluable_at_level: int      # with all cohorts before
    dlts_at_level: int
    decision: str


def decide(evaluable: int, dlts: int, top: bool) -> str:
    """The 3+3 rule for one level: `top` if there is no level above, or it is known to be too toxic."""
    if dlts >= 2:
        return "EXCEEDS MTD"
    if evaluable == 3 and (dlts == 1 or top):
        return "TREAT THREE MORE"
    return "MTD" if top else "ESCALATE"


def plan_escalation(planned: Sequence[Sequence[int]]) -> list[Cohort]:
    """The cohorts that 3+3 leads to if the first and second three of each level have the planned numbers of DLTs.

    A level that exceeds the MTD sends the study one level down, where three more are treated if it had three.
    """
    cohorts: list[Cohort] = []
    evaluable: Counter[int] = Counter()
    dlts: Counter[int] = Counter()
    level, too_toxic = 0, len(planned)
    while level >= 0 and evaluable[level] < 6:
        done = evaluable[level] // 3
        toxic = planned[level][done] if done < len(planned[level]) else 0
        evaluable[level] += 3
        dlts[level] += toxic
        decision = decide(evaluable[level], dlts[level], top=level + 1 == too_toxic)
        cohorts.append(Cohort(len(cohorts) + 1, level, toxic, evaluable[level], dlts[level], decision))
        if decision == "EXCEEDS MTD":
            level, too_toxic = level - 1, level
        elif decision == "ESCALATE":
            level += 1
    return cohorts


def recommended_level(cohorts: Sequence[Cohort]) -> int:
    """The highest level with six evaluable subjects and at most one DLT."""
    return max(cohort.level for cohort in cohorts if cohort.evaluable_at_level == 6 and cohort.dlts_at_level <= 1)


@dataclass(frozen=True)
class Slot:
    """A place in the study: who fills it is not known yet."""

    part: str                    # ESCALATION, EXPANSION, SCREEN FAILURE
    consent: date
    first_dose: date | None = None
    level: Level | None = None
    cohort: int = 0
    dlt: bool = False
    evaluable: bool = True


def plan_slots(rng: Rng, treated: int, failures: int) -> list[Slot]:
    """Escalation first; whoever is left is treated at the recommended level; screen failures lie in between."""
    cohorts = plan_escalation(PLANNED_DLTS)
    slots = escalation_slots(rng, cohorts)
    free_from = after(slots[-1].first_dose, DLT_DAYS + REVIEW_DAYS[0])
    slots = slots[:treated]
    days = (CUTOFF - free_from).days - 2 * DLT_DAYS
    for day in sorted(between(rng, 0, days) for _ in range(treated - len(slots))):
        slots.append(treated_slot(rng, "EXPANSION", after(free_from, day), LEVELS[recommended_level(cohorts)]))
    if slots:
        slots[0] = replace(slots[0], consent=FIRST_CONSENT)
    last = max((slot.consent for slot in slots), default=FIRST_CONSENT)
    for _ in range(failures):
        slots.append(Slot("SCREEN FAILURE", after(FIRST_CONSENT, between(rng, 0, (last - FIRST_CONSENT).days))))
    return sorted(slots, key=lambda slot: slot.consent)


def escalation_slots(rng: Rng, cohorts: Sequence[Cohort]) -> list[Slot]:
    """Members of a cohort start a week or more apart; the next cohort waits for the last DLT window and a review."""
    slots: list[Slot] = []
    day = after(FIRST_CONSENT, between(rng, 7, 14))
    for cohort in cohorts:
        toxic = rng.permutation(3)[: cohort.dlts]
        members = [(member in toxic, True) for member in range(3)]
        if cohort.number == REPLACED_IN_COHORT:
            members.insert(between(rng, 0, 2), (False, False))
        for dlt, evaluable in members:
            slot = treated_slot(rng, "ESCALATION", day, LEVELS[cohort.level])
            slots.append(replace(slot, cohort=cohort.number, dlt=dlt, evaluable=evaluable))
            day = after(day, between(rng, 7, 12))
        day = after(slots[-1].first_dose, DLT_DAYS + between(rng, *REVIEW_DAYS))
    return slots


def treated_slot(rng: Rng, part: str, first_dose: date, level: Level) -> Slot:
    consent = max(after(FIRST_CONSENT, 1), after(first_dose, -between(rng, 5, 21)))
    return Slot(part, consent, first_dose, level)


# ---- What becomes of a subject ---------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Intent:
    """What is in store for a treated subject, were there no cut-off."""

    ending: Ending
    cycles: int
    combination: int             # cycles with both drugs
    quiet: bool = False          # nothing ever happens to this subject


@dataclass(frozen=True)
class Course:
    """What has come of it at the cut-off. Reasons are empty and dates None while treatment or study goes on."""

    doses: tuple[date, ...]      # day 1 of each cycle
    delayed: tuple[int, ...]     # cycles that were given late because of toxicity
    ending: Ending | None = None
    decided: date | None = None  # the day treatment was given up
    recorded: date | None = None
    outcome: str = ""            # why the subject left the study
    left: date | None = None


def allot_intents(rng: Rng, slots: Sequence[Slot]) -> list[Intent | None]:
    """Every kind of ending gets its share, at least one; every other subject with a DLT goes on with BAT1308 alone."""
    free = sum(slot.level is not None and not slot.dlt for slot in slots)
    endings = [ending for ending in ENDINGS for _ in range(max(1, round(ending.share * free)))]
    endings += [PROGRESSION] * (free - len(endings))
    others = [endings[1:][place] for place in rng.permutation(len(endings) - 1)]
    shuffled = iter([*others[: free - 1], ENDINGS[0]])      # the last one enrolled is mostly still on treatment
    stop = True
    quiet = 1 + len(slots) // SUBJECTS_A_SCREEN_FAILURE // 2
    intents: list[Intent | None] = []
    for slot in slots:
        cycles = 2 + min(LAST_CYCLE - 3, int(rng.exponential(4.5)))
        if slot.level is None:
            intents.append(None)
        elif slot.dlt:
            intents.append(Intent(replace(TOXICITY, days=(18, 24)), 1, 1) if stop else Intent(PROGRESSION, cycles, 1))
            stop = not stop
        else:
            ending = next(shuffled)
            is_quiet = quiet > 0 and slot.evaluable and ending is PROGRESSION
            quiet -= is_quiet
            cycles = LAST_CYCLE if ending.reason == "COMPLETED" else cycles
            intents.append(Intent(ending, cycles, min(cycles, COMBINATION_CYCLES), is_quiet))
    return intents


def plan_course(rng: Rng, first_dose: date, intent: Intent) -> Course:
    doses, delayed = plan_doses(rng, first_dose, intent)
    decided = after(doses[-1], between(rng, *intent.ending.days))
    recorded = min(after(decided, between(rng, 0, 7)), CUTOFF)
    outcome, left = plan_outcome(rng, intent.ending, doses[-1], decided)
    if decided > CUTOFF:
        given = tuple(day for day in doses if day <= CUTOFF)
        return Course(given, tuple(cycle for cycle in delayed if cycle <= len(given)))
    return Course(doses, delayed, intent.ending, decided, recorded, outcome, left)


def plan_doses(rng: Rng, first_dose: date, intent: Intent) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """A dose every three weeks, give or take three days; now and then one to three weeks late, for toxicity.

    Cycle 2 is never early: the DLT window has to be complete.
    """
    doses, delayed = [first_dose], []
    for cycle in range(2, intent.cycles + 1):
        gap = CYCLE_DAYS + between(rng, 0 if cycle == 2 else -WINDOW_DAYS, WINDOW_DAYS)
        if not intent.quiet and chance(rng, 0.07):
            gap += between(rng, 7, 21)
            delayed.append(cycle)
        doses.append(after(doses[-1], gap))
    return tuple(doses), tuple(delayed)


def plan_outcome(rng: Rng, ending: Ending, last_dose: date, decided: date) -> tuple[str, date | None]:
    """Why and when the subject leaves the study, if before the cut-off."""
    death = after(decided, 1 + int(rng.exponential(ending.survival_days)))
    completed = after(last_dose, STUDY_COMPLETE_DAYS)
    if ending.reason in ("DEATH", "LOST TO FOLLOW-UP"):
        return ending.reason, decided
    if ending.reason == "WITHDRAWAL BY SUBJECT":
        return ending.reason, min(after(decided, between(rng, 0, 7)), CUTOFF)
    if ending.reason == "COMPLETED" and completed <= min(after(death, -1), CUTOFF):
        return "COMPLETED", completed
    return ("DEATH", death) if death <= CUTOFF else ("", None)


@dataclass(frozen=True)
class Weight:
    """A body weight as the site writes it, and what that is in kg."""

    text: str
    unit: str
    kg: float


@dataclass(frozen=True)
class Infusion:
    """One infusion of one drug; times are minutes of the day."""

    drug: str
    start: int
    end: int
    planned_mg: str
    given_mg: str
    reason: str                  # why it did not run as planned: EXADJ


@dataclass(frozen=True)
class DosingDay:
    """Day 1 of a cycle: the weight before the dose, and the infusions."""

    cycle: int
    day: date
    weight: Weight
    infusions: tuple[Infusion, ...]


@dataclass(frozen=True)
class Person:
    """A subject with everything that is planned for it."""

    subjid: str
    site: str
    slot: Slot
    sex: str
    birth: date
    race: str
    height: int
    weight: float                # kg, before the study
    vitals: tuple[float, ...]    # usual systolic, diastolic, pulse, respiration, temperature (C)
    course: Course | None
    intent: Intent | None
    dosing: tuple[DosingDay, ...]
    unscheduled: bool            # has an unscheduled visit

    @property
    def seen_until(self) -> date:
        """The last day on which anything can be collected from the subject."""
        if self.course is None or self.course.left is None:
            return CUTOFF
        return after(self.course.left, -1) if self.course.outcome == "DEATH" else self.course.left

    @property
    def identity(self) -> Row:
        return {"STUDYID": STUDYID, "SITEID": self.site, "SUBJID": self.subjid}


def plan_study(rng: Rng, subjects: int) -> list[Person]:
    """All subjects in the order of their consent, which is also the order of their numbers."""
    failures = round(subjects / SUBJECTS_A_SCREEN_FAILURE)
    slots = plan_slots(rng, subjects - failures, failures)
    intents = allot_intents(rng, slots)
    sites = [SITES[place] for _ in range(0, subjects, len(SITES)) for place in rng.permutation(len(SITES))]
    others = ["W"] * max(1, subjects // 30) + ["O"] * max(1, subjects // 50)
    races = [(others + ["A"] * subjects)[place] for place in rng.permutation(max(subjects, len(others)))]
    return [plan_person(rng, number, slot, intent, sites[number - 1], races[number - 1])
            for number, (slot, intent) in enumerate(zip(slots, intents, strict=True), start=1)]


def plan_person(rng: Rng, number: int, slot: Slot, intent: Intent | None, site: str, race: str) -> Person:
    sex = pick(rng, "MF")
    usual = rng.normal((125, 78, 76, 17, 36.5), (11, 7, 8, 1.2, 0.15))
    height = round(rng.normal(169 if sex == "M" else 158, 5.5))
    weight = max(42.0, float(rng.normal(67 if sex == "M" else 57, 8)))
    birth = after(slot.consent, -between(rng, 32 * 365, 75 * 365))
    course = plan_course(rng, slot.first_dose, intent) if intent else None
    dosing = plan_dosing(rng, slot, intent, course, site, weight) if intent else ()
    return Person(f"{number:04}", site, slot, sex, birth, race, height, weight, tuple(usual), course, intent, dosing,
                  unscheduled=bool(intent) and number % 4 == 2)


def weigh(kg: float, site: str) -> Weight:
    if site == IMPERIAL_SITE:
        pounds = round(kg / KG_PER_LB, 1)
        return Weight(f"{pounds:.1f}", "LB", pounds * KG_PER_LB)
    return Weight(f"{kg:.1f}", "kg", round(kg, 1))


def plan_dosing(rng: Rng, slot: Slot, intent: Intent, course: Course, site: str, kg: float) -> tuple[DosingDay, ...]:
    days = []
    for cycle, day in enumerate(course.doses, start=1):
        kg = max(40.0, kg + float(rng.normal(-0.1, 0.6)))
        weight = weigh(kg, site)
        both = cycle <= intent.combination
        reason = draw_reason(rng, both) if not intent.quiet else ""
        if cycle == 1 and not slot.evaluable:
            reason = STOPPED
        doses = [("BAT1308", BAT1308_MINUTES, f"{FLAT_MG}")]
        if both:
            doses.append(("BAT4706", BAT4706_MINUTES, f"{slot.level.mg_per_kg * weight.kg:.1f}"))
        days.append(DosingDay(cycle, day, weight, infuse(rng, doses, reason)))
    return tuple(days)


def draw_reason(rng: Rng, both: bool) -> str:
    """What goes wrong with an infusion, mostly nothing; reactions are commoner under both drugs."""
    luck = rng.random()
    if luck < 0.015:
        return OCCLUDED
    return pick(rng, (REACTED, SLOWED)) if luck < (0.06 if both else 0.03) else ""


def infuse(rng: Rng, doses: Sequence[tuple[str, int, str]], reason: str) -> tuple[Infusion, ...]:
    """One drug after the other with a pause between; what goes wrong goes wrong with the last."""
    infusions = []
    start = 8 * 60 + 30 + between(rng, 0, 150)
    for drug, minutes, mg in doses:
        given, length, why = mg, minutes + between(rng, 0, 6), reason if drug == doses[-1][0] else ""
        if why == STOPPED:
            part = between(rng, 40, 70) / 100
            given, length = f"{float(mg) * part:.1f}", round(minutes * part)
        elif why:
            length += between(rng, 20, 45)
        infusions.append(Infusion(drug, start, start + length, mg, given, why))
        start += length + PAUSE_MINUTES + between(rng, 0, 8)
    return tuple(infusions)


# ---- Adverse events --------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Event:
    """An adverse event as it starts; how it ends is drawn when the form is filled."""

    what: Toxicity
    start: date
    grade: int
    related: tuple[bool, bool]   # to BAT4706, to BAT1308
    actions: tuple[str, str]
    minute: int | None = None
    minutes: int = 0             # if it is over the same day
    dlt: bool = False
    fatal: bool = False


def plan_events(rng: Rng, person: Person) -> list[Event]:
    """Everything that happens to a subject, in the order of its start."""
    if person.course is None or person.intent.quiet:
        return []
    course, first = person.course, person.slot.first_dose
    rate = sum(0.35 + 0.2 * LEVELS.index(person.slot.level) if day.cycle <= person.intent.combination else 0.3
               for day in person.dosing)
    days = (min(after(course.doses[-1], FOLLOW_UP_DAYS), person.seen_until) - first).days
    events = [draw_event(rng, person, after(first, between(rng, 0, days))) for _ in range(int(rng.poisson(rate)))]
    events += reactions(rng, person)
    events += turning_points(rng, person)
    if chance(rng, 0.1):
        early = draw_event(rng, person, after(first, -between(rng, 1, 4)))
        events.append(replace(early, grade=min(early.grade, 2), related=(False, False)))
    return sorted(events, key=lambda event: (event.start, event.minute or 0))


def draw_event(rng: Rng, person: Person, start: date, at_least: int = 1,
               actions: tuple[str, str] | None = None) -> Event:
    """One of the common events; its grade grows with the dose, and no DLT hides among them."""
    what = pick(rng, COMMON)
    luck, severe = rng.random(), 0.05 * (1 + LEVELS.index(person.slot.level))
    grade = 4 if luck < severe / 8 else 3 if luck < severe else 2 if luck < severe + 0.35 else 1
    related = (chance(rng, RELATED[what.kind]), chance(rng, RELATED[what.kind]))
    cap = what.worst
    if any(related) and 0 <= (start - person.slot.first_dose).days < DLT_DAYS:
        cap = min(cap, 3 if what.kind == "BLOOD" else 2)
    minute = between(rng, 6 * 60, 22 * 60) if chance(rng, 0.25) else None
    if start in person.course.doses:
        minute = between(rng, 17 * 60, 22 * 60)
    return Event(what, start, min(max(grade, at_least), cap), related, actions or usual_actions(person, start), minute)


def usual_actions(person: Person, start: date) -> tuple[str, str]:
    """The dose is not changed while a drug is given; before and after there is none to change."""
    doses = person.course.doses
    if start < doses[0] or start > after(doses[-1], CYCLE_DAYS):
        return NOT_APPLICABLE, NOT_APPLICABLE
    both_until = after(doses[: person.intent.combination][-1], CYCLE_DAYS)
    return (NOT_CHANGED if start <= both_until else NOT_APPLICABLE), NOT_CHANGED


def reactions(rng: Rng, person: Person) -> list[Event]:
    """The infusion reactions behind the infusions that did not run as planned."""
    events = []
    for day in person.dosing:
        for infusion in day.infusions:
            if infusion.reason not in REACTION_ACTIONS:
                continue
            with_4706 = infusion.drug == "BAT4706"
            action = REACTION_ACTIONS[infusion.reason]
            actions = (action, NOT_CHANGED) if with_4706 else (NOT_APPLICABLE, action)
            grade = 2 if infusion.reason == STOPPED else between(rng, 1, 2)
            events.append(Event(REACTION, day.day, grade, (with_4706, not with_4706), actions,
                                infusion.start + between(rng, 10, 30), between(rng, 20, 110)))
    return events


def turning_points(rng: Rng, person: Person) -> list[Event]:
    """The events that delay a dose, end the treatment, limit the dose or kill."""
    course, first, last = person.course, person.slot.first_dose, person.course.doses[-1]
    events = []
    for cycle in course.delayed:
        actions = (INTERRUPTED if cycle <= person.intent.combination else NOT_APPLICABLE, INTERRUPTED)
        events.append(draw_event(rng, person, after(course.doses[cycle - 2], between(rng, 10, 17)), 2, actions))
    stops = person.intent.ending.reason == "ADVERSE EVENT"
    if person.slot.dlt:
        what, grade = pick(rng, DLT_TERMS)
        actions = (WITHDRAWN, WITHDRAWN if stops else NOT_CHANGED)
        events.append(Event(what, after(first, between(rng, 4, 15)), grade, (True, True), actions, dlt=True))
    elif stops and course.decided:
        start = min(after(course.decided, -1), max(after(last, between(rng, 1, 3)), after(first, DLT_DAYS)))
        actions = (WITHDRAWN if len(course.doses) <= person.intent.combination else NOT_APPLICABLE, WITHDRAWN)
        what = pick(rng, (HEPATITIS, COLITIS, PNEUMONITIS))
        events.append(Event(what, start, between(rng, 3, 4), (True, True), actions))
    if course.ending and course.ending.fatal_event:
        start = after(course.decided, -between(rng, 1, 5))
        events.append(Event(PNEUMONIA, start, 5, (False, False), (NOT_APPLICABLE, NOT_APPLICABLE), fatal=True))
    return events


def draw_end(rng: Rng, person: Person, event: Event) -> tuple[date | None, int | None, str]:
    """The end of an event (date, minute if known) and its outcome; no date if it goes on at the end of observation."""
    if event.fatal:
        return person.course.left, None, FATAL
    if event.minutes:
        return event.start, event.minute + event.minutes, RECOVERED
    days = rng.lognormal(1.6 + 0.35 * event.grade, 0.8) * (10 if event.what.soc == "ENDO" else 1)
    end = after(event.start, 1 + int(days))
    minute = between(rng, 6 * 60, 22 * 60) if event.minute is not None and chance(rng, 0.4) else None
    if end <= person.seen_until:
        return end, minute, SEQUELAE if event.grade >= 3 and chance(rng, 0.1) else RECOVERED
    if person.course.outcome in ("LOST TO FOLLOW-UP", "WITHDRAWAL BY SUBJECT"):
        return None, None, OUTCOME_UNKNOWN
    return None, None, pick(rng, (RECOVERING, NOT_RECOVERED))


def draw_seriousness(rng: Rng, event: Event) -> Row:
    """AESER and the criteria: at least one of them for a serious event, none for another."""
    serious = event.dlt or event.grade >= 4 or (event.grade == 3 and chance(rng, 0.4))
    met = {"AESDTH"} if event.fatal else {"AESLIFE"} if serious and event.grade == 4 else set()
    if serious:
        met.add("AESHOSP" if chance(rng, 0.85) or not met else "AESMIE")
    return {"AESER": "Y" if serious else "N"} | {name: "Y" if name in met else "N" for name in SERIOUS}


def draw_comment(rng: Rng, admitted: bool, ongoing: bool) -> str:
    if not chance(rng, 0.2):
        return ""
    return ADMITTED_COMMENT if admitted else ONGOING_COMMENT if ongoing else pick(rng, COMMENTS)


# ---- The forms are filled --------------------------------------------------------------------------------------------

def collect_subject(rng: Rng, person: Person) -> Forms:
    """All records of one subject, clean."""
    forms = {"DM": [demography(person)], "EX": exposure(person), "AE": adverse_events(rng, person),
             "VS": vital_signs(rng, person), "DS": disposition(rng, person)}
    return {form: [dict.fromkeys(COLUMNS[form], "") | person.identity | row for row in rows]
            for form, rows in forms.items()}


def demography(person: Person) -> Row:
    consent, birth = person.slot.consent, person.birth
    age = consent.year - birth.year - ((consent.month, consent.day) < (birth.month, birth.day))
    return {"BRTHDAT": write_date(birth), "AGE": str(age), "AGEU": "YEARS", "SEX": person.sex,
            "ETHNIC": "NOT HISPANIC OR LATINO", "RACE": person.race, "COUNTRY": "CHN", "ICDAT": write_date(consent),
            "COHORT": person.slot.level.name if person.slot.level else "", "DMDAT": write_date(consent)}


def exposure(person: Person) -> list[Row]:
    return [{"VISIT": f"C{day.cycle}D1", "EXTRT": infusion.drug, "EXDSTXT": infusion.given_mg, "EXDOSU": "mg",
             "EXPDOSE": infusion.planned_mg, "EXDOSFRM": "INJECTION", "EXROUTE": "INTRAVENOUS DRIP",
             "EXSTDAT": write_date(day.day), "EXSTTIM": write_time(infusion.start), "EXENDAT": write_date(day.day),
             "EXENTIM": write_time(infusion.end), "EXADJ": infusion.reason}
            for day in person.dosing for infusion in day.infusions]


def adverse_events(rng: Rng, person: Person) -> list[Row]:
    """One record an event, numbered; a single AEYN = N for a subject without any."""
    rows = [adverse_event(rng, person, event) | {"AESPID": str(number)}
            for number, event in enumerate(plan_events(rng, person), start=1)]
    return rows or [{"AEYN": "N"}]


def adverse_event(rng: Rng, person: Person, event: Event) -> Row:
    what, term = event.what, pick(rng, event.what.verbatim)
    end, minute, outcome = draw_end(rng, person, event)
    serious = draw_seriousness(rng, event)
    ongoing = "N" if end else "U" if outcome == OUTCOME_UNKNOWN else "Y"
    actions = [ACTION_UNKNOWN if ongoing == "U" and action == NOT_CHANGED else action for action in event.actions]
    recorded = min(after(event.start, between(rng, 1, 21)), CUTOFF)
    return serious | {
        "AEYN": "Y", "AETERM": term, "AELLT": term.split(",")[0].replace('"', ""), "AEDECOD": what.term,
        "AEHLT": GROUPS[what.term], "AEHLGT": f"HLGT_{what.soc}", "AESOC": SOCS[what.soc], "AETOXGR": str(event.grade),
        "AEREL1": str(int(event.related[0])), "AEREL2": str(int(event.related[1])), "AEACN1": actions[0],
        "AEACN2": actions[1], "AEOUT": outcome, "AEDLT": "Y" if event.dlt else "N", "AEDAT": write_date(recorded),
        "AESTDAT": write_date(event.start), "AESTTIM": write_time(event.minute), "AEENDAT": write_date(end),
        "AEENTIM": write_time(minute), "AEONGO": ongoing,
        "AECOM": draw_comment(rng, serious["AESHOSP"] == "Y", ongoing == "Y"),
    }


def vital_signs(rng: Rng, person: Person) -> list[Row]:
    """Screening, around each dose, days 2, 8 and 15 of cycle 1, end of treatment, 30 days after, and unscheduled."""
    screened = after(person.slot.consent, between(rng, 0, 3))
    rows = [(screened, 600, vital_sign(rng, person, "SCREENING", weight=weigh(person.weight, person.site))
             | {"HEIGHT_VSORRES": str(person.height), "HEIGHT_VSORRESU": "cm"})]
    for day in person.dosing:
        visit, start, end = f"C{day.cycle}D1", day.infusions[0].start, day.infusions[-1].end
        before = vital_sign(rng, person, visit, "PRE-DOSE", day.weight)
        rows.append((day.day, start - between(rng, 10, 60), before))
        rows.append((day.day, end + between(rng, 0, 10), vital_sign(rng, person, visit, "END OF INFUSION")))
    for visit, day, weight in other_visits(rng, person):
        row = vital_sign(rng, person, visit, weight=weigh(person.weight - 1, person.site) if weight else None)
        rows.append((day, between(rng, 8 * 60, 16 * 60), row))
    rows.sort(key=lambda row: row[:2])
    return [row | {"VISDAT": write_date(day), "VSTIM": write_time(minute)} for day, minute, row in rows]


def other_visits(rng: Rng, person: Person) -> list[tuple[str, date, bool]]:
    """Visits without a dose that the subject lives and stays to see: name, day, weighed or not."""
    course = person.course
    if course is None:
        return []
    first, last = course.doses[0], course.doses[-1]
    visits = [("C1D2", after(first, 1), False), ("C1D8", after(first, 7 + between(rng, -1, 1)), False),
              ("C1D15", after(first, 14 + between(rng, -1, 1)), False)]
    if course.ending and course.ending.reason not in ("DEATH", "LOST TO FOLLOW-UP"):
        visits.append(("EOT", course.recorded, True))
        follow_up = max(after(last, FOLLOW_UP_DAYS + between(rng, -3, 3)), after(course.recorded, 1))
        visits.append(("FU30", follow_up, False))
    unscheduled = after(pick(rng, course.doses[:-1] or course.doses), between(rng, 9, 12))
    if person.unscheduled and after(unscheduled, 2) <= person.seen_until:
        visits.append(("UNSCHEDULED", unscheduled, False))
    return [visit for visit in visits if visit[1] <= person.seen_until]


def vital_sign(rng: Rng, person: Person, visit: str, point: str = "", weight: Weight | None = None) -> Row:
    systolic, diastolic, pulse, breaths, celsius = person.vitals + rng.normal(0, (6, 4, 5, 1, 0.2))
    fahrenheit = person.site == IMPERIAL_SITE
    return {"VISIT": visit, "VSTPT": point, "VSPERF": "Y", "SYSBP_VSORRES": f"{max(systolic, diastolic + 20):.0f}",
            "DIABP_VSORRES": f"{diastolic:.0f}", "PULSE_VSORRES": f"{pulse:.0f}", "RESP_VSORRES": f"{breaths:.0f}",
            "TEMP_VSORRES": f"{celsius * 1.8 + 32:.1f}" if fahrenheit else f"{celsius:.1f}",
            "TEMP_VSORRESU": "F" if fahrenheit else "C", "WEIGHT_VSORRES": weight.text if weight else "",
            "WEIGHT_VSORRESU": weight.unit if weight else ""}


def disposition(rng: Rng, person: Person) -> list[Row]:
    """Consent and enrolment, then why treatment and why the study ended, as far as they have."""
    slot, course = person.slot, person.course
    rows = [milestone("INFORMED CONSENT OBTAINED", "INFORMED CONSENT OBTAINED", slot.consent)]
    if course is None:
        failed = after(slot.consent, between(rng, 3, 14))
        term = "ELIGIBILITY CRITERIA NOT MET"
        return [*rows, ended("STUDY PARTICIPATION", term, "SCREEN FAILURE", "SCREENING", failed, failed)]
    rows.append(milestone("ENROLLED", "ENTERED INTO TRIAL", after(slot.first_dose, -between(rng, 0, 2))))
    if course.ending:
        why = course.ending
        rows.append(ended("STUDY TREATMENT", why.term, why.reason, "EOT", course.recorded, course.decided))
    if course.left:
        known = min(after(course.left, between(rng, 0, 7)), CUTOFF)
        rows.append(ended("STUDY PARTICIPATION", course.outcome, course.outcome, "", known, course.left))
    return rows


def milestone(term: str, decoded: str, day: date) -> Row:
    return {"DSCAT": "PROTOCOL MILESTONE", "DSTERM": term, "DSDECOD": decoded, "VISIT": "SCREENING",
            "DSDAT": write_date(day), "DSSTDAT": write_date(day)}


def ended(what: str, term: str, decoded: str, visit: str, recorded: date, day: date) -> Row:
    return {"DSCAT": "DISPOSITION EVENT", "DSSCAT": what, "DSTERM": term, "DSDECOD": decoded, "VISIT": visit,
            "DSDAT": write_date(recorded), "DSSTDAT": write_date(day),
            "DTHDAT": write_date(day) if decoded == "DEATH" else ""}


# ---- The truth -------------------------------------------------------------------------------------------------------

def describe_cohorts(people: Sequence[Person]) -> list[dict[str, object]]:
    """The cohorts as far as they were filled; the decision only where the cohort is complete."""
    described: list[dict[str, object]] = []
    for cohort in plan_escalation(PLANNED_DLTS):
        members = [person for person in people if person.slot.cohort == cohort.number]
        members.sort(key=lambda person: person.slot.first_dose)
        complete = sum(person.slot.evaluable for person in members) == 3
        if members:
            described.append({
                "cohort": cohort.number, "COHORT": LEVELS[cohort.level].name, "SUBJID": [one.subjid for one in members],
                "evaluable": sum(one.slot.evaluable for one in members), "dlts": sum(one.slot.dlt for one in members),
                "evaluable_at_level": cohort.evaluable_at_level if complete else None,
                "dlts_at_level": cohort.dlts_at_level if complete else None,
                "decision": cohort.decision if complete else None})
    return described


def describe_subject(person: Person, forms: Forms) -> dict[str, object]:
    """What was planned for a subject; dates are ISO 8601, null is "not (yet)"."""
    slot = person.slot
    described: dict[str, object] = {
        "SITEID": person.site, "SUBJID": person.subjid, "part": slot.part, "consent": slot.consent.isoformat(),
        "birth": person.birth.isoformat(), "height_cm": person.height,
        "events": sum(row["AEYN"] == "Y" for row in forms["AE"])}
    return described | describe_treatment(person, forms) if person.dosing else described


def describe_treatment(person: Person, forms: Forms) -> dict[str, object]:
    slot, course, first, last = person.slot, person.course, person.dosing[0], person.dosing[-1]
    before = next(row for row in forms["VS"] if row["VISIT"] == "C1D1" and row["VSTPT"] == "PRE-DOSE")
    died = course.outcome == "DEATH"
    return {
        "COHORT": slot.level.name, "cohort": slot.cohort or None, "mg_per_kg": slot.level.mg_per_kg,
        "first_dose": f"{first.day}T{write_time(first.infusions[0].start)}",
        "last_dose": f"{last.day}T{write_time(last.infusions[-1].start)}",
        "last_dose_end": f"{last.day}T{write_time(last.infusions[-1].end)}",
        "cycles": len(person.dosing), "combination_cycles": sum(len(day.infusions) == 2 for day in person.dosing),
        "delayed_cycles": list(course.delayed),
        "dlt": slot.dlt, "dlt_evaluable": slot.evaluable if slot.part == "ESCALATION" else None,
        "dlt_event": next((row["AESPID"] for row in forms["AE"] if row["AEDLT"] == "Y"), None),
        "treatment_end": course.ending.reason if course.ending else None,
        "treatment_end_date": course.decided.isoformat() if course.decided else None,
        "study_end": course.outcome or None, "study_end_date": course.left.isoformat() if course.left else None,
        "death_date": course.left.isoformat() if died else None,
        "death_from_event": course.ending.fatal_event if died else None,
        "baseline_vs": {name: before[name] for name in RESULTS if before[name]},
    }


# ---- What site staff do to data --------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Habit:
    """A deliberate flaw: which records it may befall, what is written instead, or (adds) the record that is added."""

    name: str
    form: str
    where: Callable[[Row], bool]
    change: Callable[[Row], Row]
    count: int = 1
    grows: bool = False          # with the study: `count` for every 24 subjects
    adds: bool = False


def is_plain_event(row: Row) -> bool:
    """An event that no decision about dose, DLT or death hangs on, and that has ended."""
    return (row["AEYN"] == "Y" and row["AEDLT"] == "N" and row["AESER"] == "N" and row["AEENDAT"] != ""
            and row["AEENDAT"] != row["AESTDAT"] and not {INTERRUPTED, WITHDRAWN} & {row["AEACN1"], row["AEACN2"]})


def starts_before_leap_day(row: Row) -> bool:
    return is_plain_event(row) and read_date(row["AESTDAT"]) < date(2024, 2, 29)


def is_quiet_visit(row: Row) -> bool:
    """A visit that is neither a baseline nor weighs for a dose."""
    return row["VSTPT"] != "PRE-DOSE" and row["VISIT"] not in ("SCREENING", "C1D1", "UNSCHEDULED")


def is_later_bat1308(row: Row) -> bool:
    return row["EXTRT"] == "BAT1308" and row["VISIT"] != "C1D1"


def hide_day(field: str, *times: str) -> Callable[[Row], Row]:
    """UN-MAY-2023; the time goes with the day."""
    return lambda row: {field: "UN" + row[field][2:]} | dict.fromkeys(times, "")


def hide_month(field: str, *times: str) -> Callable[[Row], Row]:
    """UN-UNK-2023; the time goes with the day."""
    return lambda row: {field: "UN-UNK" + row[field][6:]} | dict.fromkeys(times, "")


def put(**values: str) -> Callable[[Row], Row]:
    return lambda row: values


def move(field: str, base: str, days: int) -> Callable[[Row], Row]:
    return lambda row: {field: write_date(after(read_date(row[base]), days))}


HABITS = (
    Habit("birth month and day unknown", "DM", lambda row: True, hide_month("BRTHDAT"), 2, grows=True),
    Habit("birth day unknown", "DM", lambda row: True, hide_day("BRTHDAT"), grows=True),
    Habit("several races in one field", "DM", lambda row: row["RACE"] == "A" and row["COHORT"] != "", put(RACE="A,W")),
    Habit("impossible date", "AE", starts_before_leap_day, put(AEENDAT="31-FEB-2024", AEENTIM="")),
    Habit("start day unknown", "AE", is_plain_event, hide_day("AESTDAT", "AESTTIM"), 3, grows=True),
    Habit("start month and day unknown", "AE", is_plain_event, hide_month("AESTDAT", "AESTTIM"), 2, grows=True),
    Habit("end day unknown", "AE", is_plain_event, hide_day("AEENDAT", "AEENTIM"), grows=True),
    Habit("ongoing with an end date", "AE", is_plain_event, put(AEONGO="Y")),
    Habit("ends before it starts", "AE", is_plain_event, move("AEENDAT", "AESTDAT", -3)),
    Habit("unknown code", "AE", is_plain_event, put(AEOUT="9")),
    Habit("start time missing", "EX", is_later_bat1308, put(EXSTTIM=""), 2, grows=True),
    Habit("end time missing", "EX", is_later_bat1308, put(EXENTIM=""), 2, grows=True),
    Habit("time missing", "VS", is_quiet_visit, put(VSTIM=""), 2, grows=True),
    Habit("not done, written as a result", "VS", is_quiet_visit, put(TEMP_VSORRES="NOT DONE", TEMP_VSORRESU="")),
    Habit("vital signs not done", "VS", is_quiet_visit,
          put(**dict.fromkeys((*RESULTS, "VSTIM"), ""), VSPERF="N", VSREASND="EQUIPMENT FAILURE"), 2, grows=True),
    Habit("duplicate record", "VS", is_quiet_visit, put(), adds=True),
    Habit("second unscheduled visit", "VS", lambda row: row["VISIT"] == "UNSCHEDULED",
          lambda row: move("VISDAT", "VISDAT", 2)(row) | {"VSTIM": "10:10"}, adds=True),
    Habit("subject not in DM", "VS", is_quiet_visit, put(SUBJID=STRANGER), adds=True),
)


def apply_habits(clean: Forms, rng: Rng) -> tuple[Forms, list[dict[str, object]]]:
    """The forms with every habit at work, no record twice, and the list of what was done."""
    forms = {form: [dict(row) for row in rows] for form, rows in clean.items()}
    flaws: list[tuple[Habit, Row, str, str]] = []           # habit, record, field, clean value
    touched: set[int] = set()
    for habit in HABITS:
        count = habit.count * max(1, len(clean["DM"]) // 24) if habit.grows else habit.count
        able = [row for row in forms[habit.form] if id(row) not in touched and habit.where(row)]
        for place in rng.permutation(len(able))[:count]:
            row = able[place]
            touched.add(id(row))
            new = add_record(forms[habit.form], habit, row) if habit.adds else change_record(habit, row)
            touched.update(id(record) for _, record, _, _ in new)
            flaws += new
    lines = {id(row): line for rows in forms.values() for line, row in enumerate(rows, start=2)}
    return forms, [describe_flaw(habit, row, lines[id(row)], field, was) for habit, row, field, was in flaws]


def change_record(habit: Habit, row: Row) -> list[tuple[Habit, Row, str, str]]:
    """Change the record in place: one entry for each field that is not as it was."""
    was = dict(row)
    row.update(habit.change(row))
    return [(habit, row, field, was[field]) for field in row if row[field] != was[field]]


def add_record(rows: list[Row], habit: Habit, row: Row) -> list[tuple[Habit, Row, str, str]]:
    added = row | habit.change(row)
    place = next(number for number, one in enumerate(rows) if one is row)
    rows.insert(place + 1, added)
    return [(habit, added, "", "")]


def describe_flaw(habit: Habit, row: Row, line: int, field: str, was: str) -> dict[str, object]:
    """Where the flaw stands (line of the file, the record's keys as written), the clean value and the written one."""
    return {"habit": habit.name, "form": habit.form, "action": "added" if habit.adds else "changed", "line": line,
            "keys": {key: row[key] for key in KEYS[habit.form]}, "field": field, "clean": was,
            "written": row[field] if field else ""}

"""Dose escalation by the 3+3 rule: what is known at each level, what to do next and which level is the MTD.

The rule reads nothing but how many evaluable subjects each level has, how many of them had a dose-limiting toxicity
(DLT) and whether someone is still under observation. It holds for any number of levels and for data that stop half-way.
Source: Storer 1989 (doi 10.2307/2531693); Korn 1994 (doi 10.1002/sim.4780131802).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from adam.flags import compute_flag
from cdisckit.errors import SpecError, suggest

__all__ = ["POLICIES", "Level", "Policy", "Step", "decide_escalation", "derive_escalation_table"]

COHORT, FULL = 3, 6


@dataclass(frozen=True)
class Policy:
    """Where published designs differ.

    expand_below   a level below a too toxic one is expanded to six before it is the MTD; else it is the MTD at once
    expand_top     a level that cannot be left upwards is expanded to six after 0 of 3; else it is the MTD at once
    stop_early     two DLTs exceed the MTD before the cohort is complete
    """

    expand_below: bool = True
    expand_top: bool = True
    stop_early: bool = False


POLICIES: Mapping[str, Policy] = {
    "protocol": Policy(),                                          # MTD: six evaluable subjects, at most one DLT
    "Korn": Policy(expand_below=True, expand_top=False),
    "Storer": Policy(expand_below=False, expand_top=False),
}


@dataclass(frozen=True)
class Level:
    """What is known of a dose level."""

    name: str
    treated: int = 0
    evaluable: int = 0
    dlts: int = 0
    pending: int = 0                                               # treated, neither evaluable nor replaced yet


@dataclass(frozen=True)
class Step:
    """The next step: action, the level it concerns (number from 1, 0: none), the MTD if it is found, and why.

    action   START, WAIT, CONTINUE (the cohort is not complete), STAY (three more), ESCALATE, DE-ESCALATE, MTD, NO MTD
    """

    action: str
    level: int
    mtd: int
    why: str

    @property
    def stops(self) -> bool:
        return self.action in ("MTD", "NO MTD")


def decide_escalation(levels: Sequence[Level], policy: str | Policy = "protocol") -> Step:
    """The next step of the escalation by the 3+3 rule.

    In: the levels from the lowest dose up; a policy or the name of one (protocol, Korn, Storer). Raises SpecError for
    no level, another name, or counts that cannot be. No level is skipped, and none that was too toxic is tried again.
    """
    rule = _policy(policy)
    _check_levels(levels)
    place = 0
    while True:
        verdict, why = _judge(levels[place], rule)
        if verdict != "TOLERATED" or place + 1 == len(levels):
            return _settle(levels, place, verdict, why, rule)
        place += 1
        if not levels[place].treated:
            return Step("ESCALATE", place + 1, 0, f"{why}: treat three subjects at {levels[place].name}")


def _settle(levels: Sequence[Level], place: int, verdict: str, why: str, rule: Policy) -> Step:
    """The step at the level where the walk upwards ends."""
    level = levels[place]
    if verdict in ("WAIT", "START", "CONTINUE", "STAY"):
        return Step(verdict, place + 1, 0, why)
    if verdict == "TOO TOXIC":
        if place == 0:
            return Step("NO MTD", 0, 0, f"{why}: the lowest level exceeds the MTD, no dose is recommended")
        return _step_down(levels, place - 1, why, rule)
    if level.evaluable < FULL and rule.expand_top:
        return Step("STAY", place + 1, 0, f"{why}, and there is no level above: treat three more subjects")
    return Step("MTD", place + 1, place + 1, f"{why}, and there is no level above: {level.name} is the MTD")


def _step_down(levels: Sequence[Level], place: int, why: str, rule: Policy) -> Step:
    """Below a too toxic level: expand the level to six, or take it as the MTD; lower still where it is too toxic."""
    below = levels[place]
    verdict, reason = _judge(below, rule)
    if verdict in ("WAIT", "CONTINUE"):
        return Step(verdict, place + 1, 0, reason)
    if verdict == "TOO TOXIC":
        return _settle(levels, place, verdict, reason, rule)
    if below.evaluable < FULL and rule.expand_below:
        return Step("DE-ESCALATE", place + 1, 0, f"{why}: treat three more subjects at {below.name}")
    return Step("MTD", place + 1, place + 1, f"{why}: {below.name} is the MTD")


def _judge(level: Level, rule: Policy) -> tuple[str, str]:
    """What the counts of one level say, and the sentence that says so."""
    counts = f"{level.dlts} of {level.evaluable} evaluable subjects at {level.name} had a DLT"
    if _too_toxic(level, rule) and (not level.pending or rule.stop_early):
        return "TOO TOXIC", f"{counts}, {level.name} exceeds the MTD"
    if level.pending:
        return "WAIT", f"{counts}, {level.pending} under observation: wait"
    if not level.evaluable:
        return "START", f"no evaluable subject at {level.name} yet: treat three subjects"
    if level.evaluable % COHORT and level.evaluable < FULL:
        return "CONTINUE", f"{counts}, the cohort lacks {COHORT - level.evaluable % COHORT}: complete it"
    if level.evaluable < FULL and level.dlts == 1:
        return "STAY", f"{counts}: treat three more subjects"
    return "TOLERATED", counts


def _too_toxic(level: Level, rule: Policy) -> bool:
    complete = level.evaluable >= FULL or level.evaluable == COHORT
    return level.dlts >= 2 and (complete or rule.stop_early)


def _policy(policy: str | Policy) -> Policy:
    if isinstance(policy, Policy):
        return policy
    if policy not in POLICIES:
        raise SpecError(f"there is no policy of escalation {policy!r}{suggest(policy, POLICIES)}", cases=list(POLICIES))
    return POLICIES[policy]


def _check_levels(levels: Sequence[Level]) -> None:
    wrong = [level.name for level in levels
             if not 0 <= level.dlts <= level.evaluable or level.evaluable + level.pending > level.treated]
    if wrong or not levels:
        raise SpecError("the counts of a dose level cannot be", cases=wrong or ["no level at all"],
                        fix="DLTs are among the evaluable subjects, these and the pending ones among the treated")


def derive_escalation_table(subjects: pd.DataFrame, levels: Sequence[str], policy: str | Policy = "protocol"
                            ) -> pd.DataFrame:
    """The dose levels with the number of subjects treated, evaluable for DLT, under observation and with a DLT, and the
    decision that the 3+3 rule takes on them: the next step on the level it concerns, what was decided on the others.

    In: one row a subject of the escalation: DOSELVL (name of the level), DLTEVLFL (Y, N, or "" while under
    observation), DLTFL (Y, N); the names of the levels from the lowest dose up. Out: one row a level: DOSELVL,
    DOSELVLN, NTREAT, NEVAL, NPEND, NDLT, DECISION, DECSDESC (its sentence), MTDFL. Raises SpecError for a subject at a
    level that is none. Source: the protocol's 3+3 rule.
    """
    strange = sorted(set(subjects["DOSELVL"]) - set(levels))
    if strange:
        raise SpecError("subjects are at a dose level that the study does not have", cases=strange)
    known = subjects["DLTEVLFL"]
    counts = pd.DataFrame({
        "NTREAT": pd.Series(1, index=subjects.index), "NEVAL": (known == "Y").astype("int64"),
        "NPEND": (known == "").astype("int64"), "NDLT": ((known == "Y") & (subjects["DLTFL"] == "Y")).astype("int64"),
    }).groupby(subjects["DOSELVL"]).sum().reindex(list(levels), fill_value=0)
    states = [Level(name, row.NTREAT, row.NEVAL, row.NDLT, row.NPEND)
              for name, row in zip(counts.index, counts.itertuples(), strict=True)]
    step = decide_escalation(states, policy)
    said = [_said(states, place, step, _policy(policy)) for place in range(len(states))]
    table = counts.astype("float64").rename_axis("DOSELVL").reset_index().astype({"DOSELVL": "str"})
    number = pd.Series(range(1, len(levels) + 1), dtype="float64")
    return table.assign(DOSELVLN=number, DECISION=pd.Series([one for one, _ in said], dtype="str"),
                        DECSDESC=pd.Series([why for _, why in said], dtype="str"),
                        MTDFL=compute_flag(number == step.mtd))


def _said(levels: Sequence[Level], place: int, step: Step, rule: Policy) -> tuple[str, str]:
    """Decision and sentence of one level: the next step where it is taken, else what its counts have said."""
    level = levels[place]
    from_here = place + 1 == (step.level - 1 if step.action == "ESCALATE" else step.level)
    if from_here:
        return step.action, step.why
    if not level.treated:
        return "NOT TREATED", f"no subject was treated at {level.name}"
    verdict, why = _judge(level, rule)
    if verdict == "TOO TOXIC":
        return "EXCEEDS MTD", why
    return ("ESCALATED", f"{why}: the next level was opened") if verdict == "TOLERATED" else (verdict, why)

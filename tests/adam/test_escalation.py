"""Laws of dose escalation: the 3+3 rule at any number of levels, and the worked cases of three public programs."""

import itertools
from typing import Any

import pandas as pd
import pytest

from adam.escalation import Level, Policy, decide_escalation, derive_escalation_table
from cdisckit.errors import SpecError

ACTIONS = {"stay": ("STAY", "CONTINUE", "DE-ESCALATE"), "escalate": ("ESCALATE",), "stop, MTD declared": ("MTD",),
           "stop, no tolerable dose": ("NO MTD",)}


def levels(*counts: str) -> list[Level]:
    """ "1/3" is one DLT among three evaluable subjects, "1/2+1" that one more is under observation."""
    made = []
    for place, text in enumerate(counts, start=1):
        known, _, pending = text.partition("+")
        dlts, evaluable = (int(part) for part in known.split("/"))
        made.append(Level(f"DL{place}", evaluable + int(pending or 0), evaluable, dlts, int(pending or 0)))
    return made


def step(*counts: str, policy: str | Policy = "protocol") -> tuple[str, int, int]:
    made = decide_escalation(levels(*counts), policy)
    return made.action, made.level, made.mtd


@pytest.mark.cases("08_dlt_three_plus_three.json", "tpt")
def test_decisions_of_the_worked_cases(case: dict[str, Any]) -> None:
    variant = {"no de-escalation (Storer)": "Storer"}.get(case["parameters"]["variant"], "Korn")
    rows = case["given"]["subjects"]
    counts = [Level(str(level), *(len([row for row in rows if row["DOSELVL"] == level and row["DLTFL"] in among])
                                  for among in ("YN", "YN", "Y")))
              for level in range(1, case["parameters"]["levels"] + 1)]
    made, expected = decide_escalation(counts, variant), case["expect"]
    assert made.action in ACTIONS[expected["action"]]
    assert (not made.stops, made.level or None) == (expected["continue"], expected["level"])


PUBLISHED = {"NAUSEA": 7, "VOMITING": 7, "DIARRHOEA": 2}


@pytest.mark.cases("08_dlt_three_plus_three.json", "dlt")
def test_a_duration_of_just_the_limit_is_not_longer_than_it(case: dict[str, Any]) -> None:
    """Another protocol's definition (febrile neutropenia counts, nausea only beyond 7 days), as a table of limits."""
    ae = case["given"]["ae"]
    limit = PUBLISHED.get(ae["AEDECOD"].upper(), 0)
    assert (ae["AETOXGR"] >= 3 and ae["duration_days"] > limit and ae["related"] == "Y") == (case["expect"]["DLTFL"] == "Y")


@pytest.mark.parametrize(("counts", "expected"), [
    (("0/0", "0/0"), ("START", 1, 0)),
    (("0/2", "0/0"), ("CONTINUE", 1, 0)),
    (("0/3", "0/0"), ("ESCALATE", 2, 0)),
    (("1/3", "0/0"), ("STAY", 1, 0)),
    (("1/6", "0/0"), ("ESCALATE", 2, 0)),
    (("2/6", "0/0"), ("NO MTD", 0, 0)),
    (("0/3", "1/6", "2/3", "0/0"), ("MTD", 2, 2)),
    (("0/3", "0/3", "2/3", "0/0"), ("DE-ESCALATE", 2, 0)),
    (("0/3", "0/4", "2/3", "0/0"), ("CONTINUE", 2, 0)),
    (("0/3", "2/6", "2/3", "0/0"), ("DE-ESCALATE", 1, 0)),
    (("0/6", "2/6", "2/3", "0/0"), ("MTD", 1, 1)),
    (("0/3", "0/3"), ("STAY", 2, 0)),
    (("0/3", "1/6"), ("MTD", 2, 2)),
])
def test_the_rule_of_the_protocol(counts: tuple[str, ...], expected: tuple[str, int, int]) -> None:
    assert step(*counts) == expected


def test_while_someone_is_under_observation_the_next_step_is_to_wait() -> None:
    assert step("0/2+1", "0/0") == ("WAIT", 1, 0)
    assert step("0/3", "2/3+1") == ("WAIT", 2, 0)
    assert step("0/3+1", "2/3") == ("WAIT", 1, 0)
    assert step("2/2+1", "0/0", policy=Policy(stop_early=True)) == ("NO MTD", 0, 0)


def test_policies_differ_where_they_say_so() -> None:
    below, top = ("0/3", "2/3", "0/0"), ("0/3", "0/3")
    assert [step(*below, policy=name)[0] for name in ("protocol", "Korn", "Storer")] == ["DE-ESCALATE", "DE-ESCALATE", "MTD"]
    assert [step(*top, policy=name)[0] for name in ("protocol", "Korn", "Storer")] == ["STAY", "MTD", "MTD"]
    with pytest.raises(SpecError, match="Storre.*mean Storer"):
        step("0/3", policy="Storre")


@pytest.mark.parametrize("number", [1, 2, 5])
def test_every_path_ends_with_six_subjects_and_at_most_one_dlt_or_without_a_dose(number: int) -> None:
    """Follow the rule with every sequence of cohort results until it stops."""
    for results in itertools.islice(itertools.product((0, 1, 2), repeat=min(2 * number, 7)), 2500):
        counts = [[0, 0] for _ in range(number)]
        for dlts in [*results, *([0] * 20)]:
            made = decide_escalation([Level(str(i), n, n, d) for i, (n, d) in enumerate(counts, start=1)])
            if made.stops:
                break
            counts[made.level - 1][0] += 3
            counts[made.level - 1][1] += dlts
            assert counts[made.level - 1][0] <= 6
        assert made.stops
        if made.mtd:
            assert counts[made.mtd - 1][0] == 6 and counts[made.mtd - 1][1] <= 1
            assert all(d >= 2 for n, d in counts[made.mtd:] if n)
        else:
            assert counts[0][1] >= 2


def test_the_table_has_a_row_a_level_and_says_why() -> None:
    subjects = pd.DataFrame([("A", "Y", "N")] * 3 + [("B", "Y", "N"), ("B", "N", ""), ("B", "Y", "Y"), ("B", "", "")],
                            columns=["DOSELVL", "DLTEVLFL", "DLTFL"])
    table = derive_escalation_table(subjects, ["A", "B", "C"])
    assert table[["NTREAT", "NEVAL", "NPEND", "NDLT"]].to_numpy().tolist() == [[3, 3, 0, 0], [4, 2, 1, 1], [0, 0, 0, 0]]
    assert list(table["DECISION"]) == ["ESCALATED", "WAIT", "NOT TREATED"]
    assert table["DECSDESC"][1] == "1 of 2 evaluable subjects at B had a DLT, 1 under observation: wait"
    pd.testing.assert_frame_equal(derive_escalation_table(subjects[::-1], ["A", "B", "C"]), table)
    assert list(derive_escalation_table(subjects[:0], ["A"])["DECISION"]) == ["START"]


def test_counts_that_cannot_be_and_levels_that_are_none_stop() -> None:
    with pytest.raises(SpecError, match="cannot be"):
        decide_escalation([Level("DL1", treated=3, evaluable=3, dlts=4)])
    with pytest.raises(SpecError, match="does not have"):
        derive_escalation_table(pd.DataFrame({"DOSELVL": ["X"], "DLTEVLFL": ["Y"], "DLTFL": ["N"]}), ["A"])

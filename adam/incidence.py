"""How many subjects have an event, of those who could have it: the registry's counts, with exact intervals.

An incidence is data: which records are the subjects, and which records are the events.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from adam.estimates import EVERYONE, EXACT, estimate_rate

__all__ = ["COLUMNS", "Incidence", "estimate_incidence", "make_incidences"]

COLUMNS = ["OUTCOME", "POPULATION", "GROUP", "N", "EVENTS", "VALUE", "LOWER", "UPPER", "METHOD"]


@dataclass(frozen=True)
class Incidence:
    """One count: the subjects are the records of `subjects` that meet `among`, the events those that meet `where`."""

    subjects: str
    among: Mapping[str, str]
    group: str
    events: str
    where: Mapping[str, str]


def make_incidences(incidences: Mapping[str, Mapping[str, Any]], read: Callable[[str, Sequence[str]], pd.DataFrame],
                    datasets: Collection[str]) -> pd.DataFrame:
    """The table of every incidence whose datasets were made, of all subjects and by actual treatment.

    In: the incidences by outcome, as study.yaml has them (the fields of `Incidence`); `read` gives the stated variables
    of a dataset. Out: a record a group: OUTCOME, POPULATION, GROUP, N (subjects), EVENTS (subjects with the event),
    VALUE (share), LOWER, UPPER, METHOD.
    """
    rows: list[list[object]] = []
    for outcome, facts in incidences.items():
        one = Incidence(**facts)
        if {one.subjects, one.events} <= set(datasets):
            subjects = read(one.subjects, ["USUBJID", one.group, *one.among])
            events = read(one.events, ["USUBJID", *one.where])
            population = f"{one.subjects}: {', '.join(f'{name}={value}' for name, value in one.among.items())}"
            found = estimate_incidence(_choose(subjects, one.among), _choose(events, one.where), one.group)
            rows += [[outcome, population, *row, EXACT] for row in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def estimate_incidence(subjects: pd.DataFrame, events: pd.DataFrame, group: str) -> Iterator[list[object]]:
    """The number of subjects, of those among them with an event, and their share with its exact interval
    (Clopper-Pearson); of all subjects, then of each group. A subject with several events counts once.
    """
    data = subjects.drop_duplicates("USUBJID")
    data = data.assign(EVENT=data["USUBJID"].isin(events["USUBJID"]))
    for name, own in [(EVERYONE, data), *data.groupby(group, sort=True)]:
        count = int(own["EVENT"].sum())
        yield [str(name), len(own), count, *estimate_rate(count, len(own))]


def _choose(data: pd.DataFrame, conditions: Mapping[str, str]) -> pd.DataFrame:
    chosen = pd.Series(True, index=data.index)
    for name, value in conditions.items():
        chosen &= data[name] == value
    return data[chosen]

"""The facts of the study that the generator needs: the protocol's numbers, catalogues, columns of the exports."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

__all__ = [
    "COMMENTS",
    "CUTOFF",
    "DRUGS",
    "END",
    "EXPORTS",
    "LEVELS",
    "PROTOCOL",
    "SITES",
    "Rng",
    "at",
    "between",
    "chance",
    "clock",
    "days_between",
    "later",
    "pick",
    "stream",
    "table",
]

Rng = np.random.Generator
HERE = Path(__file__).parent
THEMES = (
    "plan",
    "person",
    "tumour",
    "course",
    "toxicity",
    "dosing",
    "visits",
    "laboratory",
    "ecg",
    "pk",
    "ada",
    "medication",
    "entry",
    "habits",
    "faults",
)


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a catalogue in tables/."""
    with (HERE / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


PROTOCOL: dict[str, Any] = read_yaml(HERE / "tables" / "protocol.yaml")
COMMENTS: dict[str, Any] = read_yaml(HERE / "tables" / "comments.yaml")
EXPORTS: dict[str, Any] = read_yaml(HERE / "exports.yaml")
DRUGS = ("BAT4706", "BAT1308")
LEVELS: dict[str, float] = PROTOCOL["levels"]
SITES: tuple[str, ...] = tuple(PROTOCOL["sites"])
CUTOFF: date = PROTOCOL["cutoff"]
END = datetime.combine(CUTOFF, time(23, 59))


def stream(seed: int, subject: int, theme: str) -> Rng:
    """The random numbers of one subject for one theme: no other subject and no other theme moves them."""
    return np.random.default_rng(np.random.SeedSequence([seed, subject], spawn_key=(THEMES.index(theme),)))


def between(rng: Rng, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def chance(rng: Rng, share: float) -> bool:
    return bool(rng.random() < share)


def pick[T](rng: Rng, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
    if weights is None:
        return choices[int(rng.integers(len(choices)))]
    total = np.cumsum(weights)
    return choices[min(int(np.searchsorted(total, rng.random() * total[-1], side="right")), len(choices) - 1)]


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def at(day: date, minute: int) -> datetime:
    """The minute of a day; minutes beyond midnight fall on the next day."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def clock(when: datetime) -> str:
    return f"{when:%H:%M}"


def days_between(first: date, second: date) -> int:
    return (second - first).days

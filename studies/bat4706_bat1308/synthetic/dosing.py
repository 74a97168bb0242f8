"""One infusion: prepared dose, volume, rates, interruption, and what really went in; the numbers agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .protocol import LEVELS, PROTOCOL, Rng, between, pick
from .toxicity import Event

__all__ = ["DoseDay", "Infusion", "infuse", "not_given", "total_mg"]


@dataclass(frozen=True)
class Infusion:
    """A planned infusion. `pieces`: start, end, mL an hour, one after the other."""

    drug: str
    level: float  # prescribed: mg/kg or mg
    weight: float | None
    prepared: float  # mg
    volume: float  # mL prepared
    given: float  # mL
    pieces: tuple[tuple[datetime, datetime, float], ...]
    lot: str = ""
    interrupted: datetime | None = None
    resumed: datetime | None = None
    new_rate: float | None = None
    changed: datetime | None = None
    why: str = ""  # AE LINE OTH
    event: Event | None = None
    reason: str = ""  # not given: why

    @property
    def start(self) -> datetime:
        return self.pieces[0][0]

    @property
    def end(self) -> datetime:
        return self.pieces[-1][1]

    @property
    def mg(self) -> float:
        return self.prepared * self.given / self.volume


@dataclass(frozen=True)
class DoseDay:
    """Day 1 of a cycle."""

    cycle: int
    day: date
    weight: float  # kg, as measured
    infusions: tuple[Infusion, ...]
    delay: str = ""  # why the cycle came late
    delay_event: Event | None = None

    def of(self, drug: str) -> Infusion | None:
        return next((one for one in self.infusions if one.drug == drug and one.pieces), None)

    @property
    def start(self) -> datetime:
        return min(one.start for one in self.infusions if one.pieces)

    @property
    def end(self) -> datetime:
        return max(one.end for one in self.infusions if one.pieces)


def prepare(drug: str, level: str, weight: float) -> tuple[float, float | None, float]:
    """Prescribed dose, dosing weight, prepared dose in mg."""
    if drug == "BAT1308":
        return float(PROTOCOL["flat_mg"]), None, float(PROTOCOL["flat_mg"])
    return LEVELS[level], weight, round(LEVELS[level] * weight, 1)


def not_given(drug: str, level: str, weight: float, reason: str, event: Event | None) -> Infusion:
    dose, kilograms, mg = prepare(drug, level, weight)
    return Infusion(drug, dose, kilograms, mg, float(PROTOCOL["volume_ml"][drug]), 0.0, (), reason=reason, event=event)


def infuse(
    rng: Rng,
    drug: str,
    level: str,
    weight: float,
    start: datetime,
    what: str = "",
    event: Event | None = None,
    after: int = 0,
) -> Infusion:
    """What happens: SLOWED, PAUSED (resumed at half the rate), STOPPED, LINE (occluded, resumed), LINE STOPPED.

    `after`: minutes until it happens. Half the rate takes twice the minutes, so that the volumes come out even.
    """
    dose, kilograms, mg = prepare(drug, level, weight)
    volume = float(PROTOCOL["volume_ml"][drug])
    minutes = PROTOCOL["minutes"][drug] + pick(rng, (0, 0, 0, 0, -2, 1, 2, 3, 5))
    rate = round(volume * 60 / minutes, 1)
    half, pause = round(volume * 30 / minutes, 1), between(rng, 5, 45)
    lot = f"{'A' if drug == 'BAT4706' else 'B'}{start:%y}{(start.month - 1) // 3 + 1:02}"

    def minute(number: int) -> datetime:
        return start + timedelta(minutes=number)

    common = {"lot": lot, "why": "LINE" if "LINE" in what else "AE" if what else "", "event": event}
    if not what:
        return Infusion(drug, dose, kilograms, mg, volume, volume, ((start, minute(minutes), rate),), **common)
    if what == "SLOWED":
        pieces = ((start, minute(after), rate), (minute(after), minute(2 * minutes - after), half))
        return Infusion(
            drug, dose, kilograms, mg, volume, volume, pieces, new_rate=half, changed=minute(after), **common
        )
    if what == "PAUSED":
        back = after + pause
        pieces = ((start, minute(after), rate), (minute(back), minute(back + 2 * (minutes - after)), half))
        return Infusion(
            drug,
            dose,
            kilograms,
            mg,
            volume,
            volume,
            pieces,
            interrupted=minute(after),
            resumed=minute(back),
            new_rate=half,
            changed=minute(back),
            **common,
        )
    if what == "LINE":
        back = after + min(pause, 20)
        pieces = ((start, minute(after), rate), (minute(back), minute(back + minutes - after), rate))
        return Infusion(
            drug, dose, kilograms, mg, volume, volume, pieces, interrupted=minute(after), resumed=minute(back), **common
        )
    given = round(rate * after / 60, 1)
    return Infusion(
        drug, dose, kilograms, mg, volume, given, ((start, minute(after), rate),), interrupted=minute(after), **common
    )


def total_mg(days: Sequence[DoseDay], drug: str) -> float:
    return sum(one.mg for day in days for one in day.infusions if one.drug == drug)

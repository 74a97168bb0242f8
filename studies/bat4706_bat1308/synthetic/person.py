"""Who the subject is: age, sex, race, body size, tumour, and what was known before the study."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from .escalation import Slot
from .protocol import PROTOCOL, SITES, Rng, between, chance, later, pick, table

__all__ = ["Person", "age_on", "draw_person"]

DIAGNOSES = {row["CHDIAG"]: row for row in table("diagnoses")}
SHARE_OF_MEN = {"HCC": 0.8, "GAS": 0.65, "NSC": 0.6, "OVA": 0.0}
KG_PER_LB = 0.45359237


@dataclass(frozen=True)
class Person:
    """A subject at screening. Numbers are true values; what a form shows is measured."""

    slot: Slot
    subject: str  # four digits
    site: str
    sex: str
    birth: date
    age: int  # at consent
    race: str
    other_race: str
    ethnic: str
    country: str
    childbearing: str
    height: int
    weight: float
    diagnosis: dict[str, str]
    ecog: int
    vitals: tuple[float, ...]  # SYSBP DIABP PULSE RESP TEMP
    screened: date  # day of the screening examinations
    frailty: float  # multiplies the risk of adverse events

    @property
    def imperial(self) -> bool:
        return self.site == PROTOCOL["imperial_site"]


def age_on(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def draw_person(rng: Rng, slot: Slot) -> Person:
    code = slot.diagnosis or pick(rng, tuple(DIAGNOSES), [float(row["SHARE"]) for row in DIAGNOSES.values()])
    sex = "M" if chance(rng, SHARE_OF_MEN.get(code, 0.55)) else "F"
    years = float(np.clip(rng.normal(59, 10), 25, 79))
    birth = later(slot.consent, -int(years * 365.25) - between(rng, 0, 200))
    site = pick(rng, SITES)
    abroad = site == PROTOCOL["imperial_site"]
    race = pick(rng, ("AS", "WH", "BL", "MU", "OT"), (0.45, 0.43, 0.05, 0.05, 0.02) if abroad else (1, 0, 0, 0, 0))
    height = round(float(rng.normal(170 if sex == "M" else 158, 6)) + (4 if race != "AS" else 0))
    body_mass = float(np.clip(rng.normal(23 if race == "AS" else 26, 2.8), 17, 36))
    age = age_on(birth, slot.consent)
    fertile = pick(rng, ("Y", "N"), (0.9, 0.1)) if age < 52 else "N"
    return Person(
        slot=slot,
        subject=f"{slot.number:04}",
        site=site,
        sex=sex,
        birth=birth,
        age=age,
        race=race,
        other_race={"MU": pick(rng, ("Asian;White", "Black or African American;White")), "OT": "Melanesian"}.get(
            race, ""
        ),
        ethnic=pick(rng, ("NH", "HI", "UN", "NR"), (0.85, 0.06, 0.04, 0.05)) if abroad else "NH",
        country="AUS" if abroad else "CHN",
        childbearing="NA" if sex == "M" else fertile,
        height=height,
        weight=body_mass * (height / 100) ** 2,
        diagnosis=DIAGNOSES[code],
        ecog=between(rng, 0, 1),
        vitals=tuple(rng.normal((124, 77, 76, 17, 36.5), (11, 7, 8, 1.5, 0.15))),
        screened=min(later(slot.consent, between(rng, 0, 3)), slot.first_dose or slot.consent),
        frailty=float(rng.lognormal(0, 0.35)),
    )

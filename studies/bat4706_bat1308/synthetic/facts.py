"""What became of a treated subject: facts that are filled cycle by cycle."""

from dataclasses import dataclass, field
from datetime import date

from .dosing import DoseDay
from .toxicity import Event
from .tumour import Assessment

__all__ = ["Course", "Leave", "Stop"]


@dataclass(frozen=True)
class Leave:
    """How the subject's time in the study ends, if nothing else comes first."""

    death: date | None
    cause: str  # PD AE OTH UNK
    left: date | None
    why: str  # WD LTFU COMP
    seen: date  # the last day on which anything can be recorded


@dataclass(frozen=True)
class Stop:
    """The end of a drug: day of the decision, reason, event."""

    day: date
    reason: str  # COMP PD AE DTH WD PHYS LTFU OTH
    event: Event | None = None


@dataclass
class Course:
    """What became of a treated subject; filled cycle by cycle."""

    leave: Leave
    days: list[DoseDay] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stops: dict[str, Stop] = field(default_factory=dict)
    assessments: list[Assessment] = field(default_factory=list)
    new_therapy: date | None = None
    beyond: bool = False
    fatal: Event | None = None

    @property
    def first(self) -> date:
        return self.days[0].day

    @property
    def last(self) -> date:
        return self.days[-1].day

    def last_of(self, drug: str) -> date | None:
        return next((one.day for one in reversed(self.days) if one.of(drug)), None)

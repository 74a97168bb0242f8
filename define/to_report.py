"""What of a define.xml a specification cannot hold: the element, its line, what it says, and why it is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FROM_DATA", "Loss", "Losses"]

FROM_DATA = "it follows from the data"


@dataclass(frozen=True, order=True)
class Loss:
    file: str
    line: int
    element: str                                      # the OID, or what stands there
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.element}: {self.what}: {self.why}"


@dataclass
class Losses:
    """Gathers what is left out of the document that is being read."""

    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    found: list[Loss] = field(default_factory=list)

    def add(self, oid: str, what: str, why: str, line: int | None = None) -> None:
        self.found.append(Loss(self.file, self.lines.get(oid, 0) if line is None else line, oid, what, why))

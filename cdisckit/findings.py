"""A finding: one problem of the data, with the place it came from, what is wrong and who must act.

Derivations report findings while they run; `collect_findings` gathers them for the build. A derivation that is
called by hand, outside of any collector, turns its findings into Python warnings, so that none is ever lost.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields

__all__ = ["SEVERITIES", "WAIVED", "Finding", "FindingWarning", "collect_findings", "report_findings"]

SEVERITIES = ("error", "warning", "notice")
WAIVED = "waived"


@dataclass(frozen=True, order=True)
class Finding:
    """One problem of the data. `record` holds raw record ids (joined by "; "), `key` the record's SDTM or ADaM key.

    `severity`: error = the value is wrong or lost to analysis, somebody must act before submission; warning = likely
    wrong, somebody must look; notice = good to know. `fix` says who must do what.
    """

    source: str          # raw, mapping, contract, transport, great_expectations, core, define
    rule: str            # a stable id: "raw.ragged_row", "mapping.unknown_term"
    severity: str
    dataset: str         # dataset or, for raw files, the form
    key: str = ""
    variable: str = ""
    value: str = ""
    message: str = ""
    fix: str = ""
    record: str = ""
    file: str = ""
    line: int = 0
    waived: str = ""     # why it may stand, by the study's waivers.yaml
    waived_by: str = ""  # who says so
    waived_until: str = ""

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity is one of {', '.join(SEVERITIES)}, not {self.severity!r}")

    @property
    def standing(self) -> str:
        """What it counts as: its severity, or "waived"."""
        return WAIVED if self.waived else self.severity

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, str | int]) -> "Finding":
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})  # type: ignore[arg-type]


class FindingWarning(UserWarning):
    """A finding that was reported outside of a build."""


_collector: ContextVar[list[Finding] | None] = ContextVar("findings", default=None)


@contextmanager
def collect_findings() -> Iterator[list[Finding]]:
    """Gather the findings of the block: `with collect_findings() as findings: ae = derive_aerel(ae)`."""
    findings: list[Finding] = []
    token = _collector.set(findings)
    try:
        yield findings
    finally:
        _collector.reset(token)


def report_findings(findings: Iterable[Finding]) -> None:
    """Hand findings to the collector of the running build, or warn where there is none."""
    collector = _collector.get()
    if collector is not None:
        collector.extend(findings)
        return
    for finding in findings:
        warnings.warn(f"{finding.rule}: {finding.dataset} {finding.key} {finding.variable} {finding.message}",
                      FindingWarning, stacklevel=3)

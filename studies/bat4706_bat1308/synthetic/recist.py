"""RECIST 1.1 from what was recorded: target, non-target and overall response at a time point."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Mark", "nontarget_response", "overall_response", "target_response", "target_sum"]


@dataclass(frozen=True)
class Mark:
    """A target lesion at an assessment, as recorded: whole millimetres, none if it was not measured."""

    number: str
    node: bool
    diameter: int | None
    status: str  # PRES TOOSM ABS NE SPLIT MERGED
    origin: str = ""  # the lesion it split from, or the two that grew together


def target_sum(marks: Sequence[Mark]) -> int | None:
    """Sum of the diameters recorded; none if nothing was measured."""
    measured = [mark.diameter for mark in marks if mark.diameter is not None]
    return sum(measured) if measured else None


def target_response(marks: Sequence[Mark], baseline: int, nadir: int) -> str:
    """PD: 20% and 5 mm over the smallest sum so far; CR: all gone, nodes below 10 mm; PR: 30% under baseline."""
    total = target_sum(marks)
    if total is not None and 10 * total >= 12 * nadir and total - nadir >= 5:
        return "PD"
    if total is None or any(mark.status == "NE" for mark in marks):
        return "NE"
    if all((mark.diameter or 0) < 10 if mark.node else not mark.diameter for mark in marks):
        return "CR"
    return "PR" if 10 * total <= 7 * baseline else "SD"      # in whole numbers: 63 of 90 mm is 30 % less


def nontarget_response(statuses: Sequence[str]) -> str:
    if not statuses:
        return "NA"
    if "UPD" in statuses:
        return "PD"
    if "NE" in statuses:
        return "NE"
    return "CR" if all(status == "ABS" for status in statuses) else "NCRNPD"


def overall_response(target: str, nontarget: str, new: bool) -> str:
    """The table of RECIST 1.1 for subjects with target lesions."""
    if new or "PD" in (target, nontarget):
        return "PD"
    if target == "CR":
        return "CR" if nontarget in ("CR", "NA") else "PR"
    return target

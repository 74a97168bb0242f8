"""Errors that a programmer has to mend: what is wrong, which cases, where, and the fix.

CdisckitError                  1
 +-- SpecError                 2   a specification or a study file is wrong
 +-- RawDataError              3   a raw file cannot be read as what it claims to be
 +-- ContractError             4   a dataset function does not deliver what its specification says
 +-- DefineError               5   a define.xml cannot be written or read
(the number is the exit code). A problem of the data itself is never an error: it is a Finding.
"""

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["CdisckitError", "ContractError", "DefineError", "RawDataError", "SpecError", "suggest"]


class CdisckitError(Exception):
    """An error with its cases (the first ones, then a count), the place (file:line) and the fix."""

    exit_code = 1
    cases_shown = 5

    def __init__(self, what: str, *, cases: Sequence[object] = (), where: str = "", fix: str = "") -> None:
        self.what, self.cases, self.where, self.fix = what, tuple(cases), where, fix
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        lines += [f"  - {case}" for case in self.cases[:self.cases_shown]]
        if len(self.cases) > self.cases_shown:
            lines.append(f"  ... and {len(self.cases) - self.cases_shown} more")
        if self.where:
            lines.append(f"  at {self.where}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.cases, self.where, self.fix), self.__dict__


def _rebuild(kind: type[CdisckitError], what: str, cases: tuple[object, ...], where: str, fix: str) -> CdisckitError:
    return kind(what, cases=cases, where=where, fix=fix)


class SpecError(CdisckitError):
    exit_code = 2
    cases_shown = 200            # the errors of a specification are mended together


class RawDataError(CdisckitError):
    exit_code = 3


class ContractError(CdisckitError):
    exit_code = 4


class DefineError(CdisckitError):
    exit_code = 5


def suggest(name: str, known: Iterable[str]) -> str:
    """'; did you mean AESEV?' for a name that is nearly one of the known ones, else nothing."""
    by_upper = {word.upper(): word for word in known}
    near = difflib.get_close_matches(name.upper(), list(by_upper), n=1, cutoff=0.6)
    return f"; did you mean {by_upper[near[0]]}?" if near else ""

"""What a rule is, what it finds, and the list of all rules."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cdisckit.findings import SEVERITIES
from validation.package import Package, Table

__all__ = ["Hit", "Rule", "load_rules", "rule"]

HERE = Path(__file__).parent
Judge = Callable[..., Iterator["Hit"]]
Model = Literal["SDTM", "ADaM"]


@dataclass(frozen=True, eq=False)
class Hit:
    """Records of one dataset that break a rule; or, without `rows`, a fault of the dataset or of one of its variables.

    `variables`: the one at fault first; the values of the others are shown beside it. `message` says what is wrong, for
    all records or for each (a Series with the frame's index). `severity` and `fix` replace those of the rule.
    """

    table: Table
    rows: pd.Series | npt.NDArray[np.bool_] | None
    variables: tuple[str, ...] | str
    message: str | pd.Series
    severity: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule. `needs`: datasets and variables of the package without which it is skipped. With `each`, the function
    is called with (table, package) for each dataset of that model that has all `columns` and one of `any_of`, narrowed
    by `only` and `never`; otherwise it is called once, with the package.
    """

    id: str
    judge: Judge
    severity: str
    cites: str
    fix: str
    title: str
    needs: tuple[str, ...] = ()
    each: Model | Literal["any", ""] = ""
    columns: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    only: tuple[str, ...] = ()              # names of datasets, or prefixes of them with a *: ("AE", "SUPP*")
    never: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()           # variables ("AVAL", or "PC.PCSTRESN" of the package) that must not be text

    def tables(self, package: Package) -> list[Table]:
        """The datasets that the rule judges one by one."""
        return [table for table in package.tables.values()
                if self.each in ("any", table.model) and table.has(*self.columns)
                and (not self.any_of or any(table.has(name) for name in self.any_of))
                and (not self.only or _is_named(table, self.only)) and not _is_named(table, self.never)
                and all(_is_number(table, name) for name in self.numbers)]

    def why_skipped(self, package: Package) -> str:
        """Why the rule cannot judge this package; "" where it can."""
        missing = list(package.lacks(*self.needs))
        if missing:
            return f"there is no {', no '.join(missing)}"
        text = [] if self.each else [name for name in self.numbers if package.has(name)
                                     and not _is_number(package[name.partition(".")[0]], name.partition(".")[2])]
        if text:
            return f"{', '.join(text)} is text and no number"
        if self.each and not self.tables(package):
            names = f"{' or '.join(self.only)} " if self.only else ""
            columns = ", ".join([*self.columns, *([" or ".join(self.any_of)] if self.any_of else [])])
            kind = "" if self.each == "any" else f"{self.each} "
            return f"there is no {kind}dataset {names}{f'with {columns}' if columns else ''}".strip()
        return ""


def _is_named(table: Table, names: tuple[str, ...]) -> bool:
    return any(table.name.startswith(name[:-1]) if name.endswith("*") else table.name == name for name in names)


def _is_number(table: Table, name: str) -> bool:
    return not table.has(name) or table[name].dtype.kind in "fiu"


_RULES: dict[str, Rule] = {}


def rule(severity: str, *, cites: str, fix: str, **scope: Any) -> Callable[[Judge], Judge]:
    """Register a function as the rule that its folders name. The first line of its docstring says what must be true."""
    if severity not in SEVERITIES:
        raise ValueError(f"severity is one of {', '.join(SEVERITIES)}, not {severity!r}")

    def register(judge: Judge) -> Judge:
        family, name = judge.__module__.split(".")[-3:-1]
        title = (judge.__doc__ or "").strip().partition("\n")[0]
        if not title or name != judge.__name__ or not cites or not fix:
            raise ValueError(f"{judge.__module__}: a rule has the name of its folder, a docstring, cites and fix")
        _RULES[f"{family}.{name}"] = Rule(f"{family}.{name}", judge, severity, cites, fix, title, **scope)
        return judge

    return register


@cache
def load_rules() -> tuple[Rule, ...]:
    """All rules, in the order of their ids."""
    for path in sorted(HERE.glob("*/*/rule.py")):
        importlib.import_module(".".join(("validation.rules", *path.relative_to(HERE).parts[:2], "rule")))
    return tuple(_RULES[name] for name in sorted(_RULES))

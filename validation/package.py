"""What is validated: finished datasets with what their files say of them, whoever made them; and what a check gave.

Rules write -- for the prefix of a domain: table["--STDTC"] is AESTDTC of AE and CMSTDTC of CM.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

__all__ = ["STATUSES", "Package", "Table", "Variable", "Verdict"]

STATUSES = ("passed", "issues", "skipped", "failed", "timed out")


@dataclass(frozen=True)
class Variable:
    """One variable as its file describes it; `length` counts bytes and is 8 for Num."""

    name: str
    label: str
    type: str            # Char or Num
    length: int
    format: str = ""     # DATE9.


@dataclass(frozen=True, eq=False)
class Table:
    """One dataset. Char is text with "" for missing, Num is float64 with NaN, numbers with a date format datetime64.

    `frame` may have `_record`, the ids of the raw records; it is no variable.
    """

    name: str
    label: str
    model: str                                  # SDTM or ADaM
    variables: tuple[Variable, ...]
    frame: pd.DataFrame
    file: str = ""

    @cached_property
    def prefix(self) -> str:
        """What stands for --: the domain of the records (QS for a split dataset QSPH), AE for SUPPAE, "" in ADaM."""
        if self.model == "ADaM":
            return ""
        if self.name.startswith("AP") and len(self.name) in (4, 6):       # associated persons: APMH has MHTERM
            return self.name[2:4]
        if len(self.name) != 2 and "DOMAIN" in self.frame:
            usual = self.frame["DOMAIN"].mode()
            if len(usual) and len(str(usual.iloc[0])) == 2:
                return str(usual.iloc[0])
        return self.name.removeprefix("SUPP").removeprefix("SQ")[:2]

    def named(self, name: str) -> str:
        """AESTDTC of --STDTC."""
        return f"{self.prefix}{name[2:]}" if name.startswith("--") else name

    def has(self, *names: str) -> bool:
        """True where the dataset has all these variables."""
        return all(self.named(name) in self.frame.columns for name in names)

    def __getitem__(self, name: str) -> pd.Series:
        return self.frame[self.named(name)]

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def by_name(self) -> Mapping[str, Variable]:
        return {variable.name: variable for variable in self.variables}


@dataclass(frozen=True, eq=False)
class Package:
    """All datasets that are validated together."""

    tables: Mapping[str, Table]
    standards: Mapping[str, str] = field(default_factory=dict)  # {"SDTMIG": "3.4", "SDTM CT": "2025-03-28"}, if known
    raw_records: frozenset[str] | None = None                   # ids of the raw records, where the raw data are known

    def of_model(self, model: Literal["SDTM", "ADaM"]) -> Iterator[Table]:
        return (table for table in self.tables.values() if table.model == model)

    def has(self, *variables: str) -> bool:
        """True where the package has all these datasets ("DM") and variables ("DM.RFSTDTC")."""
        return not any(self.lacks(*variables))

    def lacks(self, *variables: str) -> Iterator[str]:
        """What of these datasets and variables the package does not have."""
        for wanted in variables:
            dataset, _, variable = wanted.partition(".")
            if dataset not in self.tables or (variable and variable not in self.tables[dataset].frame.columns):
                yield wanted

    def __getitem__(self, dataset: str) -> Table:
        return self.tables[dataset]


@dataclass(frozen=True)
class Verdict:
    """What became of one rule: silence is the worst fault of a validator, so every rule has one."""

    source: str          # rules, great_expectations, core, define
    rule: str
    severity: str
    status: str          # passed, issues, skipped, failed, timed out
    why: str = ""        # why it was skipped or failed
    findings: int = 0
    seconds: float = 0.0
    citation: str = ""
    title: str = ""      # the rule in one sentence
    dataset: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}, not {self.status!r}")

"""A dataset beside its definition: its columns with each distinct value once, and findings about some of its records.

What is asked of a value is asked once for all records that have it, so that a million records cost what their distinct
values cost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cdisckit.findings import Finding
from define.model import ItemGroupDef

__all__ = ["LISTED", "Column", "Sheet", "Table", "Variable"]

LISTED = 1000                            # findings of one rule and variable; then one finding says how many more


class Variable(Protocol):
    """A variable as its file describes it: `type` is Char or Num, `length` counts bytes."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def length(self) -> int: ...
    @property
    def format(self) -> str: ...


class Table(Protocol):
    """A dataset: Char is text with "" for missing, Num float64 with NaN, SAS dates are datetime64."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def variables(self) -> Sequence[Any]: ...
    @property
    def frame(self) -> pd.DataFrame: ...
    @property
    def file(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Column:
    """The distinct values of a column, and which of them each record has."""

    codes: np.ndarray
    values: pd.Series
    encoding: str = "utf-8"              # of the texts in the file

    @classmethod
    def of(cls, series: pd.Series, encoding: str = "utf-8") -> "Column":
        if series.dtype.kind in "biu":
            series = series.astype("float64")
        elif series.dtype.kind not in "fM":
            series = series.astype("str").fillna("")
        codes, values = pd.factorize(series, use_na_sentinel=False)
        return cls(codes, pd.Series(values, dtype=series.dtype), encoding)

    @property
    def is_text(self) -> bool:
        return self.values.dtype.kind not in "fM"

    @property
    def is_date(self) -> bool:
        return self.values.dtype.kind == "M"

    @cached_property
    def missing(self) -> np.ndarray:
        """Of each distinct value: is it none."""
        return np.asarray(self.values == "" if self.is_text else self.values.isna(), dtype=bool)

    @cached_property
    def printed(self) -> pd.Series:
        """The distinct values as text, numbers without needless digits."""
        if self.is_text:
            return self.values
        if self.is_date:
            return self.values.astype("str").fillna("")
        return pd.Series([f"{number:.12g}" if number == number else "" for number in self.values.tolist()], dtype="str")

    @cached_property
    def is_no_integer(self) -> np.ndarray:
        """Of each distinct value: is it something else than a whole number."""
        if self.is_text:
            return ~np.asarray(self.values.str.fullmatch(r"[+-]?\d+", na=False), dtype=bool)
        return np.asarray(self.values % 1 != 0, dtype=bool)

    @cached_property
    def decimals(self) -> np.ndarray:
        """The digits behind the decimal point of each distinct value, of numbers as they print with 12 digits."""
        shown = self.printed.str.lower()
        plain = shown.str.extract(r"\.(\d+)", expand=False).fillna("").str.len().to_numpy()
        powers = shown.str.extract(r"e([+-]?\d+)$", expand=False).fillna("0")
        return np.maximum(plain - pd.to_numeric(powers, errors="coerce").to_numpy(), 0)

    @cached_property
    def numbers(self) -> pd.Series:
        """The distinct values as numbers, NaN where they are none."""
        return pd.to_numeric(self.values, errors="coerce") if self.is_text else self.values

    @cached_property
    def sizes(self) -> np.ndarray:
        """The bytes of each distinct value."""
        sizes = (len(text.encode(self.encoding, "replace")) for text in self.printed.tolist())
        return np.fromiter(sizes, dtype=np.int64, count=len(self.values))

    def present(self, rows: np.ndarray | None) -> np.ndarray:
        """Of each distinct value: does one of these records have it."""
        if rows is None:
            return np.ones(len(self.values), dtype=bool)
        return np.bincount(self.codes[rows], minlength=len(self.values)) > 0

    def has(self, wanted: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """The records (of these) that have one of the wanted values."""
        found = wanted[self.codes]
        return found if rows is None else found & rows


@dataclass(frozen=True, eq=False)
class Sheet:
    """A dataset with its definition."""

    table: Table
    group: ItemGroupDef
    keys: tuple[str, ...]
    path: str
    encoding: str = "utf-8"              # of the texts in the file

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    def column(self, name: str) -> Column:
        if name not in self._columns:
            series = self.table.frame[name]
            self._columns[name] = Column.of(series if series.ndim == 1 else series.iloc[:, 0], self.encoding)
        return self._columns[name]

    def has(self, *names: str) -> bool:
        return all(name in self.table.frame.columns for name in names)

    def __len__(self) -> int:
        return len(self.table.frame)

    def finding(self, rule: str, severity: str, message: str, fix: str, variable: str = "", value: str = "",
                key: str = "", record: str = "") -> Finding:
        return Finding("define", f"define.{rule}", severity, self.group.name, key=key, variable=variable, value=value,
                       message=message, fix=fix, record=record, file=self.path)

    def findings(self, rows: np.ndarray, rule: str, severity: str, variable: str, message: str,
                 fix: str) -> Iterator[Finding]:
        """One finding for each of the first records, then how many more there are."""
        places = np.flatnonzero(rows)
        bad = self.table.frame.iloc[places[:LISTED]]
        values = self.column(variable).printed.iloc[self.column(variable).codes[places[:LISTED]]] if variable and \
            self.has(variable) else [""] * len(bad)
        records = bad["_record"].astype("str") if "_record" in bad else [""] * len(bad)
        for key, value, record in zip(self._named(bad), values, records, strict=True):
            yield self.finding(rule, severity, message, fix, variable, str(value), key, str(record))
        if len(places) > LISTED:
            yield self.finding(rule, severity, f"{message} (and {len(places) - LISTED:,} more records)", fix, variable)

    def _named(self, rows: pd.DataFrame) -> Iterable[str]:
        """'USUBJID=01-701-1015 AESEQ=3', or the keys of a dataset without --SEQ."""
        prefix = self.group.domain or self.group.name[:2]
        sequences = [name for name in (f"{prefix}SEQ", "ASEQ") if name in rows.columns]
        named = ["USUBJID", "PARAMCD", *sequences] if sequences else self.keys
        names = [name for name in named if name in rows.columns and name not in ("STUDYID", "RDOMAIN")]
        texts = pd.Series("", index=rows.index, dtype="str")
        for name in names:
            column = rows[name]
            text = column.map("{:.15g}".format, na_action="ignore") if column.dtype.kind == "f" else column
            texts = texts.str.cat(name + "=" + text.astype("str").fillna(""), sep=" ")
        return texts.str.strip()

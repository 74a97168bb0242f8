"""The records that findings are about, each with the record before and after it, for whoever reads the findings."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from cdisckit.findings import Finding

__all__ = ["ReadDataset", "gather_records"]

ReadDataset = Callable[[str], pd.DataFrame | None]          # a finished dataset by its name, None where there is none
NAME = re.compile(r"(?:^| )([A-Z_][A-Z0-9_]*)=")
SUBJECT = re.compile(r"(?:^| )USUBJID=(\S+)")


def gather_records(findings: Iterable[tuple[int, Finding]], read: ReadDataset) -> dict[str, Any]:
    """Of each dataset the variables, the row of each finding (by its number), and these rows with those beside them.

    A finding whose key names no record of the dataset has no row.
    """
    by_dataset: dict[str, dict[int, str]] = {}
    for number, finding in findings:
        if finding.key and finding.dataset:
            by_dataset.setdefault(finding.dataset, {})[number] = finding.key
    made = {}
    for dataset, keys in by_dataset.items():
        frame = read(dataset)
        if frame is None or frame.empty:
            continue
        frame = frame[[column for column in frame if not column.startswith("_")]].reset_index(drop=True)
        places = _places(keys, frame)
        if places:
            rows = _rows(sorted({*places.values()}), frame)
            made[dataset] = {"columns": [*frame.columns], "at": places, "rows": rows}
    return made


def _places(keys: Mapping[int, str], frame: pd.DataFrame) -> dict[int, int]:
    """The first row that a key names, by the number of the finding."""
    by_names: dict[tuple[str, ...], dict[int, str]] = {}
    for number, key in keys.items():
        by_names.setdefault(tuple(NAME.findall(key)), {})[number] = key
    places = {}
    for names, wanted in by_names.items():
        if names and {*names} <= {*frame.columns}:
            subjects = {found[1] for key in wanted.values() if (found := SUBJECT.search(key))}
            rows = _keys(frame[frame["USUBJID"].isin(subjects)] if "USUBJID" in names else frame, names)
            row_of = dict(zip(reversed(rows.tolist()), reversed(rows.index.tolist()), strict=True))
            places |= {number: row_of[key] for number, key in wanted.items() if key in row_of}
    return places


def _keys(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    keys = pd.Series("", index=frame.index, dtype="str")
    for name in names:
        keys = keys.str.cat(name + "=" + _texts(frame[name]), sep=" ")
    return keys.str.strip()


def _texts(values: pd.Series) -> pd.Series:
    """Values as a reader sees them; missing is empty."""
    if values.dtype.kind == "f":
        values = values.map(lambda number: f"{number:.15g}", na_action="ignore")
    return values.astype("str").fillna("")


def _rows(wanted: list[int], frame: pd.DataFrame) -> dict[int, list[str]]:
    """The wanted rows, and the rows before and after them that are of the same subject."""
    beside = {row + step for row in wanted for step in (-1, 1) if 0 <= row + step < len(frame)
              and ("USUBJID" not in frame or frame["USUBJID"].iat[row + step] == frame["USUBJID"].iat[row])}
    rows = sorted({*wanted, *beside})
    columns = [_texts(frame[column].iloc[rows]).tolist() for column in frame]
    return {row: list(values) for row, *values in zip(rows, *columns, strict=True)}

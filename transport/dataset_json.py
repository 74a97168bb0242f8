"""Dataset-JSON 1.1, the CDISC exchange format that follows transport files: a dataset as JSON or as one line a record.

Text is Char; integer, float, double and decimal are Num; a date, date-time or time is Char in ISO 8601 unless its
targetDataType is integer, which makes it a SAS number as in a transport file. null and "" are the same missing text.
Source: Dataset-JSON v1.1 specification, sections on columns and rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cdisckit.errors import RawDataError
from transport.column import Column
from transport.xpt import Xpt

__all__ = ["read_dataset_json"]

TEXTS = ("string", "date", "datetime", "time", "URI")
NUMBERS = ("integer", "float", "double", "decimal")
NEEDED = ("name", "label", "columns")
FORMATS = {"date": "E8601DA.", "datetime": "E8601DT.", "time": "E8601TM."}
LOCAL = r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?"     # a SAS number knows no time zone
FIX = "export the dataset again as Dataset-JSON 1.1"


def read_dataset_json(path: str | Path) -> Xpt:
    """One dataset of a .json or .ndjson file. RawDataError where it is none, with what is wrong and where."""
    path = Path(path)
    head, rows = _read_lines(path) if path.suffix.lower() == ".ndjson" else _read_whole(path)
    lacking = [name for name in NEEDED if name not in head]
    if lacking:
        raise RawDataError(f"the file is no Dataset-JSON: it has no {', no '.join(lacking)}", where=str(path), fix=FIX)
    kinds = _kinds(head["columns"], path)
    cells = _cells(rows, len(kinds), path)
    if isinstance(head.get("records"), int) and head["records"] != len(rows):
        raise RawDataError(f"the file says that it has {head['records']} records and has {len(rows)}", where=str(path),
                           fix="transfer the file again; a record is missing, or too many")
    made = {kind["name"]: _series(kind, values, path) for kind, values in zip(kinds, cells, strict=True)}
    frame = pd.DataFrame(made, copy=False)
    columns = tuple(_column(kind, frame[kind["name"]]) for kind in kinds)
    return Xpt(frame, str(head["name"]), str(head["label"]), columns, _created(head), {})


def _read_whole(path: Path) -> tuple[Mapping[str, Any], Sequence[Any]]:
    content = _parse(path.read_bytes(), path, 0)
    if not isinstance(content, dict):
        raise RawDataError("the file is JSON and no Dataset-JSON: it is no object", where=str(path), fix=FIX)
    rows = content.get("rows", [])
    if not isinstance(rows, list):
        raise RawDataError("rows is no list", where=str(path), fix=FIX)
    return content, rows


def _read_lines(path: Path) -> tuple[Mapping[str, Any], Sequence[Any]]:
    with path.open("rb") as file:
        lines = [_parse(line, path, number) for number, line in enumerate(file, 1) if line.strip()]
    if not lines or not isinstance(lines[0], dict):
        raise RawDataError("the first line is no object with the dataset's name, label and columns",
                           where=str(path), fix=FIX)
    return lines[0], lines[1:]


def _parse(text: bytes, path: Path, line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        where = f"{path}, line {line}" if line else str(path)
        raise RawDataError(f"the file is no JSON: {error}", where=where, fix=FIX) from None


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON; read as numbers they would be missing values that nobody stated."""
    raise ValueError(f"{constant} is no JSON value")


def _kinds(columns: Any, path: Path) -> list[dict[str, Any]]:
    if not isinstance(columns, list) or not all(isinstance(column, dict) and isinstance(column.get("name"), str)
                                                for column in columns):
        raise RawDataError("columns is no list of objects with a name", where=str(path), fix=FIX)
    names = [column["name"] for column in columns]
    wrong = [f"{column['name']}: dataType {column.get('dataType')!r}" for column in columns
             if column.get("dataType") not in (*TEXTS, *NUMBERS, "boolean")]
    wrong += [f"{name}: it is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if wrong:
        raise RawDataError("columns that no Dataset-JSON has", cases=wrong, where=str(path),
                           fix=f"the data types are {', '.join((*TEXTS, *NUMBERS, 'boolean'))}")
    return columns


def _cells(rows: Sequence[Any], width: int, path: Path) -> Iterable[Sequence[Any]]:
    """The values by column."""
    wrong = [f"record {number}: {len(row) if isinstance(row, list) else type(row).__name__}"
             for number, row in enumerate(rows, 1) if not isinstance(row, list) or len(row) != width]
    if wrong:
        raise RawDataError(f"records that do not have {width} values", cases=wrong, where=str(path), fix=FIX)
    return zip(*rows, strict=True) if rows else [()] * width


def _is_number(kind: Mapping[str, Any]) -> bool:
    return kind["dataType"] in NUMBERS or kind.get("targetDataType") == "integer"


def _series(kind: Mapping[str, Any], values: Sequence[Any], path: Path) -> pd.Series:
    if kind["dataType"] in NUMBERS:
        return _numbers(kind, values, path)
    wrong = [f"record {number}: {value!r}" for number, value in enumerate(values, 1)
             if value is not None and not isinstance(value, bool if kind["dataType"] == "boolean" else str)]
    if wrong:
        raise RawDataError(f"{kind['name']} is {kind['dataType']} and has other values", cases=wrong, where=str(path),
                           fix=FIX)
    text = pd.Series(["" if value is None else str(value) for value in values], dtype="str")
    return _stamps(kind, text, path) if _is_number(kind) else text


def _numbers(kind: Mapping[str, Any], values: Sequence[Any], path: Path) -> pd.Series:
    whole = pd.Series(values, dtype="object")
    numbers = pd.to_numeric(whole.where(whole.map(lambda value: not isinstance(value, bool)), "?"), errors="coerce")
    wrong = np.flatnonzero(numbers.isna() & whole.notna())
    if wrong.size:
        raise RawDataError(f"{kind['name']} is {kind['dataType']} and has values that are no numbers", where=str(path),
                           cases=[f"record {row + 1}: {values[row]!r}" for row in wrong], fix=FIX)
    return numbers.astype("float64")


def _stamps(kind: Mapping[str, Any], text: pd.Series, path: Path) -> pd.Series:
    """ISO 8601 text that stands for a SAS number: a date or date-time, or seconds since midnight for a time."""
    if kind["dataType"] == "time":
        made = pd.to_timedelta(text.where(text != ""), errors="coerce").dt.total_seconds()
    else:
        known = text.where(text.str.fullmatch(LOCAL))
        made = pd.to_datetime(known, errors="coerce", format="ISO8601").astype("datetime64[us]")
        if (made.dropna() == made.dropna().dt.floor("s")).all():
            made = made.astype("datetime64[s]")
    wrong = np.flatnonzero(made.isna() & (text != ""))
    if wrong.size:
        raise RawDataError(f"{kind['name']} has values that are no {kind['dataType']}", where=str(path),
                           cases=[f"record {row + 1}: {text.iloc[row]!r}" for row in wrong], fix=FIX)
    return made


def _column(kind: Mapping[str, Any], values: pd.Series) -> Column:
    label, format_ = str(kind.get("label", "")), str(kind.get("displayFormat", ""))
    if _is_number(kind):
        return Column(kind["name"], label, "Num", 8, format_ or FORMATS.get(kind["dataType"], ""))
    longest = int(values.str.encode("utf-8").map(len).max()) if len(values) else 1
    stated = kind.get("length")
    return Column(kind["name"], label, "Char", stated if isinstance(stated, int) else max(longest, 1), format_)


def _created(head: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(head.get("datasetJSONCreationDateTime", "")))
    except ValueError:
        return None

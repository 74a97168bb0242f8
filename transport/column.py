"""One variable of a transport file: what SAS allows it to be, and how its dates become SAS numbers and dates again.

SAS counts dates in days and date-times in seconds from 1960-01-01; the format of the variable alone says which.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cdisckit.errors import ContractError

__all__ = ["LABEL_LIMIT", "NAME_LIMIT", "TEXT_LIMIT", "Column", "check_columns", "clock_kind", "from_sas",
           "join_format", "split_format", "to_sas"]

NAME_LIMIT, LABEL_LIMIT, TEXT_LIMIT = 8, 40, 200    # bytes
COLUMN_LIMIT = 9999                                 # the header has four digits for the number of variables

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}", re.ASCII)
FORMAT = re.compile(r"(?P<name>\$?(?:[A-Z_](?:[A-Z0-9_]*[A-Z_])?)?)(?P<width>\d*)\.?(?P<decimals>\d*)", re.ASCII | re.I)

_SEPARATORS = ("", "B", "C", "D", "N", "P", "S")     # blank, colon, dash, none, period, slash
DATES = frozenset(
    ["DATE", "E8601DA", "B8601DA", "IS8601DA", "JULIAN", "MONYY", "NLDATE", "WEEKDATE", "WEEKDATX", "WORDDATE",
     "WORDDATX", *(order + separator for order in ("DDMMYY", "MMDDYY", "YYMMDD") for separator in _SEPARATORS)])
DATETIMES = frozenset(
    ["DATETIME", "DATEAMPM", "DTDATE", "DTMONYY", "MDYAMPM", "NLDATM",
     *(basis + kind for basis in ("E8601", "B8601", "IS8601") for kind in ("DT", "DN", "DZ", "DX"))])
TIMES = frozenset(
    ["TIME", "TIMEAMPM", "TOD", "HHMM", "MMSS",
     *(basis + kind for basis in ("E8601", "B8601", "IS8601") for kind in ("TM", "TZ"))])

DAY = 86400
FROM_1960_TO_1970 = 3653 * DAY                      # seconds
FIRST_SECOND, LAST_SECOND = -12244089600, 253402300799      # of the years 1582 to 9999, counted from 1970


@dataclass(frozen=True)
class Column:
    """One variable of a transport file. `length` counts bytes and is 8 for Num; `format` is a SAS format or ""."""

    name: str
    label: str
    type: str            # Char or Num
    length: int
    format: str = ""     # DATE9.  DATETIME20.  8.2  $20.


def split_format(text: str) -> tuple[str, int, int]:
    """'DATETIME20.3' -> ('DATETIME', 20, 3). ValueError where the text is no SAS format."""
    match = FORMAT.fullmatch(text.strip())
    if match is None or len(match["name"]) > 8:
        raise ValueError(text)
    return match["name"].upper(), int(match["width"] or 0), int(match["decimals"] or 0)


def join_format(name: str, width: int, decimals: int) -> str:
    """('DATETIME', 20, 3) -> 'DATETIME20.3', and '' where there is no format."""
    return f"{name}{width or ''}.{decimals or ''}" if name or width else ""


def clock_kind(format: str) -> str:
    """date, datetime or time where the format shows one, else ''."""
    match = FORMAT.fullmatch(format.strip())
    name = match["name"].upper() if match else ""
    kinds = (("date", DATES), ("datetime", DATETIMES), ("time", TIMES))
    return next((kind for kind, names in kinds if name in names), "")


def check_columns(name: str, label: str, columns: Sequence[Column], encoding: str) -> None:
    """Raise one ContractError with everything about a dataset's header that SAS version 5 cannot hold."""
    cases = [f"{name or 'the dataset'}: {problem}" for problem in _header_problems(name, label, encoding)]
    cases += [f"{column.name or 'a variable'}: {problem}" for column in columns
              for problem in [*_header_problems(column.name, column.label, encoding), *_type_problems(column)]]
    counts = Counter(column.name for column in columns)
    cases += [f"{name}: {count} variables have this name" for name, count in counts.items() if count > 1]
    if not 1 <= len(columns) <= COLUMN_LIMIT:
        cases.append(f"{name}: {len(columns)} variables, a transport file holds 1 to {COLUMN_LIMIT}")
    if cases:
        raise ContractError(f"{name} does not fit a SAS version 5 transport file", cases=cases,
                            fix="change the name, label, type, length or format in the specification")


def _header_problems(name: str, label: str, encoding: str) -> list[str]:
    problems = []
    if (size := len(name.encode(encoding, "replace"))) > NAME_LIMIT:
        problems.append(f"the name has {size} bytes, at most {NAME_LIMIT} fit")
    elif not NAME.fullmatch(name):
        problems.append("a name is capitals A to Z, digits and _, and does not begin with a digit")
    try:
        size = len(label.encode(encoding))
    except UnicodeEncodeError:
        return [*problems, f"the label {label!r} cannot be written in {encoding}"]
    if size > LABEL_LIMIT:
        problems.append(f"the label has {size} bytes, at most {LABEL_LIMIT} fit: {label!r}")
    return problems


def _type_problems(column: Column) -> list[str]:
    if column.type not in ("Char", "Num"):
        return [f"the type is Char or Num, not {column.type!r}"]
    problems = []
    if column.type == "Num" and column.length != 8:
        problems.append(f"the length of a Num variable is 8 bytes, not {column.length}")
    if column.type == "Char" and not 1 <= column.length <= TEXT_LIMIT:
        problems.append(f"the length of a Char variable is 1 to {TEXT_LIMIT} bytes, not {column.length}")
    try:
        format_name, width, decimals = split_format(column.format)
    except ValueError:
        return [*problems, f"{column.format!r} is no SAS format such as DATE9. or 8.2"]
    if max(width, decimals) > 32767:
        problems.append(f"the format {column.format} is wider than a transport file can say")
    if (format_name or width) and format_name.startswith("$") != (column.type == "Char"):
        problems.append(f"the format {column.format} is not for {column.type}: those of Char begin with $")
    return problems


def to_sas(series: pd.Series, column: Column, variable: str, first: int = 1) -> npt.NDArray[np.float64]:
    """The numbers of a Num variable as SAS has them; `variable` (LB.LBDT) and `first` (record) are for errors."""
    kind, clock = series.dtype.kind, clock_kind(column.format)
    if kind == "M" and clock in ("date", "datetime") and getattr(series.dtype, "tz", None) is None:
        return _datetimes_to_sas(series, clock, variable, first)
    if kind == "m" and clock == "time":
        return _numbers(series / np.timedelta64(1, "s"))
    if kind not in "iuf":
        raise ContractError(f"{variable} is Num with format {column.format or '(none)'}, its column is {series.dtype}",
                            fix="deliver float64 with NaN for missing, or datetime64 without a time zone "
                                "under a date or date-time format")
    values = _numbers(series)
    if kind in "iu":
        _check_integers(series, values, variable, first)
    return values


def _numbers(series: pd.Series) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = (series.to_numpy(dtype=np.float64) if isinstance(series.dtype, np.dtype) else
                                       series.to_numpy(dtype=np.float64, na_value=np.nan))
    return values


def _check_integers(series: pd.Series, values: npt.NDArray[np.float64], variable: str, first: int) -> None:
    """A SAS number has 53 bits, so not every integer above 9 007 199 254 740 992 is one."""
    lost = [row for row in np.flatnonzero(np.abs(values) >= 2.0**53) if int(series.iloc[row]) != int(values[row])]
    if lost:
        raise ContractError(f"{variable} has integers that no SAS number holds exactly",
                            cases=[f"record {first + row}: {series.iloc[row]}" for row in lost],
                            fix="deliver identifiers of this size as Char")


def _datetimes_to_sas(series: pd.Series, clock: str, variable: str, first: int) -> npt.NDArray[np.float64]:
    stamps = series.to_numpy()
    missing = np.isnat(stamps)
    seconds = stamps.astype("datetime64[s]")
    values: npt.NDArray[np.float64] = (seconds.view(np.int64) + FROM_1960_TO_1970).astype(np.float64)
    if clock == "date":
        values /= DAY
    else:
        values += (stamps - seconds) / np.timedelta64(1, "s")
    values[missing] = np.nan
    if clock == "date":
        lost = np.flatnonzero(~missing & (stamps != stamps.astype("datetime64[D]")))
        if lost.size:
            raise ContractError(f"{variable} has a date format and date-times that a whole number of days would cut",
                                cases=[f"record {first + row}: {series.iloc[row]}" for row in lost],
                                fix="take the date alone (.dt.normalize()), or give it a DATETIME20. format")
    return values


def from_sas(values: npt.NDArray[np.float64], format: str) -> npt.NDArray[np.float64] | npt.NDArray[np.datetime64]:
    """SAS dates and date-times as datetime64[s]; the numbers as they are where that would lose anything.

    Whole days (date formats) or whole seconds (date-time formats) from 1582 to 9999 are converted. A column with any
    other value stays numeric, and so does a time of day: seconds since midnight.
    """
    clock = clock_kind(format)
    if clock not in ("date", "datetime"):
        return values
    missing = np.isnan(values)
    known = np.where(missing, 0.0, values)
    seconds = known * (DAY if clock == "date" else 1) - FROM_1960_TO_1970
    if (known != np.trunc(known)).any() or (seconds < FIRST_SECOND).any() or (seconds > LAST_SECOND).any():
        return values
    stamps = seconds.astype(np.int64).view("datetime64[s]")
    stamps[missing] = np.datetime64("NaT", "s")
    return stamps

"""Laboratory grades by CTCAE v5.0 in both directions, and where a value lies in its reference range.

The limits are facts: adam/data/ctcae_v5.csv, from the laboratory criteria of NCI CTCAE v5.0 (27 November 2017, public
domain), SI and US conventional units. Where a criterion needs symptoms, treatment or a clinical judgement, the worst
class that the value alone allows is taken (hypokalaemia starts at grade 2, hyperuricaemia is grade 3, lipase and
amylase count as with symptoms) or no grade is given (grade 4 of anaemia). There is no laboratory grade 5.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from adam.columns import map_numbers, take_texts
from cdisckit.errors import SpecError, suggest

__all__ = [
    "ClassLimit",
    "compute_anrind",
    "compute_grade",
    "compute_significant",
    "derive_anrind",
    "derive_atoxgr",
    "derive_atoxgr_low_high",
    "grade_limits",
    "is_graded_in",
]

CTCAE_5 = Path(__file__).parent / "data" / "ctcae_v5.csv"
DIRECTIONS = {"L": "low", "H": "high"}
GRADES = ("", "0", "1", "2", "3", "4")


@dataclass(frozen=True)
class ClassLimit:
    """One limit of one grade: a value that is beyond `limit` x what `of` names (LLN, ULN, BASE) has the grade.

    of     VALUE: the limit itself; ABOVE ULN: so much more than ULN; PCHG: the change from baseline in percent counts
    reached   a value equal to the limit has the grade too
    when      BASELINE HIGH, BASELINE NOT HIGH, BELOW LLN, or always
    """

    grade: int
    limit: float
    of: str
    reached: bool
    when: str


@cache
def grade_limits() -> dict[tuple[str, str, str], tuple[ClassLimit, ...]]:
    """The limits by term (capitals), direction (L, H) and unit (capitals, "" where the unit does not matter)."""
    table = pd.read_csv(CTCAE_5, dtype="str", keep_default_na=False)
    made: dict[tuple[str, str, str], tuple[ClassLimit, ...]] = {}
    for row in table.itertuples():
        key = (row.TERM.upper(), row.DIRECTION, row.UNIT.upper())
        limit = ClassLimit(int(row.GRADE), float(row.LIMIT), row.OF, row.REACHED == "Y", row.WHEN)
        made[key] = (*made.get(key, ()), limit)
    return made


def compute_significant(values: pd.Series, digits: int = 15) -> pd.Series:
    """Numbers rounded to so many significant digits, so that 1.1 x 100 equals 110."""
    return pd.Series(_significant(values.to_numpy(dtype="float64", na_value=np.nan), digits), index=values.index)


def _significant(numbers: np.ndarray, digits: int = 15) -> np.ndarray:
    size = np.abs(np.where(np.isfinite(numbers) & (numbers != 0), numbers, 1.0))
    scale = 10.0 ** (digits - 1 - np.floor(np.log10(size)))
    return np.where(np.isfinite(numbers), np.round(numbers * scale) / scale, numbers)


def compute_grade(term: pd.Series, direction: str, value: pd.Series, *, unit: pd.Series, low: pd.Series,
                  high: pd.Series, base: pd.Series, baseline_range: pd.Series, percent_change: pd.Series,
                  high_terms: Collection[str] = ("HIGH", "HIGH HIGH")) -> pd.Series:
    """The CTCAE v5.0 grade of a laboratory value in one direction: the highest class whose limit it crosses, 0 where it
    is known to cross none, empty where it cannot be told.

    A term with a unit in the table is graded in that unit alone (without regard to case). A value that equals a limit
    does not cross it, save where the table says so. Without a normal limit the absolute classes can still be met.
    In: term (CTCAE, any case; "" is not graded), direction L or H, value, unit (text), limits of normal, baseline
    value, baseline range indicator (a term of `high_terms` is high), change from baseline in percent. Out: text "0" to
    "4" or "". Raises SpecError for a direction or a term that the table does not have.
    Source: NCI CTCAE v5.0; adam/data/ctcae_v5.csv.
    """
    if direction not in DIRECTIONS:
        raise SpecError(f"direction={direction!r} is neither L (low) nor H (high)")
    terms, names = _coded(term)
    units, unit_names = _coded(unit)
    _check_terms(names, direction)
    data = {name: column.to_numpy(dtype="float64", na_value=np.nan) for name, column in (
        ("VALUE", value), ("LLN", low), ("ULN", high), ("BASE", base), ("PCHG", percent_change))}
    data["HIGH"] = baseline_range.isin(list(high_terms)).to_numpy(dtype="bool")
    grades = np.full(len(value), -1, dtype="int64")
    pairs = pd.Series(terms * len(unit_names) + units).groupby(terms * len(unit_names) + units)
    for pair, places in pairs.indices.items():
        name, measured = names[pair // len(unit_names)], unit_names[pair % len(unit_names)]
        limits = grade_limits().get((name, direction, measured)) or grade_limits().get((name, direction, ""))
        if limits:
            rows = {column: values[places] for column, values in data.items()}
            grades[places] = _grade_rows(rows, limits, direction)
    return take_texts(GRADES, grades + 1, value.index)


def is_graded_in(term: pd.Series, direction: str, unit: pd.Series) -> pd.Series:
    """Whether the table has limits of the term in the unit; a term whose unit does not matter has them in every one.

    In: term (CTCAE, any case), direction L or H, unit (text). Out: True or False, False for the term "".
    """
    terms, names = _coded(term)
    units, texts = _coded(unit)
    known = grade_limits()
    table = np.array([[(name, direction, text) in known or (name, direction, "") in known for text in texts]
                      for name in names], dtype=bool).reshape(len(names), len(texts))
    return pd.Series(table[terms, units], index=term.index)


def _coded(texts: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Number of the text, in capitals, for each record, and the texts."""
    codes, unique = pd.factorize(texts.fillna(""))
    return codes, [str(text).upper() for text in unique]


def _check_terms(names: Collection[str], direction: str) -> None:
    known = {name for name, side, _ in grade_limits() if side == direction}
    strange = sorted(set(names) - known - {""})
    if strange:
        raise SpecError(f"CTCAE v5.0 has no laboratory criterion {strange[0]} in the direction {DIRECTIONS[direction]}"
                        f"{suggest(strange[0], known)}", cases=strange, fix="mend the term, or leave it empty")


def _grade_rows(rows: Mapping[str, np.ndarray], limits: tuple[ClassLimit, ...], direction: str) -> np.ndarray:
    """The grades of the records of one term; a class is crossed, not crossed or, without its limit, not known (-1)."""
    grade = np.full(len(rows["VALUE"]), -1)
    lowest = min(limit.grade for limit in limits)
    passed = ~np.isnan(rows["VALUE"])
    for limit in sorted(limits, key=lambda limit: limit.grade):
        crossed, known = _crosses(rows, limit, direction)
        grade[crossed] = limit.grade
        if limit.grade == lowest:
            passed = passed & known & ~crossed
    return np.where((grade < 0) & passed, 0, grade)


def _crosses(rows: Mapping[str, np.ndarray], limit: ClassLimit, direction: str) -> tuple[np.ndarray, np.ndarray]:
    """Whether the limit is crossed, and whether that can be told."""
    value = rows["PCHG" if limit.of == "PCHG" else "VALUE"]
    if limit.of == "ABOVE ULN":
        bound = rows["ULN"] + limit.limit
    elif limit.of in ("LLN", "ULN", "BASE"):
        bound = rows[limit.of] * limit.limit
    else:
        bound = np.full(len(value), limit.limit)
    value, bound = _significant(value), _significant(bound)
    beyond = value < bound if direction == "L" else value > bound
    crossed = beyond | (limit.reached & (value == bound))
    known = ~np.isnan(value) & ~np.isnan(bound)
    applies, sure = _applies(rows, limit.when)
    return crossed & applies, (known & sure) | (~applies & sure)


def _applies(rows: Mapping[str, np.ndarray], when: str) -> tuple[np.ndarray, np.ndarray]:
    """Whether the class counts for the record, and whether that can be told."""
    high, sure = rows["HIGH"], np.ones(len(rows["VALUE"]), dtype="bool")
    if when == "BASELINE NOT HIGH":
        return ~high, sure
    if when == "BASELINE HIGH":                 # high means higher than a limit: without the limit there is no grade
        known = ~np.isnan(rows["ULN"])
        return high & known, ~high | known
    if when == "BELOW LLN":
        return _significant(rows["VALUE"]) < _significant(rows["LLN"]), sure
    return sure, sure


def derive_atoxgr_low_high(data: pd.DataFrame, *, unit: str = "AVALU") -> pd.DataFrame:
    """The toxicity grade of the value by CTCAE v5.0, low (hypo-) and high (hyper-) each for itself: the highest class
    whose limit is crossed, 0 where none is, empty where the value cannot be graded.

    In: ATOXDSCL, ATOXDSCH (CTCAE terms), AVAL, the unit's column, ANRLO, ANRHI, BASE, BNRIND, PCHG. Out: ATOXGRL,
    ATOXGRH (text 0 to 4 or ""). Source: NCI CTCAE v5.0; ADaMIG 1.3, 3.3.6.
    """
    given = {"unit": data[unit], "low": data["ANRLO"], "high": data["ANRHI"], "base": data["BASE"],
             "baseline_range": data["BNRIND"], "percent_change": data["PCHG"]}
    return data.assign(ATOXGRL=compute_grade(data["ATOXDSCL"], "L", data["AVAL"], **given),
                       ATOXGRH=compute_grade(data["ATOXDSCH"], "H", data["AVAL"], **given))


def derive_atoxgr(data: pd.DataFrame) -> pd.DataFrame:
    """One grade of both directions: a low grade of 1 or more with a minus sign, else a high grade, 0 where each
    direction that the test has is 0, else empty.

    In: ATOXDSCL, ATOXDSCH, ATOXGRL, ATOXGRH. Out: ATOXGR (text -4 to 4 or ""). Source: ADaMIG 1.3, 3.3.6.
    """
    numbers = {text: float(place - 1) for place, text in enumerate(GRADES) if text}
    low, high = (map_numbers(data[name], numbers).fillna(-1).to_numpy() for name in ("ATOXGRL", "ATOXGRH"))
    no_low, no_high = ((data[name].fillna("") == "").to_numpy() for name in ("ATOXDSCL", "ATOXDSCH"))
    normal = ((low == 0) & ((high == 0) | no_high)) | ((high == 0) & no_low)
    grade = np.select([low > 0, high > 0, normal], [4 - low, 4 + high, np.full(len(low), 4.0)], 9)
    return data.assign(ATOXGR=take_texts(["-4", "-3", "-2", "-1", "0", "1", "2", "3", "4", ""], grade, data.index))


def compute_anrind(value: pd.Series, low: pd.Series, high: pd.Series, very_low: pd.Series | None = None,
                   very_high: pd.Series | None = None, *, digits: int = 15) -> pd.Series:
    """Where the value lies in its range: LOW below the lower limit, HIGH above the upper, else NORMAL; LOW LOW and HIGH
    HIGH beyond the outer limits where there are any. Empty without a value, or where no limit is known or crossed.

    With only one limit of the range the other side cannot be abnormal, whatever the outer limits; without any, the
    outer limits alone tell what is LOW LOW or HIGH HIGH.

    In: numbers; values and limits are compared after rounding to 15 significant digits. Out: text.
    """
    number, below, above = (compute_significant(side, digits) for side in (value, low, high))
    found = np.select([number < below, number > above, number.notna() & (below.notna() | above.notna())], [1, 3, 2], 0)
    outside = found != 2
    if very_low is not None:
        found = np.where(outside & (number < compute_significant(very_low, digits)), 4, found)
    if very_high is not None:
        found = np.where(outside & (number > compute_significant(very_high, digits)), 5, found)
    return take_texts(["", "LOW", "NORMAL", "HIGH", "LOW LOW", "HIGH HIGH"], found, value.index)


def derive_anrind(data: pd.DataFrame, *, outer: bool = False) -> pd.DataFrame:
    """Where the value lies in its reference range: LOW below its lower limit, HIGH above its upper limit, else NORMAL;
    with only one limit the other side cannot be abnormal. Empty where there is no value or no limit.

    In: AVAL, ANRLO, ANRHI; with outer=True also A1LO, A1HI (LOW LOW, HIGH HIGH). Out: ANRIND (text). Source: ADaMIG
    1.3, 3.3.6.
    """
    beyond = (data["A1LO"], data["A1HI"]) if outer else (None, None)
    return data.assign(ANRIND=compute_anrind(data["AVAL"], data["ANRLO"], data["ANRHI"], *beyond))

"""Concentration-time profiles as arrays, one row a profile: cleaned of missing and BLQ values, and read at any time.

Times ascend within a row; a row shorter than the longest ends in NaN. BLQ (below the limit of quantification) is 0.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = [
    "BLQ_RULES", "LINEAR", "LINEAR_LOG", "LINEAR_UP_LOG_DOWN", "METHODS", "Array", "BlqRule", "clean_blq",
    "clean_missing", "compact", "compute_cmax", "compute_cmin", "compute_concentration", "compute_first_time",
    "compute_last", "compute_tmax", "falls_by_log", "find_first", "find_last", "pad_profiles", "value_at",
]

Array = np.ndarray
LINEAR, LINEAR_UP_LOG_DOWN, LINEAR_LOG = "linear", "lin up/log down", "lin/log"
METHODS = (LINEAR, LINEAR_UP_LOG_DOWN, LINEAR_LOG)
Fate = float | Literal["keep", "drop"]
Kind = Literal["last", "all", "inf"]


@dataclass(frozen=True)
class BlqRule:
    """What becomes of BLQ values: kept as 0, dropped, or set to a number.

    around "measurable": `before` is up to the first measurable value, `after` from the last one on, `between` the rest,
    and all is `before` in a profile without any; around "tmax": `before` Tmax, and `after` it (or at it).
    """

    before: Fate = "keep"
    between: Fate = "drop"
    after: Fate = "keep"
    around: Literal["measurable", "tmax"] = "measurable"


BLQ_RULES = {
    "standard": BlqRule(),                                       # 0 at both ends, left out in between
    "keep": BlqRule("keep", "keep", "keep"),
    "drop": BlqRule("drop", "drop", "drop"),
    "drop after last": BlqRule("keep", "drop", "drop"),
    "drop around tmax": BlqRule("drop", "drop", "drop", around="tmax"),
    "zero until tmax": BlqRule("keep", "keep", "drop", around="tmax"),
}


def pad_profiles(code: Array, count: int, time: Array, *columns: Array) -> tuple[Array, ...]:
    """The records as arrays of `count` rows, the times of each profile ascending: the time, then the other columns.

    In: the number of each record's profile (0 to count - 1), its time, and columns of numbers.
    """
    order = np.lexsort((time, code))
    code = code[order]
    sizes = np.bincount(code, minlength=count)
    place = np.arange(len(code)) - (np.cumsum(sizes) - sizes)[code]
    padded = []
    for column in (time, *columns):
        array = np.full((count, max(int(sizes.max(initial=0)), 2)), np.nan)
        array[code, place] = column[order]
        padded.append(array)
    return tuple(padded)


def compact(keep: Array, *arrays: Array) -> tuple[Array, ...]:
    """The kept values of each row moved to its left, in their order, NaN behind them."""
    order = np.argsort(~keep, axis=1, kind="stable")
    kept = np.take_along_axis(keep, order, axis=1)
    width = min(max(int(keep.sum(axis=1).max(initial=0)), 2), keep.shape[1])      # two, so that every row has a step
    return tuple(np.where(kept, np.take_along_axis(array, order, axis=1), np.nan)[:, :width] for array in arrays)


def find_first(mask: Array) -> Array:
    """The position of the first true value of each row, -1 where there is none."""
    return np.where(mask.any(axis=1), mask.argmax(axis=1), -1)


def find_last(mask: Array) -> Array:
    """The position of the last true value of each row, -1 where there is none."""
    return np.where(mask.any(axis=1), mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1), -1)


def value_at(array: Array, position: Array) -> Array:
    """The value of each row at its position, NaN at position -1 and beyond the end."""
    inside = (position >= 0) & (position < array.shape[1])
    found = array[np.arange(len(array)), np.where(inside, position, 0)]
    return np.where(inside, found, np.nan)


def clean_missing(time: Array, conc: Array, *others: Array, missing: Fate = "drop") -> tuple[Array, ...]:
    """The profiles without the samples that have no concentration; or, with a number, that in its place."""
    if missing != "drop":
        return time, np.where(np.isnan(conc) & ~np.isnan(time), missing, conc), *others
    return compact(~np.isnan(conc) & ~np.isnan(time), time, conc, *others)


def clean_blq(time: Array, conc: Array, *others: Array, rule: BlqRule = BLQ_RULES["standard"]) -> tuple[Array, ...]:
    """The profiles with BLQ values kept, dropped or replaced, each by where it stands in its profile."""
    blq, ever = conc == 0, (conc > 0).any(axis=1)[:, None]
    end = np.where(np.isnan(time), -np.inf, time).max(axis=1, keepdims=True)
    if rule.around == "tmax":
        tmax = np.where(ever, compute_tmax(time, conc)[:, None], end)
        parts = [(time < tmax, rule.before), (time >= tmax, rule.after)]
    else:
        first = np.where(ever, compute_first_time(time, conc)[:, None], end)
        last = np.where(ever, compute_last(time, conc)[0][:, None], end + 1)
        parts = [(time <= first, rule.before), ((first < time) & (time < last), rule.between),
                 (last <= time, rule.after)]
    keep = ~np.isnan(time)
    for part, fate in parts:
        if fate == "drop":
            keep &= ~(blq & part)
        elif fate != "keep":
            conc = np.where(blq & part, fate, conc)
    return compact(keep, time, conc, *others)


def compute_cmax(conc: Array) -> Array:
    """The highest concentration of each profile, NaN where there is none."""
    highest = np.where(np.isnan(conc), -np.inf, conc).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(highest), highest, np.nan)


def compute_cmin(conc: Array) -> Array:
    """The lowest concentration of each profile, NaN where there is none."""
    return -compute_cmax(-conc)


def compute_tmax(time: Array, conc: Array, first: bool = True) -> Array:
    """The first (or last) time of the highest concentration; NaN in a profile without a measurable one."""
    at = (conc == compute_cmax(conc)[:, None]) & (conc > 0)
    return value_at(time, find_first(at) if first else find_last(at))


def compute_first_time(time: Array, conc: Array) -> Array:
    """The time of the first measurable concentration."""
    return value_at(time, find_first(conc > 0))


def compute_last(time: Array, conc: Array) -> tuple[Array, Array]:
    """The time of the last measurable concentration, and that concentration (0 if all are BLQ)."""
    position = find_last(conc > 0)
    zero = np.where((conc == 0).any(axis=1), 0.0, np.nan)
    return value_at(time, position), np.where(position >= 0, value_at(conc, position), zero)


def falls_by_log(method: str, before: Array, after: Array, time: Array, tmax: Array) -> Array:
    """Which steps from one concentration to the next are exponential: with lin up/log down the falling ones, with
    lin/log those from Tmax on; both ends must be measurable.
    """
    if method == LINEAR:
        return np.zeros(before.shape, dtype=bool)
    exponential = after < before if method == LINEAR_UP_LOG_DOWN else (time >= tmax) & (after != before)
    return exponential & (before > 0) & (after > 0)


def compute_concentration(time: Array, conc: Array, at: Array, *, method: str = LINEAR_UP_LOG_DOWN,
                          kind: Kind = "last", lambda_z: Array | float = np.nan, clast: Array | float = np.nan,
                          origin: float = 0.0) -> Array:
    """The concentration of each profile at a time: interpolated between its samples by the method, `origin` before the
    first, and extrapolated after the last measurable one.

    After that: "last" 0; "all" a straight line to the BLQ sample that follows, then 0; "inf" exponential by lambda_z
    from `clast` (default: the observed one). NaN where a profile has no concentration.
    """
    tlast, observed = compute_last(time, conc)
    clast = np.where(np.isnan(clast), observed, clast)
    inside = _interpolate(time, conc, at, method, origin)
    beyond = np.zeros(len(at))
    if kind == "all":
        beyond = np.where(find_last(conc > 0) < find_last(~np.isnan(conc)), _to_next(time, conc, at, clast), 0.0)
    elif kind == "inf":
        beyond = clast * np.exp(-lambda_z * (at - tlast))
    found = np.where(at > tlast, beyond, inside)
    nothing, empty = ~(conc > 0).any(axis=1), np.isnan(conc).all(axis=1)
    found = np.where(nothing, 0.0, found)
    return np.where(np.isnan(at) | empty, np.nan, found)


def _to_next(time: Array, conc: Array, at: Array, clast: Array) -> Array:
    """On the straight line from the last measurable concentration to the BLQ sample after it, 0 behind that."""
    last = find_last(conc > 0)
    begin, end = value_at(time, last), value_at(time, last + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(clast * (end - at) / (end - begin), 0.0)


def _interpolate(time: Array, conc: Array, at: Array, method: str, origin: float) -> Array:
    before = (time <= at[:, None]).sum(axis=1) - 1
    (t1, c1), (t2, c2) = ((value_at(time, place), value_at(conc, place)) for place in (before, before + 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        part = (at - t1) / (t2 - t1)
        by_log = falls_by_log(method, c1, c2, t1, compute_tmax(time, conc))
        between = np.where(by_log, c1 * (c2 / c1) ** part, c1 + (c2 - c1) * part)
    return np.where(before < 0, origin, np.where(t1 == at, c1, between))

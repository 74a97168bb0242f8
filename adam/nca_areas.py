"""Areas under concentration-time curves and under their first moment, of whole profiles and of intervals."""

from typing import Literal

import numpy as np

from adam.nca_profiles import (
    LINEAR_UP_LOG_DOWN,
    Array,
    compact,
    compute_concentration,
    compute_last,
    compute_tmax,
    falls_by_log,
)

__all__ = ["compute_area", "compute_steps", "compute_time_above"]

SERIES_BELOW = 1e-2                     # below this exponent the closed form of the moment loses digits to cancellation


def compute_steps(time: Array, conc: Array, method: str, tmax: Array) -> tuple[Array, Array]:
    """Area and first moment of each step from one sample to the next: a straight trapezoid, or exponential where the
    method says so. 0 behind the end of a profile.
    """
    t1, t2, c1, c2 = time[:, :-1], time[:, 1:], conc[:, :-1], conc[:, 1:]
    width = t2 - t1
    area, moment = width * (c1 + c2) / 2, width * (t1 * c1 + t2 * c2) / 2
    by_log = falls_by_log(method, c1, c2, t1, tmax[:, None])
    if by_log.any():
        with np.errstate(all="ignore"):
            x = np.log1p((c1 - c2) / c2)
            log_area = (c1 - c2) * width / x
            log_moment = t1 * log_area + c1 * width**2 * _moment_factor(x)
        area, moment = np.where(by_log, log_area, area), np.where(by_log, log_moment, moment)
    return np.nan_to_num(area), np.nan_to_num(moment)


def _moment_factor(x: Array) -> Array:
    """(1 - (1 + x) exp(-x)) / x^2, by its series where x is small."""
    series = 1 / 2 - x / 3 + x**2 / 8 - x**3 / 30 + x**4 / 144 - x**5 / 840
    with np.errstate(all="ignore"):
        return np.where(np.abs(x) < SERIES_BELOW, series, (-np.expm1(-x) - x * np.exp(-x)) / x**2)


def compute_area(time: Array, conc: Array, *, kind: Literal["last", "all", "inf"] = "last",
                 method: str = LINEAR_UP_LOG_DOWN, start: Array | float = 0.0, end: Array | float = np.inf,
                 lambda_z: Array | float = np.nan, clast: Array | float = np.nan,
                 whole_tail: bool = True) -> tuple[Array, Array]:
    """The area under the curve from `start` to `end`; a concentration that an end of the interval lacks is read from
    the curve.

    kind "last" ends at the last measurable concentration, "all" takes in the straight line to the BLQ sample after it,
    "inf" adds the exponential tail from there: to infinity, or with whole_tail=False to `end`. A profile without
    a measurable concentration has the area 0; one without a sample at `start` or before has none, and neither has a
    single sample.
    In: cleaned profiles; start, end, lambda_z, clast one for all or one a profile. Out: the area and its first moment.
    """
    rows = len(time)
    start, end, lambda_z, clast = (np.broadcast_to(np.asarray(value, dtype=float), rows)
                                   for value in (start, end, lambda_z, clast))
    tlast, observed = compute_last(time, conc)
    clast = np.where(np.isnan(clast), observed, clast)
    method_of = {"method": method, "kind": kind, "lambda_z": lambda_z, "clast": clast}
    ends = np.where(np.isfinite(end) & ((kind != "inf") | (end <= tlast)), end, np.nan)
    edges = np.stack([start, ends], axis=1)
    at_edges = np.stack([compute_concentration(time, conc, edge, **method_of) for edge in (start, ends)], axis=1)
    t, c = _cut(time, conc, edges, at_edges, start, end)
    last = compute_last(t, c)[0]
    counted = t[:, 1:] <= last[:, None]
    if kind == "all":
        counted |= (t[:, :-1] <= last[:, None])
    auc, aumc = (np.where(counted, step, 0.0).sum(axis=1)
                 for step in compute_steps(t, c, method, compute_tmax(time, conc)))
    if kind == "inf":
        needed = (end > tlast) | whole_tail
        begin = np.where(end < tlast, last, np.fmax(tlast, start))
        from_ = np.where(end < tlast, compute_last(t, c)[1], clast * np.exp(-lambda_z * (begin - tlast)))
        tail = _tail(begin, from_, lambda_z, np.full(rows, np.inf) if whole_tail else end)
        auc, aumc = (np.where(needed, part + more, part) for part, more in zip((auc, aumc), tail, strict=True))
    no_start = ~(time[:, 0] <= start)
    zero, single = ~(conc > 0).any(axis=1), (~np.isnan(conc)).sum(axis=1) < 2
    unknown = no_start | (single & ~zero)
    auc, aumc = (np.where(unknown, np.nan, np.where(zero, 0.0, value)) for value in (auc, aumc))
    return auc, aumc


def _cut(time: Array, conc: Array, edges: Array, at_edges: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """The profiles between the two edges, with a point at each edge that is given."""
    start, end = start[:, None], end[:, None]
    inside = (time >= start) & (time <= end) & (time != edges[:, :1]) & (time != edges[:, 1:])
    same = edges[:, 1] == edges[:, 0]
    edges = np.stack([edges[:, 0], np.where(same, np.nan, edges[:, 1])], axis=1)
    t = np.concatenate([edges[:, :1], np.where(inside, time, np.nan), edges[:, 1:]], axis=1)
    c = np.concatenate([at_edges[:, :1], conc, at_edges[:, 1:]], axis=1)
    return compact(~np.isnan(t), t, c)


def _tail(begin: Array, conc: Array, lambda_z: Array, end: Array) -> tuple[Array, Array]:
    """Area and first moment of the exponential from `begin` to `end`."""
    with np.errstate(all="ignore"):
        x = lambda_z * (end - begin)
        area = conc / lambda_z * -np.expm1(-x)
        rest = np.where(np.isinf(x), 0.0, x * np.exp(-np.where(np.isinf(x), 0.0, x)))
        return area, begin * area + conc / lambda_z**2 * (-np.expm1(-x) - rest)


def compute_time_above(time: Array, conc: Array, limit: float, method: str = LINEAR_UP_LOG_DOWN) -> Array:
    """How long each profile is at or above a concentration; NaN for fewer than two samples."""
    t1, t2, c1, c2 = time[:, :-1], time[:, 1:], conc[:, :-1], conc[:, 1:]
    by_log = falls_by_log(method, c1, c2, t1, compute_tmax(time, conc)[:, None])
    with np.errstate(all="ignore"):
        straight = (limit - c1) / (c2 - c1)
        crossing = np.where(by_log, np.log(limit / c1) / np.log(c2 / c1), straight)
    low, high = c1 < limit, c2 < limit
    part = np.where(low & high, 0.0, np.where(low, 1 - crossing, np.where(high, crossing, 1.0)))
    total = np.nansum(np.where(np.isnan(c2), np.nan, part * (t2 - t1)), axis=1)
    return np.where((~np.isnan(conc)).sum(axis=1) < 2, np.nan, total)

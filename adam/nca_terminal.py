"""The terminal slope of concentration-time profiles: lambda z by log-linear regression, and what it gives at once."""

from dataclasses import dataclass

import numpy as np

from adam.nca_profiles import Array, compact, compute_last, compute_tmax, find_first, find_last, value_at

__all__ = ["ADJUSTED_R2_FACTOR", "MIN_POINTS", "Terminal", "compute_terminal"]

MIN_POINTS, ADJUSTED_R2_FACTOR = 3, 1e-4
LN2 = float(np.log(2))


@dataclass(frozen=True)
class Terminal:
    """The regression of each profile, NaN where there is none; `few` and `rising` say why."""

    lambda_z: Array
    r2: Array
    r2_adjusted: Array
    correlation: Array
    points: Array
    first: Array                        # time of the first and of the last point used
    last: Array
    clast: Array                        # the fitted concentration at Tlast
    tmax: Array
    tlast: Array
    few: Array                          # fewer points than the rule wants
    rising: Array                       # no fit that counts as best falls

    @property
    def half_life(self) -> Array:
        with np.errstate(divide="ignore"):
            return LN2 / self.lambda_z

    @property
    def span(self) -> Array:
        """How many half-lives the points used are apart."""
        return (self.last - self.first) / self.half_life


def compute_terminal(time: Array, conc: Array, *, min_points: int = MIN_POINTS, factor: float = ADJUSTED_R2_FACTOR,
                     with_tmax: Array | bool = False, points: Array | None = None, tmax: Array | None = None,
                     tlast: Array | None = None, after: Array | float = -np.inf) -> Terminal:
    """Lambda z of each profile: the negative slope of ln(concentration) on time over its last points.

    The measurable concentrations after Tmax count (with `with_tmax` also that at Tmax) and up to Tlast. Of the last 3,
    4, ... points those are taken whose fit has the highest adjusted R2; fits within `factor` of it are as good, and
    the one with most points is taken. A best fit that does not fall gives no lambda z. `points` (true or false for each
    sample) are taken as they are, whatever slope they give; `after` leaves out the samples up to that time.
    In: profiles (BLQ is 0 and never counts). Out: Terminal.
    """
    tmax = compute_tmax(time, conc) if tmax is None else tmax
    tlast = compute_last(time, conc)[0] if tlast is None else tlast
    usable = (conc > 0) & (time > np.reshape(after, (-1, 1)))
    if points is None:
        at_tmax = np.broadcast_to(np.asarray(with_tmax), len(time))[:, None] & (time == tmax[:, None])
        usable &= ((time > tmax[:, None]) | at_tmax) & (time <= tlast[:, None])
    else:
        usable &= points.astype(bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        t, y = compact(usable, time, np.log(np.where(usable, conc, 1.0)))
    count = usable.sum(axis=1)
    begin = _best_begin(t, y, count, min_points, factor) if points is None else np.where(count >= 2, 0, -1)
    few = count < (min_points if points is None else 2)
    return _fit(t, y, begin, few, tmax, tlast)


def _best_begin(t: Array, y: Array, count: Array, min_points: int, factor: float) -> Array:
    """The position of the first point of the best fit, -1 where there is none."""
    there = ~np.isnan(t)
    mean_t, mean_y = (np.where(there, part, 0.0).sum(axis=1) / np.maximum(count, 1) for part in (t, y))
    x, z = (np.where(there, part - mean[:, None], 0.0) for part, mean in ((t, mean_t), (y, mean_y)))
    n, sx, sy, sxx, sxy, syy = (np.cumsum(part[:, ::-1], axis=1)[:, ::-1]
                                for part in (there.astype(float), x, z, x * x, x * z, z * z))
    with np.errstate(all="ignore"):
        xx, xy, yy = sxx - sx**2 / n, sxy - sx * sy / n, syy - sy**2 / n
        adjusted = 1 - (1 - xy**2 / (xx * yy)) * (n - 1) / (n - 2)
    allowed = there & (n >= min_points) & (n >= 2)
    known = np.where(allowed & np.isfinite(adjusted) & (n > 2), adjusted, -np.inf)      # two points fit any line
    best = known.max(axis=1, keepdims=True, initial=-np.inf)
    return find_first(allowed & (xy < 0) & (np.isinf(best) | (known >= best - factor)))


def _fit(t: Array, y: Array, begin: Array, few: Array, tmax: Array, tlast: Array) -> Terminal:
    """The regression over the points from `begin` on, NaN where that is -1."""
    used = ~np.isnan(t) & (np.arange(t.shape[1]) >= begin[:, None]) & (begin >= 0)[:, None]
    n = used.sum(axis=1).astype(float)
    with np.errstate(all="ignore"):
        mean_t, mean_y = (np.where(used, part, 0.0).sum(axis=1) / n for part in (t, y))
        x, z = np.where(used, t - mean_t[:, None], 0.0), np.where(used, y - mean_y[:, None], 0.0)
        xx, xy, yy = (x * x).sum(axis=1), (x * z).sum(axis=1), (z * z).sum(axis=1)
        slope, correlation = xy / xx, xy / np.sqrt(xx * yy)
        r2 = correlation**2
        adjusted = np.where(n > 2, 1 - (1 - r2) * (n - 1) / (n - 2), np.nan)
        clast = np.exp(mean_y + slope * (tlast - mean_t))
    none = n == 0
    blank = (np.where(none, np.nan, part) for part in
             (-slope, r2, adjusted, correlation, n, value_at(t, begin), value_at(t, find_last(used)), clast))
    return Terminal(*blank, tmax=tmax, tlast=tlast, few=few, rising=none & ~few)

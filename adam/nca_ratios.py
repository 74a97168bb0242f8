"""Pharmacokinetic parameters that are read from a profile or made of others: C0, exact times, ratios, excretion."""

import numpy as np

from adam.nca_areas import compute_steps
from adam.nca_profiles import LINEAR_UP_LOG_DOWN, Array, compact, compute_cmin, compute_tmax, find_first, value_at

__all__ = [
    "C0_METHODS", "compute_auc_from_c0", "compute_back_extrapolated_percent", "compute_bioavailability", "compute_c0",
    "compute_concentration_at", "compute_effective_half_life", "compute_elimination_rate", "compute_excretion_rates",
    "compute_extrapolated_percent", "compute_fluctuation", "compute_lag_time", "compute_last_excretion_time",
    "compute_max_excretion", "compute_mrt", "compute_mrt_repeated", "compute_ratio", "compute_swing",
    "compute_total_volume",
]

C0_METHODS = ("c0", "logslope", "c1", "cmin", "set0")


def compute_ratio(one: Array, other: Array) -> Array:
    """one / other; NaN where that has no value (CL is dose / AUC, Vz CL / lambda z, Cav AUC / tau)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(other) == 0, np.nan, np.divide(one, other))


def compute_extrapolated_percent(auclst: Array, aucinf: Array) -> Array:
    """How much of the AUC to infinity lies behind the last measurable concentration (%)."""
    return 100 * (1 - compute_ratio(auclst, aucinf))


def compute_bioavailability(dose1: Array, auc1: Array, dose2: Array, auc2: Array) -> Array:
    """AUC per dose of the second administration relative to the first."""
    return compute_ratio(compute_ratio(auc2, dose2), compute_ratio(auc1, dose1))


def compute_mrt(auc: Array, aumc: Array, duration: Array | float = 0.0) -> Array:
    """Mean residence time: AUMC / AUC, less half the duration of an infusion."""
    return compute_ratio(aumc, auc) - np.asarray(duration, dtype=float) / 2


def compute_mrt_repeated(auctau: Array, aumctau: Array, aucinf: Array, tau: Array) -> Array:
    """Mean residence time from one interval at steady state: (AUMCtau + tau (AUCinf - AUCtau)) / AUCtau."""
    return compute_ratio(aumctau, auctau) + tau * compute_ratio(np.subtract(aucinf, auctau), auctau)


def compute_effective_half_life(mrt: Array) -> Array:
    """ln 2 times the mean residence time."""
    return np.log(2) * np.asarray(mrt, dtype=float)


def compute_elimination_rate(mrt: Array) -> Array:
    """1 / MRT; infinite for an MRT of 0."""
    with np.errstate(divide="ignore"):
        return 1 / np.asarray(mrt, dtype=float)


def compute_fluctuation(cmax: Array, cmin: Array, cavg: Array) -> Array:
    """Peak minus trough of a dosing interval in percent of the average concentration."""
    return 100 * compute_ratio(np.subtract(cmax, cmin), cavg)


def compute_swing(cmax: Array, cmin: Array) -> Array:
    """Peak minus trough of a dosing interval in percent of the trough; infinite where that is not above 0."""
    return np.where(np.asarray(cmin) > 0, 100 * compute_ratio(np.subtract(cmax, cmin), cmin),
                    np.where(np.isnan(cmin), np.nan, np.inf))


def compute_concentration_at(time: Array, conc: Array, at: Array, tolerance: Array | float = 0.0) -> Array:
    """The concentration of the sample at a time (trough, start, end of infusion): of that nearest to it within the
    tolerance; by default only of one exactly there.
    """
    away = np.abs(time - np.asarray(at, dtype=float)[:, None])
    away = np.where(np.isnan(conc) | np.isnan(away), np.inf, away)
    near = away.min(axis=1, initial=np.inf)
    return np.where(near <= tolerance, value_at(conc, away.argmin(axis=1)), np.nan)


def compute_lag_time(time: Array, conc: Array) -> Array:
    """The time of the last sample before the concentration first rises."""
    return value_at(time, find_first(conc[:, 1:] > conc[:, :-1]))


def compute_c0(time: Array, conc: Array, dose_time: Array, methods: tuple[str, ...] = C0_METHODS) -> Array:
    """The concentration at the time of the dose, by the first method that gives one.

    c0 the measurable sample there; logslope the straight line of ln(concentration) through the first two samples after
    it, if it falls; c1 the first sample after it; cmin the lowest sample; set0 zero. NaN for a dose after the last
    sample, and one without a time.
    """
    found = np.full(len(time), np.nan)
    after = compact((time > dose_time[:, None]) & ~np.isnan(conc), time, conc)
    for method in methods:
        found = np.where(np.isnan(found), _C0[method](time, conc, dose_time, *after), found)
    last = np.where(np.isnan(time), -np.inf, time).max(axis=1, initial=-np.inf)
    outside = np.isnan(dose_time) | (dose_time > last) if methods != ("set0",) else np.isnan(dose_time)
    return np.where(outside, np.nan, found)


def _sampled(time: Array, conc: Array, dose_time: Array, _after: Array, _later: Array) -> Array:
    there = compute_concentration_at(time, conc, dose_time)
    return np.where(there > 0, there, np.nan)


def _by_slope(_time: Array, _conc: Array, dose_time: Array, after: Array, later: Array) -> Array:
    (t1, t2), (c1, c2) = (tuple(value_at(part, np.full(len(part), at)) for at in (0, 1)) for part in (after, later))
    with np.errstate(all="ignore"):
        found = np.exp(np.log(c1) - (t1 - dose_time) * np.log(c2 / c1) / (t2 - t1))
    return np.where((c1 > c2) & (c2 > 0), found, np.nan)


_C0 = {
    "c0": _sampled,
    "logslope": _by_slope,
    "c1": lambda _time, _conc, _dose, _after, later: later[:, 0],
    "cmin": lambda _time, conc, _dose, _after, _later: compute_cmin(conc),
    "set0": lambda time, _conc, _dose, _after, _later: np.zeros(len(time)),
}


def compute_auc_from_c0(time: Array, conc: Array, auc: Array, c0: Array, method: str = LINEAR_UP_LOG_DOWN) -> Array:
    """An AUC from the first sample's concentration, with the step from there on anew from C0."""
    first = conc.copy()
    first[:, 0] = c0
    old, new = (compute_steps(time, part, method, compute_tmax(time, part))[0] for part in (conc, first))
    width = min(old.shape[1], 1)
    return auc + new[:, :width].sum(axis=1) - old[:, :width].sum(axis=1) + 0 * c0


def compute_back_extrapolated_percent(auc: Array, auc_from_c0: Array) -> Array:
    """How much of the AUC comes from the concentration extrapolated to the time of the dose (%)."""
    return 100 * (1 - compute_ratio(auc, auc_from_c0))


def compute_excretion_rates(conc: Array, volume: Array, duration: Array) -> Array:
    """The amount excreted in each collection interval per time: concentration x volume / duration."""
    return compute_ratio(conc * volume, duration)


def compute_max_excretion(time: Array, duration: Array, rates: Array, first: bool = True) -> tuple[Array, Array]:
    """The highest excretion rate, and the midpoint of the first (or last) interval that has it."""
    highest = -compute_cmin(-rates)
    return highest, compute_tmax(time + duration / 2, rates, first)


def compute_last_excretion_time(time: Array, duration: Array, rates: Array) -> Array:
    """The midpoint of the last interval with a measurable amount; 0 if all are BLQ."""
    measurable = rates > 0
    middle = np.where(measurable, time + duration / 2, -np.inf).max(axis=1, initial=-np.inf)
    zero = np.where((rates == 0).any(axis=1), 0.0, np.nan)
    return np.where(measurable.any(axis=1), middle, zero)


def compute_total_volume(volume: Array) -> Array:
    """The volume of all collections; NaN where one is missing or none is there."""
    return np.where(volume.size == 0, np.nan, volume.sum(axis=1))

"""Non-compartmental analysis: pharmacokinetic parameters of many concentration-time profiles at once.

Libraries that were tried first, on 48 published profiles: pynca 1.2.3 agrees in all 228 numbers, at 26 profiles a
second, without BLQ rules or reasons; openpkpd 0.3.4 is off in 56 of 240 (no rule for ties of lambda z) and has no
reasons; neopkpd 0.1.1 needs Julia; pkpdutils 1.3.0 needs Python 3.13.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from adam.nca_areas import compute_area
from adam.nca_profiles import (
    BLQ_RULES,
    LINEAR_UP_LOG_DOWN,
    Array,
    BlqRule,
    clean_blq,
    clean_missing,
    compact,
    compute_cmax,
    compute_cmin,
    compute_last,
    compute_tmax,
    pad_profiles,
)
from adam.nca_ratios import (
    compute_c0,
    compute_concentration_at,
    compute_extrapolated_percent,
    compute_fluctuation,
    compute_lag_time,
    compute_mrt,
    compute_ratio,
    compute_swing,
)
from adam.nca_terminal import ADJUSTED_R2_FACTOR, MIN_POINTS, Terminal, compute_terminal

__all__ = ["BOLUS", "EXTRAVASCULAR", "INFUSION", "REASONS", "Nca", "NcaRule", "compute_accumulation", "compute_nca"]

INFUSION, BOLUS, EXTRAVASCULAR = "INFUSION", "BOLUS", "EXTRAVASCULAR"
REASONS = (
    "",
    "NO CONCENTRATION",
    "NO CONCENTRATION ABOVE THE LIMIT OF QUANTIFICATION",
    "TWO SAMPLES AT THE SAME TIME",
    "A CONCENTRATION BELOW ZERO",
    "NO SAMPLE BEFORE THE DOSE",
    "ONLY ONE CONCENTRATION",
    "TOO FEW POINTS AFTER CMAX FOR LAMBDA Z",
    "NO FALLING TERMINAL PHASE",
    "DOSE UNKNOWN",
    "DURATION OF INFUSION UNKNOWN",
    "NO FURTHER DOSE: NO DOSING INTERVAL",
    "NO SAMPLE AT THE END OF THE DOSING INTERVAL",
    "NO SAMPLE AT THE END OF THE INFUSION",
    "NO FALL BEHIND THE DOSE TO EXTRAPOLATE BACK",
    "CONCENTRATION DOES NOT RISE",
    "DIVISION BY ZERO",
    "NO EARLIER CYCLE TO COMPARE WITH",
    "NO CONCENTRATION BETWEEN THE DOSE AND THE SAMPLE BEFORE THE NEXT",
)
(_, EMPTY, ALL_BLQ, SAME_TIME, NEGATIVE, NO_PREDOSE, SINGLE, FEW, RISING, NO_DOSE, NO_DURATION, NO_TAU, NO_TROUGH,
 NO_END, NO_C0, NO_RISE, ZERO, NO_EARLIER, UNMEASURED) = range(len(REASONS))


@dataclass(frozen=True)
class NcaRule:
    """How parameters are computed: the choices of the analysis plan."""

    method: str = LINEAR_UP_LOG_DOWN
    blq: BlqRule = BLQ_RULES["standard"]
    missing: float | Literal["drop"] = "drop"
    min_points: int = MIN_POINTS
    factor: float = ADJUSTED_R2_FACTOR
    with_tmax: bool = False                             # the sample at Tmax counts for lambda z (always for a bolus)
    interval: Literal["last", "all", "inf"] = "inf"     # what AUCTAU and partial AUCs take behind the last sample
    partial: tuple[tuple[float, float], ...] = ()       # intervals of partial AUCs, from and to
    predose: Literal["none", "cmin"] = "none"           # a repeated dose without a sample before it: no AUC, or Cmin
    trough: float = 0.0                                 # how far from the end of the interval its sample may lie
    end_of_infusion: float = 0.0                        # how far from the end of the infusion its sample may lie


@dataclass(frozen=True)
class Nca:
    """Values and, where there is none, reasons: one row a profile, one column a parameter.

    A column is a PPTESTCD of CDISC CT; CLSTP (the fitted Clast) is our own, and a partial AUC is AUCINT with its
    interval: AUCINT 0-24. A parameter that is not defined for the route has neither value nor reason.
    """

    values: pd.DataFrame
    reasons: pd.DataFrame


@dataclass
class _Work:
    """Values and the number of the reason of each parameter, as they are found."""

    values: dict[str, Array] = field(default_factory=dict)
    why: dict[str, Array] = field(default_factory=dict)

    def put(self, code: str, value: Array, *causes: Array, of: Sequence[str] = ()) -> None:
        """Keep a parameter with the first of the causes why it has no value, then of those it is made of (`of`)."""
        why = np.zeros(len(value), dtype=np.int8)
        for cause in (*causes, *(self.why[name] for name in of)):
            why = np.where(why == 0, cause, why)
        why = np.where((why == 0) & ~np.isfinite(value), ZERO, why)
        self.values[code], self.why[code] = np.where(why == 0, value, np.nan), why


def compute_nca(concentrations: pd.DataFrame, doses: pd.DataFrame, rule: NcaRule | None = None) -> Nca:
    """The pharmacokinetic parameters of every profile by non-compartmental analysis.

    In: concentrations, one row a sample: profile, time (since the start of the dose; actual or nominal, the caller's
    choice), conc (BLQ is 0, missing NaN), and optionally lambda_z (true for the points of a given terminal phase).
    doses, one row a profile, its name the index: route (INFUSION, BOLUS, EXTRAVASCULAR), dose, duration (of the
    infusion), tau (dosing interval, NaN without one), first (whether nothing was given before). Times share one unit.
    Out: Nca. Without conversion of units, CL is in dose / (concentration x time). Nothing is silently missing.
    """
    rule = rule or NcaRule()
    code = doses.index.get_indexer(concentrations["profile"])
    known = concentrations[code >= 0]
    given = known["lambda_z"].astype(float) if "lambda_z" in known else pd.Series(np.nan, index=known.index)
    time, conc, points = pad_profiles(code[code >= 0], len(doses), known["time"].to_numpy(float),
                                      known["conc"].to_numpy(float), given.to_numpy(float))
    route = doses["route"].to_numpy()
    wrong = np.where((conc < 0).any(axis=1), NEGATIVE, 0)
    time, conc, points = _at_dose(time, conc, points, route == BOLUS)
    same = (time[:, 1:] == time[:, :-1]) & ~np.isnan(conc[:, 1:]) & ~np.isnan(conc[:, :-1])
    wrong = np.where(same.any(axis=1), SAME_TIME, wrong)
    time, conc = (np.where((wrong > 0)[:, None], np.nan, part) for part in (time, conc))
    time, conc, points = clean_missing(time, conc, points, missing=rule.missing)
    time, conc, points = clean_blq(time, conc, points, rule=rule.blq)
    work, dose = _Work(), {name: doses[name].to_numpy(float) for name in ("dose", "duration", "tau")}
    bad = np.where(np.isnan(conc).all(axis=1) & (wrong == 0), EMPTY, wrong)
    all_blq = np.where((bad == 0) & ~(conc > 0).any(axis=1), ALL_BLQ, bad)
    _observed(work, time, conc, bad, all_blq, route, dose["duration"], rule)
    terminal = compute_terminal(time, conc, min_points=rule.min_points, factor=rule.factor,
                                with_tmax=(route == BOLUS) | rule.with_tmax)
    if "lambda_z" in known:
        terminal = _given(terminal, compute_terminal(time, conc, points=np.nan_to_num(points) > 0), points)
    _terminal(work, terminal, all_blq)
    full, start = _with_start(work, time, conc, route, doses["first"].to_numpy(bool), rule)
    _areas(work, *full, terminal, np.where(bad > 0, bad, start), rule)
    _interval(work, *full, dose["tau"], np.where(bad > 0, bad, start), rule)
    _disposition(work, route, dose)
    return _as_frames(work, doses.index, route)


def _at_dose(time: Array, conc: Array, points: Array, bolus: Array) -> tuple[Array, ...]:
    """The last sample before the dose stands at time 0, those before it are left out; for a bolus all of them are."""
    before = (time <= 0) & ~np.isnan(conc)
    last = before & (np.cumsum(before, axis=1) == before.sum(axis=1, keepdims=True))
    predose = last & (~bolus[:, None] | (time == 0))
    return compact((time > 0) | predose, np.where(predose, 0.0, time), conc, points)


def _observed(work: _Work, time: Array, conc: Array, bad: Array, all_blq: Array, route: Array, duration: Array,
              rule: NcaRule) -> None:
    """What is read from the samples themselves."""
    tlst, clst = compute_last(time, conc)
    work.put("CMAX", compute_cmax(conc), bad)
    work.put("TMAX", compute_tmax(time, conc), all_blq)
    work.put("CLST", clst, all_blq)
    work.put("TLST", tlst, all_blq)
    lag = compute_lag_time(time, conc)
    work.put("TLAG", lag, all_blq, np.where(np.isnan(lag), NO_RISE, 0))
    end = compute_concentration_at(time, conc, np.where(route == INFUSION, duration, np.nan), rule.end_of_infusion)
    work.put("CONCEINF", end, bad, np.where(np.isnan(duration), NO_DURATION, np.where(np.isnan(end), NO_END, 0)))


def _given(best: Terminal, fixed: Terminal, points: Array) -> Terminal:
    """The fit of the given points where a profile has some, else the best fit. Given points must fall as well."""
    use, rising = (np.nan_to_num(points) > 0).any(axis=1), fixed.lambda_z <= 0
    parts = {}
    for name in Terminal.__dataclass_fields__:
        value = getattr(fixed, name)
        if name == "rising":
            value = rising
        elif name not in ("few", "tmax", "tlast"):
            value = np.where(rising, np.nan, value)
        parts[name] = np.where(use, value, getattr(best, name))
    return Terminal(**parts)


def _terminal(work: _Work, terminal: Terminal, all_blq: Array) -> None:
    """Lambda z and what describes its fit."""
    why = np.where(terminal.few, FEW, np.where(terminal.rising, RISING, 0))
    for code, value in {"LAMZ": terminal.lambda_z, "LAMZHL": terminal.half_life, "LAMZNPT": terminal.points,
                        "LAMZLL": terminal.first, "LAMZUL": terminal.last, "R2": terminal.r2,
                        "R2ADJ": terminal.r2_adjusted, "CORRXY": terminal.correlation, "LAMZSPN": terminal.span,
                        "CLSTP": terminal.clast}.items():
        work.put(code, value, all_blq, why)


def _with_start(work: _Work, time: Array, conc: Array, route: Array, first: Array,
                rule: NcaRule) -> tuple[tuple[Array, Array], Array]:
    """The profiles with a concentration at time 0, and the reason where there is none to be had.

    Without a sample: 0 for a first infusion or extravascular dose; for a bolus C0, extrapolated through the first two
    samples, or else the first sample; for a later dose what `rule.predose` says.
    """
    c0 = compute_c0(time, conc, np.zeros(len(time)), ("c0", "logslope", "c1"))
    work.put("C0", c0, work.why["CMAX"], np.where(np.isnan(c0), NO_C0, 0))
    later = compute_cmin(conc) if rule.predose == "cmin" else np.full(len(time), np.nan)
    made = np.where(route == BOLUS, c0, np.where(first, 0.0, later))
    missing = (route == BOLUS) | ~(time[:, 0] == 0)
    start = np.where(missing, made, np.nan)
    t = np.concatenate([np.where(np.isnan(start), np.nan, 0.0)[:, None], time], axis=1)
    c = np.concatenate([start[:, None], conc], axis=1)
    t[:, 1:][(route == BOLUS)[:, None] & (time == 0)] = np.nan
    why = np.where(missing & np.isnan(made), np.where(route == BOLUS, NO_C0, NO_PREDOSE), 0)
    t, c = compact(~np.isnan(t) & ~np.isnan(c), t, c)
    single = ((~np.isnan(c)).sum(axis=1) < 2) & (c > 0).any(axis=1)
    return (t, c), np.where(single & (why == 0), SINGLE, why)


def _areas(work: _Work, time: Array, conc: Array, terminal: Terminal, start: Array, rule: NcaRule) -> None:
    """AUC and AUMC from the dose: to the last measurable concentration, to the last sample, to infinity; partial."""
    auclst, aumclst = compute_area(time, conc, method=rule.method)
    work.put("AUCLST", auclst, start)
    work.put("AUMCLST", aumclst, start)
    work.put("AUCALL", compute_area(time, conc, kind="all", method=rule.method)[0], start)
    for suffix, clast in (("O", work.values["CLST"]), ("P", terminal.clast)):
        auc, aumc = compute_area(time, conc, kind="inf", method=rule.method, lambda_z=terminal.lambda_z, clast=clast)
        work.put(f"AUCIF{suffix}", auc, start, of=["LAMZ"])
        work.put(f"AUMCIF{suffix}", aumc, start, of=["LAMZ"])
        work.put(f"AUCPE{suffix}", compute_extrapolated_percent(auclst, auc), of=[f"AUCIF{suffix}"])
    for begin, end in rule.partial:
        auc, why = _partial(work, time, conc, np.full(len(time), begin), np.full(len(time), end), rule)
        work.put(f"AUCINT {begin:g}-{end:g}", auc, start, why)


def _partial(work: _Work, time: Array, conc: Array, begin: Array, end: Array, rule: NcaRule) -> tuple[Array, Array]:
    """The AUC of an interval, and why it needs a lambda z that there is not."""
    auc, _ = compute_area(time, conc, kind=rule.interval, method=rule.method, start=begin, end=end, whole_tail=False,
                          lambda_z=work.values["LAMZ"], clast=work.values["CLST"])
    beyond = (rule.interval == "inf") & ~(end <= compute_last(time, conc)[0])
    return auc, np.where(beyond & (work.why["CMAX"] == 0), work.why["LAMZ"], 0)


def _interval(work: _Work, time: Array, conc: Array, tau: Array, start: Array, rule: NcaRule) -> None:
    """The parameters of the dosing interval."""
    no_tau = np.where(np.isnan(tau), NO_TAU, 0)
    auc, why = _partial(work, time, conc, np.zeros(len(tau)), tau, rule)
    work.put("AUCTAU", auc, no_tau, start, why)
    work.put("CAVG", compute_ratio(auc, tau), of=["AUCTAU"])
    cmin = compute_cmin(np.where(time <= tau[:, None], conc, np.nan))
    work.put("CMIN", cmin, no_tau, start)
    trough = compute_concentration_at(time, conc, tau, rule.trough)
    work.put("CTROUGH", trough, no_tau, work.why["CMAX"], np.where(np.isnan(trough), NO_TROUGH, 0))
    work.put("PTROUGHR", compute_ratio(work.values["CMAX"], trough), of=["CMAX", "CTROUGH"])
    work.put("FLUCP", compute_fluctuation(work.values["CMAX"], cmin, work.values["CAVG"]), of=["CMIN", "CAVG"])
    work.put("SWING", compute_swing(work.values["CMAX"], cmin), of=["CMIN"])


def _disposition(work: _Work, route: Array, dose: dict[str, Array]) -> None:
    """Clearance, volumes and mean residence times, and what is normalised by dose."""
    values, no_dose = work.values, np.where(~(dose["dose"] > 0), NO_DOSE, 0)
    infusion = np.where(route == INFUSION, dose["duration"], 0.0)
    no_duration = np.where(np.isnan(infusion), NO_DURATION, 0)
    for suffix in ("O", "P"):
        cl = compute_ratio(dose["dose"], values[f"AUCIF{suffix}"])
        mrt = compute_mrt(values[f"AUCIF{suffix}"], values[f"AUMCIF{suffix}"], infusion)
        for form in ("", "F"):
            work.put(f"CL{form}{suffix}", cl, no_dose, of=[f"AUCIF{suffix}"])
            work.put(f"VZ{form}{suffix}", compute_ratio(cl, values["LAMZ"]), no_dose, of=[f"AUCIF{suffix}"])
        for form in ("IB", "IC", "EV"):
            work.put(f"MRT{form}IF{suffix}", mrt, no_duration, of=[f"AUCIF{suffix}"])
        work.put(f"VSS{suffix}", cl * mrt, no_dose, no_duration, of=[f"AUCIF{suffix}"])
    for form in ("IB", "IC", "EV"):
        work.put(f"MRT{form}LST", compute_mrt(values["AUCLST"], values["AUMCLST"], infusion), no_duration,
                 work.why["TMAX"], of=["AUCLST"])
    for code in ("CMAX", "AUCLST", "AUCIFO", "AUCTAU"):
        work.put(f"{code}D", compute_ratio(values[code], dose["dose"]), no_dose, of=[code])


ONLY = {
    **dict.fromkeys(("C0", "MRTIBIFO", "MRTIBIFP", "MRTIBLST"), (BOLUS,)),
    **dict.fromkeys(("CONCEINF", "MRTICIFO", "MRTICIFP", "MRTICLST"), (INFUSION,)),
    **dict.fromkeys(("TLAG", "CLFO", "CLFP", "VZFO", "VZFP", "MRTEVIFO", "MRTEVIFP", "MRTEVLST"), (EXTRAVASCULAR,)),
    **dict.fromkeys(("CLO", "CLP", "VZO", "VZP", "VSSO", "VSSP"), (BOLUS, INFUSION)),
}                                                       # parameters that only these routes have


def _as_frames(work: _Work, index: pd.Index, route: Array) -> Nca:
    for code, routes in ONLY.items():
        without = ~np.isin(route, routes)
        work.values[code] = np.where(without, np.nan, work.values[code])
        work.why[code] = np.where(without, 0, work.why[code])
    texts = np.array(REASONS, dtype=object)
    reasons = {code: pd.Series(texts[why], index=index, dtype="str") for code, why in work.why.items()}
    return Nca(pd.DataFrame(work.values, index=index), pd.DataFrame(reasons, index=index))


def compute_accumulation(nca: Nca, earlier: pd.Series, dose: pd.Series | None = None) -> Nca:
    """The parameters with accumulation ratios: Cmax, AUCTAU and Ctrough of a profile over those of the profile that
    `earlier` names (of the first dose; "" without one). With the doses of the profiles each is divided by its dose
    first, so that a dose that was reduced or changed with body weight does not look like less accumulation.
    """
    at = nca.values.index.get_indexer(earlier.reindex(nca.values.index).fillna(""))
    none = at < 0
    given = np.ones(len(at)) if dose is None else dose.reindex(nca.values.index).to_numpy(dtype="float64")
    doses, no_dose = compute_ratio(given, given[at]), np.where((given > 0) & (given[at] > 0), 0, NO_DOSE)
    work = _Work({}, {})
    for code, of in (("ARCMAX", "CMAX"), ("ARAUC", "AUCTAU"), ("ARCTROUG", "CTROUGH")):
        values, reasons = nca.values[of].to_numpy(), nca.reasons[of].to_numpy(dtype=object)
        why = pd.Categorical(reasons, categories=REASONS).codes
        ratio = compute_ratio(compute_ratio(values, values[at]), doses)
        work.put(code, ratio, np.where(none, NO_EARLIER, 0), why, why[at], no_dose)
    texts = np.array(REASONS, dtype=object)
    index = nca.values.index
    reasons_of = {code: pd.Series(texts[why], index=index, dtype="str") for code, why in work.why.items()}
    return Nca(nca.values.assign(**work.values), nca.reasons.assign(**reasons_of))

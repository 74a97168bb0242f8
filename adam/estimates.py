"""The numbers that the registry asks for: response rates, and quartiles of times to an event, with their intervals.

Clopper and Pearson, Biometrika 1934; 26: 404-413. Kaplan and Meier, JASA 1958; 53: 457-481. Brookmeyer and Crowley,
Biometrics 1982; 38: 29-41, with log(-log) limits of the survival function, as SAS PROC LIFETEST has them.
"""

import warnings
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.stats import CensoredData, binomtest, ecdf

__all__ = ["COLUMNS", "QUANTILES", "estimate_quantiles", "estimate_rate", "make_estimates"]

COLUMNS = ["PARAMCD", "PARAM", "POPULATION", "GROUP", "STATISTIC", "VALUE", "LOWER", "UPPER", "N", "EVENTS", "METHOD"]
LEVEL = 0.95
QUANTILES: Mapping[str, float] = {"QUARTILE 1": 0.25, "MEDIAN": 0.5, "QUARTILE 3": 0.75}
RATES = {"BCP": ("Y",), "CBCP": ("Y",), "CB": ("Y",), "CCB": ("Y",),
         "BOR": ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING")}
RATES["CBOR"] = RATES["BOR"]
RATES["IBOR"] = ("iCR", "iPR", "iSD", "NON-iCR/NON-iUPD", "iUPD", "iCPD", "NE", "MISSING")
RATES["ICBOR"] = RATES["IBOR"]
TIMES = ("PFS", "PFSFDA", "PFSEMA", "DOR", "CDOR", "OS", "TTP")
EVERYONE = "ALL"
EXACT, LIMITS = "CLOPPER-PEARSON 95 %", "KAPLAN-MEIER, BROOKMEYER-CROWLEY 95 % (LOG-LOG)"


def estimate_rate(events: int, n: int) -> tuple[float, float, float]:
    """The share of subjects with the event and its exact interval (Clopper-Pearson); NaN without subjects."""
    if n == 0:
        return (float("nan"),) * 3
    interval = binomtest(events, n).proportion_ci(LEVEL, method="exact")
    return events / n, float(interval.low), float(interval.high)


def estimate_quantiles(time: np.ndarray, event: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """The times by which a quarter, half and three quarters of the subjects have the event, by Kaplan-Meier, with the
    limits of Brookmeyer and Crowley; NaN where it is not reached.

    In: times; whether each is an event. Where the survival function equals the share exactly, the time is the middle
    of the step, as in SAS and R; where the curve ends at the share, the start of that step, as in R's summary of a fit.
    """
    if not event.any():
        return dict.fromkeys(QUANTILES, (float("nan"),) * 3)
    survival = ecdf(CensoredData(uncensored=time[event], right=time[~event])).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)  # where S is 0: NaN
        interval = survival.confidence_interval(LEVEL, method="log-log")
    return {name: (_quantile(survival.quantiles, survival.probabilities, 1 - share),
                   _first_at(survival.quantiles, interval.low.probabilities, 1 - share),
                   _first_at(survival.quantiles, interval.high.probabilities, 1 - share))
            for name, share in QUANTILES.items()}


def _first_at(times: np.ndarray, curve: np.ndarray, level: float) -> float:
    """The first time at which the curve is at or below the level."""
    reached = np.flatnonzero(curve <= level + 1e-9)
    return float(times[reached[0]]) if len(reached) else float("nan")


def _quantile(times: np.ndarray, curve: np.ndarray, level: float) -> float:
    below = times[curve < level - 1e-9]
    at = times[np.abs(curve - level) <= 1e-9]
    if len(at):
        return float(at[0] + below[0]) / 2 if len(below) else float(at[0])
    return float(below[0]) if len(below) else float("nan")


def make_estimates(adrs: pd.DataFrame, adtte: pd.DataFrame) -> pd.DataFrame:
    """The results table of the registry's efficacy outcomes, of all treated subjects and by actual treatment: rates of
    objective response, clinical benefit and each best response (RECIST 1.1, iRECIST); quartiles of progression-free
    survival, duration of response and of confirmed response, overall survival and time to progression in days.

    In: ADRS, ADTTE (whole). Out: a record a statistic: PARAMCD, PARAM, POPULATION, GROUP, STATISTIC, VALUE, LOWER,
    UPPER, N, EVENTS, METHOD. VALUE is a share or a time in days, NaN if it is not reached.
    """
    rows = []
    for name, group in _groups(adrs):
        rows += [[*row[:2], "SAFFL=Y", name, *row[2:]] for row in _rates(group)]
    for name, group in _groups(adtte):
        rows += [[*row[:2], "SAFFL=Y", name, *row[2:]] for row in _times(group)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _groups(data: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    safe = data[data["SAFFL"] == "Y"]
    yield EVERYONE, safe
    yield from ((str(name), group) for name, group in safe.groupby("TRTA", sort=True))


def _rates(adrs: pd.DataFrame) -> Iterator[list[object]]:
    for code, values in RATES.items():
        own = adrs[adrs["PARAMCD"] == code]
        for value in values if len(own) else ():
            events = int((own["AVALC"] == value).sum())
            statistic = "RATE" if value == "Y" else f"RATE OF {value}"
            yield [code, own["PARAM"].iloc[0], statistic, *estimate_rate(events, len(own)), len(own), events, EXACT]


def _times(adtte: pd.DataFrame) -> Iterator[list[object]]:
    for code in TIMES:
        own = adtte[(adtte["PARAMCD"] == code) & adtte["AVAL"].notna()]
        if len(own):
            event = (own["CNSR"] == 0).to_numpy()
            for name, found in estimate_quantiles(own["AVAL"].to_numpy(), event).items():
                yield [code, own["PARAM"].iloc[0], name, *found, len(own), int(event.sum()), LIMITS]

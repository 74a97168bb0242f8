"""Laws of the estimates: exact intervals of rates, and quartiles of times against closed forms, published values and
an estimate by hand, from the papers' formulas.
"""

from math import comb, exp, inf, log, nan, sqrt

import numpy as np
import pandas as pd
import pytest

from adam.estimates import COLUMNS, estimate_quantiles, estimate_rate, make_estimates


@pytest.mark.parametrize("n", [1, 7, 40])
def test_the_interval_of_no_and_of_only_events_has_a_closed_form(n):
    assert estimate_rate(0, n) == pytest.approx((0, 0, 1 - 0.025 ** (1 / n)))
    assert estimate_rate(n, n) == pytest.approx((1, 0.025 ** (1 / n), 1))


def test_the_interval_of_clopper_and_pearson_of_4_in_20():
    assert estimate_rate(4, 20) == pytest.approx((0.2, 0.0573340, 0.4366140), abs=1e-7)


def test_a_rate_of_nobody_is_not_known():
    assert np.isnan(estimate_rate(0, 0)).all()


def test_the_quartiles_of_freireichs_leukaemia_trial():
    """6-MP arm, weeks in remission (Freireich et al., Blood 1963): R, survfit with conf.type log-log."""
    time = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35.0])
    event = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]).astype(bool)
    found = estimate_quantiles(time, event)
    assert found["MEDIAN"] == pytest.approx((23, 13, np.nan), nan_ok=True)
    assert found["QUARTILE 1"] == pytest.approx((13, 6, 22)) and np.isnan(found["QUARTILE 3"][0])


def test_without_censoring_the_median_is_that_of_the_sample():
    odd, even = np.arange(1, 8.0), np.arange(1, 9.0)
    assert estimate_quantiles(odd, odd > 0)["MEDIAN"][0] == np.median(odd)
    assert estimate_quantiles(even, even > 0)["MEDIAN"][0] == np.median(even)           # the middle of the step


def test_without_events_nothing_is_reached():
    assert all(np.isnan(value).all() for value in estimate_quantiles(np.array([3.0, 5.0]), np.array([False, False])).values())


def test_the_table_has_every_rate_and_quartile_by_treatment_and_counts_its_events():
    adrs = pd.DataFrame({"USUBJID": list("1234"), "PARAMCD": "CBOR", "PARAM": "Best", "AVALC": ["PR", "SD", "PR", "PR"],
                         "SAFFL": list("YYYN"), "TRTA": ["A", "A", "B", "B"]})
    adtte = pd.DataFrame({"USUBJID": list("1234"), "PARAMCD": "OS", "PARAM": "OS", "AVAL": [10.0, 20, 30, 40], "CNSR": [0.0, 0, 1, 0],
                          "SAFFL": list("YYYN"), "TRTA": ["A", "A", "B", "B"]})
    table = make_estimates(adrs, adtte)
    assert list(table) == COLUMNS
    rate = table[table["STATISTIC"] == "RATE OF PR"].set_index("GROUP")
    assert rate["EVENTS"].to_dict() == {"ALL": 2, "A": 1, "B": 1} and rate["N"].to_dict() == {"ALL": 3, "A": 2, "B": 1}
    median = table[table["STATISTIC"] == "MEDIAN"].set_index("GROUP")
    assert median.loc["ALL", ["VALUE", "N", "EVENTS"]].tolist() == [20, 3, 2]
    assert make_estimates(adrs[:0], adtte[:0]).empty


# ---- By hand ----

def rate_by_hand(events: int, n: int) -> tuple[float, float]:
    """The limits at which the tail of the binomial distribution has 2.5 % (Clopper and Pearson 1934), by bisection."""
    def tail(share: float, counts: range) -> float:
        return sum(comb(n, count) * share ** count * (1 - share) ** (n - count) for count in counts)

    limits = []
    for counts, grows in ((range(events, n + 1), True), (range(events + 1), False)):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if (tail(middle, counts) > 0.025) == grows else (middle, high)
        limits.append(low)
    return (0.0 if events == 0 else limits[0]), (1.0 if events == n else limits[1])


@pytest.mark.parametrize("n", [1, 2, 13, 40])
def test_the_interval_of_every_count_leaves_the_tails_that_it_should(n):
    for events in range(n + 1):
        assert estimate_rate(events, n) == pytest.approx((events / n, *rate_by_hand(events, n)), abs=1e-9)


def quantile_by_hand(time: list[float], event: list[bool], share: float) -> tuple[float, float, float]:
    """Kaplan-Meier, Greenwood's variance, limits of the survival function on the scale log(-log S) (Kalbfleisch and
    Prentice 1980), of the quantile where those cross its level (Brookmeyer and Crowley 1982).
    """
    survival, variance, level, steps = 1.0, 0.0, 1 - share, []
    for now in sorted(set(time)):
        at_risk = sum(one >= now for one in time)
        died = sum(one == now and happened for one, happened in zip(time, event, strict=True))
        if died == 0:
            continue
        survival *= 1 - died / at_risk
        variance += died / (at_risk * (at_risk - died)) if at_risk > died else inf
        low = high = nan
        if survival > 1e-12:
            wide = 1.959963984540054 * sqrt(variance) / abs(log(survival))
            low, high = (exp(log(survival) * exp(side * wide)) for side in (1, -1))
        steps.append((now, survival, low, high))

    def first(column: int) -> float:
        return next((step[0] for step in steps if step[column] <= level + 1e-12), nan)

    reached = first(1)
    flat = [step[0] for step in steps if abs(step[1] - level) < 1e-12]
    after = [step[0] for step in steps if step[1] < level - 1e-12]
    if flat and after:                                                # the middle of the step
        reached = (flat[0] + after[0]) / 2
    return reached, first(2), first(3)


@pytest.mark.parametrize("seed", range(60))
def test_the_quartiles_of_small_samples_with_ties_are_those_by_hand(seed):
    source = np.random.default_rng(seed)
    n = int(source.integers(1, 16))
    time = source.integers(1, source.choice([4, 12, 60]), n).astype(float)
    event = source.random(n) < source.choice([0.2, 0.6, 1.0])
    found = estimate_quantiles(time, event)
    for name, share in (("QUARTILE 1", 0.25), ("MEDIAN", 0.5), ("QUARTILE 3", 0.75)):
        assert found[name] == pytest.approx(quantile_by_hand(time.tolist(), event.tolist(), share), nan_ok=True)


@pytest.mark.parametrize(("time", "event", "median"), [
    ([5.0, 5, 5], [True, True, True], (5, nan, nan)),                 # all at one time: S falls from 1 to 0
    ([5.0], [True], (5, nan, nan)),
    ([5.0, 9, 9], [True, False, False], (nan, 5, nan)),               # not reached; the lower limit may be
    ([5.0, 9], [True, False], (5, 5, nan)),                           # the curve ends at the level: the start of its last step
    ([], [], (nan, nan, nan)),
])
def test_the_median_of_the_smallest_samples(time, event, median):
    assert estimate_quantiles(np.array(time), np.array(event, dtype=bool))["MEDIAN"] == pytest.approx(median, nan_ok=True)

"""Laws of the estimates: exact intervals of rates, and quartiles of times against closed forms and published values."""

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

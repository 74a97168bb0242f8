"""Laws of non-compartmental analysis: truth of simulated profiles, no silent gap, no profile knows another."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.nca import (
    BOLUS,
    EXTRAVASCULAR,
    INFUSION,
    ONLY,
    NcaRule,
    compute_accumulation,
    compute_nca,
)
from adam.nca_profiles import BLQ_RULES, LINEAR, LINEAR_LOG, LINEAR_UP_LOG_DOWN

ORAL = [(0, 0), (1, 4), (2, 8), (4, 6), (6, 4.5), (8, 3.375), (12, 1.8984375)]      # falls by a quarter in 2 h


def samples(*profiles: list[tuple[float, float | None]]) -> pd.DataFrame:
    """P0, P1, ... with (time, concentration)."""
    rows = [(f"P{number}", time, conc) for number, points in enumerate(profiles) for time, conc in points]
    return pd.DataFrame(rows, columns=["profile", "time", "conc"]).astype({"time": float, "conc": float})


def doses(count: int = 1, route: str = EXTRAVASCULAR, **changed: object) -> pd.DataFrame:
    facts = {"route": route, "dose": 100.0, "duration": 1.0, "tau": np.nan, "first": True, **changed}
    return pd.DataFrame(facts, index=[f"P{number}" for number in range(count)])


def value(code: str, data: pd.DataFrame, dose: pd.DataFrame, rule: NcaRule | None = None) -> float:
    return compute_nca(data, dose, rule).values.loc["P0", code]


def why(code: str, data: pd.DataFrame, dose: pd.DataFrame, rule: NcaRule | None = None) -> str:
    found = compute_nca(data, dose, rule)
    assert np.isnan(found.values.loc["P0", code])
    return found.reasons.loc["P0", code]


def infused(time: np.ndarray, dose: float, duration: float, cl: float, v1: float, q: float, v2: float) -> np.ndarray:
    """Concentrations of two compartments during and after an infusion."""
    k10, k12, k21 = cl / v1, q / v1, q / v2
    total, product = k10 + k12 + k21, k10 * k21
    alpha = (total + np.sqrt(total**2 - 4 * product)) / 2
    beta = product / alpha
    parts = [(dose / duration / v1 * (k21 - rate) / (other - rate) / rate, rate)
             for rate, other in ((alpha, beta), (beta, alpha))]
    ran = np.minimum(time, duration)
    return sum(size * (1 - np.exp(-rate * ran)) * np.exp(-rate * (time - ran)) for size, rate in parts)


def test_dense_profiles_of_two_compartments_give_their_true_parameters():
    rng, data, truth = np.random.default_rng(7), [], []
    for number in range(200):
        dose, duration = rng.uniform(50, 500), rng.uniform(0.5, 2)
        cl, v1, v2 = rng.uniform(0.005, 0.03), rng.uniform(2, 5), rng.uniform(1, 4)
        q = rng.uniform(0.01, 0.05)
        time = np.unique(np.concatenate([np.linspace(0, duration, 200), duration + np.geomspace(0.01, 9000, 4000)]))
        conc = infused(time, dose, duration, cl, v1, q, v2)
        data.append(pd.DataFrame({"profile": f"P{number}", "time": time, "conc": conc}))
        k = np.array([[cl / v1 + q / v1, -q / v2], [-q / v1, q / v2]])
        truth.append((cl, v1 + v2, np.log(2) / np.linalg.eigvals(k).real.min(), conc.max(), dose, duration))
    true = pd.DataFrame(truth, columns=["CLO", "VSSO", "LAMZHL", "CMAX", "dose", "duration"])
    dosed = doses(200, INFUSION, dose=true["dose"].to_numpy(), duration=true["duration"].to_numpy())
    found = compute_nca(pd.concat(data), dosed).values
    for code, tolerance in {"CLO": 0.01, "VSSO": 0.01, "LAMZHL": 0.01, "CMAX": 0.0}.items():
        np.testing.assert_allclose(found[code], true[code], rtol=tolerance, atol=0, err_msg=code)


CONC = st.one_of(st.none(), st.just(0.0), st.floats(0.001, 1000), st.just(5.0), st.just(-1.0))
PROFILE = st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0]), CONC), max_size=9)


@settings(max_examples=80, deadline=None)
@given(st.lists(PROFILE, min_size=1, max_size=4), st.sampled_from([BOLUS, INFUSION, EXTRAVASCULAR]),
       st.sampled_from([np.nan, 0.0, 10.0]), st.sampled_from([np.nan, 8.0]), st.booleans(),
       st.sampled_from(sorted(BLQ_RULES)), st.sampled_from([LINEAR, LINEAR_LOG, LINEAR_UP_LOG_DOWN]))
def test_a_parameter_has_a_finite_value_or_a_reason_and_never_both(profiles, route, dose, tau, first, blq, method):
    dosed = doses(len(profiles), route, dose=dose, tau=tau, first=first, duration=tau)
    rule = NcaRule(method=method, blq=BLQ_RULES[blq], partial=((0, 4),))
    found = compute_nca(samples(*profiles), dosed, rule)
    for code in found.values:
        applies = route in ONLY.get(code, (route,))
        reasoned = found.reasons[code] != ""
        assert (np.isfinite(found.values[code]) == (~reasoned & applies)).all(), code
        assert applies or not reasoned.any()


@settings(max_examples=20, deadline=None)
@given(st.lists(PROFILE, min_size=2, max_size=4), st.randoms())
def test_a_profile_among_others_in_any_order_gives_what_it_gives_alone(profiles, random):
    data = samples(*profiles).drop_duplicates(["profile", "time"])
    order = list(range(len(data)))
    random.shuffle(order)
    together = compute_nca(data.iloc[order], doses(len(profiles)))
    for number in range(len(profiles)):
        name = f"P{number}"
        alone = compute_nca(data[data["profile"] == name], doses(len(profiles)).loc[[name]])
        pd.testing.assert_frame_equal(alone.values, together.values.loc[[name]])
        pd.testing.assert_frame_equal(alone.reasons, together.reasons.loc[[name]])


def test_no_samples_and_no_doses_give_frames_of_the_same_columns():
    nothing = compute_nca(samples().astype({"profile": "str"}), doses(0))
    assert list(nothing.values) == list(compute_nca(samples(ORAL), doses()).values)
    assert len(nothing.values) == 0


def test_a_profile_without_a_sample_says_that_there_is_no_concentration():
    assert why("CMAX", samples(), doses()) == "NO CONCENTRATION"


@pytest.mark.parametrize(("points", "code", "reason"), [
    ([(0, 0), (1, 0), (2, 0)], "TMAX", "NO CONCENTRATION ABOVE THE LIMIT OF QUANTIFICATION"),
    ([(0, 0), (1, 5), (1, 4)], "AUCLST", "TWO SAMPLES AT THE SAME TIME"),
    ([(0, 0), (1, -5), (2, 4)], "CMAX", "A CONCENTRATION BELOW ZERO"),
    ([(0, 0), (1, 5), (2, 4), (4, 3)], "AUCIFO", "TOO FEW POINTS AFTER CMAX FOR LAMBDA Z"),
    ([(0, 0), (1, 5), (2, 1), (4, 2), (8, 4)], "LAMZHL", "NO FALLING TERMINAL PHASE"),
    ([(0, 3)], "AUCLST", "ONLY ONE CONCENTRATION"),
    (ORAL, "AUCTAU", "NO FURTHER DOSE: NO DOSING INTERVAL"),
])
def test_the_reason_names_what_is_missing(points, code, reason):
    assert why(code, samples(points), doses()) == reason


def test_a_later_dose_without_a_sample_before_it_has_no_auc_unless_the_plan_takes_cmin():
    later, data = doses(first=False), samples(ORAL[1:])
    assert why("AUCLST", data, later) == "NO SAMPLE BEFORE THE DOSE"
    assert value("AUCLST", data, later, NcaRule(method=LINEAR, predose="cmin")) == pytest.approx(
        value("AUCLST", samples(ORAL), doses(), NcaRule(method=LINEAR)) + 1.8984375 / 2)


def test_the_sample_before_the_dose_stands_at_time_zero():
    moved = [(-0.4, 2.0), *ORAL[1:]]
    assert value("AUCLST", samples(moved), doses()) == value("AUCLST", samples([(0, 2.0), *ORAL[1:]]), doses())


def test_the_methods_differ_where_they_should():
    """Down to half in 1 h: straight 0.75, exponential 0.5 / ln 2. Lin/log is exponential after Tmax, up or down."""
    data = samples([(0, 0), (1, 1), (2, 0.5), (3, 0.75)])
    straight, falling, rising = 0.5 + 0.75, 0.5 / np.log(2), 0.25 / np.log(1.5)
    assert value("AUCLST", data, doses(), NcaRule(method=LINEAR)) == pytest.approx(straight + 0.625)
    assert value("AUCLST", data, doses(), NcaRule(method=LINEAR_UP_LOG_DOWN)) == pytest.approx(0.5 + falling + 0.625)
    assert value("AUCLST", data, doses(), NcaRule(method=LINEAR_LOG)) == pytest.approx(0.5 + falling + rising)


def test_the_moment_of_a_step_that_hardly_falls_does_not_cancel():
    """c = exp(-k t) with k = 1e-9 from 10 h to 20 h: AUMC is (20^2 - 10^2) / 2 = 150 up to the order of k."""
    data = samples([(0, 1.0), (10, 1 - 1e-8), (20, 1 - 2e-8)])
    assert value("AUMCLST", data, doses()) == pytest.approx(200, rel=1e-7)


def test_given_points_make_the_terminal_slope_and_must_fall():
    data = samples([(0, 0), (1, 8), (2, 4), (3, 2), (4, 1.9), (5, 1.8), (6, 1.7)])
    use = data.assign(lambda_z=data["time"].between(1, 3))
    assert value("LAMZHL", use, doses()) == pytest.approx(1.0)
    assert why("LAMZ", data.assign(lambda_z=data["time"].isin([0.0, 1.0, 0]) | (data["time"] == 6), conc=data["time"]),
               doses()) == "NO FALLING TERMINAL PHASE"
    assert value("LAMZ", data.assign(lambda_z=False), doses()) == value("LAMZ", data, doses())


def test_partial_areas_add_up_to_the_whole():
    rule = NcaRule(partial=((0, 5), (5, 12), (0, 12)))
    found = compute_nca(samples(ORAL), doses(), rule).values.loc["P0"]
    assert found["AUCINT 0-5"] + found["AUCINT 5-12"] == pytest.approx(found["AUCINT 0-12"])
    assert found["AUCINT 0-12"] == pytest.approx(found["AUCLST"])


def test_the_interval_goes_on_with_lambda_z_behind_the_last_sample():
    rate, dose = np.log(4 / 3) / 2, doses(tau=16.0)
    found = value("AUCTAU", samples(ORAL), dose)
    tail = 1.8984375 / rate * (1 - np.exp(-rate * 4))
    assert found == pytest.approx(value("AUCLST", samples(ORAL), dose) + tail)
    assert value("AUCTAU", samples(ORAL), dose, NcaRule(interval="last")) == value("AUCLST", samples(ORAL), dose)


def test_trough_and_end_of_infusion_are_samples_within_the_tolerance():
    data = samples([(0, 0), (1.1, 9), (6, 5), (23.6, 2)])
    rule = NcaRule(trough=1.0, end_of_infusion=0.25)
    dose = doses(route=INFUSION, tau=24.0)
    assert (value("CTROUGH", data, dose, rule), value("CONCEINF", data, dose, rule)) == (2, 9)
    assert why("CTROUGH", data, dose) == "NO SAMPLE AT THE END OF THE DOSING INTERVAL"
    assert why("CONCEINF", data, dose) == "NO SAMPLE AT THE END OF THE INFUSION"


def test_a_bolus_starts_from_the_extrapolated_concentration():
    data = samples([(-1, 0), (1, 4), (2, 2), (3, 1)])
    found = compute_nca(data, doses(route=BOLUS)).values.loc["P0"]
    assert found["C0"] == pytest.approx(8)
    assert found["AUCIFO"] == pytest.approx(8 / np.log(2))
    assert found["CLO"] == pytest.approx(100 / (8 / np.log(2)))
    assert found["LAMZNPT"] == 3                        # the sample at Tmax counts


def test_accumulation_is_the_ratio_to_the_first_cycle():
    twice = [(time, 2 * conc) for time, conc in ORAL]
    found = compute_accumulation(compute_nca(samples(ORAL, twice, ORAL), doses(3, tau=12.0)),
                                 pd.Series({"P1": "P0", "P2": ""}))
    assert found.values["ARCMAX"].tolist()[1] == 2
    assert found.values["ARAUC"].tolist()[1] == pytest.approx(2)
    assert found.reasons["ARCMAX"].tolist() == ["NO EARLIER CYCLE TO COMPARE WITH", "", "NO EARLIER CYCLE TO COMPARE WITH"]


def test_accumulation_by_dose_does_not_fall_with_the_dose_and_needs_both_doses():
    half = [(time, conc / 2) for time, conc in ORAL]
    nca = compute_nca(samples(ORAL, half, half), doses(3, tau=12.0))
    given = pd.Series({"P0": 100.0, "P1": 50.0, "P2": np.nan})
    found = compute_accumulation(nca, pd.Series({"P1": "P0", "P2": "P0"}), given)
    assert found.values["ARCMAX"].tolist()[1] == 1 and compute_accumulation(nca, pd.Series({"P1": "P0"})).values["ARCMAX"].tolist()[1] == 0.5
    assert found.reasons["ARCMAX"].tolist() == ["NO EARLIER CYCLE TO COMPARE WITH", "", "DOSE UNKNOWN"]

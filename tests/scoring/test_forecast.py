"""Forecasts add up, and their intervals hold as often as they say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from hotleads.scoring import Economics, estimate_launch_spread, forecast_buyers, tier_by_probability
from hotleads.scoring.forecast import compute_count_interval
from hotleads.scoring.launch_levels import fit_launch_levels

BANDS = tier_by_probability(0.2, 0.05)
probabilities = st.lists(st.floats(0, 1), max_size=60).map(np.array)


@settings(deadline=None)
@given(probabilities, st.floats(0, 1))
def test_tiers_add_up_to_all_and_intervals_hold_the_expectation(p: np.ndarray, spread: float) -> None:
    forecast = forecast_buyers(p, BANDS.assign_tiers(p), spread=spread).set_index("tier")
    assert forecast.index.to_list() == ["hot", "warm", "cold", "all"]
    assert forecast.loc[["hot", "warm", "cold"], "leads"].sum() == forecast.loc["all", "leads"] == len(p)
    assert forecast.loc["all", "buyers"] == pytest.approx(p.sum())
    assert (forecast["low"] <= forecast["buyers"] + 1).all()
    assert (forecast["high"] >= np.floor(forecast["buyers"] - 1)).all()
    assert (forecast["high"] <= forecast["leads"]).all()
    assert (forecast["low"] >= 0).all()


def test_worked_by_hand() -> None:
    p = np.array([0.5, 0.3, 0.1, 0.01])
    forecast = forecast_buyers(p, BANDS.assign_tiers(p), spread=0.0, economics=Economics(100.0, 0.5, 2.0)).set_index(
        "tier"
    )
    assert forecast["leads"].to_dict() == {"hot": 2, "warm": 1, "cold": 1, "all": 4}
    assert forecast["buyers"].to_dict() == pytest.approx({"hot": 0.8, "warm": 0.1, "cold": 0.01, "all": 0.91})
    assert forecast["revenue"].to_dict() == pytest.approx({"hot": 80, "warm": 10, "cold": 1, "all": 91})
    assert forecast["profit"].to_dict() == pytest.approx({"hot": 36, "warm": 3, "cold": -1.5, "all": 37.5})
    assert (forecast.loc["hot", "profit_low"], forecast.loc["hot", "profit_high"]) == (-4, 96)


def test_a_wider_spread_of_launches_is_a_wider_interval() -> None:
    p = np.full(2_000, 0.1)
    everybody = [forecast_buyers(p, BANDS.assign_tiers(p), spread=spread).iloc[3] for spread in (0, 0.1, 0.5)]
    widths = [row["high"] - row["low"] for row in everybody]
    assert widths[0] < widths[1] < widths[2]
    assert widths[0] == pytest.approx(2 * 1.645 * np.sqrt(2_000 * 0.09), abs=2)


LAUNCHES = [(30, 0.05, 0.2), (300, 0.1, 0.3), (3_000, 0.02, 0.3), (200, 0.6, 0.0)]


@pytest.mark.parametrize(("leads", "rate", "spread"), LAUNCHES)
def test_intervals_hold_nine_launches_in_ten(leads: int, rate: float, spread: float) -> None:
    random = np.random.default_rng(3)
    p = np.clip(random.gamma(1.5, rate / 1.5, leads), 0, 0.95)
    forecast = forecast_buyers(p, BANDS.assign_tiers(p), spread=spread).iloc[3]
    odds = p / (1 - p) * np.exp(random.normal(0, spread, 2_000) - spread**2 / 2)[:, None]
    bought = (random.random((2_000, leads)) < odds / (1 + odds)).sum(axis=1)
    coverage = np.mean((bought >= forecast["low"]) & (bought <= forecast["high"]))
    assert (
        0.88 <= coverage <= (0.95 if forecast["buyers"] > 25 else 0.99)
    )  # few buyers: a count's steps hold more often


def build_card(*windows: tuple[int, float, float]) -> dict[str, Any]:
    names = ("n", "base_rate", "mean_probability")
    return {"quality_on_unseen_windows": {str(i): dict(zip(names, w, strict=True)) for i, w in enumerate(windows)}}


def test_one_launch_or_none_tells_nothing_of_how_launches_differ() -> None:
    """The interval is wide, and no narrower for a launch that came as it was forecast."""
    assert estimate_launch_spread({}) == estimate_launch_spread(build_card()) > 0.6
    assert estimate_launch_spread(build_card((1000, 0.1, 0.2))) == estimate_launch_spread(build_card((1000, 0.1, 0.1)))


def test_the_spread_is_that_of_launches_where_they_tell_it() -> None:
    steady = build_card(*[(100_000, 0.1, 0.1)] * 8)
    assert estimate_launch_spread(steady) < 0.1
    swaying = [0.4, 0.0, -0.6, 0.5, -0.3, 0.7, -0.7, 0.1, -0.4, 0.3]
    rates = [1 / (1 + 9 * np.exp(-step)) for step in swaying]
    card = build_card(*[(100_000, rate, 0.1) for rate in rates])
    assert estimate_launch_spread(card) == pytest.approx(np.std(swaying), rel=0.25)


def test_windows_with_few_buyers_are_no_evidence_of_agreement() -> None:
    """Ten of four buyers each, as many as expected, against ten of four hundred."""
    few, many = build_card(*[(40, 0.1, 0.1)] * 10), build_card(*[(4_000, 0.1, 0.1)] * 10)
    assert estimate_launch_spread(few) > 2 * estimate_launch_spread(many)


def test_a_level_that_moves_one_way_is_followed_and_one_that_sways_is_not() -> None:
    def shift(steps: list[float]) -> float:
        card = build_card(*[(5_000, 1 / (1 + 9 * np.exp(-step)), 0.1) for step in steps])
        return fit_launch_levels(card["quality_on_unseen_windows"]).shift

    assert shift([-0.9, -0.6, -0.3, 0.0, 0.3, 0.6, 0.9]) > 0.5
    assert abs(shift([0.3, -0.3, 0.3, -0.3, 0.3, -0.3, 0.3])) < 0.1
    assert shift([0.5]) == shift([]) == 0


@given(st.floats(0.0, 0.6))
@settings(max_examples=10, deadline=None)
def test_an_open_window_moves_the_next_level_towards_its_own(rate: float) -> None:
    closed = build_card(*[(1_000, 0.1, 0.1)] * 3)["quality_on_unseen_windows"]
    figures = {"n": 500.0, "base_rate": rate, "mean_probability": 0.1, "timing_variance": 0.02}
    shift = fit_launch_levels(closed, {"open": figures}).shift
    assert shift >= -1e-9 if rate >= 0.1 else shift <= 0.01


def test_an_open_window_counts_the_less_the_less_is_known_of_its_timing() -> None:
    closed = build_card(*[(5_000, 0.1, 0.1)] * 3)["quality_on_unseen_windows"]
    figures = {"n": 3_000.0, "base_rate": 0.15, "mean_probability": 0.1}
    shifts = [fit_launch_levels(closed, {"o": figures | {"timing_variance": v}}).shift for v in (0.0, 0.05, 0.5)]
    assert shifts[0] > shifts[1] > shifts[2] > 0
    alone = build_card((5_000, 0.1, 0.1))["quality_on_unseen_windows"]  # with one closed window nothing tells timing
    assert fit_launch_levels(alone, {"o": figures | {"timing_variance": 0.05}}) == fit_launch_levels(alone)


@given(st.integers(1, 100_000), st.floats(1e-4, 0.98), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
@settings(max_examples=100, deadline=None)
def test_without_a_spread_intervals_are_the_binomials_that_scipy_has(leads: int, rate: float, level: float) -> None:
    tails = [(1 - level) / 2, (1 + level) / 2]
    interval = compute_count_interval(leads * rate, leads * rate * (1 - rate), leads, 0.0, level)
    assert interval == pytest.approx(binom.ppf(tails, leads, rate), abs=1)

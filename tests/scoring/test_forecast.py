"""Forecasts add up, and their intervals hold as often as they say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nbinom, poisson

from hotleads.scoring import Economics, estimate_launch_spread, forecast_buyers, tier_by_probability
from hotleads.scoring.forecast import _compute_count_interval

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
    luck = np.exp(random.normal(0, np.sqrt(np.log1p(spread**2)), 2_000) - np.log1p(spread**2) / 2)
    bought = (random.random((2_000, leads)) < np.minimum(luck[:, None] * p, 1)).sum(axis=1)
    coverage = np.mean((bought >= forecast["low"]) & (bought <= forecast["high"]))
    assert (
        0.88 <= coverage <= (0.95 if forecast["buyers"] > 25 else 0.99)
    )  # few buyers: a count's steps hold more often


def build_card(*windows: tuple[int, float, float]) -> dict[str, Any]:
    names = ("n", "base_rate", "mean_probability")
    return {"quality_on_unseen_windows": {str(i): dict(zip(names, w, strict=True)) for i, w in enumerate(windows)}}


def test_spread_is_the_prior_until_launches_are_seen() -> None:
    assert (
        estimate_launch_spread({})
        == estimate_launch_spread(build_card())
        == estimate_launch_spread(build_card((1000, 0.1, 0.2)))
        == 0.25
    )
    steady = build_card(*[(100_000, 0.1, 0.1)] * 8)
    assert estimate_launch_spread(steady) < 0.13
    swaying = build_card(*[(100_000, 0.05, 0.1), (100_000, 0.15, 0.1)] * 6)
    assert estimate_launch_spread(swaying) == pytest.approx(0.5, abs=0.05)


def test_what_chance_explains_is_no_spread() -> None:
    random = np.random.default_rng(0)
    spreads = [
        estimate_launch_spread(build_card(*[(500, random.binomial(500, 0.1) / 500, 0.1) for _ in range(12)]))
        for _ in range(50)
    ]
    assert np.mean(spreads) < 0.15


@given(st.integers(1, 100_000), st.floats(1e-4, 0.98), st.floats(0.02, 30.0), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
@settings(max_examples=200, deadline=None)
def test_intervals_are_the_quantiles_that_scipy_has(leads: int, rate: float, spread: float, level: float) -> None:
    mean = leads * rate
    variance = mean * spread
    tails = [(1 - level) / 2, (1 + level) / 2]
    if spread < 1 - 1e-9:
        share = 1 - variance / mean
        expected = binom.ppf(tails, max(round(mean / share), 1), share)
    elif spread > 1 + 1e-9:
        expected = nbinom.ppf(tails, mean**2 / (variance - mean), mean / variance)
    else:
        expected = poisson.ppf(tails, mean)
    assert _compute_count_interval(mean, variance, leads, level) == tuple(np.minimum(expected, leads))

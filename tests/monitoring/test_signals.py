"""Limits from earlier launches, worked by hand and as laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from hotleads.monitoring.signals import Prior, fit_control_limit

PRIOR = Prior(0.1, 0.04)


def test_without_a_past_the_prior_alone_sets_the_limit() -> None:
    limit = fit_control_limit([], PRIOR)
    assert limit.usual == 0.1
    assert limit.tolerance == pytest.approx(t.ppf(0.995, 2) * 0.04 * np.sqrt(1.5), rel=1e-3)


def test_a_limit_of_two_launches_equals_a_hand_calculation() -> None:
    """Two launches at 0.2 and 0.3 with a prior of 0.1: mean 0.175; 2 x 0.0016 + 0.005 + 1 x 0.0225 over 4."""
    limit = fit_control_limit([0.2, 0.3], Prior(0.1, 0.04))
    assert limit.usual == pytest.approx(0.175)
    assert limit.tolerance == pytest.approx(t.ppf(0.995, 4) * np.sqrt(0.0307 / 4 * 1.25), rel=1e-3)


def test_a_mean_of_launches_strays_less_than_one() -> None:
    """Without a past the common mean has half a variance, by a prior of two launches, and four launches a quarter."""
    one, four = fit_control_limit([], PRIOR), fit_control_limit([], PRIOR, launches=4)
    assert four.tolerance / one.tolerance == pytest.approx(np.sqrt((1 / 4 + 1 / 2) / (1 + 1 / 2)))


def test_an_odd_launch_does_not_widen_the_limit() -> None:
    usual = [0.09, 0.10, 0.11, 0.10, 0.12]
    assert fit_control_limit([*usual, 0.9], PRIOR) == fit_control_limit(usual, PRIOR)


def test_noise_of_the_past_is_taken_from_its_spread() -> None:
    past = [0.0, 0.2, -0.2, 0.1]
    noisy = fit_control_limit(past, Prior(0.0, 0.1), past_noise=[0.15] * 4)
    assert noisy.tolerance < fit_control_limit(past, Prior(0.0, 0.1)).tolerance


@given(st.lists(st.floats(0.05, 0.15), min_size=2, max_size=12), st.floats(0, 1))
def test_noise_of_the_launch_only_widens_the_limit(past: list[float], noise: float) -> None:
    assert fit_control_limit(past, PRIOR, noise).tolerance >= fit_control_limit(past, PRIOR).tolerance

"""Scores rank, tiers cut at the reference rate."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import Context
from scoring import TIER_POLICY, TIERS, scores, tiers

PLAIN = Context(datetime(2024, 7, 1, tzinfo=UTC), "BRL")
shares = st.floats(0, 1)


def reference(*quantiles: float, rate: float = 0.2) -> Context:
    return PLAIN.with_reference(rate, quantiles)


@settings(deadline=None)
@given(st.lists(shares, min_size=1, max_size=50), st.lists(shares, min_size=1, max_size=30))
def test_score_never_decreases_with_the_probability(probability: list[float], quantiles: list[float]) -> None:
    found = scores(np.sort(np.array(probability)), reference(*sorted(quantiles)))
    assert (np.diff(found) >= 0).all()
    assert found.min() >= 0
    assert found.max() <= 100


def test_score_is_a_hundred_times_the_share_of_the_reference_at_or_below() -> None:
    context = reference(0.1, 0.2, 0.2, 0.4)
    found = scores(np.array([0.0, 0.0999, 0.1, 0.15, 0.2, 0.3, 0.4, 1.0]), context)
    assert found.tolist() == [0, 0, 25, 25, 75, 75, 100, 100]


def test_score_is_the_quantile_in_a_fine_reference() -> None:
    context = reference(*np.linspace(0, 1, 1001).tolist())
    probability = np.array([0.0, 0.25, 0.5, 0.9, 1.0])
    assert scores(probability, context) == pytest.approx(100 * probability, abs=0.11)


def test_score_alone_is_that_of_a_batch() -> None:
    context = reference(*np.linspace(0, 0.6, 57).tolist())
    probability = np.random.default_rng(1).random(200)
    assert scores(probability, context).tolist() == [float(scores(np.array([p]), context)[0]) for p in probability]


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.2, 1 / 3, 0.5])
def test_tiers_at_their_very_thresholds(rate: float) -> None:
    at = [0.0, np.nextafter(rate, 0), rate, np.nextafter(2 * rate, 0), 2 * rate, 1.0]
    found = tiers(np.array(at), reference(0.1, rate=rate))
    assert found.tolist() == ["cold", "cold", "warm", "warm", "hot", "hot"]


@settings(deadline=None)
@given(st.lists(shares, min_size=2, max_size=50), st.floats(0.001, 0.999))
def test_tiers_never_get_colder_with_the_probability(probability: list[float], rate: float) -> None:
    found = tiers(np.sort(np.array(probability)), reference(0.1, rate=rate))
    assert set(found) <= set(TIERS)
    warmth = [TIERS[::-1].index(tier) for tier in found]
    assert warmth == sorted(warmth)


def test_the_policy_says_what_it_does() -> None:
    assert TIER_POLICY == "hot>=2x,warm>=1x"
    assert TIERS == ("hot", "warm", "cold")


def test_without_a_reference_rate_there_are_no_tiers() -> None:
    with pytest.raises(ValueError, match="no reference rate; use a trained model's"):
        tiers(np.array([0.5]), PLAIN)


def test_no_leads_are_no_scores_and_no_tiers() -> None:
    assert len(scores(np.empty(0), reference(0.1))) == len(tiers(np.empty(0), reference(0.1))) == 0

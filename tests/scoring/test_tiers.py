"""Scores rank; tiers cut where the owner's policy says."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features import Context
from hotleads.scoring import TIERS, TierPolicy, by_capacity, by_probability, by_profit, by_rate, score, scores

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
    assert [score(p, context) for p in (0.0, 0.0999, 0.1, 0.15, 0.2, 0.3, 0.4, 1.0)] == found.tolist()


def test_score_is_the_quantile_in_a_fine_reference() -> None:
    context = reference(*np.linspace(0, 1, 1001).tolist())
    probability = np.array([0.0, 0.25, 0.5, 0.9, 1.0])
    assert scores(probability, context) == pytest.approx(100 * probability, abs=0.11)


def test_score_alone_is_that_of_a_batch() -> None:
    context = reference(*np.linspace(0, 0.6, 57).tolist())
    probability = np.random.default_rng(1).random(200)
    assert scores(probability, context).tolist() == [score(p, context) for p in probability.tolist()]


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.2, 1 / 3, 0.5])
def test_tiers_at_their_very_thresholds(rate: float) -> None:
    at = [0.0, np.nextafter(rate, 0), rate, np.nextafter(2 * rate, 0), 2 * rate, 1.0]
    found = by_rate(reference(0.1, rate=rate)).tiers(np.array(at))
    assert found.tolist() == ["cold", "cold", "warm", "warm", "hot", "hot"]
    assert found.tolist() == [by_rate(reference(0.1, rate=rate)).tier(p) for p in at]


@settings(deadline=None)
@given(st.lists(shares, min_size=2, max_size=50), shares, shares)
def test_tiers_never_get_colder_with_the_probability(probability: list[float], one: float, other: float) -> None:
    policy = by_probability(max(one, other), min(one, other))
    found = policy.tiers(np.sort(np.array(probability)))
    assert set(found) <= set(TIERS)
    warmth = [TIERS[::-1].index(tier) for tier in found]
    assert warmth == sorted(warmth)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=60), st.lists(st.floats(0, 1), max_size=60))
def test_bands_mean_the_same_whoever_else_is_scored(ours: list[float], others: list[float]) -> None:
    policy = by_probability(0.2, 0.05)
    together = policy.tiers(np.array(ours + others))[: len(ours)]
    assert policy.tiers(np.array(ours)).tolist() == together.tolist()


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.01, 0.05, 0.1, 0.1001, 0.4, 0.9]), max_size=40), st.integers(1, 45))
def test_a_capacity_is_never_exceeded_and_never_wasted(probability: list[float], leads: int) -> None:
    p = np.array(probability)
    policy = by_capacity(leads)(p, reference(0.1, rate=0.1))
    tier = policy.tiers(p)
    hot, others = p[tier == "hot"], p[tier != "hot"]
    assert len(hot) <= leads
    if len(others):  # whoever was left out shares a probability with too many
        assert len(hot) + (others == others.max()).sum() > leads
        assert len(hot) == 0 or hot.min() > others.max()
    assert set(p[tier == "warm"] >= 0.1) <= {True}


@settings(deadline=None)
@given(st.floats(1, 10_000), st.floats(0.05, 1), st.floats(0.01, 500), shares)
def test_warm_is_where_a_contact_pays(price: float, margin: float, contact: float, probability: float) -> None:
    (tier,) = by_profit(price, margin, contact).tiers(np.array([probability]))
    profit = probability * price * margin - contact
    if abs(profit) > 1e-9 * contact:
        assert (tier != "cold") == (profit > 0)
    if abs(profit - contact) > 1e-9 * contact:
        assert (tier == "hot") == (profit > contact)


def test_a_policy_says_what_it_does() -> None:
    context = reference(0.1)
    assert by_rate(context).rule == "hot>=2x,warm>=1x"
    assert by_probability(0.2, 0.05).rule == "hot>=0.2,warm>=0.05"
    assert by_capacity(200)(np.full(3, 0.1), context).rule == "hot:200 leads,warm>=1x"
    assert by_profit(497, 0.8, 3).rule == "profit:price=497,margin=0.8,contact=3,hot>=2x,warm>=1x"
    assert TIERS == ("hot", "warm", "cold")


def test_a_policy_that_contradicts_itself_is_refused() -> None:
    for hot, warm in ((0.1, 0.2), (0.2, -0.1), (float("nan"), 0.1), (1.5, 0.1)):
        with pytest.raises(ValueError, match="hot"):
            by_probability(hot, warm)
    with pytest.raises(ValueError, match="at least one lead"):
        by_capacity(0)
    for price, margin, contact in ((0, 1, 1), (10, 0, 1), (10, 1.1, 1), (10, 1, 0)):
        with pytest.raises(ValueError, match="a cost of contact above 0"):
            by_profit(price, margin, contact)
    assert TierPolicy("same", 0.3, 0.3).tiers(np.array([0.29, 0.3])).tolist() == ["cold", "hot"]


def test_without_a_reference_rate_there_is_no_default() -> None:
    with pytest.raises(ValueError, match="no reference rate; use a trained model's"):
        by_rate(PLAIN)


def test_no_leads_are_no_scores_and_no_tiers() -> None:
    nobody, context = np.empty(0), reference(0.1)
    assert score(0.5, PLAIN) == 0.0
    assert len(scores(nobody, context)) == len(by_rate(context).tiers(nobody)) == 0
    assert len(by_capacity(3)(nobody, context).tiers(nobody)) == 0

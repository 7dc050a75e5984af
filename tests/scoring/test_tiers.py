"""Scores rank; tiers cut where the owner's policy says."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features import Context
from hotleads.scoring import (
    TIERS,
    TierPolicy,
    compute_score,
    compute_scores,
    tier_by_capacity,
    tier_by_probability,
    tier_by_profit,
    tier_by_rate,
)

PLAIN = Context(datetime(2024, 7, 1, tzinfo=UTC), "BRL")
shares = st.floats(0, 1)


def build_reference(*quantiles: float, rate: float = 0.2) -> Context:
    return PLAIN.with_reference(rate, quantiles)


@settings(deadline=None)
@given(st.lists(shares, min_size=1, max_size=50), st.lists(shares, min_size=1, max_size=30))
def test_score_never_decreases_with_the_probability(probability: list[float], quantiles: list[float]) -> None:
    scores = compute_scores(np.sort(np.array(probability)), build_reference(*sorted(quantiles)))
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= 0
    assert scores.max() <= 100


def test_score_is_a_hundred_times_the_share_of_the_reference_at_or_below() -> None:
    context = build_reference(0.1, 0.2, 0.2, 0.4)
    scores = compute_scores(np.array([0.0, 0.0999, 0.1, 0.15, 0.2, 0.3, 0.4, 1.0]), context)
    assert scores.tolist() == [0, 0, 25, 25, 75, 75, 100, 100]
    assert [compute_score(p, context) for p in (0.0, 0.0999, 0.1, 0.15, 0.2, 0.3, 0.4, 1.0)] == scores.tolist()


def test_score_is_the_quantile_in_a_fine_reference() -> None:
    context = build_reference(*np.linspace(0, 1, 1001).tolist())
    probability = np.array([0.0, 0.25, 0.5, 0.9, 1.0])
    assert compute_scores(probability, context) == pytest.approx(100 * probability, abs=0.11)


def test_score_alone_is_that_of_a_batch() -> None:
    context = build_reference(*np.linspace(0, 0.6, 57).tolist())
    probability = np.random.default_rng(1).random(200)
    assert compute_scores(probability, context).tolist() == [compute_score(p, context) for p in probability.tolist()]


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.2, 1 / 3, 0.5])
def test_a_probability_at_a_threshold_is_in_the_hotter_tier(rate: float) -> None:
    at = [0.0, np.nextafter(rate, 0), rate, np.nextafter(2 * rate, 0), 2 * rate, 1.0]
    tiers = tier_by_rate(build_reference(0.1, rate=rate)).assign_tiers(np.array(at))
    assert tiers.tolist() == ["cold", "cold", "warm", "warm", "hot", "hot"]
    assert tiers.tolist() == [tier_by_rate(build_reference(0.1, rate=rate)).assign_tier(p) for p in at]


@settings(deadline=None)
@given(st.lists(shares, min_size=2, max_size=50), shares, shares)
def test_tiers_never_get_colder_with_the_probability(probability: list[float], one: float, other: float) -> None:
    policy = tier_by_probability(max(one, other), min(one, other))
    tiers = policy.assign_tiers(np.sort(np.array(probability)))
    assert set(tiers) <= set(TIERS)
    warmth = [TIERS[::-1].index(tier) for tier in tiers]
    assert warmth == sorted(warmth)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=60), st.lists(st.floats(0, 1), max_size=60))
def test_bands_mean_the_same_whoever_else_is_scored(ours: list[float], others: list[float]) -> None:
    policy = tier_by_probability(0.2, 0.05)
    together = policy.assign_tiers(np.array(ours + others))[: len(ours)]
    assert policy.assign_tiers(np.array(ours)).tolist() == together.tolist()


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.01, 0.05, 0.1, 0.1001, 0.4, 0.9]), max_size=40), st.integers(1, 45))
def test_a_capacity_is_never_exceeded_and_never_wasted(probability: list[float], leads: int) -> None:
    p = np.array(probability)
    policy = tier_by_capacity(leads)(p, build_reference(0.1, rate=0.1))
    tier = policy.assign_tiers(p)
    hot, others = p[tier == "hot"], p[tier != "hot"]
    assert len(hot) <= leads
    if len(others):  # whoever was left out shares a probability with too many
        assert len(hot) + (others == others.max()).sum() > leads
        assert len(hot) == 0 or hot.min() > others.max()
    assert set(p[tier == "warm"] >= 0.1) <= {True}


@settings(deadline=None)
@given(st.floats(1, 10_000), st.floats(0.05, 1), st.floats(0.01, 500), shares)
def test_warm_is_where_a_contact_pays(price: float, margin: float, contact: float, probability: float) -> None:
    (tier,) = tier_by_profit(price, margin, contact).assign_tiers(np.array([probability]))
    profit = probability * price * margin - contact
    if abs(profit) > 1e-9 * contact:
        assert (tier != "cold") == (profit > 0)
    if abs(profit - contact) > 1e-9 * contact:
        assert (tier == "hot") == (profit > contact)


def test_a_policy_names_its_rule() -> None:
    context = build_reference(0.1)
    assert tier_by_rate(context).rule == "hot>=2x,warm>=1x"
    assert tier_by_probability(0.2, 0.05).rule == "hot>=0.2,warm>=0.05"
    assert tier_by_capacity(200)(np.full(3, 0.1), context).rule == "hot:200 leads,warm>=1x"
    assert tier_by_profit(497, 0.8, 3).rule == "profit:price=497,margin=0.8,contact=3,hot>=2x,warm>=1x"
    assert TIERS == ("hot", "warm", "cold")


def test_a_policy_that_contradicts_itself_is_refused() -> None:
    for hot, warm in ((0.1, 0.2), (0.2, -0.1), (float("nan"), 0.1), (1.5, 0.1)):
        with pytest.raises(ValueError, match="hot"):
            tier_by_probability(hot, warm)
    with pytest.raises(ValueError, match="at least one lead"):
        tier_by_capacity(0)
    for price, margin, contact in ((0, 1, 1), (10, 0, 1), (10, 1.1, 1), (10, 1, 0)):
        with pytest.raises(ValueError, match="a cost of contact above 0"):
            tier_by_profit(price, margin, contact)
    assert TierPolicy("same", 0.3, 0.3).assign_tiers(np.array([0.29, 0.3])).tolist() == ["cold", "hot"]


def test_without_a_reference_rate_there_is_no_default() -> None:
    with pytest.raises(ValueError, match="no reference rate; use a trained model's"):
        tier_by_rate(PLAIN)


def test_no_leads_are_no_scores_and_no_tiers() -> None:
    nobody, context = np.empty(0), build_reference(0.1)
    assert compute_score(0.5, PLAIN) == 0.0
    assert len(compute_scores(nobody, context)) == len(tier_by_rate(context).assign_tiers(nobody)) == 0
    assert len(tier_by_capacity(3)(nobody, context).assign_tiers(nobody)) == 0

"""Intervals of rates: published values, hand-worked ones, laws and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from hotleads.evaluation import compute_wilson_interval, shrink_rates

groups = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=12)


def test_wilson_gives_the_published_intervals() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3: 95% intervals."""
    low, high = compute_wilson_interval([81, 15, 0, 1], [263, 148, 20, 29], level=0.95)
    assert low == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


@given(st.integers(1, 500), st.data(), st.sampled_from([0.5, 0.9, 0.99]))
def test_wilson_agrees_with_scipy(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))
    low, high = compute_wilson_interval(k, n, level)
    expected = binomtest(k, n).proportion_ci(level, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nobody_is_everything() -> None:
    assert compute_wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2), (np.nan, 2), (1, np.nan)])
@pytest.mark.parametrize("interval", [compute_wilson_interval, shrink_rates])
def test_impossible_counts_are_refused(interval: object, k: float, n: float) -> None:
    with pytest.raises(ValueError, match="0 <= buyers <= leads"):
        interval([k], [n])  # type: ignore[operator]


@pytest.mark.parametrize("level", [0, 1, 90])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="level must be above 0"):
        compute_wilson_interval(1, 2, level)
    with pytest.raises(ValueError, match="level must be above 0"):
        shrink_rates([1], [2], level)


@settings(max_examples=40)
@given(groups)
def test_shrunk_rates_lie_inside_their_intervals_and_possible_rates(data: list[tuple[int, int]]) -> None:
    k, n = (np.array(column) for column in zip(*[(min(a, b), max(a, b)) for a, b in data], strict=True))
    table = shrink_rates(k, n)
    assert table.buyers.tolist() == k.tolist()
    assert table.leads.tolist() == n.tolist()
    assert np.isfinite(table[["rate", "low", "high"]]).all(axis=None)
    assert ((table.low >= 0) & (table.low < table.high) & (table.high <= 1)).all()
    assert ((table.rate > 0) & (table.rate < 1)).all()


@settings(max_examples=40)
@given(groups, st.randoms())
def test_the_order_of_groups_does_not_matter(data: list[tuple[int, int]], random: object) -> None:
    data = [(min(a, b), max(a, b)) for a, b in data]
    order = list(range(len(data)))
    random.shuffle(order)  # type: ignore[attr-defined]
    k, n = np.array(data).T
    expected = shrink_rates(k, n).rate.to_numpy()[order]
    assert shrink_rates(k[order], n[order]).rate.to_numpy() == pytest.approx(expected)


def test_equal_groups_shrink_to_one_rate_and_pool_what_they_know() -> None:
    table = shrink_rates([20] * 10, [100] * 10)
    alone = compute_wilson_interval(20, 100)
    assert table.rate.to_numpy() == pytest.approx([0.2] * 10, abs=2e-3)
    assert (table.high - table.low).max() < float(alone[1] - alone[0]) / 1.5


def test_a_small_group_is_shrunk_to_the_mean_and_a_large_one_is_not() -> None:
    table = shrink_rates([3, 250, 90, 110, 160], [4, 1000, 1000, 1000, 1000])
    mean = 613 / 4004
    assert abs(table.rate[0] - mean) < abs(table.raw_rate[0] - mean) / 2
    assert table.rate[1:].to_numpy() == pytest.approx(table.raw_rate[1:].to_numpy(), abs=0.01)
    assert table.rate[0] > table.rate[1]  # three of four is still the best guess for the highest


def test_a_group_without_leads_gets_the_mean_and_a_wide_interval() -> None:
    table = shrink_rates([0, 100, 200, 300], [0, 1000, 1000, 1000])
    assert table.rate[0] == pytest.approx(0.2, abs=0.04)  # drawn a little to one half: three groups tell no more
    assert table.low[0] < 0.1
    assert table.high[0] > 0.3
    assert np.isnan(table.raw_rate[0])
    nothing = shrink_rates([0], [0])
    assert nothing.rate[0] == pytest.approx(0.5)
    assert nothing.low[0] < 0.03
    assert nothing.high[0] > 0.97


def test_no_buyers_anywhere_is_not_taken_for_none_ever() -> None:
    table = shrink_rates([0, 0, 0], [50, 50, 50])
    pooled = float(compute_wilson_interval(0, 150)[1])
    assert table.high.to_numpy() == pytest.approx([pooled] * 3, rel=0.25)
    everybody = shrink_rates([50, 50, 50], [50, 50, 50])
    assert everybody.low.to_numpy() == pytest.approx(1 - table.high.to_numpy(), abs=1e-6)


@pytest.mark.parametrize(("count", "prior_leads"), [(4, 30), (12, 10), (12, 200), (40, 30)])
def test_shrunk_intervals_cover_and_err_less_than_raw_rates(count: int, prior_leads: int) -> None:
    """Rates drawn from beta distributions: nominal 90%, a standard error of 1.1% on 800 rates."""
    random = np.random.default_rng(count + prior_leads)
    covered, shrunk, raw = [], [], []
    for _ in range(800 // count):
        mean = random.uniform(0.03, 0.4)
        truth = random.beta(mean * prior_leads, (1 - mean) * prior_leads, count)
        leads = random.integers(5, 400, count)
        table = shrink_rates(random.binomial(leads, truth), leads)
        covered += list((table.low <= truth) & (truth <= table.high))
        shrunk.append(((table.rate - truth) ** 2).mean())
        raw.append(((table.raw_rate - truth) ** 2).mean())
    assert 0.86 <= np.mean(covered) <= 0.95
    assert np.mean(shrunk) < np.mean(raw)

"""Label windows: when launch orders fall, and which are paid in time."""

import numpy as np
import pytest

from hotleads.simulator.clock import DAY, HOUR, HOURLY_ACTIVITY, DailyClock
from hotleads.simulator.countries import METHOD_SHARES, UTC_OFFSETS
from hotleads.simulator.draws import choose_by_row
from hotleads.simulator.payments import CREATOR_TERMS, SURE_TERMS
from hotleads.simulator.probability import compute_in_time_probability
from hotleads.simulator.windows import LabelWindows, compute_ordered_share, draw_order_time

CLOCK = DailyClock(HOURLY_ACTIVITY)
OPENS = 1_710_162_000.0


@pytest.mark.parametrize("days", [0.4, 1.0, 3.0, 7.0])
def test_order_times_follow_their_distribution(days: float) -> None:
    count = 50_000
    as_of, offset = np.full(count, OPENS + 1_234.0), np.full(count, -3.0 * HOUR)
    until = as_of + days * DAY
    times = draw_order_time(CLOCK, as_of, until, offset, np.random.default_rng(3))
    assert ((times >= as_of) & (times < until)).all()
    start = CLOCK.to_even(as_of, offset)
    elapsed, length = CLOCK.to_even(times, offset) - start, CLOCK.to_even(until, offset) - start
    level = np.sort(compute_ordered_share(elapsed, length))
    assert np.abs(level - np.arange(1, count + 1) / count).max() < 0.009  # Kolmogorov, 0.1% level


@pytest.mark.parametrize("days", [0.4, 3.0, 7.0])
def test_paid_in_time_probability_equals_simulated_orders(days: float) -> None:
    count = 300_000
    rng = np.random.default_rng(4)
    as_of, country = np.full(count, OPENS + 1_234.0), np.zeros(count, dtype=np.int64)
    until = as_of + days * DAY
    placed = draw_order_time(CLOCK, as_of, until, UTC_OFFSETS[country], rng)
    method = choose_by_row(METHOD_SHARES[country], rng)
    share = CREATOR_TERMS.approved_within(until - placed, method).mean()
    windows = LabelWindows(CLOCK, as_of[:1], until[:1], country[:1], CREATOR_TERMS)
    assert compute_in_time_probability(windows, CREATOR_TERMS)[0] == pytest.approx(share, abs=0.0015)


def test_equal_windows_are_computed_once_and_found_again() -> None:
    as_of = np.array([OPENS, OPENS + 60, OPENS, OPENS])
    windows = LabelWindows(CLOCK, as_of, as_of + 7 * DAY, np.array([0, 0, 5, 0]), CREATOR_TERMS)
    assert len(windows.ordered) == 3
    assert windows.place[0] == windows.place[3]
    np.testing.assert_allclose(windows.ordered.sum(axis=1), 1)
    np.testing.assert_allclose(windows.even_seconds.sum(axis=1), 7 * DAY)


def test_a_window_of_sure_payments_stays_in_one_piece() -> None:
    windows = LabelWindows(
        CLOCK, np.array([OPENS]), np.array([OPENS + 90 * DAY]), np.zeros(1, dtype=np.int64), SURE_TERMS
    )
    assert windows.even_seconds[:, windows.even_seconds[0] > 0].shape == (1, 1)
    assert compute_in_time_probability(windows, SURE_TERMS)[0] == pytest.approx(1)

"""The daily clock: a change of time that keeps days and order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hotleads.simulator.clock import DAY, FLAT_ACTIVITY, HOUR, HOURLY_ACTIVITY, DailyClock, floor_to_seconds

CLOCK = DailyClock(HOURLY_ACTIVITY)
instants = st.floats(1.7e9, 1.8e9)
offsets = st.integers(-11, 12).map(lambda hours: hours * float(HOUR))


@given(instants, offsets)
def test_even_time_is_the_inverse_of_real_time(instant: float, offset: float) -> None:
    time, zone = np.array([instant]), np.array([offset])
    assert abs(CLOCK.to_even(CLOCK.to_real(time, zone), zone) - time) < 1e-3


@given(instants, st.floats(1e-3, 5 * DAY), offsets)
def test_order_is_kept(instant: float, later: float, offset: float) -> None:
    real = CLOCK.to_real(np.array([instant, instant + later]), np.full(2, offset))
    assert real[0] < real[1]


@given(instants, st.integers(1, 400), offsets)
def test_a_whole_number_of_days_stays_as_long_as_it_is(instant: float, days: int, offset: float) -> None:
    even = CLOCK.to_even(np.array([instant, instant + days * DAY]), np.full(2, offset))
    assert abs(even[1] - even[0] - days * DAY) < 1e-3


def test_equal_activity_changes_nothing() -> None:
    time = np.linspace(1.7e9, 1.7e9 + 3 * DAY, 1_001)
    np.testing.assert_allclose(DailyClock(FLAT_ACTIVITY).to_real(time, np.full(1_001, -3.0 * HOUR)), time)


def test_activity_follows_the_hours_of_the_local_day() -> None:
    even = np.linspace(0, DAY, 200_000, endpoint=False) + 1_704_067_200
    local = CLOCK.to_real(even, np.full(len(even), -3.0 * HOUR)) - 3 * HOUR
    share = np.bincount((local % DAY // HOUR).astype(int), minlength=24) / len(even)
    np.testing.assert_allclose(share, HOURLY_ACTIVITY / HOURLY_ACTIVITY.sum(), atol=1e-4)


def test_never_stays_never() -> None:
    assert np.isinf(CLOCK.to_real(np.array([np.inf]), np.array([0.0]))).all()


@given(st.floats(0, 2e9), st.integers(0, 2_000_000_000))
def test_rounding_down_keeps_the_side_of_every_whole_second(instant: float, second: int) -> None:
    assert (floor_to_seconds(np.array([instant]))[0] < second) == (instant < second)

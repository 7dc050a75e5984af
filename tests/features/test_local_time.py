"""Clocks of countries against the time zone database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features.local_time import build_utc_offsets

ZONES = {"BR": "America/Sao_Paulo", "IE": "Europe/Dublin", "NP": "Asia/Kathmandu", "MA": "Africa/Casablanca"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def look_up_shift(country: int, clock: object, at: datetime) -> timedelta:
    zones, changes, shifts = clock  # type: ignore[misc]
    first, last = zones[country]
    index = first + np.searchsorted(changes[first + 1 : last], (at - EPOCH) // timedelta(microseconds=1), "right")
    return timedelta(microseconds=int(shifts[index]))


@given(
    country=st.sampled_from(sorted(ZONES)),
    seconds=st.integers(0, 130 * 365 * 86_400),
)
@settings(max_examples=300, deadline=None)
def test_a_clock_shows_what_the_time_zone_database_says(country: str, seconds: int) -> None:
    at = datetime(1910, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    offset = look_up_shift(1, build_utc_offsets(("??", country)), at)
    assert offset == at.astimezone(ZoneInfo(ZONES[country])).utcoffset()


def test_clocks_change_at_the_very_instant() -> None:
    change = datetime(2018, 11, 4, 3, tzinfo=UTC)  # Brazil's last summer time begins
    before, after = (look_up_shift(0, build_utc_offsets(("BR",)), change + timedelta(microseconds=m)) for m in (-1, 0))
    assert (before, after) == (timedelta(hours=-3), timedelta(hours=-2))


@pytest.mark.parametrize("country", ["", "??", "ZZ"])
def test_an_unknown_country_has_utc_as_has_the_last_clock(country: str) -> None:
    offsets = build_utc_offsets((country,))
    assert len(offsets.zones) == 2
    assert {look_up_shift(i, offsets, EPOCH + timedelta(days=365 * 40)) for i in (0, 1)} == {timedelta(0)}

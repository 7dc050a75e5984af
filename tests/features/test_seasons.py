"""Purchases in a launch's weeks of earlier years, their anniversaries, and the launches in between, worked by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features import Context, build_features
from hotleads.features.season_features import SEASON_FEATURES
from hotleads.features.seasons import Season, build_season, count_seasons_ago, measure_anniversary
from hotleads.history import Launch
from hotleads.history.timestamps import MICROSECONDS_PER_DAY

DAY = MICROSECONDS_PER_DAY
YEAR = 365.25
WEEK = Season(7 * DAY, 21 * DAY)


def build(make: Any, days: list[float], *, earlier: list[Any] | None = None, **launch: Any) -> pd.Series:
    """The features of one lead that bought so many days ago; the launch is a week long."""
    sales = [make.sale("ana", f"t{number}", ago, 10) for number, ago in enumerate(days)]
    history = make.history(sales, earlier=earlier or [], **launch)
    return build_features(history, "L", features=SEASON_FEATURES).loc["ana"]


def test_purchases_in_the_same_weeks_count_by_year_and_those_beside_do_not(make: Any) -> None:
    values = build(make, [4 * YEAR, 3 * YEAR + 7, YEAR + 7.5, YEAR - 3, YEAR - 13.9, YEAR - 14.1, 30])
    assert values["season_purchases_1y"] == 2
    assert values["season_purchases_2y"] == 0
    assert values["season_purchases_3y"] == 1
    assert values["season_years"] == 3  # four, three and one year ago
    assert values["season_share"] == pytest.approx(4 / 7)
    assert values["days_since_season_purchase"] == pytest.approx(YEAR - 13.9)


@pytest.mark.parametrize(("beside", "years"), [(7.0, 1), (7.0 + 1e-9, 0), (-14.0, 0), (-14.0 + 1e-9, 1)])
def test_a_season_is_half_open_to_the_microsecond(beside: float, years: int) -> None:
    time = -round((YEAR + beside) * DAY)
    assert count_seasons_ago(WEEK, 0, time) == years


@settings(max_examples=200, deadline=None)
@given(as_of=st.integers(-(10**15), 2 * 10**15), age=st.integers(1, 4_000 * DAY), window=st.integers(1, 100 * DAY))
def test_seasons_and_anniversaries_are_as_they_are_defined(as_of: int, age: int, window: int) -> None:
    season, time, year = Season(window, window + 14 * DAY), as_of - age, round(YEAR * DAY)
    starts = [as_of - years * year - 7 * DAY for years in range(1, 13)]
    holding = [n + 1 for n, start in enumerate(starts) if start <= time < start + season.length]
    assert count_seasons_ago(season, as_of, time) == (holding[0] if holding else 0)
    ahead, distance = measure_anniversary(season, as_of, time)
    anniversaries = np.array([time + years * year for years in range(14)])
    assert ahead == (anniversaries[anniversaries >= as_of].min() - as_of) / DAY
    assert distance == np.abs(anniversaries - as_of - window // 2).min() / DAY


def test_a_window_of_half_a_year_and_one_without_times_have_no_season(make: Any) -> None:
    assert build_season(Launch("x", "classic")).length == 0
    values = build(make, [400, 365.25, 100], cart_closes_at=make.ago(-170))
    assert values["season_years"] == 0
    assert values["days_to_anniversary"] == 265.25


def test_a_launch_of_no_product_counts_every_purchase_and_one_of_a_product_its_own(make: Any) -> None:
    earlier = [
        {"launch_id": "old", "strategy": "classic", "cart_opens_at": make.ago(100), "cart_closes_at": make.ago(90)},
        make.earlier_launch(),  # of the course, from 32 to 25 days before
    ]
    values = build(make, [200, 95, 94, 30], earlier=earlier)  # of no product
    assert values["launches_bought_in"] == 1
    assert values["last_launch_purchases"] == 0
    assert values["launches_since_first_purchase"] == 2
    assert values["launches_since_last_purchase"] == 0


def test_without_such_features_nothing_of_them_is_worked_out(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that dropped the family pays nothing for it."""
    history = make.history([make.sale("ana", "a", YEAR, 10)])
    from hotleads.features.purchase_rows import PurchasePlan

    launch, context = history.get_launch("L"), Context(make.as_of.to_pydatetime())
    assert not PurchasePlan([], launch, context)._reads_rhythm
    assert PurchasePlan(SEASON_FEATURES[:1], launch, context)._reads_rhythm

"""Which earlier windows a model may learn from, worked by hand and as laws."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.history import History, Launch
from hotleads.training.windows import select_training_windows

from .businesses import START, build_classic_launch, build_perpetual_launch, to_instant

LENGTH = timedelta(days=30)


def sell(days: Iterable[float], product: str | None = None) -> pa.Table:
    """A ledger with a sale on each of these days of the business."""
    sold_at = pa.array([to_instant(number) for number in days], pa.timestamp("us", "UTC"))
    sales = len(sold_at)
    return pa.table(
        {
            "occurred_at": sold_at,
            "bought": pa.array([True] * sales, pa.bool_()),
            "product_id": pa.array([product] * sales, pa.string()),
        }
    )


#: Something is sold every day.
DAILY = sell(range(800))


@dataclass
class Past:
    """What the windows are chosen from: the launches, when the history begins, and what was sold when."""

    rows: list[Launch]
    began_at: datetime | None = START
    sold: pa.Table = field(default_factory=lambda: DAILY)
    launches: dict[str, Launch] = field(init=False)

    def __post_init__(self) -> None:
        self.launches = {launch.launch_id: launch for launch in self.rows}

    def get_or_compute(self, key: object, compute: Callable[[], object]) -> object:
        return compute()

    def read(self, table: str, columns: Sequence[str], where: ds.Expression) -> pa.Table:
        assert table == "purchases"
        return ds.dataset(self.sold).to_table(columns=list(columns), filter=where)


def launch(name: str, opens: float, closes: float, **changes: object) -> Launch:
    return Launch(**(build_classic_launch(name, opens, closes) | changes))  # type: ignore[arg-type]


def evergreen(name: str, starts: float, ends: float, horizon_days: int) -> Launch:
    return Launch(**build_perpetual_launch(name, starts, ends, horizon_days))  # type: ignore[arg-type]


def select_windows(past: Past, target: Launch, as_of: datetime | None = None) -> list[Launch]:
    return select_training_windows(cast("History", past), target, as_of or target.as_of)


def list_opening_days(chosen: list[Launch]) -> dict[str, float]:
    """The day on which each window opens."""
    return {window.launch_id: (window.as_of - START) / timedelta(days=1) for window in chosen}


TARGET = launch("target", 300, 330)
THREE = [launch(name, opens, opens + 30) for name, opens in (("a", 150), ("b", 200), ("c", 250))]


class TestLaunches:
    def test_earlier_ones_of_the_same_strategy_oldest_first(self) -> None:
        assert select_windows(Past([*reversed(THREE), TARGET]), TARGET) == THREE

    def test_one_that_ends_at_the_very_as_of_is_over(self) -> None:
        last = launch("last", 270, 300)
        assert select_windows(Past([*THREE, last]), TARGET) == [*THREE, last]

    def test_one_that_ends_a_moment_later_is_not(self) -> None:
        last = launch("last", 270, 300, cart_closes_at=to_instant(300) + timedelta(microseconds=1))
        assert select_windows(Past([*THREE, last]), TARGET) == THREE

    def test_later_launches_and_the_target_itself_are_no_windows(self) -> None:
        assert select_windows(Past([*THREE, TARGET, launch("later", 400, 430)]), TARGET) == THREE

    def test_the_target_is_a_window_once_it_is_over(self) -> None:
        assert select_windows(Past([*THREE, TARGET]), TARGET, to_instant(330)) == [*THREE, TARGET]

    def test_other_strategies_are_left_out(self) -> None:
        others = [evergreen("evergreen", 100, 120, 30), launch("paid", 100, 130, strategy="paid", entry_product_id="x")]
        assert select_windows(Past([*THREE, *others]), TARGET) == THREE

    @pytest.mark.parametrize(
        "incomplete",
        [
            launch("no close", 100, 130, cart_closes_at=None),
            launch("no open", 100, 130, cart_opens_at=None),
            launch("backwards", 130, 100),
            launch("no time", 100, 100),
        ],
    )
    def test_incomplete_ones_are_left_out(self, incomplete: Launch) -> None:
        assert select_windows(Past([*THREE, incomplete]), TARGET) == THREE

    def test_only_the_latest_twelve(self) -> None:
        months = [launch(f"month {number:02}", 30 * number, 30 * number + 30) for number in range(20)]
        assert select_windows(Past(months), launch("target", 600, 630)) == months[-12:]


class TestOtherLengths:
    def test_another_length_is_seen_through_the_targets(self) -> None:
        week = launch("week", 100, 107)
        (seen, *_) = select_windows(Past([week, *THREE]), TARGET)
        assert (seen.launch_id, seen.as_of, seen.length) == ("week", week.as_of, LENGTH)

    def test_a_longer_one_is_over_when_the_targets_length_is(self) -> None:
        season = launch("season", 270, 400)
        assert list_opening_days(select_windows(Past([*THREE, season]), TARGET))["season"] == 270

    def test_a_shorter_one_is_over_only_when_the_targets_length_is(self) -> None:
        week = launch("week", 290, 297)
        assert select_windows(Past([*THREE, week]), TARGET) == THREE

    @pytest.mark.parametrize(("days", "stays"), [(27, True), (33, True), (26, False), (34, False)])
    def test_a_launch_keeps_its_length_within_a_tenth_of_the_targets(self, days: int, stays: bool) -> None:
        other = launch("other", 100, 100 + days)
        (seen, *_) = select_windows(Past([other, *THREE]), TARGET)
        assert seen.length == (timedelta(days=days) if stays else LENGTH)


class TestCutoffs:
    def test_without_earlier_launches_windows_are_the_target_moved_back_by_whole_lengths(self) -> None:
        chosen = select_windows(Past([TARGET]), TARGET)
        assert list(list_opening_days(chosen).values()) == [210, 240, 270]
        assert [window.length for window in chosen] == [LENGTH] * 3

    def test_they_keep_strategy_and_products(self) -> None:
        target = launch("target", 300, 330, strategy="paid", product_id="course", entry_product_id="ebook")
        found = select_windows(Past([], sold=sell(range(400), "course")), target)
        assert len(found) == 3
        for window in found:
            assert (window.strategy, window.product_id, window.entry_product_id) == ("paid", "course", "ebook")
            assert window.launch_id != "target"  # nobody was captured for it

    def test_enough_launches_need_none(self) -> None:
        assert not any(window.launch_id.startswith("cut-off") for window in select_windows(Past(THREE), TARGET))

    def test_they_fill_up_to_three(self) -> None:
        assert list_opening_days(select_windows(Past(THREE[:2]), TARGET)) == {
            "a": 150,
            "b": 200,
            "cut-off 2023-09-28": 270,
        }

    def test_none_that_overlaps_more_than_half(self) -> None:
        last = launch("last", 254, 284)
        assert list(list_opening_days(select_windows(Past([last]), TARGET)).values()) == [210, 254, 270]
        last = launch("last", 256, 286)
        assert list(list_opening_days(select_windows(Past([last]), TARGET)).values()) == [210, 240, 256]

    def test_a_length_of_history_lies_before_each(self) -> None:
        assert list(list_opening_days(select_windows(Past([]), launch("target", 90, 120))).values()) == [30, 60]
        assert list(list_opening_days(select_windows(Past([]), launch("target", 89, 119))).values()) == [59]
        assert select_windows(Past([]), launch("target", 59, 89)) == []

    def test_not_in_a_history_without_rows(self) -> None:
        assert select_windows(Past([], began_at=None), TARGET) == []

    def test_counted_from_as_of_not_from_the_launch(self) -> None:
        assert list(list_opening_days(select_windows(Past([]), TARGET, to_instant(310))).values()) == [220, 250, 280]


class TestSeasons:
    """Five years, in which the last month sells five times as much as the others."""

    seasonal = sell([*range(1, 1826), *(year * 365.25 - 30 + n / 5 for year in range(1, 6) for n in range(120))])
    target = launch("target", 5 * 365.25 - 30, 5 * 365.25)

    def test_where_sales_have_a_season_windows_are_the_same_weeks_of_the_years_before(self) -> None:
        chosen = select_windows(Past([], sold=self.seasonal), self.target)
        assert list(list_opening_days(chosen).values()) == [years * 365.25 - 30 for years in (2, 3, 4)]

    def test_where_all_months_sell_alike_they_are_the_months_before(self) -> None:
        chosen = select_windows(Past([], sold=sell(range(1826))), self.target)
        assert [self.target.as_of - window.as_of for window in chosen] == [n * LENGTH for n in (3, 2, 1)]

    def test_one_year_before_shows_no_season(self) -> None:
        target = replace(self.target, cart_opens_at=to_instant(701), cart_closes_at=to_instant(731))
        assert [target.as_of - window.as_of for window in select_windows(Past([], sold=self.seasonal), target)] == [
            n * LENGTH for n in (3, 2, 1)
        ]


class TestOffSale:
    """A course that is sold for a week every hundred days."""

    CARTS = tuple(launch(name, opens, opens + 7, product_id="course") for name, opens in (("a", 100), ("b", 200)))
    TARGET = launch("target", 300, 307, product_id="course")
    SALES = (*(100 + 0.1 * number for number in range(70)), *(200 + 0.1 * number for number in range(70)))

    def test_between_launches_is_nothing_to_learn(self) -> None:
        past = Past([*self.CARTS, self.TARGET], sold=sell(self.SALES, "course"))
        assert select_windows(past, self.TARGET) == list(self.CARTS)

    def test_late_payments_and_single_sales_are_no_sale(self) -> None:
        target = launch("target", 214, 221, product_id="course")
        late = [207 + 0.9 * number for number in range(7)]
        past = Past([*self.CARTS, target], sold=sell([*self.SALES, *late], "course"))
        assert select_windows(past, target) == list(self.CARTS)

    def test_a_product_that_goes_on_selling_is_on_sale(self) -> None:
        evergreen = [180 + 0.3 * number for number in range(500)]
        past = Past([self.TARGET, *self.CARTS], sold=sell(sorted([*self.SALES, *evergreen]), "course"))
        assert list(list_opening_days(select_windows(past, self.TARGET)).values()) == [100, 200, 293]

    def test_sales_of_another_product_do_not_count(self) -> None:
        sold = pa.concat_tables([sell(self.SALES, "course"), sell(range(400), "ebook")])
        assert select_windows(Past([*self.CARTS, self.TARGET], sold=sold), self.TARGET) == list(self.CARTS)

    def test_a_cart_in_the_table_is_no_sale_between_carts(self) -> None:
        """The last days of a cart lie in the cut-off; nothing is sold in its other days."""
        target = launch("target", 211, 218, product_id="course")
        past = Past([*self.CARTS, target], sold=sell(self.SALES, "course"))
        assert list_opening_days(select_windows(past, target)) == {"a": 100, "b": 200}

    @pytest.mark.parametrize(("sales", "learned"), [(70, True), (2, False)], ids=["a sale in days", "two strays"])
    def test_without_a_launch_the_busiest_time_says_what_a_sale_is(self, sales: int, learned: bool) -> None:
        """Seventy sales within days, long ago; in the week before the launch as many, or two."""
        before = [295 + 0.02 * number for number in range(sales)]
        past = Past([self.TARGET], sold=sell([*(100 + 0.02 * number for number in range(70)), *before], "course"))
        assert list(list_opening_days(select_windows(past, self.TARGET)).values()) == ([293] if learned else [])

    def test_what_is_sold_at_or_after_as_of_changes_nothing(self) -> None:
        target = launch("target", 400, 407, product_id="course")
        later = launch("later", 340, 347, product_id="course")
        evergreen = [0.5 * number for number in range(600)]
        booming = [340 + 0.001 * number for number in range(7000)]
        before = select_windows(Past([target], sold=sell(evergreen, "course")), target, to_instant(300))
        after = select_windows(
            Past([target, later], sold=sell([*evergreen, *booming], "course")), target, to_instant(300)
        )
        assert before == after
        assert len(before) == 3


class TestPerpetual:
    TARGET = evergreen("target", 300, 400, 10)

    def test_an_earlier_one_counts_once_its_first_leads_window_is_over(self) -> None:
        first = evergreen("first", 290, 350, 10)
        assert select_windows(Past([first, self.TARGET]), self.TARGET) == [first]
        assert select_windows(Past([first, self.TARGET]), self.TARGET, to_instant(299)) == []

    def test_no_cutoffs_are_made(self) -> None:
        assert select_windows(Past([self.TARGET]), self.TARGET) == []

    def test_itself_once_some_of_its_leads_are_over(self) -> None:
        assert select_windows(Past([self.TARGET]), self.TARGET, to_instant(310)) == [self.TARGET]

    def test_another_horizon_is_seen_through_the_targets(self) -> None:
        (seen,) = select_windows(Past([evergreen("first", 100, 200, 30)]), self.TARGET)
        assert seen.horizon_days == 10


days = st.integers(0, 400)
made = st.builds(
    lambda number, opens, length, strategy: launch(
        f"launch {number}", opens, opens + length, strategy=strategy, entry_product_id="ebook"
    ),
    st.integers(0, 1000),
    days,
    st.integers(0, 120),
    st.sampled_from(["classic", "paid"]),
) | st.builds(
    lambda number, starts, span, horizon: evergreen(f"evergreen {number}", starts, starts + span, horizon),
    st.integers(0, 1000),
    days,
    st.integers(0, 90),
    st.integers(0, 60),
)


class TestLaws:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(made, max_size=15), made.filter(lambda target: target.problem is None), days)
    def test_over_of_one_length_in_order_and_apart(self, rows: list[Launch], target: Launch, now: int) -> None:
        chosen = select_windows(Past(rows), target, to_instant(now))
        assert len(chosen) <= 12
        assert all(window.problem is None and window.strategy == target.strategy for window in chosen)
        assert all(window.as_of + window.length <= to_instant(now) for window in chosen)
        assert all(abs(window.length - target.length) <= 0.1 * target.length for window in chosen)
        assert all(first.as_of <= second.as_of for first, second in pairwise(chosen))
        cutoffs = [window for window in chosen if window.launch_id.startswith("cut-off")]
        assert not cutoffs or len(chosen) <= 3
        for cutoff in cutoffs:
            assert cutoff.as_of - cutoff.length >= START
            assert all(abs(cutoff.as_of - other.as_of) >= target.length / 2 for other in chosen if other is not cutoff)

    @pytest.mark.slow
    @settings(max_examples=100, deadline=None)
    @given(st.lists(made, max_size=10), st.lists(made, max_size=5), st.integers(0, 400))
    def test_what_begins_at_or_after_as_of_changes_nothing(
        self, rows: list[Launch], later: list[Launch], now: int
    ) -> None:
        target = launch("target", now, now + 30)
        future = [
            row for row in later if row.as_of >= to_instant(now) and row.launch_id not in {r.launch_id for r in rows}
        ]
        assert select_windows(Past([*rows, *future]), target) == select_windows(Past(rows), target)

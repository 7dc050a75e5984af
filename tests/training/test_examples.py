"""Rows to learn from: settled labels only, features as they were, later windows counting more."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotleads.training.examples
from hotleads.features import FEATURES, Context, build_context, build_features
from hotleads.history import History, Launch, history_from_frames
from hotleads.training.examples import Examples, build_examples

from .businesses import (
    Frames,
    build_classic_launch,
    build_launches_table,
    build_perpetual_launch,
    draw_examples,
    to_instant,
)


def business(launch: dict[str, object], captured: dict[str, float], *rows: tuple[str, float, str]) -> History:
    """One launch, the day on which each lead was captured, and (lead, day, status) of purchases."""
    purchases = [{"lead_id": lead, "occurred_at": to_instant(at), "status": status} for lead, at, status in rows]
    leads = [{"lead_id": lead, "captured_at": to_instant(at)} for lead, at in captured.items()]
    return history_from_frames(
        launches=build_launches_table(launch),
        leads=pd.DataFrame(leads),
        purchases=pd.DataFrame(purchases).assign(transaction_id=lambda p: p["lead_id"], amount="10", currency="BRL"),
    )


def learned(history: History, name: str, as_of: datetime, *, mature: bool = False) -> dict[str, int]:
    """The label of each lead that may be learned from."""
    rows = build_examples(history, [history.get_launch(name)], as_of, Context(as_of, "BRL"), mature=mature)
    return dict(zip(rows.table.index, rows.label.tolist(), strict=True))


MOMENT = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def cart() -> History:
    return business(
        build_classic_launch("cart", 10, 20),
        dict.fromkeys(["ana", "bea", "caio"], 1),
        *[("ana", 15, "approved"), ("bea", 12, "approved"), ("bea", 25, "refunded"), ("caio", 20, "approved")],
        ("zoe", 200, "approved"),
    )


@pytest.fixture(scope="module")
def course() -> History:
    captured = {"ana": 10, "bea": 14, "caio": 19, "dora": 10}
    rows = [("ana", 13, "approved"), ("bea", 20, "approved"), ("bea", 40, "refunded"), ("zoe", 200, "approved")]
    return business(build_perpetual_launch("course", 10, 100, 7), captured, *rows)


class TestSettled:
    def test_a_cart_counts_once_it_is_closed(self, cart: History) -> None:
        assert learned(cart, "cart", to_instant(20) - MOMENT) == {}
        assert learned(cart, "cart", to_instant(20)) == {"ana": 1, "bea": 1, "caio": 0}

    def test_mature_labels_count_thirty_days_later(self, cart: History) -> None:
        assert learned(cart, "cart", to_instant(50) - MOMENT, mature=True) == {}
        assert learned(cart, "cart", to_instant(50), mature=True) == {"ana": 1, "bea": 0, "caio": 0}

    def test_perpetual_leads_count_one_by_one(self, course: History) -> None:
        assert learned(course, "course", to_instant(17) - MOMENT) == {}
        assert learned(course, "course", to_instant(17)) == {"ana": 1, "dora": 0}
        assert learned(course, "course", to_instant(21)) == {"ana": 1, "bea": 1, "dora": 0}
        assert learned(course, "course", to_instant(26)) == {"ana": 1, "bea": 1, "caio": 0, "dora": 0}

    def test_mature_perpetual_leads_too(self, course: History) -> None:
        assert learned(course, "course", to_instant(51) - MOMENT, mature=True) == {"ana": 1, "dora": 0}
        assert learned(course, "course", to_instant(51), mature=True) == {"ana": 1, "bea": 0, "dora": 0}

    def test_mature_labels_are_settled_by_as_of_though_no_row_came_for_long(self) -> None:
        captured = {"ana": 10, "bea": 14, "caio": 19}
        rows = [("ana", 13, "approved"), ("bea", 20, "approved"), ("bea", 40, "refunded")]
        quiet = business(build_perpetual_launch("course", 10, 100, 7), captured, *rows)
        assert learned(quiet, "course", to_instant(52), mature=True) == {"ana": 1, "bea": 0}


class TestWhatWasKnown:
    def test_rows_are_those_of_each_windows_own_as_of(self, shop: History) -> None:
        windows = [shop.get_launch("month-4"), shop.get_launch("month-5")]
        context = build_context(shop, to_instant(150))
        rows = build_examples(shop, windows, to_instant(150), context)
        assert rows.windows == ("month-4", "month-5")
        for number, window in enumerate(windows):
            window_context = build_context(shop, window.as_of, currency=context.currency)
            expected = build_features(shop, window, context=window_context, features=FEATURES)
            pd.testing.assert_frame_equal(rows.table[rows.window == number], expected, check_exact=True)

    def test_windows_that_are_not_settled_leave_no_trace(self, shop: History) -> None:
        windows = [shop.get_launch(name) for name in ("month-4", "month-5", "month-6")]
        rows = build_examples(shop, windows, to_instant(155), build_context(shop, to_instant(155)))
        assert rows.windows == ("month-4", "month-5")
        assert set(rows.window) == {0, 1}

    def test_nothing_settled_is_an_empty_table(self, shop: History) -> None:
        rows = build_examples(shop, [shop.get_launch("month-4")], to_instant(100), Context(to_instant(100)))
        assert (len(rows.table), len(rows.label), len(rows.window), rows.windows) == (0, 0, 0, ())
        assert list(rows.table.columns) == [feature.name for feature in FEATURES]

    @pytest.mark.parametrize("mature", [False, True])
    def test_rows_at_or_after_as_of_change_nothing(self, evergreen_frames: Frames, mature: bool) -> None:
        as_of = to_instant(120)
        launch = Launch(**build_perpetual_launch("evergreen", 10, 210, 10))  # type: ignore[arg-type]
        past = {
            "purchases": evergreen_frames["purchases"].query("occurred_at < @as_of"),
            "leads": evergreen_frames["leads"].query("captured_at < @as_of"),
        }
        both = [
            build_examples(history_from_frames(**frames), [launch], as_of, Context(as_of, "BRL"), mature=mature)
            for frames in (evergreen_frames, evergreen_frames | past)
        ]
        assert len(both[0].label) > 50
        assert 0 < both[0].label.sum() < len(both[0].label)
        pd.testing.assert_frame_equal(both[0].table, both[1].table, check_exact=True)
        np.testing.assert_array_equal(both[0].label, both[1].label)


class TestWeight:
    def test_halves_every_two_windows_back(self) -> None:
        rows = Examples(pd.DataFrame(index=range(5)), np.zeros(5, np.int64), np.arange(5), tuple("abcde"), np.arange(5))
        assert rows.weight == pytest.approx([0.25, 0.5**1.5, 0.5, 0.5**0.5, 1])

    def test_stays_when_rows_are_taken(self) -> None:
        rows = draw_examples()
        early = rows.window < 2
        np.testing.assert_array_equal(rows.take(early).weight, rows.weight[early])


leads = st.lists(st.text(max_size=8), min_size=1, max_size=40)


def with_leads(names: list[str]) -> Examples:
    nothing = np.zeros(len(names), np.int64)
    return Examples(pd.DataFrame(index=pd.Index(names, dtype=object)), nothing, nothing, ("window",), nothing)


class TestLeadFolds:
    @settings(deadline=None)
    @given(leads, leads, st.integers(1, 7))
    def test_a_leads_fold_does_not_depend_on_the_others(self, some: list[str], others: list[str], folds: int) -> None:
        alone = dict(zip(some, with_leads(some).assign_folds(folds), strict=True))
        among = dict(zip([*others, *some], with_leads([*others, *some]).assign_folds(folds), strict=True))
        assert {lead: among[lead] for lead in alone} == alone
        assert all(0 <= fold < folds for fold in among.values())

    def test_are_of_about_one_size(self) -> None:
        sizes = np.bincount(with_leads([str(number) for number in range(30_000)]).assign_folds(3))
        assert sizes == pytest.approx(np.full(3, 10_000), rel=0.05)


class TestCap:
    """A table too large is cut by whole leads, always the same ones."""

    @pytest.mark.parametrize("parts", [2, 3, 4, 6, 9])
    def test_whole_leads_of_every_fold_stay(self, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
        names = [f"lead-{number}" for number in range(6000)]
        twice = with_leads([*names, *names])
        monkeypatch.setattr(hotleads.training.examples, "_MAX_ROWS", -(-len(twice.label) // parts))
        capped = hotleads.training.examples._cap_rows(twice)
        assert len(capped.label) == pytest.approx(len(twice.label) / parts, rel=0.15)
        assert (capped.table.index.value_counts() == 2).all()
        share = np.bincount(capped.assign_folds(3), minlength=3) / len(capped.label)
        assert share == pytest.approx(np.full(3, 1 / 3), abs=0.06)

    def test_a_smaller_cut_holds_only_leads_of_the_larger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = with_leads([f"lead-{number}" for number in range(1000)])
        capped_leads = []
        for most in (500, 250):
            monkeypatch.setattr(hotleads.training.examples, "_MAX_ROWS", most)
            capped_leads.append(set(hotleads.training.examples._cap_rows(rows).table.index))
        assert capped_leads[1] < capped_leads[0]

    def test_a_table_that_fits_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = draw_examples(100)
        monkeypatch.setattr(hotleads.training.examples, "_MAX_ROWS", 100)
        assert hotleads.training.examples._cap_rows(rows) is rows

    def test_training_rows_are_cut(self, shop: History, monkeypatch: pytest.MonkeyPatch) -> None:
        windows = [shop.get_launch(name) for name in ("month-4", "month-5")]
        uncut = build_examples(shop, windows, to_instant(150), Context(to_instant(150)))
        monkeypatch.setattr(hotleads.training.examples, "_MAX_ROWS", len(uncut.label) // 2)
        cut = build_examples(shop, windows, to_instant(150), Context(to_instant(150)))
        assert 0 < len(cut.label) < 0.6 * len(uncut.label)
        for lead in cut.table.index.unique():
            assert (cut.table.index == lead).sum() == (uncut.table.index == lead).sum()

"""Whose labels are final: shown for every launch, and with mature labels nothing else is learned from."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from hotleads.history import History, history_from_frames
from hotleads.training import FitOptions, backtest, fit_model
from hotleads.training.training_set import build_training_set
from hotleads.training.windows import MATURITY_DELAY, describe_maturity

from .businesses import (
    Frames,
    build_classic_launch,
    build_launches_table,
    build_perpetual_launch,
    draw_purchases,
    to_instant,
)

MOMENT = timedelta(microseconds=1)


def list_states(history: History, as_of: datetime, *, mature: bool = False) -> dict[str, tuple[str, bool]]:
    """By name: the state, and whether it is learned from."""
    training_windows = build_training_set(history, history.get_launch("month-7"), as_of, mature=mature).examples.windows
    rows = describe_maturity(history, history.get_launch("month-7"), as_of, training_windows, mature=mature)
    assert {row["name"] for row in rows if row["learned"]} == set(training_windows)
    return {row["name"]: (row["state"], row["learned"]) for row in rows if not row["name"].startswith("cut-off")}


class TestMaturity:
    def test_a_launch_is_open_then_over_then_mature(self, shop: History) -> None:
        """Month 5 runs from day 120 to 150 and settles thirty days later."""
        assert list_states(shop, to_instant(150) - MOMENT)["month-5"] == ("open", False)
        assert list_states(shop, to_instant(150))["month-5"] == ("over", True)
        assert list_states(shop, to_instant(180) - MOMENT)["month-5"] == ("over", True)
        assert list_states(shop, to_instant(180))["month-5"] == ("mature", True)

    def test_says_from_when(self, shop: History) -> None:
        (month,) = (
            row
            for row in describe_maturity(shop, shop.get_launch("month-7"), to_instant(170), [])
            if row["name"] == "month-5"
        )
        assert month["known_from"] == to_instant(150).isoformat()
        assert month["mature_from"] == to_instant(180).isoformat()

    def test_later_launches_have_no_maturity_row(self, shop: History) -> None:
        assert "month-7" not in list_states(shop, to_instant(180))

    @pytest.mark.parametrize("at", [140, 150, 165, 179, 180, 200])
    def test_with_mature_labels_only_mature_windows_train(self, shop: History, at: float) -> None:
        examples = build_training_set(shop, shop.get_launch("month-7"), to_instant(at), mature=True).examples
        until = pd.to_datetime(examples.as_of, unit="us", utc=True) + timedelta(days=30)
        assert (until + MATURITY_DELAY <= to_instant(at)).all()
        assert all(state == "mature" for state, used in list_states(shop, to_instant(at), mature=True).values() if used)

    def test_of_an_open_perpetual_launch_those_teach_whose_window_is_over(self, evergreen: History) -> None:
        examples = build_training_set(evergreen, evergreen.get_launch("evergreen"), to_instant(120)).examples
        (row,) = describe_maturity(evergreen, evergreen.get_launch("evergreen"), to_instant(120), examples.windows)
        assert (row["state"], row["learned"]) == ("open", True)
        assert (pd.to_datetime(examples.as_of, unit="us", utc=True) + timedelta(days=10) <= to_instant(120)).all()


@pytest.mark.slow
def test_a_refund_after_as_of_changes_no_model(shop_frames: Frames) -> None:
    """Refunds after ``as_of`` change neither the plain nor the mature model, bit for bit."""
    sold = shop_frames["purchases"]
    bought = sold[(sold["status"] == "approved") & (sold["occurred_at"] < to_instant(180))]
    refunds = bought.assign(status="refunded", occurred_at=to_instant(180) + MOMENT)
    changed = history_from_frames(**shop_frames | {"purchases": pd.concat([sold, refunds])})
    for mature in (False, True):
        before, after = (
            fit_model(
                history, history.get_launch("month-7"), to_instant(180), FitOptions(trials=0, mature=mature)
            ).model
            for history in (history_from_frames(**shop_frames), changed)
        )
        assert before.version == after.version


@pytest.mark.slow
def test_the_card_and_the_report_say_the_state_of_each_window(shop: History) -> None:
    _, report = backtest(shop, FitOptions(trials=0), ["month-6", "month-7"])
    june, july = report["launches"]
    assert (june["mature_from"], june["mature"]) == (to_instant(210).isoformat(), True)
    assert (july["mature_from"], july["mature"]) == (to_instant(240).isoformat(), False)
    states = {row["name"]: row["state"] for row in july["training"]["maturity"]}
    assert states == {"month-4": "mature", "month-5": "mature", "month-6": "over"}


def test_an_incomplete_launch_has_no_maturity() -> None:
    broken = build_perpetual_launch("no horizon", 10, 20, 7) | {"horizon_days": None, "strategy": "classic"}
    history = history_from_frames(
        launches=build_launches_table(build_classic_launch("a", 60, 80), broken), purchases=draw_purchases()
    )
    assert "no horizon" not in {
        row["name"] for row in describe_maturity(history, history.get_launch("a"), to_instant(150), [])
    }

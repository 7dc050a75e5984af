"""Windows that are not over tell the level of now: worked by hand, and never by what is still to come."""

from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotleads.features import FEATURES, Context
from hotleads.history import History, history_from_frames
from hotleads.scoring import Model, estimate_launch_spread
from hotleads.training import FitOptions, fit_model
from hotleads.training.open_windows import describe_open_windows, estimate_timing

from .businesses import Frames, Row, build_classic_launch, build_launches_table, build_perpetual_launch, to_instant

#: A lead, and the day on which it bought.
Sale = tuple[int, float]
#: Every lead bought once before; of the first two windows 10 and 15 of 20 buyers bought in the first half.
FIRST = [(lead, 1.0) for lead in range(40)]
CLOSED = [(lead, 105.0 if lead < 10 else 120.0) for lead in range(20)]
CLOSED += [(lead, 135.0 if lead < 15 else 150.0) for lead in range(20)]
OPEN = [(lead, 165.0) for lead in range(9)]


class EvenModel:
    """A model that gives every lead a half."""

    features = FEATURES[:1]
    context = Context(to_instant(0))

    def predict_logits(self, table: pd.DataFrame) -> Any:
        return np.zeros(len(table))


def build_purchases(sales: list[Sale]) -> pd.DataFrame:
    rows = [{"lead_id": f"lead-{lead:02}", "occurred_at": to_instant(day)} for lead, day in sales]
    table = pd.DataFrame(rows).assign(status="approved", product_id="course", amount=10.0, currency="BRL")
    table.insert(0, "transaction_id", [f"t{number}" for number in range(len(table))])
    return table


def build_carts(sales: list[Sale]) -> History:
    """Carts that open on days 100, 130, 160 and 175, for thirty days each."""
    opens = {"a": 100, "b": 130, "c": 160, "d": 175}
    rows: list[Row] = [build_classic_launch(name, day, day + 30) for name, day in opens.items()]
    return history_from_frames(launches=build_launches_table(*rows), purchases=build_purchases(sales))


def describe(history: History, name: str = "d", learned: tuple[str, ...] = ("a", "b")) -> dict[str, dict[str, float]]:
    launch = history.get_launch(name)
    return describe_open_windows(history, launch, launch.as_of, cast(Model, EvenModel()), learned)


def test_a_window_half_over_is_read_by_the_share_that_had_bought_by_then() -> None:
    """25 of 40 buyers of two windows bought in their first half: nine buyers of 40 leads are nine of 25."""
    (figures,) = describe(build_carts([*FIRST, *CLOSED, *OPEN, (9, 180.0)])).values()
    assert figures == pytest.approx(
        {"n": 25.0, "base_rate": 9 / 25, "mean_probability": 0.5, "timing_variance": (2 * 0.04 + 0.02) / 3}
    )


def test_of_a_perpetual_launch_the_leads_count_that_are_half_over() -> None:
    """Twelve of fifteen buyers bought within ten days: four buyers of ten leads, captured 15 days ago, are of eight."""
    groups: list[tuple[float, str, int, list[tuple[int, float]]]] = [
        (110, "a", 20, [(12, 115), (3, 125)]),
        (140, "b", 20, [(12, 145), (3, 155)]),
        (150, "b", 10, [(4, 155), (1, 168)]),
        (158, "b", 5, [(2, 160)]),
    ]
    leads, sales = [], []
    for captured, launch_id, count, bought in groups:
        first = len(leads)
        leads += [
            {"lead_id": f"lead-{first + n:02}", "captured_at": to_instant(captured), "launch_id": launch_id}
            for n in range(count)
        ]
        for buyers, day in bought:
            sales += [(first + n, day) for n in range(buyers)]
            first += buyers
    launches = [("a", 100, 130), ("b", 130, 160), ("c", 165, 195)]
    rows = [build_perpetual_launch(name, starts, ends, 20, "course") for name, starts, ends in launches]
    frames: Frames = {"launches": build_launches_table(*rows), "leads": pd.DataFrame(leads)}
    history = history_from_frames(**frames, purchases=build_purchases(sales))
    figures = describe(history, "c")["b"]
    assert figures == pytest.approx(
        {"n": 8.0, "base_rate": 0.5, "mean_probability": 0.5, "timing_variance": 2 * 0.04 / 3}
    )


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 39), st.floats(175.0, 230.0)), min_size=1, max_size=30))
def test_nothing_from_now_on_changes_what_an_open_window_tells(later: list[Sale]) -> None:
    known = [*FIRST, *CLOSED, *OPEN]
    assert describe(build_carts([*known, *later])) == describe(build_carts(known))


@pytest.mark.parametrize(
    "counts",
    [[], [(30, 40)], [(5, 9), (30, 40)], [(4, 40), (5, 40)]],
    ids=["no window", "one window", "one with enough buyers", "hardly anybody early"],
)
def test_without_windows_that_tell_when_buyers_buy_there_is_no_timing(counts: list[tuple[int, int]]) -> None:
    assert estimate_timing(np.array(counts, np.float64).reshape(-1, 2)) is None


def test_windows_are_left_out_of_which_the_closed_ones_do_not_tell_the_timing() -> None:
    assert describe(build_carts([*FIRST, *CLOSED, *OPEN]), learned=("a",)) == {}


@pytest.mark.slow
def test_a_fit_takes_its_level_from_open_windows_too_but_not_for_mature_labels(shop_frames: Frames) -> None:
    rows = [build_classic_launch(f"month-{n}", 30 * n, 30 * n + 45) for n in range(1, 6)]
    history = history_from_frames(**(shop_frames | {"launches": build_launches_table(*rows)}))
    launch = history.get_launch("month-5")
    card = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model.card
    assert list(card["open_windows"]) == ["month-4"]
    without = card | {"open_windows": {}}
    assert estimate_launch_spread(card) < estimate_launch_spread(without)
    mature = fit_model(history, launch, launch.as_of, FitOptions(trials=0, mature=True)).model.card
    assert mature["open_windows"] == {}

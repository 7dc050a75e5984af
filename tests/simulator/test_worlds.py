"""The other worlds: their truth is the truth, and each is what its name promises."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from hotleads import simulator
from hotleads.history import build_cohort, import_history, open_history
from hotleads.simulator.block import Block, draw_block
from hotleads.simulator.clock import DAY
from hotleads.simulator.habits import SEASON_DAYS, Habits, compute_yearly_probability
from hotleads.simulator.options import SimulationOptions
from hotleads.simulator.streams import BlockStreams
from hotleads.simulator.worlds import build_world

FAR_OUT = 4.0


def draw(leads: int = 10_000, **options: object) -> Block:
    chosen = SimulationOptions(**{"seed": 5, "launches": 3} | options)
    return draw_block(build_world(chosen), BlockStreams(chosen.seed, 0), 0, leads)


def deviations(block: Block, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each group's buyers are from what their probabilities add up to, in standard errors."""
    p = block.truth.probability
    spread = np.bincount(group, p * (1 - p))
    z: NDArray[np.float64] = (np.bincount(group, block.label) - np.bincount(group, p)) / np.sqrt(spread + 1e-9)
    return z


@pytest.mark.parametrize("world", ["resting", "small", "annual", "annual-captures"])
def test_leads_of_probability_p_buy_at_rate_p(world: str) -> None:
    block = draw(world=world, level_spread=0.3)
    rank = np.argsort(np.argsort(block.truth.probability, kind="stable"), kind="stable")
    assert np.abs(deviations(block, rank * 10 // len(rank))).max() < FAR_OUT
    assert np.abs(deviations(block, block.truth.launch)).max() < FAR_OUT


@pytest.mark.parametrize(("world", "launches"), [("small", 1), ("small", 3), ("annual", 3), ("annual-captures", 2)])
def test_cohort_and_label_are_those_of_the_history_as_read(tmp_path: Path, world: str, launches: int) -> None:
    simulator.simulate(tmp_path / "raw", SimulationOptions(leads=600, launches=launches, seed=4, world=world))
    import_history(tmp_path / "raw", tmp_path / "history")
    history, truth = open_history(tmp_path / "history"), simulator.read_truth(tmp_path / "raw")
    assert len(history.launches) == launches
    for launch_id, launch in history.launches.items():
        cohort = build_cohort(history, launch).set_index("lead_id").sort_index()
        rows = truth[truth["launch_id"] == launch_id].set_index("lead_id").sort_index()
        assert list(cohort.index) == list(rows.index)
        for column in ("as_of", "until", "label", "label_mature"):
            assert (cohort[column] == rows[column]).all(), (launch_id, column)


def test_most_who_bought_two_months_ago_buy_and_few_before_and_after() -> None:
    block = draw(20_000, world="resting", launches=3)
    orders = block.orders.take(np.isfinite(block.orders.approved_at))
    last = np.full((len(block.people), 3), -np.inf)
    for launch in range(3):
        opens = block.truth.as_of[block.truth.launch == launch].min()
        before = orders.approved_at < opens
        np.maximum.at(last[:, launch], orders.lead[before], orders.approved_at[before])
    truth = block.truth
    days = (truth.as_of - last[truth.lead, truth.launch]) / DAY
    ranges = ((0, 20), (45, 80), (120, 400))
    recent, middle, old = (truth.probability[(days > low) & (days < high)] for low, high in ranges)
    assert min(len(recent), len(middle), len(old)) > 50
    assert middle.mean() > 2 * max(recent.mean(), old.mean())


def test_a_tenth_of_the_annual_shop_buys_and_mostly_who_bought_a_year_ago() -> None:
    block = draw(world="annual", launches=3)
    assert 0.08 < block.label.mean() < 0.15
    world = build_world(SimulationOptions(world="annual", launches=3, seed=5))
    years = (world.ends_at - world.starts_at) / DAY / 365.25
    assert 10.5 < years < 11.5
    rows = block.truth.launch == 2
    lead, label = block.truth.lead[rows], block.label[rows]
    age = (world.launches[2].starts_at - block.orders.approved_at) / DAY
    a_year_ago = np.bincount(block.orders.lead[(age > 305) & (age <= 365)], minlength=10_000)[lead] > 0
    last_month = np.bincount(block.orders.lead[(age > 0) & (age <= 60)], minlength=10_000)[lead] > 0
    assert label[a_year_ago].mean() > 3 * label[~a_year_ago].mean()
    assert label[a_year_ago].mean() > 3 * label[last_month].mean()


def test_what_of_a_season_is_over_and_what_was_bought_is_gone_from_the_chance() -> None:
    """A chance of one half a year, worked by hand: before, half way, half way but bought, and after."""
    week = 1_000 * DAY
    bought = np.array([np.inf, np.inf, week - DAY, np.inf])
    habits = Habits(
        week_at=np.full(4, week),
        chance=np.full((4, 1), 0.5),
        bought_at=bought[:, None],
        spread=np.full(4, 4.0 * DAY),
        product=np.zeros(4, dtype=np.int64),
    )
    as_of = week + np.array([-SEASON_DAYS - 1, 0, 0, SEASON_DAYS + 1]) * DAY
    probability = compute_yearly_probability(habits, as_of, np.full(4, week + 30 * DAY))
    np.testing.assert_allclose(probability[:3], [0.5, 0.25 / 0.75, 0.0], atol=1e-12)
    assert probability[3] == 0.0


def test_a_small_seller_knows_forms_alone(tmp_path: Path) -> None:
    rows = simulator.simulate(tmp_path, SimulationOptions(leads=300, launches=2, seed=1, world="small"))
    assert rows["events"] == 0
    leads = pd.read_csv(tmp_path / "leads.csv.gz")
    purchases = pd.read_csv(tmp_path / "purchases.csv.gz", parse_dates=["occurred_at"])
    launches = pd.read_csv(tmp_path / "launches.csv", parse_dates=["cart_opens_at"])
    assert set(purchases["product_id"]) == {"first-course"}
    assert purchases["occurred_at"].min() >= launches["cart_opens_at"].min()
    assert leads[["attr_goal", "attr_experience", "attr_weekly_hours"]].notna().mean().min() > 0.7
    assert list(launches["strategy"]) == ["classic", "classic"]


def test_launches_differ_as_asked_and_the_record_says_by_how_much(tmp_path: Path) -> None:
    options = SimulationOptions(leads=100, launches=4, seed=1, world="small", level_drift=0.5)
    simulator.simulate(tmp_path, options)
    assert json.loads((tmp_path / "simulation.json").read_text())["levels"] == [0.0, 0.5, 1.0, 1.5]
    spread = [build_world(SimulationOptions(launches=50, seed=s, level_spread=0.7)).levels for s in range(10)]
    assert np.std(spread) == pytest.approx(0.7, rel=0.1)
    assert build_world(SimulationOptions()).levels == (0.0,) * 6


@pytest.mark.parametrize("world", simulator.WORLDS)
def test_equal_options_give_equal_bytes_in_every_world(tmp_path: Path, world: str) -> None:
    for name in ("first", "again"):
        simulator.simulate(tmp_path / name, SimulationOptions(leads=200, launches=3, seed=3, world=world))
    files = [path.name for path in (tmp_path / "first").iterdir()]
    assert all((tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in files)


def test_the_last_launch_of_the_annual_shop_may_be_left_open(tmp_path: Path) -> None:
    options = SimulationOptions(leads=200, launches=3, seed=3, world="annual", open_last_launch=True)
    simulator.simulate(tmp_path, options)
    purchases = pd.read_csv(tmp_path / "purchases.csv.gz", parse_dates=["occurred_at"])
    assert purchases["occurred_at"].max() < pd.Timestamp("2023-11-01", tz="UTC")
    assert simulator.read_truth(tmp_path)["label"].sum() > 0

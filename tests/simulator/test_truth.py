"""The truth is the truth: leads of probability p buy at rate p, and it takes every way to the label to say so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from hotleads.history import build_cohort, import_history, open_history
from hotleads.simulator import SimulationOptions, read_truth, simulate
from hotleads.simulator.block import Block, draw_block
from hotleads.simulator.catalog import PERPETUAL_PRODUCT, Catalog
from hotleads.simulator.clock import DAY
from hotleads.simulator.countries import BILLET, COUNTRIES, METHODS
from hotleads.simulator.creator_worlds import build_creator_world
from hotleads.simulator.streams import BlockStreams
from hotleads.simulator.switches import Switches
from hotleads.simulator.truth import TREATED, UNTESTED
from hotleads.simulator.world import Buying, Origins, World

Floats = NDArray[np.float64]
FAR_OUT = 4.0  # bound on a z score, with about a hundred of them looked at


def z_scores(probability: Floats, label: Floats, group: Floats) -> Floats:
    """How far the buyers of each group are from what their probabilities add up to, in standard errors."""
    expected = np.bincount(group, probability)
    spread = np.bincount(group, probability * (1 - probability))
    z: Floats = (np.bincount(group, label) - expected) / np.sqrt(np.maximum(spread, 1e-9))
    return z


def number_deciles(values: Floats) -> Floats:
    """0 to 9 by rank."""
    rank: Floats = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return rank * 10 // len(values)


def simulate_blocks(world: World, seed: int, count: int, leads: int = 10_000) -> list[Block]:
    return [draw_block(world, BlockStreams(seed, number), number * leads, leads) for number in range(count)]


@pytest.fixture(scope="module")
def simulated_truth() -> tuple[World, pd.DataFrame]:
    """About 110,000 rows of truth, with what came of them, of nine launches of all strategies."""
    world = build_creator_world(9, 5, Switches())
    return world, build_truth_frame(simulate_blocks(world, 5, 7))


def build_truth_frame(drawn_blocks: list[Block]) -> pd.DataFrame:
    columns = ["launch", "probability", "probability_mature", "channel", "treated", "campaign_effect"]
    columns += ["probability_control", "probability_treated"]
    frames = []
    for block in drawn_blocks:
        frame = pd.DataFrame({name: getattr(block.truth, name) for name in columns})
        frames.append(frame.assign(label=block.label * 1.0, label_mature=block.label_mature * 1.0))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("kind", ["", "_mature"])
@pytest.mark.parametrize("strategy", ["classic", "perpetual", "paid"])
def test_leads_of_probability_p_buy_at_rate_p(
    simulated_truth: tuple[World, pd.DataFrame], strategy: str, kind: str
) -> None:
    world, truth = simulated_truth
    rows = truth[[world.launches[n].strategy == strategy for n in truth["launch"]]]
    probability, label = rows[f"probability{kind}"].to_numpy(), rows[f"label{kind}"].to_numpy()
    assert np.abs(z_scores(probability, label, number_deciles(probability))).max() < FAR_OUT
    assert np.abs(z_scores(probability, label, rows["launch"].to_numpy())[rows["launch"].unique()]).max() < 4


def test_the_truth_holds_within_every_campaign_and_without_one(simulated_truth: tuple[World, pd.DataFrame]) -> None:
    _, truth = simulated_truth
    group = (truth["launch"] * 10 + truth["channel"] + 1).to_numpy()
    z = z_scores(truth["probability"].to_numpy(), truth["label"].to_numpy(), group)
    assert np.abs(z).max() < FAR_OUT


def test_true_probabilities_differ_between_leads(simulated_truth: tuple[World, pd.DataFrame]) -> None:
    _, truth = simulated_truth
    assert truth["probability"].between(0, 1, inclusive="neither").all()
    assert truth["probability"].quantile(0.9) > 5 * truth["probability"].quantile(0.1)
    assert (truth["probability_mature"] < truth["probability"]).all()


@pytest.fixture
def busy_organic(monkeypatch: pytest.MonkeyPatch) -> World:
    """Old acquaintances who buy the perpetual launch's product, by slip, anyway, and walk into its funnel now."""
    monkeypatch.setattr("hotleads.simulator.captures.FUNNEL_RETURN_SHARE", 0.9)
    by_slip = np.tile(np.arange(len(METHODS)) == BILLET, (len(COUNTRIES), 1)).astype(float)
    monkeypatch.setattr("hotleads.simulator.settlement.METHOD_SHARES", by_slip)
    monkeypatch.setattr("hotleads.simulator.windows.METHOD_SHARES", by_slip)
    world = build_creator_world(4, 3, Switches())
    products = [replace(p, organic_weight=40.0 * (p.product_id == PERPETUAL_PRODUCT)) for p in world.catalog.products]
    return replace(
        world,
        catalog=Catalog(tuple(products)),
        buying=Buying(r=4.0, alpha=100.0, a=0.8, b=4.0),
        origins=Origins(base=1, organic=0, funnel=0, launch=0, buyer=0),
    )


@pytest.mark.parametrize("left_out", ["nothing", "organic", "pending"])
def test_a_way_to_the_label_that_is_left_out_shows(
    busy_organic: World, left_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all ways in, the truth holds for those with an order open at as_of and those without; else it does not."""
    if left_out == "organic":
        monkeypatch.setattr(
            "hotleads.simulator.truth.compute_organic_probability", lambda rate, *_: np.zeros(len(rate))
        )
    if left_out == "pending":
        nothing = "hotleads.simulator.truth.compute_pending_probability"
        monkeypatch.setattr(nothing, lambda _o, _w, as_of, *_: np.zeros(len(as_of)))
    drawn_blocks = simulate_blocks(busy_organic, 3, 5)
    perpetual = next(n for n, launch in enumerate(busy_organic.launches) if launch.strategy == "perpetual")
    rows = build_truth_frame(drawn_blocks)
    waits = np.concatenate([flag_awaiting(block, busy_organic) for block in drawn_blocks])[rows["launch"] == perpetual]
    rows = rows[rows["launch"] == perpetual]
    assert waits.sum() > 60
    z = z_scores(rows["probability"].to_numpy(), rows["label"].to_numpy(), waits)
    assert (np.abs(z).max() < FAR_OUT) == (left_out == "nothing")


def flag_awaiting(block: Block, world: World) -> NDArray[np.int64]:
    """1 for the rows of the truth whose lead has an order of the launch's product open at as_of."""
    product = np.array([launch.product for launch in world.launches])[block.truth.launch]
    awaiting = np.zeros(len(block.truth), dtype=np.int64)
    for wanted in np.unique(product):
        orders = block.orders.take((block.orders.product == wanted) & (block.orders.method == BILLET))
        for row in np.flatnonzero(product == wanted):
            mine = slice(*np.searchsorted(orders.lead, [block.truth.lead[row], block.truth.lead[row] + 1]))
            as_of = block.truth.as_of[row]
            is_open = (orders.placed_at[mine] < as_of) & ~(orders.approved_at[mine] < as_of)
            awaiting[row] = (is_open & (orders.placed_at[mine] > as_of - 3 * DAY)).any()
    return awaiting


def test_the_truth_knows_nothing_of_what_was_drawn_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other draws of the launch's orders, the same truth about it."""
    world = build_creator_world(1, 5, Switches())
    first = draw_block(world, BlockStreams(5, 0), 0, 4_000)
    original = BlockStreams.for_launch

    def other_orders(streams: BlockStreams, number: int) -> np.random.Generator:
        generator = original(streams, number)
        generator.random(1_000)
        return generator

    monkeypatch.setattr(BlockStreams, "for_launch", other_orders)
    second = draw_block(world, BlockStreams(5, 0), 0, 4_000)
    np.testing.assert_array_equal(first.truth.probability, second.truth.probability)
    assert (first.label != second.label).any()


def test_the_hold_out_shows_the_true_treatment_effect(simulated_truth: tuple[World, pd.DataFrame]) -> None:
    world, truth = simulated_truth
    tested = truth[truth["treated"] != UNTESTED]
    assert set(tested["launch"]) == {world.holdout}
    treated = tested["treated"] == TREATED
    assert abs(treated.mean() - 0.5) < 0.03
    effect = (tested["probability_treated"] - tested["probability_control"]).mean()
    seen = tested.loc[treated, "label"].mean() - tested.loc[~treated, "label"].mean()
    error = np.sqrt(
        sum(group.var() / len(group) for group in (tested.loc[treated, "label"], tested.loc[~treated, "label"]))
    )
    assert effect > 0.01
    assert abs(seen - effect) < 3.5 * error
    untested = truth[truth["treated"] == UNTESTED]
    assert (untested["probability_treated"] == untested["probability_control"]).all()


def test_campaigns_add_what_they_truly_add(simulated_truth: tuple[World, pd.DataFrame]) -> None:
    world, truth = simulated_truth
    captured = truth[truth["channel"] >= 0]
    effect = world.campaigns.effect[captured["launch"], captured["channel"]]
    assert (np.sign(captured["campaign_effect"]) == np.sign(effect)).all()
    assert (truth.loc[truth["channel"] < 0, "campaign_effect"] == 0).all()


def test_cohort_and_label_are_those_of_the_history_as_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The room that defines cohorts and labels finds, from the tables alone, whom and what the truth speaks of."""
    raw, imported = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("imported") / "history"
    simulate(raw, SimulationOptions(leads=5_000, launches=9, seed=21))
    import_history(raw, imported)
    history, truth = open_history(imported), read_truth(raw)
    for launch_id, launch in history.launches.items():
        cohort = build_cohort(history, launch).set_index("lead_id").sort_index()
        rows = truth[truth["launch_id"] == launch_id].set_index("lead_id").sort_index()
        assert list(cohort.index) == list(rows.index)
        for column in ("as_of", "until", "label", "label_mature"):
            assert (cohort[column] == rows[column]).all(), (launch_id, column)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["", "_mature"])
def test_the_truth_holds_over_half_a_million_leads(kind: str) -> None:
    world = build_creator_world(9, 31, Switches())
    truth = build_truth_frame(simulate_blocks(world, 31, 50))
    probability, label = truth[f"probability{kind}"].to_numpy(), truth[f"label{kind}"].to_numpy()
    launch = truth["launch"].to_numpy()
    decile = np.zeros(len(truth), dtype=np.int64)
    for number in range(len(world.launches)):
        decile[launch == number] = number_deciles(probability[launch == number])
    z = z_scores(probability, label, launch * 10 + decile)
    assert chi2(len(z)).sf((z**2).sum()) > 0.001
    assert np.abs(z).max() < FAR_OUT

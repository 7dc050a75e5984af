"""The gate: who may replace the champion, and on what evidence."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hotleads.history import History, Launch, history_from_frames
from hotleads.training import FittedModel
from hotleads.training.gate import apply_baselines, compare_recipes
from hotleads.training.launch_backtest import backtest_launch
from hotleads.training.options import FitOptions, ModelParameters

from .businesses import Frames, to_instant

GOOD = ModelParameters()
#: Hardly learns anything: one tree and weights held at zero.
HANDICAPPED = ModelParameters(trees=1, inverse_penalty=1e-9)


@pytest.fixture
def gate_launches() -> list[Launch]:
    return []


def test_without_a_champion_the_challenger_passes_and_is_tuned_on_everything(shop: History) -> None:
    verdict = compare_recipes(
        shop,
        shop.get_launch("month-6"),
        to_instant(150),
        None,
        lambda gate: pytest.fail("nothing to compare"),
        FitOptions(),
    )
    assert verdict.promoted
    assert verdict.parameters is None


def test_a_truly_better_challenger_passes(shop: History, gate_launches: list[Launch]) -> None:
    def challenge(gate: Launch) -> ModelParameters:
        gate_launches.append(gate)
        return GOOD

    verdict = compare_recipes(shop, shop.get_launch("month-6"), to_instant(150), HANDICAPPED, challenge, FitOptions())
    assert verdict.promoted
    assert verdict.parameters == GOOD
    assert verdict.difference is not None
    assert 0 < verdict.difference.low <= verdict.difference.estimate
    # Judged on the latest launch that was over, and tuned on what was known before it opened.
    (gate,) = gate_launches
    assert verdict.gate_launch == gate.launch_id == "month-5"
    assert gate.closes_at <= to_instant(150)


def test_a_truly_worse_challenger_does_not(shop: History) -> None:
    verdict = compare_recipes(
        shop, shop.get_launch("month-6"), to_instant(150), GOOD, lambda gate: HANDICAPPED, FitOptions()
    )
    assert not verdict.promoted
    assert verdict.parameters == GOOD
    assert "is not better than the champion's on month-5" in verdict.reason


def test_a_recipe_that_loses_to_a_simple_method_is_named_and_rejected(shop: History) -> None:
    """A little more than nothing is better than nothing, and still worse than a simple method."""
    poor = ModelParameters(trees=10, inverse_penalty=1e-9, max_depth=1)
    verdict = compare_recipes(
        shop, shop.get_launch("month-6"), to_instant(150), HANDICAPPED, lambda gate: poor, FitOptions()
    )
    assert verdict.promoted
    gate = shop.get_launch(str(verdict.gate_launch))
    _, entry = backtest_launch(shop, gate, FitOptions(parameters=poor))
    assert apply_baselines(verdict, []) == apply_baselines(verdict, [entry | {"beaten_by": None}]) == verdict
    barred = apply_baselines(verdict, [entry])
    assert barred == replace(verdict, beaten_by=barred.beaten_by)
    assert str(barred.beaten_by).startswith("on month-5 it loses to the ")


def test_the_same_recipe_changes_nothing(shop: History) -> None:
    verdict = compare_recipes(shop, shop.get_launch("month-6"), to_instant(150), GOOD, lambda gate: GOOD, FitOptions())
    assert not verdict.promoted
    assert verdict.parameters == GOOD


def test_without_a_launch_to_judge_on_the_champion_stays(shop: History) -> None:
    target = shop.get_launch("month-4")
    verdict = compare_recipes(
        shop, target, target.as_of - timedelta(days=1), GOOD, lambda gate: HANDICAPPED, FitOptions()
    )
    assert not verdict.promoted
    assert verdict.parameters == GOOD
    assert verdict.gate_launch is None


def test_no_model_at_the_gate_has_seen_or_is_calibrated_on_the_gate_launch(
    shop_frames: Frames, fits: list[FittedModel]
) -> None:
    """Whatever was bought from the gate launch on, both models are the same to the bit, calibration and all."""
    sold = shop_frames["purchases"]
    fewer = sold[(sold["occurred_at"] < to_instant(120)) | (sold.index % 2 == 0)]
    differences = []
    for purchases in (sold, fewer):
        history = history_from_frames(**shop_frames | {"purchases": purchases})
        verdict = compare_recipes(
            history, history.get_launch("month-6"), to_instant(150), HANDICAPPED, lambda launch: GOOD, FitOptions()
        )
        assert verdict.gate_launch == "month-5"
        differences.append(verdict.difference)
    assert differences[0] != differences[1]
    champion, challenger, champion_again, challenger_again = (fit.model for fit in fits)
    assert champion.version == champion_again.version
    assert challenger.version == challenger_again.version
    assert all("month-5" not in fit.training_set.examples.windows for fit in fits)

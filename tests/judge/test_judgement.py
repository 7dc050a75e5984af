"""Laws of a judgement: the order of a score is all that its order's figures know, and JSON holds nobody's id."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.judge import judge_scores, judgement_to_json
from hotleads.judge.level import build_level_table, find_steps_down
from hotleads.judge.money import select_list
from hotleads.judge.order import compare_to_rivals, compute_percentiles, measure_order
from hotleads.judge.suspicion import find_buyers_only, find_jumps, find_too_good

GROWING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exponential": np.exp,
    "cubic": lambda x: x**3,
    "line": lambda x: 1_000 * x - 7,
}


def draw(seed: int, leads: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.normal(size=leads).round(1)
    return score, (rng.random(leads) < 1 / (1 + np.exp(2 - score))).astype(np.int64)


@pytest.mark.parametrize("grow", GROWING.values(), ids=GROWING)
def test_a_growing_change_of_scale_changes_nothing_about_order(grow: Callable[[np.ndarray], np.ndarray]) -> None:
    score, label = draw(1)
    leads, groups = pd.Series(range(len(label))), np.arange(len(label)) % 3
    one, other = (compute_percentiles(values, groups) for values in (score, grow(score)))
    assert (one == other).all()
    assert measure_order(label, one, score, leads) == measure_order(label, other, grow(score), leads)
    tables = [build_level_table(label, values) for values in (score, grow(score))]
    assert tables[0].drop(columns=["low", "high"]).equals(tables[1].drop(columns=["low", "high"]))
    assert find_steps_down(tables[0]) == find_steps_down(tables[1])


def test_a_rival_is_compared_in_both_figures_and_turning_the_comparison_turns_its_intervals() -> None:
    score, label = draw(2)
    noisy = score + np.random.default_rng(5).normal(scale=2, size=len(score))
    leads, groups = pd.Series(range(len(label))), np.zeros(len(label), np.int64)
    (one,), (other,) = (
        compare_to_rivals(label, compute_percentiles(own, groups), {"rival": rival}, groups, leads)
        for own, rival in ((score, noisy), (noisy, score))
    )
    for figure in ("roc_auc", "average_precision"):
        gap, turned = one.difference[figure], other.difference[figure]
        assert gap.estimate == pytest.approx(other.metrics[figure] - one.metrics[figure])
        assert 0 < gap.low < gap.estimate < gap.high
        assert (turned.low, turned.high) == pytest.approx((-gap.high, -gap.low))


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_a_call_list_is_as_long_as_asked_and_takes_no_lead_before_a_better_one(seed: int, capacity: int) -> None:
    score, _ = draw(seed, 60)
    groups = np.arange(60) % 2
    weight = select_list(score, groups, capacity)
    for group in (0, 1):
        inside, values = weight[groups == group], score[groups == group]
        assert inside.sum() == pytest.approx(min(capacity, 30))
        assert values[inside > 0].min() >= values[inside < 1].max(initial=-np.inf) or (inside == 1).all()


def test_a_ladder_that_falls_in_the_middle_is_told_with_the_drop() -> None:
    label = np.r_[np.zeros(450), np.ones(50), np.zeros(300), np.ones(200), np.zeros(400), np.ones(100)].astype(int)
    steps = find_steps_down(build_level_table(label, np.repeat([1.0, 2.0, 3.0], 500)))
    assert (steps[0].low, steps[0].high) == (1, 2)
    assert steps[0].drop == pytest.approx(0.2)


def test_a_score_that_copies_most_outcomes_is_too_good_and_an_honest_one_is_not() -> None:
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(3 - 1.2 * rng.normal(size=4_000)))
    label = (rng.random(4_000) < chance).astype(np.int64)
    groups, leads = np.zeros(4_000, np.int64), pd.Series(range(4_000))
    honest = compute_percentiles(chance, groups)
    leaked = compute_percentiles(np.where((label == 1) & (rng.random(4_000) < 0.6), 2.0, chance), groups)
    for order, is_leak in ((honest, False), (leaked, True)):
        auc = measure_order(label, order, order, leads).metrics["roc_auc"]
        found = find_too_good(label, order, auc, {"hotleads": honest})
        assert (found is not None and found.is_leak) == is_leak


def test_scores_of_buyers_alone_are_suspicious_and_of_half_of_everyone_not() -> None:
    assert find_buyers_only(judged=60, buyers=50, cohort=(1_000, 60)) is not None
    assert find_buyers_only(judged=500, buyers=35, cohort=(1_000, 60)) is None


def test_scores_that_rise_at_the_purchase_are_told() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"], utc=True)
    leads = [f"l{k}" for k in range(40)]
    rows = [
        {"lead_id": lead, "scored_at": day, "value": number % 7 + (100 if number < 20 and place == 2 else 0)}
        for number, lead in enumerate(leads)
        for place, day in enumerate(days)
    ]
    bought = pd.Series(pd.Timestamp("2024-02-10", tz="UTC"), index=leads[:20])
    assert find_jumps(pd.DataFrame(rows), bought) is not None
    assert find_jumps(pd.DataFrame(rows).assign(value=1.0), bought) is None


def test_json_is_plain_and_names_no_lead(tmp_path: Path) -> None:
    score, label = draw(3)
    ids = [f"person{k}@example.com" for k in range(len(label))]
    pd.DataFrame({"email": ids, "score": score, "as_of": "2024-01-01"}).to_csv(tmp_path / "scores.csv", index=False)
    bought = pd.DataFrame({"email": ids, "bought": label, "time": np.where(label, "2024-01-05", "")})
    bought.to_csv(tmp_path / "outcomes.csv", index=False)
    judgement = judge_scores(tmp_path / "scores.csv", outcomes=tmp_path / "outcomes.csv")
    text = json.dumps(judgement_to_json(judgement), allow_nan=False)
    assert judgement.verdict.code == "better-than-chance"
    assert "person" not in text
    assert judgement.buyers == label.sum()

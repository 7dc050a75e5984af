"""Quality expected before labels: exact where it can be, and its interval covers what comes."""

import numpy as np
import pytest

from hotleads.evaluation import roc_auc
from hotleads.monitoring.expected import (
    compute_min_roc_auc,
    estimate_quality,
    estimate_ranking_spread,
    read_promised_quality,
)

WINDOW = {"n": 1_000, "buyers": 60, "base_rate": 0.06, "mean_probability": 0.06, "log_loss": 0.2, "ece": 0.01}
CARD = {"quality_on_unseen_windows": {str(i): WINDOW | {"roc_auc": 0.8, "lift_10": 4.0} for i in range(4)}}


def _draw_scores(seed: int = 0) -> np.ndarray:
    return 1 / (1 + np.exp(3 - np.random.default_rng(seed).normal(0, 1.2, 2_000)))


def test_expected_figures_are_those_of_many_draws() -> None:
    p, random = _draw_scores(), np.random.default_rng(1)
    expected = estimate_quality(p, np.full(len(p), "warm"), CARD)
    figures = [roc_auc(random.random(len(p)) < p, p) for _ in range(200)]
    assert expected.roc_auc.estimate == pytest.approx(np.mean(figures), abs=0.004)
    assert expected.buyers.estimate == pytest.approx(p.sum())


def test_the_interval_covers_nine_launches_in_ten_or_more() -> None:
    p, random = _draw_scores(), np.random.default_rng(2)
    interval = estimate_quality(p, np.full(len(p), "warm"), CARD).roc_auc
    inside = [interval.low <= roc_auc(random.random(len(p)) < p, p) <= interval.high for _ in range(200)]
    assert np.mean(inside) > 0.85


def test_promised_quality_is_the_mean_of_the_unseen_windows() -> None:
    assert read_promised_quality(CARD)["roc_auc"] == pytest.approx(0.8)
    assert read_promised_quality({}) == {}


def test_launches_that_rank_alike_narrow_the_spread() -> None:
    assert estimate_ranking_spread(CARD, "roc_auc") < estimate_ranking_spread({}, "roc_auc")


def test_one_launch_in_two_hundred_ranks_below_the_least_by_chance_and_fewer_where_launches_differ() -> None:
    p, random = _draw_scores(), np.random.default_rng(3)
    labels = [random.random(len(p)) < p for _ in range(400)]
    expected = float(np.mean([roc_auc(y, p) for y in labels]))
    buyers = int(np.mean([y.sum() for y in labels]))
    least = compute_min_roc_auc(expected, buyers, len(p) - buyers, CARD)
    assert np.mean([roc_auc(y, p) < least for y in labels]) < 0.01
    apart = {str(i): WINDOW | {"roc_auc": 0.7 + 0.05 * i, "lift_10": 4.0} for i in range(5)}
    assert compute_min_roc_auc(expected, buyers, len(p) - buyers, {"quality_on_unseen_windows": apart}) < least
    assert compute_min_roc_auc(expected, 4 * buyers, 4 * (len(p) - buyers), CARD) > least

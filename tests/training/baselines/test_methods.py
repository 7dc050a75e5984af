"""The simple methods: each learns what it says, and no more."""

import numpy as np
import pytest

from hotleads.evaluation import roc_auc
from hotleads.features import FEATURES
from hotleads.training.baselines.methods import (
    ScoringSet,
    calibrate_scores,
    predict_base_rate,
    predict_by_bg_nbd,
    predict_by_boosting,
    predict_by_pareto_nbd,
    predict_by_recency,
    predict_by_rfm_quintiles,
    predict_by_rfm_regression,
)
from hotleads.training.examples import Examples

from .. import businesses

ALL = [
    predict_base_rate,
    predict_by_recency,
    predict_by_rfm_quintiles,
    predict_by_rfm_regression,
    predict_by_boosting,
    predict_by_bg_nbd,
    predict_by_pareto_nbd,
]


@pytest.fixture(scope="module")
def learned() -> Examples:
    rows = businesses.examples(rows=1500, features=FEATURES)
    table = rows.table
    table["days_from_first_to_last_purchase"] = table["days_since_first_purchase"] * 0.5
    chance = 1 / (1 + np.exp(0.8 * (np.log1p(table["days_since_last_purchase"].fillna(20)) - 2)))
    label = (np.random.default_rng(1).uniform(size=len(table)) < chance).astype(np.int64).to_numpy()
    return Examples(table, label, rows.window, rows.windows, rows.as_of)


def launched(learned: Examples) -> ScoringSet:
    return ScoringSet(learned.table.iloc[::2], 30.0)


@pytest.mark.parametrize("baseline", ALL)
def test_gives_each_lead_a_chance_and_about_the_rate_overall(learned: Examples, baseline: object) -> None:
    found = baseline(learned, launched(learned))  # type: ignore[operator]
    assert found.shape == (750,)
    assert ((found > 0) & (found < 1)).all()
    assert found.mean() == pytest.approx(learned.label[::2].mean(), abs=0.05)


def test_the_base_rate_counts_later_windows_more(learned: Examples) -> None:
    (rate,) = set(predict_base_rate(learned, launched(learned)))
    assert rate == pytest.approx(np.average(learned.label, weights=learned.weight))


@pytest.mark.parametrize(
    "baseline", [predict_by_recency, predict_by_rfm_quintiles, predict_by_rfm_regression, predict_by_boosting]
)
def test_finds_that_late_buyers_buy(learned: Examples, baseline: object) -> None:
    found = baseline(learned, launched(learned))  # type: ignore[operator]
    assert roc_auc(learned.label[::2], found) > 0.62


def test_recency_falls_back_on_what_a_history_has(learned: Examples) -> None:
    nothing_bought = learned.table.assign(days_since_last_purchase=np.nan)
    rows = Examples(nothing_bought, learned.label, learned.window, learned.windows, learned.as_of)
    found = predict_by_recency(rows, ScoringSet(nothing_bought, 30.0))
    assert len(set(found)) > 100
    silent = nothing_bought.assign(days_since_last_event=np.nan, days_since_last_capture=np.nan)
    rows = Examples(silent, learned.label, learned.window, learned.windows, learned.as_of)
    assert len(set(predict_by_recency(rows, ScoringSet(silent, 30.0)))) == 1


def test_quintiles_are_the_rates_of_cells_drawn_to_the_mean(learned: Examples) -> None:
    """Everyone alike is one cell: its rate, worth so many rows, and ten of the mean; that is the mean."""
    same = learned.table.assign(days_since_last_purchase=1.0, purchases=1.0, spend=1.0)
    rows = Examples(same, learned.label, learned.window, learned.windows, learned.as_of)
    (rate,) = set(predict_by_rfm_quintiles(rows, ScoringSet(same.iloc[:5], 30.0)))
    assert rate == pytest.approx(np.average(learned.label, weights=learned.weight))


def test_scores_are_calibrated_and_the_missing_have_a_rate_of_their_own(learned: Examples) -> None:
    random = np.random.default_rng(2)
    score = random.normal(size=len(learned.label))
    label = (random.uniform(size=len(score)) < 1 / (1 + np.exp(-2 * score))).astype(np.int64)
    score[:300] = np.nan
    label[:300] = random.uniform(size=300) < 0.1
    rows = Examples(learned.table, label, np.zeros(len(label), np.int64), ("window",), learned.as_of)
    found = calibrate_scores(rows, score, np.array([np.nan, -1.0, 0.0, 1.0]))
    assert found == pytest.approx([0.1, 0.12, 0.5, 0.88], abs=0.04)

"""The simple methods: each learns what it says, and no more."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

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

from ..businesses import draw_examples

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
def training_rows() -> Examples:
    rows = draw_examples(rows=1500, features=FEATURES)
    table = rows.table
    table["days_from_first_to_last_purchase"] = table["days_since_first_purchase"] * 0.5
    chance = 1 / (1 + np.exp(0.8 * (np.log1p(table["days_since_last_purchase"].fillna(20)) - 2)))
    label = (np.random.default_rng(1).uniform(size=len(table)) < chance).astype(np.int64).to_numpy()
    return Examples(table, label, rows.window, rows.windows, rows.as_of)


def take_half(training_rows: Examples) -> ScoringSet:
    return ScoringSet(training_rows.table.iloc[::2], 30.0)


@pytest.mark.parametrize("baseline", ALL)
def test_gives_each_lead_a_chance_and_about_the_rate_overall(training_rows: Examples, baseline: object) -> None:
    probability = baseline(training_rows, take_half(training_rows))  # type: ignore[operator]
    assert probability.shape == (750,)
    assert ((probability > 0) & (probability < 1)).all()
    assert probability.mean() == pytest.approx(training_rows.label[::2].mean(), abs=0.05)


def test_the_base_rate_counts_later_windows_more(training_rows: Examples) -> None:
    (rate,) = set(predict_base_rate(training_rows, take_half(training_rows)))
    assert rate == pytest.approx(np.average(training_rows.label, weights=training_rows.weight))


@pytest.mark.parametrize(
    "baseline", [predict_by_recency, predict_by_rfm_quintiles, predict_by_rfm_regression, predict_by_boosting]
)
def test_finds_that_late_buyers_buy(training_rows: Examples, baseline: object) -> None:
    probability = baseline(training_rows, take_half(training_rows))  # type: ignore[operator]
    assert roc_auc(training_rows.label[::2], probability) > 0.62


def test_boosting_is_scikit_learns_with_its_defaults() -> None:
    rows = draw_examples()
    scored = draw_examples(seed=1).table
    model = HistGradientBoostingClassifier(random_state=0).fit(rows.table.to_numpy(), rows.label, rows.weight)
    assert rows.table.nunique().min() > 255
    expected = model.predict_proba(scored.to_numpy())[:, 1]
    np.testing.assert_array_equal(predict_by_boosting(rows, ScoringSet(scored, 30.0)), expected)


def test_recency_falls_back_on_what_a_history_has(training_rows: Examples) -> None:
    nothing_bought = training_rows.table.assign(days_since_last_purchase=np.nan)
    rows = Examples(
        nothing_bought, training_rows.label, training_rows.window, training_rows.windows, training_rows.as_of
    )
    probability = predict_by_recency(rows, ScoringSet(nothing_bought, 30.0))
    assert len(set(probability)) > 100
    silent = nothing_bought.assign(days_since_last_event=np.nan, days_since_last_capture=np.nan)
    rows = Examples(silent, training_rows.label, training_rows.window, training_rows.windows, training_rows.as_of)
    assert len(set(predict_by_recency(rows, ScoringSet(silent, 30.0)))) == 1


def test_quintiles_are_the_rates_of_cells_shrunk_to_the_mean(training_rows: Examples) -> None:
    """Everyone alike is one cell: its rate, worth so many rows, and ten of the mean; that is the mean."""
    same = training_rows.table.assign(days_since_last_purchase=1.0, purchases=1.0, spend=1.0)
    rows = Examples(same, training_rows.label, training_rows.window, training_rows.windows, training_rows.as_of)
    (rate,) = set(predict_by_rfm_quintiles(rows, ScoringSet(same.iloc[:5], 30.0)))
    assert rate == pytest.approx(np.average(training_rows.label, weights=training_rows.weight))


def test_scores_are_calibrated_and_the_missing_have_a_rate_of_their_own(training_rows: Examples) -> None:
    random = np.random.default_rng(2)
    score = random.normal(size=len(training_rows.label))
    label = (random.uniform(size=len(score)) < 1 / (1 + np.exp(-2 * score))).astype(np.int64)
    score[:300] = np.nan
    label[:300] = random.uniform(size=300) < 0.1
    rows = Examples(training_rows.table, label, np.zeros(len(label), np.int64), ("window",), training_rows.as_of)
    probability = calibrate_scores(rows, score, np.array([np.nan, -1.0, 0.0, 1.0]))
    assert probability == pytest.approx([0.1, 0.12, 0.5, 0.88], abs=0.04)

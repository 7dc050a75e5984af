"""The figures of a scored launch: they add up, agree with the forecast, and claim no more than is known."""

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History
from hotleads.scoring import TIERS, LaunchPredictions, Model, forecast_buyers, predict_launch, tier_by_capacity
from hotleads.scoring.forecast import forecast_by_length
from hotleads.scoring.launch_summary import (
    LaunchSummary,
    build_tier_histogram,
    choose_list_lengths,
    compute_drivers,
    summarize_scored_launch,
)
from hotleads.scoring.model_quality import judge_model


@pytest.fixture(scope="module")
def predictions(history: History, model: Model) -> LaunchPredictions:
    return predict_launch(history, history.get_launch("L3"), model, tiers=tier_by_capacity(40))


@pytest.fixture(scope="module")
def summary(history: History, predictions: LaunchPredictions) -> LaunchSummary:
    return summarize_scored_launch(history, predictions)


def test_a_list_as_long_as_the_hot_tier_is_forecast_as_the_tier_is(summary: LaunchSummary) -> None:
    hot, every = summary.tiers[0], summary.tiers[-1]
    for tier in (hot, every):
        (row,) = (row for row in summary.lengths if row["leads"] == tier["leads"])
        assert row["buyers"] == pytest.approx(tier["buyers"])
        assert (row["low"], row["high"]) == (tier["low"], tier["high"])


def test_longer_lists_hold_more_buyers_and_less_likely_ones(summary: LaunchSummary) -> None:
    lengths = pd.DataFrame(summary.lengths)
    assert lengths["leads"].is_monotonic_increasing
    assert lengths[["buyers", "low", "high"]].apply(lambda column: column.is_monotonic_increasing).all()
    assert lengths["probability"].is_monotonic_decreasing
    assert lengths["leads"].iloc[-1] == summary.leads


def test_an_empty_list_brings_nobody() -> None:
    (row,) = forecast_by_length(np.array([0.5]), np.array([0]), spread=0.2).to_dict("records")
    assert (row["buyers"], row["low"], row["high"]) == (0, 0, 0)
    assert np.isnan(row["probability"])


@pytest.mark.parametrize("leads", [1, 7, 100, 250_000])
def test_list_lengths_begin_at_one_and_hold_the_marks(leads: int) -> None:
    lengths = choose_list_lengths(leads, np.array([0, leads // 3, leads]))
    assert lengths[0] == 1
    assert lengths[-1] == leads
    assert leads // 3 in lengths or not leads // 3
    assert len(lengths) <= 102
    assert (np.diff(lengths) > 0).all()


def test_every_lead_is_in_one_bin(summary: LaunchSummary, predictions: LaunchPredictions) -> None:
    table = pd.DataFrame(summary.histogram)
    counts = {tier["tier"]: tier["leads"] for tier in summary.tiers}
    assert {tier: int(table[tier].sum()) for tier in TIERS} == {tier: counts[tier] for tier in TIERS}
    inside = table.iloc[:-1]
    expected = [
        ((predictions.probability >= low) & (predictions.probability < high)).sum()
        for low, high in zip(inside["low"], inside["high"], strict=True)
    ]
    assert inside[list(TIERS)].sum(axis=1).tolist() == expected


@pytest.mark.parametrize("probability", [np.array([0.0]), np.full(3, 1.0), np.array([1e-7, 2e-7])])
def test_probabilities_at_the_ends_have_bins_too(probability: np.ndarray) -> None:
    table = build_tier_histogram(probability, np.full(len(probability), "cold"))
    assert table["cold"].sum() == len(probability)


def test_drivers_add_up_to_how_much_hotter_hot_leads_are(predictions: LaunchPredictions) -> None:
    hot = predictions.profile.policy.assign_tiers(predictions.probability) == "hot"
    drivers, group = compute_drivers(predictions, hot)
    logit = predictions.model.explain_matrix(predictions.X).logit
    assert group == "hot"
    assert drivers["difference"].sum() == pytest.approx(logit[hot].mean() - logit.mean(), abs=1e-4)
    assert drivers["share"].sum() == pytest.approx(1)
    assert drivers["difference"].is_monotonic_decreasing


def test_without_a_hot_lead_the_hottest_tenth_is_compared(predictions: LaunchPredictions) -> None:
    drivers, group = compute_drivers(predictions, np.zeros(len(predictions.leads), bool))
    assert group == "tenth"
    assert drivers["difference"].sum() > 0


def test_leads_who_never_bought_are_counted(summary: LaunchSummary, table: pd.DataFrame) -> None:
    assert summary.never_bought == pytest.approx((table["purchases"].fillna(0) == 0).mean())


def _build_card(*windows: tuple[float, int, float]) -> dict[str, object]:
    """A card of windows with their ROC AUC, their buyers and how many of those predicted came."""
    return {
        "quality_on_unseen_windows": {
            f"w{number}": {
                "n": 20 * buyers,
                "buyers": buyers,
                "base_rate": 0.05,
                "mean_probability": 0.05 / ratio,
                "roc_auc": auc,
                "lift_10": 3.0,
            }
            for number, (auc, buyers, ratio) in enumerate(windows)
        }
    }


@pytest.mark.parametrize(
    ("windows", "grade"),
    [
        ([(0.83, 40, 1.0), (0.81, 40, 1.0)], "strong"),
        ([(0.72, 40, 1.0), (0.74, 40, 1.1)], "good"),
        ([(0.62, 40, 1.0), (0.64, 40, 1.0)], "fair"),
        ([(0.30, 40, 1.0), (0.60, 40, 1.0)], "weak"),
        ([(0.83, 200, 0.2), (0.83, 200, 4.0)], "good"),  # the order held, the number of buyers did not
        ([(0.83, 40, 1.0)], "good"),  # one launch alone says less
        ([(0.55, 40, 1.0)], "weak"),
        ([(0.95, 9, 1.0), (0.9, 10, 1.0)], "untested"),
        ([], "untested"),
    ],
)
def test_the_word_for_a_model_follows_its_evidence(windows: list[tuple[float, int, float]], grade: str) -> None:
    assert judge_model(_build_card(*windows)).grade == grade


def test_the_evidence_names_the_worst_and_the_best_launch() -> None:
    quality = judge_model(_build_card((0.7, 40, 0.5), (0.8, 60, 1.5)))
    assert (quality.windows, quality.buyers, quality.roc_auc) == (2, 100, pytest.approx(0.75))
    assert (quality.ratio_low, quality.ratio_high) == (pytest.approx(0.5), pytest.approx(1.5))


def test_the_summary_forecasts_as_the_command_does(summary: LaunchSummary, predictions: LaunchPredictions) -> None:
    tiers = predictions.profile.policy.assign_tiers(predictions.probability)
    forecast = forecast_buyers(predictions.probability, tiers, spread=summary.quality.spread)
    assert [row["buyers"] for row in summary.tiers] == forecast["buyers"].tolist()

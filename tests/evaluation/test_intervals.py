"""Bootstrap intervals: exact cases, determinism, clusters, pairs, coverage."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import binom, norm

from hotleads.evaluation import (
    BootstrapOptions,
    Interval,
    Metric,
    average_precision,
    brier,
    compute_differences,
    compute_paired_differences,
    compute_ranking_differences,
    expected_calibration_error,
    fit_calibration_line,
    lift,
    log_loss,
    roc_auc,
    simulate_calibrated_ece,
)
from hotleads.evaluation.intervals import compute_percentile_interval, draw_lead_weights

METRICS: dict[str, Metric] = {"roc_auc": roc_auc, "lift_10": partial(lift, fraction=0.1), "brier": brier}


def bootstrap_intervals(
    metrics: dict[str, Metric],
    y: ArrayLike,
    p: ArrayLike,
    leads: ArrayLike | None = None,
    *,
    draws: int = 500,
    level: float = 0.9,
    seed: int = 0,
) -> dict[str, Interval]:
    """The percentile bootstrap of each metric, from the draws and the ends that the package's intervals are made of."""
    label, score = np.asarray(y, np.float64), np.asarray(p, np.float64)
    weights = list(draw_lead_weights(len(score), leads, draws, seed))
    return {
        name: Interval(
            metric(label, score),
            *compute_percentile_interval(np.array([metric(label, score, weight=weight) for weight in weights]), level),
        )
        for name, metric in metrics.items()
    }


def base_rate(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    return float(np.average(np.asarray(y), weights=weight))


def draw_launch(n: int, seed: int, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from true logits, and probabilities whose logits are `slope` times those."""
    random = np.random.default_rng(seed)
    x = random.normal(-1.5, 1.2, n)
    return (random.random(n) < expit(x)).astype(float), expit(slope * x)


def test_a_rate_has_its_binomial_interval() -> None:
    """The bootstrap of a mean of 0 and 1 is a binomial distribution, known exactly."""
    y = np.r_[np.ones(30), np.zeros(70)]
    interval = bootstrap_intervals({"rate": base_rate}, y, np.full(100, 0.3), draws=4000)["rate"]
    assert interval.estimate == pytest.approx(0.3)
    assert interval.low == pytest.approx(binom.ppf(0.05, 100, 0.3) / 100, abs=0.011)
    assert interval.high == pytest.approx(binom.ppf(0.95, 100, 0.3) / 100, abs=0.011)


def test_estimates_are_the_metrics_themselves() -> None:
    y, p = draw_launch(300, 1)
    intervals = bootstrap_intervals(METRICS, y, p, draws=50)
    assert list(intervals) == list(METRICS)
    for name, interval in intervals.items():
        assert interval.estimate == METRICS[name](y, p)
        assert interval.low < interval.estimate < interval.high


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    y, p = draw_launch(300, 2)
    first = bootstrap_intervals(METRICS, y, p, draws=40, seed=7)
    assert bootstrap_intervals(METRICS, y, p, draws=40, seed=7) == first
    assert bootstrap_intervals(METRICS, y, p, draws=40, seed=8) != first


def test_a_lead_with_many_rows_is_drawn_as_one() -> None:
    """Every row four times under its lead's name: the same interval as once; as strangers: half the width."""
    y, p = draw_launch(400, 3)
    four_y, four_p, leads = np.repeat(y, 4), np.repeat(p, 4), np.repeat([f"lead {i}" for i in range(400)], 4)
    once, by_lead, strangers = (
        intervals["brier"].high - intervals["brier"].low
        for intervals in (
            bootstrap_intervals({"brier": brier}, y, p, draws=600),
            bootstrap_intervals({"brier": brier}, four_y, four_p, leads, draws=600),
            bootstrap_intervals({"brier": brier}, four_y, four_p, draws=600),
        )
    )
    assert by_lead == pytest.approx(once, rel=0.1)
    assert strangers == pytest.approx(once / 2, rel=0.1)


def test_undefined_metrics_have_no_interval() -> None:
    intervals = bootstrap_intervals(METRICS, [0, 0, 0], [0.1, 0.2, 0.3], draws=20)
    assert math.isnan(intervals["roc_auc"].estimate)
    assert math.isnan(intervals["roc_auc"].low)
    assert math.isfinite(intervals["brier"].low)
    # One buyer in three rows: 30% of the draws hold none, too many to say anything.
    assert math.isnan(bootstrap_intervals(METRICS, [0, 0, 1], [0.1, 0.2, 0.3], draws=200)["roc_auc"].high)
    assert math.isnan(bootstrap_intervals(METRICS, [], [], draws=5)["brier"].estimate)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="leads needs one value a row"):
        bootstrap_intervals(METRICS, [0, 1], [0.1, 0.2], ["a"], draws=5)
    with pytest.raises(ValueError, match="level must be"):
        bootstrap_intervals(METRICS, [0, 1], [0.1, 0.2], level=90, draws=5)
    with pytest.raises(ValueError, match="probabilities lie in"):
        bootstrap_intervals(METRICS, [0, 1], [0.1, 1.2], draws=5)
    with pytest.raises(ValueError, match="labels are 0 or 1"):
        compute_paired_differences(METRICS, [0, 3], [0.1, 0.2], [0.1, 0.2], options=BootstrapOptions(draws=5))


def test_a_score_differs_from_itself_by_nothing() -> None:
    y, p = draw_launch(200, 4)
    for interval in compute_paired_differences(METRICS, y, p, p, options=BootstrapOptions(draws=30)).values():
        assert interval == (0, 0, 0)


def test_pairs_change_sign_with_their_order_and_are_narrower_than_two_intervals() -> None:
    y, p = draw_launch(500, 5)
    other = expit(np.log(p / (1 - p)) + np.random.default_rng(5).normal(0, 0.3, 500))
    ahead = compute_paired_differences(METRICS, y, p, other, options=BootstrapOptions(draws=200))
    behind = compute_paired_differences(METRICS, y, other, p, options=BootstrapOptions(draws=200))
    separate = bootstrap_intervals(METRICS, y, p, draws=200)
    for name in METRICS:
        assert ahead[name].estimate == pytest.approx(METRICS[name](y, p) - METRICS[name](y, other), abs=1e-12)
        assert ahead[name].low == pytest.approx(-behind[name].high, abs=1e-12)
        assert ahead[name].high - ahead[name].low < (separate[name].high - separate[name].low) / 1.5


def test_differences_to_several_are_those_to_each() -> None:
    y, p = draw_launch(300, 6)
    others = {"fair": np.roll(p, 1), "flat": np.full(300, 0.2)}
    differences = compute_differences(METRICS, y, p, others, options=BootstrapOptions(draws=20, seed=3))
    assert differences == {
        name: compute_paired_differences(METRICS, y, p, other, options=BootstrapOptions(draws=20, seed=3))
        for name, other in others.items()
    }
    assert compute_differences(METRICS, y, p, {}, options=BootstrapOptions(draws=20)) == {}


@pytest.mark.parametrize("ties", [1, 40, 4000])
def test_differences_of_rankings_are_those_of_their_metrics_to_the_last_bit(ties: int) -> None:
    rng = np.random.default_rng(ties)
    y, p = draw_launch(700, seed=ties)
    p = np.round(p * ties) / ties
    others = {"noisy": p + rng.normal(0, 0.1, len(p)), "flat": np.ones(len(p)), "same": p}
    leads, options = rng.integers(500, size=len(p)), BootstrapOptions(draws=25, seed=ties)
    metrics: dict[str, Metric] = {"roc_auc": roc_auc, "average_precision": average_precision}
    assert compute_ranking_differences(y, p, others, leads, options) == compute_differences(
        metrics, y, p, others, leads, options
    )


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_differences_of_rankings_are_undefined_where_all_have_one_label(label: float) -> None:
    gaps = compute_ranking_differences(np.full(9, label), np.arange(9), {"other": np.ones(9)})["other"]
    assert math.isnan(gaps["roc_auc"].estimate)
    assert math.isnan(gaps["average_precision"].estimate) == (label == 0)
    with pytest.raises(ValueError, match="labels are 0 or 1"):
        compute_ranking_differences([2, 0], [0.1, 0.2], {})


def test_ece_by_chance_is_what_true_probabilities_show() -> None:
    p = np.full(1000, 0.3)  # a constant: one bin, whose gap has a half-normal distribution
    interval = simulate_calibrated_ece(p, draws=2000, seed=1)
    scale = math.sqrt(0.3 * 0.7 / 1000)
    assert interval.estimate == pytest.approx(scale * math.sqrt(2 / math.pi), rel=0.05)
    assert interval.high == pytest.approx(scale * norm.ppf(0.975), rel=0.06)
    assert math.isnan(simulate_calibrated_ece([]).estimate)


@pytest.mark.parametrize(("slope", "low", "high"), [(1.0, 0.85, 0.99), (2.0, 0.0, 0.05)])
def test_ece_by_chance_separates_calibrated_scores_from_others(slope: float, low: float, high: float) -> None:
    """Below the upper end: about 95% of calibrated launches, and hardly one that is twice too extreme."""
    below = []
    for seed in range(60):
        y, p = draw_launch(1000, seed, slope)
        below.append(expected_calibration_error(y, p) <= simulate_calibrated_ece(p, draws=60, seed=seed).high)
    assert low <= np.mean(below) <= high + 1e-9


def measure_coverage(metrics: dict[str, Metric], launches: int, n: int, draws: int) -> dict[str, float]:
    truth = {name: metric(*draw_launch(1_000_000, 10**6)) for name, metric in metrics.items()}
    covered = dict.fromkeys(metrics, 0)
    for seed in range(launches):
        for name, interval in bootstrap_intervals(metrics, *draw_launch(n, seed), draws=draws, seed=seed).items():
            covered[name] += interval.low <= truth[name] <= interval.high
    return {name: count / launches for name, count in covered.items()}


@pytest.mark.slow
def test_intervals_cover_small() -> None:
    """Nominal 90%; with 120 launches its standard error is 2.7%."""
    for name, share in measure_coverage(METRICS, launches=120, n=800, draws=100).items():
        assert 0.80 <= share <= 0.97, name


@pytest.mark.slow
def test_intervals_cover(choose_size: Callable[[int, int], int]) -> None:
    """Nominal 90%, within three standard errors of a share over so many launches."""
    launches = choose_size(150, 600)
    margin = 3 * math.sqrt(0.9 * 0.1 / launches)
    metrics = METRICS | {
        "average_precision": average_precision,
        "log_loss": log_loss,
        "slope": lambda y, p, *, weight=None: fit_calibration_line(y, p, weight).slope,
    }
    size, draws = choose_size(800, 1500), choose_size(100, 200)
    for name, share in measure_coverage(metrics, launches=launches, n=size, draws=draws).items():
        assert abs(share - 0.9) <= margin, name


@pytest.mark.slow
def test_paired_intervals_cover() -> None:
    """Of a score and a noisier one, the true difference in AUC and Brier score."""
    metrics: dict[str, Metric] = {"roc_auc": roc_auc, "brier": brier}

    def pair(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        y, p = draw_launch(n, seed)
        noise = np.random.default_rng([seed, 1]).normal(0, 0.7, n)
        return y, p, expit(np.log(p / (1 - p)) + noise)

    y, p, other = pair(1_000_000, 10**6)
    truth = {name: metric(y, p) - metric(y, other) for name, metric in metrics.items()}
    covered = dict.fromkeys(metrics, 0)
    for seed in range(400):
        for name, interval in compute_paired_differences(
            metrics, *pair(1500, seed), options=BootstrapOptions(draws=200, seed=seed)
        ).items():
            covered[name] += interval.low <= truth[name] <= interval.high
    for name, count in covered.items():
        assert 0.86 <= count / 400 <= 0.94, name

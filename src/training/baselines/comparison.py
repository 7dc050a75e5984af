"""A model compared with the baselines on the same leads: what sets them apart, and how surely."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import norm

from ...evaluation import BootstrapOptions, average_precision, compute_differences, log_loss, roc_auc, summarize
from ...features import compute_features
from ...history import History, Launch
from ...scoring.scorecard import compute_scorecard, read_signal_events
from ..examples import Examples
from ..training_set import TrainingSet
from .methods import (
    BASELINE_FEATURES,
    Baseline,
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

Values = NDArray[np.float64]

#: Metrics by which a model is compared with a baseline, and whether more of it is better.
COMPARED_METRICS = {"roc_auc": (roc_auc, 1), "average_precision": (average_precision, 1), "log_loss": (log_loss, -1)}
#: Metrics of a baseline that a report shows.
SHOWN_METRICS = ("roc_auc", "average_precision", "lift_10", "log_loss", "ece")
#: A difference below this is no loss, however sure.
MARGIN = 0.002
#: How often a model that is worse than no baseline may be said to lose to any of them, by any metric.
_FALSE_LOSS_RATE = 0.05

_BASELINES: dict[str, Baseline] = {
    "base rate": predict_base_rate,
    "recency rule": predict_by_recency,
    "RFM quintiles": predict_by_rfm_quintiles,
    "logistic regression on RFM": predict_by_rfm_regression,
    "gradient boosting": predict_by_boosting,
}
# Models of buyers alone: where nobody has bought they predict nothing.
_BUYER_BASELINES: dict[str, Baseline] = {"BG/NBD": predict_by_bg_nbd, "Pareto/NBD": predict_by_pareto_nbd}
_SCORECARD = "scorecard"
#: Every method that a model may be compared with.
BASELINE_NAMES = (*_BASELINES, *_BUYER_BASELINES, _SCORECARD)


def predict_baselines(
    history: History,
    launch: Launch,
    training_set: TrainingSet,
    leads: pd.DataFrame,
    table: pd.DataFrame | None = None,
    left_out: Collection[str] = (),
) -> dict[str, Values]:
    """Return each baseline's probabilities of a launch's leads.

    The scorecard is there where a lead learned from had a signal, and models of repeat buying where anyone bought.

    Parameters
    ----------
    history : History
        Where the leads' features and signals lie.
    launch : Launch
        The launch that the leads are scored for.
    training_set : TrainingSet
        What the model learned from; the baselines learn from the same rows.
    leads : pandas.DataFrame
        ``lead_id`` and ``as_of``, each lead once.
    table : pandas.DataFrame or None
        The leads' features in ``training_set.context``: those of the training set and ``BASELINE_FEATURES``, a row a
        lead. None computes them.
    left_out : collection of str
        Names of baselines to leave out.

    Returns
    -------
    dict of str to numpy.ndarray of float64
        Probabilities by the baseline's name, in the order of ``leads``.
    """
    cohort, examples = leads[["lead_id", "as_of"]].reset_index(drop=True), training_set.examples
    if table is None:
        features = list(dict.fromkeys((*training_set.features, *BASELINE_FEATURES)))
        table = compute_features(history, launch, cohort, training_set.context, features)
    scoring_set = ScoringSet(table, launch.length / timedelta(days=1))
    baselines = _BASELINES | (_BUYER_BASELINES if table["purchase_days"].max() > 0 else {})
    predictions = {name: predict(examples, scoring_set) for name, predict in baselines.items() if name not in left_out}
    events = read_signal_events(history, {*examples.table.index, *cohort["lead_id"]})  # many are in several windows
    points = _compute_signal_points(history, examples, events)
    if points.any():
        card = compute_scorecard(history, cohort, events=events)["raw_signal_points"].to_numpy()
        predictions[_SCORECARD] = calibrate_scores(examples, np.log1p(points), np.log1p(card))
    return predictions


def compare_to_baselines(
    predictions: Mapping[str, Values], scored: pd.DataFrame, *, label: str = "label", seed: int = 0
) -> list[dict[str, Any]]:
    """Compare a model with baselines on the same leads.

    Parameters
    ----------
    predictions : mapping of str to numpy.ndarray of float64
        Each baseline's probabilities, in the order of ``scored`` (`predict_baselines`).
    scored : pandas.DataFrame
        ``lead_id``, ``probability`` (the model's) and the label, 0 or 1; each lead once.
    label : str
        The column that holds the truth.
    seed : int
        Seed of the intervals' resamples.

    Returns
    -------
    list of dict
        Plain values, one entry a baseline: ``baseline`` (its name), ``metrics``, and ``difference``: the model's figure
        minus the baseline's, with the ends of its 90% interval.
    """
    truth, probabilities = scored[label].to_numpy(np.int64), scored["probability"].to_numpy(np.float64)
    draws = int(np.clip(2_000_000 // max(len(scored), 1), 50, 200))  # a draw of a large launch is slow, and tells more
    metrics = {name: metric for name, (metric, _) in COMPARED_METRICS.items()}
    options = BootstrapOptions(draws=draws, seed=seed)
    gaps = compute_differences(metrics, truth, probabilities, predictions, scored["lead_id"], options)
    return [
        {
            "baseline": name,
            "metrics": summarize(truth, prediction),
            "difference": {
                metric: [_replace_infinite(value) for value in interval] for metric, interval in gaps[name].items()
            },
        }
        for name, prediction in predictions.items()
    ]


def _compute_signal_points(history: History, examples: Examples, events: pa.Table) -> Values:
    """Return the scorecard's points of each row learned from, before its own ``as_of``."""
    points = np.zeros(len(examples.label))
    for window in range(len(examples.windows)):
        rows = examples.window == window
        as_of = pd.to_datetime(examples.as_of[rows], unit="us", utc=True)
        leads = pd.DataFrame({"lead_id": examples.table.index[rows], "as_of": as_of})
        points[rows] = compute_scorecard(history, leads, events=events)["raw_signal_points"].to_numpy()
    return points


def average_baselines(launches: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return each baseline's metrics and differences as means over the launches that have it.

    Parameters
    ----------
    launches : sequence of sequence of mapping
        The entries of `compare_to_baselines` of each launch.

    Returns
    -------
    list of dict
        One entry a baseline: ``baseline``, ``launches`` (how many have it), ``metrics`` and ``difference``.
    """
    means: list[dict[str, Any]] = []
    for name in dict.fromkeys(entry["baseline"] for entries in launches for entry in entries):
        same = [entry for entries in launches for entry in entries if entry["baseline"] == name]
        metrics = {metric: _average([entry["metrics"][metric] for entry in same]) for metric in SHOWN_METRICS}
        gaps = {metric: _average([entry["difference"][metric][0] for entry in same]) for metric in COMPARED_METRICS}
        means.append({"baseline": name, "launches": len(same), "metrics": metrics, "difference": gaps})
    return means


def find_better_baseline(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the baseline that beats a model, and by what, as text; None where none does.

    It beats the model where that is worse by more than ``MARGIN`` and beyond what chance gives to the worst of so many
    comparisons: the near end of the 90% interval is moved out to the level that Bonferroni's rule asks of each. The
    surest loss is named. (Holm's rule gives the same answer, as its first step is Bonferroni's.)

    Parameters
    ----------
    entries : sequence of mapping
        The entries of `compare_to_baselines`.

    Returns
    -------
    str or None
        Name, metric, difference and interval.
    """
    comparisons = [
        (entry["baseline"], metric, *entry["difference"][metric])
        for entry in entries
        for metric in COMPARED_METRICS
        if None not in entry["difference"][metric]
    ]
    losses = [comparison for comparison in comparisons if COMPARED_METRICS[comparison[1]][1] * comparison[2] < -MARGIN]
    if not losses:
        return None
    widening = norm.isf(_FALSE_LOSS_RATE / len(comparisons)) / norm.isf(_FALSE_LOSS_RATE)
    surest = min(losses, key=_measure_doubt)
    if widening * _measure_doubt(surest) >= 1:
        return None
    baseline, metric, gap, low, high = surest
    words = metric.replace("_", " ").replace("roc auc", "ROC AUC")
    return f"the {baseline} ({words} {gap:+.4f}, 90% interval {low:+.4f} to {high:+.4f})"


def _measure_doubt(comparison: tuple[str, str, float, float, float]) -> float:
    """Return how far the interval reaches from a gap against the model back towards 0: 1 or more where it holds 0."""
    _, metric, gap, low, high = comparison
    near = high if COMPARED_METRICS[metric][1] > 0 else low
    return (near - gap) / -gap


def _average(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None


def _replace_infinite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None

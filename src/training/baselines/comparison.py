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

#: By what a model is compared, and whether more of it is better.
COMPARED_METRICS = {"roc_auc": (roc_auc, 1), "average_precision": (average_precision, 1), "log_loss": (log_loss, -1)}
#: Figures of a baseline that a report shows.
SHOWN_METRICS = ("roc_auc", "average_precision", "lift_10", "log_loss", "ece")
#: A difference below this is no loss, however sure.
MARGIN = 0.002
#: How often a model that is worse than no baseline may be said to lose to any of them, by any figure.
_FALSE_LOSS = 0.05

_BASELINES: dict[str, Baseline] = {
    "base rate": predict_base_rate,
    "recency rule": predict_by_recency,
    "RFM quintiles": predict_by_rfm_quintiles,
    "logistic regression on RFM": predict_by_rfm_regression,
    "gradient boosting": predict_by_boosting,
}
# Of buyers alone: where nobody has bought they have nothing to say.
_OF_BUYERS: dict[str, Baseline] = {"BG/NBD": predict_by_bg_nbd, "Pareto/NBD": predict_by_pareto_nbd}
_SCORECARD = "scorecard"


def compare_to_baselines(
    history: History,
    launch: Launch,
    learned: TrainingSet,
    scored: pd.DataFrame,
    *,
    label: str = "label",
    seed: int = 0,
    table: pd.DataFrame | None = None,
    left_out: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Return a plain entry a baseline: name, metrics, and the model's figures minus its own with their 90% intervals.

    Parameters
    ----------
    learned : what the model learned from; the baselines learn from the same rows.
    scored : `lead_id`, `as_of`, `probability` (the model's) and `label`, 0 or 1; each lead once.
    label : the column that holds the truth.
    table : the leads' features in `learned.context`, where they are at hand (`predict_baselines` says which).
    left_out : names of baselines that are not asked for.
    """
    truth, ours = scored[label].to_numpy(np.int64), scored["probability"].to_numpy(np.float64)
    draws = int(np.clip(2_000_000 // max(len(scored), 1), 50, 200))  # a draw of a large launch is slow, and tells more
    baselines = predict_baselines(history, launch, learned, scored, table, left_out)
    metrics = {each: metric for each, (metric, _) in COMPARED_METRICS.items()}
    options = BootstrapOptions(draws=draws, seed=seed)
    gaps = compute_differences(metrics, truth, ours, baselines, scored["lead_id"], options)
    return [
        {
            "baseline": name,
            "metrics": summarize(truth, theirs),
            "difference": {each: [_plain(value) for value in gap] for each, gap in gaps[name].items()},
        }
        for name, theirs in baselines.items()
    ]


def predict_baselines(
    history: History,
    launch: Launch,
    learned: TrainingSet,
    leads: pd.DataFrame,
    table: pd.DataFrame | None = None,
    left_out: Collection[str] = (),
) -> dict[str, Values]:
    """Each baseline's probabilities for ``leads`` (`lead_id`, `as_of`), in their order.

    ``table`` has the features learned and those of ``NEEDED``, a row a lead; it is made where it is not given.
    The scorecard is there where a lead learned from had a signal, and models of repeat buying where anyone bought.
    """
    cohort, examples = leads[["lead_id", "as_of"]].reset_index(drop=True), learned.examples
    if table is None:
        features = list(dict.fromkeys((*learned.features, *BASELINE_FEATURES)))
        table = compute_features(history, launch, cohort, learned.context, features)
    launched = ScoringSet(table, launch.length / timedelta(days=1))
    baselines = _BASELINES | (_OF_BUYERS if table["purchase_days"].max() > 0 else {})
    found = {name: baseline(examples, launched) for name, baseline in baselines.items() if name not in left_out}
    events = read_signal_events(history, {*examples.table.index, *cohort["lead_id"]})  # many are in several windows
    points = _signal_points(history, examples, events)
    if points.any():
        card = compute_scorecard(history, cohort, events=events)["raw_signal_points"].to_numpy()
        found[_SCORECARD] = calibrate_scores(examples, np.log1p(points), np.log1p(card))
    return found


def _signal_points(history: History, examples: Examples, events: pa.Table) -> Values:
    """The scorecard's points of each row learned from, before its own ``as_of``."""
    points = np.zeros(len(examples.label))
    for window in range(len(examples.windows)):
        own = examples.window == window
        as_of = pd.to_datetime(examples.as_of[own], unit="us", utc=True)
        leads = pd.DataFrame({"lead_id": examples.table.index[own], "as_of": as_of})
        points[own] = compute_scorecard(history, leads, events=events)["raw_signal_points"].to_numpy()
    return points


def average_baselines(launches: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Each baseline's figures, and what sets the model apart from it, as means over the launches that have it."""
    baselines = dict.fromkeys(entry["baseline"] for entries in launches for entry in entries)
    found = []
    for baseline in baselines:
        own = [entry for entries in launches for entry in entries if entry["baseline"] == baseline]
        metrics = {name: _mean([entry["metrics"][name] for entry in own]) for name in SHOWN_METRICS}
        gaps = {name: _mean([entry["difference"][name][0] for entry in own]) for name in COMPARED_METRICS}
        found.append({"baseline": baseline, "launches": len(own), "metrics": metrics, "difference": gaps})
    return found


def find_better_baseline(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """The baseline that a model loses to, and by what; None where it loses to none.

    It loses where it is worse by more than ``MARGIN`` and beyond what chance gives to the worst of so many comparisons:
    the near end of its 90% interval is moved out to the level that Bonferroni's rule asks of each. The surest loss is
    told. (Holm's rule gives the same answer, as its first step is Bonferroni's.)
    """
    compared = [
        (entry["baseline"], name, *entry["difference"][name])
        for entry in entries
        for name in COMPARED_METRICS
        if None not in entry["difference"][name]
    ]
    lost = [each for each in compared if COMPARED_METRICS[each[1]][1] * each[2] < -MARGIN]
    if not lost:
        return None
    widened = norm.isf(_FALSE_LOSS / len(compared)) / norm.isf(_FALSE_LOSS)
    surest = min(lost, key=_doubt)
    if widened * _doubt(surest) >= 1:
        return None
    baseline, name, gap, low, high = surest
    words = name.replace("_", " ").replace("roc auc", "ROC AUC")
    return f"the {baseline} ({words} {gap:+.4f}, 90% interval {low:+.4f} to {high:+.4f})"


def _doubt(compared: tuple[str, str, float, float, float]) -> float:
    """How far the interval reaches from a gap against the model back towards 0: 1 or more where it holds 0."""
    _, name, gap, low, high = compared
    near = high if COMPARED_METRICS[name][1] > 0 else low
    return (near - gap) / -gap


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None

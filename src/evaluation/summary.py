"""A launch's quality in one dictionary, and the intervals of its figures."""

import math
from functools import partial

from numpy.typing import ArrayLike

from .bootstrap_metrics import DRAWN_METRICS, compute_drawn_metrics
from .calibration import brier, expected_calibration_error, fit_calibration_line, log_loss
from .intervals import BootstrapOptions, Metric, compute_percentile_interval, draw_lead_weights
from .ranking import average_precision, lift, roc_auc
from .score_table import build_probability_table

_DEFAULT_OPTIONS = BootstrapOptions()


def summarize(y: ArrayLike, p: ArrayLike) -> dict[str, int | float | None]:
    """Return every figure by which a launch's scores are judged.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.

    Returns
    -------
    dict
        `n` and `buyers` (int); `base_rate`, `mean_probability`, `roc_auc`, `average_precision`, `lift_5`,
        `lift_10`, `lift_20` (at 5, 10 and 20% of the leads), `brier`, `log_loss`, `ece`, `calibration_slope` and
        `calibration_intercept` (float). None where undefined: without rows, without buyers or with nothing else.

    Raises
    ------
    ValueError
        As `build_probability_table`: lengths differ, a label is not 0 or 1, or a probability not in [0, 1].
    """
    table = build_probability_table(y, p)
    counts: dict[str, int | float | None] = {
        "n": int(table.rows.sum()),
        "buyers": int(table.buyers.sum()),
    }
    figures = {name: metric(y, p) for name, metric in SUMMARY_METRICS.items()}
    return counts | {name: value if math.isfinite(value) else None for name, value in figures.items()}


def bootstrap_summary(
    y: ArrayLike,
    p: ArrayLike,
    leads: ArrayLike | None = None,
    options: BootstrapOptions = _DEFAULT_OPTIONS,
    *,
    with_line: bool = True,
) -> dict[str, tuple[float, float]]:
    """Return the bootstrap interval, by lead, of each of `summarize`'s figures that has one.

    Parameters
    ----------
    y, p : array_like, shape (n,)
        Labels (0 or 1) and probabilities.
    leads : array_like, shape (n,), optional
        The lead of each row; by default each row is another lead. A lead's rows are drawn together.
    options : BootstrapOptions
        How to draw.
    with_line : bool
        Whether to fit calibration lines, which cost more than all else.

    Returns
    -------
    dict of str to (float, float)
        Left out: the counts, figures that are undefined, and `ece`, whose bootstrap misleads (see
        `simulate_calibrated_ece`).
    """
    table = build_probability_table(y, p)
    weights = draw_lead_weights(int(table.rows.sum()), leads, options.draws, options.seed)
    replicates = compute_drawn_metrics(y, p, weights, with_line=with_line)
    ends = {
        name: compute_percentile_interval(column, options.level)
        for name, column in zip(DRAWN_METRICS, replicates.T, strict=True)
    }
    return {name: end for name, end in ends.items() if math.isfinite(end[0])}


def _base_rate(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    table = build_probability_table(y, p, weight)
    return float(table.buyers.sum() / table.rows.sum()) if len(table.rows) else math.nan


def _mean_probability(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    table = build_probability_table(y, p, weight)
    return float((table.rows * table.score).sum() / table.rows.sum()) if len(table.rows) else math.nan


def _slope(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    return fit_calibration_line(y, p, weight).slope


def _intercept(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    return fit_calibration_line(y, p, weight).intercept


SUMMARY_METRICS: dict[str, Metric] = {
    "base_rate": _base_rate,
    "mean_probability": _mean_probability,
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "lift_5": partial(lift, fraction=0.05),
    "lift_10": partial(lift, fraction=0.1),
    "lift_20": partial(lift, fraction=0.2),
    "brier": brier,
    "log_loss": log_loss,
    "ece": expected_calibration_error,
    "calibration_slope": _slope,
    "calibration_intercept": _intercept,
}

"""One launch's quality in one dictionary, and the intervals that belong to it."""

import math
from functools import partial

from numpy.typing import ArrayLike

from .calibration import brier, calibration_line, expected_calibration_error, log_loss
from .draws import FIGURES, drawn_figures
from .intervals import Metric, lead_weights, percentile_ends
from .ranking import average_precision, lift, roc_auc
from .table import probability_table


def summarize(y: ArrayLike, p: ArrayLike) -> dict[str, int | float | None]:
    """Every figure by which a launch's scores are judged.

    Parameters
    ----------
    y : labels, 0 or 1.
    p : probabilities.

    Returns
    -------
    dict
        `n` and `buyers` (int); `base_rate`, `mean_probability`, `roc_auc`, `average_precision`, `lift_5`,
        `lift_10`, `lift_20` (at 5, 10 and 20% of the leads), `brier`, `log_loss`, `ece`, `calibration_slope` and
        `calibration_intercept` (float). None where undefined: without rows, without buyers or with nothing else.

    Raises
    ------
    ValueError
        As `probability_table`: lengths differ, a label is not 0 or 1, or a probability not in [0, 1].
    """
    table = probability_table(y, p)
    counts: dict[str, int | float | None] = {
        "n": int(table.rows.sum()),
        "buyers": int(table.buyers.sum()),
    }
    figures = {name: metric(y, p) for name, metric in SUMMARY_METRICS.items()}
    return counts | {name: value if math.isfinite(value) else None for name, value in figures.items()}


def summary_intervals(
    y: ArrayLike,
    p: ArrayLike,
    leads: ArrayLike | None = None,
    *,
    draws: int = 500,
    level: float = 0.9,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Bootstrap interval, by lead, of each of `summarize`'s figures that has one; parameters as there.

    Left out: the counts, figures that are undefined, and `ece`, whose bootstrap misleads (see `ece_by_chance`).
    """
    table = probability_table(y, p)
    drawn = drawn_figures(y, p, lead_weights(int(table.rows.sum()), leads, draws, seed))
    ends = {name: percentile_ends(column, level) for name, column in zip(FIGURES, drawn.T, strict=True)}
    return {name: end for name, end in ends.items() if math.isfinite(end[0])}


def _base_rate(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    table = probability_table(y, p, weight)
    return float(table.buyers.sum() / table.rows.sum()) if len(table.rows) else math.nan


def _mean_probability(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    table = probability_table(y, p, weight)
    return float((table.rows * table.score).sum() / table.rows.sum()) if len(table.rows) else math.nan


def _slope(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    return calibration_line(y, p, weight).slope


def _intercept(y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    return calibration_line(y, p, weight).intercept


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

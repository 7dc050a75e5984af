"""How well a score puts buyers before the others, and how much better or worse than its rivals, on the same leads.

A score's order is that of its leads inside each launch: every score becomes its percentile there, ties sharing their
middle. So nothing here changes under a strictly growing transformation, and no launch with many buyers flatters a score
that rates everybody in it higher.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..evaluation import (
    BootstrapOptions,
    Interval,
    Metric,
    average_precision,
    bootstrap_summary,
    compute_ranking_differences,
    lift,
    roc_auc,
)

FloatArray = NDArray[np.float64]

_LEVEL = 0.9
_ORDER_METRICS = ("roc_auc", "average_precision", "lift_5", "lift_10", "lift_20")
_COMPARED: Mapping[str, Metric] = {"roc_auc": roc_auc, "average_precision": average_precision}
_MAX_DRAWS, _MIN_DRAWS, _DRAWN_ROWS = 200, 60, 10_000_000


@dataclass(frozen=True)
class RivalComparison:
    """A rival's figures on the leads that it was asked about, and the score's less the rival's.

    Attributes
    ----------
    name
        The rival's.
    leads, buyers
        How many it was asked about.
    metrics
        The rival's ``roc_auc`` and ``average_precision``.
    difference
        The score's figures minus the rival's, each with its 90% interval.
    """

    name: str
    leads: int
    buyers: int
    metrics: Mapping[str, float]
    difference: Mapping[str, Interval]


@dataclass(frozen=True)
class OrderFigures:
    """How a score orders leads.

    Attributes
    ----------
    metrics
        ``roc_auc``, ``average_precision``, ``lift_5``, ``lift_10`` and ``lift_20``, each with its 90% interval by lead;
        NaN where undefined.
    distinct
        How many different values the score has.
    largest_tie
        The share of the leads that have the commonest value.
    """

    metrics: Mapping[str, Interval]
    distinct: int
    largest_tie: float


def compute_percentiles(values: FloatArray, groups: NDArray[np.int64]) -> FloatArray:
    """Return each value's percentile in its group, above 0 and below 1; equal values share their middle.

    Parameters
    ----------
    values
        Any finite numbers.
    groups
        The number of each value's group, from 0 on.
    """
    percentiles = np.empty(len(values))
    for group in range(int(groups.max()) + 1 if len(groups) else 0):
        rows = np.flatnonzero(groups == group)
        percentiles[rows] = rankdata(values[rows]) / (len(rows) + 1)
    return percentiles


def compute_known_percentiles(values: FloatArray, groups: NDArray[np.int64]) -> FloatArray:
    """Return the percentiles of the finite values among themselves, and NaN for the others."""
    percentiles = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    percentiles[known] = compute_percentiles(values[known], groups[known])
    return percentiles


def measure_order(
    label: NDArray[np.int64], percentiles: FloatArray, values: FloatArray, leads: pd.Series, seed: int = 0
) -> OrderFigures:
    """Measure the order of a score.

    Parameters
    ----------
    label
        1 bought, 0 not.
    percentiles
        Of the score, in its launch.
    values
        The score itself.
    leads
        The lead of each row; a lead's rows are drawn together.
    seed
        The same seed gives the same intervals.
    """
    options = choose_draws(len(label), seed)
    ends = bootstrap_summary(label, percentiles, leads.to_numpy(), options, with_line=False)
    estimates = {
        "roc_auc": roc_auc(label, percentiles),
        "average_precision": average_precision(label, percentiles),
        **{f"lift_{share}": lift(label, percentiles, share / 100) for share in (5, 10, 20)},
    }
    undefined = (float("nan"), float("nan"))
    metrics = {name: Interval(estimates[name], *ends.get(name, undefined)) for name in _ORDER_METRICS}
    _, counts = np.unique(values, return_counts=True)
    return OrderFigures(metrics, len(counts), float(counts.max() / len(values)) if len(values) else 0.0)


def compare_to_rivals(
    label: NDArray[np.int64],
    percentiles: FloatArray,
    rivals: Mapping[str, FloatArray],
    groups: NDArray[np.int64],
    leads: pd.Series,
    seed: int = 0,
) -> list[RivalComparison]:
    """Compare a score's order with each rival's, on the leads that the rival was asked about.

    Parameters
    ----------
    label, percentiles, leads, seed
        As in ``measure_order``.
    rivals
        Each rival's scores by its name; NaN where it was not asked.
    groups
        The number of each row's launch.
    """
    comparisons = []
    for mask, names in _group_by_mask(rivals):
        rows = np.flatnonzero(mask)
        own = compute_percentiles(percentiles[rows], groups[rows])
        others = {name: compute_percentiles(rivals[name][rows], groups[rows]) for name in names}
        y = label[rows]
        options = choose_draws(len(rows) * (len(names) + 1), seed)
        differences = compute_ranking_differences(y, own, others, leads.to_numpy()[rows], options)
        comparisons += [
            RivalComparison(
                name,
                len(rows),
                int(y.sum()),
                {metric: function(y, others[name]) for metric, function in _COMPARED.items()},
                differences[name],
            )
            for name in names
        ]
    order = list(rivals)
    return sorted(comparisons, key=lambda comparison: order.index(comparison.name))


def choose_draws(rows: int, seed: int) -> BootstrapOptions:
    """Return how often to draw: a draw of many rows is slow, and tells more."""
    draws = int(np.clip(_DRAWN_ROWS // max(rows, 1), _MIN_DRAWS, _MAX_DRAWS))
    return BootstrapOptions(draws=draws, level=_LEVEL, seed=seed)


def _group_by_mask(rivals: Mapping[str, FloatArray]) -> list[tuple[NDArray[np.bool_], Sequence[str]]]:
    """Return the rivals that were asked about the same rows together."""
    masks = {name: np.isfinite(values) for name, values in rivals.items()}
    groups: dict[bytes, tuple[NDArray[np.bool_], list[str]]] = {}
    for name, mask in masks.items():
        if mask.any():
            groups.setdefault(np.packbits(mask).tobytes(), (mask, []))[1].append(name)
    return list(groups.values())

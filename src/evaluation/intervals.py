"""Bootstrap intervals by lead: of a summary's figures and of the differences between scores on the same rows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .bootstrap_metrics import compute_drawn_ranking, sort_rows
from .calibration import expected_calibration_error
from .score_table import FloatArray, build_score_table


class Metric(Protocol):
    """A number from labels, scores and how often each row counts; NaN where it is undefined."""

    def __call__(self, y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float: ...


class Interval(NamedTuple):
    """An estimate and its interval.

    Attributes
    ----------
    estimate, low, high : float
        NaN where undefined.
    """

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class BootstrapOptions:
    """How a bootstrap draws.

    Attributes
    ----------
    draws : int
        How many times as many leads as there are get drawn with replacement.
    level : float
        The interval's nominal coverage, above 0 and below 1.
    seed : int
        The same seed gives the same intervals.
    """

    draws: int = 500
    level: float = 0.9
    seed: int = 0


_DEFAULT_OPTIONS = BootstrapOptions()


def compute_paired_differences(
    metrics: Mapping[str, Metric],
    y: ArrayLike,
    p: ArrayLike,
    other: ArrayLike,
    leads: ArrayLike | None = None,
    options: BootstrapOptions = _DEFAULT_OPTIONS,
) -> dict[str, Interval]:
    """Return the interval of each metric of `p` minus the same metric of `other`, both on the same rows in every draw.

    Much narrower than two separate intervals, since both scores are lucky on the same leads.

    Parameters
    ----------
    metrics : mapping of str to Metric
        The metrics by their names.
    y, p, other : array_like, shape (n,)
        Labels (0 or 1) and two scores of the same rows.
    leads : array_like, shape (n,), optional
        The lead of each row; by default each row is another lead. A lead's rows are drawn together, since what the
        same person does in two launches is not two independent facts.
    options : BootstrapOptions
        How to draw.

    Returns
    -------
    dict of str to Interval
        Percentile bootstrap intervals by the names in `metrics`. The ends are NaN where a metric is undefined in over
        a tenth of the draws.
    """
    return compute_differences(metrics, y, p, {"other": other}, leads, options)["other"]


def compute_differences(
    metrics: Mapping[str, Metric],
    y: ArrayLike,
    p: ArrayLike,
    others: Mapping[str, ArrayLike],
    leads: ArrayLike | None = None,
    options: BootstrapOptions = _DEFAULT_OPTIONS,
) -> dict[str, dict[str, Interval]]:
    """Return `compute_paired_differences` of `p` to each of several scores; `p` is measured once a draw for all.

    Parameters
    ----------
    metrics : mapping of str to Metric
        The metrics by their names.
    y, p : array_like, shape (n,)
        Labels (0 or 1) and the scores to compare.
    others : mapping of str to array_like, shape (n,)
        The other scores by their names.
    leads : array_like, shape (n,), optional
        The lead of each row; by default each row is another lead.
    options : BootstrapOptions
        How to draw.

    Returns
    -------
    dict of str to dict of str to Interval
        By the names in `others`, then by those in `metrics`.
    """
    label, names = np.asarray(y, np.float64), list(metrics)
    sorted_scores = [_sort_by_score(label, np.asarray(score, np.float64)) for score in (p, *others.values())]

    def compute_drawn_differences(weight: FloatArray) -> FloatArray:
        figures: FloatArray = np.array(
            [
                [metric(labels, scores, weight=weight[order]) for metric in metrics.values()]
                for order, labels, scores in sorted_scores
            ]
        ).reshape(len(sorted_scores), len(names))
        return np.asarray(figures[0] - figures[1:])

    weights = draw_lead_weights(len(label), leads, options.draws, options.seed)
    replicates = np.array([compute_drawn_differences(weight) for weight in weights])
    replicates = replicates.reshape(options.draws, len(others), len(names))
    estimates = compute_drawn_differences(np.ones(len(label)))
    return {
        other: _build_intervals(metrics, estimates[column].tolist(), replicates[:, column], options.level)
        for column, other in enumerate(others)
    }


def compute_ranking_differences(
    y: ArrayLike,
    p: ArrayLike,
    others: Mapping[str, ArrayLike],
    leads: ArrayLike | None = None,
    options: BootstrapOptions = _DEFAULT_OPTIONS,
) -> dict[str, dict[str, Interval]]:
    """Return `compute_differences` of ``roc_auc`` and ``average_precision``: the same bits, ten times cheaper.

    Parameters
    ----------
    y, p : array_like, shape (n,)
        Labels (0 or 1) and the scores to compare.
    others : mapping of str to array_like, shape (n,)
        The other scores by their names.
    leads : array_like, shape (n,), optional
        The lead of each row; by default each row is another lead.
    options : BootstrapOptions
        How to draw.

    Returns
    -------
    dict of str to dict of str to Interval
        By the names in `others`, then by metric.

    Raises
    ------
    ValueError
        As `build_score_table`.
    """
    label, metrics = np.asarray(y, np.float64), ("roc_auc", "average_precision")
    scores = [np.asarray(score, np.float64) for score in (p, *others.values())]
    for score in scores:
        build_score_table(label, score)  # raises for values that are no labels or scores
    every = [sort_rows(label, score) for score in scores]

    def compute_drawn_differences(weight: FloatArray) -> FloatArray:
        figures: FloatArray = np.array([compute_drawn_ranking(rows, weight) for rows in every])
        return np.asarray(figures[0] - figures[1:])

    weights = draw_lead_weights(len(label), leads, options.draws, options.seed)
    replicates = np.array([compute_drawn_differences(weight) for weight in weights])
    replicates = replicates.reshape(options.draws, len(others), len(metrics))
    estimates = compute_drawn_differences(np.ones(len(label)))
    return {
        other: _build_intervals(metrics, estimates[column].tolist(), replicates[:, column], options.level)
        for column, other in enumerate(others)
    }


def _sort_by_score(label: FloatArray, score: FloatArray) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Return the rows' order by falling score, and labels and scores in it, so that no metric sorts in every draw."""
    order = np.argsort(-score, kind="stable")
    return order, label[order], score[order]


def simulate_calibrated_ece(p: ArrayLike, *, draws: int = 200, level: float = 0.9, seed: int = 0) -> Interval:
    """Return the expected calibration error that these probabilities would show if they were calibrated.

    An ECE is never below its own sampling noise, and a bootstrap adds that noise a second time: for calibrated
    scores its interval hardly ever holds the truth. So an ECE is read against this: labels are drawn from `p`,
    and one inside or below the interval is no sign of bad calibration (Broecker and Smith, 2007).

    Parameters
    ----------
    p : array_like, shape (n,)
        Probabilities.
    draws : int
        How many times labels are drawn.
    level : float
        The share of the draws that the interval holds.
    seed : int
        The same seed gives the same interval.

    Returns
    -------
    Interval
        Mean of the draws' ECE as `estimate`, and the interval. NaN without rows.
    """
    score = -np.sort(-np.asarray(p, np.float64))
    random = np.random.default_rng(seed)
    replicates = np.array([expected_calibration_error(random.random(len(score)) < score, score) for _ in range(draws)])
    return Interval(float(replicates.mean()), *compute_percentile_interval(replicates, level))


def draw_lead_weights(n: int, leads: ArrayLike | None, draws: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each of `n` rows counts in each draw of as many leads as there are."""
    lead_of = np.arange(n) if leads is None else pd.factorize(np.asarray(leads))[0]
    if len(lead_of) != n:
        raise ValueError(f"leads needs one value a row; there are {len(lead_of)} for {n} rows")
    population = int(lead_of.max()) + 1 if n else 0
    random = np.random.default_rng(seed)
    for _ in range(draws):
        times = np.bincount(random.integers(population, size=population), minlength=population)
        yield times[lead_of].astype(np.float64)


def compute_percentile_interval(replicates: FloatArray, level: float) -> tuple[float, float]:
    """Return the interval that holds `level` of the draws; NaN where over a tenth of them are undefined."""
    if not 0 < level < 1:
        raise ValueError(f"level must be above 0 and below 1; it is {level}")
    tails = [(1 - level) / 2, (1 + level) / 2]
    defined = replicates[np.isfinite(replicates)]
    if not len(defined) or len(defined) < 0.9 * len(replicates):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, tails)
    return float(low), float(high)


def _build_intervals(
    metrics: Collection[str], estimates: list[float], replicates: FloatArray, level: float
) -> dict[str, Interval]:
    ends = [compute_percentile_interval(column, level) for column in replicates.T]
    return {name: Interval(value, *end) for name, value, end in zip(metrics, estimates, ends, strict=True)}

"""Bootstrap intervals by lead, for any metric and for the difference between two scores on the same rows."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .calibration import expected_calibration_error
from .table import FloatArray


class Metric(Protocol):
    """A number from labels, scores and how often each row counts; NaN where it is undefined."""

    def __call__(self, y: ArrayLike, p: ArrayLike, *, weight: ArrayLike | None = None) -> float: ...


class Interval(NamedTuple):
    """A value and the ends of its interval; NaN where undefined."""

    estimate: float
    low: float
    high: float


def bootstrap_intervals(
    metrics: Mapping[str, Metric],
    y: ArrayLike,
    p: ArrayLike,
    leads: ArrayLike | None = None,
    *,
    draws: int = 500,
    level: float = 0.9,
    seed: int = 0,
) -> dict[str, Interval]:
    """Percentile bootstrap interval of each metric.

    Parameters
    ----------
    y, p : labels and scores of `n` rows.
    leads : the lead of each row (default: each row is another lead). A lead's rows are drawn together, since
        what the same person does in two launches is not two independent facts.
    draws : how many times as many leads as there are get drawn with replacement.
    level : the interval's nominal coverage.
    seed : the same seed gives the same intervals.

    Returns
    -------
    dict[str, Interval]
        By the names in `metrics`. The ends are NaN where a metric is undefined in over a tenth of the draws.
    """
    label, score = np.asarray(y, np.float64), np.asarray(p, np.float64)
    order, label, score = _sorted(label, score)
    drawn = np.array(
        [
            [metric(label, score, weight=weight[order]) for metric in metrics.values()]
            for weight in lead_weights(len(score), leads, draws, seed)
        ]
    ).reshape(draws, len(metrics))
    estimates = [metric(label, score) for metric in metrics.values()]
    return _intervals(metrics, estimates, drawn, level)


def paired_differences(
    metrics: Mapping[str, Metric],
    y: ArrayLike,
    p: ArrayLike,
    other: ArrayLike,
    leads: ArrayLike | None = None,
    *,
    draws: int = 500,
    level: float = 0.9,
    seed: int = 0,
) -> dict[str, Interval]:
    """Interval of each metric of `p` minus the same metric of `other`, both on the same rows in every draw.

    Much narrower than what two separate intervals suggest, since both scores are lucky on the same leads.
    Parameters and result as in `bootstrap_intervals`.
    """
    return differences_to(metrics, y, p, {"other": other}, leads, draws=draws, level=level, seed=seed)["other"]


def differences_to(
    metrics: Mapping[str, Metric],
    y: ArrayLike,
    p: ArrayLike,
    others: Mapping[str, ArrayLike],
    leads: ArrayLike | None = None,
    *,
    draws: int = 500,
    level: float = 0.9,
    seed: int = 0,
) -> dict[str, dict[str, Interval]]:
    """`paired_differences` of `p` to each of `others`, by their names; `p` is judged once a draw for all of them."""
    label, names = np.asarray(y, np.float64), list(metrics)
    sides = [_sorted(label, np.asarray(score, np.float64)) for score in (p, *others.values())]

    def differences(weight: FloatArray) -> FloatArray:
        figures: FloatArray = np.array(
            [
                [metric(labels, scores, weight=weight[order]) for metric in metrics.values()]
                for order, labels, scores in sides
            ]
        ).reshape(len(sides), len(names))
        return np.asarray(figures[0] - figures[1:])

    drawn = np.array([differences(weight) for weight in lead_weights(len(label), leads, draws, seed)])
    drawn = drawn.reshape(draws, len(others), len(names))
    estimates = differences(np.ones(len(label)))
    return {
        other: _intervals(metrics, estimates[place].tolist(), drawn[:, place], level)
        for place, other in enumerate(others)
    }


def _sorted(label: FloatArray, score: FloatArray) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """The rows' order by falling score, and labels and scores in it, so that no metric sorts in every draw."""
    order = np.argsort(-score, kind="stable")
    return order, label[order], score[order]


def ece_by_chance(p: ArrayLike, *, draws: int = 200, level: float = 0.9, seed: int = 0) -> Interval:
    """The expected calibration error that these very probabilities would show if they were all true.

    An ECE is never below its own sampling noise, and a bootstrap adds that noise a second time: for calibrated
    scores its interval hardly ever holds the truth. So an ECE is read against this: labels are drawn from `p`,
    and one inside or below the interval is no sign of bad calibration (Broecker and Smith, 2007).

    Returns
    -------
    Interval
        Mean of the draws' ECE as `estimate`, and the interval that holds `level` of them. NaN without rows.
    """
    score = -np.sort(-np.asarray(p, np.float64))
    random = np.random.default_rng(seed)
    drawn = np.array([expected_calibration_error(random.random(len(score)) < score, score) for _ in range(draws)])
    return Interval(float(drawn.mean()), *percentile_ends(drawn, level))


def lead_weights(n: int, leads: ArrayLike | None, draws: int, seed: int) -> Iterator[FloatArray]:
    """How often each of `n` rows counts in each draw of as many leads as there are."""
    lead_of = np.arange(n) if leads is None else pd.factorize(np.asarray(leads))[0]
    if len(lead_of) != n:
        raise ValueError(f"leads needs one value a row; there are {len(lead_of)} for {n} rows")
    population = int(lead_of.max()) + 1 if n else 0
    random = np.random.default_rng(seed)
    for _ in range(draws):
        times = np.bincount(random.integers(population, size=population), minlength=population)
        yield times[lead_of].astype(np.float64)


def _intervals(
    metrics: Mapping[str, Metric], estimates: list[float], drawn: FloatArray, level: float
) -> dict[str, Interval]:
    ends = [percentile_ends(column, level) for column in drawn.T]
    return {name: Interval(value, *end) for name, value, end in zip(metrics, estimates, ends, strict=True)}


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must be above 0 and below 1; it is {level}")
    return level


def percentile_ends(drawn: FloatArray, level: float) -> tuple[float, float]:
    """The ends of the interval that holds ``level`` of the draws; NaN where over a tenth of them are undefined."""
    tails = [(1 - _checked(level)) / 2, (1 + level) / 2]
    defined = drawn[np.isfinite(drawn)]
    if not len(defined) or len(defined) < 0.9 * len(drawn):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, tails)
    return float(low), float(high)

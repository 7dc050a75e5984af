"""Calibration of probabilities: of the leads with 30%, do 30% buy?"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, xlog1py, xlogy

from .rates import compute_wilson_interval
from .score_table import FloatArray, ScoreTable, build_probability_table

# Probabilities of exactly 0 and 1 are moved inwards by this much before a logarithm, as scikit-learn does.
MIN_PROBABILITY = float(np.finfo(np.float64).eps)

# Newton's error squares with each step, so a last step of this size leaves none that a double could show.
NEWTON_TOLERANCE = 1e-8


class CalibrationLine(NamedTuple):
    """`logit(P(buys)) = intercept + slope * logit(p)`; perfect calibration is slope 1, intercept 0.

    Attributes
    ----------
    slope, intercept : float
        NaN where no finite best line exists.
    """

    slope: float
    intercept: float


def brier(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared difference between label and probability (Brier, 1950). NaN without rows.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.
    """
    table = build_probability_table(y, p, weight)
    others = table.rows - table.buyers
    return _compute_mean(table, table.buyers * (1 - table.score) ** 2 + others * table.score**2)


def log_loss(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean of minus the natural logarithm of the probability given to what happened. NaN without rows.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.
    """
    table = build_probability_table(y, p, weight)
    sure = np.clip(table.score, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    return _compute_mean(table, -xlogy(table.buyers, sure) - xlog1py(table.rows - table.buyers, -sure))


def expected_calibration_error(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, bins: int = 10) -> float:
    """Return the mean over equal-mass bins of |mean probability - observed rate|, weighted by their rows.

    Rows are sorted by probability and cut into `bins` parts of equal mass. Equal probabilities stay together, in
    the bin of their middle; so bins may differ in size, and a constant has one bin. With fewer rows than bins
    each distinct probability is a bin of its own. NaN without rows.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.
    bins : int
        The number of bins, at least 1.
    """
    table = build_probability_table(y, p, weight)
    gap = np.bincount(_assign_bins(table, bins), table.rows * table.score - table.buyers)
    return float(np.abs(gap).sum() / table.rows.sum()) if len(table.rows) else float("nan")


def build_reliability_table(y: ArrayLike, p: ArrayLike, bins: int = 10, level: float = 0.9) -> pd.DataFrame:
    """Return the bins of `expected_calibration_error`, lowest probability first, empty ones left out.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.
    bins : int
        The number of bins, at least 1.
    level : float
        The coverage of the interval, above 0 and below 1.

    Returns
    -------
    pandas.DataFrame
        `n`, `buyers`, `mean_probability`, `observed_rate` and the rate's Wilson interval `low`, `high`.
    """
    table = build_probability_table(y, p)
    bin_of = _assign_bins(table, bins)
    sums = [np.bincount(bin_of, part) for part in (table.rows, table.buyers, table.rows * table.score)]
    n, buyers, expected = (part[sums[0] > 0] for part in sums)
    low, high = compute_wilson_interval(buyers, n, level)
    return pd.DataFrame(
        {
            "n": n.astype(np.int64),
            "buyers": buyers.astype(np.int64),
            "mean_probability": expected / n,
            "observed_rate": buyers / n,
            "low": low,
            "high": high,
        }
    )


def fit_calibration_line(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> CalibrationLine:
    """Fit an unpenalised logistic regression of the label on the probability's logit (Cox, 1958).

    A slope below 1 means that the probabilities are too extreme, above 1 too timid. Both are NaN where no finite
    best line exists: one class only, a constant probability, or a threshold that splits buyers from the others.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.
    """
    table = build_probability_table(y, p, weight)
    x = logit(np.clip(table.score, MIN_PROBABILITY, 1 - MIN_PROBABILITY))
    if _is_split_by_threshold(x, table):
        return CalibrationLine(float("nan"), float("nan"))
    # Centered and scaled, Newton's two-by-two systems are well conditioned whatever the probabilities.
    center = float(np.average(x, weights=table.rows))
    scale = float(np.sqrt(np.average((x - center) ** 2, weights=table.rows)))
    try:
        level, tilt = _fit_logistic((x - center) / scale, table)
    except np.linalg.LinAlgError:  # so close to a split that the curvature vanishes in double precision
        return CalibrationLine(float("nan"), float("nan"))
    return CalibrationLine(tilt / scale, level - tilt * center / scale)


def _compute_mean(table: ScoreTable, sums: NDArray[np.floating]) -> float:
    return float(sums.sum() / table.rows.sum()) if len(table.rows) else float("nan")


def _assign_bins(table: ScoreTable, bins: int) -> NDArray[np.intp]:
    if bins < 1:
        raise ValueError(f"bins must be at least 1; it is {bins}")
    total = table.rows.sum()
    middle = total - np.cumsum(table.rows) + table.rows / 2  # counted from the lowest score
    bin_number: FloatArray = np.minimum(middle * bins / total, bins - 1)
    return bin_number.astype(np.intp)


def _is_split_by_threshold(x: FloatArray, table: ScoreTable) -> bool:
    bought, passed = x[table.buyers > 0], x[table.rows > table.buyers]
    if not len(bought) or not len(passed):
        return True
    return bool(bought.min() >= passed.max() or passed.min() >= bought.max())


def _fit_logistic(x: FloatArray, table: ScoreTable) -> tuple[float, float]:
    """Return intercept and slope of a logistic regression on `x`, by Newton's method with halved steps."""
    design = np.stack([np.ones_like(x), x])
    beta = np.array([logit(table.buyers.sum() / table.rows.sum()), 0.0])
    loss = _compute_logistic_loss(beta @ design, table)
    for _ in range(100):
        chance = expit(beta @ design)
        gradient = design @ (table.buyers - table.rows * chance)
        curvature = (design * (table.rows * chance * (1 - chance))) @ design.T
        step = np.linalg.solve(curvature, gradient)
        after = _compute_logistic_loss((beta + step) @ design, table)
        while after > loss and np.abs(step).max() > NEWTON_TOLERANCE:
            step = step / 2
            after = _compute_logistic_loss((beta + step) @ design, table)
        beta, loss = beta + step, after
        if np.abs(step).max() <= NEWTON_TOLERANCE:
            break
    return float(beta[0]), float(beta[1])


def _compute_logistic_loss(score: FloatArray, table: ScoreTable) -> float:
    return float((table.rows * np.logaddexp(0.0, score) - table.buyers * score).sum())

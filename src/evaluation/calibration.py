"""How true probabilities are: when 30% are said to buy, do 30% buy?"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, xlog1py, xlogy

from .rates import wilson_interval
from .table import FloatArray, ScoreTable, probability_table

# Probabilities of exactly 0 and 1 are moved inwards by this much before a logarithm, as scikit-learn does.
SMALLEST = float(np.finfo(np.float64).eps)

# Newton's error squares with each step, so a last step of this size leaves none that a double could show.
DONE = 1e-8


class CalibrationLine(NamedTuple):
    """`logit(P(buys)) = intercept + slope * logit(p)`; perfect calibration is slope 1, intercept 0."""

    slope: float
    intercept: float


def brier(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Mean squared difference between label and probability. NaN without rows."""
    table = probability_table(y, p, weight)
    others = table.rows - table.buyers
    return _mean(table, table.buyers * (1 - table.score) ** 2 + others * table.score**2)


def log_loss(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Mean of minus the natural logarithm of the probability given to what happened. NaN without rows."""
    table = probability_table(y, p, weight)
    sure = np.clip(table.score, SMALLEST, 1 - SMALLEST)
    return _mean(table, -xlogy(table.buyers, sure) - xlog1py(table.rows - table.buyers, -sure))


def expected_calibration_error(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, bins: int = 10) -> float:
    """Mean over equal-mass bins of |mean probability - observed rate|, weighted by their rows. NaN without rows.

    Rows are sorted by probability and cut into `bins` parts of equal mass. Equal probabilities stay together, in
    the bin of their middle; so bins may differ in size, and a constant has one bin. With fewer rows than bins
    each distinct probability is a bin of its own.
    """
    table = probability_table(y, p, weight)
    gap = np.bincount(_bin_of(table, bins), table.rows * table.score - table.buyers)
    return float(np.abs(gap).sum() / table.rows.sum()) if len(table.rows) else float("nan")


def reliability_table(y: ArrayLike, p: ArrayLike, bins: int = 10, level: float = 0.9) -> pd.DataFrame:
    """The bins of `expected_calibration_error`, lowest probability first, empty ones left out.

    Returns
    -------
    pandas.DataFrame
        `n`, `buyers`, `mean_probability`, `observed_rate` and the rate's Wilson interval `low`, `high`.
    """
    table = probability_table(y, p)
    bin_of = _bin_of(table, bins)
    sums = [np.bincount(bin_of, part) for part in (table.rows, table.buyers, table.rows * table.score)]
    n, buyers, expected = (part[sums[0] > 0] for part in sums)
    low, high = wilson_interval(buyers, n, level)
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


def calibration_line(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> CalibrationLine:
    """Unpenalised logistic regression of the label on the probability's logit (Cox, 1958).

    A slope below 1 says that the probabilities are too extreme, above 1 too timid. Both are NaN where no finite
    best line exists: one class only, a constant probability, or a threshold that splits buyers from the others.
    """
    table = probability_table(y, p, weight)
    x = logit(np.clip(table.score, SMALLEST, 1 - SMALLEST))
    if _split_by_threshold(x, table):
        return CalibrationLine(float("nan"), float("nan"))
    # Centered and scaled, Newton's two-by-two systems are well conditioned whatever the probabilities.
    center = float(np.average(x, weights=table.rows))
    scale = float(np.sqrt(np.average((x - center) ** 2, weights=table.rows)))
    try:
        level, tilt = _logistic_fit((x - center) / scale, table)
    except np.linalg.LinAlgError:  # so close to a split that the curvature vanishes in double precision
        return CalibrationLine(float("nan"), float("nan"))
    return CalibrationLine(tilt / scale, level - tilt * center / scale)


def _mean(table: ScoreTable, sums: NDArray[np.floating]) -> float:
    return float(sums.sum() / table.rows.sum()) if len(table.rows) else float("nan")


def _bin_of(table: ScoreTable, bins: int) -> NDArray[np.intp]:
    if bins < 1:
        raise ValueError(f"bins must be at least 1; it is {bins}")
    total = table.rows.sum()
    middle = total - np.cumsum(table.rows) + table.rows / 2  # counted from the lowest score
    place: FloatArray = np.minimum(middle * bins / total, bins - 1)
    return place.astype(np.intp)


def _split_by_threshold(x: FloatArray, table: ScoreTable) -> bool:
    bought, passed = x[table.buyers > 0], x[table.rows > table.buyers]
    if not len(bought) or not len(passed):
        return True
    return bool(bought.min() >= passed.max() or passed.min() >= bought.max())


def _logistic_fit(x: FloatArray, table: ScoreTable) -> tuple[float, float]:
    """Newton's method with halved steps for the intercept and slope of a logistic regression on `x`."""
    design = np.stack([np.ones_like(x), x])
    beta = np.array([logit(table.buyers.sum() / table.rows.sum()), 0.0])
    loss = _logistic_loss(beta @ design, table)
    for _ in range(100):
        chance = expit(beta @ design)
        gradient = design @ (table.buyers - table.rows * chance)
        curvature = (design * (table.rows * chance * (1 - chance))) @ design.T
        step = np.linalg.solve(curvature, gradient)
        while (after := _logistic_loss((beta + step) @ design, table)) > loss and np.abs(step).max() > DONE:
            step = step / 2
        beta, loss = beta + step, after
        if np.abs(step).max() <= DONE:
            break
    return float(beta[0]), float(beta[1])


def _logistic_loss(score: FloatArray, table: ScoreTable) -> float:
    return float((table.rows * np.logaddexp(0.0, score) - table.buyers * score).sum())

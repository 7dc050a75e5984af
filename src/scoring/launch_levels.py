"""How launches' levels moved and differed, and what that says of the level of the next: where it lies, and how far off.

A launch's level is the log-odds by which its leads bought more than a model that had not seen it said. Levels lie
around a walk: each is the walk's place, a normal difference of its own, and the luck of its leads. How far launches
differ and how fast the walk goes are averaged over their likelihood and a prior, so that few buyers tell little: one
window with four buyers has a standard error of a half. Source: the local level model (Harvey, 1989) with its mean
integrated out (restricted likelihood), here over a grid of both deviations.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

#: The deviations that are tried of a launch from the walk, and of the walk's steps. The first are log-normal before any
#: launch is seen. Steps of zero have this share, the others less the longer they are.
_DEVIATIONS = np.geomspace(0.03, 2.0, 14)
_STEPS = np.array([0.0, 0.05, 0.1, 0.2, 0.4, 0.8])
_MEDIAN_DEVIATION, _LOG_DEVIATION = 0.32, 0.7
_STILL_SHARE, _MEAN_STEP = 0.4, 0.3
#: The interval whose ends the spread keeps.
_LEVEL = 0.9


class LaunchLevels(NamedTuple):
    """What earlier launches say of the next one's level, in log-odds.

    Attributes
    ----------
    shift
        How far it lies from the mean of theirs.
    spread
        Standard deviation of the normal distribution with the 90% interval that it has around that.
    """

    shift: float
    spread: float


def fit_launch_levels(
    windows: Mapping[str, Mapping[str, Any]], open_windows: Mapping[str, Mapping[str, Any]] | None = None
) -> LaunchLevels:
    """Estimate the next launch's level from windows that a model had not seen.

    Parameters
    ----------
    windows : mapping of str to mapping
        Windows, oldest first, each with ``n``, ``base_rate`` and ``mean_probability``; those of which nothing was
        predicted are left out.
    open_windows : mapping of str to mapping, optional
        Later windows that are not over, as the whole model sees them: the same figures, of as many leads as have had
        their time to buy, and ``timing_variance``, that of the log of their number.

    Returns
    -------
    LaunchLevels
        A shift of 0 where there are fewer than two windows.
    """
    closed = [w for w in windows.values() if w["mean_probability"]]
    count = len(closed)
    known = [*closed, *(open_windows or {}).values()] if count > 1 else closed
    leads, rate, expected = (np.array([w[k] for w in known]) for k in ("n", "base_rate", "mean_probability"))
    bought = leads * rate
    others = np.maximum(leads - bought, 0.0)
    variance = 1 / (bought + 0.5) + 1 / (others + 0.5)
    variance = variance + [w.get("timing_variance", 0.0) for w in known] / (1 - np.minimum(rate, 0.9)) ** 2
    expected = np.clip(expected, 1e-9, 1 - 1e-9)
    off = np.log((bought + 0.5) / (others + 0.5)) - np.log(expected / (1 - expected))
    if count > 1:
        # Each lies off what the others said, without it, which is further than from the mean of all.
        off[:count] *= (count - 1) / count
        off[count:] += off[:count].mean()
        share, means, variances = _predict_next(off, variance, count)
    else:
        share, means, variances = _predict_first(variance)
    shift = float(np.sum(share * means))
    low, high = (_find_quantile(share, means - shift, variances, p) for p in ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2))
    return LaunchLevels(shift, float((high - low) / 2 / ndtri((1 + _LEVEL) / 2)))


def _compute_log_priors() -> Floats:
    """Return the log of the prior of each deviation (rows) and step (columns)."""
    deviations = -0.5 * (np.log(_DEVIATIONS / _MEDIAN_DEVIATION) / _LOG_DEVIATION) ** 2
    longer = np.exp(-_STEPS[1:] / _MEAN_STEP)
    steps = np.log(np.r_[_STILL_SHARE, (1 - _STILL_SHARE) * longer / longer.sum()])
    return np.asarray(deviations[:, None] + steps)


def _predict_first(variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what is known without two windows: the prior, of one launch against another."""
    share = np.exp(_compute_log_priors())
    variances = 2 * _DEVIATIONS[:, None] ** 2 + _STEPS**2 + variance.sum()
    return (share / share.sum()).ravel(), np.zeros(share.size), variances.ravel()


def _predict_next(levels: Floats, variance: Floats, closed: int) -> tuple[Floats, Floats, Floats]:
    """Return, for each deviation and step, its probability, and mean and variance of the next level.

    The means are told from the mean of the first ``closed`` levels, which the calibration has taken.
    """
    count = len(levels)
    walk = np.minimum.outer(np.arange(count + 1.0), np.arange(count + 1.0))
    evidence, means, variances = (np.empty((len(_DEVIATIONS), len(_STEPS))) for _ in range(3))
    for i, deviation in enumerate(_DEVIATIONS):
        for j, step in enumerate(_STEPS):
            covariance = np.diag(variance + deviation**2) + step**2 * walk[:count, :count]
            inverse = np.linalg.inv(covariance)
            weights = inverse.sum(axis=0)
            mean = weights @ levels / weights.sum()
            apart = levels - mean
            log_determinant = np.linalg.slogdet(covariance)[1] + np.log(weights.sum())
            evidence[i, j] = -0.5 * (log_determinant + apart @ inverse @ apart)
            gain = inverse @ (step**2 * walk[count, :count])
            means[i, j] = mean + gain @ apart
            variances[i, j] = (
                deviation**2 + step**2 * (count - gain @ walk[count, :count]) + (1 - gain.sum()) ** 2 / weights.sum()
            )
    evidence += _compute_log_priors()
    share = np.exp(evidence - evidence.max())
    return (share / share.sum()).ravel(), (means - levels[:closed].mean()).ravel(), variances.ravel()


def _find_quantile(share: Floats, means: Floats, variances: Floats, p: float) -> float:
    """Return the quantile of a mixture of normal distributions, by bisection."""
    deviations = np.sqrt(variances)
    low, high = float((means - 8 * deviations).min()), float((means + 8 * deviations).max())
    for _ in range(60):
        middle = (low + high) / 2
        if float(np.sum(share * ndtr((middle - means) / deviations))) < p:
            low = middle
        else:
            high = middle
    return low

"""When a figure is out of the ordinary: measured by how far it moved from one earlier launch to the next."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, softmax

#: An alarm on a launch where nothing changed is to be about this rare, for each signal and side.
_FALSE_ALARM = 0.005
#: Variances from launch to launch that are weighed, as multiples of the believed one.
_MULTIPLES = np.geomspace(1e-3, 1e6, 800)

FloatArray = NDArray[np.float64]


class Prior(NamedTuple):
    """Mean and standard deviation of a figure from launch to launch before any was seen, which counts as much as so
    many ``launches``."""

    mean: float
    deviation: float
    launches: float = 2.0


class ControlLimit(NamedTuple):
    """What is usual, and how far a launch may stray from it before it is an alarm."""

    usual: float
    tolerance: float

    @property
    def high(self) -> float:
        """The highest value that is no alarm."""
        return self.usual + self.tolerance


def fit_control_limit(
    past: Sequence[float], belief: Prior, noise: float = 0.0, past_noise: Sequence[float] = (), launches: int = 1
) -> ControlLimit:
    """The limit for the next launch's figure, or the mean of the next ``launches``, from those of earlier launches.

    A launch's figure is normal around an unknown mean with an unknown variance, a conjugate prior on both, and seen
    with a standard error of its own: ``past_noise`` are those of the past figures (0 unless given), ``noise`` that of
    the next (of their mean). The variance is integrated out over a grid, as in Gelman et al. (2013), section 5.4;
    without any noise the limit is that of Student's t with ``belief.launches + n`` degrees of freedom (section 3.3).
    An odd launch (the first one is, often), more than three deviations from the median, is left out, so that it does
    not widen the limit for all that follow.
    """
    seen = np.asarray(past, np.float64)
    errors = np.asarray(past_noise, np.float64) if len(past_noise) else np.zeros(len(seen))
    usual = _usual(seen, errors, belief)
    weight, mean, apart, unsure = _posterior(seen[usual], errors[usual], belief)
    deviation = np.sqrt(apart / launches + unsure + noise**2)
    middle = float(weight @ mean)

    def beyond(tolerance: float) -> float:
        return float(weight @ ndtr(-(middle + tolerance - mean) / deviation)) - _FALSE_ALARM

    return ControlLimit(middle, float(brentq(beyond, 0.0, 100 * float(deviation.max()))))


def _posterior(
    seen: FloatArray, errors: FloatArray, belief: Prior
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The grid's variances from launch to launch: each one's weight, and the common mean by it with its variance."""
    variance, strength = belief.deviation**2 * _MULTIPLES, belief.launches
    total = variance[:, None] + errors**2  # of each figure that was seen
    precision = strength / variance + (1 / total).sum(axis=1)
    mean = (strength / variance * belief.mean + (seen / total).sum(axis=1)) / precision
    away = strength / variance * (belief.mean - mean) ** 2 + ((seen - mean[:, None]) ** 2 / total).sum(axis=1)
    likelihood = -0.5 * (np.log(total).sum(axis=1) + np.log(precision * variance) + away)
    prior = -0.5 * strength * (np.log(_MULTIPLES) + 1 / _MULTIPLES)  # scaled inverse chi squared, on the log's scale
    return softmax(likelihood + prior), mean, variance, 1 / precision


def _usual(seen: FloatArray, errors: FloatArray, belief: Prior) -> NDArray[np.bool_]:
    if not len(seen):
        return np.ones(0, np.bool_)
    median = np.median(seen)
    deviation = max(1.4826 * float(np.median(np.abs(seen - median))), belief.deviation)  # of a normal distribution
    return np.asarray(np.abs(seen - median) <= 3 * np.hypot(deviation, errors))

"""A drift signal of a launch, and the control limit beyond which it is an alarm.

The limit comes from how far the figure moved from one earlier launch to the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, softmax

from ..language import Phrase

#: An alarm on a launch where nothing changed is to be about this rare, for each signal and side.
_FALSE_ALARM_RATE = 0.005
#: Variances from launch to launch that are weighed, as multiples of the prior's.
_MULTIPLES = np.geomspace(1e-3, 1e6, 800)

#: Why a figure has no limit: the one that earlier launches set is one that no launch can reach.
NO_LIMIT = Phrase("the earlier launches are too few, or too unlike each other, to say what would be too much")

FloatArray = NDArray[np.float64]
Cause = Literal["attribution", "campaign mix", "covariate", "conversion"]


@dataclass(frozen=True)
class DriftSignal:
    """One figure of a launch against the ``limit`` that the earlier launches set, around what is ``usual``.

    ``value`` is None where it cannot be computed (yet), which ``evidence`` explains; ``details`` are plain values.
    """

    cause: Cause
    measure: str
    value: float | None
    usual: float | None
    limit: float | None
    alarm: bool
    evidence: str
    details: Mapping[str, Any] = field(default_factory=dict)


def build_unknown_signal(cause: Cause, measure: str, why: str) -> DriftSignal:
    """Return a signal that cannot be computed, and why."""
    return DriftSignal(cause, measure, None, None, None, False, why)


class Prior(NamedTuple):
    """The prior on a figure's mean and standard deviation from launch to launch; it is worth so many ``launches``."""

    mean: float
    deviation: float
    launches: float = 2.0


class ControlLimit(NamedTuple):
    """What is usual, and how far a launch may stray from it before that is an alarm."""

    usual: float
    tolerance: float

    @property
    def high(self) -> float:
        """The highest value that is no alarm."""
        return self.usual + self.tolerance


def fit_control_limit(
    past: Sequence[float], prior: Prior, noise: float = 0.0, past_noise: Sequence[float] = (), launches: int = 1
) -> ControlLimit:
    """Fit the limit for the next launch's figure, or the mean of the next ``launches``, to earlier launches' figures.

    A launch's figure is normal around an unknown mean with an unknown variance, a conjugate prior on both, and seen
    with a standard error of its own: ``past_noise`` are those of the past figures (0 unless given), ``noise`` that of
    the next (of their mean). The variance is integrated out over a grid, as in Gelman et al. (2013), section 5.4;
    without any noise the limit is that of Student's t with ``prior.launches + n`` degrees of freedom (section 3.3).
    An odd launch (the first one is, often), more than three deviations from the median, is left out, so that it does
    not widen the limit for all that follow.
    """
    figures = np.asarray(past, np.float64)
    errors = np.asarray(past_noise, np.float64) if len(past_noise) else np.zeros(len(figures))
    usual = _exclude_outliers(figures, errors, prior)
    weight, mean, variance, mean_variance = _compute_posterior(figures[usual], errors[usual], prior)
    deviation = np.sqrt(variance / launches + mean_variance + noise**2)
    middle = float(weight @ mean)

    def excess_alarm_rate(tolerance: float) -> float:
        return float(weight @ ndtr(-(middle + tolerance - mean) / deviation)) - _FALSE_ALARM_RATE

    return ControlLimit(middle, float(brentq(excess_alarm_rate, 0.0, 100 * float(deviation.max()))))


def _compute_posterior(
    figures: FloatArray, errors: FloatArray, prior: Prior
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return for each variance of the grid its weight, the common mean under it, itself, and that mean's variance."""
    variance, strength = prior.deviation**2 * _MULTIPLES, prior.launches
    total = variance[:, None] + errors**2  # of each past figure
    precision = strength / variance + (1 / total).sum(axis=1)
    mean = (strength / variance * prior.mean + (figures / total).sum(axis=1)) / precision
    away = strength / variance * (prior.mean - mean) ** 2 + ((figures - mean[:, None]) ** 2 / total).sum(axis=1)
    likelihood = -0.5 * (np.log(total).sum(axis=1) + np.log(precision * variance) + away)
    # The log density of a scaled inverse chi squared distribution, up to a constant.
    log_prior = -0.5 * strength * (np.log(_MULTIPLES) + 1 / _MULTIPLES)
    return softmax(likelihood + log_prior), mean, variance, 1 / precision


def _exclude_outliers(figures: FloatArray, errors: FloatArray, prior: Prior) -> NDArray[np.bool_]:
    if not len(figures):
        return np.ones(0, np.bool_)
    median = np.median(figures)
    deviation = max(1.4826 * float(np.median(np.abs(figures - median))), prior.deviation)  # of a normal distribution
    return np.asarray(np.abs(figures - median) <= 3 * np.hypot(deviation, errors))

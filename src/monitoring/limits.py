"""When a figure is out of the ordinary: measured by how far it moved from one earlier launch to the next."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

#: An alarm on a launch where nothing changed is to be about this rare, for each signal and side.
_FALSE_ALARM = 0.005
#: What is believed before any launch was seen counts as much as so many launches.
_PRIOR_LAUNCHES = 2.0


class Belief(NamedTuple):
    """Mean and standard deviation of a figure from launch to launch, before any was seen."""

    mean: float
    deviation: float


class Limit(NamedTuple):
    """What is usual, and how far a launch may stray from it before it is an alarm."""

    usual: float
    tolerance: float

    @property
    def high(self) -> float:
        """The highest value that is no alarm."""
        return self.usual + self.tolerance


def alarm_limit(past: Sequence[float], belief: Belief, noise: float = 0.0, past_noise: Sequence[float] = ()) -> Limit:
    """The limit for the next launch's figure, from those of earlier launches.

    The predictive distribution of a normal figure of unknown mean and variance, with a conjugate (normal and inverse
    gamma) prior worth two launches: Student's t with ``2 + n`` degrees of freedom, after Gelman et al. (2013), section
    3.3. ``noise`` is the next figure's own standard error; ``past_noise`` are those of the past ones, whose variance is
    taken from theirs, as in a random-effects analysis (DerSimonian and Laird, 1986). An odd launch (the first one is,
    often), more than three deviations from the median, is left out, so that it does not widen the limit for all that
    follow.
    """
    seen = _without_outliers(np.asarray(past, np.float64), belief)
    n, strength = len(seen), _PRIOR_LAUNCHES
    mean = float((strength * belief.mean + seen.sum()) / (strength + n))
    between = strength * n / (strength + n) * ((seen.mean() - belief.mean) ** 2 if n else 0.0)
    within = float(((seen - seen.mean()) ** 2).sum()) if n else 0.0
    within = max(within - (n - 1) * float(np.mean(np.square(past_noise))), 0.0) if len(past_noise) and n else within
    freedom = strength + n
    variance = (strength * belief.deviation**2 + within + between) / freedom
    spread = t.ppf(1 - _FALSE_ALARM, freedom) * np.sqrt(variance * (1 + 1 / (strength + n)))
    return Limit(mean, float(np.hypot(spread, norm.ppf(1 - _FALSE_ALARM) * noise)))


def _without_outliers(seen: NDArray[np.float64], belief: Belief) -> NDArray[np.float64]:
    if not len(seen):
        return seen
    median = np.median(seen)
    deviation = max(1.4826 * float(np.median(np.abs(seen - median))), belief.deviation)  # of a normal distribution
    return seen[np.abs(seen - median) <= 3 * deviation]

"""The share of leads that launches usually convert, and how far a launch may lie from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: The prior on the spread of launches' conversion (log), and how many launches it is worth.
PRIOR_SPREAD, _PRIOR_LAUNCHES = 0.25, 4.0


@dataclass(frozen=True)
class UsualRate:
    """The share of buyers among the leads of earlier launches.

    Attributes
    ----------
    rate : float
        Their geometric mean.
    log_variance : float
        Variance of the log of a launch's rate around the log of ``rate``, apart from the luck of its own leads.
    """

    rate: float
    log_variance: float

    def count_errors(self, rate: float, leads: int) -> float:
        """Return how many standard errors the log of the rate of a launch with so many leads lies away."""
        error = np.sqrt(self.log_variance + 1 / (self.rate * leads))
        return float(abs(np.log(rate / self.rate)) / error)


def estimate_usual_rate(buyers: Sequence[int], leads: Sequence[int]) -> UsualRate:
    """Estimate the usual rate from the buyers and the leads of one launch or more."""
    bought, scored = np.array(buyers, np.float64), np.array(leads, np.float64)
    rates = (bought + 0.5) / (scored + 1)
    usual = float(np.exp(np.mean(np.log(rates))))
    chance = 1 / (bought + 0.5)
    beyond = max(float(((np.log(rates / usual)) ** 2 - chance).sum()), 0.0)
    spread = (_PRIOR_LAUNCHES * PRIOR_SPREAD**2 + beyond) / (_PRIOR_LAUNCHES + len(rates) - 1)
    return UsualRate(usual, float(spread * (1 + 1 / len(rates)) + chance.mean() / len(rates)))

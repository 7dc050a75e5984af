"""Pareto/NBD: buyers buy at a steady rate of their own, and are lost at a steady rate of their own.

Source: Schmittlein, Morrison and Colombo (1987), Counting Your Customers, Management Science 33(1); the formulas as
in Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from .rfm_summary import RfmSummary, Values, maximize_likelihood

_NODES, _WEIGHTS = (each / 2 for each in np.polynomial.legendre.leggauss(24))
_NODES = _NODES + 0.5  # on [0, 1]
_TAIL = 40.0


@dataclass(frozen=True)
class ParetoNBD:
    """Purchase rates are gamma (``r``, ``alpha``) over buyers, rates of loss gamma (``s``, ``beta``).

    ``alpha`` and ``beta`` are in the buyers' unit of time. Results have one value a buyer, NaN for a lead who never
    bought.
    """

    r: float
    alpha: float
    s: float
    beta: float

    def alive(self, buyers: RfmSummary) -> Values:
        """P(alive): the chance that the buyer is not lost yet."""
        numbers = np.array([self.r, self.alpha, self.s, self.beta])
        return np.asarray(expit(_log_alive(numbers, buyers) - _log_lost(numbers, buyers)))

    def buys_within(self, buyers: RfmSummary, time: float) -> Values:
        """The chance of at least one purchase in the next ``time``: of the first before the loss, over both rates."""
        u = time * _NODES[:, None]
        bought, lost = np.log1p(u / (self.alpha + buyers.age)), np.log1p(u / (self.beta + buyers.age))
        rate = self.r + buyers.repeats
        density = rate * np.exp(-(rate + 1) * bought - self.s * lost)
        return np.asarray(self.alive(buyers) * time * (_WEIGHTS @ density) / (self.alpha + buyers.age))

    def expected_purchases(self, buyers: RfmSummary, time: float) -> Values:
        """How many purchases to expect in the next ``time``."""
        ahead = np.log1p(time / (self.beta + buyers.age))
        s = self.s if abs(self.s - 1) > 1e-9 else 1 + 1e-9  # the formula divides by s - 1; the limit is smooth
        years = (self.beta + buyers.age) * -np.expm1((1 - s) * ahead) / (s - 1)
        return np.asarray(self.alive(buyers) * (self.r + buyers.repeats) / (self.alpha + buyers.age) * years)


def fit_pareto_nbd(buyers: RfmSummary) -> ParetoNBD:
    """The likeliest model of these buyers. Raises ValueError where nobody has bought."""
    unit = float(np.nanmean(buyers.age)) if np.isfinite(buyers.age).any() else 1.0
    scaled = RfmSummary(buyers.repeats, buyers.last / unit, buyers.age / unit)
    r, alpha, s, beta = maximize_likelihood(_log_likelihood, scaled).tolist()
    return ParetoNBD(r, alpha * unit, s, beta * unit)


def _log_likelihood(numbers: Values, buyers: RfmSummary) -> Values:
    r, alpha, s, beta = numbers
    known = gammaln(r + buyers.repeats) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return np.asarray(known + np.logaddexp(_log_alive(numbers, buyers), _log_lost(numbers, buyers)))


def _log_alive(numbers: Values, buyers: RfmSummary) -> Values:
    r, alpha, s, beta = numbers
    return np.asarray(-(r + buyers.repeats) * np.log(alpha + buyers.age) - s * np.log(beta + buyers.age))


def _log_lost(numbers: Values, buyers: RfmSummary) -> Values:
    """The log of ``s`` times the integral of (alpha + u)^-(r + x) (beta + u)^-(s + 1) over a loss at ``u`` in silence.

    The published difference of two hypergeometric functions loses its digits where the silence is short. Over
    q = log(least + u), with the smaller of alpha and beta, nothing of the integrand is steep but an exponential, whose
    tail is cut off where it is below e^-40; Gauss's rule on the rest gives what they would.
    """
    r, alpha, s, beta = numbers
    powers = (r + buyers.repeats, np.full_like(buyers.repeats, s + 1))
    (least, own), (most, other) = sorted(zip((alpha, beta), powers, strict=True), key=lambda pair: float(pair[0]))
    start, far = least + buyers.last, most + buyers.last
    with np.errstate(over="ignore", divide="ignore"):
        length = np.log((least + buyers.age) / start)
        length = np.minimum(length, np.where(own > 1, _TAIL / np.maximum(own - 1, 1e-9), np.inf))
        length = np.minimum(length, np.log1p(far * np.expm1(_TAIL / other) / start))
        q = length * _NODES[:, None]
        fall = (own - 1) * q + other * np.log1p(start * np.expm1(q) / far)
        share = np.log(length) + np.log(_WEIGHTS @ np.exp(-fall))  # without silence nobody was lost in it: log(0)
    return np.asarray(np.log(s) + share + (1 - own) * np.log(start) - other * np.log(far))

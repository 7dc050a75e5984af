"""Pareto/NBD: buyers buy at a steady rate of their own, and are lost at a steady rate of their own.

Source: Schmittlein, Morrison and Colombo (1987), Counting Your Customers, Management Science 33(1); the formulas as
in Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from .rfm_summary import RfmSummary, Values, maximize_likelihood

_NODES, _WEIGHTS = (values / 2 for values in np.polynomial.legendre.leggauss(24))
_NODES = _NODES + 0.5  # on [0, 1]
_MAX_EXPONENT = 40.0


@dataclass(frozen=True)
class ParetoNBD:
    """A fitted Pareto/NBD model. Its results have one value a buyer, NaN for a lead who never bought.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates over buyers.
    s, beta : float
        Shape and rate of the gamma distribution of the rates of loss. ``alpha`` and ``beta`` are in the buyers' unit of
        time.
    """

    r: float
    alpha: float
    s: float
    beta: float

    def probability_alive(self, buyers: RfmSummary) -> Values:
        """Return P(alive), the probability that the buyer is not lost yet."""
        parameters = np.array([self.r, self.alpha, self.s, self.beta])
        return np.asarray(expit(_log_alive(parameters, buyers) - _log_lost(parameters, buyers)))

    def probability_of_purchase(self, buyers: RfmSummary, time: float) -> Values:
        """Return the probability of at least one purchase in the next ``time``: of the first one before the loss."""
        u = time * _NODES[:, None]
        bought, lost = np.log1p(u / (self.alpha + buyers.T)), np.log1p(u / (self.beta + buyers.T))
        rate = self.r + buyers.frequency
        density = rate * np.exp(-(rate + 1) * bought - self.s * lost)
        return np.asarray(self.probability_alive(buyers) * time * (_WEIGHTS @ density) / (self.alpha + buyers.T))

    def expected_purchases(self, buyers: RfmSummary, time: float) -> Values:
        """Return the expected number of purchases in the next ``time`` (Schmittlein, Morrison and Colombo 1987)."""
        ahead = np.log1p(time / (self.beta + buyers.T))
        s = self.s if abs(self.s - 1) > 1e-9 else 1 + 1e-9  # the formula divides by s - 1; the limit is smooth
        lifetime = (self.beta + buyers.T) * -np.expm1((1 - s) * ahead) / (s - 1)
        alive = self.probability_alive(buyers)
        return np.asarray(alive * (self.r + buyers.frequency) / (self.alpha + buyers.T) * lifetime)


def fit_pareto_nbd(buyers: RfmSummary) -> ParetoNBD:
    """Fit the model to buyers, by maximum likelihood with a weak prior. Raises ValueError where nobody has bought."""
    unit = float(np.nanmean(buyers.T)) if np.isfinite(buyers.T).any() else 1.0
    scaled = RfmSummary(buyers.frequency, buyers.recency / unit, buyers.T / unit)
    r, alpha, s, beta = maximize_likelihood(_log_likelihood, scaled).tolist()
    return ParetoNBD(r, alpha * unit, s, beta * unit)


def _log_likelihood(parameters: Values, buyers: RfmSummary) -> Values:
    r, alpha, s, beta = parameters
    constant = gammaln(r + buyers.frequency) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return np.asarray(constant + np.logaddexp(_log_alive(parameters, buyers), _log_lost(parameters, buyers)))


def _log_alive(parameters: Values, buyers: RfmSummary) -> Values:
    r, alpha, s, beta = parameters
    return np.asarray(-(r + buyers.frequency) * np.log(alpha + buyers.T) - s * np.log(beta + buyers.T))


def _log_lost(parameters: Values, buyers: RfmSummary) -> Values:
    """Return the log of ``s`` times an integral: of (alpha + u)^-(r + x) (beta + u)^-(s + 1) over a loss at ``u``.

    The published difference of two hypergeometric functions loses its digits where the silence is short. Over
    q = log(least + u), with the smaller of alpha and beta, nothing of the integrand is steep but an exponential, whose
    tail is cut off where it is below e^-40; Gauss's rule on the rest gives what they would.
    """
    r, alpha, s, beta = parameters
    powers = (r + buyers.frequency, np.full_like(buyers.frequency, s + 1))
    (least, power), (most, other_power) = sorted(
        zip((alpha, beta), powers, strict=True), key=lambda pair: float(pair[0])
    )
    start, far = least + buyers.recency, most + buyers.recency
    with np.errstate(over="ignore", divide="ignore"):
        length = np.log((least + buyers.T) / start)
        length = np.minimum(length, np.where(power > 1, _MAX_EXPONENT / np.maximum(power - 1, 1e-9), np.inf))
        length = np.minimum(length, np.log1p(far * np.expm1(_MAX_EXPONENT / other_power) / start))
        q = length * _NODES[:, None]
        fall = (power - 1) * q + other_power * np.log1p(start * np.expm1(q) / far)
        share = np.log(length) + np.log(_WEIGHTS @ np.exp(-fall))  # without silence nobody was lost in it: log(0)
    return np.asarray(np.log(s) + share + (1 - power) * np.log(start) - other_power * np.log(far))

"""BG/NBD: buyers buy at a steady rate of their own, and after each purchase some are lost.

Names are those of the paper: ``x`` is the frequency, ``t_x`` the recency and ``T`` the age of a buyer. Source:
Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, hyp2f1

from .rfm_summary import RfmSummary, Values, maximize_likelihood


@dataclass(frozen=True)
class BGNBD:
    """A fitted BG/NBD model. Its results have one value a buyer, NaN for a lead who never bought.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates over buyers; ``alpha`` is in their unit of time.
    a, b : float
        Parameters of the beta distribution of the probability to be lost after a purchase.
    """

    r: float
    alpha: float
    a: float
    b: float

    def probability_alive(self, buyers: RfmSummary) -> Values:
        """Return P(alive), the probability that the buyer is not lost yet."""
        return np.asarray(expit(-_log_odds_lost(np.array([self.r, self.alpha, self.a, self.b]), buyers)))

    def probability_of_purchase(self, buyers: RfmSummary, time: float) -> Values:
        """Return the probability of at least one purchase in the next ``time``."""
        still = (self.alpha + buyers.T) / (self.alpha + buyers.T + time)
        return np.asarray(self.probability_alive(buyers) * -np.expm1((self.r + buyers.frequency) * np.log(still)))

    def expected_purchases(self, buyers: RfmSummary, time: float) -> Values:
        """Return the expected number of purchases in the next ``time`` (Fader, Hardie and Lee 2005, equation 10)."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula divides by a - 1; the limit is smooth
        rate, retained = self.r + buyers.frequency, self.b + buyers.frequency
        since = self.alpha + buyers.T
        still = rate * np.log(since / (since + time))
        share = np.exp(still) * hyp2f1(rate, retained, a + retained - 1, time / (since + time))
        return np.asarray(self.probability_alive(buyers) * (a + retained - 1) / (a - 1) * (1 - share))


def fit_bg_nbd(buyers: RfmSummary) -> BGNBD:
    """Fit the model to buyers, by maximum likelihood with a weak prior. Raises ValueError where nobody has bought."""
    unit = float(np.nanmean(buyers.T)) if np.isfinite(buyers.T).any() else 1.0
    scaled = RfmSummary(buyers.frequency, buyers.recency / unit, buyers.T / unit)
    r, alpha, a, b = maximize_likelihood(_log_likelihood, scaled).tolist()
    return BGNBD(r, alpha * unit, a, b)


def _log_likelihood(parameters: Values, buyers: RfmSummary) -> Values:
    r, alpha, a, b = parameters
    x = buyers.frequency
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + buyers.T)
    losses = betaln(a, b + x) - betaln(a, b)
    return np.asarray(rates + losses + np.logaddexp(0, _log_odds_lost(parameters, buyers)))


def _log_odds_lost(parameters: Values, buyers: RfmSummary) -> Values:
    """Return the log-odds of a loss right after the last purchase; one who never came back cannot be lost."""
    r, alpha, a, b = parameters
    x = buyers.frequency
    odds = np.log(a / np.where(x > 0, b + x - 1, 1.0)) + (r + x) * np.log((alpha + buyers.T) / (alpha + buyers.recency))
    return np.where(x == 0, -np.inf, odds)

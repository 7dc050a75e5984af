"""BG/NBD: buyers buy at a steady rate of their own, and after each purchase some are lost.

Source: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, hyp2f1

from .rfm_summary import RfmSummary, Values, maximize_likelihood


@dataclass(frozen=True)
class BGNBD:
    """Rates are gamma (``r``, ``alpha``) over buyers; the chance to be lost after a purchase is beta (``a``, ``b``).

    ``alpha`` is in the buyers' unit of time. Results have one value a buyer, NaN for a lead who never bought.
    """

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, buyers: RfmSummary) -> Values:
        """P(alive): the chance that the buyer is not lost yet."""
        return np.asarray(expit(-_log_odds_lost(np.array([self.r, self.alpha, self.a, self.b]), buyers)))

    def buys_within(self, buyers: RfmSummary, time: float) -> Values:
        """The chance of at least one purchase in the next ``time``."""
        still = (self.alpha + buyers.age) / (self.alpha + buyers.age + time)
        return np.asarray(self.alive(buyers) * -np.expm1((self.r + buyers.repeats) * np.log(still)))

    def expected_purchases(self, buyers: RfmSummary, time: float) -> Values:
        """How many purchases to expect in the next ``time``."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula divides by a - 1; the limit is smooth
        rate, kept = self.r + buyers.repeats, self.b + buyers.repeats
        since = self.alpha + buyers.age
        still = rate * np.log(since / (since + time))
        share = np.exp(still) * hyp2f1(rate, kept, a + kept - 1, time / (since + time))
        return np.asarray(self.alive(buyers) * (a + kept - 1) / (a - 1) * (1 - share))


def fit_bg_nbd(buyers: RfmSummary) -> BGNBD:
    """The likeliest model of these buyers. Raises ValueError where nobody has bought."""
    unit = float(np.nanmean(buyers.age)) if np.isfinite(buyers.age).any() else 1.0
    scaled = RfmSummary(buyers.repeats, buyers.last / unit, buyers.age / unit)
    r, alpha, a, b = maximize_likelihood(_log_likelihood, scaled).tolist()
    return BGNBD(r, alpha * unit, a, b)


def _log_likelihood(numbers: Values, buyers: RfmSummary) -> Values:
    r, alpha, a, b = numbers
    x = buyers.repeats
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + buyers.age)
    losses = betaln(a, b + x) - betaln(a, b)
    return np.asarray(rates + losses + np.logaddexp(0, _log_odds_lost(numbers, buyers)))


def _log_odds_lost(numbers: Values, buyers: RfmSummary) -> Values:
    """Of a loss right after the last purchase against none; a buyer who never came back cannot have been lost."""
    r, alpha, a, b = numbers
    x = buyers.repeats
    odds = np.log(a / np.where(x > 0, b + x - 1, 1.0)) + (r + x) * np.log((alpha + buyers.age) / (alpha + buyers.last))
    return np.where(x == 0, -np.inf, odds)

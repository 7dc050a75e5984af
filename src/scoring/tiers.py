"""From probabilities to what a marketer reads: a score between 0 and 100, and a tier by the owner's policy."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..features import Context

TIERS = ("hot", "warm", "cold")
_BY_STEPS = np.array(TIERS[::-1])


@dataclass(frozen=True)
class TierPolicy:
    """The least probabilities of a hot and of a warm lead, and the rule that gave them, in words for the scored rows.

    Raises ValueError where warm would ask for more than hot, or for less than nothing.
    """

    rule: str
    hot: float
    warm: float

    def __post_init__(self) -> None:
        if not self.hot >= self.warm >= 0:
            raise ValueError(
                f"hot must ask for at least as much as warm, and warm for 0; they ask {self.hot}, {self.warm}"
            )

    def assign_tier(self, probability: float) -> str:
        """``hot``, ``warm`` or ``cold``."""
        return "hot" if probability >= self.hot else "warm" if probability >= self.warm else "cold"

    def assign_tiers(self, probability: NDArray[np.float64]) -> NDArray[np.str_]:
        """``tier`` of each."""
        steps = np.add(probability >= self.hot, probability >= self.warm, dtype=np.intp)  # warm is at most hot
        found: NDArray[np.str_] = _BY_STEPS[steps]
        return found


#: Finds the policy of one launch from its leads' probabilities and its context.
TierRule = Callable[[NDArray[np.float64], Context], TierPolicy]


def tier_by_rate(context: Context) -> TierPolicy:
    """The default: hot from twice the reference rate, warm from once. Raises ValueError where the context has none."""
    rate = context.reference_rate
    if rate is None:
        raise ValueError("the context has no reference rate; use a trained model's")
    return TierPolicy("hot>=2x,warm>=1x", 2 * rate, rate)


def tier_by_probability(hot: float, warm: float) -> TierPolicy:
    """Bands that mean the same in every launch and for every model. Raises ValueError as ``TierPolicy``, or above 1."""
    if not hot <= 1:
        raise ValueError(f"hot asks for a probability of {hot:g}; there is none above 1")
    return TierPolicy(f"hot>={hot:g},warm>={warm:g}", hot, warm)


def tier_by_capacity(leads: int) -> TierRule:
    """At most so many leads of a launch are hot, the hottest ones; of the others, warm from the reference rate.

    Leads of one probability share a tier: where they do not all fit, none of them is hot. Raises ValueError below 1.
    """
    if leads < 1:
        raise ValueError(f"a capacity is at least one lead; it is {leads}")

    def rule(probability: NDArray[np.float64], context: Context) -> TierPolicy:
        hot = _least_of_first(probability, leads)
        return TierPolicy(f"hot:{leads} leads,warm>=1x", hot, min(hot, tier_by_rate(context).warm))

    return rule


def tier_by_profit(price: float, margin: float, contact_cost: float) -> TierPolicy:
    """Warm where the expected margin of a sale covers the contact, hot where it covers it twice.

    ``price`` and ``contact_cost`` are in one currency, ``margin`` is the share of the price that is kept. A sale is
    put down to the contact in full, so the thresholds are the lowest that can pay. Raises ValueError for a margin
    outside (0, 1], or a price or cost that is not above 0.
    """
    if not (price > 0 and contact_cost > 0 and 0 < margin <= 1):
        raise ValueError("give a price and a cost of contact above 0, and a margin above 0 and at most 1")
    break_even = contact_cost / (price * margin)
    rule = f"profit:price={price:g},margin={margin:g},contact={contact_cost:g},hot>=2x,warm>=1x"
    return TierPolicy(rule, 2 * break_even, break_even)


def compute_score(probability: float, context: Context) -> float:
    """100 x the probability's quantile in the context's reference distribution; never decreasing in it."""
    reference = context.reference_quantiles
    return 100.0 * bisect_right(reference, probability) / max(len(reference), 1)


def compute_scores(probability: NDArray[np.float64], context: Context) -> NDArray[np.float64]:
    """``score`` of each."""
    reference = context.reference
    return 100.0 * reference.searchsorted(probability, "right") / max(len(reference), 1)


def _least_of_first(probability: NDArray[np.float64], most: int) -> float:
    """The least threshold that no more than ``most`` of the probabilities reach; infinite where there is none."""
    if most >= len(probability):
        return 0.0
    hottest = -np.sort(-probability)
    above = hottest[:most][hottest[:most] > hottest[most]]
    return float(above[-1]) if len(above) else float("inf")

"""From probabilities to what a marketer reads: a score between 0 and 100, and a tier by the owner's policy."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..features import Context

#: The tiers, hottest first.
TIERS = ("hot", "warm", "cold")
_COLDEST_FIRST = np.array(TIERS[::-1])


@dataclass(frozen=True)
class TierPolicy:
    """The thresholds of the tiers.

    Parameters
    ----------
    rule : str
        The rule that gave the thresholds, as scored rows show it (``tier_policy``).
    hot, warm : float
        The least probability of a hot and of a warm lead.

    Raises
    ------
    ValueError
        ``warm`` is above ``hot`` or below 0.
    """

    rule: str
    hot: float
    warm: float

    def __post_init__(self) -> None:
        if not self.hot >= self.warm >= 0:
            raise ValueError(
                "the hot threshold must be at least the warm one, and the warm one at least 0; "
                f"they are {self.hot} and {self.warm}"
            )

    def assign_tier(self, probability: float) -> str:
        """Return ``hot``, ``warm`` or ``cold``."""
        return "hot" if probability >= self.hot else "warm" if probability >= self.warm else "cold"

    def assign_tiers(self, probability: NDArray[np.float64]) -> NDArray[np.str_]:
        """Return the tier of each probability."""
        steps = np.add(probability >= self.hot, probability >= self.warm, dtype=np.intp)  # warm is at most hot
        tiers: NDArray[np.str_] = _COLDEST_FIRST[steps]
        return tiers


#: Chooses the policy of one launch from its leads' probabilities and its context.
TierRule = Callable[[NDArray[np.float64], Context], TierPolicy]


def choose_policy(
    tiers: TierPolicy | TierRule | None, probability: NDArray[np.float64], context: Context
) -> TierPolicy:
    """Return the policy of a launch: the one given, the rule's, or by default that of ``tier_by_rate``."""
    return tiers(probability, context) if callable(tiers) else tiers or tier_by_rate(context)


def tier_by_rate(context: Context) -> TierPolicy:
    """Return the default policy: hot from twice the reference rate, warm from once.

    Parameters
    ----------
    context : Context

    Returns
    -------
    TierPolicy

    Raises
    ------
    ValueError
        The context has no reference rate.
    """
    rate = context.reference_rate
    if rate is None:
        raise ValueError("the context has no reference rate; use a trained model's")
    return TierPolicy("hot>=2x,warm>=1x", 2 * rate, rate)


def tier_by_probability(hot: float, warm: float) -> TierPolicy:
    """Return a policy of fixed bands, which mean the same in every launch and for every model.

    Parameters
    ----------
    hot, warm : float
        The least probability of a hot and of a warm lead, between 0 and 1.

    Returns
    -------
    TierPolicy

    Raises
    ------
    ValueError
        ``hot`` is above 1 or below ``warm``, or ``warm`` is below 0.
    """
    if not hot <= 1:
        raise ValueError(f"the hot threshold is a probability of {hot:g}; give one of at most 1")
    return TierPolicy(f"hot>={hot:g},warm>={warm:g}", hot, warm)


def tier_by_capacity(leads: int) -> TierRule:
    """Return a rule by which only the hottest leads of a launch are hot, as many as can be contacted.

    Of the others, those from the reference rate on are warm. Leads of one probability share a tier: where they do not
    all fit, none of them is hot.

    Parameters
    ----------
    leads : int
        The most leads of a launch that can be hot, at least 1.

    Returns
    -------
    TierRule

    Raises
    ------
    ValueError
        ``leads`` is below 1.
    """
    if leads < 1:
        raise ValueError(f"a capacity is at least one lead; it is {leads}")

    def choose(probability: NDArray[np.float64], context: Context) -> TierPolicy:
        hot = _find_threshold(probability, leads)
        return TierPolicy(f"hot:{leads} leads,warm>=1x", hot, min(hot, tier_by_rate(context).warm))

    return choose


def tier_by_profit(price: float, margin: float, contact_cost: float) -> TierPolicy:
    """Return the policy: warm where the expected margin of a sale covers the contact, hot where it covers it twice.

    A sale is put down to the contact in full, so the thresholds are the lowest that can pay.

    Parameters
    ----------
    price : float
        Price of a sale, above 0.
    margin : float
        The share of the price that is kept, above 0 and at most 1.
    contact_cost : float
        Cost of contacting one lead, above 0, in the currency of ``price``.

    Returns
    -------
    TierPolicy

    Raises
    ------
    ValueError
        One of the three is out of its range.
    """
    if not (price > 0 and contact_cost > 0 and 0 < margin <= 1):
        raise ValueError("give a price and a cost of contact above 0, and a margin above 0 and at most 1")
    break_even = contact_cost / (price * margin)
    rule = f"profit:price={price:g},margin={margin:g},contact={contact_cost:g},hot>=2x,warm>=1x"
    return TierPolicy(rule, 2 * break_even, break_even)


def compute_score(probability: float, context: Context) -> float:
    """Return a lead's score: 100 x the quantile of its probability in the context's reference distribution.

    Parameters
    ----------
    probability : float
    context : Context

    Returns
    -------
    float
        Between 0 and 100, never decreasing in the probability; 0 where the context has no reference distribution.
    """
    reference = context.reference_quantiles
    return 100.0 * bisect_right(reference, probability) / max(len(reference), 1)


def compute_scores(probability: NDArray[np.float64], context: Context) -> NDArray[np.float64]:
    """Return the score of each probability, as ``compute_score`` does.

    Parameters
    ----------
    probability : array of float, shape (leads,)
    context : Context

    Returns
    -------
    array of float, shape (leads,)
    """
    reference = context.reference
    return 100.0 * reference.searchsorted(probability, "right") / max(len(reference), 1)


def _find_threshold(probability: NDArray[np.float64], count: int) -> float:
    """Return the least threshold that at most ``count`` of the probabilities reach; infinite where there is none."""
    if count >= len(probability):
        return 0.0
    hottest = -np.sort(-probability)
    above = hottest[:count][hottest[:count] > hottest[count]]
    return float(above[-1]) if len(above) else float("inf")

"""From probabilities to what a marketer reads: a score between 0 and 100, and a tier."""

import numpy as np
from numpy.typing import NDArray

from features import Context

#: hot from twice the reference rate, warm from once.
TIER_POLICY = "hot>=2x,warm>=1x"
TIERS = ("hot", "warm", "cold")


def scores(probability: NDArray[np.float64], context: Context) -> NDArray[np.float64]:
    """100 x the probability's quantile in the context's reference distribution; never decreasing in it."""
    reference = np.asarray(context.reference_quantiles)
    return 100.0 * np.searchsorted(reference, probability, side="right") / max(len(reference), 1)


def tiers(probability: NDArray[np.float64], context: Context) -> NDArray[np.str_]:
    """``hot``, ``warm`` or ``cold`` by ``TIER_POLICY``. Raises ValueError where the context has no reference rate."""
    rate = context.reference_rate
    if rate is None:
        raise ValueError("the context has no reference rate; use a trained model's")
    return np.select([probability >= 2 * rate, probability >= rate], ["hot", "warm"], "cold")

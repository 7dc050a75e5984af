"""What a choice of tiers is expected to bring, before anybody has bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom, nbinom, poisson

from .tiers import TIERS

#: What is believed of a launch's spread before any was seen, and how many launches that belief is worth.
_PRIOR_SPREAD, _PRIOR_LAUNCHES = 0.25, 2.0


@dataclass(frozen=True)
class Economics:
    """Price of a sale and cost of a contact, in one currency; ``margin`` is the share of the price that is kept."""

    price: float
    margin: float = 1.0
    contact_cost: float = 0.0


def forecast_buyers(
    probability: NDArray[np.float64],
    tier: NDArray[np.str_],
    *,
    spread: float,
    economics: Economics | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    """Buyers expected in each tier, with an interval, and what contacting the whole tier would earn.

    ``spread`` is how far a launch's buyers stray from the forecast, relative to it (see ``launch_spread``). A count's
    variance is ``sum p (1 - p)`` of the leads' own chances and ``(spread x sum p)^2`` of the launch's; the interval is
    that of the binomial, Poisson or negative binomial count that has this mean and variance.

    Returns one row a tier, hottest first, and one for ``all``: ``tier, leads, buyers, low, high``; with ``economics``
    also ``revenue`` and ``profit`` (margin less contacts) and the profit's ``profit_low``, ``profit_high``.
    """
    rows = [_row(name, probability[tier == name], spread, economics, level) for name in TIERS]
    return pd.DataFrame([*rows, _row("all", probability, spread, economics, level)])


def estimate_launch_spread(card: Mapping[str, Any]) -> float:
    """By how much a launch's buyers stray from the forecast, relative to it and net of chance.

    From the windows that a model's card knows without having been fitted on them (``quality_on_unseen_windows``), with
    a prior worth two launches. The calibration saw all windows together, which takes up one of them.
    """
    windows = [w for w in card.get("quality_on_unseen_windows", {}).values() if w["mean_probability"]]
    rate, expected = (np.array([w[name] for w in windows]) for name in ("base_rate", "mean_probability"))
    leads = np.array([w["n"] for w in windows])
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = (rate / expected - 1) ** 2 - (1 - expected) / (expected * leads)
    known = max(len(windows) - 1, 0)
    seen = max(float(beyond.sum()), 0.0) if known else 0.0
    return float(np.sqrt((_PRIOR_LAUNCHES * _PRIOR_SPREAD**2 + seen) / (_PRIOR_LAUNCHES + known)))


def _row(name: str, p: NDArray[np.float64], spread: float, economics: Economics | None, level: float) -> dict[str, Any]:
    expected, leads = float(p.sum()), len(p)
    low, high = _count_interval(expected, float((p * (1 - p)).sum()) + (spread * expected) ** 2, leads, level)
    row = {"tier": name, "leads": leads, "buyers": expected, "low": low, "high": high}
    if economics is not None:
        row["revenue"] = expected * economics.price
        for column, buyers in (("profit", expected), ("profit_low", low), ("profit_high", high)):
            row[column] = buyers * economics.price * economics.margin - leads * economics.contact_cost
    return row


def _count_interval(mean: float, variance: float, most: int, level: float) -> tuple[int, int]:
    """The central interval of a count with that mean and variance."""
    if mean <= 0:
        return 0, 0
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    if variance < mean * (1 - 1e-9):
        share = 1 - variance / mean
        found = binom.ppf(ends, max(round(mean / share), 1), share)
    elif variance > mean * (1 + 1e-9):
        found = nbinom.ppf(ends, mean**2 / (variance - mean), mean / variance)
    else:
        found = poisson.ppf(ends, mean)
    low, high = np.minimum(found, most).tolist()
    return int(low), int(high)

"""How many buyers each tier is expected to bring, and at what profit, before anybody has bought."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc, pdtr

from .tiers import TIERS

#: The prior for a launch's relative spread, and its weight in launches.
_PRIOR_SPREAD = 0.25
_PRIOR_LAUNCHES = 2.0


@dataclass(frozen=True)
class Economics:
    """What a sale brings and a contact costs, in one currency.

    Parameters
    ----------
    price : float
        Price of a sale.
    margin : float
        The share of the price that is kept, above 0 and at most 1.
    contact_cost : float
        Cost of contacting one lead.
    """

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
    """Forecast the buyers of each tier, with an interval, and the profit of contacting the whole tier.

    The variance of a count is ``sum p (1 - p)``, from the leads' own chances, plus ``(spread x sum p)^2``, from the
    launch's. The interval is that of the binomial, Poisson or negative binomial count with this mean and variance.

    Parameters
    ----------
    probability : array of float, shape (leads,)
    tier : array of str, shape (leads,)
    spread : float
        How far a launch's buyers stray from the forecast, relative to it (see ``estimate_launch_spread``).
    economics : Economics, optional
    level : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row a tier, hottest first, and one for ``all``: ``tier, leads, buyers, low, high``; with ``economics`` also
        ``revenue`` and ``profit`` (margin less contacts) and the profit's ``profit_low``, ``profit_high``.
    """
    rows = [_build_row(name, probability[tier == name], spread, economics, level) for name in TIERS]
    return pd.DataFrame([*rows, _build_row("all", probability, spread, economics, level)])


def forecast_by_length(
    probability: NDArray[np.float64], lengths: NDArray[np.int64], *, spread: float, level: float = 0.9
) -> pd.DataFrame:
    """Forecast the buyers among the hottest leads, for lists of several lengths.

    Parameters
    ----------
    probability : array of float, shape (leads,)
        Hottest first.
    lengths : array of int, shape (lists,)
        How many leads each list has, from 0 to all of them.
    spread : float
        As in ``forecast_buyers``, whose interval this is.
    level : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        One row a list: ``leads``, the least ``probability`` on it (NaN on an empty one), ``buyers``, ``low``, ``high``.
    """
    expected = np.r_[0.0, np.cumsum(probability)][lengths]
    variance = np.r_[0.0, np.cumsum(probability * (1 - probability))][lengths] + (spread * expected) ** 2
    least = np.r_[np.nan, probability][lengths]
    ends = [
        _compute_count_interval(mean, total, int(leads), level)
        for mean, total, leads in zip(expected.tolist(), variance.tolist(), lengths, strict=True)
    ]
    low, high = np.array(ends, np.int64).reshape(-1, 2).T
    return pd.DataFrame({"leads": lengths, "probability": least, "buyers": expected, "low": low, "high": high})


def estimate_launch_spread(card: Mapping[str, Any]) -> float:
    """Estimate how far a launch's buyers stray from the forecast, relative to it and net of chance.

    It comes from the windows that the model was not fitted on, with a prior worth two launches. The calibration saw all
    windows together, which takes up one of them.

    Parameters
    ----------
    card : mapping
        A model's card, of which ``quality_on_unseen_windows`` is read: ``n``, ``base_rate``, ``mean_probability``.

    Returns
    -------
    float
        A relative standard deviation: 0.25 without any window.
    """
    windows = [w for w in card.get("quality_on_unseen_windows", {}).values() if w["mean_probability"]]
    rate, expected = (np.array([w[name] for w in windows]) for name in ("base_rate", "mean_probability"))
    leads = np.array([w["n"] for w in windows])
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = (rate / expected - 1) ** 2 - (1 - expected) / (expected * leads)
    count = max(len(windows) - 1, 0)
    observed = max(float(excess.sum()), 0.0) if count else 0.0
    return float(np.sqrt((_PRIOR_LAUNCHES * _PRIOR_SPREAD**2 + observed) / (_PRIOR_LAUNCHES + count)))


def _build_row(
    name: str, p: NDArray[np.float64], spread: float, economics: Economics | None, level: float
) -> dict[str, Any]:
    expected = float(p.sum())
    leads = len(p)
    low, high = _compute_count_interval(expected, float((p * (1 - p)).sum()) + (spread * expected) ** 2, leads, level)
    row = {"tier": name, "leads": leads, "buyers": expected, "low": low, "high": high}
    if economics is not None:
        row["revenue"] = expected * economics.price
        for column, buyers in (("profit", expected), ("profit_low", low), ("profit_high", high)):
            row[column] = buyers * economics.price * economics.margin - leads * economics.contact_cost
    return row


def _compute_count_interval(mean: float, variance: float, maximum: int, level: float) -> tuple[int, int]:
    """Return the central interval of a count with that mean and variance, at most ``maximum``.

    ``scipy.stats`` has these quantiles as well, and takes over a second to import.
    """
    if mean <= 0:
        return 0, 0
    low, high = (
        bisect_left(range(maximum), quantile, key=lambda count: _compute_count_share(count, mean, variance))
        for quantile in ((1 - level) / 2, (1 + level) / 2)
    )
    return low, high


def _compute_count_share(count: int, mean: float, variance: float) -> float:
    """Return the probability of at most ``count``: binomial, negative binomial, or Poisson between the two."""
    if variance < mean * (1 - 1e-9):
        share = 1 - variance / mean
        draws = max(round(mean / share), 1)
        return 1.0 if count >= draws else float(betainc(draws - count, count + 1, 1 - share))
    if variance > mean * (1 + 1e-9):
        return float(betainc(mean**2 / (variance - mean), count + 1, mean / variance))
    return float(pdtr(count, mean))

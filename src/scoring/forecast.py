"""How many buyers each tier is expected to bring, and at what profit, before anybody has bought."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

from .launch_levels import fit_launch_levels
from .tiers import TIERS

#: Levels that a launch may have, in standard deviations, and their probabilities.
_NODES = np.linspace(-4.0, 4.0, 81)
_NODE_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


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

    The leads' log-odds move together by the launch's own level, which is normal with mean ``sum p`` of buyers; given
    it, the count is binomial with the mean and the variance, ``sum p (1 - p)``, of the leads' own chances.

    Parameters
    ----------
    probability : array of float, shape (leads,)
    tier : array of str, shape (leads,)
    spread : float
        How far a launch's level strays from the forecast, in log-odds (see ``estimate_launch_spread``).
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
    variance = np.r_[0.0, np.cumsum(probability * (1 - probability))][lengths]
    least = np.r_[np.nan, probability][lengths]
    ends = [
        compute_count_interval(mean, own, int(leads), spread, level)
        for mean, own, leads in zip(expected.tolist(), variance.tolist(), lengths, strict=True)
    ]
    low, high = np.array(ends, np.int64).reshape(-1, 2).T
    return pd.DataFrame({"leads": lengths, "probability": least, "buyers": expected, "low": low, "high": high})


def estimate_launch_spread(card: Mapping[str, Any]) -> float:
    """Estimate how far a launch's level strays from the forecast, net of chance.

    Parameters
    ----------
    card : mapping
        A model's card, of which ``quality_on_unseen_windows`` and ``open_windows`` are read (``fit_launch_levels``).

    Returns
    -------
    float
        A standard deviation in log-odds; where few buy, about that of the buyers, relative to the forecast.
    """
    return fit_launch_levels(card.get("quality_on_unseen_windows", {}), card.get("open_windows")).spread


def _build_row(
    name: str, p: NDArray[np.float64], spread: float, economics: Economics | None, level: float
) -> dict[str, object]:
    expected = float(p.sum())
    leads = len(p)
    low, high = compute_count_interval(expected, float((p * (1 - p)).sum()), leads, spread, level)
    row = {"tier": name, "leads": leads, "buyers": expected, "low": low, "high": high}
    if economics is not None:
        row["revenue"] = expected * economics.price
        for column, buyers in (("profit", expected), ("profit_low", low), ("profit_high", high)):
            row[column] = buyers * economics.price * economics.margin - leads * economics.contact_cost
    return row


def compute_count_interval(
    mean: float, variance: float, leads: int, spread: float, level: float = 0.9
) -> tuple[int, int]:
    """Compute the central interval of the buyers among some leads: that of ``forecast_buyers``, from sums.

    Parameters
    ----------
    mean : float
        The buyers expected, ``sum p``.
    variance : float
        That of their own chances, ``sum p (1 - p)``.
    leads : int
    spread, level : float
        As in ``forecast_buyers``.
    """
    if variance <= 0:  # each buys, or does not, for sure
        return round(mean), round(mean)
    rate = mean / leads
    alike = variance / (leads * rate * (1 - rate))  # 1 where all have one chance: the others move their mean less
    steps = alike * spread * _NODES
    rates = _shift_to_mean(rate, steps)
    # The binomial with this mean and variance, as scipy.stats has it, which takes over a second to import.
    chance = np.maximum(1 - (1 - rates) * alike, 1e-12)
    draws = leads * rates / chance

    def compute_share(count: int) -> float:
        """Return the probability of at most ``count``."""
        shares = betainc(np.maximum(draws - count, 1e-300), count + 1.0, 1 - chance)
        return float(np.sum(_NODE_WEIGHTS * np.where(draws > count, shares, 1.0)))

    low, high = (bisect_left(range(leads), p, key=compute_share) for p in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _shift_to_mean(rate: float, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rates of levels that are so many log-odds apart and whose mean rate is ``rate``."""
    center = float(np.log(rate / (1 - rate)))
    for _ in range(8):  # Newton's method; the mean is a smooth function of the center
        rates = 1 / (1 + np.exp(-(center + steps)))
        slope = float(np.sum(_NODE_WEIGHTS * rates * (1 - rates)))
        center -= float(np.clip((np.sum(_NODE_WEIGHTS * rates) - rate) / slope, -1.0, 1.0))
    return np.asarray(1 / (1 + np.exp(-(center + steps))))

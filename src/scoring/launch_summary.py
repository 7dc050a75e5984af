"""What the owner of a launch asks of its scores: how many to call, who and where they are, and how good the model is.

Plain figures without a word for the reader: a page, a command or a service puts them into its own words.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import History
from .campaign_rates import compute_campaign_rates
from .forecast import forecast_buyers, forecast_by_length
from .model_quality import ModelQuality, judge_model
from .predictions import LaunchPredictions
from .reasons import sum_by_family
from .tiers import TIERS

#: A campaign of fewer leads is marked: its own share says little.
SMALL_CAMPAIGN_LEADS = 30

_EVEN_LENGTHS, _SHORT_LENGTHS = 60, 40
_MAX_BINS = 25
#: Leads whose contributions the drivers are computed from, evenly spaced down the list.
_MAX_EXPLAINED = 50_000


@dataclass(frozen=True)
class LaunchSummary:
    """The figures of a scored launch.

    Attributes
    ----------
    leads
        How many leads are scored.
    tiers
        Leads, expected buyers and their interval by tier (``forecast_buyers``).
    lengths
        The same of lists of the hottest leads (``forecast_by_length``), shortest first.
    histogram
        ``low`` and ``high`` end of each bin of probability, and the leads of each tier in it; the last bin is open.
    drivers
        What sets hot leads apart (``compute_drivers``).
    driven_by
        The leads that drivers compare with all: ``hot`` or, where no lead is hot, ``tenth``, the hottest ones.
    campaigns
        Leads of each campaign, how many are hot, that share shrunk, and its interval (``compute_campaign_rates``).
    quality
        How good the model was before.
    never_bought
        Share of the leads without a purchase before; None where the model does not know.
    """

    leads: int
    tiers: list[dict[str, Any]]
    lengths: list[dict[str, Any]]
    histogram: list[dict[str, Any]]
    drivers: list[dict[str, Any]]
    driven_by: Literal["hot", "tenth"]
    campaigns: list[dict[str, Any]]
    quality: ModelQuality
    never_bought: float | None


def summarize_scored_launch(history: History, predictions: LaunchPredictions) -> LaunchSummary:
    """Return the figures of a launch with at least one lead.

    Parameters
    ----------
    history : History
    predictions : LaunchPredictions

    Returns
    -------
    LaunchSummary
    """
    probability, policy = predictions.probability, predictions.profile.policy
    tiers = policy.assign_tiers(probability)
    quality = judge_model(predictions.model.card)
    counts = [int((tiers == tier).sum()) for tier in TIERS]
    lengths = forecast_by_length(
        probability[predictions.order], choose_list_lengths(len(tiers), np.cumsum(counts)), spread=quality.spread
    )
    hot = tiers == TIERS[0]
    drivers, driven_by = compute_drivers(predictions, hot)
    return LaunchSummary(
        leads=len(tiers),
        tiers=_to_records(forecast_buyers(probability, tiers, spread=quality.spread)),
        lengths=_to_records(lengths),
        histogram=_to_records(build_tier_histogram(probability, tiers)),
        drivers=_to_records(drivers),
        driven_by=driven_by,
        campaigns=compute_campaign_rates(history, predictions.profile.launch, predictions.leads, hot.astype(np.int64)),
        quality=quality,
        never_bought=_compute_never_bought(predictions),
    )


def choose_list_lengths(leads: int, marks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose list lengths to show a forecast for: close together at the top, and each of the ``marks``.

    Parameters
    ----------
    leads : int
        The longest list, at least 1.
    marks : array of int
        Lengths that must be among them; 0 is left out.

    Returns
    -------
    array of int, shape (lists,)
        In ascending order.
    """
    even = np.linspace(1, leads, min(leads, _EVEN_LENGTHS))
    short = np.geomspace(1, leads, min(leads, _SHORT_LENGTHS))
    lengths = np.unique(np.r_[even.round(), short.round(), marks].astype(np.int64))
    return lengths[lengths > 0]


def build_tier_histogram(probability: NDArray[np.float64], tiers: NDArray[np.str_]) -> pd.DataFrame:
    """Count the leads of each tier by probability.

    Parameters
    ----------
    probability : array of float, shape (leads,)
    tiers : array of str, shape (leads,)

    Returns
    -------
    DataFrame
        One row a bin, all of one width, a round one: ``low, high, hot, warm, cold``; the last holds all beyond.
    """
    end = float(np.quantile(probability, 0.995))
    steps = [digit * 10.0**power for power in range(-5, 0) for digit in (1, 2, 5)]
    width = next((step for step in steps if end / step <= _MAX_BINS), steps[-1])
    bins = max(int(np.ceil(end / width)), 1)
    place = np.minimum((probability / width).astype(np.int64), bins - 1)
    edges = np.arange(bins + 1) * width
    counts = {tier: np.bincount(place[tiers == tier], minlength=bins) for tier in TIERS}
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})


def compute_drivers(
    predictions: LaunchPredictions, hot: NDArray[np.bool_]
) -> tuple[pd.DataFrame, Literal["hot", "tenth"]]:
    """Compute which families of features set the hot leads apart from the launch's average lead.

    The contributions are exact, so that the families' differences add up to that of the mean log-odds. Of a large
    launch, leads evenly spaced down the list stand for all.

    Parameters
    ----------
    predictions : LaunchPredictions
    hot : array of bool, shape (leads,)
        Which leads are hot; where none is, the hottest tenth is compared.

    Returns
    -------
    DataFrame
        One row a family, the largest difference first: ``family``, ``difference`` (log-odds) and ``share`` of the sum.
    str
        ``hot`` or ``tenth``.
    """
    order = predictions.order
    shown = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _MAX_EXPLAINED)).astype(np.int64))]
    compared: NDArray[np.bool_] = hot[shown]
    if not compared.any():
        compared = np.arange(len(shown)) < max(len(shown) // 10, 1)
    contributions = predictions.model.explain_matrix(predictions.X[shown]).contributions
    families = sum_by_family(predictions.model.features, contributions)
    difference = families[compared].mean() - families.mean()
    total = float(difference.sum())
    rows = difference.rename_axis("family").rename("difference").reset_index()
    rows["share"] = rows["difference"] / total if total > 0 else 0.0
    return rows.sort_values("difference", ascending=False, ignore_index=True), "hot" if hot.any() else "tenth"


def _compute_never_bought(predictions: LaunchPredictions) -> float | None:
    names = [feature.name for feature in predictions.model.features]
    if "purchases" not in names:
        return None
    return float(np.mean(~(predictions.X[:, names.index("purchases")] > 0)))


def _to_records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]

"""Expected quality of a launch's scores, before anybody has bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import Interval, compute_auc_variance, lift, roc_auc
from ..scoring import estimate_launch_spread, forecast_buyers
from .signals import Prior, fit_control_limit

#: The prior standard deviation of ranking figures from launch to launch, worth two launches.
_PRIOR_SPREAD = {"roc_auc": 0.02, "lift_10": 0.3}
_PRIOR_LAUNCHES = 2.0
_LEVEL = 0.9

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ExpectedQuality:
    """Figures with the intervals in which 90% of such launches should end; ``tiers`` has expected buyers a tier.

    ``promised`` are the mean figures on windows that the model had not seen, from its card.
    """

    buyers: Interval
    roc_auc: Interval
    lift_10: Interval
    tiers: pd.DataFrame
    promised: Mapping[str, float]


def estimate_quality(
    probability: FloatArray, tier: NDArray[np.str_], card: Mapping[str, object], *, draws: int = 100, seed: int = 0
) -> ExpectedQuality:
    """Estimate what these probabilities promise, if they are true but for what sets one launch apart from the next.

    The expected figures weigh each lead as a buyer by p and as another by 1 - p. The intervals draw, so many times, the
    launch's own rate (``scoring.estimate_launch_spread``) and its labels, and add how far ranking strayed in windows
    that the model had not seen, net of chance.
    """
    order = np.argsort(-probability)
    p = probability[order]
    replicates = [
        _draw_launch(p, estimate_launch_spread(card), np.random.default_rng([seed, number])) for number in range(draws)
    ]
    both, weight = np.tile(p, 2), np.r_[p, 1 - p]
    y = np.r_[np.ones(len(p)), np.zeros(len(p))]
    expected = (float(p.sum()), roc_auc(y, both, weight), lift(y, both, 0.1, weight))
    spreads = (0.0, estimate_ranking_spread(card, "roc_auc"), estimate_ranking_spread(card, "lift_10"))
    random = np.random.default_rng(seed)
    buyers, auc, lift_10 = (
        _compute_interval(value, np.array(column) + spread * random.standard_normal(draws))
        for value, column, spread in zip(expected, zip(*replicates, strict=True), spreads, strict=True)
    )
    return ExpectedQuality(
        buyers,
        auc,
        lift_10,
        forecast_buyers(probability, tier, spread=estimate_launch_spread(card)),
        read_promised_quality(card),
    )


def read_promised_quality(card: Mapping[str, Any]) -> dict[str, float]:
    """Return the mean figures over the card's unseen windows, weighted by their leads; empty where there are none."""
    windows = list(card.get("quality_on_unseen_windows", {}).values())
    names = ("roc_auc", "lift_10", "log_loss", "ece", "base_rate")
    figures = {name: [(w[name], w["n"]) for w in windows if w[name] is not None] for name in names}
    return {
        name: sum(value * n for value, n in pairs) / sum(n for _, n in pairs)
        for name, pairs in figures.items()
        if pairs
    }


def compute_min_roc_auc(estimate: float, buyers: int, others: int, card: Mapping[str, Any]) -> float:
    """Compute the ROC AUC below which about one launch in 200 ranks although nothing changed.

    ``estimate`` is the expected one. Once it is known how many bought, chance is that of so many buyers; the windows
    that the model had not seen say how far ranking strays beyond it, as for every other signal.
    """
    windows = [w for w in card.get("quality_on_unseen_windows", {}).values() if w["roc_auc"] is not None]
    values = np.array([w["roc_auc"] for w in windows])
    errors = [_compute_chance_variance("roc_auc", w) ** 0.5 for w in windows]
    now = {"roc_auc": estimate, "buyers": buyers, "n": buyers + others}
    prior = Prior(0.0, _PRIOR_SPREAD["roc_auc"], _PRIOR_LAUNCHES)
    past = list(values - values.mean()) if len(values) else []
    return estimate - fit_control_limit(past, prior, _compute_chance_variance("roc_auc", now) ** 0.5, errors).tolerance


def estimate_ranking_spread(card: Mapping[str, Any], name: str) -> float:
    """Estimate the standard deviation of a figure from launch to launch, net of chance.

    Chance is Hanley and McNeil's (1982) for the AUC, the binomial's for the share of buyers that lift counts.
    """
    windows = [w for w in card.get("quality_on_unseen_windows", {}).values() if w[name] is not None]
    values = np.array([w[name] for w in windows])
    chance = sum(_compute_chance_variance(name, w) for w in windows)
    n = len(windows)
    seen = max(float(((values - values.mean()) ** 2).sum()) - (n - 1) / n * chance, 0.0) if n else 0.0
    prior = _PRIOR_LAUNCHES * _PRIOR_SPREAD[name] ** 2
    return float(np.sqrt((prior + seen) / (_PRIOR_LAUNCHES + max(n - 1, 0))))


def _compute_chance_variance(name: str, window: Mapping[str, Any]) -> float:
    value, buyers, others = window[name], window["buyers"], window["n"] - window["buyers"]
    if name == "lift_10":
        share = min(value * 0.1, 1.0)
        return float(share * (1 - share) / buyers / 0.01)
    return compute_auc_variance(value, buyers, others)


def _draw_launch(p: FloatArray, spread: float, random: np.random.Generator) -> tuple[float, float, float]:
    odds = p / np.maximum(1 - p, 1e-12) * np.exp(spread * random.standard_normal() - spread**2 / 2)
    y = (random.random(len(p)) < odds / (1 + odds)).astype(np.float64)
    return float(y.sum()), roc_auc(y, p), lift(y, p, 0.1)


def _compute_interval(value: float, replicates: FloatArray) -> Interval:
    finite = replicates[np.isfinite(replicates)]
    if len(finite) < len(replicates) / 2:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(finite, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(value, float(low), float(high))

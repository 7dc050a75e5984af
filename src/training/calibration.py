"""Predictions of base models on rows they did not see, and the lines that calibrate them."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize

from ..scoring import Calibration, compute_probabilities
from .examples import Examples
from .training_set import MIN_BUYERS

_LEAD_FOLDS = 3
# Prior standard deviations of slope and intercept around (1, 0).
_SLOPE_SPREAD, _INTERCEPT_SPREAD = 0.25, 0.5
# The same for the line of many launches; and the prior of how far launches' levels lie apart, in log-odds: the mean
# of an exponential distribution, and the values that are tried.
_COMMON_SLOPE_SPREAD, _MEAN_LEVEL_SPREAD = 0.2, 0.5
_LEVEL_SPREADS = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
# Nodes and weights of the Gauss-Hermite rule, for means over a normal value.
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
#: The most by which the logits of a launch's leads may spread (standard deviation) where its product was never sold.
_MAX_UNSOLD_SPREAD = 0.5
#: Keeps the level of a launch where all bought, or nobody, in sight.
_FITTED_LEVEL_SPREAD = 2.0

Floats = NDArray[np.float64]
#: Rows to fit on, and rows to predict.
Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]


class LogitModel(Protocol):
    """A model, or several: the logits of a feature table, one a lead or a row a lead."""

    def predict_logits(self, table: pd.DataFrame) -> Floats:
        """Return the logits of a feature table."""


def split_folds(examples: Examples) -> Iterator[Masks]:
    """Yield (fit, predict) masks that leave out each window in turn, latest first; a single window is split by leads.

    A window is not left out where the others have fewer than ``MIN_BUYERS``, and than half of all: a fit on them would
    be chance.
    """
    least = min(MIN_BUYERS, examples.label.sum() / 2)
    if len(examples.windows) > 1:
        groups, count = examples.window, len(examples.windows)
    else:
        groups, count = examples.assign_folds(_LEAD_FOLDS), _LEAD_FOLDS
    for group in reversed(range(count)):
        left_out = groups == group
        buyers = examples.label[~left_out].sum()
        if left_out.any() and max(least, 1) <= buyers < (~left_out).sum():
            yield ~left_out, left_out


def cross_fit(examples: Examples, fit: Callable[[Examples], LogitModel], shape: tuple[int, ...] = ()) -> Floats:
    """Return for each row the logit of a model that did not see its window; NaN where none could be fitted.

    ``shape`` is that of one row's logits.
    """
    logits = np.full((len(examples.label), *shape), np.nan)
    for seen, left_out in split_folds(examples):
        logits[left_out] = fit(examples.take(seen)).predict_logits(examples.table[left_out])
    return logits


def compute_earned_share(gains: Floats) -> float:
    """Return how far a change is believed that gains so much in each row left out: 0 within one standard error.

    Beyond, it is ``1 - (error / gain)^2``. Source: the positive-part shrinkage of James and Stein (1961).
    """
    error, gain = float(gains.std()) * np.sqrt(len(gains)), float(gains.sum())
    return float(1 - (error / gain) ** 2) if gain > error else 0.0


def compute_window_weights(examples: Examples) -> Floats:
    """Return the weight of each window in a base model's level; 0 where leads, and no window, are left out in turn."""
    weight = np.bincount(examples.window, examples.weight, len(examples.windows))
    return weight / weight.sum() if len(examples.windows) > 1 else np.zeros(len(weight))


def fit_calibration(logits: NDArray[np.float64], label: NDArray[np.int64], weight: NDArray[np.float64]) -> Calibration:
    """Fit Platt's line by penalised maximum likelihood; the fewer the rows, the nearer it stays to (1, 0).

    Rows whose logit is NaN are left out. Source: Platt (1999), with normal priors instead of his smoothed targets.
    """
    predicted = ~np.isnan(logits)
    z, y, w = logits[predicted], label[predicted], weight[predicted]

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = line[0] * z + line[1]
        error = w * (1 / (1 + np.exp(-margin)) - y)
        prior = np.array([(line[0] - 1) / _SLOPE_SPREAD, line[1] / _INTERCEPT_SPREAD])
        value = float(np.sum(w * (np.logaddexp(0, margin) - y * margin)) + 0.5 * np.sum(prior**2))
        return value, np.array([np.sum(error * z), np.sum(error)]) + prior / [_SLOPE_SPREAD, _INTERCEPT_SPREAD]

    slope, intercept = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
    return Calibration(float(slope), float(intercept))


def fit_launch_calibration(
    logits: Floats,
    label: NDArray[np.int64],
    launch: NDArray[np.int64],
    own_launch: int | None = None,
    window_weights: Floats | None = None,
    *,
    with_slope: bool = True,
) -> Calibration:
    """Fit the line for a launch to come from earlier ones: their common slope, and the level that theirs predict.

    ``launch`` numbers each row's launch; rows whose logit is NaN are left out. A launch's level is the log-odds by
    which its leads bought more than the logits say. Levels are normal around a common mean, and how far they lie apart
    is averaged over its likelihood, so that ten thousand leads of one launch are still one launch. Probabilities are
    means over the levels that the launch may have. ``own_launch``: the number of the launch that is calibrated for,
    where its first labels are known: its own level then, shrunk to the mean the more, the fewer they are.
    ``window_weights``: the weight of each launch in the calibrated model's level, which the model behind the launch's
    own logits lacked; without it one model, that saw none of the launches, made all logits. Without ``with_slope`` the
    slope within launches is 1. Source: the random-intercept model's empirical Bayes estimate (Gelman and Hill, 2007).
    """
    predicted = ~np.isnan(logits)
    if not predicted.any():
        return Calibration()
    y = label[predicted]
    launches, index = np.unique(launch[predicted], return_inverse=True)
    rate = (y.sum() + 0.5) / (len(y) + 1)
    center = float(np.log(rate / (1 - rate)))  # about where the logits lie: there slope and level are no rivals
    slope, level, variance = _fit_levels(logits[predicted] - center, center, y, index, with_slope)
    if window_weights is not None:  # it differs less from the level of all launches than from that of the others
        level = level * (1 - window_weights[launches])
    own_index = np.flatnonzero(launches == own_launch)[:1]
    share, mean, variance = _predict_level(level, variance, own_index)
    levels = center + mean[:, None] + np.sqrt(variance)[:, None] * _NODES
    steepness, at_center = _average_over(levels.ravel(), np.outer(share, _NODE_WEIGHTS).ravel())
    return Calibration(slope * steepness, at_center - slope * steepness * center)


def cap_slope(line: Calibration, logits: Floats) -> Calibration:
    """Cap the slope for a product that was never sold: purchases of others predict only so well who will buy it.

    The slope is lowered where ``logits`` (NaN: unknown) would spread too far by it; their mean probability stays.
    """
    z = logits[~np.isnan(logits)]
    spread = line.slope * float(z.std()) if len(z) else 0.0
    if spread <= _MAX_UNSOLD_SPREAD:
        return line
    slope = line.slope * _MAX_UNSOLD_SPREAD / spread
    rate = float(compute_probabilities(line.slope * z + line.intercept).mean())
    within = np.abs(slope * z).max() + abs(np.log(rate / (1 - rate)))  # no intercept further out has that mean
    intercept = brentq(lambda level: float(compute_probabilities(slope * z + level).mean()) - rate, -within, within)
    return Calibration(slope, float(intercept))


def _fit_levels(
    z: Floats, center: float, y: NDArray[np.int64], index: NDArray[np.int64], with_slope: bool
) -> tuple[float, Floats, Floats]:
    """Return the common slope (1 unless ``with_slope``), each launch's level, and its variance given its labels."""
    spread = np.r_[_COMMON_SLOPE_SPREAD, np.full(index.max() + 1, _FITTED_LEVEL_SPREAD)]
    prior = np.r_[1.0, np.zeros(len(spread) - 1)]

    def predict(line: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(line[0] * z + center + line[1:][index]))))

    def loss(line: Floats) -> tuple[float, Floats]:
        margin, off = line[0] * z + center + line[1:][index], (line - prior) / spread
        error = predict(line) - y
        gradient = np.r_[np.sum(error * z) if with_slope else 0.0, np.bincount(index, error)] + off / spread
        return float(np.sum(np.logaddexp(0, margin) - y * margin) + 0.5 * np.sum(off**2)), gradient

    line = np.asarray(minimize(loss, prior, jac=True, method="BFGS").x)
    p = predict(line)
    return float(line[0]), line[1:], 1 / np.maximum(np.bincount(index, p * (1 - p)), 1e-9)


def _predict_level(level: Floats, variance: Floats, own_index: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return, for each spread tried, its probability, and the level's mean and variance, of the launch to come.

    ``own_index`` is the index of the launch itself where it has begun.
    """
    evidence, means, variances = (np.empty(len(_LEVEL_SPREADS)) for _ in range(3))
    for i, spread in enumerate(_LEVEL_SPREADS):
        off = variance + spread**2
        mean_variance = 1 / (_INTERCEPT_SPREAD**-2 + np.sum(1 / off))
        mean = mean_variance * np.sum(level / off)
        likelihood = np.log(mean_variance) + mean**2 / mean_variance - np.sum(np.log(off) + level**2 / off)
        evidence[i] = 0.5 * likelihood - spread / _MEAN_LEVEL_SPREAD
        own_weight = float(np.sum(spread**2 / off[own_index]))  # of the launch's own labels, against the mean of all
        means[i] = mean + own_weight * float(np.sum(level[own_index] - mean))
        variances[i] = (1 - own_weight) * spread**2 + (1 - own_weight) ** 2 * mean_variance
    share = np.exp(evidence - evidence.max())
    return share / share.sum(), means, variances


def _average_over(logits: Floats, weights: Floats) -> tuple[float, float]:
    """Return the slope of the mean probability against a shift of all logits, and the mean, both in log-odds."""
    p = 1 / (1 + np.exp(-logits))
    mean = float(np.average(p, weights=weights))
    steepness = float(np.average(p * (1 - p), weights=weights)) / (mean * (1 - mean))
    return steepness, float(np.log(mean / (1 - mean)))

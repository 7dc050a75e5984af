"""Predictions of base models on rows they did not see, and the line that calibrates them."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from scoring import Calibration, Model
from training.examples import Examples

_LEAD_FOLDS = 3
# How far slope and intercept are believed to lie from (1, 0) before any evidence: standard deviations.
_SLOPE_SPREAD, _INTERCEPT_SPREAD = 0.25, 0.5

Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def folds(examples: Examples) -> Iterator[Masks]:
    """(fit, predict) masks: each window in turn, latest first, left out of the fit; a single window by leads."""
    if len(examples.windows) > 1:
        groups, count = examples.window, len(examples.windows)
    else:
        groups, count = examples.lead_folds(_LEAD_FOLDS), _LEAD_FOLDS
    for group in reversed(range(count)):
        left_out = groups == group
        if left_out.any() and 0 < examples.label[~left_out].sum() < (~left_out).sum():
            yield ~left_out, left_out


def cross_fitted(examples: Examples, fit: Callable[[Examples], Model]) -> NDArray[np.float64]:
    """For each row the logit of a model that did not see its window; NaN where none could be fitted."""
    logits = np.full(len(examples.label), np.nan)
    for seen, left_out in folds(examples):
        logits[left_out] = fit(examples.take(seen)).logits(examples.table[left_out])
    return logits


def fit_calibration(logits: NDArray[np.float64], label: NDArray[np.int64], weight: NDArray[np.float64]) -> Calibration:
    """Platt's line by penalised maximum likelihood; the fewer the rows, the nearer it stays to (1, 0).

    Rows whose logit is NaN are left out. Source: Platt (1999), with normal priors instead of his smoothed targets.
    """
    known = ~np.isnan(logits)
    z, y, w = logits[known], label[known], weight[known]

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = line[0] * z + line[1]
        error = w * (1 / (1 + np.exp(-margin)) - y)
        prior = np.array([(line[0] - 1) / _SLOPE_SPREAD, line[1] / _INTERCEPT_SPREAD])
        value = float(np.sum(w * (np.logaddexp(0, margin) - y * margin)) + 0.5 * np.sum(prior**2))
        return value, np.array([np.sum(error * z), np.sum(error)]) + prior / [_SLOPE_SPREAD, _INTERCEPT_SPREAD]

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS")
    return Calibration(float(found.x[0]), float(found.x[1]))

"""The base models' weights in the logit, learned on windows that were left out: half and half without evidence.

Candidates are the linear part, shallow trees with the domain's signs, and deeper trees without. A weighted sum of them
is one linear part and one booster like any other, so reasons stay exact.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from ..features import Feature
from ..scoring import LinearModel, Model
from ..scoring.blend import blend_base_models
from .base_models import build_tree_matrix, fit_linear, fit_trees
from .calibration import compute_earned_share
from .examples import Examples
from .options import ModelParameters

#: The depth of the trees without signs, where the parameters' own is less.
_FREE_DEPTH = 4
#: The prior of the weights where there is evidence against half and half: means, and the standard deviations of each
#: and of their sum.
_MEANS, _SPREAD, _SUM_SPREAD = np.array([0.4, 0.4, 0.2]), 0.15, 0.2
#: Keeps the level of a window where all bought, or nobody, in sight.
_LEVEL_SPREAD = 2.0
#: A single window is split by leads.
_LEAD_PARTS = 2
_NEWTON_STEPS = 25
_HALVES = np.array([0.5, 0.5, 0.0])

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class BaseWeights:
    """The weight of each base model's logit in the model's; all at least 0.

    Attributes
    ----------
    linear : float
        The regularised logistic regression.
    signed_trees : float
        Shallow trees, monotone where a feature declares its direction.
    free_trees : float
        Deeper trees in any direction.
    learned_share : float
        How much of the way from half and half they go to the most likely ones, 0 to 1.
    """

    linear: float = 0.5
    signed_trees: float = 0.5
    free_trees: float = 0.0
    learned_share: float = 0.0

    def sum_logits(self, logits: Floats) -> Floats:
        """Return the weighted sum of the columns of ``BaseModels.predict_logits``."""
        return self.linear * logits[:, 0] + self.signed_trees * logits[:, 1] + self.free_trees * logits[:, 2]


@dataclass(frozen=True)
class BaseModels:
    """The base models, fitted on the same rows; ``free_trees`` is None where they are not needed."""

    features: tuple[Feature, ...]
    linear: LinearModel
    signed_trees: xgb.Booster
    free_trees: xgb.Booster | None

    def predict_logits(self, table: pd.DataFrame) -> Floats:
        """Return the logits of a feature table, shape (leads, 3): linear, trees with signs, trees without."""
        X = table[[feature.name for feature in self.features]].to_numpy(np.float64)
        matrix = xgb.DMatrix(X, nthread=1)
        linear = self.linear.intercept + self.linear.compute_contributions(X).sum(axis=1)
        signed = self.signed_trees.predict(matrix, output_margin=True)
        free = np.zeros(len(X)) if self.free_trees is None else self.free_trees.predict(matrix, output_margin=True)
        return np.column_stack([linear, signed, free]).astype(np.float64)

    def combine(self, weights: BaseWeights) -> tuple[LinearModel, xgb.Booster]:
        """Return the linear part and the trees of a ``Model`` whose logit is the weighted sum."""
        boosters = [(self.signed_trees, weights.signed_trees)]
        if self.free_trees is not None:
            boosters.append((self.free_trees, weights.free_trees))
        return blend_base_models(self.linear, weights.linear, boosters)


def fit_base_models(
    examples: Examples,
    features: tuple[Feature, ...],
    parameters: ModelParameters,
    seed: int,
    like: Model | None = None,
    *,
    with_free_trees: bool = True,
) -> BaseModels:
    """Fit every base model; see ``fit_linear`` for ``like``."""
    linear = fit_linear(examples, features, parameters, like)
    matrix = build_tree_matrix(examples, features)
    signed = fit_trees(examples, features, parameters, seed, matrix)
    free = None
    if with_free_trees:
        unsigned = tuple(replace(feature, direction=0) for feature in features)
        deeper = replace(parameters, max_depth=max(parameters.max_depth, _FREE_DEPTH))
        free = fit_trees(examples, unsigned, deeper, seed, matrix)
    return BaseModels(features, linear, signed, free)


def estimate_base_weights(logits: Floats, examples: Examples) -> BaseWeights:
    """Return the weights by what they save against half and half on windows that were left out.

    ``logits`` are those of base models that had not seen the row's window, NaN where there are none. The weights go
    from half and half towards the most likely ones, where each window has a level of its own, as far as such weights of
    the other windows (of other leads where there is one window) predict each better (``compute_earned_share``).
    """
    predicted: NDArray[np.bool_] = ~np.isnan(logits[:, 0])
    if not predicted.any():
        return BaseWeights()
    rows = _Rows(logits[predicted], examples.label[predicted], examples.window[predicted])
    with threadpool_limits(1):  # sums in another order, for another number of threads, end in other bits
        share = compute_earned_share(_measure_gains(rows, examples.take(predicted).assign_folds(_LEAD_PARTS)))
        weights = _HALVES + share * (_fit_weights(rows) - _HALVES) if share else _HALVES
    linear, signed_trees, free_trees = (float(weight) for weight in weights)
    return BaseWeights(linear, signed_trees, free_trees, share)


class _Rows(NamedTuple):
    """Rows left out: their logits by each base model, their labels and their windows."""

    logits: Floats
    label: Integers
    window: Integers

    def take(self, mask: NDArray[np.bool_]) -> "_Rows":
        return _Rows(self.logits[mask], self.label[mask], self.window[mask])


def _measure_gains(rows: _Rows, fold: Integers) -> Floats:
    """Return what each row gains in log loss by weights that were learned without its window, or its fold of leads."""
    groups = rows.window if len(np.unique(rows.window)) > 1 else fold
    gain = np.zeros(len(rows.label))
    for group in np.unique(groups):
        left_out = groups == group
        learned = _fit_weights(rows.take(~left_out))
        part = rows.take(left_out)
        gain[left_out] = _compute_losses(part, _HALVES) - _compute_losses(part, learned)
    return gain


def _fit_weights(rows: _Rows) -> Floats:
    """Return the most likely weights, at least 0, where each window has a level of its own."""
    if not len(rows.label):
        return _HALVES
    windows, index = np.unique(rows.window, return_inverse=True)
    counts = np.bincount(index)
    means = np.column_stack([np.bincount(index, column) / counts for column in rows.logits.T])
    centered, base = rows.logits - means[index], (means @ _MEANS)[index]  # weights and levels are no rivals there

    def loss(values: Floats) -> tuple[float, Floats]:
        weights, levels = values[:3], values[3:]
        margin = centered @ weights + base + levels[index]
        error = 1 / (1 + np.exp(-margin)) - rows.label
        off, level_off = (weights - _MEANS) / _SPREAD, levels / _LEVEL_SPREAD
        sum_off = (weights.sum() - _MEANS.sum()) / _SUM_SPREAD
        prior = 0.5 * float(np.sum(off**2) + sum_off**2 + np.sum(level_off**2))
        gradient = np.r_[
            error @ centered + off / _SPREAD + sum_off / _SUM_SPREAD,
            np.bincount(index, error) + level_off / _LEVEL_SPREAD,
        ]
        return float(np.sum(np.logaddexp(0, margin) - rows.label * margin)) + prior, gradient

    start = np.r_[_MEANS, np.zeros(len(windows))]
    bounds = [(0, None)] * 3 + [(None, None)] * len(windows)
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:3])


def _compute_losses(rows: _Rows, weights: Floats) -> Floats:
    """Return each row's log loss by these weights, at the level that suits its window best."""
    windows, index = np.unique(rows.window, return_inverse=True)
    logits, levels = rows.logits @ weights, np.zeros(len(windows))
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-logits - levels[index]))
        slope = np.bincount(index, p - rows.label) + levels / _LEVEL_SPREAD**2
        levels -= np.clip(slope / (np.bincount(index, p * (1 - p)) + _LEVEL_SPREAD**-2), -1, 1)
    margin = logits + levels[index]
    return np.asarray(np.logaddexp(0, margin) - rows.label * margin)

"""The model: the mean of the logits of a linear part and of trees, both with their weights, and a calibration."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from ..features import Context, Feature, hash_declarations
from ..history.compilation import jit
from .linear import LinearModel, compute_contribution
from .treeshap.contributions import look_up_contributions, run_in_threads
from .treeshap.forest import read_forest
from .treeshap.tables import ShapTables, build_shap_tables

#: The version of a model that has no content version yet.
UNREGISTERED = "unregistered"


class Explanation(NamedTuple):
    """The logits of some leads and what each feature adds to them.

    Within 1e-5, ``logit == base + contributions.sum(axis=1)``.

    Attributes
    ----------
    logit : array of float, shape (leads,)
        Calibrated log-odds.
    probability : array of float, shape (leads,)
        ``1 / (1 + exp(-logit))``.
    base : float
        The part of the logit that all leads share.
    contributions : array of float, shape (leads, features)
        Exact linear and path-dependent tree SHAP values, in log-odds.
    """

    logit: NDArray[np.float64]
    probability: NDArray[np.float64]
    base: float
    contributions: NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """The affine calibration ``logit = slope * blended logit + intercept`` (Platt 1999).

    Parameters
    ----------
    slope : float
    intercept : float
    """

    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True)
class Model:
    """A fitted model with all that scoring needs.

    Parameters
    ----------
    features : tuple of Feature
        The declarations of the model's columns, in their order.
    linear : LinearModel
        One half of the blended logit, times its weight.
    trees : xgboost.Booster
        The other half: a ``gbtree`` with one output, at most 6 levels deep, each leaf times its trees' weight.
    calibration : Calibration
        From the blended logit to the calibrated one.
    context : Context
        What was known of all leads at training, with the reference rate and the reference distribution of scores.
    card : mapping
        The model card as JSON values: where the model comes from and how good it is.
    version : str
        The hash of the model's content, or ``unregistered``.
    """

    features: tuple[Feature, ...]
    linear: LinearModel
    trees: xgb.Booster
    calibration: Calibration
    context: Context
    card: Mapping[str, Any]
    version: str = UNREGISTERED

    @cached_property
    def feature_hash(self) -> str:
        """The hash of the feature declarations."""
        return hash_declarations(self.features)

    def predict_logits(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return the calibrated log-odds of a feature table, whose columns are found by name.

        Raises KeyError for a missing feature.
        """
        return self._explain_rows(self.to_matrix(table), np.empty((0, 0))).logit

    def explain(self, table: pd.DataFrame) -> Explanation:
        """Return the logits of a feature table and what each feature adds to them.

        Raises KeyError for a missing feature.
        """
        return self.explain_matrix(self.to_matrix(table))

    def explain_matrix(self, X: NDArray[np.float64]) -> Explanation:
        """Explain a matrix (leads x features in the order of ``features``): the fast path for a single lead."""
        return self._explain_rows(np.ascontiguousarray(X), np.empty(X.shape))

    def to_matrix(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return a feature table as the model's matrix. Raises KeyError for a missing feature."""
        names = [feature.name for feature in self.features]
        selected = table if table.columns.to_list() == names else table[names]  # selection is slow for a single lead
        return np.ascontiguousarray(selected.to_numpy(np.float64))

    def _explain_rows(self, X: NDArray[np.float64], contributions: NDArray[np.float64]) -> Explanation:
        """Explain ``X``; with no rows in ``contributions``, compute the logits alone."""
        X = X.view()
        X.flags.writeable = False  # one type whatever X was, so that numba compiles _explain once
        logit = np.empty(len(X))
        probability = np.empty(len(X))
        run_in_threads(self._kernel, X, logit, probability, contributions)
        return Explanation(logit, probability, self.base, contributions)

    @cached_property
    def _tables(self) -> ShapTables:
        """Built after each load: faster than reading them, and always consistent with the trees."""
        return build_shap_tables(read_forest(self.trees))

    @cached_property
    def base(self) -> float:
        """The part of the logit that all leads share."""
        return self.calibration.slope * 0.5 * (self.linear.intercept + self._tables.base) + self.calibration.intercept

    @cached_property
    def _kernel(self) -> Callable[..., None]:
        """``_explain`` with the model's parameters bound."""
        linear, calibration = self.linear, self.calibration
        weights = [linear.center, linear.scale, linear.weight, linear.missing_weight, linear.missing_share]
        line = (calibration.slope, calibration.intercept)
        return partial(_explain, self._tables[:-1], np.array(weights), linear.intercept, line)


def compute_probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``1 / (1 + exp(-logit))``, with the same bits for one lead as for many.

    Parameters
    ----------
    logits : array of float, shape (leads,)

    Returns
    -------
    array of float, shape (leads,)
    """
    probabilities = np.empty(len(logits))
    _sigmoid(logits, probabilities)
    return probabilities


@jit
def _sigmoid(logits: Any, out: Any) -> None:
    for i in range(len(logits)):
        out[i] = 1.0 / (1.0 + math.exp(-logits[i]))


@jit
def _explain(
    tables: Any,
    weights: Any,
    linear_intercept: float,
    line: Any,
    X: Any,
    logit: Any,
    probability: Any,
    contributions: Any,
) -> None:
    """Sum in the features' order, so that a lead's bits depend on it alone. Without contributions, logits alone."""
    look_up_contributions(tables, X, logit, contributions)
    slope, intercept = line
    for i in range(len(X)):
        total = linear_intercept
        for j in range(X.shape[1]):
            linear = compute_contribution(
                X[i, j], weights[0, j], weights[1, j], weights[2, j], weights[3, j], weights[4, j]
            )
            total += linear
            if len(contributions):
                contributions[i, j] = slope * (0.5 * linear + 0.5 * contributions[i, j])
        logit[i] = slope * (0.5 * total + 0.5 * logit[i]) + intercept
    _sigmoid(logit, probability)

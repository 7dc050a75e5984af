"""The model: mean of the logits of a linear part and of trees, then an affine calibration."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb
from numba import njit
from numpy.typing import NDArray

from features import Context, Feature, declarations_hash
from scoring.linear import Linear

#: The version of a model that was not stamped with its content's.
UNREGISTERED = "unregistered"


class Explained(NamedTuple):
    """``logit = base + contributions.sum(axis=1)`` within 1e-5; one column a feature."""

    logit: NDArray[np.float64]
    base: float
    contributions: NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """``logit = slope * blended logit + intercept`` (Platt 1999)."""

    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True)
class Model:
    """A fitted model with all that scoring needs. ``card`` tells people where it comes from and how good it is."""

    features: tuple[Feature, ...]
    linear: Linear
    trees: xgb.Booster
    calibration: Calibration
    context: Context
    card: Mapping[str, Any]
    version: str = UNREGISTERED

    @property
    def feature_hash(self) -> str:
        """Hash of the feature declarations."""
        return declarations_hash(self.features)

    def logits(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated log-odds of a feature table (its columns by name). Raises KeyError for a missing feature."""
        X = self._matrix(table)
        logit: NDArray[np.float64] = _blend(
            self.linear.contributions(X), self.linear.intercept, self._margins(X), *self._affine
        )
        return logit

    def explain(self, table: pd.DataFrame) -> Explained:
        """The logits and what each feature adds to them: exact linear and path-dependent tree SHAP values."""
        X = self._matrix(table)
        linear = self.linear.contributions(X)
        trees = (
            self.trees.predict(_tree_input(X), pred_contribs=True).astype(np.float64).reshape(len(X), X.shape[1] + 1)
        )
        slope, intercept = self._affine
        tree_base = float(trees[0, -1]) if len(X) else 0.0
        base = slope * 0.5 * (self.linear.intercept + tree_base) + intercept
        logit = _blend(linear, self.linear.intercept, self._margins(X), slope, intercept)
        return Explained(logit, base, slope * (0.5 * linear + 0.5 * trees[:, :-1]))

    @property
    def _affine(self) -> tuple[float, float]:
        return self.calibration.slope, self.calibration.intercept

    def _matrix(self, table: pd.DataFrame) -> NDArray[np.float64]:
        return np.ascontiguousarray(table[[feature.name for feature in self.features]], np.float64)

    def _margins(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        margins: NDArray[np.float64] = self.trees.predict(_tree_input(X), output_margin=True).astype(np.float64)
        return margins


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-logit)), with the same bits for one lead as for many."""
    out = np.empty(len(logits))
    _sigmoid(logits, out)
    return out


def _tree_input(X: NDArray[np.float64]) -> xgb.DMatrix:
    return xgb.DMatrix(X, nthread=0)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sigmoid(logits: Any, out: Any) -> None:
    for i in range(len(logits)):
        out[i] = 1.0 / (1.0 + math.exp(-logits[i]))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _blend(linear: Any, linear_base: float, margins: Any, slope: float, intercept: float) -> Any:
    """Summed in the features' order, so that a lead's bits do not depend on its neighbours."""
    out = np.empty(len(margins))
    for i in range(len(margins)):
        total = linear_base
        for j in range(linear.shape[1]):
            total += linear[i, j]
        out[i] = slope * (0.5 * total + 0.5 * margins[i]) + intercept
    return out

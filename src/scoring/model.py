"""The model: mean of the logits of a linear part and of trees, then an affine calibration."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xgboost as xgb
from numba import njit
from numpy.typing import NDArray

from features import Context, Feature, declarations_hash
from scoring.attribution import attribute, in_threads, margins
from scoring.forest import read_forest
from scoring.linear import Linear, added
from scoring.tables import Tables, tabulate

#: The version of a model that was not stamped with its content's.
UNREGISTERED = "unregistered"

_Matrix = NDArray[np.float64]
_NO_TREES = np.empty((0, 0))


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

    @cached_property
    def feature_hash(self) -> str:
        """Hash of the feature declarations."""
        return declarations_hash(self.features)

    def logits(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated log-odds of a feature table (its columns by name). Raises KeyError for a missing feature."""
        X, tables = self.matrix(table), self._tables
        logit = np.empty(len(X))

        def work(rows: slice) -> None:
            self._blend(X[rows], margins(tables, X[rows]), _NO_TREES, logit[rows], _NO_TREES)

        in_threads(len(X), work)
        return logit

    def explain(self, table: pd.DataFrame) -> Explained:
        """The logits and what each feature adds to them: exact linear and path-dependent tree SHAP values."""
        return self.explain_matrix(self.matrix(table))

    def explain_matrix(self, X: NDArray[np.float64]) -> Explained:
        """``explain`` for a matrix, one column a feature in the order of ``features``: the quick way for one lead."""
        tables = self._tables
        logit, contributions = np.empty(len(X)), np.empty(X.shape)

        def work(rows: slice) -> None:
            self._blend(X[rows], *attribute(tables, X[rows]), logit[rows], contributions[rows])

        in_threads(len(X), work)
        base = self.calibration.slope * 0.5 * (self.linear.intercept + tables.base) + self.calibration.intercept
        return Explained(logit, base, contributions)

    def matrix(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """A feature table as the model's own matrix, its columns found by name. Raises KeyError for a missing one."""
        names = [feature.name for feature in self.features]
        known = table if table.columns.to_list() == names else table[names]  # selecting takes a lead alone longest
        return np.ascontiguousarray(known.to_numpy(np.float64))

    @cached_property
    def _tables(self) -> Tables:
        """Made anew wherever a model is loaded: quicker than reading them, and never at odds with the trees."""
        return tabulate(read_forest(self.trees))

    def _blend(self, X: _Matrix, margins: _Matrix, trees: _Matrix, logit: _Matrix, contributions: _Matrix) -> None:
        linear, line = self.linear, self.calibration
        _blend(
            *(X, linear.intercept, linear.center, linear.scale, linear.weight),
            *(linear.missing_weight, linear.missing_share, margins, trees, line.slope, line.intercept),
            *(logit, contributions),
        )


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-logit)), with the same bits for one lead as for many."""
    out = np.empty(len(logits))
    _sigmoid(logits, out)
    return out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sigmoid(logits: Any, out: Any) -> None:
    for i in range(len(logits)):
        out[i] = 1.0 / (1.0 + math.exp(-logits[i]))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _blend(
    X: Any,
    linear_base: float,
    center: Any,
    scale: Any,
    weight: Any,
    missing_weight: Any,
    missing_share: Any,
    margins: Any,
    trees: Any,
    slope: float,
    intercept: float,
    logit: Any,
    contributions: Any,
) -> None:
    """Summed in the features' order, so that a lead's bits depend on it alone. Without trees, logits alone."""
    for i in range(len(X)):
        total = linear_base
        for j in range(X.shape[1]):
            linear = added(X[i, j], center[j], scale[j], weight[j], missing_weight[j], missing_share[j])
            total += linear
            if len(trees):
                contributions[i, j] = slope * (0.5 * linear + 0.5 * trees[i, j])
        logit[i] = slope * (0.5 * total + 0.5 * margins[i]) + intercept

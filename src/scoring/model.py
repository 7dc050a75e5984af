"""The model: mean of the logits of a linear part and of trees, then an affine calibration."""

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

#: The version of a model that was not stamped with its content's.
UNREGISTERED = "unregistered"


class Explanation(NamedTuple):
    """``logit = base + contributions.sum(axis=1)`` within 1e-5; one column a feature."""

    logit: NDArray[np.float64]
    probability: NDArray[np.float64]
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
    linear: LinearModel
    trees: xgb.Booster
    calibration: Calibration
    context: Context
    card: Mapping[str, Any]
    version: str = UNREGISTERED

    @cached_property
    def feature_hash(self) -> str:
        """Hash of the feature declarations."""
        return hash_declarations(self.features)

    def predict_logits(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated log-odds of a feature table (its columns by name). Raises KeyError for a missing feature."""
        return self._explained(self.to_matrix(table), np.empty((0, 0))).logit

    def explain(self, table: pd.DataFrame) -> Explanation:
        """The logits and what each feature adds to them: exact linear and path-dependent tree SHAP values."""
        return self.explain_matrix(self.to_matrix(table))

    def explain_matrix(self, X: NDArray[np.float64]) -> Explanation:
        """``explain`` for a matrix, one column a feature in the order of ``features``: the quick way for one lead."""
        return self._explained(np.ascontiguousarray(X), np.empty(X.shape))

    def _explained(self, X: NDArray[np.float64], contributions: NDArray[np.float64]) -> Explanation:
        logit, probability = np.empty(len(X)), np.empty(len(X))
        run_in_threads(self._loop, X, logit, probability, contributions)
        return Explanation(logit, probability, self._base, contributions)

    def to_matrix(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """A feature table as the model's own matrix, its columns found by name. Raises KeyError for a missing one."""
        names = [feature.name for feature in self.features]
        known = table if table.columns.to_list() == names else table[names]  # selecting takes a lead alone longest
        return np.ascontiguousarray(known.to_numpy(np.float64))

    @cached_property
    def _tables(self) -> ShapTables:
        """Made anew wherever a model is loaded: quicker than reading them, and never at odds with the trees."""
        return build_shap_tables(read_forest(self.trees))

    @cached_property
    def _base(self) -> float:
        return self.calibration.slope * 0.5 * (self.linear.intercept + self._tables.base) + self.calibration.intercept

    @cached_property
    def _loop(self) -> Callable[..., None]:
        """``_explain`` with what it must know of the model."""
        linear, line = self.linear, self.calibration
        lines = [linear.center, linear.scale, linear.weight, linear.missing_weight, linear.missing_share]
        return partial(_explain, self._tables[:-1], np.array(lines), linear.intercept, (line.slope, line.intercept))


def compute_probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-logit)), with the same bits for one lead as for many."""
    out = np.empty(len(logits))
    _sigmoid(logits, out)
    return out


@jit
def _sigmoid(logits: Any, out: Any) -> None:
    for i in range(len(logits)):
        out[i] = 1.0 / (1.0 + math.exp(-logits[i]))


@jit
def _explain(
    tables: Any, lines: Any, linear_base: float, line: Any, X: Any, logit: Any, probability: Any, contributions: Any
) -> None:
    """Summed in the features' order, so that a lead's bits depend on it alone. Without contributions, logits alone."""
    look_up_contributions(tables, X, logit, contributions)
    slope, intercept = line
    for i in range(len(X)):
        total = linear_base
        for j in range(X.shape[1]):
            linear = compute_contribution(X[i, j], lines[0, j], lines[1, j], lines[2, j], lines[3, j], lines[4, j])
            total += linear
            if len(contributions):
                contributions[i, j] = slope * (0.5 * linear + 0.5 * contributions[i, j])
        logit[i] = slope * (0.5 * total + 0.5 * logit[i]) + intercept
    _sigmoid(logit, probability)

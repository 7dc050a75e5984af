"""The linear part of a model: a logistic regression over log-scaled, standardised features.

It is held as arrays and summed by one compiled loop in the features' order, because a library's matrix product gives
other last bits for one row than for a batch.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..history.compilation import jit

#: Standardised values are clipped to this size, so that a single lead cannot move far along a straight line.
MAX_ABS_Z = 5.0


@dataclass(frozen=True)
class LinearModel:
    """One weight per feature, and one for its being missing.

    A value ``x`` becomes ``z = clip((sign(x) log(1 + |x|) - center) / scale)`` and adds ``weight * z``; a missing one
    adds ``missing_weight``. ``missing_share`` centres the latter, so that contributions are zero on average.

    Parameters
    ----------
    intercept : float
        Log-odds of a lead whose contributions are all zero.
    center, scale : arrays of float, shape (features,)
        Mean and standard deviation of the log-scaled values.
    weight : array of float, shape (features,)
        Log-odds per standard deviation.
    missing_weight : array of float, shape (features,)
        Log-odds that a missing value adds.
    missing_share : array of float, shape (features,)
        The share of the training rows in which the feature is missing, between 0 and 1.
    """

    intercept: float
    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    missing_weight: NDArray[np.float64]
    missing_share: NDArray[np.float64]

    def compute_contributions(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each feature adds to the logit beside the intercept, rows x features (linear SHAP values)."""
        contributions = np.empty(X.shape)
        _compute_contributions(
            X, self.center, self.scale, self.weight, self.missing_weight, self.missing_share, contributions
        )
        return contributions


@jit
def standardize(x: float, center: float, scale: float) -> float:
    """Return the log-scaled, standardised, clipped value."""
    z = (math.copysign(math.log1p(abs(x)), x) - center) / scale
    return min(max(z, -MAX_ABS_Z), MAX_ABS_Z)


@jit
def compute_contribution(
    x: float, center: float, scale: float, weight: float, missing_weight: float, missing_share: float
) -> float:
    """Return what one value of a feature adds to the logit."""
    if math.isnan(x):
        return missing_weight * (1.0 - missing_share)
    contribution: float = weight * standardize(x, center, scale) - missing_weight * missing_share
    return contribution


@jit
def _compute_contributions(
    X: Any, center: Any, scale: Any, weight: Any, missing_weight: Any, missing_share: Any, out: Any
) -> None:
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            out[i, j] = compute_contribution(
                X[i, j], center[j], scale[j], weight[j], missing_weight[j], missing_share[j]
            )

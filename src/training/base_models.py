"""The two base models: a regularised logistic regression, and shallow trees that keep the domain's signs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ..features import Feature
from ..scoring import LinearModel, Model
from ..scoring.linear import MAX_ABS_Z
from .examples import Examples
from .options import ModelParameters

#: What a careful analyst's regression would have: recency, frequency, spend and their like.
RFM_FEATURES = frozenset(
    {
        *("days_since_last_purchase", "days_since_first_purchase", "days_since_last_over_mean_gap", "purchases"),
        *("purchase_days", "spend", "mean_purchase_amount", "purchases_90d", "spend_90d"),
        *("captures", "days_since_last_capture", "days_since_first_capture", "events", "days_since_last_event"),
    }
)

#: The least scale (log days) of a figure of ``RFM_FEATURES`` that grows with time: leads who hardly differ in one
#: window lie many of their own scales further on in the next.
_MIN_AGE_SCALE = 0.25


def fit_linear(
    examples: Examples, features: tuple[Feature, ...], parameters: ModelParameters, like: Model | None = None
) -> LinearModel:
    """Fit a logistic regression on log-scaled, standardised features and on which of them are missing.

    Features that ``like`` has as well are standardised as it does, so that the two can be blended.
    """
    X = examples.table[[feature.name for feature in features]].to_numpy(np.float64)
    missing = np.isnan(X)
    logs = np.copysign(np.log1p(np.abs(X)), X)
    center = np.array([_apply_to_known(np.mean, column) for column in logs.T])
    scale = np.maximum([_apply_to_known(np.std, column) or 1.0 for column in logs.T], _list_min_scales(features))
    if like is not None:
        like_scales = zip(like.features, like.linear.center, like.linear.scale, strict=True)
        by_name = {feature.name: pair for feature, *pair in like_scales}
        own_scales = zip(features, center, scale, strict=True)
        center, scale = np.array([by_name.get(feature.name, pair) for feature, *pair in own_scales]).T
    z = np.where(missing, 0.0, np.clip((logs - center) / scale, -MAX_ABS_Z, MAX_ABS_Z))
    varies = missing.any(axis=0) & ~missing.all(axis=0)
    spread = np.sqrt(parameters.inverse_penalty * _share_prior_variance(features))
    design = np.hstack([z * spread, missing[:, varies] * spread[varies]])
    model = LogisticRegression(C=1.0, solver="lbfgs", max_iter=2000, tol=1e-6)
    with threadpool_limits(1):  # sums in another order, for another number of threads, end in other bits
        model.fit(design, examples.label, examples.weight)
    weight, missing_weight = model.coef_[0, : len(features)] * spread, np.zeros(len(features))
    missing_weight[varies] = model.coef_[0, len(features) :] * spread[varies]
    share = np.where(varies, missing.mean(axis=0), 0.0)
    intercept = float(model.intercept_[0]) + float(np.dot(missing_weight, share))
    return LinearModel(intercept, center, scale, weight, missing_weight, share)


def build_tree_matrix(examples: Examples, features: tuple[Feature, ...]) -> xgb.DMatrix:
    """Return the examples as XGBoost's matrix."""
    X = examples.table[[feature.name for feature in features]].to_numpy(np.float64)
    return xgb.DMatrix(X, examples.label, weight=examples.weight, nthread=1)


def fit_trees(
    examples: Examples,
    features: tuple[Feature, ...],
    parameters: ModelParameters,
    seed: int,
    matrix: xgb.DMatrix | None = None,
) -> xgb.Booster:
    """Fit gradient boosted trees, monotone where a feature declares its direction.

    ``matrix`` is the examples' ``build_tree_matrix`` where it is at hand: building it takes longer than growing a few
    trees.
    """
    settings = build_tree_parameters(examples, features, parameters, seed)
    trees = xgb.train(settings, matrix or build_tree_matrix(examples, features), parameters.trees)
    trees.set_param({"nthread": 0})  # predicting takes what there is
    return trees


def build_tree_parameters(
    examples: Examples, features: tuple[Feature, ...], parameters: ModelParameters, seed: int
) -> dict[str, object]:
    """Return the parameters under XGBoost's names."""
    return {
        "objective": "binary:logistic",
        "base_score": float(np.average(examples.label, weights=examples.weight)),
        "tree_method": "hist",
        "grow_policy": "depthwise",
        "max_depth": parameters.max_depth,
        "eta": parameters.learning_rate,
        "min_child_weight": parameters.min_child_weight,
        "lambda": parameters.l2,
        "subsample": 0.8,
        "colsample_bytree": parameters.column_share,
        "monotone_constraints": tuple(feature.direction for feature in features),
        "seed": seed,
        "nthread": 1,  # the same bits as with more, and threads that wait for each other cost more than they bring
        "verbosity": 0,
    }


def _share_prior_variance(features: tuple[Feature, ...]) -> NDArray[np.float64]:
    """Return each feature's share of the prior variance, so that many features do not drown few buyers.

    Recency, frequency, spend and their like have three quarters of it among them, all others the rest.
    """
    is_rfm = np.array([feature.name in RFM_FEATURES for feature in features])
    shares: NDArray[np.float64] = np.where(is_rfm, 0.75 / max(is_rfm.sum(), 1), 0.25 / max((~is_rfm).sum(), 1))
    return shares


def _list_min_scales(features: tuple[Feature, ...]) -> list[float]:
    ages = ("since_first", "since_last")
    return [_MIN_AGE_SCALE * (f.name in RFM_FEATURES and f.aggregate in ages) for f in features]


def _apply_to_known(statistic: Callable[[NDArray[np.float64]], np.floating[Any]], column: NDArray[np.float64]) -> float:
    values = column[~np.isnan(column)]
    return float(statistic(values)) if len(values) else 0.0

"""Weighted sums as one model, exact, and explained like any other: of two models, or of a model's base models."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from ..features import Feature
from .linear import LinearModel
from .model import Calibration, Model
from .treeshap.forest import read_forest

#: What a model's logit takes of each of its two parts.
_HALF = 0.5


def blend_models(model: Model, other: Model, share: float) -> Model:
    """Return the model whose logit is ``share`` times that of ``model`` and ``1 - share`` times ``other``'s.

    Trees are exact to a float32's last bits.

    Parameters
    ----------
    model : Model
        Gives the context, the card and the shares of missing values.
    other : Model
        Where both have a feature of one name, both must scale it alike (``fit_linear``'s ``like``).
    share : float
        The weight of ``model``, between 0 and 1.

    Returns
    -------
    Model
        Its features are ``model``'s, then those that only ``other`` has.

    Raises
    ------
    ValueError
        The models scale a feature of both in different ways.
    """
    shared = {feature.name for feature in model.features}
    features = (*model.features, *(feature for feature in other.features if feature.name not in shared))
    weighted = [(model, share), (other, 1 - share)]
    linear = _blend_linear(features, weighted)
    trees = _blend_trees(features, weighted)
    return replace(model, features=features, linear=linear, trees=trees, calibration=Calibration())


def blend_base_models(
    linear: LinearModel, linear_weight: float, boosters: Sequence[tuple[xgb.Booster, float]]
) -> tuple[LinearModel, xgb.Booster]:
    """Return the two parts whose mean logit is the weighted sum of the linear model's logit and the boosters'.

    Trees are exact to a float32's last bits; half and half of one booster is returned as it is.

    Parameters
    ----------
    linear : LinearModel
    linear_weight : float
        The weight of its logit, at least 0.
    boosters : sequence of (xgboost.Booster, float)
        Boosters of the same features, each with the weight of its logit; those of weight 0 are left out, but for one.
    """
    scale = linear_weight / _HALF
    scaled = replace(
        linear,
        intercept=scale * linear.intercept,
        weight=scale * linear.weight,
        missing_weight=scale * linear.missing_weight,
    )
    used = [(booster, weight / _HALF) for booster, weight in boosters if weight > 0] or [(boosters[0][0], 0.0)]
    if len(used) == 1 and used[0][1] == 1:
        return scaled, used[0][0]
    columns = np.arange(used[0][0].num_features())
    return scaled, _merge_trees([(booster, slope, columns) for booster, slope in used], len(columns))


def _find_columns(features: tuple[Feature, ...], model: Model) -> NDArray[np.int64]:
    """Return the positions of the model's features among ``features``."""
    names = [feature.name for feature in features]
    return np.array([names.index(feature.name) for feature in model.features], np.int64)


def _blend_linear(features: tuple[Feature, ...], weighted: list[tuple[Model, float]]) -> LinearModel:
    """Add the linear parts with their calibration's slope; the calibrations' intercepts go here too."""
    center, scale, missing_share = (np.full(len(features), np.nan) for _ in range(3))
    weight = np.zeros(len(features))
    missing_weight = np.zeros(len(features))
    intercept = 0.0
    for model, share in weighted:
        columns, linear, slope = _find_columns(features, model), model.linear, share * model.calibration.slope
        new = np.isnan(scale[columns])
        if not ((new | (center[columns] == linear.center)) & (new | (scale[columns] == linear.scale))).all():
            raise ValueError("the models scale a feature that both have in different ways; fit one like the other")
        arrays = ((center, linear.center), (scale, linear.scale), (missing_share, linear.missing_share))
        for blended, values in arrays:
            blended[columns] = np.where(new, values, blended[columns])
        weight[columns] += slope * linear.weight
        missing_weight[columns] += slope * linear.missing_weight
        recentered = float(np.dot(linear.missing_weight, missing_share[columns] - linear.missing_share))
        intercept += slope * (linear.intercept + recentered) + 2 * share * model.calibration.intercept
    return LinearModel(intercept, center, scale, weight, missing_weight, missing_share)


def _blend_trees(features: tuple[Feature, ...], weighted: list[tuple[Model, float]]) -> xgb.Booster:
    """Return one booster with the trees of both, each leaf times its model's share and slope."""
    parts = [
        (model.trees, share * model.calibration.slope, _find_columns(features, model)) for model, share in weighted
    ]
    return _merge_trees(parts, len(features))


def _merge_trees(parts: Sequence[tuple[xgb.Booster, float, NDArray[np.int64]]], width: int) -> xgb.Booster:
    """Return one booster of ``width`` features whose margin is the sum of the parts', each times its slope.

    A part comes with the positions of its features among the ``width``.
    """
    document: dict[str, Any] = json.loads(parts[0][0].save_raw("json"))
    trees: list[dict[str, Any]] = []
    margin = 0.0
    for part, slope, columns in parts:
        margin += slope * float(read_forest(part).base_margin)
        boosted = json.loads(part.save_raw("json"))["learner"]["gradient_booster"]
        trees += [_scale_tree(tree, slope, columns, width) for tree in boosted["model"]["trees"]]
    for number, tree in enumerate(trees):
        tree["id"] = number
    boosted = document["learner"]["gradient_booster"]["model"]
    boosted |= {"trees": trees, "tree_info": [0] * len(trees), "iteration_indptr": list(range(len(trees) + 1))}
    boosted["gbtree_model_param"]["num_trees"] = str(len(trees))
    shape = document["learner"]["learner_model_param"]
    shape |= {"num_feature": str(width), "base_score": f"[{float(1 / (1 + np.exp(-margin)))}]"}
    merged = xgb.Booster(model_file=bytearray(json.dumps(document).encode()))
    merged.set_param({"nthread": 0})
    return merged


def _scale_tree(tree: dict[str, Any], slope: float, columns: NDArray[np.int64], width: int) -> dict[str, Any]:
    """Return the tree with its leaves times ``slope`` and its features renumbered among ``width`` of them."""
    leaf = np.array(tree["left_children"]) < 0
    values = np.where(leaf, slope, 1.0) * np.array(tree["split_conditions"], np.float64)
    return tree | {
        "split_conditions": values.tolist(),
        "base_weights": (slope * np.array(tree["base_weights"], np.float64)).tolist(),
        "split_indices": columns[np.array(tree["split_indices"])].tolist(),
        "tree_param": tree["tree_param"] | {"num_feature": str(width)},
    }

"""Two models as one: the weighted mean of their calibrated logits, exact, and explained like any other model."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from ..features import Feature
from .linear import LinearModel
from .model import Calibration, Model
from .treeshap.forest import read_forest


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
    document: dict[str, Any] = json.loads(weighted[0][0].trees.save_raw("json"))
    trees: list[dict[str, Any]] = []
    margin = 0.0
    for model, share in weighted:
        slope, columns = share * model.calibration.slope, _find_columns(features, model)
        margin += slope * float(read_forest(model.trees).base_margin)
        booster = json.loads(model.trees.save_raw("json"))["learner"]["gradient_booster"]
        trees += [_scale_tree(tree, slope, columns, len(features)) for tree in booster["model"]["trees"]]
    for number, tree in enumerate(trees):
        tree["id"] = number
    boosted = document["learner"]["gradient_booster"]["model"]
    boosted |= {"trees": trees, "tree_info": [0] * len(trees), "iteration_indptr": list(range(len(trees) + 1))}
    boosted["gbtree_model_param"]["num_trees"] = str(len(trees))
    shape = document["learner"]["learner_model_param"]
    shape |= {"num_feature": str(len(features)), "base_score": f"[{float(1 / (1 + np.exp(-margin)))}]"}
    blended = xgb.Booster(model_file=bytearray(json.dumps(document).encode()))
    blended.set_param({"nthread": 0})
    return blended


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

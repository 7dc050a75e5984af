"""Two models as one: the mean of their calibrated logits, exact, and explained like any other model."""

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

Floats = NDArray[np.float64]


def blend_models(model: Model, other: Model, share: float) -> Model:
    """The model whose logit is ``share`` times that of ``model`` and ``1 - share`` times ``other``'s.

    Features are ``model``'s, then those that ``other`` alone has; context, card and what is missing how often are
    ``model``'s. Where both have a feature of one name, both must scale it alike (``fit_linear``'s ``like``): raises
    ValueError where they do not. Trees are exact to a float32's last bits.
    """
    own = {feature.name for feature in model.features}
    features = (*model.features, *(feature for feature in other.features if feature.name not in own))
    parts = [(model, share), (other, 1 - share)]
    linear = _linear(features, parts)
    return replace(model, features=features, linear=linear, trees=_trees(features, parts), calibration=Calibration())


def _places(features: tuple[Feature, ...], model: Model) -> NDArray[np.int64]:
    names = [feature.name for feature in features]
    return np.array([names.index(feature.name) for feature in model.features], np.int64)


def _linear(features: tuple[Feature, ...], parts: list[tuple[Model, float]]) -> LinearModel:
    """Both halves' linear parts with their calibration's slope, whose intercept is theirs alone."""
    center, scale, share = (np.full(len(features), np.nan) for _ in range(3))
    weight, missing_weight, intercept = np.zeros(len(features)), np.zeros(len(features)), 0.0
    for model, part in parts:
        at, linear, slope = _places(features, model), model.linear, part * model.calibration.slope
        new = np.isnan(scale[at])
        if not ((new | (center[at] == linear.center)) & (new | (scale[at] == linear.scale))).all():
            raise ValueError("the models scale a feature that both have in different ways; fit one like the other")
        for found, told in ((center, linear.center), (scale, linear.scale), (share, linear.missing_share)):
            found[at] = np.where(new, told, found[at])
        weight[at] += slope * linear.weight
        missing_weight[at] += slope * linear.missing_weight
        moved = float(np.dot(linear.missing_weight, share[at] - linear.missing_share))
        intercept += slope * (linear.intercept + moved) + 2 * part * model.calibration.intercept
    return LinearModel(intercept, center, scale, weight, missing_weight, share)


def _trees(features: tuple[Feature, ...], parts: list[tuple[Model, float]]) -> xgb.Booster:
    """One booster with the trees of both, each leaf at its part."""
    document: dict[str, Any] = json.loads(parts[0][0].trees.save_raw("json"))
    trees, margin = [], 0.0
    for model, part in parts:
        slope, at = part * model.calibration.slope, _places(features, model)
        margin += slope * float(read_forest(model.trees).base_margin)
        own = json.loads(model.trees.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
        trees += [_scaled(tree, slope, at, len(features)) for tree in own]
    for place, tree in enumerate(trees):
        tree["id"] = place
    boosted = document["learner"]["gradient_booster"]["model"]
    boosted |= {"trees": trees, "tree_info": [0] * len(trees), "iteration_indptr": list(range(len(trees) + 1))}
    boosted["gbtree_model_param"]["num_trees"] = str(len(trees))
    shape = document["learner"]["learner_model_param"]
    shape |= {"num_feature": str(len(features)), "base_score": f"[{float(1 / (1 + np.exp(-margin)))}]"}
    found = xgb.Booster(model_file=bytearray(json.dumps(document).encode()))
    found.set_param({"nthread": 0})
    return found


def _scaled(tree: dict[str, Any], slope: float, places: NDArray[np.int64], columns: int) -> dict[str, Any]:
    leaf = np.array(tree["left_children"]) < 0
    values = np.where(leaf, slope, 1.0) * np.array(tree["split_conditions"], np.float64)
    return tree | {
        "split_conditions": values.tolist(),
        "base_weights": (slope * np.array(tree["base_weights"], np.float64)).tolist(),
        "split_indices": places[np.array(tree["split_indices"])].tolist(),
        "tree_param": tree["tree_param"] | {"num_feature": str(columns)},
    }

"""An XGBoost forest as flat arrays for compiled loops, read from the booster's own JSON."""

import json
from typing import Any, NamedTuple

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

#: XGBoost's parent of a root.
_NO_PARENT = 2**31 - 1


class Forest(NamedTuple):
    """Every node of every tree, tree after tree; links are positions in the same arrays, -1 where there is none.

    A row goes left where its value, as a float32, is below ``threshold``; at a node with categories, where its
    category is none of them; where the value is missing, if ``missing_left``.
    """

    roots: NDArray[np.int64]  # one a tree
    left: NDArray[np.int64]  # -1: a leaf
    right: NDArray[np.int64]
    parent: NDArray[np.int64]  # -1: a root
    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]  # for a leaf: what it adds to the margin
    missing_left: NDArray[np.bool_]
    cover: NDArray[np.float64]  # sum of the training rows' hessians
    category_starts: NDArray[np.int64]  # the node's slice of ``categories``; empty where it has a threshold
    category_stops: NDArray[np.int64]
    categories: NDArray[np.int64]
    base_margin: np.float32  # before the first tree


def read_forest(booster: xgb.Booster) -> Forest:
    """Return the booster's trees. Raises ValueError unless it is a ``gbtree`` with one output."""
    document = json.loads(booster.save_raw("json"))
    learner = document["learner"]
    boosted, shape = learner["gradient_booster"], learner["learner_model_param"]
    if boosted["name"] != "gbtree" or int(shape["num_class"]) > 1 or int(shape["num_target"]) > 1:
        raise ValueError("only the trees of a gbtree with one output can be explained; train one")
    trees = boosted["model"]["trees"]
    starts = np.cumsum([0, *(len(tree["parents"]) for tree in trees)])[:-1].astype(np.int64)
    return Forest(
        starts,
        **_read_nodes(trees, starts),
        **_read_categories(trees, starts),
        base_margin=_compute_base_margin(document),
    )


def _read_nodes(trees: list[dict[str, Any]], starts: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    start = np.repeat(starts, [len(tree["parents"]) for tree in trees])
    left, right, parent = (_join(trees, name, np.int64) for name in ("left_children", "right_children", "parents"))
    return {
        "left": np.where(left < 0, -1, left + start),
        "right": np.where(right < 0, -1, right + start),
        "parent": np.where(parent == _NO_PARENT, -1, parent + start),
        "feature": _join(trees, "split_indices", np.int64),
        "threshold": _join(trees, "split_conditions", np.float32),
        "missing_left": _join(trees, "default_left", np.bool_),
        "cover": _join(trees, "sum_hessian", np.float64),
    }


def _read_categories(trees: list[dict[str, Any]], starts: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    nodes = sum(len(tree["parents"]) for tree in trees)
    begins = np.zeros(nodes, np.int64)
    ends = np.zeros(nodes, np.int64)
    offset = 0
    for tree, start in zip(trees, starts, strict=True):
        split = start + np.array(tree["categories_nodes"], np.int64)
        begins[split] = offset + np.array(tree["categories_segments"], np.int64)
        ends[split] = begins[split] + np.array(tree["categories_sizes"], np.int64)
        offset += len(tree["categories"])
    categories = _join(trees, "categories", np.int64)
    return {"category_starts": begins, "category_stops": ends, "categories": categories}


def _join(trees: list[dict[str, Any]], name: str, dtype: type[np.generic]) -> NDArray[Any]:
    return np.array([value for tree in trees for value in tree[name]], dtype)


def _compute_base_margin(document: dict[str, Any]) -> np.float32:
    """Return what XGBoost itself predicts without a tree: the base score through its own link, to the bit."""
    document["learner"]["learner_model_param"]["boost_from_average"] = "0"  # else it waits for rows to estimate from
    model = document["learner"]["gradient_booster"]["model"]
    model |= {"trees": [], "tree_info": [], "iteration_indptr": [0]}
    model["gbtree_model_param"]["num_trees"] = "0"
    empty = xgb.Booster(model_file=bytearray(json.dumps(document).encode()))
    columns = int(document["learner"]["learner_model_param"]["num_feature"])
    row = xgb.DMatrix(np.full((1, columns), np.nan), nthread=1)
    margin: np.float32 = empty.predict(row, output_margin=True, validate_features=False)[0]
    return margin

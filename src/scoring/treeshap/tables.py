"""A forest's path-dependent SHAP values, tabulated by node decisions. docs/reasons.md derives them.

Each tree is cut into blocks: a subtree of at most three decisions, and the decisions on the way to it. What the
block's leaves add to each feature's SHAP value depends on nothing but which way each of those decisions goes, so it
is computed once for every combination of them.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...history.compilation import jit
from .forest import Forest

#: The tables of deeper trees outgrow the caches that make looking up fast.
MAX_DEPTH = 6
#: Levels of decisions in a block's subtree. Three levels would take four times the memory at depth 6 and be slower.
_LEVELS = 2


class ShapTables(NamedTuple):
    """Blocks in the trees' order, each with its decisions, its features, and a table for each feature.

    A combination of a block's decisions is a number whose bit i is set where its i-th decision goes left; a table
    has one entry a combination. ``starts`` arrays hold where each slice begins, and at the end where the last stops.
    """

    decision_starts: NDArray[np.int64]  # a block's slice of the five arrays that follow
    decision_features: NDArray[np.int64]
    thresholds: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    category_starts: NDArray[np.int64]
    category_stops: NDArray[np.int64]
    categories: NDArray[np.int64]
    feature_starts: NDArray[np.int64]  # a block's slice of the two arrays that follow
    features: NDArray[np.int64]
    contribution_starts: NDArray[np.int64]
    contributions: NDArray[np.float64]
    leaf_starts: NDArray[np.int64]
    leaves: NDArray[np.float32]  # the value of the leaf that is reached; 0 where that lies in another block
    base_margin: np.float32
    base: float  # the margin's mean over the training rows, which the contributions come on top of


class _Block(NamedTuple):
    decisions: NDArray[np.int64]
    ends: NDArray[np.int64]
    features: NDArray[np.int64]
    contributions: NDArray[np.float64]  # combinations x features
    leaves: NDArray[np.float32]  # combinations


def build_shap_tables(forest: Forest) -> ShapTables:
    """Return the tables of every block. Raises ValueError for a tree deeper than ``MAX_DEPTH``."""
    blocks = list(_cut_forest(forest))
    base = float(forest.base_margin)
    for block in blocks:
        base += _fill_block(*block, forest.left, forest.parent, forest.feature, forest.threshold, forest.cover)
    decisions = _join((block.decisions for block in blocks), np.int64)
    return ShapTables(
        _compute_starts(block.decisions for block in blocks),
        forest.feature[decisions],
        forest.threshold[decisions],
        forest.missing_left[decisions],
        forest.category_starts[decisions],
        forest.category_stops[decisions],
        forest.categories,
        _compute_starts(block.features for block in blocks),
        _join((block.features for block in blocks), np.int64),
        _compute_starts(block.contributions.ravel() for block in blocks),
        _join((block.contributions.ravel() for block in blocks), np.float64),
        _compute_starts(block.leaves for block in blocks),
        _join((block.leaves for block in blocks), np.float32),
        forest.base_margin,
        base,
    )


def _compute_starts(slices: Iterable[NDArray[Any]]) -> NDArray[np.int64]:
    return np.cumsum([0, *map(len, slices)], dtype=np.int64)


def _join(slices: Iterable[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *slices])


def _cut_forest(forest: Forest) -> Iterator[_Block]:
    left, right = forest.left.tolist(), forest.right.tolist()
    for root in forest.roots.tolist():
        for decisions, ends in _cut_tree(root, [], left, right):
            nodes, size = np.array(decisions, np.int64), 2 ** len(decisions)
            features = np.unique(forest.feature[nodes])
            contributions, leaves = np.zeros((size, len(features))), np.zeros(size, np.float32)
            yield _Block(nodes, np.array(ends, np.int64), features, contributions, leaves)


def _cut_tree(node: int, above: list[int], left: list[int], right: list[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the (decisions, leaves) of each block from ``node`` on, to which the decisions ``above`` lead."""
    if len(above) > MAX_DEPTH - _LEVELS:
        raise ValueError(f"a tree is deeper than {MAX_DEPTH}; train with max_depth of at most {MAX_DEPTH}")
    decisions, ends, level = list(above), [], [node]
    for _ in range(_LEVELS):
        ends += [node for node in level if left[node] < 0]
        inner = [node for node in level if left[node] >= 0]
        decisions += inner
        level = [child for node in inner for child in (left[node], right[node])]
    if all(left[node] < 0 for node in level):
        yield decisions, ends + level
    else:
        yield from _cut_tree(left[node], [*above, node], left, right)
        yield from _cut_tree(right[node], [*above, node], left, right)


@jit(nogil=False)
def _fill_block(
    decisions: Any,
    ends: Any,
    block_features: Any,
    contributions: Any,
    leaves: Any,
    left: Any,
    parent: Any,
    feature: Any,
    value: Any,
    cover: Any,
) -> float:
    """Add each leaf's part to the block's tables, and return what the leaves add to the margin's mean."""
    mean = 0.0
    for leaf in ends:
        features, shares, masks, ways = _follow_path(leaf, decisions, left, parent, feature, cover)
        mean += value[leaf] * np.prod(shares)
        scratch = np.empty(len(features) + 1)
        for combination in range(len(leaves)):
            follows = (combination & masks) == ways
            if follows.all():
                leaves[combination] = value[leaf]
            for i in range(len(features)):
                part = (follows[i] - shares[i]) * _compute_weight(i, follows, shares, scratch)
                contributions[combination, _find(block_features, features[i])] += value[leaf] * part
    return mean


@jit(nogil=False)
def _follow_path(leaf: int, decisions: Any, left: Any, parent: Any, feature: Any, cover: Any) -> Any:
    """Return the features on the way to a leaf, and what each decides.

    For each feature: the share of the cover that goes this way at its decisions, the bits of these decisions, and which
    of them are set on this way.
    """
    features = np.full(len(decisions), -1)
    shares = np.ones(len(decisions))
    masks, ways = np.zeros(len(decisions), np.int64), np.zeros(len(decisions), np.int64)
    count, node = 0, leaf
    while parent[node] >= 0:
        above = parent[node]
        i = _find(features[:count], feature[above])
        count = max(count, i + 1)
        features[i] = feature[above]
        shares[i] *= cover[node] / cover[above] if cover[above] > 0.0 else 0.0
        bit = 1 << _find(decisions, above)
        masks[i] |= bit
        if left[above] == node:
            ways[i] |= bit
        node = above
    return features[:count], shares[:count], masks[:count], ways[:count]


@jit(nogil=False)
def _find(values: Any, wanted: int) -> int:
    """Return the position of ``wanted``, or the length."""
    for i in range(len(values)):
        if values[i] == wanted:
            return i
    return len(values)


@jit(nogil=False)
def _compute_weight(i: int, follows: Any, shares: Any, scratch: Any) -> float:
    """Return the sum over sets S of the other features of |S|! (d - 1 - |S|)! / d! prod_S follows prod_rest shares."""
    others = 0
    scratch[0] = 1.0
    for j in range(len(shares)):
        if j != i:  # times (share + follows t): the products of each size of S are a polynomial's coefficients
            scratch[others + 1] = 0.0
            for size in range(others + 1, 0, -1):
                scratch[size] = scratch[size] * shares[j] + scratch[size - 1] * follows[j]
            scratch[0] *= shares[j]
            others += 1
    total, weight = 0.0, 1.0 / (others + 1)
    for size in range(others + 1):
        total += weight * scratch[size]
        weight *= (size + 1) / max(others - size, 1)
    return total

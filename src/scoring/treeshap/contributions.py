"""What each feature adds to a forest's margin, and the margin itself: looked up in tables. See docs/reasons.md."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...history.compilation import jit
from .tables import ShapTables

#: Rows that go through the forest together: what they need stays in a core's own cache.
_ROWS = 1024
#: A thread for fewer rows costs more than it brings.
_ROWS_A_THREAD = 4096
#: So many rows are looked up one by one: what blocks of rows save costs them more than it brings.
_FEW = 3


def attribute(tables: ShapTables, X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Margins, and contributions (rows x features) that with ``tables.base`` sum to them within float32's error.

    Contributions are exact path-dependent SHAP values; margins are XGBoost's own to the bit. A row's bits do not
    depend on the other rows.
    """
    found, contributions = np.empty(len(X)), np.empty(X.shape)
    look_up_contributions(tables[:-1], np.ascontiguousarray(X), found, contributions)
    return found, contributions


def run_in_threads(work: Callable[..., object], *arrays: NDArray[Any]) -> None:
    """``work`` on slices of the rows of all arrays: on every core, where there are enough of them."""
    rows = len(arrays[0])
    if rows < 2 * _ROWS_A_THREAD:
        work(*arrays)
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parts = min(cores, rows // _ROWS_A_THREAD)
    ends = [rows * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(lambda part: work(*(array[slice(*part)] for array in arrays)), pairwise(ends)))


@jit
def _attribute(tables: Any, X: Any, margins: Any, out: Any) -> None:
    """Trees outside, rows inside; a row's sums run in the blocks' order. Without rows in ``out``, margins alone."""
    decision_starts, decision_features, thresholds, missing_left, category_starts, category_stops = tables[:6]
    categories, feature_starts, features, contribution_starts, contributions = tables[6:11]
    leaf_starts, leaves, base_margin = tables[11:]
    length = min(_ROWS, len(X))
    values, sums = np.empty((X.shape[1], length), np.float32), np.empty((X.shape[1], length))
    codes, margin = np.empty(length, np.uint32), np.empty(length, np.float32)
    for start in range(0, len(X), _ROWS):
        rows = min(_ROWS, len(X) - start)
        values[:, :rows] = X[start : start + rows].T  # as float32, which XGBoost compares too
        sums[:], margin[:] = 0.0, base_margin
        for block in range(len(leaf_starts) - 1):
            codes[:] = 0
            for i in range(decision_starts[block], decision_starts[block + 1]):
                bit = np.uint32(1) << np.uint32(i - decision_starts[block])
                if category_starts[i] == category_stops[i]:
                    _compare(values, decision_features[i], rows, thresholds[i], missing_left[i], bit, codes)
                else:
                    chosen = categories[category_starts[i] : category_stops[i]]
                    for row in range(rows):
                        left = _is_none_of(values[decision_features[i], row], chosen, missing_left[i])
                        codes[row] |= bit if left else np.uint32(0)
            _add_leaves(leaves, leaf_starts[block], codes, rows, margin)
            if len(out):
                first, last = feature_starts[block], feature_starts[block + 1]
                _add_contributions(contributions, contribution_starts[block], features, first, last, codes, rows, sums)
        margins[start : start + rows] = margin[:rows]
        if len(out):
            out[start : start + rows] = sums[:, :rows].T


@jit
def _compare(values: Any, feature: int, rows: int, threshold: Any, missing_left: bool, bit: Any, codes: Any) -> None:
    """Set the bit of the rows that go left. Comparisons with a missing value are false: no ``fastmath`` here."""
    if missing_left:
        for row in range(rows):
            codes[row] |= np.uint32(0) if values[feature, row] >= threshold else bit
    else:
        for row in range(rows):
            codes[row] |= bit if values[feature, row] < threshold else np.uint32(0)


@jit
def _is_none_of(category: Any, chosen: Any, missing_left: bool) -> bool:
    """Whether a row of that category goes left: it is not among the chosen."""
    if np.isnan(category):
        return missing_left
    left = True
    for one in chosen:
        left &= category < 0 or np.int64(category) != one
    return left


# Offsets are unsigned below, because a signed index is asked for each row whether it counts from the end.
@jit
def _add_leaves(leaves: Any, start: int, codes: Any, rows: int, margin: Any) -> None:
    at = np.uint64(start)
    for row in range(rows):
        margin[row] += leaves[at + codes[row]]


@jit
def _add_contributions(
    contributions: Any, start: int, features: Any, first: int, last: int, codes: Any, rows: int, sums: Any
) -> None:
    width, at = np.uint32(last - first), np.uint64(start)
    for row in range(rows):
        codes[row] *= width
    for i in range(first, last):
        feature = features[i]
        for row in range(rows):
            sums[feature, row] += contributions[at + codes[row]]
        at += np.uint64(1)


@jit
def _attribute_each(tables: Any, X: Any, margins: Any, out: Any) -> None:
    """As ``_attribute``, to the bit, a row after the other: for a few rows in a quarter of the time."""
    decision_starts, decision_features, thresholds, missing_left, category_starts, category_stops = tables[:6]
    categories, feature_starts, features, contribution_starts, contributions = tables[6:11]
    leaf_starts, leaves, base_margin = tables[11:]
    values = np.empty(X.shape[1], np.float32)
    for row in range(len(X)):
        values[:], margin = X[row], base_margin
        if len(out):
            out[row] = 0.0
        for block in range(len(leaf_starts) - 1):
            code = np.uint32(0)
            for i in range(decision_starts[block], decision_starts[block + 1]):
                value = values[decision_features[i]]
                if category_starts[i] == category_stops[i]:
                    left = (value < thresholds[i]) | (missing_left[i] & np.isnan(value))
                else:
                    chosen = categories[category_starts[i] : category_stops[i]]
                    left = _is_none_of(value, chosen, missing_left[i])
                code |= np.uint32(left) << np.uint32(i - decision_starts[block])
            margin += leaves[np.uint64(leaf_starts[block]) + code]
            if len(out):
                first, last = feature_starts[block], feature_starts[block + 1]
                at = np.uint64(contribution_starts[block]) + np.uint64(code) * np.uint64(last - first)
                for i in range(first, last):
                    out[row, features[i]] += contributions[at]
                    at += np.uint64(1)
        margins[row] = margin


@jit
def look_up_contributions(tables: Any, X: Any, margins: Any, out: Any) -> None:
    """What ``attribute`` gives; without rows in ``out`` the margins alone, the same bits in a quarter of the time."""
    if len(X) <= _FEW:
        _attribute_each(tables, X, margins, out)
    else:
        _attribute(tables, X, margins, out)

"""A forest's margins and what each feature adds to them, looked up in tables. docs/reasons.md derives them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...history.compilation import jit

#: Rows that go through the forest together: what they need stays in a core's own cache.
_BLOCK_ROWS = 1024
#: A thread for fewer rows costs more than it brings.
_MIN_THREAD_ROWS = 4096
#: Up to so many rows are looked up one by one, which is faster for them than a block.
_MAX_SINGLE_ROWS = 3


def run_in_threads(work: Callable[..., object], *arrays: NDArray[Any]) -> None:
    """Call ``work`` with slices of the rows of all arrays, on every core where there are enough rows."""
    rows = len(arrays[0])
    if rows < 2 * _MIN_THREAD_ROWS:
        work(*arrays)
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = min(cores, rows // _MIN_THREAD_ROWS)
    ends = [rows * thread // threads for thread in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda span: work(*(array[slice(*span)] for array in arrays)), pairwise(ends)))


@jit
def _look_up_blocks(tables: Any, X: Any, margins: Any, out: Any) -> None:
    """Loop over trees outside, rows inside; a row's sums run in the blocks' order."""
    decision_starts, decision_features, thresholds, missing_left, category_starts, category_stops = tables[:6]
    categories, feature_starts, features, contribution_starts, contributions = tables[6:11]
    leaf_starts, leaves, base_margin = tables[11:]
    length = min(_BLOCK_ROWS, len(X))
    values, sums = np.empty((X.shape[1], length), np.float32), np.empty((X.shape[1], length))
    codes, margin = np.empty(length, np.uint32), np.empty(length, np.float32)
    for start in range(0, len(X), _BLOCK_ROWS):
        rows = min(_BLOCK_ROWS, len(X) - start)
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
    """Return whether a row of that category goes left: it is not among the chosen."""
    if np.isnan(category):
        return missing_left
    left = True
    for level in chosen:
        left &= category < 0 or np.int64(category) != level
    return left


# Offsets are unsigned below: a signed index is checked for each row, since it might count from the end.
@jit
def _add_leaves(leaves: Any, start: int, codes: Any, rows: int, margin: Any) -> None:
    offset = np.uint64(start)
    for row in range(rows):
        margin[row] += leaves[offset + codes[row]]


@jit
def _add_contributions(
    contributions: Any, start: int, features: Any, first: int, last: int, codes: Any, rows: int, sums: Any
) -> None:
    width, offset = np.uint32(last - first), np.uint64(start)
    for row in range(rows):
        codes[row] *= width
    for i in range(first, last):
        feature = features[i]
        for row in range(rows):
            sums[feature, row] += contributions[offset + codes[row]]
        offset += np.uint64(1)


@jit
def _look_up_rows(tables: Any, X: Any, margins: Any, out: Any) -> None:
    """Do as ``_look_up_blocks``, to the bit, row by row: for a few rows in a quarter of the time."""
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
                offset = np.uint64(contribution_starts[block]) + np.uint64(code) * np.uint64(last - first)
                for i in range(first, last):
                    out[row, features[i]] += contributions[offset]
                    offset += np.uint64(1)
        margins[row] = margin


@jit
def look_up_contributions(tables: Any, X: Any, margins: Any, out: Any) -> None:
    """Fill ``margins``, and ``out`` (rows x features) with contributions.

    With the tables' ``base`` a row's contributions sum to its margin within float32's error. Contributions are exact
    path-dependent SHAP values; margins are XGBoost's own to the bit. A row's bits do not depend on the other rows.
    ``tables`` are a ``ShapTables`` without its last entry. Without rows in ``out`` the margins alone are filled, with
    the same bits in a quarter of the time.
    """
    if len(X) <= _MAX_SINGLE_ROWS:
        _look_up_rows(tables, X, margins, out)
    else:
        _look_up_blocks(tables, X, margins, out)

"""What each feature adds to a forest's margin, and the margin itself: looked up in tables. See docs/reasons.md."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scoring.tables import Tables

#: Rows that go through the forest together: what they need stays in a core's own cache.
_ROWS = 1024
#: A thread for fewer rows costs more than it brings.
_ROWS_A_THREAD = 4096


def attribute(tables: Tables, X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Margins, and contributions (rows x features) that with ``tables.base`` sum to them within float32's error.

    Contributions are exact path-dependent SHAP values; margins are XGBoost's own to the bit. A row's bits do not
    depend on the other rows.
    """
    found, contributions = np.empty(len(X)), np.empty(X.shape)
    _attribute(*tables[:-1], np.ascontiguousarray(X), found, contributions)
    return found, contributions


def margins(tables: Tables, X: NDArray[np.float64]) -> NDArray[np.float64]:
    """The margins alone, the same bits in a quarter of the time."""
    found = np.empty(len(X))
    _attribute(*tables[:-1], np.ascontiguousarray(X), found, np.empty((0, X.shape[1])))
    return found


def in_threads(rows: int, work: Callable[[slice], None]) -> None:
    """``work`` on slices that make up so many rows: on every core, where there are enough of them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parts = max(min(cores, rows // _ROWS_A_THREAD), 1)
    ends = [rows * part // parts for part in range(parts + 1)]
    slices = [slice(start, stop) for start, stop in pairwise(ends)]
    if parts == 1:
        work(slices[0])
        return
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, slices))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _attribute(
    decision_starts: Any,
    decision_features: Any,
    thresholds: Any,
    missing_left: Any,
    category_starts: Any,
    category_stops: Any,
    categories: Any,
    feature_starts: Any,
    features: Any,
    contribution_starts: Any,
    contributions: Any,
    leaf_starts: Any,
    leaves: Any,
    base_margin: Any,
    X: Any,
    margins: Any,
    out: Any,
) -> None:
    """Trees outside, rows inside; a row's sums run in the blocks' order. Without rows in ``out``, margins alone."""
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
                    _compare_category(values, decision_features[i], rows, chosen, missing_left[i], bit, codes)
            _add_leaves(leaves, leaf_starts[block], codes, rows, margin)
            if len(out):
                first, last = feature_starts[block], feature_starts[block + 1]
                _add_contributions(contributions, contribution_starts[block], features, first, last, codes, rows, sums)
        margins[start : start + rows] = margin[:rows]
        if len(out):
            out[start : start + rows] = sums[:, :rows].T


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _compare(values: Any, feature: int, rows: int, threshold: Any, missing_left: bool, bit: Any, codes: Any) -> None:
    """Set the bit of the rows that go left. Comparisons with a missing value are false: no ``fastmath`` here."""
    if missing_left:
        for row in range(rows):
            codes[row] |= np.uint32(0) if values[feature, row] >= threshold else bit
    else:
        for row in range(rows):
            codes[row] |= bit if values[feature, row] < threshold else np.uint32(0)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _compare_category(
    values: Any, feature: int, rows: int, chosen: Any, missing_left: bool, bit: Any, codes: Any
) -> None:
    """Set the bit of the rows that go left: those whose category is not among the chosen."""
    for row in range(rows):
        value = values[feature, row]
        left = missing_left
        if not np.isnan(value):
            left = True
            for category in chosen:
                left &= value < 0 or np.int64(value) != category
        codes[row] |= bit if left else np.uint32(0)


# Offsets are unsigned below, because a signed index is asked for each row whether it counts from the end.
@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_leaves(leaves: Any, start: int, codes: Any, rows: int, margin: Any) -> None:
    at = np.uint64(start)
    for row in range(rows):
        margin[row] += leaves[at + codes[row]]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
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

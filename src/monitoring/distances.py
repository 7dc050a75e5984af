"""Distances and tests between two feature tables, column by column, as Evidently defines them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from scipy.special import gammaln
from scipy.stats import ks_2samp, norm, wasserstein_distance

_GRID = (np.arange(200) + 0.5) / 200

FloatArray = NDArray[np.float64]


def compute_distances(current: pd.DataFrame, reference: pd.DataFrame, methods: Sequence[str | None]) -> FloatArray:
    """Compute one figure a column, among known values; NaN where there is no method, or a side has no value.

    ``wasserstein``: over the reference's standard deviation; ``jensenshannon``: of flags, natural logarithm; ``ks`` and
    ``z`` (of flags): the test's p-value.
    """
    columns = zip(current.to_numpy(np.float64).T, reference.to_numpy(np.float64).T, methods, strict=True)
    return np.array(
        [_compute_distance(_drop_missing(now), _drop_missing(then), method) for now, then, method in columns]
    )


def approximate_distances(current: pd.DataFrame, reference: pd.DataFrame, flag: NDArray[np.bool_]) -> FloatArray:
    """Approximate the distances from 200 quantiles of each side, to about a percent."""
    columns = zip(current.to_numpy(np.float64).T, reference.to_numpy(np.float64).T, flag, strict=True)
    return np.array(
        [_approximate_distance(_drop_missing(now), _drop_missing(then), is_flag) for now, then, is_flag in columns]
    )


def find_furthest(method: str | None, now: int, then: int) -> float:
    """Return the figure of two samples of these sizes that have nothing in common: a limit beyond it cannot alarm.

    Wasserstein's distance has no end; Jensen-Shannon's is the root of log 2. Of the tests it is the least p-value: for
    Kolmogorov and Smirnov's one of all orders in two, for the shares' 0 against 1.
    """
    if method is None or not now or not then:
        return float("nan")
    if method == "jensenshannon":
        return float(np.sqrt(np.log(2)))
    if method == "ks":
        orders = gammaln(now + then + 1) - gammaln(now + 1) - gammaln(then + 1)
        return float(min(2 * np.exp(-orders), 1.0))
    return _z_test(np.ones(now), np.zeros(then)) if method == "z" else float("inf")


def _drop_missing(values: FloatArray) -> FloatArray:
    return values[~np.isnan(values)]


def _compute_distance(now: FloatArray, then: FloatArray, method: str | None) -> float:
    if not isinstance(method, str) or not len(now) or not len(then):  # a table's column has NaN for None
        return float("nan")
    if method == "wasserstein":
        return float(wasserstein_distance(then, now) / _compute_scale(then))
    if method == "jensenshannon":
        return _compare_shares(now.mean(), then.mean())
    return float(ks_2samp(then, now).pvalue) if method == "ks" else _z_test(now, then)


def _approximate_distance(now: FloatArray, then: FloatArray, is_flag: bool) -> float:
    if not len(now) or not len(then):
        return float("nan")
    if is_flag:
        return _compare_shares(now.mean(), then.mean())
    return float(np.abs(np.quantile(now, _GRID) - np.quantile(then, _GRID)).mean() / _compute_scale(then))


def _compute_scale(then: FloatArray) -> float:
    return max(float(then.std()), 0.001)


def _compare_shares(a: float, b: float) -> float:
    return float(jensenshannon([1 - a, a], [1 - b, b])) if a != b else 0.0


def _z_test(now: FloatArray, then: FloatArray) -> float:
    """Return the two-sided p-value of the difference of two shares, with their pooled variance."""
    share = (now.sum() + then.sum()) / (len(now) + len(then))
    error = np.sqrt(share * (1 - share) * (1 / len(now) + 1 / len(then)))
    return float(2 * norm.sf(abs(now.mean() - then.mean()) / error)) if error > 0 else 1.0

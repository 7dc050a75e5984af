"""Distances between two feature tables, column by column, as Evidently defines them but all at once."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon

_GRID = (np.arange(200) + 0.5) / 200


def distances(current: pd.DataFrame, reference: pd.DataFrame, flag: NDArray[np.bool_]) -> NDArray[np.float64]:
    """One distance a column, among known values; NaN where a side has none.

    Flags: Jensen-Shannon distance (natural logarithm). Others: Wasserstein's over the reference's standard deviation,
    from 200 quantiles, hence within about a percent of Evidently's.
    """
    columns = zip(current.to_numpy(np.float64).T, reference.to_numpy(np.float64).T, flag, strict=True)
    return np.array([_distance(now[~np.isnan(now)], then[~np.isnan(then)], is_flag) for now, then, is_flag in columns])


def _distance(now: NDArray[np.float64], then: NDArray[np.float64], is_flag: bool) -> float:
    if not len(now) or not len(then):
        return float("nan")
    if is_flag:
        a, b = now.mean(), then.mean()
        return float(jensenshannon([1 - a, a], [1 - b, b])) if a != b else 0.0
    gap = np.abs(np.quantile(now, _GRID) - np.quantile(then, _GRID)).mean()
    return float(gap / max(float(then.std()), 0.001))

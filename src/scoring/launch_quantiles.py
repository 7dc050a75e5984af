"""The distribution of each feature among a launch's leads, and how one lead's value compares with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import Feature
from ..history.compilation import jit

_MAX_QUANTILES = 1001
#: Among fewer leads a percentage says nothing.
_MIN_LEADS = 20
_HALF = 0.5

#: How a value compares with those of the launch's leads.
NOT_COMPARED, MORE, LESS, LIKE, UNLIKE, MIDDLE = range(6)


class FeatureQuantiles(NamedTuple):
    """Evenly spaced order statistics of one feature, missing values left out.

    Attributes
    ----------
    values : array of float, shape (quantiles,)
    ranks : array of int, shape (quantiles,)
        Their ranks among the leads that have a value, from 0.
    leads : int
        How many leads have a value; -1 where the feature is not compared.
    """

    values: NDArray[np.float64]
    ranks: NDArray[np.int64]
    leads: int


@dataclass(frozen=True)
class LaunchQuantiles:
    """The distribution of each feature in a launch: exact for up to 1,001 leads, else true lower bounds to 0.1%.

    Parameters
    ----------
    leads : int
        How many leads the launch has.
    features : dict of str to FeatureQuantiles
        By the feature's name.
    """

    leads: int
    features: dict[str, FeatureQuantiles]

    def to_json(self) -> dict[str, Any]:
        """Return JSON values; the ranks follow from the number of leads and are left out."""
        features = {
            name: {"leads": quantiles.leads, "values": quantiles.values.tolist()}
            for name, quantiles in self.features.items()
        }
        return {"leads": self.leads, "known": features}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> LaunchQuantiles:
        """Return the quantiles that ``to_json`` wrote, to the bit."""
        features = {
            name: FeatureQuantiles(
                np.array(quantiles["values"], np.float64), _choose_ranks(quantiles["leads"]), quantiles["leads"]
            )
            for name, quantiles in values["known"].items()
        }
        return cls(values["leads"], features)


def compute_launch_quantiles(table: pd.DataFrame, features: Sequence[Feature]) -> LaunchQuantiles:
    """Compute the quantiles of a launch's features.

    Parameters
    ----------
    table : DataFrame
        The feature table with all the launch's leads: one row a lead, one column a feature.
    features : sequence of Feature

    Returns
    -------
    LaunchQuantiles
    """
    quantiles = {feature.name: _compute_quantiles(table[feature.name].to_numpy()) for feature in features}
    return LaunchQuantiles(len(table), quantiles)


class QuantileArrays(NamedTuple):
    """The quantiles of some features as the flat arrays that ``compare`` reads, one entry a feature."""

    starts: NDArray[np.int64]  # a feature's slice of the two arrays that follow; at the end where the last stops
    values: NDArray[np.float64]
    ranks: NDArray[np.int64]
    counts: NDArray[np.int64]  # leads that have a value; -1: not compared
    never: NDArray[np.int64]  # leads without a value that count as above all others
    ordered: NDArray[np.bool_]
    leads: int


def build_quantile_arrays(quantiles: LaunchQuantiles | None, features: Sequence[Feature]) -> QuantileArrays:
    """Return the quantiles of ``features`` in their order; without quantiles nothing is compared."""
    chosen = [_get_quantiles(quantiles, feature) for feature in features]
    leads = 0 if quantiles is None else quantiles.leads
    never = [leads - q.leads if is_time_since(feature) else 0 for feature, q in zip(features, chosen, strict=True)]
    return QuantileArrays(
        np.cumsum([0, *(len(q.values) for q in chosen)], dtype=np.int64),
        np.concatenate([np.empty(0), *(q.values for q in chosen)]),
        np.concatenate([np.empty(0, np.int64), *(q.ranks for q in chosen)]),
        np.array([q.leads for q in chosen], np.int64),
        np.array(never, np.int64),
        np.array([feature.unit != "flag" for feature in features], np.bool_),
        leads,
    )


def is_time_since(feature: Feature) -> bool:
    """Return whether the feature is the time since an event, so that a missing value (never) exceeds all others."""
    return feature.aggregate in ("since_first", "since_last")


def _is_compared(feature: Feature) -> bool:
    """Return False for a time of day, which is no more or less than another, and for what is a comparison already."""
    return feature.measure not in ("hour", "weekday") and not feature.measure.startswith("ratio:")


def _compute_quantiles(column: NDArray[np.float64]) -> FeatureQuantiles:
    values = np.sort(column[~np.isnan(column)])
    ranks = _choose_ranks(len(values))
    return FeatureQuantiles(values[ranks], ranks, len(values))


def _choose_ranks(leads: int) -> NDArray[np.int64]:
    """Return the ranks of the order statistics that are kept of so many leads."""
    size = min(leads, _MAX_QUANTILES)
    return np.arange(size) * (leads - 1) // max(size - 1, 1)


_NO_QUANTILES = FeatureQuantiles(np.empty(0), np.empty(0, np.int64), -1)


def _get_quantiles(quantiles: LaunchQuantiles | None, feature: Feature) -> FeatureQuantiles:
    if quantiles is None or quantiles.leads < _MIN_LEADS or not _is_compared(feature):
        return _NO_QUANTILES
    return quantiles.features.get(feature.name, _NO_QUANTILES)


@jit
def compare(
    j: int, value: float, starts: Any, values: Any, ranks: Any, counts: Any, never: Any, ordered: Any, leads: int
) -> Any:
    """Return how the value of feature ``j`` compares, and the percentage of leads for which that holds.

    ``MORE`` means more than so many percent of the leads that have the value, rounded down. For the time since an event
    a lead without one counts as the longest.
    """
    if counts[j] < 0:
        return NOT_COMPARED, 0
    absent = 1.0 - counts[j] / leads
    if math.isnan(value):
        return (LIKE, _floor_percent(absent)) if absent >= _HALF else (UNLIKE, _floor_percent(1.0 - absent))
    quantiles, rank = values[starts[j] : starts[j + 1]], ranks[starts[j] : starts[j + 1]]
    first, last = np.searchsorted(quantiles, value), np.searchsorted(quantiles, value, "right")
    total = max(counts[j] + never[j], 1)
    before = rank[first - 1] + 1 if first > 0 else 0  # at least so many leads are below
    up_to = rank[last - 1] + 1 if last > 0 else 0
    start = rank[first] if first < len(quantiles) else counts[j]  # so many lie before the first that is not below
    after = counts[j] - (rank[last] if last < len(quantiles) else counts[j]) + never[j]
    equal = (up_to - start) / total if last > first else 0.0
    below, above = before / total, after / total
    if equal >= _HALF:
        return LIKE, _floor_percent(equal)
    if not ordered[j]:
        return UNLIKE, _floor_percent(below + above)
    if below >= _HALF:
        return MORE, _floor_percent(below)
    return (LESS, _floor_percent(above)) if above >= _HALF else (MIDDLE, 0)


@jit
def _floor_percent(share: float) -> int:
    return min(math.floor(100 * share + 1e-9), 99)

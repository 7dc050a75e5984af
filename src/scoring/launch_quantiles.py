"""How a lead's value compares with those of the launch's leads, so that a reason can say so."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import Feature
from ..history.compilation import jit

_MOST_KEPT = 1001
#: Among fewer leads a percentage says nothing.
_ENOUGH = 20
_HALF = 0.5

NOT_COMPARED, MORE, LESS, LIKE, UNLIKE, MIDDLE = range(6)


class FeatureQuantiles(NamedTuple):
    """Evenly spaced order statistics of one feature's known values, and their ranks from 0."""

    values: NDArray[np.float64]
    ranks: NDArray[np.int64]
    leads: int  # that have one


@dataclass(frozen=True)
class LaunchQuantiles:
    """The launch's own distribution of each feature: exact for up to 1,001 leads, else true lower bounds to 0.1%."""

    leads: int
    known: dict[str, FeatureQuantiles]

    def all_known(self, feature: Feature) -> bool:
        """Whether percentages of this feature are of all the launch's leads."""
        return is_time_since(feature) or self.known[feature.name].leads == self.leads


def compute_launch_quantiles(table: pd.DataFrame, features: Sequence[Feature]) -> LaunchQuantiles:
    """Those of a launch's feature table, all its leads in it."""
    return LaunchQuantiles(len(table), {feature.name: _kept(table[feature.name].to_numpy()) for feature in features})


class QuantileArrays(NamedTuple):
    """The quantiles of some features as arrays that ``compare`` reads, one entry a feature."""

    starts: NDArray[np.int64]  # a feature's slice of the two arrays that follow; at the end where the last stops
    values: NDArray[np.float64]
    ranks: NDArray[np.int64]
    known: NDArray[np.int64]  # leads that have a value; -1: not compared
    beyond: NDArray[np.int64]  # leads without one that count as above all others
    ordered: NDArray[np.bool_]
    leads: int


def build_quantile_arrays(quantiles: LaunchQuantiles | None, features: Sequence[Feature]) -> QuantileArrays:
    """Those of ``features`` in their order; without quantiles nothing is compared."""
    compared = [_known(quantiles, feature) for feature in features]
    leads = 0 if quantiles is None else quantiles.leads
    never = [
        leads - kept.leads if is_time_since(feature) else 0 for feature, kept in zip(features, compared, strict=True)
    ]
    return QuantileArrays(
        np.cumsum([0, *(len(kept.values) for kept in compared)], dtype=np.int64),
        np.concatenate([np.empty(0), *(kept.values for kept in compared)]),
        np.concatenate([np.empty(0, np.int64), *(kept.ranks for kept in compared)]),
        np.array([kept.leads for kept in compared], np.int64),
        np.array(never, np.int64),
        np.array([feature.unit != "flag" for feature in features], np.bool_),
        leads,
    )


def quantiles_to_json(quantiles: LaunchQuantiles) -> dict[str, Any]:
    """Plain values; the ranks of what is kept follow from how many there were."""
    known = {name: {"leads": kept.leads, "values": kept.values.tolist()} for name, kept in quantiles.known.items()}
    return {"leads": quantiles.leads, "known": known}


def quantiles_from_json(values: dict[str, Any]) -> LaunchQuantiles:
    """The quantiles that ``quantiles_to_json`` wrote, to the bit."""
    known = {
        name: FeatureQuantiles(np.array(kept["values"], np.float64), _ranks(kept["leads"]), kept["leads"])
        for name, kept in values["known"].items()
    }
    return LaunchQuantiles(values["leads"], known)


def is_time_since(feature: Feature) -> bool:
    """Whether the feature tells how long ago a thing was done, so that never is longer ago than any time."""
    return feature.aggregate in ("since_first", "since_last")


def _is_compared(feature: Feature) -> bool:
    """Not the time of day, which is no more or less, nor what is a comparison already."""
    return feature.measure not in ("hour", "weekday") and not feature.measure.startswith("ratio:")


def _kept(column: NDArray[np.float64]) -> FeatureQuantiles:
    values = np.sort(column[~np.isnan(column)])
    ranks = _ranks(len(values))
    return FeatureQuantiles(values[ranks], ranks, len(values))


def _ranks(leads: int) -> NDArray[np.int64]:
    """Of the order statistics that are kept of so many."""
    kept = min(leads, _MOST_KEPT)
    return np.arange(kept) * (leads - 1) // max(kept - 1, 1)


_NOWHERE = FeatureQuantiles(np.empty(0), np.empty(0, np.int64), -1)


def _known(quantiles: LaunchQuantiles | None, feature: Feature) -> FeatureQuantiles:
    if quantiles is None or quantiles.leads < _ENOUGH or not _is_compared(feature):
        return _NOWHERE
    return quantiles.known.get(feature.name, _NOWHERE)


@jit
def compare(
    place: int, value: float, starts: Any, values: Any, ranks: Any, known: Any, beyond: Any, ordered: Any, leads: int
) -> Any:
    """Which of the six the value of the feature at ``place`` is, and the percentage of leads for which that holds.

    ``MORE`` means more than so many percent of the leads that have the value, rounded down: but who never did a thing
    did it longer ago than anyone.
    """
    if known[place] < 0:
        return NOT_COMPARED, 0
    absent = 1.0 - known[place] / leads
    if math.isnan(value):
        return (LIKE, _percent(absent)) if absent >= _HALF else (UNLIKE, _percent(1.0 - absent))
    kept, rank = values[starts[place] : starts[place + 1]], ranks[starts[place] : starts[place + 1]]
    first, last = np.searchsorted(kept, value), np.searchsorted(kept, value, "right")
    total = max(known[place] + beyond[place], 1)
    before = rank[first - 1] + 1 if first > 0 else 0  # at least so many leads are below
    up_to = rank[last - 1] + 1 if last > 0 else 0
    start = rank[first] if first < len(kept) else known[place]  # so many lie before the first kept one that is not
    after = known[place] - (rank[last] if last < len(kept) else known[place]) + beyond[place]
    equal = (up_to - start) / total if last > first else 0.0
    below, above = before / total, after / total
    if equal >= _HALF:
        return LIKE, _percent(equal)
    if not ordered[place]:
        return UNLIKE, _percent(below + above)
    if below >= _HALF:
        return MORE, _percent(below)
    return (LESS, _percent(above)) if above >= _HALF else (MIDDLE, 0)


@jit
def _percent(share: float) -> int:
    return min(math.floor(100 * share + 1e-9), 99)

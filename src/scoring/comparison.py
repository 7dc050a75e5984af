"""How a lead's value compares with those of the launch's leads, so that a reason can say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import Feature

_MOST_KEPT = 1001
#: Among fewer leads a percentage says nothing.
_ENOUGH = 20
_HALF = 0.5

NOT_COMPARED, MORE, LESS, LIKE, UNLIKE, MIDDLE = range(6)


class Comparison(NamedTuple):
    """For each value which of the six it is, and the percentage of the leads for which that holds, rounded down."""

    kinds: NDArray[np.int64]
    percents: NDArray[np.int64]


class Known(NamedTuple):
    """Evenly spaced order statistics of one feature's known values, and their ranks from 0."""

    values: NDArray[np.float64]
    ranks: NDArray[np.int64]
    leads: int  # that have one


@dataclass(frozen=True)
class LaunchQuantiles:
    """The launch's own distribution of each feature: exact for up to 1,001 leads, else true lower bounds to 0.1%."""

    leads: int
    known: dict[str, Known]

    def compare(self, feature: Feature, values: NDArray[np.float64]) -> Comparison:
        """Each value's place; ``MORE`` means more than so many percent of the leads.

        Among the leads that have the value: but who never did a thing did it longer ago than anyone.
        """
        kept = self.known.get(feature.name)
        if kept is None or self.leads < _ENOUGH or not _is_compared(feature):
            return Comparison(np.full(len(values), NOT_COMPARED), np.zeros(len(values), np.int64))
        never = self.leads - kept.leads
        below, above, equal = _shares(kept, values, never if counts_never(feature) else 0)
        missing, absent = np.isnan(values), never / self.leads
        ordered = feature.unit != "flag"
        kinds_and_shares = [
            (missing & (absent >= _HALF), LIKE, absent),
            (missing, UNLIKE, 1 - absent),
            (equal >= _HALF, LIKE, equal),
            ((below >= _HALF) & ordered, MORE, below),
            ((above >= _HALF) & ordered, LESS, above),
        ]
        tests, kinds, shares = zip(*kinds_and_shares, strict=True)
        kind = np.select(tests, kinds, MIDDLE if ordered else UNLIKE)
        share = np.select(tests, shares, below + above)
        return Comparison(kind, np.minimum(np.floor(100 * share + 1e-9), 99).astype(np.int64))

    def all_known(self, feature: Feature) -> bool:
        """Whether percentages of this feature are of all the launch's leads."""
        return counts_never(feature) or self.known[feature.name].leads == self.leads


def launch_quantiles(table: pd.DataFrame, features: Sequence[Feature]) -> LaunchQuantiles:
    """Those of a launch's feature table, all its leads in it."""
    return LaunchQuantiles(len(table), {feature.name: _kept(table[feature.name].to_numpy()) for feature in features})


def counts_never(feature: Feature) -> bool:
    """Whether the feature tells how long ago a thing was done, so that never is longer ago than any time."""
    return feature.aggregate in ("since_first", "since_last")


def _is_compared(feature: Feature) -> bool:
    """Not the time of day, which is no more or less, nor what is a comparison already."""
    return feature.measure not in ("hour", "weekday") and not feature.measure.startswith("ratio:")


def _kept(column: NDArray[np.float64]) -> Known:
    values = np.sort(column[~np.isnan(column)])
    kept = min(len(values), _MOST_KEPT)
    ranks = np.arange(kept) * (len(values) - 1) // max(kept - 1, 1)
    return Known(values[ranks], ranks, len(values))


def _shares(kept: Known, values: NDArray[np.float64], beyond: int) -> tuple[NDArray[np.float64], ...]:
    """At least which shares are below, above and equal; ``beyond`` more leads than the known are above all."""
    first, last = (np.searchsorted(kept.values, values, side) for side in ("left", "right"))
    up_to = np.concatenate([[0], kept.ranks + 1])  # at least so many leads stand at or before each kept one
    start = np.append(kept.ranks, kept.leads)  # so many stand before it
    total = max(kept.leads + beyond, 1)
    equal = np.where(last > first, up_to[last] - start[first], 0)
    return up_to[first] / total, (kept.leads - start[last] + beyond) / total, equal / total

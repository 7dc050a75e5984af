"""Why a lead has its score: the features that moved it most, in words with the lead's own values."""

import math
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ..features import Feature
from ..history.compilation import jit
from .reason_text.formatter import NO_INSTANTS, ReasonFormatter, read

#: A scored row's reasons as Arrow holds them.
REASONS_TYPE = pa.list_(
    pa.struct(
        [
            ("feature", pa.string()),
            ("group", pa.string()),
            ("value", pa.float64()),
            ("contribution", pa.float64()),
            ("text", pa.string()),
        ]
    )
)


class Reason(TypedDict):
    """One feature's part in a logit; positive contributions raise the score."""

    feature: str
    group: str
    value: float | None
    contribution: float
    text: str


def build_reasons_array(
    teller: ReasonFormatter,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    as_of: NDArray[np.int64] | None = None,
) -> pa.ListArray:
    """For each lead (a row of ``values`` and ``contributions``) the ``most`` largest contributions, largest first.

    One column a feature of the teller's. A second reason of one idea waits until every other idea has had its first,
    and what adds nothing is no reason. ``as_of`` has an instant a lead, microseconds UTC. The result is of
    ``REASONS_TYPE``.
    """
    (told, added, shown), (leads, columns, *marks) = _chosen(teller, values, contributions, most, as_of)
    texts = teller.told(zip(*(part.tolist() for part in (columns, shown, *marks)), strict=True))
    names, families = zip(*teller.names, strict=True)
    parts = [
        pa.array(names, pa.string()).take(pa.array(columns)),
        pa.array(families, pa.string()).take(pa.array(columns)),
        pa.array(told, mask=np.isnan(told)),
        pa.array(added),
        pa.array(texts, pa.string()),
    ]
    structs = pa.StructArray.from_arrays(parts, fields=list(REASONS_TYPE.value_type))
    offsets = np.concatenate([[0], np.bincount(leads, minlength=len(values)).cumsum()]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=REASONS_TYPE)


def build_reasons(
    teller: ReasonFormatter,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    as_of: NDArray[np.int64] | None = None,
) -> list[list[Reason]]:
    """What ``top_reasons`` holds, as plain values: the quick way for a few leads."""
    numbers, marks = _chosen(teller, values, contributions, most, as_of)
    (told, added, shown), (leads, columns, *rest) = numbers.tolist(), marks.tolist()
    texts = teller.told(zip(columns, shown, *rest, strict=True))
    reasons: list[list[Reason]] = [[] for _ in range(len(values))]
    for lead, column, value, contribution, text in zip(leads, columns, told, added, texts, strict=True):
        name, family = teller.names[column]
        reasons[lead].append(
            {
                "feature": name,
                "group": family,
                "value": None if math.isnan(value) else value,
                "contribution": contribution,
                "text": text,
            }
        )
    return reasons


def _chosen(
    teller: ReasonFormatter,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    as_of: NDArray[np.int64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One column a reason, lead after lead: its value, contribution and value as shown; its lead, its feature, and what
    ``read`` marks."""
    most = min(most, len(teller.features))
    numbers, marks = np.empty((3, len(values) * most)), np.empty((5, len(values) * most), np.int64)
    instants = NO_INSTANTS if as_of is None else as_of
    size = _choose(contributions, values, instants, most, teller.ideas, teller.scales, numbers, marks)
    return numbers[:, :size], marks[:, :size]


def top_features(
    contributions: NDArray[np.float64], most: int, ideas: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """For each row the columns of its largest contributions, largest first, equal ones in order; then -1.

    With ``ideas`` (a number a column) no idea comes again before every other one has come as often. Columns that add
    nothing are left out.
    """
    found = np.full((len(contributions), most), -1)
    _top_features(contributions, np.arange(contributions.shape[1]) if ideas is None else ideas, found)
    return found


def sum_by_family(features: Sequence[Feature], contributions: NDArray[np.float64]) -> pd.DataFrame:
    """What each family of features adds together: rows x families, in the families' order of declaration."""
    sums = {feature.family: np.zeros(len(contributions)) for feature in features}
    for feature, column in zip(features, contributions.T, strict=True):
        sums[feature.family] += column  # one after another: a row's bits do not depend on the other rows
    return pd.DataFrame(sums)


@jit
def _top_features(contributions: Any, ideas: Any, found: Any) -> None:
    told = np.empty(contributions.shape[1], np.int64)  # how often each idea was
    left = np.empty(contributions.shape[1])  # the sizes of what is not told yet
    for i in range(len(found)):
        told[:], left[:] = 0, np.abs(contributions[i])
        for place in range(found.shape[1]):
            best = -1
            for j in range(len(left)):
                if left[j] > 0.0 and (
                    best < 0
                    or told[ideas[j]] < told[ideas[best]]
                    or (told[ideas[j]] == told[ideas[best]] and left[j] > left[best])
                ):
                    best = j
            if best < 0:
                break
            found[i, place] = best
            told[ideas[best]] += 1
            left[best] = 0.0


@jit
def _choose(
    contributions: Any, values: Any, as_of: Any, most: int, ideas: Any, scales: Any, numbers: Any, marks: Any
) -> int:
    """Put the largest in ``numbers`` and ``marks``, as ``_chosen`` has them, and return how many they are."""
    found, size = np.full((len(values), most), -1), 0
    _top_features(contributions, ideas, found)
    for i in range(len(found)):
        for j in found[i]:
            if j >= 0:
                numbers[0, size], numbers[1, size] = values[i, j], contributions[i, j]
                marks[0, size], marks[1, size] = i, j
                size += 1
    at = as_of[marks[0, :size]] if len(as_of) else as_of
    read(marks[1, :size], numbers[0, :size], at, scales, numbers[2, :size], marks[2:, :size])
    return size

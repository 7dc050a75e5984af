"""Why a lead has its score: the features that moved it most, in words with the lead's own values."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from features import Feature
from scoring.telling import Instants, Teller

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


class _Chosen(NamedTuple):
    """The reasons of all leads one after another, and where each lead's end."""

    ends: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    contributions: NDArray[np.float64]
    texts: list[str]


def top_reasons(
    teller: Teller,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    as_of: Instants | None = None,
) -> pa.ListArray:
    """For each lead (a row of ``values`` and ``contributions``) the ``most`` largest contributions, largest first.

    One column a feature of the teller's. A second reason of one idea waits until every other idea has had its first,
    and what adds nothing is no reason. The result is of ``REASONS_TYPE``.
    """
    ends, columns, told, added, texts = _chosen(teller, values, contributions, most, as_of)
    names, families = zip(*((feature.name, feature.family) for feature in teller.features), strict=True)
    parts = [
        pa.array(names, pa.string()).take(pa.array(columns)),
        pa.array(families, pa.string()).take(pa.array(columns)),
        pa.array(told, mask=np.isnan(told)),
        pa.array(added),
        pa.array(texts, pa.string()),
    ]
    structs = pa.StructArray.from_arrays(parts, fields=list(REASONS_TYPE.value_type))
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=REASONS_TYPE)


def reasons_of(
    teller: Teller,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    as_of: Instants | None = None,
) -> list[list[Reason]]:
    """What ``top_reasons`` holds, as plain values: the quick way for a few leads."""
    ends, columns, told, added, texts = _chosen(teller, values, contributions, most, as_of)
    numbers = zip(told.tolist(), added.tolist(), texts, strict=True)
    reasons = [
        Reason(
            feature=feature.name,
            group=feature.family,
            value=None if math.isnan(value) else value,
            contribution=contribution,
            text=text,
        )
        for feature, (value, contribution, text) in zip(
            (teller.features[j] for j in columns.tolist()), numbers, strict=True
        )
    ]
    return [reasons[start:stop] for start, stop in pairwise([0, *ends.tolist()])]


def _chosen(
    teller: Teller,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    as_of: Instants | None,
) -> _Chosen:
    found = top_features(contributions, min(most, len(teller.features)), teller.ideas)
    ends, rows, columns, told, added = _in_one_line(found, values, contributions)
    texts = teller.texts(columns, told, None if as_of is None else as_of[rows])
    return _Chosen(ends, columns, told, added, texts)


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


def by_group(features: Sequence[Feature], contributions: NDArray[np.float64]) -> pd.DataFrame:
    """What each family of features adds together: rows x families, in the families' order of declaration."""
    sums = {feature.family: np.zeros(len(contributions)) for feature in features}
    for feature, column in zip(features, contributions.T, strict=True):
        sums[feature.family] += column  # one after another: a row's bits do not depend on the other rows
    return pd.DataFrame(sums)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
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


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _in_one_line(found: Any, values: Any, contributions: Any) -> Any:
    """What was found, lead after lead: where each lead's ends, and its row, column, value and contribution."""
    size, k = np.sum(found >= 0), 0
    ends, rows, columns = np.empty(len(found), np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    told, added = np.empty(size), np.empty(size)
    for i in range(len(found)):
        for j in found[i]:
            if j >= 0:
                rows[k], columns[k], told[k], added[k] = i, j, values[i, j], contributions[i, j]
                k += 1
        ends[i] = k
    return ends, rows, columns, told, added

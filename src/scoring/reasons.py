"""Why a lead has its score: the features that moved it most, in words with the lead's own values."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from features import Feature
from scoring.wording import Wording, sentences

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


def top_reasons(
    features: Sequence[Feature],
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    wording: Wording,
    as_of: NDArray[np.datetime64] | None = None,
) -> pa.ListArray:
    """For each lead (a row of ``values`` and ``contributions``) the ``most`` largest contributions, largest first.

    What adds nothing is no reason. The result is of ``REASONS_TYPE``; its ``to_pylist()`` has a ``Reason`` each.
    """
    chosen = top_features(contributions, min(most, len(features)))
    rows, places = np.nonzero(chosen >= 0)
    columns = chosen[rows, places]
    told = values[rows, columns]
    instants = None if as_of is None else as_of[rows]
    parts = [
        pa.array([feature.name for feature in features], pa.string()).take(pa.array(columns)),
        pa.array([feature.family for feature in features], pa.string()).take(pa.array(columns)),
        pa.array(told, mask=np.isnan(told)),
        pa.array(contributions[rows, columns]),
        pa.array(_texts(features, columns, told, wording, instants), pa.string()),
    ]
    offsets = np.concatenate([[0], np.cumsum((chosen >= 0).sum(axis=1))]).astype(np.int32)
    structs = pa.StructArray.from_arrays(parts, fields=list(REASONS_TYPE.value_type))
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=REASONS_TYPE)


def top_features(contributions: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """For each row the columns of its largest contributions, largest first, equal ones in order; then -1.

    Columns that add nothing are left out.
    """
    found = np.full((len(contributions), most), -1)
    _top_features(contributions, found)
    return found


def by_group(features: Sequence[Feature], contributions: NDArray[np.float64]) -> pd.DataFrame:
    """What each family of features adds together: rows x families, in the families' order of declaration."""
    sums = {feature.family: np.zeros(len(contributions)) for feature in features}
    for feature, column in zip(features, contributions.T, strict=True):
        sums[feature.family] += column  # one after another: a row's bits do not depend on the other rows
    return pd.DataFrame(sums)


def _texts(
    features: Sequence[Feature],
    columns: NDArray[np.int64],
    told: NDArray[np.float64],
    wording: Wording,
    as_of: NDArray[np.datetime64] | None,
) -> NDArray[np.object_]:
    """One text a value, feature by feature: many leads share a text."""
    texts = np.empty(len(told), object)
    order = np.argsort(columns, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(columns[order])) + 1):
        if len(part):
            at = None if as_of is None else as_of[part]
            texts[part] = sentences(features[columns[part[0]]], told[part], wording, at)
    return texts


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _top_features(contributions: Any, found: Any) -> None:
    most = found.shape[1]
    for i in range(len(found)):
        for j in range(contributions.shape[1]):
            size = abs(contributions[i, j])
            place = most
            while place > 0 and (found[i, place - 1] < 0 or size > abs(contributions[i, found[i, place - 1]])):
                place -= 1
            if size > 0.0 and place < most:
                for later in range(most - 1, place, -1):
                    found[i, later] = found[i, later - 1]
                found[i, place] = j

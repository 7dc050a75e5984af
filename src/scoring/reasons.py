"""Why a lead has its score: the features that moved it most, in words with the lead's own values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ..features import Feature
from ..history.compilation import jit
from .reason_text.formatter import NO_INSTANTS, ReasonFormatter, round_and_compare

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
    """One feature's part in a logit.

    Attributes
    ----------
    feature : str
    group : str
        The feature's family.
    value : float or None
        The lead's value; None where it is missing.
    contribution : float
        What it adds to the log-odds: above 0 it raises the score.
    text : str
        The sentence that a person reads.
    """

    feature: str
    group: str
    value: float | None
    contribution: float
    text: str


def build_reasons_array(
    formatter: ReasonFormatter,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    max_reasons: int,
    as_of: NDArray[np.int64] | None = None,
) -> pa.ListArray:
    """Return each lead's largest contributions, largest first, as an Arrow array: the fast path for many leads.

    A second reason of one topic waits until every other topic has had its first, and what adds nothing is no reason.

    Parameters
    ----------
    formatter : ReasonFormatter
        Of the features that the columns hold.
    values, contributions : arrays of float, shape (leads, features)
    max_reasons : int
        The most reasons of a lead.
    as_of : array of int, shape (leads,), optional
        The instant at which each lead is scored, microseconds UTC. With it sentences have dates.

    Returns
    -------
    pyarrow.ListArray
        One list a lead, of ``REASONS_TYPE``.
    """
    numbers, codes = _choose_reasons(formatter, values, contributions, max_reasons, as_of)
    chosen_values, chosen_contributions, rounded = numbers
    leads, columns, *comparisons = codes
    keys = zip(*(part.tolist() for part in (columns, rounded, *comparisons)), strict=True)
    texts = formatter.render_keys(keys)
    names, families = zip(*formatter.names, strict=True)
    parts = [
        pa.array(names, pa.string()).take(pa.array(columns)),
        pa.array(families, pa.string()).take(pa.array(columns)),
        pa.array(chosen_values, mask=np.isnan(chosen_values)),
        pa.array(chosen_contributions),
        pa.array(texts, pa.string()),
    ]
    structs = pa.StructArray.from_arrays(parts, fields=list(REASONS_TYPE.value_type))
    offsets = np.concatenate([[0], np.bincount(leads, minlength=len(values)).cumsum()]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=REASONS_TYPE)


def build_reasons(
    formatter: ReasonFormatter,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    max_reasons: int,
    as_of: NDArray[np.int64] | None = None,
) -> list[list[Reason]]:
    """Return what ``build_reasons_array`` holds as plain values: the fast path for a few leads.

    Parameters
    ----------
    formatter : ReasonFormatter
        Of the features that the columns hold.
    values, contributions : arrays of float, shape (leads, features)
    max_reasons : int
        The most reasons of a lead.
    as_of : array of int, shape (leads,), optional
        The instant at which each lead is scored, microseconds UTC. With it sentences have dates.

    Returns
    -------
    list of list of Reason
        One list a lead.
    """
    numbers, codes = _choose_reasons(formatter, values, contributions, max_reasons, as_of)
    chosen_values, chosen_contributions, rounded = numbers.tolist()
    leads, columns, *comparisons = codes.tolist()
    texts = formatter.render_keys(zip(columns, rounded, *comparisons, strict=True))
    reasons: list[list[Reason]] = [[] for _ in range(len(values))]
    rows = zip(leads, columns, chosen_values, chosen_contributions, texts, strict=True)
    for lead, column, value, contribution, text in rows:
        name, family = formatter.names[column]
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


def render_reason(reason: Mapping[str, Any]) -> str:
    """Return a reason in one line: an arrow tells whether it raises the score, then the sentence."""
    return f"{'▲' if reason['contribution'] > 0 else '▼'} {reason['text']}"


def sum_by_family(features: Sequence[Feature], contributions: NDArray[np.float64]) -> pd.DataFrame:
    """Add the contributions up by family of features.

    Parameters
    ----------
    features : sequence of Feature
    contributions : array of float, shape (leads, features)

    Returns
    -------
    DataFrame
        Leads x families, in the families' order of declaration.
    """
    sums = {feature.family: np.zeros(len(contributions)) for feature in features}
    for feature, column in zip(features, contributions.T, strict=True):
        sums[feature.family] += column  # one after another: a row's bits do not depend on the other rows
    return pd.DataFrame(sums)


def _choose_reasons(
    formatter: ReasonFormatter,
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    max_reasons: int,
    as_of: NDArray[np.int64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return one column a reason, lead after lead.

    The first array has its value, its contribution and the value as shown; the second has its lead, its feature, and
    what ``round_and_compare`` finds.
    """
    size = min(max_reasons, len(formatter.features))
    numbers = np.empty((3, len(values) * size))
    codes = np.empty((6, len(values) * size), np.int64)
    instants = NO_INSTANTS if as_of is None else as_of
    count = _fill_reasons(
        contributions, values, instants, size, formatter.topics, formatter.kernel_arrays, numbers, codes
    )
    return numbers[:, :count], codes[:, :count]


@jit
def choose_features(contributions: Any, topics: Any, chosen: Any) -> None:
    """Fill ``chosen`` with the columns of each row's largest contributions, largest first, equal ones in order.

    ``topics`` has a number a column: none comes again before every other one has come as often. Columns that add
    nothing are left out. ``chosen`` (rows x the most of them) must be filled with -1, which stays where there is none.
    """
    counts = np.empty(contributions.shape[1], np.int64)  # how often each topic was chosen
    sizes = np.empty(contributions.shape[1])  # of the columns that are not chosen yet
    for i in range(len(chosen)):
        counts[:], sizes[:] = 0, np.abs(contributions[i])
        for rank in range(chosen.shape[1]):
            best = -1
            for j in range(len(sizes)):
                if sizes[j] > 0.0 and (
                    best < 0
                    or counts[topics[j]] < counts[topics[best]]
                    or (counts[topics[j]] == counts[topics[best]] and sizes[j] > sizes[best])
                ):
                    best = j
            if best < 0:
                break
            chosen[i, rank] = best
            counts[topics[best]] += 1
            sizes[best] = 0.0


@jit
def _fill_reasons(
    contributions: Any, values: Any, as_of: Any, size: int, topics: Any, arrays: Any, numbers: Any, codes: Any
) -> int:
    """Fill ``numbers`` and ``codes`` as ``_choose_reasons`` returns them, and return how many reasons there are."""
    chosen, count = np.full((len(values), size), -1), 0
    choose_features(contributions, topics, chosen)
    for i in range(len(chosen)):
        for j in chosen[i]:
            if j >= 0:
                numbers[0, count], numbers[1, count] = values[i, j], contributions[i, j]
                codes[0, count], codes[1, count] = i, j
                count += 1
    instants = as_of[codes[0, :count]] if len(as_of) else as_of
    round_and_compare(codes[1, :count], numbers[0, :count], instants, arrays, numbers[2, :count], codes[2:, :count])
    return count

"""Labels and scores as one sorted table of distinct scores, from which every metric is computed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


class ScoreTable(NamedTuple):
    """Rows and buyers behind each distinct score, highest score first.

    Attributes
    ----------
    score, rows, buyers : FloatArray
        Equally long. `rows` and `buyers` are counts, or sums of weights where weights were given.
    """

    score: FloatArray
    rows: FloatArray
    buyers: FloatArray


def build_score_table(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> ScoreTable:
    """Sort and group `n` rows by their score; the order of the rows never shows in the result.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Scores, any finite numbers; a higher one means likelier to buy.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once. Rows of weight 0 are left out.

    Raises
    ------
    ValueError
        Lengths differ, a label is not 0 or 1, a score is not finite or a weight is negative or not finite.
    """
    label, score = _to_column("y", y), _to_column("p", p)
    rows = np.ones_like(label) if weight is None else _to_column("weight", weight)
    if not len(label) == len(score) == len(rows):
        lengths = f"{len(label)} labels, {len(score)} scores, {len(rows)} weights"
        raise ValueError(f"y, p and weight need one value a row; there are {lengths}")
    _raise_for_rows("y", label, (label != 0) & (label != 1), "labels are 0 or 1")
    _raise_for_rows("p", score, ~np.isfinite(score), "scores are finite numbers")
    _raise_for_rows("weight", rows, ~(np.isfinite(rows) & (rows >= 0)), "weights are finite and not negative")
    if weight is not None:
        counted = rows > 0
        label, score, rows = label[counted], score[counted], rows[counted]
    return _group_by_score(label, score, rows)


def build_probability_table(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> ScoreTable:
    """Build the `build_score_table` of scores that are probabilities.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    p : array_like, shape (n,)
        Probabilities.
    weight : array_like, shape (n,), optional
        How often each row counts; by default once.

    Raises
    ------
    ValueError
        As `build_score_table`, and where a probability lies outside [0, 1].
    """
    score = _to_column("p", p)
    _raise_for_rows("p", score, ~((score >= 0) & (score <= 1)), "probabilities lie in [0, 1]")
    return build_score_table(y, score, weight)


def _group_by_score(label: FloatArray, score: FloatArray, rows: FloatArray) -> ScoreTable:
    if not np.all(score[:-1] >= score[1:]):  # the bootstrap sorts once, then calls this a thousand times
        order = np.argsort(-score, kind="stable")
        label, score, rows = label[order], score[order], rows[order]
    first = np.flatnonzero(np.r_[True, score[1:] != score[:-1]]) if len(score) else np.zeros(0, np.intp)
    buyers = rows * label
    if len(first) == len(score):
        return ScoreTable(score, rows, buyers)
    return ScoreTable(score[first], np.add.reduceat(rows, first), np.add.reduceat(buyers, first))


def _to_column(name: str, values: ArrayLike) -> FloatArray:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only, none missing: {error}") from error
    if column.ndim != 1:
        raise ValueError(f"{name} must have one dimension, one value a row; its shape is {column.shape}")
    return column


def _raise_for_rows(name: str, values: FloatArray, bad: NDArray[np.bool_], rule: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"{name}: {int(bad.sum())} of {len(values)} rows, first row {row} ({values[row]}); {rule}")

"""Columns of a table that is ordered by lead, as numpy arrays, and where each lead's rows lie in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .compilation import jit


class Categorical(NamedTuple):
    """A column of words: for each row (int32) the place of its word in ``words``, or -1 where it says nothing.

    The words are each other than the rest; which they are and in what order changes no feature.
    """

    codes: NDArray[np.int32]
    categories: Sequence[str]

    @classmethod
    def from_values(cls, values: Sequence[str | None]) -> Categorical:
        """The words of a few rows."""
        return encode_sequences([values])[0]

    def get_code(self, word: str | None) -> int:
        """The code of a word; -2, which no row has, where there is none such."""
        return list(self.categories).index(word) if word is not None and word in self.categories else -2


def encode_sequences(columns: Sequence[Sequence[str | None]]) -> list[Categorical]:
    """The words of a few rows, column after column, all of one length; an empty text says nothing."""
    positions: list[dict[str | None, int]] = [{None: -1, "": -1} for _ in columns]
    codes = [
        [own.setdefault(value, len(own) - 2) for value in values]
        for own, values in zip(positions, columns, strict=True)
    ]
    categories = ([word for word in own if word] for own in positions)
    shape = len(codes), len(codes[0]) if codes else 0
    return list(
        map(Categorical, np.fromiter(chain.from_iterable(codes), np.int32, math.prod(shape)).reshape(shape), categories)
    )


def encode(column: pa.ChunkedArray) -> Categorical:
    """A column's values by their codes."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    column = column.unify_dictionaries()
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    codes = pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False)
    return Categorical(np.ascontiguousarray(codes, np.int32), array.dictionary.to_pylist())


def times_to_microseconds(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """UTC instants as microseconds since 1970."""
    found: NDArray[np.int64] = np.ascontiguousarray(pc.cast(values, pa.int64()).to_numpy())
    return found


def to_booleans(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Truth values, one byte each."""
    return np.ascontiguousarray(values.to_numpy(), np.bool_)


def to_utf8_buffers(column: pa.ChunkedArray | pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Texts as UTF-8 bytes one behind the other, and where each begins, with the end of the last."""
    array = pc.cast(column, pa.large_string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return _bytes(array)


def find_lead_offsets(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The leads of a table in their order, and where the rows of each begin, with the end of the last."""
    leads, begins, rows, last = [], [], 0, None
    for chunk in column.chunks:
        if not len(chunk):
            continue
        if pa.types.is_dictionary(chunk.type):
            codes = chunk.indices.to_numpy()
            at = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
        else:
            at = _changes(*to_utf8_buffers(chunk))
        if chunk[0].as_py() == last:  # its rows go on from the chunk before
            at = at[1:]
        last = chunk[-1].as_py()
        leads.append(pc.cast(chunk.take(pa.array(at)), pa.large_string()))
        begins.append(at + rows)
        rows += len(chunk)
    return pa.concat_arrays(leads or [pa.array([], pa.large_string())]), np.concatenate((*begins, [rows]))


def find_positions(leads: pa.Array, wanted: pa.Array) -> NDArray[np.int64]:
    """For each wanted lead its place among ``leads``, or -1; both are ordered, each once."""
    wanted = pc.cast(wanted, pa.large_string())
    if leads.equals(wanted):
        return np.arange(len(wanted))
    ours, theirs = _aligned(*_bytes(leads), *_bytes(wanted))
    found: NDArray[np.int64] = ours[theirs >= 0]
    return found


def merge_lead_ids(first: pa.Array, second: pa.Array) -> tuple[pa.Array, NDArray[np.int64], NDArray[np.int64]]:
    """The leads of both in order, each once, and the place of each in the one and the other, or -1."""
    if first.equals(second):
        return first, np.arange(len(first)), np.arange(len(first))
    ours, theirs = _aligned(*_bytes(first), *_bytes(second))
    both = pa.concat_arrays([first, second])
    return both.take(pa.array(np.where(ours >= 0, ours, theirs + len(first)))), ours, theirs


def find_row_spans(
    bounds: NDArray[np.int64], positions: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """``[start, stop)`` of the rows of the leads at these places; empty for -1."""
    return bounds[positions], np.append(bounds[1:], bounds[-1])[positions]  # -1: from the end of all rows to it


def _bytes(array: pa.LargeStringArray) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    _, offsets, data = array.buffers()
    if not len(array) or offsets is None:
        return np.zeros(1, np.int64), np.empty(0, np.uint8)
    begins = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return begins, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


@jit
def _changes(offsets: Any, data: Any) -> Any:
    """The places of the texts that are another than the one before."""
    at, k = np.empty(len(offsets) - 1, np.int64), 0
    for row in range(len(at)):
        if row == 0 or not is_same_text(offsets, data, row - 1, row):
            at[k] = row
            k += 1
    return at[:k]


@jit
def _aligned(first: Any, first_bytes: Any, second: Any, second_bytes: Any) -> Any:
    """Places in the first and the second of each text that is in one or the other."""
    most = len(first) + len(second) - 2
    ours, theirs = np.full(most, -1, np.int64), np.full(most, -1, np.int64)
    i = j = k = 0
    while i < len(first) - 1 or j < len(second) - 1:
        if j == len(second) - 1:
            order = -1
        elif i == len(first) - 1:
            order = 1
        else:
            order = _compared(first_bytes, first[i], first[i + 1], second_bytes, second[j], second[j + 1])
        if order <= 0:
            ours[k] = i
            i += 1
        if order >= 0:
            theirs[k] = j
            j += 1
        k += 1
    return ours[:k], theirs[:k]


@jit
def _compared(first: Any, start: int, stop: int, second: Any, other_start: int, other_stop: int) -> int:
    """-1, 0 or 1, as the one text comes before the other, is it, or comes behind."""
    size, other = stop - start, other_stop - other_start
    for place in range(min(size, other)):
        mine, its = first[start + place], second[other_start + place]
        if mine != its:
            return -1 if mine < its else 1
    return 0 if size == other else (-1 if size < other else 1)


@jit
def is_same_text(offsets: Any, data: Any, one: int, other: int) -> Any:
    """Whether two of ``texts`` are the same."""
    return _compared(data, offsets[one], offsets[one + 1], data, offsets[other], offsets[other + 1]) == 0

"""Arrow columns of a table that is ordered by lead, as numpy arrays, and the rows of each lead in them."""

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
    """A dictionary-encoded text column.

    Attributes
    ----------
    codes
        For each row the index of its text in ``categories``, -1 if it is missing.
    categories
        The different texts; their order has no meaning.
    """

    codes: NDArray[np.int32]
    categories: Sequence[str]

    @classmethod
    def from_values(cls, values: Sequence[str | None]) -> Categorical:
        """Encode the texts of a few rows; None and an empty text are missing."""
        return encode_sequences([values])[0]

    def get_code(self, value: str | None) -> int:
        """Return the code of a text; -2, which no row has, if no row has the text."""
        return list(self.categories).index(value) if value is not None and value in self.categories else -2


def encode_sequences(columns: Sequence[Sequence[str | None]]) -> list[Categorical]:
    """Encode several columns of a few rows, all of one length; None and an empty text are missing."""
    codes_of: list[dict[str | None, int]] = [{None: -1, "": -1} for _ in columns]
    rows = [
        [codes.setdefault(value, len(codes) - 2) for value in values]
        for codes, values in zip(codes_of, columns, strict=True)
    ]
    categories = ([value for value in codes if value] for codes in codes_of)
    shape = len(rows), len(rows[0]) if rows else 0
    codes = np.fromiter(chain.from_iterable(rows), np.int32, math.prod(shape)).reshape(shape)
    return list(map(Categorical, codes, categories))


def encode(column: pa.ChunkedArray) -> Categorical:
    """Encode an Arrow text column; a dictionary column keeps its dictionary."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    column = column.unify_dictionaries()
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    codes = pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False)
    return Categorical(np.ascontiguousarray(codes, np.int32), array.dictionary.to_pylist())


def times_to_microseconds(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a timestamp column as microseconds since 1970 (UTC)."""
    microseconds: NDArray[np.int64] = np.ascontiguousarray(pc.cast(column, pa.int64()).to_numpy())
    return microseconds


def to_booleans(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return a boolean column, one byte a row."""
    return np.ascontiguousarray(column.to_numpy(), np.bool_)


def to_utf8_buffers(column: pa.ChunkedArray | pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return a text column as offsets (rows + 1) and UTF-8 bytes: text ``i`` is ``data[offsets[i]:offsets[i + 1]]``."""
    array = pc.cast(column, pa.large_string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return _get_buffers(array)


def find_lead_offsets(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the lead ids of a table in its order, each once, and the offsets (leads + 1) of their rows."""
    lead_ids, offsets, rows, last = [], [], 0, None
    for chunk in column.chunks:
        if not len(chunk):
            continue
        if pa.types.is_dictionary(chunk.type):
            codes = chunk.indices.to_numpy()
            starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
        else:
            starts = _find_changes(*to_utf8_buffers(chunk))
        if chunk[0].as_py() == last:  # its rows continue those of the chunk before
            starts = starts[1:]
        last = chunk[-1].as_py()
        lead_ids.append(pc.cast(chunk.take(pa.array(starts)), pa.large_string()))
        offsets.append(starts + rows)
        rows += len(chunk)
    return pa.concat_arrays(lead_ids or [pa.array([], pa.large_string())]), np.concatenate((*offsets, [rows]))


def find_positions(lead_ids: pa.Array, wanted: pa.Array) -> NDArray[np.int64]:
    """Return the position of each wanted lead in ``lead_ids``, or -1; both are sorted and unique."""
    wanted = pc.cast(wanted, pa.large_string())
    if lead_ids.equals(wanted):
        return np.arange(len(wanted))
    positions, wanted_positions = _align(*_get_buffers(lead_ids), *_get_buffers(wanted))
    lead_positions: NDArray[np.int64] = positions[wanted_positions >= 0]
    return lead_positions


def merge_lead_ids(first: pa.Array, second: pa.Array) -> tuple[pa.Array, NDArray[np.int64], NDArray[np.int64]]:
    """Return the sorted union of two sorted arrays of unique ids, and each id's position in the two, or -1."""
    if first.equals(second):
        return first, np.arange(len(first)), np.arange(len(first))
    in_first, in_second = _align(*_get_buffers(first), *_get_buffers(second))
    both = pa.concat_arrays([first, second])
    return both.take(pa.array(np.where(in_first >= 0, in_first, in_second + len(first)))), in_first, in_second


def find_row_spans(
    offsets: NDArray[np.int64], positions: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows ``[start, stop)`` of the leads at these positions; empty for -1."""
    return offsets[positions], np.append(offsets[1:], offsets[-1])[positions]  # -1: from the end of all rows to it


def _get_buffers(array: pa.LargeStringArray) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    _, offsets, data = array.buffers()
    if not len(array) or offsets is None:
        return np.zeros(1, np.int64), np.empty(0, np.uint8)
    begins = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return begins, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


@jit
def _find_changes(offsets: Any, data: Any) -> Any:
    """Return the rows whose text differs from the row before."""
    at, k = np.empty(len(offsets) - 1, np.int64), 0
    for row in range(len(at)):
        if row == 0 or not is_same_text(offsets, data, row - 1, row):
            at[k] = row
            k += 1
    return at[:k]


@jit
def _align(first: Any, first_bytes: Any, second: Any, second_bytes: Any) -> Any:
    """Return for each text of the sorted union its position in the first and in the second, or -1."""
    most = len(first) + len(second) - 2
    ours, theirs = np.full(most, -1, np.int64), np.full(most, -1, np.int64)
    i = j = k = 0
    while i < len(first) - 1 or j < len(second) - 1:
        if j == len(second) - 1:
            order = -1
        elif i == len(first) - 1:
            order = 1
        else:
            order = _compare(first_bytes, first[i], first[i + 1], second_bytes, second[j], second[j + 1])
        if order <= 0:
            ours[k] = i
            i += 1
        if order >= 0:
            theirs[k] = j
            j += 1
        k += 1
    return ours[:k], theirs[:k]


@jit
def _compare(first: Any, start: int, stop: int, second: Any, other_start: int, other_stop: int) -> int:
    """Return -1, 0 or 1 as the one text is less than, equal to or greater than the other."""
    size, other = stop - start, other_stop - other_start
    for i in range(min(size, other)):
        byte, other_byte = first[start + i], second[other_start + i]
        if byte != other_byte:
            return -1 if byte < other_byte else 1
    return 0 if size == other else (-1 if size < other else 1)


@jit
def is_same_text(offsets: Any, data: Any, one: int, other: int) -> Any:
    """Return whether two rows of ``to_utf8_buffers`` have the same text."""
    return _compare(data, offsets[one], offsets[one + 1], data, offsets[other], offsets[other + 1]) == 0

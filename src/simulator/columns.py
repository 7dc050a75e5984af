"""Numpy columns as Arrow columns: words, instants, ids."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .arrays import BoolArray, FloatArray, IntArray
from .clock import floor_to_seconds

SECOND_IDENTITY = "-2"


def decode_words(choices: Sequence[str], position: IntArray) -> pa.Array:
    """Return a dictionary column of ``choices``; a negative position is missing.

    Equal choices become one word: a dictionary that names a word twice is written with other bytes every time.
    """
    code_of = {word: number for number, word in enumerate(dict.fromkeys(choices))}
    codes = np.array([code_of[word] for word in choices], dtype=np.int32)[position]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=position < 0), pa.array(list(code_of), pa.string()))


def to_timestamps(seconds: FloatArray | IntArray) -> pa.Array:
    """Return real seconds as UTC timestamps to the second, rounded down."""
    return pa.array(floor_to_seconds(seconds.astype(float))).cast(pa.timestamp("s", tz="UTC"))


def mask_missing(value: IntArray, present: BoolArray) -> pa.Array:
    """Return small integers, missing where not ``present``."""
    return pa.array(value.astype(np.int16), mask=~present)


def format_lead_ids(first: int, leads: int, lead: IntArray, second: BoolArray) -> pa.Array:
    """Return ``L00000042`` for lead 42; ``L00000042-2`` where the rows stand under its second identity.

    ``lead`` counts from ``first`` and is below ``leads``; every id is put together once.
    """
    ids = join_strings("L", pad_digits(first + np.arange(leads), 8))
    if second.any():
        ids = pa.concat_arrays([ids, join_strings(ids, SECOND_IDENTITY)])
    return pa.DictionaryArray.from_arrays(pa.array((lead + leads * second).astype(np.int32)), ids)


def pad_digits(number: IntArray, width: int) -> pa.Array:
    """Return decimal digits, padded with zeros to ``width`` (0: as they are)."""
    text = pc.cast(pa.array(number), pa.string())
    return pc.utf8_lpad(text, width, "0") if width else text


def join_strings(*parts: pa.Array | str) -> pa.Array:
    """Return strings joined row by row."""
    return pc.binary_join_element_wise(*parts, "")

"""Where each lead's rows lie in a table that is ordered by lead, and times as whole microseconds."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def microseconds(values: pa.ChunkedArray | pd.Series) -> NDArray[np.int64]:
    """UTC instants as microseconds since 1970."""
    if isinstance(values, pd.Series):
        values = pa.chunked_array(pa.Array.from_pandas(values.astype("datetime64[us, UTC]")))
    found: NDArray[np.int64] = pc.cast(values, pa.int64()).to_numpy()
    return found


def slices(leads: pa.ChunkedArray, wanted: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """``[start, end)`` of each wanted lead's rows; empty for a lead without any."""
    values, ends = _runs(leads)
    where = _index_in(pa.Array.from_pandas(wanted), values)
    starts, ends = np.append(np.concatenate(([0], ends[:-1])), 0), np.append(ends, 0)  # -1: an empty slice
    return starts[where], ends[where]


def places(leads: pa.ChunkedArray, wanted: pd.Series) -> NDArray[np.int64]:
    """For each row the place of its lead among ``wanted``, or -1."""
    values, ends = _runs(leads)
    return np.repeat(_index_in(values, pa.Array.from_pandas(wanted)), np.diff(ends, prepend=0))


def codes(leads: pa.ChunkedArray) -> NDArray[np.int64]:
    """For each row the running number of its lead."""
    values, ends = _runs(leads)
    return np.repeat(np.arange(len(values)), np.diff(ends, prepend=0))


def _runs(leads: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The leads in their order, and where the rows of each end."""
    encoded = pc.run_end_encode(leads.combine_chunks(), run_end_type=pa.int64())
    return encoded.values, encoded.run_ends.to_numpy()


def _index_in(values: pa.Array, among: pa.Array) -> NDArray[np.int64]:
    found = pc.index_in(pc.cast(values, pa.large_string()), pc.cast(among, pa.large_string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)

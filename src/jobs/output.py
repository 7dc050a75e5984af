"""Files that jobs write: feature tables, JSON and text. A file appears whole or not at all."""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..history.atomic import atomic_write


def write_feature_blocks(blocks: Iterable[pd.DataFrame], out: Path) -> None:
    """Write blocks of a feature table, lead ids as their named index, to Parquet, or CSV where ``out`` ends so."""
    with atomic_write(out) as scratch:
        (_write_csv if out.suffix == ".csv" else _write_parquet)(blocks, scratch)


def _write_csv(blocks: Iterable[pd.DataFrame], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, block in enumerate(blocks):
            block.to_csv(file, header=number == 0)


def _write_parquet(blocks: Iterable[pd.DataFrame], path: Path) -> None:
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for block in blocks:
            if writer is None:
                # Numbers of many values, in no order: dictionaries, a closer compression, or the least and largest of
                # each column, which let a reader skip nothing, would cost time.
                schema = pa.Schema.from_pandas(block)
                writer = stack.enter_context(
                    pq.ParquetWriter(path, schema, use_dictionary=False, write_statistics=[block.index.name])
                )
            writer.write_table(_build_number_table(block, writer.schema))


def _build_number_table(block: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Do as ``pa.Table.from_pandas`` does with numbers, NaN missing, without its walk over the ids for each column."""
    columns = [_build_nullable_array(np.ascontiguousarray(values)) for values in block.to_numpy(np.float64).T]
    return pa.Table.from_arrays([*columns, pa.Array.from_pandas(block.index, type=schema.types[-1])], schema=schema)


def _build_nullable_array(values: NDArray[np.float64]) -> pa.Array:
    present = ~np.isnan(values)
    missing = len(values) - int(np.count_nonzero(present))
    bits = pa.py_buffer(np.packbits(present, bitorder="little")) if missing else None
    return pa.Array.from_buffers(pa.float64(), len(values), [bits, pa.py_buffer(values)], missing)


def write_json(values: dict[str, object], out: Path) -> None:
    """Write values as JSON."""
    write_text(json.dumps(values, indent=2) + "\n", out)


def write_text(text: str, out: Path) -> None:
    """Write a text, such as an HTML page."""
    with atomic_write(out) as scratch:
        scratch.write_text(text, encoding="utf-8")

"""The tables as a stranger's function wants them (pandas, polars, Arrow, a folder of files), and what it returns."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..history import History
from ..history.schema import TABLES
from .errors import LeakTestError

Frames = Literal["pandas", "polars", "arrow", "folder"]
FRAMES: tuple[Frames, ...] = ("pandas", "polars", "arrow", "folder")


def read_tables(history: History) -> dict[str, pd.DataFrame]:
    """Return the four tables with all their columns; amounts of money as floats."""
    tables = {}
    for name in TABLES:
        table = history.read(name, history.list_columns(name))
        decimals = [field.name for field in table.schema if pa.types.is_decimal(field.type)]
        for column in decimals:
            place = table.schema.get_field_index(column)
            table = table.set_column(place, column, table[column].cast(pa.float64()))
        tables[name] = table.to_pandas()
    return tables


def to_frames(tables: Mapping[str, pd.DataFrame], frames: Frames, folder: Path) -> object:
    """Return fresh copies of the tables as frames by name, or as a folder of files.

    Parameters
    ----------
    tables
        The tables by name.
    frames
        What is wanted.
    folder
        An empty folder, for ``folder``.
    """
    if frames == "pandas":
        return {name: table.copy() for name, table in tables.items()}
    arrow = {name: pa.Table.from_pandas(table, preserve_index=False) for name, table in tables.items()}
    if frames == "arrow":
        return arrow
    if frames == "polars":
        try:
            polars = import_module("polars")
        except ImportError:
            raise LeakTestError("polars is not installed; install it, or choose other frames") from None
        return {name: polars.from_arrow(table) for name, table in arrow.items()}
    for name, table in arrow.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def read_result(result: object) -> pd.DataFrame:
    """Return what a function gave as pandas, one row a lead, by lead. Raises LeakTestError for anything else."""
    frame = _to_pandas(result)
    if "lead_id" not in frame.columns and frame.index.name == "lead_id":
        frame = frame.reset_index()
    if "lead_id" not in frame.columns:
        raise LeakTestError(f"the function returned no column lead_id; it has {', '.join(map(str, frame.columns[:8]))}")
    frame = frame.set_index(frame["lead_id"].astype(str)).drop(columns="lead_id")
    if frame.index.has_duplicates:
        raise LeakTestError("the function returned a lead more than once; return one row a lead")
    if frame.shape[1] == 0:
        raise LeakTestError("the function returned no column beside lead_id")
    return frame.sort_index()


def _to_pandas(result: object) -> pd.DataFrame:
    if isinstance(result, pd.DataFrame):
        return result
    if isinstance(result, pa.Table):
        table: pd.DataFrame = result.to_pandas()
        return table
    if hasattr(result, "collect"):  # a lazy frame of polars
        result = result.collect()
    if hasattr(result, "to_arrow"):
        converted: pd.DataFrame = result.to_arrow().to_pandas()
        return converted
    raise LeakTestError(f"the function returned {type(result).__name__}; return a frame of pandas, polars or Arrow")


def find_moved_columns(one: pd.DataFrame, other: pd.DataFrame, leads: pd.Index) -> dict[str, int]:
    """Return for how many leads each column differs, to the last bit; ``lead_id`` counts leads that came or went."""
    first, second = one.index.intersection(leads), other.index.intersection(leads)
    moved = {"lead_id": len(first.symmetric_difference(second))}
    both = first.intersection(second)
    for column in dict.fromkeys((*one.columns, *other.columns)):
        if column not in one.columns or column not in other.columns:
            moved[str(column)] = len(both)
            continue
        moved[str(column)] = int(_differ(one.loc[both, column], other.loc[both, column]).sum())
    return {column: count for column, count in moved.items() if count}


def _differ(one: pd.Series, other: pd.Series) -> NDArray[np.bool_]:
    if all(pd.api.types.is_numeric_dtype(values) for values in (one, other)):
        left, right = (values.to_numpy(np.float64, na_value=np.nan) for values in (one, other))
        is_equal = (left.view(np.int64) == right.view(np.int64)) | (np.isnan(left) & np.isnan(right))
        return np.asarray(~is_equal)
    texts = [values.astype(object) for values in (one, other)]
    both_missing = np.asarray(texts[0].isna()) & np.asarray(texts[1].isna())
    differs = np.array([str(a) != str(b) for a, b in zip(*texts, strict=True)], np.bool_)
    return np.asarray(differs & ~both_missing)

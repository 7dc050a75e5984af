"""An opened history: the four tables, read by column and by lead, from a folder or from data frames."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ..language import Phrase
from .errors import HistoryError
from .importing.pipeline import MANIFEST, import_history
from .importing.staging import StagingDirectory
from .launch import Launch
from .lead_table import LeadTable, find_partition_bounds, open_lead_table
from .schema import SCHEMA_VERSION, TABLES
from .sql import connect_shared_duckdb, quote_literal

#: Memory of the queries that run at one time; the columns that are returned come on top.
MEMORY_LIMIT = "1GB"
_STAGING_NAME = "hotleads"  # in the names of the temporary folders of raw histories that are open

Value = TypeVar("Value")


@dataclass(frozen=True)
class History:
    """An imported history: leads, purchases, events and launches of one creator's business.

    Make one with ``open_history`` or ``history_from_frames``.

    Attributes
    ----------
    folder
        Where the tables lie, as Parquet ordered by lead and time.
    name
        The name in reports and runs.
    manifest
        What the import wrote about the tables (``import_history``).
    """

    folder: Path
    name: str
    manifest: Mapping[str, Any]
    _staging: StagingDirectory | None = field(default=None, repr=False, compare=False)
    _cache: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get_or_compute(self, key: object, compute: Callable[[], Value]) -> Value:
        """Return the cached value of ``key``, computed at the first call.

        It stays as long as the history is open: the tables never change.
        """
        if key not in self._cache:
            self._cache[key] = compute()
        value: Value = self._cache[key]
        return value

    def is_cached(self, key: object) -> bool:
        """Return whether a value of ``key`` is cached."""
        return key in self._cache

    def read(self, table: str, columns: Sequence[str], where: ds.Expression | None = None) -> pa.Table:
        """Return columns of a table, ordered by lead and time; times are ``timestamp[us, UTC]``, money is decimal."""
        return self._dataset(table).to_table(columns=list(columns), filter=where)

    def read_leads(self, table: str, columns: Sequence[str], first: str, last: str) -> pa.Table:
        """Return all rows of the leads from ``first`` to ``last``, both included, and some of their neighbours'.

        The rows are in the table's order; texts with many repetitions come as dictionaries. Only the parts of the file
        that hold those leads are read.
        """
        return self._open_table(table).read(columns, first, last)

    def read_range(self, table: str, columns: Sequence[str], low: str | None, high: str | None) -> pa.Table:
        """Return the rows of the leads in ``[low, high)``; None is no bound.

        Texts with many repetitions come as dictionaries.
        """
        return self._open_table(table).read_range(columns, low, high)

    def find_partition_bounds(self, tables: Sequence[str], rows: int) -> list[str]:
        """Return sorted lead ids at which to cut the tables into partitions of about ``rows`` rows."""
        return find_partition_bounds([self._open_table(table) for table in tables], rows)

    def list_columns(self, table: str) -> list[str]:
        """Return the column names of a table, form fields included."""
        return list(self._dataset(table).schema.names)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open a DuckDB connection with the four tables as views. Close it after use.

        What does not fit in ``MEMORY_LIMIT`` goes to the system's temporary folder.
        """
        con = connect_shared_duckdb(MEMORY_LIMIT, tempfile.gettempdir())
        for table in TABLES:
            path = quote_literal(str(self.folder / f"{table}.parquet"))
            con.execute(f"CREATE TEMP VIEW {table} AS SELECT * FROM read_parquet({path})")
        return con

    @cached_property
    def launches(self) -> dict[str, Launch]:
        """Every launch by its id, ordered by ``as_of``; launches that lack their times come last."""
        rows = self.read("launches", TABLES["launches"].names).to_pylist()
        launches = [Launch(**row) for row in rows]
        return {launch.launch_id: launch for launch in sorted(launches, key=_sort_key)}

    @property
    def began_at(self) -> datetime | None:
        """The time of the first row of any table; None if there is no row."""
        return min((first for first, _ in self._time_ranges), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """The time of the last row of any table; None if there is no row."""
        return max((last for _, last in self._time_ranges), default=None)

    @property
    def observed_until(self) -> datetime | None:
        """The end of the last row's day (UTC): nothing later is in this history. None if there is no row."""
        if self.ended_at is None:
            return None
        return self.ended_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    @cached_property
    def _time_ranges(self) -> list[tuple[datetime, datetime]]:
        """The times of the first and the last row of each table that has rows."""
        times = [(name, table.time) for name, table in TABLES.items() if table.time]
        ranges = [pc.min_max(self.read(name, [time])[time]).as_py() for name, time in times]
        return [
            (ends["min"].astimezone(UTC), ends["max"].astimezone(UTC)) for ends in ranges if ends["min"] is not None
        ]

    def get_launch(self, launch_id: str) -> Launch:
        """Return the launch of an id. Raises HistoryError, which lists the known ids."""
        if launch_id not in self.launches:
            raise HistoryError(
                Phrase(
                    "there is no launch {launch_id!r}; this history has {launches}",
                    launch_id=launch_id,
                    launches=", ".join(self.launches) or Phrase("none"),
                )
            )
        return self.launches[launch_id]

    def _open_table(self, table: str) -> LeadTable:
        return self.get_or_compute(("lead table", table), lambda: open_lead_table(self.folder / f"{table}.parquet"))

    def _dataset(self, table: str) -> ds.Dataset:
        return ds.dataset(self.folder / f"{table}.parquet")


def open_history(folder: Path | str) -> History:
    """Open a history.

    Parameters
    ----------
    folder
        A folder that ``import_history`` wrote, or a folder of exports that is imported for as long as it is open.

    Returns
    -------
    History
        The opened history.

    Raises
    ------
    HistoryError
        If the folder is not a history.

    Examples
    --------
    >>> history = open_history("data/sample")
    >>> history.read("purchases", ["lead_id", "amount"]).num_rows  # doctest: +SKIP
    """
    folder = Path(folder)
    if (folder / MANIFEST).is_file():
        return History(folder, folder.resolve().name, _read_manifest(folder))
    staging = StagingDirectory(Path(tempfile.gettempdir()) / _STAGING_NAME)
    imported = staging.path / "history"
    return History(imported, folder.resolve().name, import_history(folder, imported), staging)


def history_from_frames(
    *,
    launches: pd.DataFrame,
    leads: pd.DataFrame | None = None,
    purchases: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
) -> History:
    """Build a history from data frames, validated as files are.

    Parameters
    ----------
    launches, leads, purchases, events
        The tables, with the columns of the data contract (``hotleads.history.schema.TABLES``). A history needs
        launches, and leads or purchases.

    Returns
    -------
    History
        A history in a temporary folder, removed with the object.

    Raises
    ------
    HistoryError
        If the frames are not a history.
    """
    frames = {"launches": launches, "leads": leads, "purchases": purchases, "events": events}
    with StagingDirectory(Path(tempfile.gettempdir()) / _STAGING_NAME) as folder:
        for table, frame in frames.items():
            if frame is not None:
                _write_frame(frame, folder / f"{table}.parquet")
        return replace(open_history(folder), name="frames")


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    try:
        frame.to_parquet(path, index=False)
    except (ValueError, TypeError) as error:  # the last of its texts names the column and quotes no value
        raise HistoryError(
            Phrase("{table}: {reason}; give that column one type, once", table=path.stem, reason=str(error.args[-1]))
        ) from None


def _sort_key(launch: Launch) -> tuple[datetime, str]:
    start = launch.capture_starts_at if launch.strategy == "perpetual" else launch.cart_opens_at
    return start or datetime.max.replace(tzinfo=UTC), launch.launch_id


def _read_manifest(folder: Path) -> Mapping[str, object]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["schema_version"]
    except (OSError, ValueError, KeyError, TypeError):
        raise HistoryError(
            Phrase("{folder} cannot be read; import the history again", folder=str(folder / MANIFEST))
        ) from None
    if version != SCHEMA_VERSION:
        raise HistoryError(
            Phrase(
                "{folder} has schema version {version}, this program reads {schema_version}; import it again",
                folder=str(folder),
                version=version,
                schema_version=SCHEMA_VERSION,
            )
        )
    return manifest

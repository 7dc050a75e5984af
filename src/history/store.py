"""An opened history: four tables that are read by column and by lead, from a folder or from memory."""

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

from .errors import HistoryError
from .importing.pipeline import MANIFEST, import_history
from .importing.staging import StagingDirectory
from .launch import Launch
from .lead_table import LeadTable, find_partition_bounds, open_lead_table
from .schema import SCHEMA_VERSION, TABLES
from .sql import connect_duckdb, quote_literal

#: Of a query; the columns that are handed out come on top.
MEMORY_LIMIT = "1GB"
_SCRATCH = "hotleads"  # names the folders of raw histories that are open, among the system's temporary ones

T = TypeVar("T")


@dataclass(frozen=True)
class History:
    """The four tables of a creator's business, as imported. ``folder`` holds Parquet ordered by lead and time."""

    folder: Path
    name: str
    manifest: Mapping[str, Any]
    _staging: StagingDirectory | None = field(default=None, repr=False, compare=False)
    _cache: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get_or_compute(self, key: object, compute: Callable[[], T]) -> T:
        """What ``compute`` gives, kept under ``key`` for as long as the history is open: its tables never change."""
        if key not in self._cache:
            self._cache[key] = compute()
        found: T = self._cache[key]
        return found

    def is_cached(self, key: object) -> bool:
        """Whether something is kept under ``key``."""
        return key in self._cache

    def read(self, table: str, columns: Sequence[str], where: ds.Expression | None = None) -> pa.Table:
        """Columns of a table, ordered by lead and time; times are ``timestamp[us, UTC]``, money ``decimal``."""
        return self._dataset(table).to_table(columns=list(columns), filter=where)

    def read_leads(self, table: str, columns: Sequence[str], first: str, last: str) -> pa.Table:
        """All rows of the leads from ``first`` to ``last`` (both included), and some of their neighbours'.

        In the table's order; texts of which many are the same come as dictionaries. Only the parts of the file that
        hold those leads are read.
        """
        return self._lead_table(table).read(columns, first, last)

    def read_range(self, table: str, columns: Sequence[str], low: str | None, high: str | None) -> pa.Table:
        """The rows of the leads in ``[low, high)``, no others; without a bound from the first or to the last lead.

        Texts of which many are the same come as dictionaries.
        """
        return self._lead_table(table).read_range(columns, low, high)

    def find_partition_bounds(self, tables: Sequence[str], rows: int) -> list[str]:
        """Leads, in order, that cut these tables into parts of about ``rows`` rows in all; a part ends before one."""
        return find_partition_bounds([self._lead_table(table) for table in tables], rows)

    def list_columns(self, table: str) -> list[str]:
        """The column names of a table, form fields included."""
        return list(self._dataset(table).schema.names)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A database connection that sees the four tables as views. Close it after use.

        What does not fit in ``MEMORY_LIMIT`` goes to the system's folder of temporary files meanwhile.
        """
        con = connect_duckdb(MEMORY_LIMIT, tempfile.gettempdir())
        for table in TABLES:
            path = quote_literal(str(self.folder / f"{table}.parquet"))
            con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({path})")
        return con

    @cached_property
    def launches(self) -> dict[str, Launch]:
        """Every launch by its id, in order of ``as_of`` (launches that lack their times last)."""
        rows = self.read("launches", TABLES["launches"].names).to_pylist()
        launches = [Launch(**row) for row in rows]
        return {launch.launch_id: launch for launch in sorted(launches, key=_starts)}

    @property
    def began_at(self) -> datetime | None:
        """The first instant that any row tells of; None if there is no row."""
        return min((first for first, _ in self._spans), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """The last instant that any row tells of; None if there is no row."""
        return max((last for _, last in self._spans), default=None)

    @property
    def observed_until(self) -> datetime | None:
        """The end of the day (UTC) of the last row: what happened later is not in this history. None if empty."""
        if self.ended_at is None:
            return None
        return self.ended_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    @cached_property
    def _spans(self) -> list[tuple[datetime, datetime]]:
        """First and last instant of each table that has rows."""
        times = [(name, table.time) for name, table in TABLES.items() if table.time]
        spans = [pc.min_max(self.read(name, [time])[time]).as_py() for name, time in times]
        return [(span["min"].astimezone(UTC), span["max"].astimezone(UTC)) for span in spans if span["min"] is not None]

    def get_launch(self, launch_id: str) -> Launch:
        """The launch of that id. Raises HistoryError naming the known ones."""
        if launch_id not in self.launches:
            raise HistoryError(
                f"there is no launch {launch_id!r}; this history has {', '.join(self.launches) or 'none'}"
            )
        return self.launches[launch_id]

    def _lead_table(self, table: str) -> LeadTable:
        return self.get_or_compute(("lead table", table), lambda: open_lead_table(self.folder / f"{table}.parquet"))

    def _dataset(self, table: str) -> ds.Dataset:
        return ds.dataset(self.folder / f"{table}.parquet")


def open_history(folder: Path | str) -> History:
    """Open a history folder; one that was not imported is imported for as long as it is open. Raises HistoryError."""
    folder = Path(folder)
    if (folder / MANIFEST).is_file():
        return History(folder, folder.resolve().name, _read_manifest(folder))
    scratch = StagingDirectory(Path(tempfile.gettempdir()) / _SCRATCH)
    imported = scratch.path / "history"
    return History(imported, folder.resolve().name, import_history(folder, imported), scratch)


def history_from_frames(
    *,
    launches: pd.DataFrame,
    leads: pd.DataFrame | None = None,
    purchases: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
) -> History:
    """A history from data frames in memory, checked as files are. Raises HistoryError."""
    frames = {"launches": launches, "leads": leads, "purchases": purchases, "events": events}
    with StagingDirectory(Path(tempfile.gettempdir()) / _SCRATCH) as folder:
        for table, frame in frames.items():
            if frame is not None:
                _write_frame(frame, folder / f"{table}.parquet")
        return replace(open_history(folder), name="frames")


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    try:
        frame.to_parquet(path, index=False)
    except (ValueError, TypeError) as error:  # the last of its texts names the column and quotes no value
        raise HistoryError(f"{path.stem}: {error.args[-1]}; give that column one type, once") from None


def _starts(launch: Launch) -> tuple[datetime, str]:
    start = launch.capture_starts_at if launch.strategy == "perpetual" else launch.cart_opens_at
    return start or datetime.max.replace(tzinfo=UTC), launch.launch_id


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["schema_version"]
    except (OSError, ValueError, KeyError, TypeError):
        raise HistoryError(f"{folder / MANIFEST} cannot be read; import the history again") from None
    if version != SCHEMA_VERSION:
        raise HistoryError(
            f"{folder} has schema version {version}, this program reads {SCHEMA_VERSION}; import it again"
        )
    return manifest

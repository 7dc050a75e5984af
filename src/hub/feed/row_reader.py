"""Rows out of the hub's database as Arrow tables, by ADBC: no row becomes a Python object.

Rows that belong to no batch are read up to a *bound* below which no row can appear any more. On PostgreSQL that is the
oldest transaction still running: an id may commit after a later one, a transaction older than the bound may not. On
SQLite, which has one writer, it is the last id. Rows of a batch are read once the batch is committed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from .tables import FeedTable

CHUNK_ROWS = 250_000


class Segment(NamedTuple):
    """Rows that are read together: those of a batch, or those of no batch in ``[low, high)``.

    Attributes
    ----------
    batch_id
        The batch; None: rows of none.
    low, high
        The bounds of the rows of none: transactions on PostgreSQL, ids on SQLite.
    """

    batch_id: int | None
    low: int = 0
    high: int = 0


class RowReader:
    """Reads segments of the hub's tables in chunks; make one with ``open_reader``."""

    def __init__(self, driver: Any, vendor: str) -> None:
        self._driver = driver
        self._is_postgres = vendor == "postgresql"

    def read_bound(self, table: FeedTable) -> int:
        """Return the bound below which every row of no batch is there by now."""
        if self._is_postgres:
            return self._read_number("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return self._read_number(f"SELECT coalesce(max(id), 0) + 1 FROM {table.source}")

    def list_committed_batches(self) -> list[int]:
        """Return the batches whose rows are all there."""
        query = "SELECT id FROM hub_batch WHERE committed_at IS NOT NULL ORDER BY id"
        column: list[int] = self._fetch(query)["id"].to_pylist()
        return column

    def read_chunks(self, table: FeedTable, segment: Segment, after_id: int) -> Iterator[pa.Table]:
        """Yield the rows of a segment with an id above one, in order of ids."""
        while True:
            chunk = self._read_chunk(table, segment, after_id)
            if not chunk.num_rows:
                return
            yield chunk
            after_id = chunk["id"][-1].as_py()

    def read_launches_of_captures(self, after_id: int) -> pa.Table:
        """Return a chunk of the captures that belong to a launch, with the launch: rules may change it at any time."""
        return self._fetch(
            "SELECT hub_capture.id AS id, hub_launch.key AS launch_id FROM hub_capture "
            f"JOIN hub_launch ON hub_launch.id = launch_id WHERE hub_capture.id > {after_id} "
            f"ORDER BY hub_capture.id LIMIT {CHUNK_ROWS}"
        )

    def _read_chunk(self, table: FeedTable, segment: Segment, after_id: int) -> pa.Table:
        columns = ", ".join(self._select(field) for field in table.schema)
        if segment.batch_id is not None:
            where = f"batch_id = {segment.batch_id}"
        elif self._is_postgres:
            where = f"batch_id IS NULL AND txid >= '{segment.low}'::xid8 AND txid < '{segment.high}'::xid8"
        else:
            where = f"batch_id IS NULL AND id >= {segment.low} AND id < {segment.high}"
        query = f"SELECT {columns} FROM {table.source} WHERE {where} AND id > {after_id} ORDER BY id LIMIT {CHUNK_ROWS}"
        rows = self._fetch(query)
        return pa.table([_cast(rows[field.name], field.type) for field in table.schema], schema=table.schema)

    def _select(self, field: pa.Field) -> str:
        return f"{field.name}::text AS {field.name}" if self._is_postgres and field.name == "attributes" else field.name

    def _read_number(self, query: str) -> int:
        return int(self._fetch(query).column(0)[0].as_py())

    def _fetch(self, query: str) -> pa.Table:
        with self._driver.cursor() as cursor:
            if not self._is_postgres:  # types are guessed from the first batch: let the chunk be one
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": CHUNK_ROWS})
            cursor.execute(query)
            return cursor.fetch_arrow_table()


@contextmanager
def open_reader() -> Iterator[RowReader]:
    """Give a reader of the database that Django works on; each of its queries is a snapshot of its own.

    On SQLite Django's connection is closed meanwhile, and no other may be open in this process: ADBC brings an SQLite
    of its own, and one library's closing of the file drops the other's locks. Jobs have a process to themselves.
    """
    described = connection.settings_dict
    connection.close()
    if connection.vendor == "postgresql":
        import adbc_driver_postgresql.dbapi as driver
        from psycopg.conninfo import make_conninfo

        names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
        parts = {names[name]: described[name] for name in names if described.get(name)}
        options = {key: value for key, value in described["OPTIONS"].items() if isinstance(value, str)}
        opened = driver.connect(make_conninfo("", **parts, **options), autocommit=True)
    else:
        import adbc_driver_sqlite.dbapi as sqlite_driver

        opened = sqlite_driver.connect(str(described["NAME"]), autocommit=True)
    try:
        yield RowReader(opened, connection.vendor)
    finally:
        opened.close()


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column in its declared type; SQLite has instants as text in UTC."""
    if pa.types.is_timestamp(kind) and pa.types.is_string(column.type):
        return pc.assume_timezone(pc.cast(column, pa.timestamp("us")), "UTC")
    return column.cast(kind)

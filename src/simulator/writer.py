"""Writes the tables of a history, block after block, the same bytes for the same rows."""

import gzip
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

ISO_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
# Columns whose values hardly repeat: a dictionary of them costs time and saves nothing.
HARDLY_REPEATED = {"event_id", "email", "phone", "occurred_at", "captured_at", "probability", "probability_mature"}


class TableWriter(Protocol):
    """Takes one table in pieces."""

    def write(self, table: pa.Table) -> None:
        """Append rows."""

    def close(self) -> None:
        """Finish the file."""


class CsvWriter:
    """A gzip CSV file without a name or a time in its header."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("wb")
        self._file = gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=self._raw, mtime=0)
        self._header = True

    def write(self, table: pa.Table) -> None:
        """Append rows; instants as ISO 8601, fractions to nine decimals."""
        options = pa_csv.WriteOptions(include_header=self._header, quoting_style="needed", quoting_header="none")
        pa_csv.write_csv(_format_text(table), self._file, options)
        self._header = False

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        self._raw.close()


class ParquetWriter:
    """A zstd Parquet file with plain column types, one row group a piece."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Append rows; all pieces have the first one's columns."""
        if self._writer is None:
            repeated = [name for name in table.column_names if name not in HARDLY_REPEATED]
            self._writer = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=repeated,
                store_schema=False,
            )
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()


def _format_text(table: pa.Table) -> pa.Table:
    for position, field in enumerate(table.schema):
        column = table.column(position)
        if pa.types.is_timestamp(field.type):
            column = pc.strftime(column, format=ISO_INSTANT)
        elif pa.types.is_dictionary(field.type):
            column = column.cast(pa.string())
        elif pa.types.is_floating(field.type):
            column = pc.round(column, ndigits=9)
        table = table.set_column(position, field.name, column)
    return table

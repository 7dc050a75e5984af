"""The feed: bring the parts of the columnar history up to date with the hub's rows, reading only what is new."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from ...history.atomic import atomic_write
from ...history.progress import ProgressCallback, ignore_progress
from ...history.schema import TABLES
from ...language import Phrase, mark
from ..models import Contact, Launch
from ..people.consent import list_objectors
from .parts import PartsFolder
from .row_reader import RowReader, Segment, open_reader
from .tables import FEED_TABLES, FeedTable

LAUNCHES, LAUNCHES_OF_CAPTURES, MERGES, OBJECTORS = "launches", "launches_of_captures", "merges", "objectors"
#: Of the tables of the feed.
TABLE_NAMES = {"leads": mark("leads"), "purchases": mark("purchases"), "events": mark("events")}
_ID = pa.int64()
_ARROW_TYPES = {
    "id": pa.string(),
    "strategy": pa.string(),
    "instant": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
}
#: The history's columns, and the model's fields.
_LAUNCH_FIELDS = {column.name: column.name for column in TABLES["launches"].columns} | {"launch_id": "key"}


def export_feed(parts: PartsFolder, progress: ProgressCallback = ignore_progress) -> dict[str, int]:
    """Bring the parts that are open up to date, and return how many rows of each table are new.

    Killed at any point it goes on where it was. Launches, merges, objections to profiling and the launch of each
    capture may change at any time: they are written whole.
    """
    with open_reader() as reader:
        new = {table.name: _export_table(table, parts, reader, progress) for table in FEED_TABLES}
        _export_launches_of_captures(parts, reader)
    _export_small_tables(parts)
    return new


def _export_table(table: FeedTable, parts: PartsFolder, reader: RowReader, progress: ProgressCallback) -> int:
    done = parts.get_progress(table.name)
    before = done.rows
    for segment, after_id in _list_segments(table, parts, reader):
        done.open_segment = (*segment, after_id)
        for chunk in reader.read_chunks(table, segment, after_id):
            parts.write_part(table.name, chunk)
            done.open_segment = (*segment, chunk["id"][-1].as_py())
            parts.save()
            progress(Phrase("{table}: {rows:,} rows", table=Phrase(TABLE_NAMES[table.name]), rows=done.rows))
        done.open_segment = None
        if segment.batch_id is None:
            done.low = segment.high
        else:
            done.batches.append(segment.batch_id)
        parts.save()
    return done.rows - before


def _list_segments(table: FeedTable, parts: PartsFolder, reader: RowReader) -> Iterator[tuple[Segment, int]]:
    """Yield what is to be read: first what a stopped run left open, then the batches and the rows that are new."""
    done = parts.get_progress(table.name)
    if done.open_segment is not None:
        batch_id, low, high, after_id = done.open_segment
        yield Segment(batch_id, low, high), after_id
    bound = reader.read_bound(table)
    for batch_id in reader.list_committed_batches():
        if batch_id not in set(done.batches):
            yield Segment(batch_id), 0
    if bound > done.low:
        yield Segment(None, done.low, bound), 0


def _export_launches_of_captures(parts: PartsFolder, reader: RowReader) -> None:
    schema = pa.schema([("id", pa.int64()), ("launch_id", pa.string())])
    with (
        atomic_write(parts.folder / f"{LAUNCHES_OF_CAPTURES}.parquet") as path,
        pq.ParquetWriter(path, schema, compression="zstd") as writer,
    ):
        after_id = 0
        while (chunk := reader.read_launches_of_captures(after_id)).num_rows:
            writer.write_table(pa.table([chunk[name].cast(schema.field(name).type) for name in schema.names], schema))
            after_id = chunk["id"][-1].as_py()


def _export_small_tables(parts: PartsFolder) -> None:
    launches = Launch.objects.filter(archived_at=None).order_by("key")
    rows = [{name: getattr(launch, field) or None for name, field in _LAUNCH_FIELDS.items()} for launch in launches]
    kinds = {column.name: _ARROW_TYPES[column.kind] for column in TABLES["launches"].columns}
    parts.write_whole(LAUNCHES, pa.Table.from_pylist(rows, pa.schema(list(kinds.items()))))
    merged = Contact.objects.filter(merged_into__isnull=False).order_by("pk").values_list("pk", "merged_into_id")
    pairs = [{"merged_id": merged_id, "kept_id": kept_id} for merged_id, kept_id in merged]
    parts.write_whole(MERGES, pa.Table.from_pylist(pairs, pa.schema([("merged_id", _ID), ("kept_id", _ID)])))
    parts.write_whole(OBJECTORS, pa.table({"contact_id": pa.array(sorted(list_objectors()), _ID)}))

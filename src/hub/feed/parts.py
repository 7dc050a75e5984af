"""Parts on disk: numbered Parquet files a table, and a record of which there are and how far the feed has read.

A part appears whole, and counts once the record names it: a feed that was killed writes that part again.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock

from ...history.atomic import atomic_write
from ..errors import HubError
from ..models import Installation

RECORD_FILE = "feed.json"
_VERSION = 1


@dataclass
class TableProgress:
    """How far the feed has read a table.

    Attributes
    ----------
    parts, rows
        How many parts count, and their rows.
    low
        Rows of no batch are read below this bound.
    batches
        The batches that were read whole.
    open_segment
        The segment that is being read: its batch or None, its bounds, and the last id in a part.
    """

    parts: int = 0
    rows: int = 0
    low: int = 0
    batches: list[int] = field(default_factory=list)
    open_segment: tuple[int | None, int, int, int] | None = None


class PartsFolder:
    """The folder of a feed; make one with ``open_parts``."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self._database = database
        record = json.loads((folder / RECORD_FILE).read_text("utf-8")) if (folder / RECORD_FILE).is_file() else {}
        if record and (record["version"], record["database"]) != (_VERSION, database):
            raise HubError(f"{folder} holds the feed of another installation or version; remove it, or name another")
        self._tables = {name: TableProgress(**progress) for name, progress in record.get("tables", {}).items()}

    def get_progress(self, table: str) -> TableProgress:
        """Return how far a table is read; change it, then ``save``."""
        return self._tables.setdefault(table, TableProgress())

    def write_part(self, table: str, rows: pa.Table) -> None:
        """Write the next part of a table; ``save`` makes it count."""
        progress = self.get_progress(table)
        with atomic_write(self._name_part(table, progress.parts)) as path:
            pq.write_table(rows, path, compression="zstd", compression_level=1)
        progress.parts += 1
        progress.rows += rows.num_rows

    def save(self) -> None:
        """Write the record: what it says counts from now on."""
        tables = {name: asdict(progress) for name, progress in self._tables.items()}
        record = {"version": _VERSION, "database": self._database, "tables": tables}
        with atomic_write(self.folder / RECORD_FILE) as path:
            path.write_text(json.dumps(record), encoding="utf-8")

    def list_parts(self, table: str) -> list[Path]:
        """Return the parts of a table that count."""
        return [self._name_part(table, number) for number in range(self.get_progress(table).parts)]

    def write_whole(self, name: str, rows: pa.Table) -> None:
        """Write a small table that every run writes anew."""
        with atomic_write(self.folder / f"{name}.parquet") as path:
            pq.write_table(rows, path, compression="zstd")

    def remove_contacts(self, table: str, contact_ids: Sequence[int]) -> int:
        """Write the parts that hold rows of some contacts anew without them, and return how many rows went.

        What a killed feed left beside the parts that count goes too.
        """
        wanted = pa.array(contact_ids, pa.int64())
        counted = self.list_parts(table)
        removed = 0
        for path in counted:
            column = pq.read_table(path, columns=["original_contact_id"])["original_contact_id"]
            kept = pc.invert(pc.is_in(column, value_set=wanted))
            if count := len(kept) - (pc.sum(kept).as_py() or 0):
                rows = pq.read_table(path).filter(kept)
                with atomic_write(path) as scratch:
                    pq.write_table(rows, scratch, compression="zstd", compression_level=1)
                removed += count
        for path in {*(self.folder / table).glob("*")} - {*counted}:
            path.unlink()
        self.get_progress(table).rows -= removed
        self.save()
        return removed

    def forget(self, table: str) -> None:
        """Let no part of a table count any more: its rows are read from the beginning."""
        self._tables[table] = TableProgress()
        self.save()
        for path in (self.folder / table).glob("*"):
            path.unlink()

    def _name_part(self, table: str, number: int) -> Path:
        return self.folder / table / f"part-{number:06}.parquet"


@contextmanager
def open_parts(folder: Path) -> Iterator[PartsFolder]:
    """Give the parts in a folder to one process at a time. Raises HubError for those of another installation."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        yield PartsFolder(folder, Installation.objects.get().created_at.isoformat())

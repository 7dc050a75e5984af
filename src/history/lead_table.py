"""A Parquet table that is ordered by lead: read the rows of a range of leads without the others."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class LeadTable:
    """A Parquet file ordered by ``lead_id``, with the first and the last lead of each row group."""

    path: Path
    metadata: pq.FileMetaData = field(repr=False)
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]

    def read(self, columns: Sequence[str], first: str, last: str) -> pa.Table:
        """Return the row groups that hold the leads from ``first`` to ``last``, both included.

        Texts that the file stores as dictionaries are returned as dictionaries.
        """
        begin = bisect_right(self.lasts, first)
        while begin and self.lasts[begin - 1] == first:
            begin -= 1
        groups = list(range(begin, max(begin, bisect_right(self.firsts, last))))
        with pq.ParquetFile(
            self.path, metadata=self.metadata, read_dictionary=self._list_dictionary_columns(columns, groups)
        ) as file:
            return file.read_row_groups(groups, columns=list(columns), use_threads=False)

    def _list_dictionary_columns(self, columns: Sequence[str], groups: Sequence[int]) -> list[str]:
        """Return the text columns that the file stores as dictionaries: encoding others would cost a look-up a row."""
        schema = self.metadata.schema.to_arrow_schema()
        texts = {name: schema.get_field_index(name) for name in columns if pa.types.is_string(schema.field(name).type)}
        chunks = [self.metadata.row_group(group).column for group in groups]
        return [name for name, index in texts.items() if any(chunk(index).has_dictionary_page for chunk in chunks)]

    def read_range(self, columns: Sequence[str], low: str | None, high: str | None) -> pa.Table:
        """Return the rows of the leads in ``[low, high)``; None is no bound. ``columns`` must have ``lead_id``."""
        table = self.read(columns, low or "", _HIGHEST if high is None else high)
        start = 0 if low is None else _find_first_row(table["lead_id"], low)
        stop = len(table) if high is None else _find_first_row(table["lead_id"], high)
        return table.slice(start, stop - start)

    def list_row_groups(self) -> list[tuple[str, int]]:
        """Return the first lead and the number of rows of each row group."""
        return [(first, self.metadata.row_group(i).num_rows) for i, first in enumerate(self.firsts)]


def _find_first_row(lead_ids: pa.ChunkedArray, lead_id: str) -> int:
    """Return the first row of a lead, or where it would be, by binary search."""
    low, high = 0, len(lead_ids)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if lead_ids[middle].as_py() < lead_id else (low, middle)
    return low


def open_lead_table(path: Path) -> LeadTable:
    """Open a table of an imported history."""
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
    index = metadata.schema.to_arrow_schema().get_field_index("lead_id")
    statistics = [metadata.row_group(group).column(index).statistics for group in range(metadata.num_row_groups)]
    ranges = [
        (chunk.min, chunk.max) if chunk is not None and chunk.has_min_max else ("", _HIGHEST) for chunk in statistics
    ]
    return LeadTable(path, metadata, tuple(first for first, _ in ranges), tuple(last for _, last in ranges))


#: No lead id comes after it: ids are compared as UTF-8 bytes, which have the order of code points.
_HIGHEST = chr(0x10FFFF) * 8


def find_partition_bounds(tables: Sequence[LeadTable], rows: int) -> list[str]:
    """Return sorted lead ids at which to cut the tables into partitions of about ``rows`` rows in all."""
    bounds, size = [], 0
    for first, count in sorted(group for table in tables for group in table.list_row_groups()):
        if size >= rows:
            bounds.append(first)
            size = 0
        size += count
    return bounds

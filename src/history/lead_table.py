"""Ranges of leads: rows of a table that is ordered by lead, without reading the others."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class LeadTable:
    """A Parquet file ordered by ``lead_id``, whose row groups tell between which leads they lie."""

    path: Path
    metadata: pq.FileMetaData = field(repr=False)
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]

    def read(self, columns: Sequence[str], first: str, last: str) -> pa.Table:
        """Whole row groups with every row of the leads from ``first`` to ``last``, both included.

        Texts come as the file has them: as codes where many are the same.
        """
        begin = bisect_right(self.lasts, first)
        while begin and self.lasts[begin - 1] == first:
            begin -= 1
        groups = list(range(begin, max(begin, bisect_right(self.firsts, last))))
        with pq.ParquetFile(self.path, metadata=self.metadata, read_dictionary=self._coded(columns, groups)) as file:
            return file.read_row_groups(groups, columns=list(columns), use_threads=False)

    def _coded(self, columns: Sequence[str], groups: Sequence[int]) -> list[str]:
        """The texts that the file has as codes: codes for others would cost a look-up a row."""
        schema = self.metadata.schema.to_arrow_schema()
        places = {name: schema.get_field_index(name) for name in columns if pa.types.is_string(schema.field(name).type)}
        chunks = [self.metadata.row_group(group).column for group in groups]
        return [name for name, place in places.items() if any(chunk(place).has_dictionary_page for chunk in chunks)]

    def read_range(self, columns: Sequence[str], low: str | None, high: str | None) -> pa.Table:
        """The rows of the leads in ``[low, high)``; None is no bound. ``columns`` must have ``lead_id``."""
        table = self.read(columns, low or "", _HIGHEST if high is None else high)
        start = 0 if low is None else _first_row(table["lead_id"], low)
        stop = len(table) if high is None else _first_row(table["lead_id"], high)
        return table.slice(start, stop - start)

    def row_groups(self) -> list[tuple[str, int]]:
        """The first lead of each row group, and how many rows it has."""
        return [(first, self.metadata.row_group(i).num_rows) for i, first in enumerate(self.firsts)]


def _first_row(leads: pa.ChunkedArray, lead: str) -> int:
    """How many rows come before that lead's."""
    low, high = 0, len(leads)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if leads[middle].as_py() < lead else (low, middle)
    return low


def open_lead_table(path: Path) -> LeadTable:
    """Open a table of an imported history by its row groups."""
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
    place = metadata.schema.to_arrow_schema().get_field_index("lead_id")
    known = [metadata.row_group(i).column(place).statistics for i in range(metadata.num_row_groups)]
    told = [one is not None and one.has_min_max for one in known]
    firsts = [one.min if there else "" for one, there in zip(known, told, strict=True)]
    lasts = [one.max if there else _HIGHEST for one, there in zip(known, told, strict=True)]
    return LeadTable(path, metadata, tuple(firsts), tuple(lasts))


#: No lead's id comes after it: ids are compared as their UTF-8 bytes, which have the order of code points.
_HIGHEST = chr(0x10FFFF) * 8


def find_partition_bounds(tables: Sequence[LeadTable], rows: int) -> list[str]:
    """Leads that cut all the tables into parts of about so many rows: a part ends before its cut."""
    found, held = [], 0
    for first, count in sorted(group for table in tables for group in table.row_groups()):
        if held >= rows:
            found.append(first)
            held = 0
        held += count
    return found

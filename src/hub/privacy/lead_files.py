"""Files with one row a lead: a person's rows are removed from them, and the rest stays as it is."""

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...history.atomic import atomic_write

_LEAD_ID = "lead_id"


def remove_leads(folder: Path, lead_ids: set[str]) -> int:
    """Remove the rows of some leads from every table in a folder and below it; return how many files changed.

    Parquet and CSV files with a column ``lead_id`` are written anew; a workbook that has one of the leads is removed:
    what made it makes it again.
    """
    removers: dict[str, Callable[[Path, set[str]], bool]] = {
        ".parquet": _filter_parquet,
        ".csv": _filter_csv,
        ".csv.gz": _filter_csv,
        ".xlsx": _remove_workbook,
    }
    changed = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        for suffix, remove in removers.items():
            changed += path.name.endswith(suffix) and remove(path, lead_ids)
    return changed


def _filter_parquet(path: Path, lead_ids: set[str]) -> bool:
    file = pq.ParquetFile(path)
    if _LEAD_ID not in file.schema_arrow.names:
        return False
    wanted = pa.array(sorted(lead_ids), pa.string())
    ids = file.read([_LEAD_ID])[_LEAD_ID].cast(pa.string())
    kept = pc.invert(pc.is_in(ids, value_set=wanted))
    if pc.all(kept).as_py() in (True, None):
        return False
    compression = file.metadata.row_group(0).column(0).compression
    with atomic_write(path) as scratch:
        pq.write_table(file.read().filter(kept), scratch, compression=compression.replace("UNCOMPRESSED", "NONE"))
    return True


def _filter_csv(path: Path, lead_ids: set[str]) -> bool:
    with _open_text(path, "r", path) as source:
        rows = csv.reader(source)
        header = next(rows, [])
        position = header.index(_LEAD_ID) if _LEAD_ID in header else None
        if position is None or not any(_is_theirs(row, position, lead_ids) for row in rows):
            return False
    with (
        atomic_write(path) as scratch,
        _open_text(path, "r", path) as source,
        _open_text(scratch, "w", path) as target,
    ):
        csv.writer(target).writerows(row for row in csv.reader(source) if not _is_theirs(row, position, lead_ids))
    return True


def _is_theirs(row: list[str], position: int, lead_ids: set[str]) -> bool:
    return len(row) > position and row[position] in lead_ids


def _remove_workbook(path: Path, lead_ids: set[str]) -> bool:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    try:
        found = any(_has_lead(sheet.iter_rows(values_only=True), lead_ids) for sheet in book.worksheets)
    finally:
        book.close()
    if found:
        path.unlink()
    return found


def _has_lead(rows: Iterator[tuple[object, ...]], lead_ids: set[str]) -> bool:
    header = next(rows, ())
    if _LEAD_ID not in header:
        return False
    position = header.index(_LEAD_ID)
    return any(str(row[position]) in lead_ids for row in rows)


def _open_text(path: Path, mode: str, named: Path) -> IO[str]:
    """Open a file as text, by gzip where its final name says so."""
    if named.suffix == ".gz":
        return cast("IO[str]", gzip.open(path, f"{mode}t", encoding="utf-8", newline=""))
    return cast("IO[str]", path.open(mode, encoding="utf-8", newline=""))

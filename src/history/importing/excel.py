"""Excel workbooks: one sheet, copied as texts into Parquet that the engine reads."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from ..errors import HistoryError
from ..sql import quote_identifier, quote_literal
from .csv_files import CsvDialect
from .sources import File, Source, build_file_source, check_column_names

MAX_UNPACKED_BYTES = 500_000_000
#: Excel itself holds no longer text in a cell.
MAX_CELL_CHARACTERS = 32_767
_CHUNK = 1 << 20
_BATCH = 10_000
_UNREADABLE = "{} cannot be read as an Excel workbook; save it again as .xlsx or CSV"

Cell = int | float | str | bool | time | date | datetime | timedelta


def read_excel(path: Path, dialect: CsvDialect, copies: Path) -> Source:
    """Return the rows of the sheet ``dialect.sheet``, or of the only one, copied into ``copies``.

    Raises HistoryError.
    """
    names = list_sheet_names(path)
    if dialect.sheet is None and len(names) != 1:
        raise HistoryError(f"{path.name} has the sheets {', '.join(names)}; name one in a mapping (sheet = ...)")
    rows = (row for row in read_sheet_rows(path, dialect.sheet) if row[0] > dialect.skip)
    header = dialect.header or tuple(text.strip() for text in next(rows, (0, []))[1])
    columns = check_column_names(header, path)
    copy = copies / f"{len(list(copies.iterdir()))}.parquet"
    _write_parquet(rows, columns, copy, path)
    selected = ", ".join(map(quote_identifier, columns))
    select = f"SELECT {selected}, _row AS _at FROM read_parquet({quote_literal(str(copy))})"
    return build_file_source(select, columns, File.with_row_numbers(path, copy), row="_at")


def list_sheet_names(path: Path) -> list[str]:
    """Return the sheets of a workbook. Raises HistoryError if it cannot be opened or is too large."""
    _check_size(path)
    return list(_open_workbook(path).sheet_names)


def read_sheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet (None: the first) that hold anything, with their numbers. Raises HistoryError."""
    workbook = _open_workbook(path)
    names = workbook.sheet_names
    if sheet is not None and sheet not in names:
        raise HistoryError(f"{path.name} has no sheet {sheet!r}; it has {', '.join(names)}")
    try:
        cells = workbook.get_sheet_by_name(sheet or names[0]).iter_rows()
    except CalamineError:
        raise HistoryError(_UNREADABLE.format(path.name)) from None
    for number, row in enumerate(cells, 1):
        texts = [_to_text(cell) for cell in row]
        if max(map(len, texts), default=0) > MAX_CELL_CHARACTERS:
            raise HistoryError(
                f"{path.name}, row {number}: a text of over {MAX_CELL_CHARACTERS:,} characters, which Excel itself "
                "does not hold; remove it"
            )
        if any(texts):
            yield number, texts


def _open_workbook(path: Path) -> CalamineWorkbook:
    try:
        return load_workbook(str(path))
    except (CalamineError, OSError):
        raise HistoryError(_UNREADABLE.format(path.name)) from None


def _check_size(path: Path) -> None:
    """Raise HistoryError if the file is no workbook, or unpacks to more than the limit, whatever size it states."""
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                member.file_size = 2 * MAX_UNPACKED_BYTES + _CHUNK  # read on beyond the size that it claims
                with archive.open(member) as file:
                    while unpacked <= MAX_UNPACKED_BYTES and (chunk := file.read(_CHUNK)):
                        unpacked += len(chunk)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError):
        raise HistoryError(_UNREADABLE.format(path.name)) from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise HistoryError(f"{path.name} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; save the sheet as CSV")


def _to_text(cell: Cell) -> str:
    """Return a cell as CSV would have it: whole numbers without a point, times in ISO 8601."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def _write_parquet(rows: Iterator[tuple[int, list[str]]], columns: Sequence[str], copy: Path, path: Path) -> None:
    schema = pa.schema([*((name, pa.string()) for name in columns), ("_row", pa.int64())])
    with pq.ParquetWriter(copy, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            for number, texts in batch:
                if any(texts[len(columns) :]):
                    raise HistoryError(f"{path.name}, row {number}: cells beyond the {len(columns)} named columns")
            wide = [texts[: len(columns)] + [""] * (len(columns) - len(texts)) for _, texts in batch]
            values = [*zip(*wide, strict=True), [number for number, _ in batch]]
            writer.write_table(
                pa.table(
                    [pa.array(column, type_.type) for column, type_ in zip(values, schema, strict=True)], schema=schema
                )
            )

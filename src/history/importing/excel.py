"""Excel workbooks: one sheet, copied as texts into Parquet that the engine reads."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from ...language import Phrase
from ..errors import HistoryError
from ..sql import quote_identifier, quote_literal
from .csv_files import CsvDialect
from .sources import File, Source, build_file_source, check_column_names
from .workbook_limits import MAX_CELL_CHARACTERS, build_text_error, build_unreadable_error, check_workbook

_BATCH = 10_000

Cell = int | float | str | bool | time | date | datetime | timedelta


def read_excel(path: Path, dialect: CsvDialect, copies: Path) -> Source:
    """Return the rows of the sheet ``dialect.sheet``, or of the only one, copied into ``copies``.

    Raises HistoryError.
    """
    names = list_sheet_names(path)
    if dialect.sheet is None and len(names) != 1:
        raise HistoryError(
            Phrase(
                "{file} has the sheets {names}; name one in a mapping (sheet = ...)",
                file=path.name,
                names=", ".join(names),
            )
        )
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
    check_workbook(path)
    return list(_open_workbook(path).sheet_names)


def read_sheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet (None: the first) that hold anything, with their numbers. Raises HistoryError."""
    workbook = _open_workbook(path)
    names = workbook.sheet_names
    if sheet is not None and sheet not in names:
        has = ", ".join(names)
        raise HistoryError(
            Phrase("{file} has no sheet {sheet}; it has {names}", file=path.name, sheet=repr(sheet), names=has)
        )
    try:
        cells = workbook.get_sheet_by_name(sheet or names[0]).iter_rows()
    except CalamineError:
        raise build_unreadable_error(path) from None
    for number, row in enumerate(cells, 1):
        texts = [_to_text(cell) for cell in row]
        if max(map(len, texts), default=0) > MAX_CELL_CHARACTERS:  # in pieces, else it was found before
            raise build_text_error(path, number, _name_column(texts.index(max(texts, key=len))))
        if any(texts):
            yield number, texts


def _open_workbook(path: Path) -> CalamineWorkbook:
    try:
        return load_workbook(str(path))
    except (CalamineError, OSError):
        raise build_unreadable_error(path) from None


def _name_column(number: int) -> str:
    """Return a column's letters, as Excel shows them."""
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


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
                    message = Phrase(
                        "{file}, row {row}: cells beyond the {count} named columns",
                        file=path.name,
                        row=str(number),
                        count=str(len(columns)),
                    )
                    raise HistoryError(message)
            wide = [texts[: len(columns)] + [""] * (len(columns) - len(texts)) for _, texts in batch]
            values = [*zip(*wide, strict=True), [number for number, _ in batch]]
            writer.write_table(
                pa.table(
                    [pa.array(column, type_.type) for column, type_ in zip(values, schema, strict=True)], schema=schema
                )
            )

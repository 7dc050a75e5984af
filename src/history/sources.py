"""Finding the files of a history and reading them as text, each row with the place it came from."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from history.errors import HistoryError
from history.schema import INPUTS

MAX_LINE_BYTES = 10_000_000
_ROW_COLUMNS = {"_file", "_row"}
_SUFFIXES = (".csv", ".csv.gz", ".parquet")

csv.field_size_limit(MAX_LINE_BYTES)


@dataclass(frozen=True)
class Layout:
    """How the rows of a CSV file lie on its lines."""

    delimiter: str
    headed: bool
    one_column: bool  # where an empty line is a row


@dataclass(frozen=True)
class Source:
    """One table as the import reads it: SQL giving text columns plus ``_file`` and ``_row`` (from 1)."""

    sql: str
    columns: tuple[str, ...]
    files: tuple[Path, ...]
    layout: Layout | None = None

    def place(self, file: str, row: int) -> str:
        """``file:line`` of a row, counting the header and the line breaks inside quoted fields."""
        if self.layout is None:
            return f"{Path(file).name}, row {row}"
        return _line_of(Path(file), self.layout, row + self.layout.headed, self.layout.one_column)

    def place_of_record(self, record: int) -> str:
        """``file:line`` of a record of a CSV file, where the header and every empty line is one too."""
        assert self.layout is not None, "only a CSV file has records"
        return _line_of(self.files[0], self.layout, record, True)


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def find_tables(folder: Path) -> dict[str, Source]:
    """The tables that lie in ``folder`` as ``<table>.csv``, ``.csv.gz`` or ``.parquet``.

    Raises HistoryError where the folder is none, a table lies there twice, or a header cannot be read.
    """
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds leads, purchases and launches")
    found = {}
    for table in INPUTS:
        paths = [folder / f"{table}{suffix}" for suffix in _SUFFIXES if (folder / f"{table}{suffix}").is_file()]
        if len(paths) > 1:
            names = " and ".join(path.name for path in paths)
            raise HistoryError(f"{folder} holds the table {table} twice, as {names}; keep one of them")
        if paths:
            found[table] = parquet_source(paths[0]) if paths[0].suffix == ".parquet" else csv_source(paths[0])
    return found


def parquet_source(path: Path) -> Source:
    """A Parquet file, its values as text."""
    try:
        columns = _checked(pq.read_schema(path).names, path)
    except (pa.ArrowException, OSError):
        raise HistoryError(f"{path.name} cannot be read as Parquet; write it again") from None
    texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in columns)
    return Source(_numbered(f"SELECT {texts} FROM read_parquet({literal(str(path))})", path), columns, (path,))


def csv_source(path: Path, delimiter: str = ",", header: Sequence[str] | None = None) -> Source:
    """A CSV file (plain or gzip, UTF-8), every value as text; ``header`` names the columns of a file without."""
    headed = header is None
    columns = _checked(_read_header(path, delimiter) if header is None else header, path)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    options = (
        f"columns={{{types}}}, auto_detect=false, delim={literal(delimiter)}, quote='\"', escape='\"', "
        f"header={headed}, max_line_size={MAX_LINE_BYTES}"
    )
    sql = _numbered(f"SELECT * FROM read_csv({literal(str(path))}, {options})", path)
    return Source(sql, columns, (path,), Layout(delimiter, headed, len(columns) == 1))


def _numbered(select: str, path: Path) -> str:
    return f"SELECT *, {literal(str(path))} AS _file, row_number() OVER () AS _row FROM ({select})"


def _opened(path: Path):  # type: ignore[no-untyped-def]  # gzip and open share no text type
    opener = gzip.open if path.suffix == ".gz" else open
    return opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="")


def _line_of(path: Path, layout: Layout, record: int, count_empty: bool) -> str:
    with _opened(path) as lines:
        starts = _starts(lines, layout.delimiter, count_empty)
        return f"{path.name}:{next(islice(starts, record - 1, None), '?')}"


def _starts(lines: Iterable[str], delimiter: str, count_empty: bool) -> Iterator[int]:
    """The line on which each record starts."""
    reader = csv.reader(lines, delimiter=delimiter)
    start = 1
    try:
        for fields in reader:
            if fields or count_empty:
                yield start
            start = reader.line_num + 1
    except csv.Error:  # a line over the limit, at which the engine stopped too
        yield start


def _read_header(path: Path, delimiter: str) -> list[str]:
    try:
        with _opened(path) as file:
            header = [name.strip() for name in next(csv.reader(file, delimiter=delimiter), [])]
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise HistoryError(f"{path.name}: the header cannot be read ({error}); save the file as CSV in UTF-8") from None
    if any("\ufffd" in name for name in header):
        raise HistoryError(f"{path.name}: the header is not UTF-8; save the file as CSV in UTF-8")
    return header


def _checked(names: Sequence[str], path: Path) -> tuple[str, ...]:
    """The column names of a file: each there, free, and once (names that differ in case alone are one in SQL)."""
    if not any(names):
        raise HistoryError(f"{path.name}: the file has no header; the first line must name the columns")
    if not all(names):
        raise HistoryError(f"{path.name}: column {names.index('') + 1} of the header has no name; name or remove it")
    folded = [name.lower() for name in names]
    taken = sorted(set(folded) & _ROW_COLUMNS)
    if taken:
        raise HistoryError(f"{path.name}: the import needs the name {taken[0]} itself; rename that column")
    twice = sorted({name for name in names if folded.count(name.lower()) > 1})
    if twice:
        raise HistoryError(f"{path.name}: the header names {', '.join(twice)} more than once; keep one of each")
    return tuple(names)

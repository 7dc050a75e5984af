"""CSV files: plain or gzip, of any declared encoding and delimiter, every value as text."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from ...language import Phrase
from ..errors import HistoryError
from ..sql import quote_literal
from .sources import SUGGEST_HINT, File, Source, build_file_source, check_column_names

MAX_LINE_BYTES = 10_000_000
_CHUNK = 1 << 20
#: A cell of so many letters is named in an error by its column.
_LONG_CELL = 1 << 20
_UTF8 = "utf-8"

csv.field_size_limit(MAX_LINE_BYTES)


@dataclass(frozen=True)
class CsvDialect:
    """How a CSV file, or a sheet of a workbook, is written.

    Attributes
    ----------
    delimiter, encoding
        As Python's ``csv`` and ``codecs`` name them.
    header
        The names of the columns; None: the file's first line has them.
    skip
        Lines, or rows of a sheet, above the header, or above the first row if ``header`` names the columns.
    sheet
        The sheet of a workbook.
    """

    delimiter: str = ","
    encoding: str = _UTF8
    header: tuple[str, ...] | None = None
    skip: int = 0
    sheet: str | None = None

    @property
    def has_header(self) -> bool:
        """Whether the file itself names its columns."""
        return self.header is None


def read_csv(path: Path, dialect: CsvDialect, copies: Path) -> Source:
    """Return the rows of a CSV file; one that the engine cannot read is copied into ``copies``. Raises HistoryError."""
    columns = check_column_names(_read_header(path, dialect), path)
    copy = _copy_as_utf8(path, dialect, copies)
    _check_line_length(copy or path, path, dialect.skip)
    types = ", ".join(f"{quote_literal(name)}: 'VARCHAR'" for name in columns)
    select = (
        f"SELECT * FROM read_csv({quote_literal(str(copy or path))}, columns={{{types}}}, auto_detect=false, "
        f"delim={quote_literal(dialect.delimiter)}, quote='\"', escape='\"', header={dialect.has_header}, "
        f"max_line_size={MAX_LINE_BYTES})"
    )
    # An empty line is a row only where there is one column; the engine's records count every line.
    locate = partial(_locate, path, dialect, len(columns) == 1, int(dialect.has_header))
    locate_record = partial(_locate_record, path, dialect, columns)
    return build_file_source(select, columns, File(path, locate, locate_record, copy))


def open_text(path: Path, encoding: str, errors: str = "replace") -> IO[str]:
    """Open a file as text with its own line breaks; gzip is unpacked, invalid bytes are replaced."""
    encoding = "utf-8-sig" if codecs.lookup(encoding).name == _UTF8 else encoding
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, errors=errors, newline="")
    return open(path, encoding=encoding, errors=errors, newline="")


def is_known_encoding(name: str) -> bool:
    """Return whether texts can be read in the encoding of that name."""
    try:
        return bool("a".encode(name))
    except (LookupError, UnicodeError):
        return False


def read_lines(file: IO[str]) -> Iterator[str]:
    """Yield the lines of a file. Raises csv.Error for a line over the limit."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise csv.Error(f"a line of more than {MAX_LINE_BYTES:,} bytes")
        yield line


def _read_header(path: Path, dialect: CsvDialect) -> tuple[str, ...]:
    if dialect.header is not None:
        return dialect.header
    try:
        with open_text(path, dialect.encoding) as file:
            rows = csv.reader(islice(read_lines(file), dialect.skip, None), delimiter=dialect.delimiter)
            header = [name.strip() for name in next(rows, [])]
    except (OSError, EOFError, zlib.error, csv.Error, UnicodeError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        message = Phrase(
            "{file}: the header cannot be read ({what}); save the file as CSV in UTF-8", file=path.name, what=str(what)
        )
        raise HistoryError(message) from None
    if any("\ufffd" in name for name in header):
        message = Phrase(
            "{file}: the header is not {encoding}; save the file as CSV in UTF-8, or declare its encoding in a "
            "mapping: {hint}",
            file=path.name,
            encoding=dialect.encoding.upper(),
            hint=SUGGEST_HINT,
        )
        raise HistoryError(message, "wrong-encoding")
    return tuple(header)


def _copy_as_utf8(path: Path, dialect: CsvDialect, copies: Path) -> Path | None:
    """Copy a file in UTF-8 without the skipped lines; None if it is like that already."""
    if codecs.lookup(dialect.encoding).name == _UTF8 and not dialect.skip:
        return None
    copy = copies / f"{len(list(copies.iterdir()))}.csv"
    breaks = dialect.skip
    try:
        with open_text(path, dialect.encoding, "strict") as file, open(copy, "w", encoding=_UTF8, newline="") as out:
            for _ in islice(read_lines(file), dialect.skip):
                pass
            while text := file.read(_CHUNK):
                breaks += text.count("\n")
                out.write(text)
    except UnicodeDecodeError as error:
        line = breaks + error.object[: error.start].count(b"\n") + 1
        message = Phrase(
            "{file}:{line}: bytes that are not {encoding}; declare the encoding that the file has",
            file=path.name,
            line=str(line),
            encoding=dialect.encoding,
        )
        raise HistoryError(message, "wrong-encoding") from None
    except (OSError, EOFError, UnicodeError, zlib.error, csv.Error):
        message = Phrase(
            "{file} is damaged, or not {encoding}; export it again", file=path.name, encoding=dialect.encoding
        )
        raise HistoryError(message) from None
    return copy


def _check_line_length(read: Path, path: Path, skipped: int) -> None:
    """Raise HistoryError for a line over the limit: the engine silently loses the last line of such a file."""
    run, breaks = 0, skipped
    try:
        with gzip.open(read) if read.suffix == ".gz" else open(read, "rb") as file:
            while chunk := file.read(_CHUNK):
                last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
                run = run + len(chunk) if last < 0 else len(chunk) - last - 1
                if run > MAX_LINE_BYTES:
                    message = Phrase(
                        "{file}:{line}: a line of more than {most:,} bytes; look for line breaks that were lost, or a "
                        "quote that is never closed",
                        file=path.name,
                        line=str(breaks + 1),
                        most=MAX_LINE_BYTES,
                    )
                    raise HistoryError(message)
                breaks += chunk.count(b"\n")
    except (OSError, EOFError, zlib.error):
        raise HistoryError(Phrase("{file} is damaged or cut short; export it again", file=path.name)) from None


def _locate(path: Path, dialect: CsvDialect, count_empty: bool, before: int, row: int) -> str:
    """Return ``file:line`` of a row; lines above the header and inside quoted fields count."""
    with open_text(path, dialect.encoding) as file:
        lines = _find_record_lines(read_lines(file), dialect, count_empty)
        return f"{path.name}:{next(islice(lines, row + before - 1, None), '?')}"


def _locate_record(path: Path, dialect: CsvDialect, columns: Sequence[str], record: int) -> str:
    """Return ``file:line`` of a record, and the column of a cell in it that does not end for long."""
    place = _locate(path, dialect, True, 0, record)
    line = place.rpartition(":")[2]
    if not line.isdigit():
        return place
    with open_text(path, dialect.encoding) as file:
        for _ in islice(read_lines(file), int(line) - 1):
            pass
        lines = io.StringIO(file.read(_LONG_CELL), newline="").readlines()
    reader = csv.reader(lines, delimiter=dialect.delimiter)
    fields = next(reader, [])
    goes_on = sum(map(len, lines)) == _LONG_CELL and reader.line_num == len(lines) and 0 < len(fields) <= len(columns)
    return f"{place}, {columns[len(fields) - 1]}" if goes_on else place


def _find_record_lines(file: Iterator[str], dialect: CsvDialect, count_empty: bool) -> Iterator[int]:
    """Yield the line on which each record starts."""
    reader = csv.reader(islice(file, dialect.skip, None), delimiter=dialect.delimiter)
    start = dialect.skip + 1
    try:
        for fields in reader:
            if fields or count_empty:
                yield start
            start = dialect.skip + reader.line_num + 1
    except csv.Error:  # a line over the limit, at which the engine stopped too
        yield start

"""CSV files: plain or gzip, of any declared encoding and delimiter, every value as text."""

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from ..errors import HistoryError
from ..sql import quote_literal
from .sources import SUGGEST_HINT, File, Source, build_file_source, check_column_names

MAX_LINE_BYTES = 10_000_000
_CHUNK = 1 << 20
_UTF8 = "utf-8"

csv.field_size_limit(MAX_LINE_BYTES)


@dataclass(frozen=True)
class CsvDialect:
    """How a file is written, as its owner declares it.

    ``skip`` lines (rows of a sheet) lie above the header, or above the first row where ``header`` names the columns.
    ``sheet`` is that of a workbook.
    """

    delimiter: str = ","
    encoding: str = _UTF8
    header: tuple[str, ...] | None = None
    skip: int = 0
    sheet: str | None = None

    @property
    def headed(self) -> bool:
        """Whether the file itself names its columns."""
        return self.header is None


def read_csv(path: Path, form: CsvDialect, scratch: Path) -> Source:
    """The rows of a CSV file; one that the engine cannot read is copied into ``scratch``. Raises HistoryError."""
    columns = check_column_names(_header(path, form), path)
    copy = _plain_copy(path, form, scratch)
    _check_lines(copy or path, path, form.skip)
    types = ", ".join(f"{quote_literal(name)}: 'VARCHAR'" for name in columns)
    select = (
        f"SELECT * FROM read_csv({quote_literal(str(copy or path))}, columns={{{types}}}, auto_detect=false, "
        f"delim={quote_literal(form.delimiter)}, quote='\"', escape='\"', header={form.headed}, "
        f"max_line_size={MAX_LINE_BYTES})"
    )
    # An empty line is a row only where there is one column; the engine's records count every line.
    place = partial(_place, path, form, len(columns) == 1, int(form.headed))
    of_record = partial(_place, path, form, True, 0)
    return build_file_source(select, columns, File(path, place, of_record, copy))


def open_text(path: Path, encoding: str, errors: str = "replace") -> IO[str]:
    """A file as text with its own line breaks; gzip is unpacked, and bytes that do not fit are replaced."""
    known = "utf-8-sig" if codecs.lookup(encoding).name == _UTF8 else encoding
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=known, errors=errors, newline="")
    return open(path, encoding=known, errors=errors, newline="")


def is_known_encoding(name: str) -> bool:
    """Whether texts can be read in the encoding of that name."""
    try:
        return bool("a".encode(name))
    except (LookupError, UnicodeError):
        return False


def read_lines(file: IO[str]) -> Iterator[str]:
    """The lines of a file, none over the limit. Raises csv.Error at one that is."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise csv.Error(f"a line of more than {MAX_LINE_BYTES:,} bytes")
        yield line


def _header(path: Path, form: CsvDialect) -> tuple[str, ...]:
    if form.header is not None:
        return form.header
    try:
        with open_text(path, form.encoding) as file:
            rows = csv.reader(islice(read_lines(file), form.skip, None), delimiter=form.delimiter)
            header = [name.strip() for name in next(rows, [])]
    except (OSError, EOFError, zlib.error, csv.Error, UnicodeError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise HistoryError(f"{path.name}: the header cannot be read ({what}); save the file as CSV in UTF-8") from None
    if any("\ufffd" in name for name in header):
        raise HistoryError(
            f"{path.name}: the header is not {form.encoding.upper()}; save the file as CSV in UTF-8, or declare its "
            f"encoding in a mapping: {SUGGEST_HINT}"
        )
    return tuple(header)


def _plain_copy(path: Path, form: CsvDialect, scratch: Path) -> Path | None:
    """A copy in UTF-8 without the skipped lines; None where the file is such."""
    if codecs.lookup(form.encoding).name == _UTF8 and not form.skip:
        return None
    copy = scratch / f"{len(list(scratch.iterdir()))}.csv"
    breaks = form.skip
    try:
        with open_text(path, form.encoding, "strict") as file, open(copy, "w", encoding=_UTF8, newline="") as out:
            for _ in islice(read_lines(file), form.skip):
                pass
            while text := file.read(_CHUNK):
                breaks += text.count("\n")
                out.write(text)
    except UnicodeDecodeError as error:
        line = breaks + error.object[: error.start].count(b"\n") + 1
        raise HistoryError(
            f"{path.name}:{line}: bytes that are not {form.encoding}; declare the encoding that the file has"
        ) from None
    except (OSError, EOFError, UnicodeError, zlib.error, csv.Error):
        raise HistoryError(f"{path.name} is damaged, or not {form.encoding}; export it again") from None
    return copy


def _check_lines(read: Path, path: Path, skipped: int) -> None:
    """Raise HistoryError where a line is over the limit: the engine loses the last one of such a file silently."""
    run, breaks = 0, skipped
    try:
        with gzip.open(read) if read.suffix == ".gz" else open(read, "rb") as file:
            while chunk := file.read(_CHUNK):
                last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
                run = run + len(chunk) if last < 0 else len(chunk) - last - 1
                if run > MAX_LINE_BYTES:
                    raise HistoryError(
                        f"{path.name}:{breaks + 1}: a line of more than {MAX_LINE_BYTES:,} bytes; look for line breaks "
                        "that were lost, or a quote that is never closed"
                    )
                breaks += chunk.count(b"\n")
    except (OSError, EOFError, zlib.error):
        raise HistoryError(f"{path.name} is damaged or cut short; export it again") from None


def _place(path: Path, form: CsvDialect, count_empty: bool, before: int, row: int) -> str:
    """``file:line`` of a row, counting what lies above it and the line breaks inside quoted fields."""
    with open_text(path, form.encoding) as file:
        starts = _starts(read_lines(file), form, count_empty)
        return f"{path.name}:{next(islice(starts, row + before - 1, None), '?')}"


def _starts(file: Iterator[str], form: CsvDialect, count_empty: bool) -> Iterator[int]:
    """The line on which each record starts."""
    reader = csv.reader(islice(file, form.skip, None), delimiter=form.delimiter)
    start = form.skip + 1
    try:
        for fields in reader:
            if fields or count_empty:
                yield start
            start = form.skip + reader.line_num + 1
    except csv.Error:  # a line over the limit, at which the engine stopped too
        yield start

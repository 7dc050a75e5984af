"""Sniff how a file is written, from its beginning: for a suggested mapping, never for an import."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import dropwhile, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...language import Phrase
from ..errors import HistoryError
from .csv_files import CsvDialect
from .excel import list_sheet_names, read_sheet_rows
from .type_inference import is_value

#: The day that a day's number is counted from, where nobody says which it is.
DAY_ZERO = date(2000, 1, 1)
_DAYS_OF_MONTH = 31
_SAMPLE_BYTES = 1_000_000
_SAMPLE_ROWS = 5_000
_DELIMITERS = ",;\t|"
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class SniffedFile:
    """What a file seems to hold.

    Attributes
    ----------
    path
        The file.
    dialect
        How it seems to be written.
    samples
        The first values of each column.
    doubts
        What is unsure, by the dialect's attribute.
    day_numbers
        The columns whose days are numbers; ``samples`` has them as days from ``DAY_ZERO`` on.
    """

    path: Path
    dialect: CsvDialect
    samples: dict[str, list[str]]
    doubts: dict[str, str]
    day_numbers: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The file's name, and the sheet's if there is one."""
        return self.path.name + (f" (sheet {self.dialect.sheet})" if self.dialect.sheet else "")


def list_sheets(path: Path) -> list[str | None]:
    """Return the sheets of a workbook with several; else one without a name. Raises HistoryError."""
    names = list_sheet_names(path) if path.suffix == ".xlsx" else []
    return list(names) if len(names) > 1 else [None]


def sniff_file(path: Path, sheet: str | None = None) -> SniffedFile:
    """Sniff a CSV or Parquet file, or a workbook's sheet. Raises HistoryError if it is none."""
    file = _sniff(path, sheet)
    numbered = {name: days for name, values in file.samples.items() if (days := _number_days(name, values))}
    return replace(file, samples=file.samples | numbered, day_numbers=frozenset(numbered))


def _number_days(name: str, values: Sequence[str]) -> list[str]:
    """Return numbers of days as days, if the name is that of a day and they are more than those of a month."""
    if not re.search(r"(?i)(^|[^a-z])(days?|dia)$", name) or not all(re.fullmatch(r"\d{0,4}", v) for v in values):
        return []
    if max((int(value) for value in values if value), default=0) <= _DAYS_OF_MONTH:
        return []
    return [f"{DAY_ZERO + timedelta(days=int(value)):%Y-%m-%d}" if value else "" for value in values]


def _sniff(path: Path, sheet: str | None) -> SniffedFile:
    doubts: dict[str, str] = {}
    if path.suffix == ".parquet":
        return SniffedFile(path, CsvDialect(), _read_parquet_samples(path), doubts)
    if path.suffix == ".xlsx":
        rows = [(number - 1, texts) for number, texts in islice(read_sheet_rows(path, sheet), _SAMPLE_ROWS)]
        return _find_header(
            path, CsvDialect(sheet=sheet), rows, max((len(texts) for _, texts in rows), default=0), doubts
        )
    sample = _read_beginning(path)
    encoding = _sniff_encoding(sample, doubts)
    text = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("replace").decode(sample)
    lines = io.StringIO(text, newline="").readlines()
    if len(sample) == _SAMPLE_BYTES and len(lines) > 1:  # the last one may be cut
        lines.pop()
    delimiter, width = _sniff_delimiter(lines, doubts)
    rows = _read_rows(lines, delimiter)
    return _find_header(path, CsvDialect(delimiter, encoding), rows, width, doubts)


def _read_beginning(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            return file.read(_SAMPLE_BYTES)
    except (OSError, EOFError, zlib.error):
        raise HistoryError(Phrase("{file} cannot be read", file=path.name)) from None


def _sniff_encoding(sample: bytes, doubts: dict[str, str]) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return encoding
    if sample[1::2].count(0) > len(sample) // 4:
        doubts["encoding"] = Phrase("every other byte is zero, and there is no byte-order mark")
        return "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError:
        doubts["encoding"] = Phrase("it is not UTF-8; of the others this is the commonest. Look at words with accents")
        return "windows-1252"
    return "utf-8"


def _sniff_delimiter(lines: Sequence[str], doubts: dict[str, str]) -> tuple[str, int]:
    """Return the delimiter that cuts most lines into the same number of fields, and that number."""
    candidates: list[tuple[float, int, str]] = []
    for delimiter in _DELIMITERS:
        widths = Counter(len(fields) for _, fields in _read_rows(lines, delimiter) if fields)
        width, rows = widths.most_common(1)[0] if widths else (1, 0)
        if width > 1:
            candidates.append((rows / widths.total(), width, delimiter))
    if not candidates:
        doubts["delimiter"] = Phrase("no line holds a comma, semicolon, tab or bar: a single column")
        return ",", 1
    share, width, delimiter = max(candidates)
    if share < 1:
        doubts["delimiter"] = Phrase(
            "{share:.0%} of the first lines have {width} fields with it, the others not", share=share, width=width
        )
    return delimiter, width


def _read_rows(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the first rows, each with the number of lines above it."""
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    above = 0
    try:
        for fields in islice(reader, _SAMPLE_ROWS):
            rows.append((above, fields))
            above = reader.line_num
    except csv.Error:
        pass  # what comes before it is sample enough
    return rows


def _read_parquet_samples(path: Path) -> dict[str, list[str]]:
    try:
        batch = next(pq.ParquetFile(path).iter_batches(_SAMPLE_ROWS), None)
    except (pa.ArrowException, OSError):
        raise HistoryError(Phrase("{file} cannot be read as Parquet; write it again", file=path.name)) from None
    columns = batch.to_pydict() if batch is not None else {}
    return {name: ["" if value is None else str(value) for value in values] for name, values in columns.items()}


def _find_header(
    path: Path, dialect: CsvDialect, rows: list[tuple[int, list[str]]], width: int, doubts: dict[str, str]
) -> SniffedFile:
    """Find the header below any titles; name the columns where it does not."""
    full_rows = [(above, fields) for above, fields in rows if len(fields) == width and any(fields)]
    if not full_rows:
        name = path.name + (f" (sheet {dialect.sheet})" if dialect.sheet else "")
        raise HistoryError(Phrase("{file} holds no table", file=name))
    if any(_has_names(fields) for _, fields in full_rows):  # a title has few fields that are filled
        full_rows = list(dropwhile(lambda row: not _has_names(row[1]), full_rows))
    apart = _find_names_of_other_width(rows, full_rows)
    skip, names = full_rows[0][0], apart or [name.strip() for name in full_rows[0][1]]
    header: tuple[str, ...] | None = None
    if apart is None and any(map(is_value, names)):
        header = tuple(f"column_{number}" for number in range(1, width + 1))
        doubts["header"] = Phrase("the first line looks like a row, not like names: name the columns")
    else:
        full_rows = full_rows if apart else full_rows[1:]
        renamed = tuple(_rename_repeated(names))
        if apart or list(renamed) != names:
            header, skip = renamed, full_rows[0][0] if full_rows else skip + 1
            if not _has_only_empty_ends(names, full_rows):
                doubts["header"] = Phrase("the file names a column twice, or not at all")
    if skip and ("header" in doubts or header is None):
        doubts["skip"] = Phrase("the lines above the rows that have all fields")
    samples = {name: [fields[number].strip() for _, fields in full_rows] for number, name in enumerate(header or names)}
    nameless = [
        name for name, given in zip(header or names, names, strict=True) if not given and not any(samples[name])
    ]
    samples = {name: values for name, values in samples.items() if name not in nameless}
    return SniffedFile(
        path, CsvDialect(dialect.delimiter, dialect.encoding, header, skip, dialect.sheet), samples, doubts
    )


def _find_names_of_other_width(
    rows: Sequence[tuple[int, list[str]]], full_rows: Sequence[tuple[int, list[str]]]
) -> list[str] | None:
    """Return the names of a header that has one delimiter more, or less, at its end than the rows; else None."""
    width, first = len(full_rows[0][1]), full_rows[0][0]
    above = [fields for before, fields in rows if before < first]
    if not above:
        return None
    names = [name.strip() for name in above[-1]]
    if len(names) == width + 1 and not names[-1]:
        names = names[:-1]
    elif len(names) == width - 1 and not any(fields[-1] for _, fields in full_rows):
        names = [*names, ""]
    are_names = len(names) == width and all(names[:-1]) and not any(map(is_value, names))
    return names if are_names else None


def _has_only_empty_ends(names: Sequence[str], full_rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Return whether the one nameless column is the last, and empty: each line ends with a delimiter."""
    if not all(names[:-1]) or len({name.lower() for name in names}) < len(names):
        return False
    return bool(names[-1]) or not any(fields[-1] for _, fields in full_rows)


def _has_names(fields: Sequence[str]) -> bool:
    return sum(map(bool, fields)) > len(fields) / 2


def _rename_repeated(names: Sequence[str]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for number, name in enumerate(names, 1):
        given = name or f"column_{number}"
        seen[given.lower()] += 1
        yield given if seen[given.lower()] == 1 else f"{given}_{seen[given.lower()]}"

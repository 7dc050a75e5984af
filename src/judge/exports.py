"""Files of other tools, as they export them: what each column seems to be, and its values read as such.

How a file is written, and what its columns are called, is known to the import (``history.importing``).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from ..history import HistoryError, Problem
from ..history.importing.column_kinds import WORDS, has_word, is_time, normalise_name
from ..history.importing.declared_formats import apply_formats
from ..history.importing.file_sniffing import SniffedFile, sniff_file
from ..history.importing.files import SUFFIXES, read_file
from ..history.importing.read_errors import describe_read_error
from ..history.importing.sources import Source
from ..history.importing.type_inference import (
    are_emails,
    infer_number_format,
    infer_time_format,
    infer_unix_divisor,
)
from ..history.importing.validate import build_parser_sql
from ..history.sql import connect_duckdb, quote_identifier, quote_literal

_MEMORY_LIMIT = "700MB"
#: What exports write where a value is missing.
_MISSING = ("", "-", "--", "n/a", "na", "nan", "null", "none", "(no value)", "not available", "unknown")
_MAX_NAMED = 12


@dataclass(frozen=True)
class Export:
    """An opened export.

    Attributes
    ----------
    file
        How it is written, with the first values of each column.
    source
        Its rows, as texts.
    timezone
        The zone of times without an offset.
    """

    file: SniffedFile
    source: Source
    timezone: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.path.name

    @property
    def samples(self) -> Mapping[str, Sequence[str]]:
        """The first values of each column."""
        return self.file.samples

    def find_column(self, given: str | None) -> str | None:
        """Return the column that somebody names, however it is written. Raises HistoryError where there is none."""
        if given is None:
            return None
        for column in self.samples:
            if column == given or normalise_name(column) == normalise_name(given):
                return column
        known = ", ".join(list(self.samples)[:_MAX_NAMED])
        raise HistoryError(f"{self.name} has no column {given!r}; it has {known}")

    def match_column(
        self, names: Sequence[str], taken: Sequence[str] = (), *, is_time_wanted: bool = False
    ) -> str | None:
        """Return the first column called by one of some names, whole names before parts; None if there is none."""
        called = {column: normalise_name(column) for column in self.samples if column not in taken}
        for is_whole in (True, False):
            for name in names:
                for column, words in called.items():
                    is_alike = words == name if is_whole else len(name) > 4 and f" {name} " in f" {words} "
                    if is_alike and is_time(self.samples[column]) == is_time_wanted and any(self.samples[column]):
                        return column
        return None

    def list_lead_columns(self) -> list[str]:
        """Return the columns that may tell who a row is about: e-mail addresses, and ids by their names."""
        names = WORDS["who"]["lead_id"]
        exact = [column for name in names for column in self.samples if normalise_name(column) == name]
        ids = [column for column in self.samples if has_word(column, {"id", "ids", "email", "mail"})]
        addresses = [column for column, values in self.samples.items() if are_emails(values)]
        return list(dict.fromkeys((*exact, *addresses, *ids)))


@contextmanager
def open_export(path: Path, timezone: str = "UTC") -> Iterator[Export]:
    """Open a CSV, Excel or Parquet file. Raises HistoryError where it is none, or damaged."""
    if not path.is_file():
        raise HistoryError(f"{path} is no file; name a CSV, Excel or Parquet file")
    if not path.name.endswith((*SUFFIXES, ".tsv", ".txt")):
        raise HistoryError(f"{path.name} is no .csv, .csv.gz, .xlsx or .parquet; save it as one of them")
    with TemporaryDirectory(prefix="hotleads-") as copies:
        file = sniff_file(path)
        yield Export(file, read_file(path, file.dialect, Path(copies)), timezone)


class ExportReader:
    """Reads typed columns of an export in one query.

    Parameters
    ----------
    export
        The export.
    """

    def __init__(self, export: Export) -> None:
        self._export = export
        self._times: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._columns: dict[str, tuple[str, str]] = {}

    def add_text(self, name: str, column: str) -> None:
        """Read a column as text under a name."""
        self._columns[name] = (column, _build_text_sql(column))

    def add_number(self, name: str, column: str) -> None:
        """Read a column as numbers under a name."""
        inferred = infer_number_format([value.removesuffix("%").strip() for value in self._filled(column)])
        if inferred is not None and inferred.format:
            self._numbers[column] = inferred.format
        text = _build_text_sql(column)
        self._columns[name] = (column, build_parser_sql("number", f"trim(rtrim({text}, '%'))"))

    def add_time(self, name: str, column: str) -> None:
        """Read a column as instants under a name."""
        values = self._filled(column)
        divisor, inferred = infer_unix_divisor(values), infer_time_format(values)
        text = _build_text_sql(column)
        if divisor:
            value = f"to_timestamp(TRY_CAST({text} AS DOUBLE) / {divisor})"
        else:
            if inferred is not None and inferred.format:
                self._times[column] = inferred.format
            value = build_parser_sql("instant", text)
        self._columns[name] = (column, value)

    def read(self) -> pa.Table:
        """Return the columns, and ``row``, each row's number in the file. Raises HistoryError."""
        source = apply_formats(self._export.source, self._export.name, self._times, self._numbers)
        values = ", ".join(f"{sql} AS {quote_identifier(name)}" for name, (_, sql) in self._columns.items())
        unread = " OR ".join(
            f"({_build_text_sql(column)} IS NOT NULL AND {sql} IS NULL)" for column, sql in self._columns.values()
        )
        with TemporaryDirectory(prefix="hotleads-") as spill, connect_duckdb(_MEMORY_LIMIT, spill) as con:
            try:
                con.execute(f"SET TimeZone = {quote_literal(self._export.timezone)}")
                table = con.sql(
                    f"SELECT {values}, _row AS row, len(_unread) > 0 OR {unread} AS is_unread FROM ({source.sql})"
                ).to_arrow_table()
            except duckdb.Error as error:
                if "TimeZone" in str(error):
                    zone = self._export.timezone
                    raise HistoryError(f"there is no time zone {zone!r}; use an IANA name") from None
                raise HistoryError([describe_read_error(self._export.name, source, error)]) from None
        self._check(table, source)
        return table.drop_columns(["is_unread"])

    def _filled(self, column: str) -> list[str]:
        return [value for value in self._export.samples[column] if value.strip().lower() not in _MISSING]

    def _check(self, table: pa.Table, source: Source) -> None:
        """Raise HistoryError for values that are not what their column holds."""
        bad = table.filter(table["is_unread"])
        if not bad.num_rows:
            return
        names = ", ".join(dict.fromkeys(column for column, _ in self._columns.values()))
        places = tuple(source.files[0].locate(row) for row in bad["row"].to_pylist()[:3])
        remedy = "Mend or empty those values, or name other columns"
        what = "a value that is unlike the others of its column"
        raise HistoryError([Problem(self._export.name, names, what, remedy, bad.num_rows, places)])


def _build_text_sql(column: str) -> str:
    """Return SQL of a column's trimmed text, NULL where it says that there is none."""
    text = f"trim({quote_identifier(column)})"
    missing = ", ".join(map(quote_literal, _MISSING))
    return f"CASE WHEN lower({text}) NOT IN ({missing}) THEN {text} END"

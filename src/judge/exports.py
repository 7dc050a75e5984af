"""Files of other tools, as they export them: what each column seems to be, and its values read as such.

How a file is written, and what its columns are called, is known to the import (``history.importing``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ..history import HistoryError, Problem
from ..history.importing.column_kinds import WORDS, has_word, is_time, normalise_name
from ..history.importing.declared_formats import apply_formats
from ..history.importing.file_sniffing import SniffedFile, list_sheets, sniff_file
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
from ..language import Phrase
from .footers import strip_footer
from .units import build_unit_sql, find_unit, strip_unit

_MEMORY_LIMIT = "700MB"
#: What exports write where a value is missing.
_MISSING = (
    *("", "-", "--", "?", "n/a", "#n/a", "na", "n/d", "#n/d", "nd", "nan", "nat", "null", "none", "undefined", "<na>"),
    *("#div/0!", "#value!", "#ref!", "#name?", "#null!", "#num!"),
    *("(no value)", "(blank)", "(empty)", "(vazio)", "not available", "unknown", "not set", "(not set)"),
)
#: Days since the last of 1899: a date of a spreadsheet that was saved without its format (1982 to 2064).
_SERIAL_DAY = re.compile(r"[3-5]\d{4}(\.\d+)?")
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
    notes
        What was left out of it.
    """

    file: SniffedFile
    source: Source
    timezone: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.path.name

    @property
    def samples(self) -> Mapping[str, Sequence[str]]:
        """The first values of each column; empty where the export says that there is none."""
        return self.file.samples

    def find_column(self, given: str | None) -> str | None:
        """Return the column that somebody names, however it is written. Raises HistoryError where there is none."""
        if given is None:
            return None
        for column in self.samples:
            if column == given or normalise_name(column) == normalise_name(given):
                return column
        known = ", ".join(list(self.samples)[:_MAX_NAMED])
        raise HistoryError(
            Phrase("{file} has no column {given!r}; it has {known}", file=self.name, given=given, known=known)
        )

    def match_column(
        self, names: Sequence[str], taken: Sequence[str] = (), *, is_time_wanted: bool = False
    ) -> str | None:
        """Return the first column called by one of some names, whole names before parts; None if there is none."""
        return next(iter(self.match_columns(names, taken, is_time_wanted=is_time_wanted)), None)

    def match_columns(
        self, names: Sequence[str], taken: Sequence[str] = (), *, is_time_wanted: bool = False
    ) -> list[str]:
        """Return every column called by one of some names, the likeliest first."""
        found: list[str] = []
        called = {column: normalise_name(column) for column in self.samples if column not in taken}
        for is_whole in (True, False):
            for name in names:
                for column, words in called.items():
                    is_alike = words == name if is_whole else len(name) > 4 and f" {name} " in f" {words} "
                    if is_alike and self._is_time(column) == is_time_wanted and any(self.samples[column]):
                        found.append(column)
        return list(dict.fromkeys(found))

    def list_time_columns(self) -> list[str]:
        """Return the columns whose values are times."""
        return [column for column, values in self.samples.items() if is_time(values)]

    def _is_time(self, column: str) -> bool:
        """Return whether a column with the name of a time holds times."""
        return is_time(self.samples[column]) or are_serial_days(self.samples[column])

    def list_lead_columns(self) -> list[str]:
        """Return the columns that may tell who a row is about: e-mail addresses, and ids by their names."""
        return _list_lead_columns(self.samples)


@contextmanager
def open_export(path: Path, timezone: str = "UTC") -> Iterator[Export]:
    """Open a CSV, Excel or Parquet file. Raises HistoryError where it is none, or damaged."""
    if not path.is_file():
        raise HistoryError(Phrase("{path} is no file; name a CSV, Excel or Parquet file", path=str(path)))
    if not path.name.endswith((*SUFFIXES, ".tsv", ".txt")):
        raise HistoryError(
            Phrase("{file} is no .csv, .csv.gz, .xlsx or .parquet; save it as one of them", file=path.name)
        )
    with TemporaryDirectory(prefix="hotleads-") as folder:
        file, notes = _sniff_table(path)
        copies = Path(folder) / "copies"
        copies.mkdir()
        read, lines = path, 0
        if path.suffix not in (".xlsx", ".parquet"):
            read, lines = strip_footer(path, file.dialect, len(file.dialect.header or file.samples), Path(folder))
        if lines:
            notes.append(
                Phrase("{file}: its last {lines} lines are no rows, and were left out", file=path.name, lines=lines)
            )
        yield Export(file, read_file(read, file.dialect, copies), timezone, tuple(notes))


def _sniff_table(path: Path) -> tuple[SniffedFile, list[str]]:
    """Return the file, or the first sheet of a workbook that tells who a row is about, and what to say of it."""
    sheets = list_sheets(path)
    files = [_hide_missing(sniff_file(path, sheets[0]))] if len(sheets) == 1 else []
    for sheet in sheets if len(sheets) > 1 else ():
        try:
            files.append(_hide_missing(sniff_file(path, sheet)))
        except HistoryError:
            continue  # an empty sheet, or one of charts
    if not files:
        raise HistoryError(
            Phrase(
                "{file}: none of its sheets {sheets} holds a table", file=path.name, sheets=", ".join(map(str, sheets))
            )
        )
    file = next((file for file in files if _list_lead_columns(file.samples)), files[0])
    if len(sheets) == 1:
        return file, []
    others = tuple(str(sheet) for sheet in sheets if sheet != file.dialect.sheet)
    note = Phrase(
        "{file}: its sheet {sheet} was read, {others} not", file=path.name, sheet=str(file.dialect.sheet), others=others
    )
    return file, [note]


def _list_lead_columns(samples: Mapping[str, Sequence[str]]) -> list[str]:
    names = WORDS["who"]["lead_id"]
    exact = [column for name in names for column in samples if normalise_name(column) == name]
    ids = [column for column in samples if has_word(column, {"id", "ids", "email", "mail"})]
    addresses = [column for column, values in samples.items() if are_emails(values)]
    return list(dict.fromkeys((*exact, *addresses, *ids)))


def _hide_missing(file: SniffedFile) -> SniffedFile:
    samples = {
        name: ["" if value.strip().lower() in _MISSING else value for value in values]
        for name, values in file.samples.items()
    }
    return replace(file, samples=samples)


def are_serial_days(values: Sequence[str]) -> bool:
    """Return whether all values are the numbers that a spreadsheet keeps days as."""
    filled = [value for value in values if value]
    return bool(filled) and all(map(_SERIAL_DAY.fullmatch, filled))


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
        self._units: dict[str, str] = {}
        self._columns: dict[str, tuple[str, str]] = {}

    def add_text(self, name: str, column: str) -> None:
        """Read a column as text under a name."""
        self._columns[name] = (column, _build_text_sql(column))

    def add_number(self, name: str, column: str) -> None:
        """Read a column as numbers under a name; a unit that they all have is taken off."""
        unit = find_unit(self._filled(column))
        inferred = infer_number_format([strip_unit(value, unit) for value in self._filled(column)])
        if inferred is not None and inferred.format:
            self._numbers[column] = inferred.format
        self._units[column] = unit
        self._columns[name] = (column, build_parser_sql("number", _build_text_sql(column)))

    def add_time(self, name: str, column: str) -> str:
        """Read a column as instants under a name; return what is unsure about how they are written."""
        values = self._filled(column)
        divisor, inferred = infer_unix_divisor(values), infer_time_format(values)
        text = _build_text_sql(column)
        if divisor:
            value = f"to_timestamp(TRY_CAST({text} AS DOUBLE) / {divisor})"
        elif are_serial_days(values):
            seconds = f"CAST(round(TRY_CAST({text} AS DOUBLE) * 86400) AS BIGINT)"
            value = f"CAST(TIMESTAMP '1899-12-30' + to_seconds({seconds}) AS TIMESTAMPTZ)"
        else:
            if inferred is not None and inferred.format:
                self._times[column] = inferred.format
            value = build_parser_sql("instant", text)
        self._columns[name] = (column, value)
        return inferred.doubt and f"{inferred.format or 'ISO 8601'}: {inferred.doubt}" if inferred is not None else ""

    def read(self) -> pa.Table:
        """Return the columns, and ``row``, each row's number in the file. Raises HistoryError."""
        source = self._export.source
        plain = ", ".join(
            f"{_build_plain_sql(column, self._units.get(column, ''))} AS {quote_identifier(column)}"
            for column in dict.fromkeys(column for column, _ in self._columns.values())
        )
        source = replace(source, sql=f"SELECT * REPLACE ({plain}) FROM ({source.sql})")
        source = apply_formats(source, self._export.name, self._times, self._numbers)
        values = ", ".join(f"{sql} AS {quote_identifier(name)}" for name, (_, sql) in self._columns.items())
        unread = ", ".join(
            f"CASE WHEN {_build_text_sql(column)} IS NOT NULL AND {sql} IS NULL THEN {quote_literal(column)} END"
            for column, sql in self._columns.values()
        )
        with TemporaryDirectory(prefix="hotleads-") as spill, connect_duckdb(_MEMORY_LIMIT, spill) as con:
            try:
                con.execute(f"SET TimeZone = {quote_literal(self._export.timezone)}")
                table = con.sql(
                    f"SELECT {values}, _row AS row, coalesce(_unread[1], {unread}) AS unread FROM ({source.sql})"
                ).to_arrow_table()
            except duckdb.Error as error:
                if "TimeZone" in str(error):
                    zone = self._export.timezone
                    raise HistoryError(Phrase("there is no time zone {zone!r}; use an IANA name", zone=zone)) from None
                raise HistoryError([describe_read_error(self._export.name, source, error)]) from None
        self._check(table, source)
        return table.drop_columns(["unread"])

    def _filled(self, column: str) -> list[str]:
        return [value for value in self._export.samples[column] if value]

    def _check(self, table: pa.Table, source: Source) -> None:
        """Raise HistoryError for values that are not what their column holds."""
        bad = table.filter(pc.is_valid(table["unread"]))
        problems = []
        for column in dict.fromkeys(bad["unread"].to_pylist()):
            rows = bad.filter(pc.equal(bad["unread"], column))
            places = tuple(source.files[0].locate(row) for row in rows["row"].to_pylist()[:3])
            what = Phrase("a value that is unlike the others of its column")
            remedy = Phrase("Mend or empty those values, or name another column")
            problems.append(Problem(self._export.name, column, what, remedy, rows.num_rows, places))
        if problems:
            raise HistoryError(problems)


def _build_plain_sql(column: str, unit: str) -> str:
    """Return SQL of a column's text, without its unit, and NULL where it says that there is none."""
    text = f"trim({quote_identifier(column)})"
    missing = ", ".join(map(quote_literal, _MISSING))
    return f"CASE WHEN lower({text}) NOT IN ({missing}) THEN {build_unit_sql(text, unit)} END"


def _build_text_sql(column: str) -> str:
    """Return SQL of a column's text; it is NULL where there is none (``_build_plain_sql``)."""
    return quote_identifier(column)

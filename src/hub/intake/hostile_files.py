"""What no honest export holds: cells that a spreadsheet would run, bombs, millions of columns, endless texts."""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from ...history.errors import HistoryError, Problem
from ...history.importing.csv_files import MAX_LINE_BYTES
from ...history.importing.files import SUFFIXES
from ...history.importing.sources import MAX_COLUMNS, File
from ...history.sql import quote_identifier, quote_literal
from ...language import Phrase

MAX_FILE_BYTES = 500_000_000
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_TEXT = 500
_CHUNK = 1 << 20
_MAX_PLACES = 3
#: What a spreadsheet would run: a formula, a call or another program's name. A phone may begin with a plus.
_FORMULA = r"^[\t\r ]*(=|[+@-][^A-Za-z]*[A-Za-z].*[(!|])"


def check_file(path: Path) -> None:
    """Raise HistoryError for a file of another kind, one that is too large or unpacks to too much, or too wide."""
    if not path.name.lower().endswith(SUFFIXES):
        message = Phrase(
            "{file} is no CSV, Excel or Parquet file; bring one that ends in {suffixes}",
            file=path.name,
            suffixes=", ".join(SUFFIXES),
        )
        raise HistoryError(message)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise HistoryError(
            Phrase("{file} has over {most:,} bytes; bring it in parts", file=path.name, most=MAX_FILE_BYTES)
        )
    if path.suffix == ".gz":
        _check_unpacked(path)
    if path.name.lower().endswith((".csv", ".csv.gz")):
        _check_width(path)


def find_hostile_values(
    con: duckdb.DuckDBPyConnection, tables: Sequence[str], files: Sequence[File], limits: Mapping[str, int]
) -> list[Problem]:
    """Return the texts of typed tables that a spreadsheet would run, or that are longer than their column's limit."""
    problems = []
    for table in tables:
        described = con.execute(f"DESCRIBE typed_{table}").fetchall()
        for name in (row[0] for row in described if row[1] == "VARCHAR"):
            column = quote_identifier(name)
            limit = limits.get(name, MAX_TEXT)
            is_formula = f"regexp_matches({column}, {quote_literal(_FORMULA)})"
            for condition, what, remedy in (
                (
                    is_formula,
                    Phrase("a text that a spreadsheet would run as a formula"),
                    Phrase("Remove those rows, or the first sign"),
                ),
                (
                    f"length({column}) > {limit}",
                    Phrase("a text of over {limit} characters", limit=limit),
                    Phrase("Shorten it"),
                ),
            ):
                problems += _find(con, table, name, condition, files, what=what, remedy=remedy)
    return problems


def _find(
    con: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    condition: str,
    files: Sequence[File],
    **words: Phrase,
) -> list[Problem]:
    rows, places = con.execute(
        f"SELECT count(*), list((_file, _row) ORDER BY _file, _row)[:{_MAX_PLACES}] FROM typed_{table} "
        f"WHERE {condition}"
    ).fetchall()[0]
    located = tuple(files[file].locate(row) for file, row in places or ())
    problem = Problem(table, name.strip(), words["what"], words["remedy"], rows, located, condition=condition)
    return [problem] if rows else []


def _check_unpacked(path: Path) -> None:
    unpacked = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > MAX_UNPACKED_BYTES:
                    message = Phrase(
                        "{file} unpacks to over {most:,} bytes; bring it in parts",
                        file=path.name,
                        most=MAX_UNPACKED_BYTES,
                    )
                    raise HistoryError(message)
    except (OSError, EOFError, zlib.error):
        raise HistoryError(Phrase("{file} cannot be unpacked; save it again", file=path.name)) from None


def _check_width(path: Path) -> None:
    """Raise HistoryError for a first line of more columns than the import takes."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        line = file.readline(MAX_LINE_BYTES + 1)
    if max(line.count(delimiter) for delimiter in (b",", b";", b"\t", b"|")) >= MAX_COLUMNS:
        raise HistoryError(
            Phrase("{file}: the first line names over {most:,} columns; remove some", file=path.name, most=MAX_COLUMNS)
        )

"""Find the files of a history and read each by its type."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...language import Phrase
from ..errors import HistoryError
from ..schema import INPUTS
from ..source_folder import check_source_folder
from ..sql import quote_identifier, quote_literal
from .csv_files import CsvDialect, read_csv
from .excel import read_excel
from .sources import File, Source, build_file_source, check_column_names

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")


def find_tables(folder: Path, copies: Path) -> dict[str, list[Source]]:
    """Return the tables that lie in a folder; what the engine cannot read is copied into ``copies``.

    A table lies in ``<table>.csv`` (or .csv.gz, .parquet, .xlsx), or in several files ``<table>-<anything>.csv``.
    Raises HistoryError if the folder does not exist, a file lies there in two types, or a header cannot be read.
    """
    check_source_folder(folder)
    paths: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
        stem = path.name.removesuffix(suffix or "")
        table = stem.partition("-")[0]
        if suffix is None or table not in INPUTS or not path.is_file():
            continue
        files = paths.setdefault(table, {})
        if stem in files:
            raise HistoryError(
                Phrase(
                    "{folder} holds the table {table} twice, as {file} and {other}; keep one of them",
                    folder=str(folder),
                    table=stem,
                    file=files[stem].name,
                    other=path.name,
                )
            )
        files[stem] = path
    return {
        table: [read_file(path, CsvDialect(), copies) for path in paths[table].values()]
        for table in INPUTS
        if table in paths
    }


def read_file(path: Path, dialect: CsvDialect, copies: Path) -> Source:
    """Return the rows of a file, every value as text. Raises HistoryError."""
    if path.suffix == ".parquet":
        return _read_parquet(path)
    return read_excel(path, dialect, copies) if path.suffix == ".xlsx" else read_csv(path, dialect, copies)


def _read_parquet(path: Path) -> Source:
    try:
        columns = check_column_names(pq.read_schema(path).names, path)
    except (pa.ArrowException, OSError):
        raise HistoryError(Phrase("{file} cannot be read as Parquet; write it again", file=path.name)) from None
    texts = ", ".join(f"CAST({quote_identifier(name)} AS VARCHAR) AS {quote_identifier(name)}" for name in columns)
    return build_file_source(
        f"SELECT {texts} FROM read_parquet({quote_literal(str(path))})", columns, File.with_row_numbers(path)
    )

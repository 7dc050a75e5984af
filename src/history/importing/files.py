"""Finding the files of a history, and reading each by what it is."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import HistoryError
from ..schema import INPUTS
from ..sql import quote_identifier, quote_literal
from .csv_files import CsvDialect, read_csv
from .excel import read_excel
from .sources import File, Source, build_file_source, check_column_names

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")


def find_tables(folder: Path, scratch: Path) -> dict[str, list[Source]]:
    """The tables that lie in ``folder``: each in ``<table>.csv`` (or .csv.gz, .parquet, .xlsx), or in several files
    ``<table>-<anything>.csv``.

    Raises HistoryError where the folder is none, a file lies there in two forms, or a header cannot be read.
    """
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds leads, purchases and launches")
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
        stem = path.name.removesuffix(suffix or "")
        table = stem.partition("-")[0]
        if suffix is None or table not in INPUTS or not path.is_file():
            continue
        files = found.setdefault(table, {})
        if stem in files:
            raise HistoryError(
                f"{folder} holds the table {stem} twice, as {files[stem].name} and {path.name}; keep one of them"
            )
        files[stem] = path
    return {
        table: [read_file(path, CsvDialect(), scratch) for path in found[table].values()]
        for table in INPUTS
        if table in found
    }


def read_file(path: Path, form: CsvDialect, scratch: Path) -> Source:
    """The rows of a file of ``form``, every value as text; what the engine cannot read is copied into ``scratch``.

    Raises HistoryError.
    """
    if path.suffix == ".parquet":
        return _parquet_source(path)
    return read_excel(path, form, scratch) if path.suffix == ".xlsx" else read_csv(path, form, scratch)


def _parquet_source(path: Path) -> Source:
    try:
        columns = check_column_names(pq.read_schema(path).names, path)
    except (pa.ArrowException, OSError):
        raise HistoryError(f"{path.name} cannot be read as Parquet; write it again") from None
    texts = ", ".join(f"CAST({quote_identifier(name)} AS VARCHAR) AS {quote_identifier(name)}" for name in columns)
    return build_file_source(
        f"SELECT {texts} FROM read_parquet({quote_literal(str(path))})", columns, File.numbered(path)
    )

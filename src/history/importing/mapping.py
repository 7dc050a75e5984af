"""A mapping file: how exports become the four tables, and rates if it has them.

TOML; docs/importing.md explains every key. Each ``[source.<name>]`` names a file of the source folder, or several of
the same columns (``file`` = a name, a pattern such as ``sales-*.csv``, or a list), and how it is written where that is
not CSV in UTF-8 with commas and a header line: ``delimiter``, ``encoding``, ``header`` (the columns' names), ``skip``
(lines above), ``sheet``, ``timezone``, ``times`` and ``numbers`` (formats of columns, see ``declared_formats``). Its
``computed`` columns are SQL expressions over all of its rows. Each ``[<table>]``, or each of several ``[[<table>]]``,
says where its rows come from:

``from``      a source's name
``keep``      a SQL condition; the rows without it are left out and counted
``group_by``  columns of the source whose equal values make one row
``columns``   a SQL expression (DuckDB) over the source's columns for each column of the table

``[[launches]]`` rows may be written out instead; ``timezone`` names the zone of times without an offset. Every source
value is text until an expression casts it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..errors import HistoryError
from ..schema import INPUTS
from ..sql import quote_identifier, quote_literal
from .csv_files import CsvDialect, is_known_encoding
from .declared_formats import apply_formats
from .files import read_file
from .sources import File, Source, concatenate_sources

_KEYS = {"source": dict, "timezone": str} | dict.fromkeys(INPUTS, (dict, list))
_SOURCE_KEYS = dict.fromkeys(("delimiter", "encoding", "sheet", "timezone"), str) | {
    "file": (str, list),
    "header": list,
    "skip": int,
    "times": dict,
    "numbers": dict,
    "computed": dict,
}
_TABLE_KEYS = {"from": str, "keep": str, "group_by": list, "columns": dict}
_TYPE_NAMES: dict[object, str] = {
    str: "a text",
    list: "a list",
    dict: "a section",
    int: "a whole number",
    (dict, list): "a section",
    (str, list): "a text or a list",
}


@dataclass(frozen=True)
class MappedTables:
    """The tables of a folder of exports.

    Attributes
    ----------
    tables
        The sources of each table of the contract.
    left_out
        For each table SQL that counts the rows that the mapping does not keep.
    timezone
        The time zone that the mapping names for times without an offset.
    """

    tables: dict[str, list[Source]]
    left_out: dict[str, list[str]] = field(default_factory=dict)
    timezone: str | None = None


def read_mapping(path: Path, folder: Path, copies: Path) -> MappedTables:
    """Read the mapping file at ``path`` over the exports in ``folder``, with copies in ``copies``.

    Raises HistoryError.
    """
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HistoryError(f"the mapping {path.name} cannot be read: {error}") from None
    _check(declared, _KEYS, path.name)
    sources = {name: _read_source(name, spec, folder, copies) for name, spec in declared.pop("source", {}).items()}
    timezone = declared.pop("timezone", None)
    tables: dict[str, list[Source]] = {}
    left_out: dict[str, list[str]] = {}
    for table, spec in declared.items():
        parts = spec if isinstance(spec, list) else [spec]
        if not all(isinstance(part, dict) for part in parts):
            raise HistoryError(f"{table} must be a section of the mapping, [{table}]")
        rows = [part for part in parts if isinstance(spec, list) and "from" not in part]
        mapped = [_map_table(table, part, sources) for part in parts if part not in rows]
        tables[table] = [source for source, _ in mapped] + ([_build_literal_rows(rows, path)] if rows else [])
        if mapped:
            left_out[table] = [count for _, count in mapped]
    return MappedTables(tables, left_out, timezone)


def _read_source(name: str, spec: Mapping[str, Any], folder: Path, copies: Path) -> Source:
    where = f"source.{name}"
    _check(spec, _SOURCE_KEYS, where)
    dialect = CsvDialect(
        spec.get("delimiter", ","),
        spec.get("encoding", "utf-8"),
        tuple(map(str, spec["header"])) if "header" in spec else None,
        spec.get("skip", 0),
        spec.get("sheet"),
    )
    if len(dialect.delimiter) != 1 or dialect.delimiter in '"\r\n':
        raise HistoryError(f"{where}: delimiter must be one character, and no quote or line break")
    if not is_known_encoding(dialect.encoding):
        raise HistoryError(f"{where}: unknown encoding {dialect.encoding!r}; common are utf-8, windows-1252 and utf-16")
    if dialect.skip < 0:
        raise HistoryError(f"{where}: skip must be a number of lines")
    source = concatenate_sources(
        [read_file(path, dialect, copies) for path in _find_files(where, spec.get("file", ""), folder)]
    )
    source = apply_formats(source, where, spec.get("times", {}), spec.get("numbers", {}))
    return replace(_add_computed(source, spec.get("computed", {})), timezone=spec.get("timezone"))


def _add_computed(source: Source, expressions: Mapping[str, str]) -> Source:
    """Return a source with computed columns; each may use those before it."""
    for name, sql in expressions.items():
        rows = f"SELECT *, ({sql}) AS {quote_identifier(name)} FROM ({source.sql})"
        source = replace(source, sql=rows, columns=(*source.columns, name))
    return source


def _find_files(where: str, names: str | list[str], folder: Path) -> list[Path]:
    """Return the files that a source names, each once. Raises HistoryError for a name that no file has."""
    files: dict[Path, None] = {}
    for name in [names] if isinstance(names, str) else map(str, names):
        exact = folder / name
        paths = [exact] if exact.is_file() else sorted(_match_files(folder, name))
        if not paths:
            raise HistoryError(f"{where}: there is no file {name!r} in {folder}")
        files |= dict.fromkeys(paths)
    return list(files)


def _match_files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and path.match(pattern)] if folder.is_dir() else []


def _map_table(table: str, spec: Mapping[str, Any], sources: Mapping[str, Source]) -> tuple[Source, str]:
    _check(spec, _TABLE_KEYS, table)
    source = sources.get(spec.get("from", ""))
    if source is None:
        raise HistoryError(f"{table}: 'from' must name one of the sources {', '.join(sources) or '(none declared)'}")
    keep, columns = spec.get("keep", "true"), spec.get("columns", {})
    group = [quote_identifier(name) for name in spec.get("group_by", [])]
    origin_sql = "_file, _row, _unread"
    if group:  # the first row of a group stands for it
        origin_sql = (
            "min(_file) AS _file, min_by(_row, (_file, _row)) AS _row, list_distinct(flatten(list(_unread))) AS _unread"
        )
    texts = "".join(f"CAST(({sql}) AS VARCHAR) AS {quote_identifier(name)}, " for name, sql in columns.items())
    sql = f"SELECT {texts}{origin_sql} FROM ({source.sql}) WHERE ({keep})"
    sql += f" GROUP BY {', '.join(group)}" if group else ""
    left_out = f"SELECT count(*) FROM ({source.sql}) WHERE NOT coalesce(({keep}), false)"
    return replace(source, sql=sql, columns=tuple(columns)), left_out


def _build_literal_rows(rows: list[Mapping[str, object]], path: Path) -> Source:
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    values = [
        ", ".join([*(_quote_value(row.get(name)) for name in columns), "0", str(number), "CAST([] AS VARCHAR[])"])
        for number, row in enumerate(rows, 1)
    ]
    names = ", ".join([*map(quote_identifier, columns), "_file", "_row", "_unread"])
    sql = f"SELECT * FROM (VALUES ({'), ('.join(values)})) AS written({names})"
    return Source(sql, columns, (File.with_row_numbers(path),))


def _quote_value(value: object) -> str:
    text = value.isoformat() if isinstance(value, (date, datetime)) else value
    return "CAST(NULL AS VARCHAR)" if text is None else quote_literal(str(text))


def _check(spec: object, types: Mapping[str, Any], where: str) -> None:
    """Raise HistoryError if ``spec`` is no section, or one of its keys is unknown or of another type."""
    if not isinstance(spec, dict):
        raise HistoryError(f"{where} must be a section of the mapping, [{where}]")
    unknown = sorted(set(spec) - set(types))
    if unknown:
        raise HistoryError(f"{where}: unknown {', '.join(unknown)}; known are {', '.join(sorted(types))}")
    for key, value in spec.items():
        if not isinstance(value, types[key]):
            raise HistoryError(f"{where}: {key} must be {_TYPE_NAMES[types[key]]}")

"""A mapping file: how a foreign export becomes the four tables, and rates where it has them.

TOML. Each ``[source.<name>]`` names a file of the source folder (``file``, and where they differ from a comma and a
header line, ``delimiter`` and ``header`` = the column names). Each ``[<table>]`` says where its rows come from:

``from``      a source's name
``keep``      a SQL condition; the rows without it are left out and counted
``group_by``  columns of the source whose equal values make one row
``columns``   a SQL expression (DuckDB) over the source's columns for each column of the table

``[[launches]]`` rows may be written out instead; ``timezone`` names the zone of times without an offset. Every source
value is text until an expression casts it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from history.errors import HistoryError
from history.schema import INPUTS
from history.sources import Source, csv_source, literal, parquet_source, quoted

_KEYS = {"source": dict, "timezone": str} | dict.fromkeys(INPUTS, (dict, list))
_SOURCE_KEYS = {"file": str, "delimiter": str, "header": list}
_TABLE_KEYS = {"from": str, "keep": str, "group_by": list, "columns": dict}
_SHAPES = {str: "a text", list: "a list", dict: "a section", (dict, list): "a section"}


@dataclass(frozen=True)
class MappedTables:
    """The tables that a mapping makes of a folder; ``left_out`` is SQL counting the rows it does not keep."""

    tables: dict[str, Source]
    left_out: dict[str, str]
    timezone: str | None


def read_mapping(path: Path, folder: Path) -> MappedTables:
    """Read the mapping file at ``path`` over the exports in ``folder``. Raises HistoryError."""
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HistoryError(f"the mapping {path.name} cannot be read: {error}") from None
    _check(declared, _KEYS, path.name)
    sources = {name: _source(name, spec, folder) for name, spec in declared.pop("source", {}).items()}
    timezone = declared.pop("timezone", None)
    tables, left_out = {}, {}
    for table, spec in declared.items():
        if isinstance(spec, list):
            tables[table] = _written_out(spec, path)
        else:
            tables[table], left_out[table] = _mapped(table, spec, sources)
    return MappedTables(tables, left_out, timezone)


def _source(name: str, spec: Mapping[str, Any], folder: Path) -> Source:
    _check(spec, _SOURCE_KEYS, f"source.{name}")
    path = folder / spec.get("file", "")
    if not path.is_file():
        raise HistoryError(f"source.{name}: there is no file {spec.get('file')!r} in {folder}")
    if path.suffix == ".parquet":
        return parquet_source(path)
    delimiter = spec.get("delimiter", ",")
    if len(delimiter) != 1:
        raise HistoryError(f"source.{name}: delimiter must be one character")
    return csv_source(path, delimiter, spec.get("header"))


def _mapped(table: str, spec: Mapping[str, Any], sources: Mapping[str, Source]) -> tuple[Source, str]:
    _check(spec, _TABLE_KEYS, table)
    source = sources.get(spec.get("from", ""))
    if source is None:
        raise HistoryError(f"{table}: 'from' must name one of the sources {', '.join(sources) or '(none declared)'}")
    keep, columns = spec.get("keep", "true"), spec.get("columns", {})
    group = [quoted(name) for name in spec.get("group_by", [])]
    place = "min(_file) AS _file, min(_row) AS _row" if group else "_file, _row"
    texts = "".join(f"CAST(({sql}) AS VARCHAR) AS {quoted(name)}, " for name, sql in columns.items())
    sql = f"SELECT {texts}{place} FROM ({source.sql}) WHERE ({keep})"
    sql += f" GROUP BY {', '.join(group)}" if group else ""
    left_out = f"SELECT count(*) FROM ({source.sql}) WHERE NOT coalesce(({keep}), false)"
    return replace(source, sql=sql, columns=tuple(columns)), left_out


def _written_out(rows: list[Mapping[str, Any]], path: Path) -> Source:
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    values = [
        ", ".join([*(_value(row.get(name)) for name in columns), literal(str(path)), str(number)])
        for number, row in enumerate(rows, 1)
    ]
    names = ", ".join([*map(quoted, columns), "_file", "_row"])
    return Source(f"SELECT * FROM (VALUES ({'), ('.join(values)})) AS written({names})", columns, (path,))


def _value(value: object) -> str:
    text = value.isoformat() if isinstance(value, (date, datetime)) else value
    return "CAST(NULL AS VARCHAR)" if text is None else literal(str(text))


def _check(spec: object, known: Mapping[str, Any], where: str) -> None:
    """Raise HistoryError where ``spec`` is no section, or one of its keys is unknown or of another shape."""
    if not isinstance(spec, dict):
        raise HistoryError(f"{where} must be a section of the mapping, [{where}]")
    unknown = sorted(set(spec) - set(known))
    if unknown:
        raise HistoryError(f"{where}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    for key, value in spec.items():
        if not isinstance(value, known[key]):
            raise HistoryError(f"{where}: {key} must be {_SHAPES[known[key]]}")

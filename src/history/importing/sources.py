"""A table as the import reads it: text columns from files, each row with its location in a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...language import Phrase
from ..errors import HistoryError
from ..sql import quote_identifier

MAX_COLUMNS = 5_000
_RESERVED_COLUMNS = {"_file", "_row", "_unread"}
SUGGEST_HINT = "`hotleads import --suggest SRC` proposes a mapping"


def _locate_by_number(path: Path) -> Callable[[int], str]:
    return lambda row: f"{path.name}, row {row}"


@dataclass(frozen=True)
class File:
    """One file of a source.

    Attributes
    ----------
    path
        The file.
    locate
        Returns the location of a row (from 1), such as ``sales.csv:12``.
    locate_record
        The same of a record as the engine counts them in its errors, headers and empty lines included; None where the
        engine counts rows.
    copy
        The copy in UTF-8 that the engine reads if it cannot read the file itself.
    """

    path: Path
    locate: Callable[[int], str]
    locate_record: Callable[[int], str] | None = None
    copy: Path | None = None

    @classmethod
    def with_row_numbers(cls, path: Path, copy: Path | None = None) -> "File":
        """Return a file whose rows have numbers instead of lines."""
        return cls(path, _locate_by_number(path), copy=copy)


@dataclass(frozen=True)
class Source:
    """Rows of one table.

    Attributes
    ----------
    sql
        A query of text columns, and beside them ``_file`` (index in ``files``), ``_row`` (the row in it, from 1) and
        ``_unread`` (the columns whose value is not in the declared format).
    columns
        The names of the text columns.
    files
        The files that the rows come from.
    timezone
        The time zone of its times without an offset; None: the import's.
    formats
        The declared format of columns.
    """

    sql: str
    columns: tuple[str, ...]
    files: tuple[File, ...]
    timezone: str | None = None
    formats: Mapping[str, str] = field(default_factory=dict)


def build_file_source(select: str, columns: tuple[str, ...], file: File, row: str = "row_number() OVER ()") -> Source:
    """Return the source of one file; ``select`` is SQL of its columns in file order, ``row`` of the row number."""
    names = ", ".join(map(quote_identifier, columns))
    sql = f"SELECT {names}, 0 AS _file, {row} AS _row, CAST([] AS VARCHAR[]) AS _unread FROM ({select})"
    return Source(sql, columns, (file,))


def concatenate_sources(sources: Sequence[Source]) -> Source:
    """Return sources with the same columns, in any order, as one. Raises HistoryError for columns that differ."""
    first = sources[0]
    for other in sources[1:]:
        different = sorted(set(first.columns) ^ set(other.columns))
        if different:
            raise HistoryError(
                Phrase(
                    "{file} and {other} differ in {columns}; files of one source need the same columns: declare a "
                    "source for each",
                    file=other.files[0].path.name,
                    other=first.files[0].path.name,
                    columns=_abbreviate(different),
                )
            )
    if len(sources) == 1:
        return first
    names = ", ".join(map(quote_identifier, first.columns))
    selects = [
        f"SELECT {names}, {number} AS _file, _row, _unread FROM ({source.sql})" for number, source in enumerate(sources)
    ]
    files = tuple(file for source in sources for file in source.files)
    return replace(first, sql=" UNION ALL ".join(selects), files=files)


def check_column_names(names: Sequence[str], path: Path) -> tuple[str, ...]:
    """Return the column names of a file. Raises HistoryError for a name that is missing, reserved or repeated.

    Names that differ only in case are one in SQL.
    """
    if not any(names):
        raise HistoryError(
            Phrase("{file}: the file has no header; the first line must name the columns", file=path.name)
        )
    if len(names) > MAX_COLUMNS:
        message = Phrase(
            "{file}: the header names {count:,} columns, over {most:,}; remove some",
            file=path.name,
            count=len(names),
            most=MAX_COLUMNS,
        )
        raise HistoryError(message)
    if not all(names):
        number = str(names.index("") + 1)
        raise HistoryError(
            Phrase(
                "{file}: column {number} of the header has no name; name or remove it", file=path.name, number=number
            )
        )
    lower = [name.lower() for name in names]
    reserved = sorted(set(lower) & _RESERVED_COLUMNS)
    if reserved:
        raise HistoryError(
            Phrase(
                "{file}: the import needs the name {name} itself; rename that column", file=path.name, name=reserved[0]
            )
        )
    repeated = sorted({name for name in names if lower.count(name.lower()) > 1})
    if repeated:
        message = Phrase(
            "{file}: the header names {names} more than once; keep one of each, or name the columns in a mapping "
            "(header = [...], skip = 1)",
            file=path.name,
            names=_abbreviate(repeated),
        )
        raise HistoryError(message, "repeated-names")
    if any("\0" in name for name in names):
        message = Phrase(
            "{file}: the header holds NUL bytes; save the file as CSV in UTF-8, or {hint}",
            file=path.name,
            hint=SUGGEST_HINT,
        )
        raise HistoryError(message, "wrong-encoding")
    return tuple(names)


def _abbreviate(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + ("..." if len(names) > 12 else "")

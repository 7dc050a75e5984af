"""A table as the import reads it: text columns out of files, each row with the place it came from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import HistoryError
from ..sql import quote_identifier

MAX_COLUMNS = 5_000
_OWN_COLUMNS = {"_file", "_row", "_unread"}
SUGGEST_HINT = "`hotleads import --suggest SRC` proposes a mapping"


def _numbered(path: Path) -> Callable[[int], str]:
    return lambda row: f"{path.name}, row {row}"


@dataclass(frozen=True)
class File:
    """One file of a source; ``place`` tells where its row (from 1) lies."""

    path: Path
    place: Callable[[int], str]
    #: Where the engine numbers records otherwise: the place of its record, headers and empty lines counted.
    place_of_record: Callable[[int], str] | None = None
    #: The copy in UTF-8 that the engine reads, where it cannot read the file itself.
    copy: Path | None = None

    @classmethod
    def numbered(cls, path: Path, copy: Path | None = None) -> "File":
        """A file whose rows have numbers, and no lines."""
        return cls(path, _numbered(path), copy=copy)


@dataclass(frozen=True)
class Source:
    """Rows of one table: SQL giving text columns, and beside them

    ``_file``    which of ``files`` (from 0), ``_row`` the row in it (from 1)
    ``_unread``  the declared columns whose value has not the declared form

    ``timezone`` is the zone of its times without an offset, where it is not the import's; ``forms`` says how each
    declared column must be written.
    """

    sql: str
    columns: tuple[str, ...]
    files: tuple[File, ...]
    timezone: str | None = None
    forms: Mapping[str, str] = field(default_factory=dict)


def build_file_source(select: str, columns: tuple[str, ...], file: File, row: str = "row_number() OVER ()") -> Source:
    """The source of one file, of which ``select`` gives the columns in the file's order, and ``row`` the row."""
    names = ", ".join(map(quote_identifier, columns))
    sql = f"SELECT {names}, 0 AS _file, {row} AS _row, CAST([] AS VARCHAR[]) AS _unread FROM ({select})"
    return Source(sql, columns, (file,))


def concatenate_sources(sources: Sequence[Source]) -> Source:
    """Files of the same columns, in any order of them, as one source. Raises HistoryError naming those that differ."""
    first = sources[0]
    for other in sources[1:]:
        differ = sorted(set(first.columns) ^ set(other.columns))
        if differ:
            raise HistoryError(
                f"{other.files[0].path.name} and {first.files[0].path.name} differ in {_some(differ)}; "
                "files of one source need the same columns: declare a source for each"
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
    """The column names of a file: each there, free, and once (names that differ in case alone are one in SQL)."""
    if not any(names):
        raise HistoryError(f"{path.name}: the file has no header; the first line must name the columns")
    if len(names) > MAX_COLUMNS:
        raise HistoryError(f"{path.name}: the header names {len(names):,} columns, over {MAX_COLUMNS:,}; remove some")
    if not all(names):
        raise HistoryError(f"{path.name}: column {names.index('') + 1} of the header has no name; name or remove it")
    folded = [name.lower() for name in names]
    taken = sorted(set(folded) & _OWN_COLUMNS)
    if taken:
        raise HistoryError(f"{path.name}: the import needs the name {taken[0]} itself; rename that column")
    twice = sorted({name for name in names if folded.count(name.lower()) > 1})
    if twice:
        raise HistoryError(
            f"{path.name}: the header names {_some(twice)} more than once; keep one of each, or name the columns "
            "in a mapping (header = [...], skip = 1)"
        )
    if any("\0" in name for name in names):
        raise HistoryError(f"{path.name}: the header holds NUL bytes; save the file as CSV in UTF-8, or {SUGGEST_HINT}")
    return tuple(names)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + ("..." if len(names) > 12 else "")

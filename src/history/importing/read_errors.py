"""What the engine says of a file that is no table, told without the values that it quotes: they may be personal."""

import re

import duckdb

from ..errors import Problem
from .csv_files import MAX_LINE_BYTES
from .sources import SUGGEST_HINT, File, Source

# The engine's words, what they mean, the remedy.
_MEANINGS = (
    (
        r"^Expected Number of Columns: (\d+) Found: (\d+)",
        "a row of {1} fields where {0} columns are named",
        "Complete it, and put quotes around fields that hold the delimiter",
    ),
    (
        r"^Value with unterminated quote",
        "a quote that its field does not close",
        "Close it; double those inside a field",
    ),
    (
        r"^Invalid unicode",
        "bytes that are not UTF-8",
        f"Save the file in UTF-8, or declare its encoding: {SUGGEST_HINT}",
    ),
    (
        r"^Maximum line size",
        f"a line of more than {MAX_LINE_BYTES:,} bytes",
        "Look for a quote that is opened there and never closed",
    ),
    (
        r"The CSV Parser state machine reached an invalid state",
        "line breaks of several kinds, or quotes that do not match",
        "Save the file as CSV again",
    ),
)
_QUOTED = re.compile(r"""(["'])(?:.*\1|.*)""")  # from the first quote to its last like, or to the end


def describe_read_error(table: str, source: Source, error: duckdb.Error) -> Problem:
    """The problem that the engine met in reading ``source``, with the place where it names one."""
    said = str(error)
    files = _named(source.files, said)
    record = re.search(r"^.*CSV Error on Line: (\d+)$", said, re.MULTILINE)
    places = tuple(file.path.name for file in files)
    if record and len(files) == 1 and files[0].place_of_record:
        places = (files[0].place_of_record(int(record[1])),)
    for words, what, remedy in _MEANINGS:
        found = re.search(words, said, re.MULTILINE)
        if found:
            return Problem(table, "", what.format(*found.groups()), remedy, places=places)
    what = f"it cannot be read as a table: {_first_line(error)}"
    return Problem(table, "", what, "Mend the file, or the expressions of its mapping", places=places)


def _named(files: tuple[File, ...], said: str) -> tuple[File, ...]:
    """The file that the engine names, else all that it may have been."""
    named = re.search(r"^  file = (.*)$", said, re.MULTILINE)
    return tuple(file for file in files if named and named[1] == str(file.copy or file.path)) or files


def _first_line(error: duckdb.Error) -> str:
    line = next((line for line in str(error).splitlines() if line.strip()), "")
    names_columns = isinstance(error, (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException))
    return line if names_columns else _QUOTED.sub("(value)", line)

"""The engine's errors about a file as problems, without the values that it quotes: they may be personal."""

import re

import duckdb

from ...language import Phrase, mark
from ..errors import Problem
from .csv_files import MAX_LINE_BYTES
from .sources import SUGGEST_HINT, File, Source

# The engine's message, what it means, the remedy, the kind of problem.
_MEANINGS = (
    (
        r"^Expected Number of Columns: (?P<named>\d+) Found: (?P<found>\d+)",
        mark("a row of {found} fields where {named} columns are named"),
        Phrase("Complete it, and put quotes around fields that hold the delimiter"),
        "",
    ),
    (
        r"^Value with unterminated quote",
        mark("a quote that its field does not close"),
        Phrase("Close it; double those inside a field"),
        "",
    ),
    (
        r"^Invalid unicode",
        mark("bytes that are not UTF-8"),
        Phrase("Save the file in UTF-8, or declare its encoding: {hint}", hint=SUGGEST_HINT),
        "wrong-encoding",
    ),
    (
        r"^Maximum line size",
        mark("a line of more than {most:,} bytes"),
        Phrase("Look for a quote that is opened there and never closed"),
        "",
    ),
    (
        r"The CSV Parser state machine reached an invalid state",
        mark("line breaks of several kinds, or quotes that do not match"),
        Phrase("Save the file as CSV again"),
        "",
    ),
)
_QUOTED = re.compile(r"""(["'])(?:.*\1|.*)""")  # from the first quote to its last like, or to the end


def describe_read_error(table: str, source: Source, error: duckdb.Error) -> Problem:
    """Return the problem of reading a source, with the location if the engine names one."""
    message = str(error)
    files = _find_files(source.files, message)
    record = re.search(r"^.*CSV Error on Line: (\d+)$", message, re.MULTILINE)
    places = tuple(file.path.name for file in files)
    if record and len(files) == 1 and files[0].locate_record:
        places = (files[0].locate_record(int(record[1])),)
    for pattern, what, remedy, kind in _MEANINGS:
        match = re.search(pattern, message, re.MULTILINE)
        if match:
            said = Phrase(what, **match.groupdict(), most=MAX_LINE_BYTES)
            return Problem(table, "", said, remedy, places=places, kind=kind)
    unknown = Phrase("it cannot be read as a table: {message}", message=_get_first_line(error))
    remedy = Phrase("Correct the file, or the expressions of its mapping")
    return Problem(table, "", unknown, remedy, places=places, kind="unreadable")


def _find_files(files: tuple[File, ...], message: str) -> tuple[File, ...]:
    """Return the file that the engine names, else all files."""
    named = re.search(r"^  file = (.*)$", message, re.MULTILINE)
    return tuple(file for file in files if named and named[1] == str(file.copy or file.path)) or files


def _get_first_line(error: duckdb.Error) -> str:
    line = next((line for line in str(error).splitlines() if line.strip()), "")
    names_columns = isinstance(error, (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException))
    return line if names_columns else _QUOTED.sub("(value)", line)

"""The last lines of an export that are no rows: who made it, when, and that it is confidential."""

import codecs
import csv
from pathlib import Path

from ..history.importing.csv_files import CsvDialect
from ..history.importing.type_inference import are_emails

_TAIL_BYTES = 1 << 16
_MIN_COLUMNS, _MAX_LINES = 3, 30
#: Encodings of which a line break is one byte.
_ENCODINGS = {"utf-8", "cp1252", "iso8859-1"}


def strip_footer(path: Path, dialect: CsvDialect, columns: int, copies: Path) -> tuple[Path, int]:
    """Return the file, or a copy of it without the footer, and how many lines were left out.

    A footer's lines stand after the last row, and hold one field, or none, where the table has three columns or more.
    Salesforce ends every report with six of them.

    Parameters
    ----------
    path
        A CSV file.
    dialect
        How it is written.
    columns
        How many columns it has.
    copies
        A folder for the copy, which has the file's name.
    """
    if columns < _MIN_COLUMNS or path.suffix == ".gz" or codecs.lookup(dialect.encoding).name not in _ENCODINGS:
        return path, 0
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(size - _TAIL_BYTES, 0))
        lines = file.read().splitlines(keepends=True)
    footer: list[bytes] = []
    texts = 0
    for line in reversed(lines[1:][-_MAX_LINES:]):
        fields = next(csv.reader([line.decode(dialect.encoding, "replace").strip()], delimiter=dialect.delimiter), [])
        filled = [field.strip() for field in fields if field.strip()]
        if len(filled) > 1 or len(fields) == columns or are_emails(filled):
            break
        footer.append(line)
        texts += bool(filled)
    if not texts:
        return path, 0
    copy = copies / path.name
    with open(path, "rb") as file, open(copy, "wb") as out:
        out.write(file.read(size - sum(map(len, footer))))
    return copy, texts

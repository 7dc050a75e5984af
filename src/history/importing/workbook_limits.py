"""What a workbook is refused for before it is opened: it unpacks to too much, or holds a text that Excel does not."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ...language import Phrase
from ..errors import HistoryError

MAX_UNPACKED_BYTES = 500_000_000
#: Excel itself holds no longer text in a cell.
MAX_CELL_CHARACTERS = 32_767
#: A letter has eight bytes at most, written as ``&#xABCD;`` is.
_MAX_TEXT_BYTES = 8 * MAX_CELL_CHARACTERS
_CHUNK = 1 << 20
_SHARED_TEXTS = "xl/sharedstrings.xml"
_SHEETS = "xl/worksheets/"
_CELL = rb'<(?:\w+:)?c [^<>]*?\br="([A-Z]+)(\d+)"[^<>]*>'
_SHARED_CELL = _CELL + rb"<(?:\w+:)?v>%d</"
_TEXT = re.compile(rb"<(?:\w+:)?si[ >]")
#: What is looked for across the border of two chunks is shorter.
_OVERLAP = 4_096


def check_workbook(path: Path) -> None:
    """Raise HistoryError for what is no workbook, unpacks to over the limit, or holds a text that is too long.

    What it unpacks to is counted, whatever size it states; nothing of it is kept.
    """
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                for chunk in _read_texts(archive, member, path):
                    unpacked += len(chunk)
                    if unpacked > MAX_UNPACKED_BYTES:
                        message = Phrase(
                            "{file} unpacks to more than {most:,} bytes; save the sheet as CSV",
                            file=path.name,
                            most=MAX_UNPACKED_BYTES,
                        )
                        raise HistoryError(message)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError):
        raise build_unreadable_error(path) from None


def build_unreadable_error(path: Path) -> HistoryError:
    """Return the error for what is no workbook."""
    return HistoryError(
        Phrase("{file} cannot be read as an Excel workbook; save it again as .xlsx or CSV", file=path.name)
    )


def build_text_error(path: Path, row: int, column: str) -> HistoryError:
    """Return the error for a text that is too long."""
    message = Phrase(
        "{file}, row {row}, column {column}: a text of over {most:,} characters, which Excel itself does not hold; "
        "remove it",
        file=path.name,
        row=str(row),
        column=column,
        most=MAX_CELL_CHARACTERS,
    )
    return HistoryError(message)


def _read_texts(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    """Yield the chunks of a member. Raises HistoryError at the first text that is too long."""
    name = member.filename.lower()
    has_texts = name == _SHARED_TEXTS or name.startswith(_SHEETS)
    run, read, before = 0, 0, b""
    for chunk in _read_chunks(archive, member):
        yield chunk
        start, run = _find_long_text(chunk, run) if has_texts else (None, 0)
        if start is not None:
            if name == _SHARED_TEXTS:
                cell = _find_shared(archive, _count_texts(archive, member, read + start) - 1)
            else:
                cell = max(re.finditer(_CELL, before + chunk[:start]), key=re.Match.start, default=None)
            raise _build_error(path, cell)
        read, before = read + len(chunk), chunk[-_MAX_TEXT_BYTES - _OVERLAP :]


def _build_error(path: Path, cell: re.Match[bytes] | None) -> HistoryError:
    if cell is not None:
        return build_text_error(path, int(cell[2]), cell[1].decode())
    message = Phrase(
        "{file} holds a text of over {most:,} characters, which Excel itself does not; remove it",
        file=path.name,
        most=MAX_CELL_CHARACTERS,
    )
    return HistoryError(message)


def _read_chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    member.file_size = 2 * MAX_UNPACKED_BYTES + _CHUNK  # read on beyond the size that it claims
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _find_long_text(chunk: bytes, run: int) -> tuple[int | None, int]:
    """Return where a text that is too long begins, if there is one, and how many bytes of text the chunk ends with.

    ``run`` is the same of the chunk before.
    """
    start = -run  # of the text that is being read
    while True:
        end = start + _MAX_TEXT_BYTES
        if end >= len(chunk):
            last = chunk.rfind(b"<", max(start, 0))
            return None, len(chunk) - (last + 1 if last >= 0 else start)
        last = chunk.rfind(b"<", max(start, 0), max(end, 0))
        if last < 0:
            return max(start, 0), 0
        start = last + 1


def _count_texts(archive: zipfile.ZipFile, member: zipfile.ZipInfo, end: int) -> int:
    """Return how many shared texts begin before a byte."""
    count, before = 0, b""
    for chunk in _read_chunks(archive, member):
        text = before + chunk[:end]
        count += len(_TEXT.findall(text)) - len(_TEXT.findall(before))
        end -= len(chunk)
        if end <= 0:
            break
        before = chunk[-_OVERLAP:]
    return count


def _find_shared(archive: zipfile.ZipFile, number: int) -> re.Match[bytes] | None:
    """Return the first cell that holds a shared text."""
    for member in archive.infolist():
        if member.filename.lower().startswith(_SHEETS):
            before = b""
            for chunk in _read_chunks(archive, member):
                if found := re.search(_SHARED_CELL % number, before + chunk):
                    return found
                before = chunk[-_OVERLAP:]
    return None

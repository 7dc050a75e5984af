"""The list of leads as a file: the hottest first, with reasons in words and what each may be written to for."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.db.models import QuerySet

from ...jobs.formulas import is_formula
from ...language import Language
from ..feed.reasons import ReasonWriter
from ..models import CurrentScore, Purpose
from ..people.consent import list_permitted

_CHUNK_ROWS = 500
_REASONS = 3
_PURPOSES = (Purpose.EMAIL_MARKETING, Purpose.PHONE_MARKETING, Purpose.ADS_SHARING)
COLUMNS = (
    *("lead_id", "email", "name", "phone", "launch_id", "tier", "score", "probability", "state", "as_of"),
    *(f"reason_{number + 1}" for number in range(_REASONS)),
    *(f"may_{purpose.value}" for purpose in _PURPOSES),
)


def write_csv(scores: QuerySet[CurrentScore], language: Language) -> tuple[IO[bytes], int]:
    """Return a file of CSV and how many leads it has; a cell that a spreadsheet could run gets an apostrophe."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for row in _iter_rows(scores, language):
        writer.writerow([f"'{value}" if isinstance(value, str) and is_formula(value) else value for value in row])
        count += 1
    text.detach()
    file.seek(0)
    return file, count


def write_workbook(scores: QuerySet[CurrentScore], language: Language) -> tuple[IO[bytes], int]:
    """Return an Excel workbook and how many leads it has; every text in it stays a text."""
    import pandas as pd

    from ...jobs.spreadsheet import SheetWriter

    writer = SheetWriter("leads", COLUMNS)
    count = 0
    for rows in _chunk(_iter_rows(scores, language)):
        writer.append(pd.DataFrame(rows, columns=list(COLUMNS)))
        count += len(rows)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        writer.save(Path(file.name))
        return Path(file.name).open("rb"), count


def _iter_rows(scores: QuerySet[CurrentScore], language: Language) -> Iterator[list[Any]]:
    writer = ReasonWriter(language)
    for chunk in _chunk(scores.select_related("contact", "launch").iterator(_CHUNK_ROWS)):
        ids = [score.contact_id for score in chunk]
        permitted = [list_permitted(ids, purpose) for purpose in _PURPOSES]
        for score in chunk:
            reasons = [reason["text"] for reason in writer.write_reasons(score)[:_REASONS]]
            yield _build_row(score, reasons, ["yes" if score.contact_id in some else "no" for some in permitted])


def _build_row(score: CurrentScore, reasons: list[str], may: list[str]) -> list[Any]:
    contact = score.contact
    return [
        *(contact.pk, contact.email or "", contact.name or "", contact.phone or "", score.launch.key),
        *(score.tier, score.score, score.probability, score.state, score.as_of.isoformat()),
        *reasons,
        *[""] * (_REASONS - len(reasons)),
        *may,
    ]


def _chunk(rows: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

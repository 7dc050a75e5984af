"""Rows of pulls: in small transactions, each with the counts and the scores that follow from it."""

from collections.abc import Callable, Sequence

from ...engine.arrivals import request_scoring
from ...models.rollups import update_rollups
from ...models.write_turns import write_in_turn
from ..row_writer import Row, WriteOptions, WrittenRows

#: What one transaction writes: within SQLite's 100 ms.
CHUNK_ROWS = 100
Write = Callable[[Sequence[Row], WriteOptions, WrittenRows], Sequence[int | None]]


def write_rows(rows: Sequence[Row], options: WriteOptions, written: WrittenRows, write: Write) -> None:
    """Write rows by a function of ``row_writer`` or ``event_writer``, and have their leads counted and scored."""
    for start in range(0, len(rows), CHUNK_ROWS):
        with write_in_turn():
            before = written.new
            found = write(rows[start : start + CHUNK_ROWS], options, written)
            if written.new > before:
                contact_ids = {contact_id for contact_id in found if contact_id is not None}
                update_rollups(contact_ids)
                request_scoring(contact_ids)

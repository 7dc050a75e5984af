"""Write the staged rows of an upload: in chunks, under a batch that the last transaction makes visible."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ...history.timestamps import EPOCH
from ..models import Launch
from ..models.purchase import SALE_STATUSES
from ..models.write_turns import write_in_turn
from .reading import StagedRows
from .row_writer import Row, WriteOptions, WrittenRows, find_untold, write_capture_rows, write_purchase_rows

#: What one transaction writes: within SQLite's 100 ms.
CHUNK_ROWS = 60
_INSTANTS = ("captured_at", "occurred_at")


def write_captures(
    staged: StagedRows, options: WriteOptions, progress: Callable[[int], None] = lambda rows: None
) -> WrittenRows:
    """Write the staged rows of leads as captures of their contacts, with the consent that the owner declares."""
    written = WrittenRows()
    launches = dict(Launch.objects.values_list("key", "pk"))
    options = replace(options, consents_by_row="consent" in staged.columns)
    for rows in _read_chunks(staged, "SELECT * FROM typed_leads ORDER BY _file, _row"):
        with write_in_turn():
            write_capture_rows(rows, options, written, launches)
        progress(written.rows)
    return written


def write_purchases(
    staged: StagedRows, options: WriteOptions, progress: Callable[[int], None] = lambda rows: None
) -> WrittenRows:
    """Write the staged rows of purchases. A sale of the owner's, or an issued slip, permits service messages."""
    written = WrittenRows()
    query = (
        "SELECT typed_leads.* EXCLUDE (country, language), typed_purchases.* EXCLUDE (lead_id, _bad, _file, _row) "
        "FROM typed_purchases JOIN typed_leads USING (lead_id) ORDER BY typed_purchases._file, typed_purchases._row"
    )
    for rows in _read_chunks(staged, query):
        with write_in_turn():
            kept = find_untold(rows) if staged.taken_back else rows
            written.repeated += len(rows) - len(kept)
            own = [row for row in kept if _is_own_sale(row)]
            others = [row for row in kept if not _is_own_sale(row)]
            write_purchase_rows(own, replace(options, by_file=False), written)
            write_purchase_rows(others, options, written)
        progress(written.rows)
    nobody = "SELECT count(*) FROM typed_leads WHERE lead_id NOT IN (SELECT lead_id FROM typed_purchases)"
    written.nameless += int(staged.connection.execute(nobody).fetchall()[0][0])
    return written


def _read_chunks(staged: StagedRows, query: str) -> Iterator[list[dict[str, Any]]]:
    """Yield rows by their columns' names; instants are aware."""
    described = staged.connection.execute(f"DESCRIBE {query}").fetchall()
    names = [row[0] for row in described]
    instants = [name for name in _INSTANTS if name in names]
    selected = "*" + (f" REPLACE ({', '.join(f'epoch_us({name}) AS {name}' for name in instants)})" if instants else "")
    cursor = staged.connection.cursor().execute(f"SELECT {selected} FROM ({query})")
    while tuples := cursor.fetchmany(CHUNK_ROWS):
        rows = [dict(zip(names, values, strict=True)) for values in tuples]
        for row in rows:
            row.update({name: EPOCH + timedelta(microseconds=row[name]) for name in instants})
        yield rows


def _is_own_sale(row: Row) -> bool:
    return not row["seller_id"] and row["status"] in SALE_STATUSES

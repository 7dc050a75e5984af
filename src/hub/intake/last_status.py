"""Reports that have each sale once, with its last status: what was taken back is told as paid, and as taken back.

Such a report no longer says that a sale was paid, and says when it was sold where it was taken back: taken as it
stands, its buyer would never have bought.
"""

import duckdb

from ...history.importing.suggested_table import GUARANTEE_DAYS
from ...history.sql import quote_literal
from ..models.purchase import SALE_STATUSES, TAKEN_BACK_STATUSES
from .file_fields import NO_TRANSACTION


def split_last_status(con: duckdb.DuckDBPyConnection) -> int:
    """Make two rows of each sale in ``typed_purchases`` that was taken back, where each sale has one row.

    The second one's time is made up: a buyer at a distance may take a purchase back within ``GUARANTEE_DAYS``.

    Returns
    -------
    int
        How many sales were taken back; 0 where the rows stay as they are.
    """
    is_sale = f"status IN ({', '.join(map(quote_literal, SALE_STATUSES))})"
    is_taken_back = f"status IN ({', '.join(map(quote_literal, TAKEN_BACK_STATUSES))})"
    taken_back, sales, rows, transactions, nameless = con.execute(
        f"SELECT count_if({is_taken_back}), count_if({is_sale}), count(*), count(DISTINCT transaction_id), "
        f"count_if(starts_with(transaction_id, {quote_literal(NO_TRANSACTION)})) FROM typed_purchases"
    ).fetchall()[0]
    if not (taken_back and sales) or nameless or transactions < rows:
        return 0
    paid = f"SELECT * REPLACE ('approved' AS status) FROM typed_purchases WHERE {is_taken_back}"
    con.execute(f"INSERT INTO typed_purchases {paid}")
    con.execute(
        f"UPDATE typed_purchases SET occurred_at = occurred_at + INTERVAL {GUARANTEE_DAYS} DAY WHERE {is_taken_back}"
    )
    return int(taken_back)

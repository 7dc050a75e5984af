"""Sales told by lines: the price of a piece and how many of it, and several lines of one sale."""

from collections.abc import Mapping

import duckdb

from ...history.sql import quote_literal
from ..models.purchase import SALE_STATUSES
from .file_fields import HOTMART_TRANSACTION, PRICE_FIELDS


def build_amount_sql(fields: Mapping[str, str]) -> str:
    """Return SQL of an amount from that of the price of a piece and of how many; what is no number stays to be named.

    Parameters
    ----------
    fields
        SQL of the text of each field.
    """
    price, quantity = (f"trim({fields[name]})" for name in PRICE_FIELDS)
    numbers = [f"TRY_CAST({text} AS DECIMAL(18, 4))" for text in (price, quantity)]
    product = f"CAST(TRY_CAST({numbers[0]} * {numbers[1]} AS DECIMAL(18, 4)) AS VARCHAR)"
    is_empty = f"coalesce({price}, '') = '' OR coalesce({quantity}, '') = ''"
    return f"CASE WHEN {is_empty} THEN NULL ELSE coalesce({product}, {quantity} || ' x ' || {price}) END"


def split_lines(con: duckdb.DuckDBPyConnection) -> int:
    """Make a purchase of its own of each line of a sale that has several in ``typed_purchases``.

    In the history a transaction is paid once and has one product: of several lines with its id the first alone would
    count. A line's id has its product after the transaction's, and a number where a product has lines of several
    amounts. Lines that say the same stay one.

    Returns
    -------
    int
        How many lines these are.
    """
    same = "transaction_id, status, occurred_at, coalesce(recurrence_number, -1)"
    is_hotmart = f"regexp_full_match(transaction_id, {quote_literal(HOTMART_TRANSACTION)})"
    is_sale = f"status IN ({', '.join(map(quote_literal, SALE_STATUSES))})"
    line = "concat_ws(chr(31), coalesce(product_id, ''), coalesce(CAST(amount AS VARCHAR), ''))"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE invoices AS SELECT DISTINCT transaction_id FROM typed_purchases "
        f"WHERE {is_sale} AND NOT {is_hotmart} GROUP BY {same} HAVING count(DISTINCT {line}) > 1"
    )
    numbered = (
        "SELECT lead_id, dense_rank() OVER (PARTITION BY transaction_id, product_id, status ORDER BY amount) AS number "
        "FROM typed_purchases WHERE transaction_id IN (FROM invoices)"
    )
    (lines,) = con.execute(
        "UPDATE typed_purchases SET transaction_id = concat_ws(' / ', transaction_id, product_id, "
        f"CASE WHEN number > 1 THEN number END) FROM ({numbered}) AS lines "
        "WHERE lines.lead_id = typed_purchases.lead_id"
    ).fetchall()[0]
    return int(lines)

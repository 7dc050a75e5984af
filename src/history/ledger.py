"""Purchases as a ledger, in SQL: what each status row changes, decided by the rows before it.

Four columns are written beside the source's own. Each depends only on earlier rows of the same lead's transaction, so a
later row never changes an earlier one (``ledger_memory`` computes the same for a few leads in memory):

``bought``      the row with which the transaction is first approved or complete
``ends``        the row with which the lead stops owning what the transaction bought
``first_of_product``  the row with which the lead first bought its product
``net_amount``  what the row adds to (bought) or takes from (refunded, chargeback) the lead's spend
"""

from .schema import PURCHASE_TIE_BREAKERS, STATUSES

_RANK = "CASE status " + " ".join(f"WHEN '{status}' THEN {rank}" for rank, status in enumerate(STATUSES)) + " END"

_TIES = ", ".join((_RANK, *PURCHASE_TIE_BREAKERS))

_IN_LEAD = f"occurred_at, transaction_id, {_TIES}"

#: The order of purchases; it is unique, whatever order the source had.
PURCHASE_ORDER = f"lead_id, {_IN_LEAD}"

#: Windows over a transaction's rows: those before a row, and those up to it.
EARLIER = (
    f"(PARTITION BY lead_id, transaction_id ORDER BY occurred_at, {_TIES} "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
)
SO_FAR = EARLIER.replace("1 PRECEDING)", "CURRENT ROW)")


def build_ledger_sql(purchases: str) -> str:
    """Return SQL that reads typed purchases and adds the ledger's columns.

    ``purchases`` is a table or view. A row that leaves out its product, currency or recurrence number has that of the
    transaction's rows before it; a refund that leaves out its amount takes back what was left of it. The product of
    another seller (``seller_id``) is called ``seller:product``: it is no product of the owner's, whatever its id.
    """
    return f"""
    WITH named AS (
        SELECT * REPLACE (
                CASE WHEN seller_id IS NULL THEN product_id ELSE seller_id || ':' || product_id END AS product_id)
        FROM {purchases}
    ), bought AS (
        SELECT * REPLACE (
                coalesce(product_id, last_value(product_id IGNORE NULLS) OVER {EARLIER}) AS product_id,
                coalesce(currency, last_value(currency IGNORE NULLS) OVER {EARLIER}) AS currency,
                coalesce(recurrence_number, last_value(recurrence_number IGNORE NULLS) OVER {EARLIER})
                    AS recurrence_number),
            status IN ('approved', 'complete')
                AND coalesce(NOT bool_or(status IN ('approved', 'complete')) OVER {EARLIER}, true) AS bought
        FROM named
    ), paid AS (
        SELECT *,
            coalesce(bool_or(bought) OVER {EARLIER}, false) AS was_bought,
            max(CASE WHEN bought THEN amount END) OVER {SO_FAR} AS paid
        FROM bought
    ), taken AS (
        SELECT *, status IN ('refunded', 'chargeback') AS takes,
            CASE WHEN status IN ('refunded', 'chargeback') AND was_bought
                 THEN coalesce(abs(amount), paid, 0) ELSE 0 END AS taken_back
        FROM paid
    ), ending AS (
        SELECT *,
            coalesce(sum(taken_back) OVER {EARLIER}, 0) AS taken_before,
            was_bought AND (status IN ('canceled', 'chargeback')
                OR (status = 'refunded' AND coalesce(sum(taken_back) OVER {SO_FAR} >= paid, true))) AS may_end
        FROM taken
    )
    SELECT * EXCLUDE (was_bought, paid, takes, taken_back, taken_before, may_end),
        may_end AND coalesce(NOT bool_or(may_end) OVER {EARLIER}, true) AS ends,
        bought AND product_id IS NOT NULL AND row_number() OVER (
            PARTITION BY lead_id, product_id, bought ORDER BY {_IN_LEAD}) = 1 AS first_of_product,
        CAST(CASE WHEN bought THEN coalesce(amount, 0)
                  WHEN takes THEN -coalesce(abs(amount), greatest(paid - taken_before, 0), 0)
                  ELSE 0 END AS DECIMAL(18, 4)) AS net_amount
    FROM ending
    ORDER BY {PURCHASE_ORDER}
    """

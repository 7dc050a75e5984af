"""Purchases as a ledger: what each status row changes, decided by the rows before it.

Four columns are written beside the source's own. Each depends on earlier rows of the same lead's transaction
alone, so a later row never changes an earlier one:

``bought``      the row with which the transaction is first approved or complete
``ends``        the row with which the lead stops owning what the transaction bought
``first_of_product``  the row with which the lead first bought its product
``net_amount``  what the row adds to (bought) or takes from (refunded, chargeback) the lead's spend
"""

from .schema import STATUSES

_RANK = "CASE status " + " ".join(f"WHEN '{status}' THEN {rank}" for rank, status in enumerate(STATUSES)) + " END"

# Every column that can tell two rows apart, so that file order never decides.
_TIES = (
    f"{_RANK}, event_id, amount, product_id, recurrence_number, currency, payment_method, installments, "
    "offer, country, language"
)

_IN_LEAD = f"occurred_at, transaction_id, {_TIES}"

#: Orders rows in one way only, whatever order the source had.
PURCHASE_ORDER = f"lead_id, {_IN_LEAD}"

#: The rows of the transaction before a row, and those up to it: windows of the ledger.
EARLIER = (
    f"(PARTITION BY lead_id, transaction_id ORDER BY occurred_at, {_TIES} "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
)
SO_FAR = EARLIER.replace("1 PRECEDING)", "CURRENT ROW)")


def build_ledger_sql(purchases: str) -> str:
    """SQL that reads the table or view ``purchases`` of typed rows and adds the ledger's columns.

    A row that leaves out its product, currency or recurrence number has that of the transaction's rows before it; a
    refund that leaves out its amount takes back what was left of it.
    """
    return f"""
    WITH bought AS (
        SELECT * REPLACE (
                coalesce(product_id, last_value(product_id IGNORE NULLS) OVER {EARLIER}) AS product_id,
                coalesce(currency, last_value(currency IGNORE NULLS) OVER {EARLIER}) AS currency,
                coalesce(recurrence_number, last_value(recurrence_number IGNORE NULLS) OVER {EARLIER})
                    AS recurrence_number),
            status IN ('approved', 'complete')
                AND coalesce(NOT bool_or(status IN ('approved', 'complete')) OVER {EARLIER}, true) AS bought
        FROM {purchases}
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

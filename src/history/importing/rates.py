"""Amounts of several currencies in one, where the history brings a table of rates.

A transaction is converted whole, at the latest rate whose day is not after the transaction's first row: a refund then
takes back what was paid, whatever the rates did in between, and no later rate changes an earlier row. A row without
such a rate keeps its own currency.
"""

from ..ledger import EARLIER, PURCHASE_ORDER, SO_FAR


def build_conversion_sql(ledger: str, rates: str) -> str:
    """SQL that reads ``ledger`` (SQL) and gives ``amount``, ``net_amount`` and ``currency`` in the base of ``rates``.

    ``rates`` is a table or view with the columns of ``hotleads.history.schema.RATES``, of one base.
    """
    # What a lead has spent is rounded, not each step, so that a purchase given back in thirds leaves nothing.
    before, after = (f"round(coalesce(sum(net_amount) OVER {rows}, 0) * rate, 4)" for rows in (EARLIER, SO_FAR))
    return f"""
    WITH begun AS (
        SELECT *, coalesce(first_value(occurred_at) OVER {EARLIER}, occurred_at) AS began FROM ({ledger})
    ), rated AS (
        SELECT begun.*, rates.base, rates.rate
        FROM begun ASOF LEFT JOIN (SELECT currency AS of_currency, day, rate, base FROM {rates}) AS rates
            ON begun.currency = rates.of_currency AND begun.began >= rates.day
    ), worth AS (
        SELECT *, CAST(round(amount * rate, 4) AS DECIMAL(18, 4)) AS amount_in_base,
            CAST({after} - {before} AS DECIMAL(18, 4)) AS net_in_base
        FROM rated
    )
    SELECT * EXCLUDE (began, base, rate, amount_in_base, net_in_base) REPLACE (
        CASE WHEN rate IS NULL THEN amount ELSE amount_in_base END AS amount,
        CASE WHEN rate IS NULL THEN net_amount ELSE net_in_base END AS net_amount,
        coalesce(base, currency) AS currency)
    FROM worth
    ORDER BY {PURCHASE_ORDER}
    """

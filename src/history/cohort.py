"""Who is scored in a launch, when, and who bought: cohort and label from one function."""

from datetime import datetime

import duckdb
import pandas as pd

from history.launch import Launch
from history.store import History

DEFAULT_MATURITY_DAYS = 30

_NAMED = """
    SELECT DISTINCT lead_id, $as_of AS as_of FROM leads WHERE launch_id = $launch_id AND captured_at <= $as_of
"""
_KNOWN = """
    SELECT lead_id, $as_of AS as_of FROM (
        SELECT lead_id FROM leads WHERE captured_at < $as_of
        UNION SELECT lead_id FROM purchases WHERE occurred_at < $as_of)
"""
_CAPTURED = """
    SELECT lead_id, min(captured_at) AS as_of FROM leads
    WHERE captured_at >= $capture_starts_at AND captured_at < $capture_ends_at
        AND (launch_id = $launch_id OR launch_id IS NULL)
    GROUP BY lead_id
"""
_BUYERS = "SELECT DISTINCT lead_id, $as_of AS as_of FROM purchases WHERE occurred_at < $as_of"

# Leads who own a product at their as_of: a transaction bought, and not ended, by the rows before it.
_OWNERS = """
    SELECT lead_id FROM ({candidates}) JOIN purchases USING (lead_id)
    WHERE occurred_at < as_of AND (bought OR ends)
    GROUP BY lead_id, transaction_id
    HAVING max(product_id) FILTER (bought) = {product} AND NOT bool_or(ends)
"""
_ENTRY_OWNERS = _OWNERS.format(candidates=_BUYERS, product="$entry_product_id")
_PAID = f"SELECT DISTINCT lead_id, $as_of AS as_of FROM ({_ENTRY_OWNERS})"

_LABELS = """
    WITH sold AS (
        SELECT lead_id, transaction_id, occurred_at AS bought_at
        FROM candidates JOIN purchases USING (lead_id)
        WHERE bought AND occurred_at >= as_of AND occurred_at < until
            AND occurred_at >= $opens_at AND occurred_at < $closes_at -- lets whole parts of the file be left unread
            AND ($product_id IS NULL OR product_id = $product_id)
    ), kept AS (
        SELECT lead_id FROM sold WHERE NOT EXISTS (
            SELECT 1 FROM purchases AS later
            WHERE later.ends AND later.lead_id = sold.lead_id AND later.transaction_id = sold.transaction_id
                AND later.occurred_at >= $opens_at AND later.occurred_at < bought_at + to_days($maturity_days))
    )
    SELECT lead_id, as_of, until,
        CAST(lead_id IN (SELECT lead_id FROM sold) AS TINYINT) AS label,
        CASE WHEN until + to_days($maturity_days) <= $observed_until
             THEN CAST(lead_id IN (SELECT lead_id FROM kept) AS TINYINT) END AS label_mature
    FROM candidates ORDER BY lead_id
"""


def cohort(
    history: History,
    launch: Launch,
    *,
    maturity_days: int = DEFAULT_MATURITY_DAYS,
    observed_until: datetime | None = None,
) -> pd.DataFrame:
    """The leads that ``launch`` scores and what they did, one row a lead, ordered by lead.

    Columns: ``lead_id``; ``as_of`` and ``until`` (UTC), between which a purchase counts, the second excluded;
    ``label`` (1 bought, 0 not, by the rows this history has); ``label_mature`` (the same net of what was canceled,
    refunded or charged back within ``maturity_days`` of the purchase; missing where that time is not over by
    ``observed_until``, by default the history's own).
    Raises LaunchError where the launch lacks a time.
    """
    launch.check()
    with history.connect() as con:
        sql = _candidates_sql(con, launch)
        if launch.product_id is not None:
            owners = _OWNERS.format(candidates=sql, product="$product_id")
            sql = f"SELECT * FROM ({sql}) WHERE lead_id NOT IN ({owners})"
        values = _named(sql, launch) | {"length": launch.length}
        con.execute(f"CREATE TABLE candidates AS SELECT *, as_of + $length AS until FROM ({sql})", values)
        return _labelled(con, launch, maturity_days, observed_until or history.observed_until)


def _candidates_sql(con: duckdb.DuckDBPyConnection, launch: Launch) -> str:
    if launch.strategy == "perpetual":
        return _CAPTURED
    if launch.strategy == "paid":
        return _PAID
    named = con.execute(f"SELECT count(*) FROM ({_NAMED})", _named(_NAMED, launch)).fetchone()
    return _NAMED if named and named[0] else _KNOWN


def _named(sql: str, launch: Launch) -> dict[str, object]:
    """The values of the parameters that ``sql`` names."""
    names = ("as_of", "launch_id", "product_id", "entry_product_id", "capture_starts_at", "capture_ends_at")
    return {name: getattr(launch, name) for name in names if f"${name}" in sql}


def _labelled(
    con: duckdb.DuckDBPyConnection, launch: Launch, maturity_days: int, observed_until: datetime | None
) -> pd.DataFrame:
    values = {
        "product_id": launch.product_id,
        "opens_at": launch.as_of,
        "closes_at": launch.closes_at,
        "maturity_days": maturity_days,
        "observed_until": observed_until,
    }
    frame: pd.DataFrame = con.sql(_LABELS, params=values).to_arrow_table().to_pandas()
    frame["label_mature"] = frame["label_mature"].astype("Int8")
    return frame

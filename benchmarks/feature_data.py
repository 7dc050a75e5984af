"""An imported history of many purchases for the benchmark of features.

DuckDB draws one block of leads and applies the ledger to it; the others are the same leads under other ids, each block
at its own hours, so that tens of millions of rows take seconds.
"""

import json
from pathlib import Path

import duckdb

from hotleads.history.ledger import build_ledger_sql
from hotleads.history.schema import SCHEMA_VERSION, TABLES

PURCHASES_A_LEAD = 9
CUTS = ("2025-01-01", "2024-11-01", "2024-09-01", "2024-07-01", "2024-05-01", "2024-03-01")
_BLOCK = 100_000  # leads
_COPY = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"  # as an import writes

# Three years of a shop: most rows are purchases; others are slips, refunds, subscriptions' charges, second currencies.
_PURCHASES = """
    WITH lead AS (
        SELECT i, hash(i) AS h, 1 + CAST(floor(-ln(1 - (hash(i) % 1000003) / 1000003.0) * {mean}) AS INT) AS n
        FROM range({first}, {last}) AS t(i)
    ), row AS (
        SELECT i, k, hash(i * 1000 + k) AS h FROM lead, range(n) AS r(k)
    )
    SELECT printf('T%d-%d', i, k - (k > 0 AND h // 11 % 100 BETWEEN 78 AND 85)::INT) AS transaction_id,
        printf('L%08d', i) AS lead_id,
        TIMESTAMPTZ '2022-01-01' + to_seconds(CAST(h % 94608000 AS BIGINT)) AS occurred_at,
        NULL::VARCHAR AS event_id,
        CASE WHEN h % 97 < 90 THEN 'product-' || (h // 7 % 12) END AS product_id,
        CASE WHEN h // 11 % 100 < 78 THEN 'approved' WHEN h // 11 % 100 < 86 THEN 'refunded'
             WHEN h // 11 % 100 < 93 THEN 'billet_printed' WHEN h // 11 % 100 < 97 THEN 'overdue'
             ELSE 'canceled' END AS status,
        CASE WHEN h // 13 % 50 > 0 THEN CAST((9700 + h // 17 % 90000) / 100.0 AS DECIMAL(18, 4)) END AS amount,
        CASE WHEN h // 19 % 40 > 0 THEN 'BRL' ELSE 'USD' END AS currency,
        (['card', 'slip', 'pix', 'wallet'])[1 + CAST(h // 23 % 4 AS INT)] AS payment_method,
        CAST(1 + h // 29 % 12 AS BIGINT) AS installments,
        CASE WHEN h // 31 % 4 = 0 THEN CAST(1 + h // 37 % 6 AS BIGINT) END AS recurrence_number,
        NULL::VARCHAR AS seller_id, NULL::VARCHAR AS offer, 'BR' AS country, 'pt' AS language
    FROM row
"""
# The block's own order is that of its copies: by lead, and within a lead as the ledger has it.
_COPIES = """
    SELECT block.* REPLACE (
        printf('L%03d%05d', copy, CAST(lead_id[5:] AS INT)) AS lead_id, copy || transaction_id AS transaction_id,
        occurred_at + to_seconds(copy * 977) AS occurred_at)
    FROM range({blocks}) AS t(copy), block
    WHERE copy * {size} + CAST(lead_id[5:] AS INT) < {leads}
    ORDER BY copy, block.rowid
"""
_LEADS = """
    SELECT printf('L%08d', i) AS lead_id,
        TIMESTAMPTZ '2022-01-01' + to_seconds(CAST(hash(i, 1) % 63072000 AS BIGINT)) AS captured_at,
        NULL::VARCHAR AS launch_id, 'BR' AS country, 'pt' AS language, 'csv' AS source,
        (['ads', 'mail', 'video', 'friend'])[1 + CAST(hash(i, 2) % 4 AS INT)] AS utm_source,
        (['cpc', 'organic'])[1 + CAST(hash(i, 3) % 2 AS INT)] AS utm_medium,
        'campaign-' || hash(i, 4) % 20 AS utm_campaign, NULL::VARCHAR AS utm_content, NULL::VARCHAR AS utm_term,
        'yes' AS consent, (['sell', 'learn', 'teach'])[1 + CAST(hash(i, 5) % 3 AS INT)] AS attr_goal
    FROM range({leads}) AS t(i) ORDER BY lead_id
"""
_EVENTS = """
    SELECT '' AS lead_id, now() AS occurred_at, '' AS event_type, '' AS event_id, '' AS product_id, 0.0 AS value,
        '' AS company WHERE false
"""
_LAUNCHES = """
    SELECT 'cut-' || place AS launch_id, 'classic' AS strategy, NULL::VARCHAR AS product_id,
        'product-1' AS entry_product_id, NULL::TIMESTAMPTZ AS capture_starts_at, NULL::TIMESTAMPTZ AS capture_ends_at,
        CAST(opens AS TIMESTAMPTZ) AS cart_opens_at, CAST(opens AS TIMESTAMPTZ) + to_days(7) AS cart_closes_at,
        NULL::BIGINT AS horizon_days
    FROM (SELECT unnest({cuts}) AS opens, generate_subscripts({cuts}, 1) AS place) ORDER BY launch_id
"""


def write_history(folder: Path, purchases: int) -> dict[str, int]:
    """Write about so many purchases as an import would have them, and return the rows of each table."""
    folder.mkdir(parents=True)
    leads = max(purchases // PURCHASES_A_LEAD, 1)
    con = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder / "spill")})
    con.execute("SET TimeZone = 'UTC'")
    sql = _PURCHASES.format(first=0, last=min(_BLOCK, leads), mean=PURCHASES_A_LEAD - 0.5)
    con.execute(f"CREATE TEMP TABLE raw AS {sql}")
    con.execute(f"CREATE TEMP TABLE block AS {build_ledger_sql('raw')}")
    tables = {
        "purchases": _COPIES.format(blocks=-(-leads // _BLOCK), leads=leads, size=_BLOCK),
        "leads": _LEADS.format(leads=leads),
        "events": _EVENTS,
        "launches": _LAUNCHES.format(cuts=list(CUTS)),
    }
    for name, sql in tables.items():
        con.execute(f"COPY ({sql}) TO '{folder / name}.parquet' {_COPY}")
    rows = {name: con.execute(f"SELECT count(*) FROM '{folder / name}.parquet'").fetchall()[0][0] for name in TABLES}
    manifest = {"schema_version": SCHEMA_VERSION, "timezone": "UTC", "sources": {}, "rows": rows}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"rows_left_out": {}, "columns_ignored": {}}))
    return rows

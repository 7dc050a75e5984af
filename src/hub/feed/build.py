"""A history of the feed's parts: who is merged is one lead, who objects is none, money is in whole units again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from ...history import import_history
from ...history.importing.staging import StagingDirectory
from ...history.schema import ATTRIBUTE_PREFIX, TABLES
from ...history.sql import connect_duckdb, quote_identifier, quote_literal
from ..money import MAX_DECIMALS, get_decimals
from .export import LAUNCHES, LAUNCHES_OF_CAPTURES, MERGES, OBJECTORS
from .parts import PartsFolder
from .tables import FEED_TABLES, FeedTable


def build_history(parts: PartsFolder, out: Path, memory_limit: str = "1500MB") -> dict[str, Any]:
    """Write the history that the parts describe into a folder, in one step, and return its manifest.

    A table that the hub has no rows of is empty.
    """
    with StagingDirectory(out) as staging:
        source = staging / "feed"
        source.mkdir()
        with connect_duckdb(memory_limit, staging / "spill") as con:
            for name in (MERGES, OBJECTORS, LAUNCHES_OF_CAPTURES, LAUNCHES):
                con.execute(f"CREATE VIEW {name} AS FROM {_scan([parts.folder / f'{name}.parquet'])}")
            for table in FEED_TABLES:
                paths = parts.list_parts(table.name)
                if table.name == "leads" and not paths:  # a history has leads or purchases, be they none
                    paths = [staging / "no-leads.parquet"]
                    pq.write_table(table.schema.empty_table(), paths[0])
                if paths:
                    con.execute(f"CREATE VIEW part_{table.name} AS FROM {_scan(paths)}")
                    _copy(con, _build_select(con, table), source / f"{table.name}.parquet")
            _copy(con, f"FROM {LAUNCHES}", source / "launches.parquet")
        return import_history(source, out, memory_limit=memory_limit)


def _build_select(con: duckdb.DuckDBPyConnection, table: FeedTable) -> str:
    lead_id = "coalesce(kept_id, original_contact_id)"
    columns = [f"CAST({lead_id} AS VARCHAR) AS lead_id"]
    columns += [f"{_fill(name)} AS {name}" for name in table.schema.names if name in set(TABLES[table.name].names)]
    joins = f"LEFT JOIN {MERGES} ON merged_id = original_contact_id"
    if table.name == "leads":
        columns += ["launch_id", *_select_attributes(con)]
        joins += f" LEFT JOIN {LAUNCHES_OF_CAPTURES} USING (id)"
    if table.name == "purchases":
        columns.append(f"{_build_amount_sql(con)} AS amount")
    return (
        f"SELECT {', '.join(columns)} FROM part_{table.name} {joins} "
        f"WHERE {lead_id} NOT IN (SELECT contact_id FROM {OBJECTORS})"
    )


def _fill(name: str) -> str:
    """Return SQL of a column where an empty text is NULL."""
    is_text = any(name in table.schema.names and table.schema.field(name).type == "string" for table in FEED_TABLES)
    return f"nullif({name}, '')" if is_text else name


def _select_attributes(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return SQL of the form fields, each a column, of all captures."""
    keys = con.execute(
        "SELECT DISTINCT unnest(json_keys(attributes)) AS key FROM part_leads WHERE attributes <> '{}' ORDER BY key"
    ).fetchall()
    return [
        f"json_extract_string(attributes, {quote_literal(_quote_path(key))}) "
        f"AS {quote_identifier(ATTRIBUTE_PREFIX + key)}"
        for (key,) in keys
    ]


def _quote_path(key: str) -> str:
    return '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _build_amount_sql(con: duckdb.DuckDBPyConnection) -> str:
    currencies = [code for (code,) in con.execute("SELECT DISTINCT currency FROM part_purchases").fetchall()]
    kind = f"DECIMAL(24, {MAX_DECIMALS})"
    cases = [
        f"WHEN {quote_literal(code)} THEN CAST(amount_minor AS {kind}) * CAST(1e-{get_decimals(code)} AS DECIMAL(5, 4))"
        for code in currencies
    ]
    return f"CAST(CASE currency {' '.join(cases)} END AS {kind})"


def _scan(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(quote_literal(str(path)) for path in paths)}])"


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO {quote_literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")

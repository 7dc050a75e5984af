"""From a folder of exports to an imported history: checked whole, then put in place at once."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from ..errors import HistoryError, Problem
from ..ledger import PURCHASE_ORDER, build_ledger_sql
from ..schema import INPUTS, PERSONAL, SCHEMA_VERSION, TABLES
from ..sql import connect_duckdb, quote_identifier, quote_literal
from .files import find_tables
from .mapping import read_mapping
from .rates import build_conversion_sql
from .sources import SUGGEST_HINT, Source
from .staging import atomic_replace, staging_dir
from .validate import list_form_fields, load_table

MANIFEST = "manifest.json"
_FILES = {MANIFEST, "people.parquet", *(f"{table}.parquet" for table in INPUTS)}


def import_history(
    source: Path, out: Path, *, mapping: Path | None = None, timezone: str | None = None, memory_limit: str = "1500MB"
) -> dict[str, Any]:
    """Import the folder ``source`` into the history folder ``out`` and return its manifest.

    ``timezone`` is the IANA zone of times that carry no offset (default: the mapping's, else UTC). An earlier
    import at ``out`` is replaced in one step; on any error it stays as it was. Raises HistoryError with every
    column's problem.
    """
    out = out.resolve()  # a link keeps pointing at what it did
    if out == source.resolve():
        raise HistoryError(f"{out} is the source itself; name a new folder")
    _refuse_foreign(out)
    with staging_dir(out) as scratch:
        copies = scratch / "copies"
        copies.mkdir()
        mapped = read_mapping(mapping, source, copies) if mapping else None
        tables = mapped.tables if mapped else find_tables(source, copies)
        zone = timezone or (mapped.timezone if mapped else None) or "UTC"
        con = connect_duckdb(memory_limit, scratch / "spill", str(scratch / "import.duckdb"))
        _load(con, tables, zone)
        left_out = {
            name: sum(_count(con, sql) for sql in counts)
            for name, counts in (mapped.left_out if mapped else {}).items()
        }
        fresh = scratch / "history"
        fresh.mkdir()
        rows = _write_tables(con, tables, fresh)
        manifest = _manifest(tables, zone, rows, left_out) | _currencies(con, fresh) | _simulation(source)
        con.close()
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        atomic_replace(fresh, out)
    return manifest


def _refuse_foreign(out: Path) -> None:
    """Raise HistoryError where ``out`` holds what no import wrote: putting the history in its place would lose it."""
    if not out.exists():
        return
    names = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.is_dir() else {out.name}
    foreign = sorted(names - _FILES)
    if foreign or (names and '"schema_version"' not in _text(out / MANIFEST)):
        holds = f"holds {foreign[0]}" if foreign else "has no manifest"
        raise HistoryError(f"{out} is no folder that an import wrote: it {holds}; name a new folder")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _load(con: duckdb.DuckDBPyConnection, tables: dict[str, list[Source]], zone: str) -> None:
    for named in (zone, *(source.timezone for sources in tables.values() for source in sources)):
        _check_zone(con, named or zone)
    if "launches" not in tables or not {"leads", "purchases"} & set(tables):
        found = ", ".join(tables) or "none of the tables"
        raise HistoryError(
            f"a history needs launches, and leads or purchases, as .csv, .csv.gz, .xlsx or .parquet; found {found}. "
            f"A foreign export comes in through a mapping file: {SUGGEST_HINT}"
        )
    problems: list[Problem] = []
    for table in INPUTS:
        problems += load_table(con, table, tables.get(table, ()), zone)
    if problems:
        raise HistoryError(problems)
    con.execute("SET TimeZone = 'UTC'")


def _check_zone(con: duckdb.DuckDBPyConnection, zone: str) -> None:
    try:
        con.execute(f"SET TimeZone = {quote_literal(zone)}")
    except duckdb.Error:
        raise HistoryError(f"there is no time zone {zone!r}; use an IANA name such as America/Sao_Paulo") from None


def _write_tables(con: duckdb.DuckDBPyConnection, tables: dict[str, list[Source]], out: Path) -> dict[str, int]:
    for table in INPUTS:
        con.execute(f"CREATE VIEW clean_{table} AS {_deduplicated(con, table)}")
    extra = list_form_fields(tables.get("leads", ()))
    forms = ", ".join(
        quote_identifier(name) for name in (*TABLES["leads"].names, *(c.name for c in extra)) if name not in PERSONAL
    )
    personal = ", ".join(PERSONAL)
    ledger = build_ledger_sql("clean_purchases")
    written = {
        "leads": f"SELECT {forms} FROM clean_leads ORDER BY ALL",
        "purchases": build_conversion_sql(ledger, "clean_rates") if "rates" in tables else ledger,
        "events": "SELECT * FROM clean_events ORDER BY ALL",
        "launches": "SELECT * FROM clean_launches ORDER BY launch_id",
        "people": f"SELECT DISTINCT lead_id, captured_at, {personal} FROM clean_leads "
        f"WHERE coalesce({personal}) IS NOT NULL ORDER BY lead_id, captured_at, {personal}",
    }
    if "rates" in tables:
        written["rates"] = "SELECT * FROM clean_rates ORDER BY ALL"
    for table, sql in written.items():
        path = quote_literal(str(out / f"{table}.parquet"))
        con.execute(f"COPY ({sql}) TO {path} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
    return {table: pq.read_metadata(out / f"{table}.parquet").num_rows for table in TABLES}


def _deduplicated(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The typed rows, each once: a row or an ``event_id`` seen before says nothing new."""
    typed = f"SELECT * EXCLUDE (_bad, _file, _row) FROM typed_{table}"
    if table == "events":  # two clicks within one second, or one day, are two clicks
        key, order = "event_id, event_type, lead_id", "occurred_at, product_id, value, company"
    elif table == "purchases":
        typed = typed.replace("SELECT", "SELECT DISTINCT", 1)
        key, order = "event_id, transaction_id, lead_id, status", PURCHASE_ORDER
    else:
        return typed.replace("SELECT", "SELECT DISTINCT", 1)
    return f"{typed} QUALIFY event_id IS NULL OR row_number() OVER (PARTITION BY {key} ORDER BY {order}) = 1"


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = con.execute(sql).fetchone()
    return int(found[0]) if found else 0


def _manifest(
    tables: dict[str, list[Source]], zone: str, rows: dict[str, int], left_out: dict[str, int]
) -> dict[str, Any]:
    known = {table: {*INPUTS[table].names, *(c.name for c in list_form_fields(tables[table]))} for table in tables}
    columns = {table: {name for source in sources for name in source.columns} for table, sources in tables.items()}
    return {
        "schema_version": SCHEMA_VERSION,
        "timezone": zone,
        "sources": {
            table: [file.path.name for source in sources for file in source.files] for table, sources in tables.items()
        },
        "rows": rows,
        "rows_left_out": left_out,
        "columns_ignored": {table: sorted(columns[table] - known[table]) for table in tables},
    }


def _currencies(con: duckdb.DuckDBPyConnection, out: Path) -> dict[str, Any]:
    """How many priced purchases are in each currency as written, and the one that the rates convert to."""
    counted = con.execute(
        "SELECT currency, count(*) FROM read_parquet($1) WHERE bought AND amount IS NOT NULL AND currency IS NOT NULL "
        "GROUP BY currency ORDER BY count(*) DESC, currency",
        [str(out / "purchases.parquet")],
    ).fetchall()
    base = con.execute("SELECT min(base) FROM clean_rates").fetchall()[0][0]
    return {"currencies": dict(counted), "currency_base": base}


def _simulation(source: Path) -> dict[str, Any]:
    """The switches of a simulated history, so that nobody takes it for a real one."""
    record = source / "simulation.json"
    return {"simulation": json.loads(record.read_text(encoding="utf-8"))} if record.is_file() else {}

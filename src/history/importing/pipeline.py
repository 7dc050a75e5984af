"""The import: read a folder of exports, validate all of it, write the history, put it in place in one step."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from ..errors import HistoryError, Problem
from ..ledger import PURCHASE_ORDER, build_ledger_sql
from ..schema import EVENT_KEY, EVENT_ORDER, INPUTS, PERSONAL, PURCHASE_KEY, SCHEMA_VERSION, TABLES
from ..sql import connect_duckdb, quote_identifier, quote_literal
from .files import find_tables
from .mapping import MappedTables, read_mapping
from .rates import build_conversion_sql
from .sources import SUGGEST_HINT, Source
from .staging import StagingDirectory, atomic_replace
from .validate import list_form_fields, load_table

MANIFEST = "manifest.json"
_FILES = {MANIFEST, "people.parquet", *(f"{table}.parquet" for table in INPUTS)}


def import_history(
    source: Path, out: Path, *, mapping: Path | None = None, timezone: str | None = None, memory_limit: str = "1500MB"
) -> dict[str, Any]:
    """Import a folder of exports into a history folder.

    An earlier import at ``out`` is replaced in one step; on any error it stays as it was.

    Parameters
    ----------
    source
        The folder that holds the exports: CSV, Excel or Parquet files named like the tables, or any files that the
        mapping names.
    out
        The history folder.
    mapping
        The TOML file that says how the exports become the four tables (docs/importing.md).
    timezone
        The IANA time zone of times without an offset; by default the mapping's, else UTC.
    memory_limit
        How much memory the import's queries may use; what does not fit goes to disk beside ``out``.

    Returns
    -------
    dict
        The manifest, as written to ``out/manifest.json``: schema version, sources, rows and ignored columns of each
        table, currencies.

    Raises
    ------
    HistoryError
        If the exports are not a history. Its ``problems`` list every column's problem.
    """
    out = out.resolve()  # a link keeps pointing to what it did
    if out == source.resolve():
        raise HistoryError(f"{out} is the source itself; name a new folder")
    _check_target(out)
    with StagingDirectory(out) as staging:
        copies = staging / "copies"
        copies.mkdir()
        mapped = read_mapping(mapping, source, copies) if mapping else MappedTables(find_tables(source, copies))
        zone = timezone or mapped.timezone or "UTC"
        con = connect_duckdb(memory_limit, staging / "spill", str(staging / "import.duckdb"))
        _load_tables(con, mapped.tables, zone)
        rows_left_out = {table: sum(_count(con, sql) for sql in counts) for table, counts in mapped.left_out.items()}
        history = staging / "history"
        history.mkdir()
        rows = _write_tables(con, mapped.tables, history)
        manifest = _build_manifest(mapped.tables, zone, rows, rows_left_out)
        manifest |= _summarise_currencies(con, history) | _read_simulation(source)
        con.close()
        (history / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        atomic_replace(history, out)
    return manifest


def _check_target(out: Path) -> None:
    """Raise HistoryError if ``out`` holds files that no import wrote: replacing it would lose them."""
    if not out.exists():
        return
    names = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.is_dir() else {out.name}
    foreign = sorted(names - _FILES)
    if foreign or (names and '"schema_version"' not in _read_text(out / MANIFEST)):
        reason = f"holds {foreign[0]}" if foreign else "has no manifest"
        raise HistoryError(f"{out} is no folder that an import wrote: it {reason}; name a new folder")


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _load_tables(con: duckdb.DuckDBPyConnection, tables: dict[str, list[Source]], zone: str) -> None:
    for name in (zone, *(source.timezone for sources in tables.values() for source in sources)):
        _check_time_zone(con, name or zone)
    if "launches" not in tables or not {"leads", "purchases"} & set(tables):
        names = ", ".join(tables) or "none of the tables"
        raise HistoryError(
            f"a history needs launches, and leads or purchases, as .csv, .csv.gz, .xlsx or .parquet; found {names}. "
            f"A foreign export comes in through a mapping file: {SUGGEST_HINT}"
        )
    problems: list[Problem] = []
    for table in INPUTS:
        problems += load_table(con, table, tables.get(table, ()), zone)
    if problems:
        raise HistoryError(problems)
    con.execute("SET TimeZone = 'UTC'")


def _check_time_zone(con: duckdb.DuckDBPyConnection, zone: str) -> None:
    try:
        con.execute(f"SET TimeZone = {quote_literal(zone)}")
    except duckdb.Error:
        raise HistoryError(f"there is no time zone {zone!r}; use an IANA name such as America/Sao_Paulo") from None


def _write_tables(con: duckdb.DuckDBPyConnection, tables: dict[str, list[Source]], out: Path) -> dict[str, int]:
    for table in INPUTS:
        con.execute(f"CREATE VIEW clean_{table} AS {_build_deduplication_sql(table)}")
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


def _build_deduplication_sql(table: str) -> str:
    """Return SQL of the typed rows, each row and each ``event_id`` once."""
    typed = f"* EXCLUDE (_bad, _file, _row) FROM typed_{table}"
    if table == "events":  # two clicks within one second, or one day, are two clicks
        rows, key, order = f"SELECT {typed}", ", ".join(EVENT_KEY), ", ".join(EVENT_ORDER)
    elif table == "purchases":
        rows, key, order = f"SELECT DISTINCT {typed}", ", ".join(PURCHASE_KEY), PURCHASE_ORDER
    else:
        return f"SELECT DISTINCT {typed}"
    return f"{rows} QUALIFY event_id IS NULL OR row_number() OVER (PARTITION BY {key} ORDER BY {order}) = 1"


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _build_manifest(
    tables: dict[str, list[Source]], zone: str, rows: dict[str, int], rows_left_out: dict[str, int]
) -> dict[str, object]:
    known_columns = {
        table: {*INPUTS[table].names, *(c.name for c in list_form_fields(tables[table]))} for table in tables
    }
    columns = {table: {name for source in sources for name in source.columns} for table, sources in tables.items()}
    return {
        "schema_version": SCHEMA_VERSION,
        "timezone": zone,
        "sources": {
            table: [file.path.name for source in sources for file in source.files] for table, sources in tables.items()
        },
        "rows": rows,
        "rows_left_out": rows_left_out,
        "columns_ignored": {table: sorted(columns[table] - known_columns[table]) for table in tables},
    }


def _summarise_currencies(con: duckdb.DuckDBPyConnection, out: Path) -> dict[str, object]:
    """Return how many priced purchases each currency has, and the currency that the rates convert to."""
    counted = con.execute(
        "SELECT currency, count(*) FROM read_parquet($1) WHERE bought AND amount IS NOT NULL AND currency IS NOT NULL "
        "GROUP BY currency ORDER BY count(*) DESC, currency",
        [str(out / "purchases.parquet")],
    ).fetchall()
    base = con.execute("SELECT min(base) FROM clean_rates").fetchall()[0][0]
    return {"currencies": dict(counted), "currency_base": base}


def _read_simulation(source: Path) -> dict[str, object]:
    """Return the settings of a simulated history, so that nobody takes it for a real one."""
    record = source / "simulation.json"
    return {"simulation": json.loads(record.read_text(encoding="utf-8"))} if record.is_file() else {}

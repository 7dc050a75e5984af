"""SQL for DuckDB: quoting, and a connection set up as all of the package's are."""

from contextlib import suppress
from pathlib import Path

import duckdb


def quote_identifier(name: str) -> str:
    """Return a name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """Return a text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def connect_duckdb(memory_limit: str, spill: Path | str, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """Open a DuckDB database in UTC without a progress bar.

    Parameters
    ----------
    memory_limit
        How much memory a query may use, such as ``"1GB"``.
    spill
        The folder for what does not fit in the memory limit.
    database
        The database's file; by default it is in memory.
    """
    con = duckdb.connect(database, config={"memory_limit": memory_limit, "temp_directory": str(spill)})
    with suppress(duckdb.InvalidInputException):  # raised by notebooks without widgets, which have no bar to switch off
        con.execute("SET enable_progress_bar = false")
    con.execute("SET TimeZone = 'UTC'")
    return con

"""SQL for DuckDB: quoting, and a connection set up as all of the package's are."""

import atexit
import os
from contextlib import suppress
from functools import cache
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
    return _set_up(duckdb.connect(database, config={"memory_limit": memory_limit, "temp_directory": str(spill)}))


def connect_shared_duckdb(memory_limit: str, spill: Path | str) -> duckdb.DuckDBPyConnection:
    """Open a connection, set up as by `connect_duckdb`, to the database in memory that this process keeps.

    A database takes 16 ms of processor time to make, a connection to it less than one. Create nothing but temporary
    tables and views, which are the connection's own; ``memory_limit`` is for all connections together.
    """
    return _set_up(_open_shared(memory_limit, str(spill), os.getpid()).cursor())


@cache
def _open_shared(memory_limit: str, spill: str, process: int) -> duckdb.DuckDBPyConnection:
    """Open the database of a process: one that was forked off cannot use its parent's."""
    con = duckdb.connect(
        ":memory:",
        config={"memory_limit": memory_limit, "temp_directory": spill, "enable_external_file_cache": "false"},
    )
    atexit.register(_open_shared.cache_clear)  # at exit DuckDB complains on stderr of what is still open
    return con


def _set_up(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    with suppress(duckdb.InvalidInputException):  # raised by notebooks without widgets, which have no bar to switch off
        con.execute("SET enable_progress_bar = false")
    con.execute("SET TimeZone = 'UTC'")
    return con

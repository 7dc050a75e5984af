"""Rows that their owner leaves out: those of a problem that a verdict named."""

from collections.abc import Sequence

import duckdb

from ...history.errors import Problem


def remove_rows(con: duckdb.DuckDBPyConnection, tables: Sequence[str], problems: Sequence[Problem]) -> int:
    """Remove the rows of problems from the typed tables, and return how many rows of the files these are."""
    if not problems:
        return 0
    chosen = " UNION ".join(f"SELECT lead_id FROM typed_{each.table} WHERE {each.condition}" for each in problems)
    con.execute(f"CREATE OR REPLACE TEMP TABLE left_out AS {chosen}")
    for table in tables:
        con.execute(f"DELETE FROM typed_{table} WHERE lead_id IN (FROM left_out)")
    return int(con.execute("SELECT count(*) FROM left_out").fetchall()[0][0])

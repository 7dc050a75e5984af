"""Rows that their owner leaves out: those of a problem that a verdict named, as many as it counted, and no others."""

from collections.abc import Mapping, Sequence

import duckdb

from ...history.errors import Problem
from .problems import name_problem


def select_left_out(problems: Sequence[Problem], left_out: Mapping[str, int]) -> list[Problem]:
    """Return the problems whose rows are left out.

    Parameters
    ----------
    problems
        What is wrong with the rows.
    left_out
        How many rows each may leave out, by its name: where there are others now, nobody has seen them.
    """
    return [problem for problem in problems if problem.rows and left_out.get(name_problem(problem)) == problem.rows]


def remove_rows(con: duckdb.DuckDBPyConnection, tables: Sequence[str], problems: Sequence[Problem]) -> int:
    """Remove the rows of problems from the typed tables, and return how many rows of the files these are."""
    if not problems:
        return 0
    chosen = " UNION ".join(f"SELECT lead_id FROM typed_{each.table} WHERE {each.condition}" for each in problems)
    con.execute(f"CREATE OR REPLACE TEMP TABLE left_out AS {chosen}")
    for table in tables:
        con.execute(f"DELETE FROM typed_{table} WHERE lead_id IN (FROM left_out)")
    return int(con.execute("SELECT count(*) FROM left_out").fetchall()[0][0])

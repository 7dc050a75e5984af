"""What every check receives: an open history, its launches, and their leads with their labels."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd

from ..history import History, Launch, build_cohort

#: A launch's conversion is known once this share of its window lies before the history's end.
_MIN_OBSERVED_SHARE = 0.5


@dataclass(frozen=True)
class CheckContext:
    """A history with one connection to it, and what to judge.

    Parameters
    ----------
    history
        The history.
    con
        A DuckDB connection that sees its tables.
    only
        The one launch to judge, by those that opened before it; None judges all.
    now
        The present, after which no row can be; None takes the clock's.
    """

    history: History
    con: duckdb.DuckDBPyConnection
    only: Launch | None = None
    now: datetime | None = None

    @property
    def present(self) -> datetime:
        """``now``, or the clock's time."""
        return self.now or datetime.now(UTC)

    def judges(self, launch: Launch) -> bool:
        """Return whether findings about this launch are wanted; the others are what it is compared with."""
        return self.only is None or self.only == launch

    @cached_property
    def launches(self) -> list[Launch]:
        """The launches that have their times, in order; none that opens after the judged one."""
        complete = [launch for launch in self.history.launches.values() if launch.problem is None]
        last = self.only.as_of if self.only and self.only.problem is None else None
        return [launch for launch in complete if last is None or launch.as_of <= last]

    @cached_property
    def cohorts(self) -> dict[str, pd.DataFrame]:
        """The leads of every launch (``lead_id, as_of, until, label``) whose label can be observed, by launch id."""
        observed = self.history.observed_until
        if observed is None:
            return {}
        cohorts: dict[str, pd.DataFrame] = {}
        for launch in self.launches:
            leads = self.read_cohort(launch)
            cohorts[launch.launch_id] = leads[leads["as_of"] + _MIN_OBSERVED_SHARE * launch.length <= observed]
        return cohorts

    def read_cohort(self, launch: Launch) -> pd.DataFrame:
        """Return the launch's cohort, which is built once."""
        return self.history.get_or_compute(("checks", "cohort", launch), lambda: build_cohort(self.history, launch))

    def query(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.con.execute(sql, values or None).fetchall()

    def query_frame(self, sql: str, **values: object) -> pd.DataFrame:
        """Return the rows of a query as a table."""
        rows: pd.DataFrame = self.con.sql(sql, params=values or None).to_arrow_table().to_pandas()
        return rows

    def count_rows(self, table: str) -> int:
        """Return the number of rows of a table."""
        return int(self.query(f"SELECT count(*) FROM {table}")[0][0])

"""What the checks look at: an open history, its launches, and their leads with what they did."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd

from ..history import History, Launch, build_cohort

#: A launch's conversion is known once this share of its window lies before the history's end.
_SEEN_SHARE = 0.5


@dataclass(frozen=True)
class CheckContext:
    """A history with one connection to it, and the launch that alone is judged, if one is."""

    history: History
    con: duckdb.DuckDBPyConnection
    only: Launch | None = None

    def judges(self, launch: Launch) -> bool:
        """Whether findings about this launch are asked for; the others are what it is compared with."""
        return self.only is None or self.only == launch

    @cached_property
    def launches(self) -> list[Launch]:
        """Those that have their times, in order; none that opens after the judged one."""
        known = [launch for launch in self.history.launches.values() if launch.problem is None]
        last = self.only.as_of if self.only and self.only.problem is None else None
        return [launch for launch in known if last is None or launch.as_of <= last]

    @cached_property
    def cohorts(self) -> dict[str, pd.DataFrame]:
        """The leads of every launch: ``lead_id, as_of, until, label``, those alone whose label can be seen."""
        observed = self.history.observed_until
        found: dict[str, pd.DataFrame] = {}
        if observed is None:
            return found
        for launch in self.launches:
            leads = self.leads(launch)
            found[launch.launch_id] = leads[leads["as_of"] + _SEEN_SHARE * launch.length <= observed]
        return found

    def leads(self, launch: Launch) -> pd.DataFrame:
        """The launch's cohort, found once."""
        return self.history.get_or_compute(("checks", "cohort", launch), lambda: build_cohort(self.history, launch))

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return self.con.execute(sql, values or None).fetchall()

    def frame(self, sql: str, **values: Any) -> pd.DataFrame:
        """What a query gives, as a table."""
        found: pd.DataFrame = self.con.sql(sql, params=values or None).to_arrow_table().to_pandas()
        return found

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

"""What the whole files say of launches, read by a proposed mapping: campaigns with their days, sales with theirs."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from ..errors import HistoryError, Problem
from ..sql import connect_duckdb, quote_literal
from .mapping import read_mapping
from .staging import StagingDirectory
from .validate import load_table

_TABLES = ("leads", "purchases")
_MAX_LABELS = 2_000
_SALES = """
    CREATE TABLE sales AS SELECT any_value(lead_id) AS lead_id, any_value(product_id) AS product_id,
        CAST(min(occurred_at) AS TIMESTAMP) AS moment
    FROM typed_purchases WHERE status IN ('approved', 'complete') AND occurred_at IS NOT NULL GROUP BY transaction_id;
    CREATE TABLE captures AS SELECT lead_id, launch_id AS label, CAST(captured_at AS TIMESTAMP) AS moment
    FROM typed_leads WHERE captured_at IS NOT NULL
"""


class Label(NamedTuple):
    """What a campaign's captures say.

    Attributes
    ----------
    name
        The campaign, as the export names it.
    leads
        How many leads it captured.
    first, median, last
        When; all but one in fifty lie between the first and the last.
    """

    name: str
    leads: int
    first: datetime
    median: datetime
    last: datetime


class Sale(NamedTuple):
    """A purchase that was paid.

    Attributes
    ----------
    at
        When, in the zone of the mapping.
    product
        The product, where the export names it.
    """

    at: datetime
    product: str | None


@contextmanager
def open_survey(text: str, folder: Path) -> Iterator["LaunchSurvey"]:
    """Read the leads and purchases of a proposed mapping. Raises HistoryError if they do not come in by it."""
    with StagingDirectory(Path(tempfile.gettempdir()) / "hotleads") as staging:
        path, copies = staging / "proposal.toml", staging / "copies"
        copies.mkdir()
        path.write_text(text, encoding="utf-8")
        mapped = read_mapping(path, folder, copies)
        con = connect_duckdb("1GB", staging / "spill", str(staging / "survey.duckdb"))
        try:
            zone = mapped.timezone or "UTC"
            problems: list[Problem] = []
            for table in _TABLES:
                problems += load_table(con, table, mapped.tables.get(table, ()), zone)
            if problems:
                raise HistoryError(problems)
            con.execute(f"SET TimeZone = {quote_literal(zone)}")
            con.execute(_SALES)
            yield LaunchSurvey(con)
        finally:
            con.close()


class LaunchSurvey:
    """The captures and sales of whole exports.

    Parameters
    ----------
    con
        A connection with the tables ``captures`` (lead_id, label, moment) and ``sales`` (lead_id, product_id, moment).
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def count_leads(self) -> int:
        """Return how many leads were captured."""
        return int(self._query("SELECT count(DISTINCT lead_id) FROM captures")[0][0])

    def list_labels(self) -> list[Label]:
        """Return the campaigns in the order of their captures; none if there are too many."""
        rows = self._query(
            "SELECT label, count(DISTINCT lead_id), quantile_disc(moment, 0.02), quantile_disc(moment, 0.5), "
            "quantile_disc(moment, 0.98) FROM captures WHERE label IS NOT NULL "
            f"GROUP BY 1 ORDER BY 4, 1 LIMIT {_MAX_LABELS}"
        )
        return [Label(*row) for row in rows] if len(rows) < _MAX_LABELS else []

    def list_sales(self) -> list[Sale]:
        """Return all sales in the order of time."""
        return [Sale(*row) for row in self._query("SELECT moment, product_id FROM sales ORDER BY moment")]

    def list_sales_by_launch(self, launches: Mapping[str, str], days: int) -> dict[str, list[Sale]]:
        """Return the sales to the leads of each launch, after they were captured and in ``days`` from the last of them.

        ``launches`` are the launches by campaign.
        """
        table = pa.table({"label": list(launches), "launch": list(launches.values())})
        self._con.register("launch_of_label", table)
        rows = self._query(
            "WITH named AS (SELECT launch, lead_id, moment FROM captures JOIN launch_of_label USING (label)), "
            "members AS (SELECT launch, lead_id, min(moment) AS first FROM named GROUP BY ALL), "
            "ends AS (SELECT launch, quantile_disc(moment, 0.98) AS last FROM named GROUP BY ALL) "
            "SELECT launch, sales.moment, product_id FROM members JOIN ends USING (launch) JOIN sales USING (lead_id) "
            "WHERE sales.moment >= first AND sales.moment < last + to_days($days) ORDER BY 1, 2",
            days=days,
        )
        sales_by_launch: dict[str, list[Sale]] = {}
        for launch, at, product in rows:
            sales_by_launch.setdefault(launch, []).append(Sale(at, product))
        return sales_by_launch

    def count_captures(self, start: datetime, end: datetime) -> int:
        """Return how many leads were captured in ``[start, end)``."""
        sql = "SELECT count(DISTINCT lead_id) FROM captures WHERE moment >= $start AND moment < $end"
        return int(self._query(sql, start=start, end=end)[0][0])

    def list_months(self) -> list[tuple[datetime, int, int]]:
        """Return each month with how many leads were captured first in it, and how many of these bought."""
        return self._query(
            "WITH members AS (SELECT lead_id, min(moment) AS first FROM captures GROUP BY 1) "
            "SELECT date_trunc('month', first), count(*), count(*) FILTER (lead_id IN "
            "(SELECT lead_id FROM sales WHERE sales.moment >= first)) FROM members GROUP BY 1 ORDER BY 1"
        )

    def compute_delay(self, share: float) -> timedelta | None:
        """Return within which time from their capture a share of the buyers bought; None if nobody did."""
        rows = self._query(
            "WITH members AS (SELECT lead_id, min(moment) AS first FROM captures GROUP BY 1), "
            "delays AS (SELECT min(sales.moment - first) AS delay FROM members JOIN sales USING (lead_id) "
            "WHERE sales.moment >= first GROUP BY lead_id) SELECT quantile_disc(epoch(delay), $share) FROM delays",
            share=share,
        )
        return None if rows[0][0] is None else timedelta(seconds=float(rows[0][0]))

    def _query(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        return self._con.execute(sql, values or None).fetchall()

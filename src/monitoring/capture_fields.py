"""The latest capture of each lead of several launches, since when each is known, and one query for many cohorts."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ..features.discovery import list_capture_fields
from ..history import History, Launch
from ..history.captures import read_latest_captures

_FIRST_KNOWN = """
    SELECT place, lead_id, min(known) AS known FROM (
        SELECT lead_id, captured_at AS known FROM leads UNION ALL SELECT lead_id, occurred_at FROM purchases)
    JOIN cohorts USING (lead_id) WHERE known <= as_of GROUP BY ALL
"""


def read_capture_fields(history: History, cohorts: Sequence[tuple[Launch, pd.DataFrame]]) -> list[pd.DataFrame]:
    """Read the latest known capture of each lead: for each launch's ``lead_id`` and ``as_of`` a table in their order.

    The columns are the fields that any lead had filled in by the cohort's last ``as_of``; they are missing where a lead
    has no capture.
    """
    columns = [list(list_capture_fields(history, leads["as_of"].max())) for _, leads in cohorts]
    latest = read_latest_captures(
        history, cohorts, list(dict.fromkeys(name for cohort_columns in columns for name in cohort_columns))
    )
    return [
        fields.reindex(leads["lead_id"])[cohort_columns]
        for fields, (_, leads), cohort_columns in zip(latest, cohorts, columns, strict=True)
    ]


def read_first_known(history: History, cohorts: Sequence[pd.DataFrame]) -> list[pd.Series]:
    """Read when each lead was first known, for each cohort a value a lead in its order (UTC, without its zone)."""
    first = query_cohorts(history, _select_times(cohorts), _FIRST_KNOWN)
    return [_align(rows, leads)["known"].dt.tz_localize(None) for rows, leads in zip(first, cohorts, strict=True)]


def query_cohorts(
    history: History, cohorts: Sequence[pd.DataFrame], sql: str, values: Mapping[str, object] | None = None
) -> list[pd.DataFrame]:
    """Run one query for several cohorts, and return the rows of each.

    The query sees them as one table ``cohorts``, numbered by the column ``place``, and must return the ``place`` of
    each of its rows.
    """
    stacked = pd.concat([leads.assign(place=number) for number, leads in enumerate(cohorts)], ignore_index=True)
    with history.connect() as con:
        con.register("cohorts", stacked)
        rows = con.sql(sql, params=values).to_arrow_table().to_pandas()
    return [rows[rows["place"] == number].drop(columns="place") for number in range(len(cohorts))]


def _select_times(cohorts: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    return [leads[["lead_id", "as_of"]] for leads in cohorts]


def _align(rows: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("lead_id").reindex(leads["lead_id"])

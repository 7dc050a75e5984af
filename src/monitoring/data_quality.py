"""What is wrong with a launch's own data: missing features, unseen levels, gaps in the captures, late rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from ..checks import Finding
from ..checks.codes import ATTRIBUTION_BROKEN, CAPTURE_GAP, FEATURE_MISSING, LATE_ROWS, UNKNOWN_CATEGORY
from ..history import History, Launch
from ..history.schema import TABLES
from .launch_rows import LaunchRows
from .signals import DriftSignal

#: A share must rise by so much above the highest of the earlier launches.
_RISE = 0.1
_LEAST_HOURS = 24.0
_MOST_NAMED = 5
_RECENT_DAYS = 5

_GAP = """
    SELECT coalesce(max(epoch(next_at) - epoch(captured_at)) / 3600, 0) FROM (
        SELECT captured_at, lead(captured_at, 1, $ends) OVER (ORDER BY captured_at) AS next_at
        FROM leads WHERE captured_at >= $starts AND captured_at < $ends)
"""
_ROWS = """
    SELECT epoch($as_of::TIMESTAMPTZ - max({time})) / 3600, count(*) FILTER ({time} >= $as_of - $days), count(*)
    FROM {table} WHERE {time} >= $as_of - 2 * $days AND {time} < $as_of
"""


def find_data_problems(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], tracking: DriftSignal
) -> list[Finding]:
    """Findings about the launch, each measured against the earlier launches."""
    return [
        *_gone(launch, tracking),
        *_missing(launch, earlier),
        *_unseen(launch, earlier),
        *_gaps(history, launch, earlier),
        *_late(history, launch, earlier),
    ]


def _gone(launch: LaunchRows, tracking: DriftSignal) -> list[Finding]:
    found = []
    for name, left in tracking.details.get("gone", {}).items():
        table, column = ("events", name.removeprefix("event ")) if name.startswith("event ") else ("leads", name)
        what = f"{left:.0%} is left of the least that earlier launches had"
        found.append(ATTRIBUTION_BROKEN.build_finding(table, column, len(launch.leads), what))
    return found


def _missing(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    now, before = launch.table.isna().mean(), pd.DataFrame([rows.table.isna().mean() for rows in earlier]).max()
    rose = (now - before).loc[lambda each: each > _RISE].sort_values(ascending=False)
    if rose.empty:
        return []
    what = f"{len(rose)} features are missing more often than in any earlier launch, by up to {rose.iloc[0]:.0%}"
    rows = round(float(rose.iloc[0]) * len(launch.leads))
    return [FEATURE_MISSING.build_finding("features", "", rows, what, list(rose.index[:_MOST_NAMED]))]


def _unseen(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    found = []
    for column in launch.capture_fields.columns:
        now, sides = _levels(launch, column), [_levels(rows, column) for rows in earlier]
        usual = [
            float(_new(side, sides[:place]).sum() / side.sum())
            for place, side in enumerate(sides)
            if len(side) and any(map(len, sides[:place]))
        ]
        if not usual or now.empty:
            continue
        new = _new(now, sides)
        share = float(new.sum() / now.sum())
        if share <= max(usual) + _RISE:
            continue
        what = f"{share:.0%} of the values were never seen in an earlier launch (at most {max(usual):.0%} before)"
        shown = () if column.startswith("attr_") else new.index[:_MOST_NAMED]  # what people wrote stays where it is
        found.append(UNKNOWN_CATEGORY.build_finding("leads", column, int(new.sum()), what, list(shown)))
    return found


def _levels(rows: LaunchRows, column: str) -> pd.Series:
    """How many leads said each level, the commonest first."""
    return rows.capture_fields[column].value_counts() if column in rows.capture_fields else pd.Series(dtype=np.int64)


def _new(now: pd.Series, before: Sequence[pd.Series]) -> pd.Series:
    """Those of the levels that are in none of the earlier counts."""
    return now[~now.index.isin(pd.Index([]).append([side.index for side in before]))]


def _gaps(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    with history.connect() as con:
        gap, *usual = (_gap(con, rows.launch) for rows in (launch, *earlier))
    if gap <= max(_LEAST_HOURS, 2 * max(usual)):
        return []
    what = f"no capture for {gap:.0f} hours of the capture window (at most {max(usual):.0f} in earlier launches)"
    return [CAPTURE_GAP.build_finding("leads", "captured_at", 0, what)]


def _gap(con: duckdb.DuckDBPyConnection, launch: Launch) -> float:
    """Longest time without a capture in the launch's capture window, in hours; 0 where it names none."""
    starts, ends = launch.capture_starts_at, launch.capture_ends_at or launch.cart_opens_at
    if starts is None or ends is None:
        return 0.0
    return float(con.execute(_GAP, {"starts": starts, "ends": ends}).fetchall()[0][0])


def _late(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    found = []
    instants = [rows.launch.as_of for rows in (launch, *earlier)]
    for table in ("leads", "purchases", "events"):
        (lag, recent), *past = _arrivals(history, table, instants)
        lags, shares = ([each[place] for each in past if np.isfinite(each[place])] for place in (0, 1))
        if np.isnan(lag) and len(lags) == len(past):
            what = f"no row in the ten days before the launch (at most {max(lags):.0f} hours old in earlier launches)"
            found.append(LATE_ROWS.build_finding(table, "", 0, what))
        elif lags and lag > max(_LEAST_HOURS, 2 * max(lags)):
            what = (
                f"the last row before the launch is {lag:.0f} hours old (at most {max(lags):.0f} in earlier launches)"
            )
            found.append(LATE_ROWS.build_finding(table, "", 0, what))
        elif shares and recent < min(shares) - _RISE:
            what = f"{recent:.0%} of the last ten days' rows are of the last five (at least {min(shares):.0%} before)"
            found.append(LATE_ROWS.build_finding(table, "", 0, what))
    return found


def _arrivals(history: History, table: str, instants: Sequence[datetime]) -> list[tuple[float, float]]:
    """For each instant the hours since the last row, and the last five days' share of the last ten days' rows; NaN if
    there are none."""
    sql = _ROWS.format(table=table, time=TABLES[table].time)
    with history.connect() as con:
        values = [{"as_of": each, "days": timedelta(days=_RECENT_DAYS)} for each in instants]
        rows = [con.execute(sql, value).fetchall()[0] for value in values]
    return [(float(lag), recent / both) if both else (float("nan"), float("nan")) for lag, recent, both in rows]

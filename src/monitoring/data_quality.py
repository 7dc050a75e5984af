"""What is wrong with a launch's own data: missing features, unseen levels, gaps in the captures, late rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from checks import Finding
from history import History
from history.schema import TABLES
from monitoring.launch_rows import LaunchRows
from monitoring.signals import Signal

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


def data_findings(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], tracking: Signal
) -> list[Finding]:
    """Findings about the launch, each measured against the earlier launches."""
    return [
        *_gone(launch, tracking),
        *_missing(launch, earlier),
        *_unseen(launch, earlier),
        *_gaps(history, launch, earlier),
        *_late(history, launch, earlier),
    ]


def _gone(launch: LaunchRows, tracking: Signal) -> list[Finding]:
    found = []
    for name, left in tracking.details.get("gone", {}).items():
        table, column = ("events", name.removeprefix("event ")) if name.startswith("event ") else ("leads", name)
        what = f"{left:.0%} is left of the least that earlier launches had"
        remedy = "Mend the tracking and import again before anyone acts on the scores"
        found.append(Finding("tracking-gone", "error", table, column, len(launch.leads), remedy, what))
    return found


def _missing(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    now, before = launch.table.isna().mean(), pd.DataFrame([rows.table.isna().mean() for rows in earlier]).max()
    rose = (now - before).loc[lambda each: each > _RISE].sort_values(ascending=False)
    if rose.empty:
        return []
    what = f"{len(rose)} features are missing more often than in any earlier launch, by up to {rose.iloc[0]:.0%}"
    remedy = "See whether the rows they are made of were imported"
    rows = round(float(rose.iloc[0]) * len(launch.leads))
    return [Finding("feature-missing", "warning", "features", "", rows, remedy, what, tuple(rose.index[:_MOST_NAMED]))]


def _unseen(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    found = []
    for column in launch.said.columns:
        sides = [rows.said[column].dropna() if column in rows.said else pd.Series(dtype=object) for rows in earlier]
        now = launch.said[column].dropna()
        usual = [_new_share(side, pd.concat(sides[:place])) for place, side in enumerate(sides) if place and len(side)]
        share = _new_share(now, pd.concat(sides))
        if not usual or share <= max(usual) + _RISE:
            continue
        levels = tuple(str(each) for each in now[~now.isin(pd.concat(sides))].value_counts().index[:_MOST_NAMED])
        what = f"{share:.0%} of the values were never seen in an earlier launch (at most {max(usual):.0%} before)"
        remedy = "A renamed level is to be mapped to its old name; a new one has no history yet"
        shown = () if column.startswith("attr_") else levels  # what people wrote stays where it is
        found.append(Finding("unseen-level", "warning", "leads", column, round(share * len(now)), remedy, what, shown))
    return found


def _new_share(now: pd.Series, before: pd.Series) -> float:
    return float((~now.isin(before)).mean()) if len(now) and len(before) else 0.0


def _gaps(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    gap, usual = _gap(history, launch), [_gap(history, rows) for rows in earlier]
    if gap <= max(_LEAST_HOURS, 2 * max(usual)):
        return []
    what = f"no capture for {gap:.0f} hours of the capture window (at most {max(usual):.0f} in earlier launches)"
    remedy = "See whether a form or an import stood still"
    return [Finding("capture-gap", "warning", "leads", "captured_at", 0, remedy, what)]


def _gap(history: History, rows: LaunchRows) -> float:
    """Longest time without a capture in the launch's capture window, in hours; 0 where it names none."""
    starts = rows.launch.capture_starts_at
    ends = rows.launch.capture_ends_at or rows.launch.cart_opens_at
    if starts is None or ends is None:
        return 0.0
    with history.connect() as con:
        return float(con.execute(_GAP, {"starts": starts, "ends": ends}).fetchall()[0][0])


def _late(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    found = []
    for table in ("leads", "purchases", "events"):
        lag, recent = _arrivals(history, table, launch.launch.as_of)
        past = [_arrivals(history, table, rows.launch.as_of) for rows in earlier]
        lags, shares = ([each[place] for each in past if np.isfinite(each[place])] for place in (0, 1))
        if lags and lag > max(_LEAST_HOURS, 2 * max(lags)):
            what = (
                f"the last row before the launch is {lag:.0f} hours old (at most {max(lags):.0f} in earlier launches)"
            )
            remedy = "Import what came since, then score again"
            found.append(Finding("rows-late", "warning", table, "", 0, remedy, what))
        elif shares and recent < min(shares) - _RISE:
            what = f"{recent:.0%} of the last ten days' rows are of the last five (at least {min(shares):.0%} before)"
            remedy = "Rows of the last days may still be on their way: import them, then score again"
            found.append(Finding("rows-late", "warning", table, "", 0, remedy, what))
    return found


def _arrivals(history: History, table: str, as_of: datetime) -> tuple[float, float]:
    """Hours from the last row to ``as_of``, and the last five days' share of the last ten days' rows; NaN if none."""
    sql = _ROWS.format(table=table, time=TABLES[table].time)
    with history.connect() as con:
        lag, recent, both = con.execute(sql, {"as_of": as_of, "days": timedelta(days=_RECENT_DAYS)}).fetchall()[0]
    return (float(lag), recent / both) if both else (float("nan"), float("nan"))

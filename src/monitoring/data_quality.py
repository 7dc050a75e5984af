"""What is wrong with a launch's own data: missing features, unknown categories, gaps in the captures, late rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from ..checks import Finding
from ..checks.codes import ATTRIBUTION_BROKEN, CAPTURE_GAP, FEATURE_MISSING, LATE_ROWS, UNKNOWN_CATEGORY
from ..history import History, Launch
from ..history.schema import TABLES
from ..history.timestamps import SECONDS_PER_HOUR
from ..language import Phrase
from .launch_rows import LaunchRows
from .signals import DriftSignal

#: A finding needs a share that rose by so much above the highest of the earlier launches.
_MIN_RISE = 0.1
_MIN_HOURS = 24.0
_MAX_EXAMPLES = 5
_RECENT_DAYS = 5

_GAP = f"""
    SELECT coalesce(max(epoch(next_at) - epoch(captured_at)) / {SECONDS_PER_HOUR}, 0) FROM (
        SELECT captured_at, lead(captured_at, 1, $ends) OVER (ORDER BY captured_at) AS next_at
        FROM leads WHERE captured_at >= $starts AND captured_at < $ends)
"""
_ROWS = """
    SELECT epoch($as_of::TIMESTAMPTZ - max({time})) / {hour}, count(*) FILTER ({time} >= $as_of - $days), count(*)
    FROM {table} WHERE {time} >= $as_of - 2 * $days AND {time} < $as_of
"""


def find_data_problems(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], attribution: DriftSignal
) -> list[Finding]:
    """Return findings about the launch, each measured against the earlier launches."""
    return [
        *_find_broken_attribution(launch, attribution),
        *_find_missing_features(launch, earlier),
        *_find_unknown_categories(launch, earlier),
        *_find_capture_gap(history, launch, earlier),
        *_find_late_rows(history, launch, earlier),
    ]


def _find_broken_attribution(launch: LaunchRows, attribution: DriftSignal) -> list[Finding]:
    findings = []
    for name, left in attribution.details.get("gone", {}).items():
        table, column = ("events", name.removeprefix("event ")) if name.startswith("event ") else ("leads", name)
        message = Phrase("{left:.0%} is left of the least that earlier launches had", left=left)
        findings.append(ATTRIBUTION_BROKEN.build_finding(table, column, len(launch.leads), message))
    return findings


def _find_missing_features(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    now, before = launch.table.isna().mean(), pd.DataFrame([rows.table.isna().mean() for rows in earlier]).max()
    rose = (now - before).loc[lambda rise: rise > _MIN_RISE].sort_values(ascending=False)
    if rose.empty:
        return []
    message = Phrase(
        "{count} features are missing more often than in any earlier launch, by up to {rise:.0%}",
        count=len(rose),
        rise=rose.iloc[0],
    )
    rows = round(float(rose.iloc[0]) * len(launch.leads))
    return [FEATURE_MISSING.build_finding("features", "", rows, message, list(rose.index[:_MAX_EXAMPLES]))]


def _find_unknown_categories(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    findings = []
    for column in launch.capture_fields.columns:
        now, sides = _count_categories(launch, column), [_count_categories(rows, column) for rows in earlier]
        usual = [
            float(_select_new(side, sides[:number]).sum() / side.sum())
            for number, side in enumerate(sides)
            if len(side) and any(map(len, sides[:number]))
        ]
        if not usual or now.empty:
            continue
        new = _select_new(now, sides)
        share = float(new.sum() / now.sum())
        if share <= max(usual) + _MIN_RISE:
            continue
        message = Phrase(
            "{share:.0%} of the values were never seen in an earlier launch (at most {usual:.0%} before)",
            share=share,
            usual=max(usual),
        )
        # What people wrote into a form is personal: it is not shown.
        shown = () if column.startswith("attr_") else new.index[:_MAX_EXAMPLES]
        findings.append(UNKNOWN_CATEGORY.build_finding("leads", column, int(new.sum()), message, list(shown)))
    return findings


def _count_categories(rows: LaunchRows, column: str) -> pd.Series:
    """Count the leads by category, the most frequent first."""
    return rows.capture_fields[column].value_counts() if column in rows.capture_fields else pd.Series(dtype=np.int64)


def _select_new(now: pd.Series, before: Sequence[pd.Series]) -> pd.Series:
    """Return the counts of the categories that are in none of the earlier counts."""
    return now[~now.index.isin(pd.Index([]).append([side.index for side in before]))]


def _find_capture_gap(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    with history.connect() as con:
        gap, *usual = (_measure_gap(con, rows.launch) for rows in (launch, *earlier))
    if gap <= max(_MIN_HOURS, 2 * max(usual)):
        return []
    message = Phrase(
        "no capture for {gap:.0f} hours of the capture window (at most {usual:.0f} in earlier launches)",
        gap=gap,
        usual=max(usual),
    )
    return [CAPTURE_GAP.build_finding("leads", "captured_at", 0, message)]


def _measure_gap(con: duckdb.DuckDBPyConnection, launch: Launch) -> float:
    """Return the longest time without a capture in the launch's capture window, in hours; 0 where it has none."""
    starts, ends = launch.capture_starts_at, launch.capture_ends_at or launch.cart_opens_at
    if starts is None or ends is None:
        return 0.0
    return float(con.execute(_GAP, {"starts": starts, "ends": ends}).fetchall()[0][0])


def _find_late_rows(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows]) -> list[Finding]:
    findings = []
    instants = [rows.launch.as_of for rows in (launch, *earlier)]
    for table in ("leads", "purchases", "events"):
        (lag, recent), *past = _measure_arrivals(history, table, instants)
        lags, shares = ([figures[number] for figures in past if np.isfinite(figures[number])] for number in (0, 1))
        if np.isnan(lag) and len(lags) == len(past):
            message = Phrase(
                "no row in the ten days before the launch (at most {usual:.0f} hours old in earlier launches)",
                usual=max(lags),
            )
            findings.append(LATE_ROWS.build_finding(table, "", 0, message))
        elif lags and lag > max(_MIN_HOURS, 2 * max(lags)):
            message = Phrase(
                "the last row before the launch is {lag:.0f} hours old (at most {usual:.0f} in earlier launches)",
                lag=lag,
                usual=max(lags),
            )
            findings.append(LATE_ROWS.build_finding(table, "", 0, message))
        elif shares and recent < min(shares) - _MIN_RISE:
            message = Phrase(
                "{recent:.0%} of the last ten days' rows are of the last five (at least {usual:.0%} before)",
                recent=recent,
                usual=min(shares),
            )
            findings.append(LATE_ROWS.build_finding(table, "", 0, message))
    return findings


def _measure_arrivals(history: History, table: str, instants: Sequence[datetime]) -> list[tuple[float, float]]:
    """Return for each instant the hours since the last row, and the last five days' share of the last ten days' rows.

    Both are NaN where there are no rows.
    """
    sql = _ROWS.format(table=table, time=TABLES[table].time, hour=SECONDS_PER_HOUR)
    with history.connect() as con:
        values = [{"as_of": instant, "days": timedelta(days=_RECENT_DAYS)} for instant in instants]
        rows = [con.execute(sql, value).fetchall()[0] for value in values]
    return [(float(lag), recent / both) if both else (float("nan"), float("nan")) for lag, recent, both in rows]

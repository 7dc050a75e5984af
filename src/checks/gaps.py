"""Gaps and spikes: days without rows where there should be some, instants that hold too many, impossible times."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history.schema import TABLES
from ..history.timestamps import SECONDS_PER_DAY
from ..language import Phrase
from .context import CheckContext
from .finding import REPORTED, Check, Code, Finding, Severity

_MIN_GAP_DAYS = 4
#: A gap of fewer days is a note.
_SEVERE_GAP_DAYS = 7
#: The days on either side of a gap from which the chance of an empty day is estimated.
_NEIGHBOUR_DAYS = 60
#: A pause between launches is usual up to so many times the others' middle length.
_MAX_TIMES_USUAL = 2.0
#: How improbable a gap must be, were its days like those around it.
_MAX_CHANCE = 1e-6
#: Where no launch is declared, so many days without leads are the time between two launches.
_MIN_PAUSE_DAYS = 21
_MIN_SPIKE_SHARE, _MIN_SPIKE_LEADS = 0.2, 50
#: A table that spans more days than this has implausible times, which are found apart.
_MAX_SPAN_DAYS = 40_000
_LONG_BEFORE = timedelta(days=20 * 365)

MISSING_DAYS = Code(
    "missing-days",
    "warning",
    "days without rows where there should be some",
    REPORTED,
    "Export those days again, or confirm the pause",
)
SPIKE = Code(
    "timestamp-spike",
    "note",
    "one instant holds a large share of a table's rows",
    REPORTED,
    "Check whether it is the instant of an import instead of that of each row",
)
FUTURE = Code(
    "future-timestamps",
    "warning",
    "rows of times that are yet to come",
    REPORTED,
    "Check their zone, and whether day and month are swapped",
)
IMPLAUSIBLE = Code(
    "implausible-timestamps",
    "warning",
    "rows of a time long before all others",
    REPORTED,
    "Look for empty times that were written as 1970",
)


def check_gaps(context: CheckContext) -> tuple[str, list[Finding]]:
    """Find gaps, spikes and impossible times in each table."""
    findings: list[Finding] = []
    for table in ("leads", "purchases", "events"):
        column = str(TABLES[table].time)
        daily = _count_days(context, table)
        if daily.empty:
            continue
        findings += _find_gaps(
            table, column, daily, _mark_launch_days(context, daily.index), _list_pauses(context, daily.index)
        )
        findings += _find_spikes(context, table, column)
        findings += _find_impossible_times(context, table, column)
    began, ended = context.history.began_at, context.history.ended_at
    span = f"{began:%Y-%m-%d} to {ended:%Y-%m-%d}" if began and ended else "no rows"
    return span, findings


def _count_days(context: CheckContext, table: str) -> pd.Series:
    """Count the rows of each day, days without rows included."""
    time = TABLES[table].time
    rows = context.query(
        f"SELECT epoch({time})::BIGINT // {SECONDS_PER_DAY} AS day, count(*) FROM {table} GROUP BY 1 ORDER BY 1"
    )
    if not rows or rows[-1][0] - rows[0][0] > _MAX_SPAN_DAYS:
        return pd.Series(dtype=np.int64)
    counts = pd.Series(dict(rows), dtype=np.int64)
    return counts.reindex(range(counts.index[0], counts.index[-1] + 1), fill_value=0)


def _mark_launch_days(context: CheckContext, days: pd.Index) -> NDArray[np.bool_]:
    """Mark the days within some launch, from its first capture to its end: rows come at other rates there."""
    inside = np.zeros(len(days), np.bool_)
    for launch in context.launches:
        begins = min(launch.capture_starts_at or launch.as_of, launch.as_of)
        first = begins.timestamp() // SECONDS_PER_DAY
        last = launch.closes_at.timestamp() // SECONDS_PER_DAY
        inside |= (days >= first) & (days <= last)
    return inside


def _list_pauses(context: CheckContext, days: pd.Index) -> list[tuple[int, int]]:
    """Return where each time between two launches lies among the days of a table (half-open)."""
    around = np.arange(days[0] - 1, days[-1] + 2)  # a launch may begin where the table ends
    runs = _find_runs(~_mark_launch_days(context, pd.Index(around)))
    return [(start - 1, stop - 1) for start, stop in runs if start > 0 and stop < len(around)]


def _find_gaps(
    table: str, column: str, daily: pd.Series, in_launch: NDArray[np.bool_], pauses: list[tuple[int, int]]
) -> list[Finding]:
    empty = daily.to_numpy() == 0
    gaps = []
    for start, stop in _find_runs(empty):
        if table == "leads" and not in_launch.any() and stop - start >= _MIN_PAUSE_DAYS:
            continue
        chance = 1.0
        for kind in (False, True):  # days of launches and days between them are each judged by their own kind
            length = int((in_launch[start:stop] == kind).sum())
            if not kind and length and _is_usual_pause(empty, pauses, start, stop):
                continue
            low, high = max(start - _NEIGHBOUR_DAYS, 0), stop + _NEIGHBOUR_DAYS
            before = empty[low:start][in_launch[low:start] == kind]
            after = empty[stop:high][in_launch[stop:high] == kind]
            around = np.r_[before, after]
            chance *= ((around.sum() + 0.5) / (len(around) + 1)) ** length
        if stop - start >= _MIN_GAP_DAYS and chance < _MAX_CHANCE:
            gaps.append((stop - start, start, stop))
    gaps.sort(reverse=True)
    if not gaps:
        return []
    examples = [
        f"{_format_day(daily.index[start])} to {_format_day(daily.index[stop - 1])}" for _, start, stop in gaps[:3]
    ]
    days = sum(length for length, *_ in gaps)
    message = Phrase("{days:,} days without rows, where nearly every day around has some", days=days)
    severity: Severity | None = "note" if gaps[0][0] < _SEVERE_GAP_DAYS else None
    return [MISSING_DAYS.build_finding(table, column, days, message, examples, severity)]


def _find_runs(days: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where each run of marked days begins and ends (half-open)."""
    edges = np.flatnonzero(np.diff(np.r_[False, days, False].astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _is_usual_pause(empty: NDArray[np.bool_], pauses: list[tuple[int, int]], start: int, stop: int) -> bool:
    """Return whether a gap between launches is the business's own rhythm: others between launches are as long.

    Where there is but one time between launches, most of its days must be empty.
    """
    others = [pause for pause in pauses if pause[1] <= start or pause[0] >= stop]
    if not others:
        return bool(pauses) and bool(np.concatenate([empty[slice(*pause)] for pause in pauses]).mean() > 0.5)
    longest = [max((last - first for first, last in _find_runs(empty[slice(*pause)])), default=0) for pause in others]
    return stop - start <= _MAX_TIMES_USUAL * float(np.median(longest))


def _format_day(number: int) -> str:
    return f"{datetime.fromtimestamp(number * SECONDS_PER_DAY, UTC):%Y-%m-%d}"


def _find_spikes(context: CheckContext, table: str, column: str) -> list[Finding]:
    """Find instants within a day at which very many leads have a row; dates without hours are no instants."""
    instants = context.query(
        f"SELECT CAST({column} AS VARCHAR), count(DISTINCT lead_id) AS leads "
        f"FROM {table} GROUP BY {column} HAVING leads >= {_MIN_SPIKE_LEADS} ORDER BY leads DESC, 1 LIMIT 3"
    )
    leads, midnight_share = context.query(
        f"SELECT count(DISTINCT lead_id), avg(CAST(epoch({column})::BIGINT % {SECONDS_PER_DAY} = 0 AS INTEGER)) "
        f"FROM {table}"
    )[0]
    crowded = [(instant, count) for instant, count in instants if count >= _MIN_SPIKE_SHARE * leads]
    if not crowded or midnight_share > 0.5:
        return []
    rows = sum(count for _, count in crowded)
    message = Phrase("{rows:,} of {leads:,} leads have a row at the same instant", rows=rows, leads=leads)
    return [SPIKE.build_finding(table, column, rows, message, [instant for instant, _ in crowded])]


def _find_impossible_times(context: CheckContext, table: str, column: str) -> list[Finding]:
    rows, median = context.query(
        f"SELECT count(*) FILTER ({column} > $now), quantile_disc({column}, 0.5)::VARCHAR FROM {table}",
        now=context.present + timedelta(days=1),
    )[0]
    findings = []
    if rows:
        findings.append(
            FUTURE.build_finding(table, column, rows, Phrase("rows with a time after today: {rows:,}", rows=rows))
        )
    before = datetime.fromisoformat(median) - _LONG_BEFORE
    early, leads = context.query(
        f"SELECT count(*), list(DISTINCT lead_id)[:3] FROM {table} WHERE {column} < $before", before=before
    )[0]
    if early:
        message = Phrase("{early:,} rows lie more than twenty years before the others' middle", early=early)
        findings.append(IMPLAUSIBLE.build_finding(table, column, early, message, leads))
    return findings


CHECK = Check(
    "gaps and spikes",
    "runs of days without rows that the days around them make next to impossible (launches apart from the time between "
    "them, and pauses that are usual between launches left out); instants that hold a fifth of the leads; times yet to "
    "come, or decades before all others",
    (MISSING_DAYS, SPIKE, FUTURE, IMPLAUSIBLE),
    check_gaps,
)

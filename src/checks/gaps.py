"""Gaps and spikes: days without rows where there should be some, instants that hold too many."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from ..history.schema import TABLES
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding

_SHORTEST_GAP_DAYS = 4
#: Days around a gap that say how many of its days should have had rows.
_AROUND_DAYS = 60
#: How improbable a gap must be, were its days like those around it.
_CHANCE = 1e-6
_SPIKE_SHARE, _SPIKE_LEADS = 0.2, 50
_LONG_BEFORE = timedelta(days=20 * 365)


def check_gaps(material: CheckContext, now: datetime | None = None) -> CheckResult:
    """Gaps, spikes, and rows of times that cannot be; ``now`` is by default the clock's."""
    findings: list[Finding] = []
    for table in ("leads", "purchases", "events"):
        time = TABLES[table].time
        daily = _daily(material, table)
        if daily.empty:
            continue
        findings += _gaps(table, str(time), daily, _selling_days(material, daily.index))
        findings += _spikes(material, table, str(time))
        findings += _impossible(material, table, str(time), now or datetime.now(UTC))
    began, ended = material.history.began_at, material.history.ended_at
    span = f"{began:%Y-%m-%d} to {ended:%Y-%m-%d}" if began and ended else "no rows"
    return CheckResult("gaps and spikes", span, tuple(findings))


def _daily(material: CheckContext, table: str) -> pd.Series:
    """Rows a day, days without rows included."""
    time = TABLES[table].time
    rows = material.rows(f"SELECT epoch({time})::BIGINT // 86400 AS day, count(*) FROM {table} GROUP BY 1 ORDER BY 1")
    if not rows or rows[-1][0] - rows[0][0] > 40_000:  # a hundred years: told as implausible times
        return pd.Series(dtype=np.int64)
    counts = pd.Series(dict(rows), dtype=np.int64)
    return counts.reindex(range(counts.index[0], counts.index[-1] + 1), fill_value=0)


def _selling_days(material: CheckContext, days: pd.Index) -> np.ndarray:
    """Which days lie in some launch, from its first capture to its end: rows come at other rates there."""
    inside = np.zeros(len(days), bool)
    for launch in material.launches:
        begins = min(launch.capture_starts_at or launch.as_of, launch.as_of)
        first, last = begins.timestamp() // 86400, launch.closes_at.timestamp() // 86400
        inside |= (days >= first) & (days <= last)
    return inside


def _gaps(table: str, column: str, daily: pd.Series, selling: np.ndarray) -> list[Finding]:
    empty = daily.to_numpy() == 0
    edges = np.flatnonzero(np.diff(np.r_[False, empty, False].astype(np.int8)))
    gaps = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        chance = 1.0
        for kind in (False, True):  # days of launches and days between them are judged each by their own kind
            length = int((selling[start:stop] == kind).sum())
            low, high = max(start - _AROUND_DAYS, 0), stop + _AROUND_DAYS
            around = np.r_[empty[low:start][selling[low:start] == kind], empty[stop:high][selling[stop:high] == kind]]
            chance *= ((around.sum() + 0.5) / (len(around) + 1)) ** length
        if stop - start >= _SHORTEST_GAP_DAYS and chance < _CHANCE:
            gaps.append((stop - start, start, stop))
    gaps.sort(reverse=True)
    if not gaps:
        return []
    told = [f"{_day(daily.index[start])} to {_day(daily.index[stop - 1])}" for _, start, stop in gaps[:3]]
    days = sum(length for length, *_ in gaps)
    what = f"{days} days without rows, where nearly every day around has some"
    return [finding("missing-days", table, column, days, what, told, "note" if gaps[0][0] < 7 else None)]


def _day(number: int) -> str:
    return f"{datetime.fromtimestamp(number * 86400, UTC):%Y-%m-%d}"


def _spikes(material: CheckContext, table: str, column: str) -> list[Finding]:
    """An instant within a day at which very many leads have a row; days without hours are no instants."""
    found = material.rows(
        f"SELECT CAST({column} AS VARCHAR), count(DISTINCT lead_id) AS leads "
        f"FROM {table} GROUP BY {column} HAVING leads >= {_SPIKE_LEADS} ORDER BY leads DESC, 1 LIMIT 3"
    )
    leads, dated = material.rows(
        f"SELECT count(DISTINCT lead_id), avg(CAST(epoch({column})::BIGINT % 86400 = 0 AS INTEGER)) FROM {table}"
    )[0]
    crowded = [each for each in found if each[1] >= _SPIKE_SHARE * leads]
    if not crowded or dated > 0.5:
        return []
    rows = sum(count for _, count in crowded)
    what = f"{rows:,} of {leads:,} leads have a row at the same instant"
    return [finding("timestamp-spike", table, column, rows, what, [at for at, _ in crowded])]


def _impossible(material: CheckContext, table: str, column: str, now: datetime) -> list[Finding]:
    rows, median = material.rows(
        f"SELECT count(*) FILTER ({column} > $now), quantile_disc({column}, 0.5)::VARCHAR FROM {table}",
        now=now + timedelta(days=1),
    )[0]
    found = []
    if rows:
        found.append(finding("future-timestamps", table, column, rows, f"{rows:,} rows are of times after today"))
    before = datetime.fromisoformat(median) - _LONG_BEFORE
    early, leads = material.rows(
        f"SELECT count(*), list(DISTINCT lead_id)[:3] FROM {table} WHERE {column} < $before", before=before
    )[0]
    if early:
        what = f"{early:,} rows lie more than twenty years before the others' middle"
        found.append(finding("implausible-timestamps", table, column, early, what, leads))
    return found

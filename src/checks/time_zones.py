"""Time zones: a part of a table whose rows stand at other hours of the day than the rest."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ..history.schema import TABLES
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding

_FEWEST_ROWS = 400
_PARTS = 20
#: A shift of an hour comes and goes with summer time.
_LEAST_HOURS = 2
#: What moving the part by some hours must explain: so much log-likelihood a row, and in all, and so much of the gap.
_GAIN_A_ROW, _GAIN, _SHARE_EXPLAINED = 0.02, 30.0, 0.6


def check_time_zones(material: CheckContext) -> CheckResult:
    """For each table the day from which on its hours of day are moved, if there is one."""
    findings: list[Finding] = []
    for table in ("leads", "purchases", "events"):
        shifted = _shift(material, table)
        if shifted is None:
            continue
        since, rows, hours = shifted
        what = f"from {since} on, rows stand {abs(hours)} hours {'later' if hours > 0 else 'earlier'} in the day"
        findings.append(finding("time-zone-shift", table, str(TABLES[table].time), rows, what, [since]))
    return CheckResult("time zones", "the same throughout" if not findings else "moved", tuple(findings))


def _shift(material: CheckContext, table: str) -> tuple[str, int, int] | None:
    """(day since, rows since, hours) of the split in time that a shift explains best."""
    time = TABLES[table].time
    rows = material.rows(
        f"SELECT day, hour, count(*) FROM (SELECT epoch({time})::BIGINT // 86400 AS day, hour({time}) AS hour "
        f"FROM {table}) GROUP BY day, hour ORDER BY day"
    )
    if not rows:
        return None
    day, hour, count = np.array(rows, np.int64).T
    by_hour = np.bincount(hour, count, 24)
    if count.sum() < _FEWEST_ROWS or by_hour.max() > 0.5 * count.sum():  # days without hours
        return None
    part = np.minimum(np.cumsum(count) * _PARTS // (count.sum() + 1), _PARTS - 1)
    histogram = np.zeros((_PARTS, 24))
    np.add.at(histogram, (part, hour), count)
    found = [(*_best(histogram[:split].sum(axis=0), histogram[split:].sum(axis=0)), split) for split in range(2, 19)]
    _, hours, split = max(found)
    if not hours:
        return None
    since = datetime.fromtimestamp(int(day[part >= split][0]) * 86400, UTC)
    return f"{since:%Y-%m-%d}", int(histogram[split:].sum()), hours


def _best(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, int]:
    """The gain in log-likelihood of the best shift, and the shift in hours (0: none explains enough)."""
    reference = (before + 0.5) / (before.sum() + 12)
    rows, own = after.sum(), (after + 0.5) / (after.sum() + 12)
    likelihood = np.array([(after * np.log(np.roll(reference, hours))).sum() for hours in range(24)])
    best = int(likelihood.argmax())
    hours = best if best <= 12 else best - 24
    gain, gap = likelihood[best] - likelihood[0], (after * np.log(own)).sum() - likelihood[0]
    enough = gain > max(_GAIN, _GAIN_A_ROW * rows) and gain > _SHARE_EXPLAINED * gap
    return float(gain), hours if enough and abs(hours) >= _LEAST_HOURS else 0

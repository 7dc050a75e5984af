"""Time zones: a part of a table whose rows stand at other hours of the day than the rest."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ..history.schema import TABLES
from ..history.timestamps import SECONDS_PER_DAY
from ..language import Phrase, mark
from .context import CheckContext
from .finding import REPORTED, Check, Code, Finding

_MIN_ROWS = 400
_PARTS = 20
#: A shift of an hour comes and goes with summer time.
_MIN_SHIFT_HOURS = 2
#: What moving the part by some hours must gain: log-likelihood a row, in all, and as a share of the gap.
_MIN_GAIN_PER_ROW, _MIN_GAIN, _MIN_SHARE_EXPLAINED = 0.02, 30.0, 0.6

SHIFT = Code(
    "time-zone-shift",
    "warning",
    "from some day on, rows stand at other hours of the day",
    REPORTED,
    "Check in which zone each part was exported; name it in the import",
)


def check_time_zones(context: CheckContext) -> tuple[str, list[Finding]]:
    """Find for each table the day from which on its hours of day are shifted, if there is one."""
    findings: list[Finding] = []
    for table in ("leads", "purchases", "events"):
        shift = _find_shift(context, table)
        if shift is None:
            continue
        since, rows, hours = shift
        pattern = mark("from {since} on, rows stand {hours} hours earlier in the day")
        if hours > 0:
            pattern = mark("from {since} on, rows stand {hours} hours later in the day")
        message = Phrase(pattern, since=since, hours=abs(hours))
        findings.append(SHIFT.build_finding(table, str(TABLES[table].time), rows, message, [since]))
    return "the same throughout" if not findings else "shifted", findings


def _find_shift(context: CheckContext, table: str) -> tuple[str, int, int] | None:
    """Return (day since, rows since, hours) of the split in time that a shift explains best."""
    time = TABLES[table].time
    rows = context.query(
        f"SELECT day, hour, count(*) FROM (SELECT epoch({time})::BIGINT // {SECONDS_PER_DAY} AS day, "
        f"hour({time}) AS hour FROM {table}) GROUP BY day, hour ORDER BY day"
    )
    if not rows:
        return None
    day, hour, count = np.array(rows, np.int64).T
    by_hour = np.bincount(hour, count, 24)
    if count.sum() < _MIN_ROWS or by_hour.max() > 0.5 * count.sum():  # dates without hours
        return None
    part = np.minimum(np.cumsum(count) * _PARTS // (count.sum() + 1), _PARTS - 1)
    histogram = np.zeros((_PARTS, 24))
    np.add.at(histogram, (part, hour), count)
    shifts = [
        (*_fit_shift(histogram[:split].sum(axis=0), histogram[split:].sum(axis=0)), split) for split in range(2, 19)
    ]
    _, hours, split = max(shifts)
    if not hours:
        return None
    since = datetime.fromtimestamp(int(day[part >= split][0]) * SECONDS_PER_DAY, UTC)
    return f"{since:%Y-%m-%d}", int(histogram[split:].sum()), hours


def _fit_shift(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, int]:
    """Return the gain in log-likelihood of the best shift, and the shift in hours (0: none explains enough).

    ``before`` and ``after`` count the rows by hour of day.
    """
    reference = (before + 0.5) / (before.sum() + 12)
    rows = after.sum()
    shares = (after + 0.5) / (rows + 12)
    likelihood = np.array([(after * np.log(np.roll(reference, hours))).sum() for hours in range(24)])
    best = int(likelihood.argmax())
    hours = best if best <= 12 else best - 24
    gain = likelihood[best] - likelihood[0]
    gap = (after * np.log(shares)).sum() - likelihood[0]
    enough = gain > max(_MIN_GAIN, _MIN_GAIN_PER_ROW * rows) and gain > _MIN_SHARE_EXPLAINED * gap
    return float(gain), hours if enough and abs(hours) >= _MIN_SHIFT_HOURS else 0


CHECK = Check(
    "time zones",
    "the split in time whose later part fits the earlier part's hours of day once it is moved by two hours or more",
    (SHIFT,),
    check_time_zones,
)

"""The levels of a text column: by how many leads and in how many launches each was seen before an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history.compilation import jit
from ..history.lead_rows import Categorical
from ..history.scan import RangeRows, TableRows
from ..history.timestamps import MICROSECONDS_PER_DAY, to_microseconds


@dataclass
class LevelCounts:
    """The leads of each level of a column, and its periods (a capture's launch, else a month)."""

    leads: Counter[str] = field(default_factory=Counter)
    periods: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: LevelCounts) -> None:
        """Add the counts of other leads."""
        self.leads.update(other.leads)
        for level, periods in other.periods.items():
            self.periods.setdefault(level, set()).update(periods)


#: All rows before the instant are counted in a column of this name, under one level of this name.
ALL = ""


class LevelAccumulator:
    """Accumulates in ``scan_history`` the levels of ``columns`` of captures or purchases before ``as_of``.

    ``levels`` has them by column, and under the column ``ALL`` the one level of all rows.
    """

    def __init__(self, columns: Sequence[str], as_of: datetime, *, of_purchases: bool = False) -> None:
        self._columns, self._as_of, self._of_purchases = tuple(columns), to_microseconds(as_of), of_purchases
        self.capture_columns: Sequence[str] = () if of_purchases else ("launch_id", *columns)
        self.purchase_columns: Sequence[str] = columns if of_purchases else ()
        self.levels = {column: LevelCounts() for column in (*columns, ALL)}

    def process(self, rows: RangeRows) -> dict[str, LevelCounts]:
        """Count the levels of a range of leads."""
        table = rows.purchases if self._of_purchases else rows.captures
        periods = _find_periods(table, None if self._of_purchases else table.encode("launch_id"))
        columns = {column: table.encode(column) for column in self._columns}
        columns[ALL] = Categorical(np.zeros(len(table.times), np.int32), [ALL])
        return {name: _count_levels(column, table, periods, self._as_of) for name, column in columns.items()}

    def merge(self, partial: dict[str, LevelCounts]) -> None:
        """Add the counts of other leads."""
        for column, levels in partial.items():
            self.levels[column].add(levels)


class _Periods(NamedTuple):
    """The period of a row: the launch that it names, else the month of its day."""

    launches: NDArray[np.int32]  # one a row, -1 where none is named
    months: NDArray[np.int64]  # of the days from ``first_day`` on
    first_day: int  # days since 1970
    names: Sequence[str]


def _find_periods(rows: TableRows, launch_ids: Categorical | None) -> _Periods:
    launches = launch_ids or Categorical(np.full(len(rows.times), -1, np.int32), ())
    ends = np.array([rows.times.min(), rows.times.max()] if len(rows.times) else [0, 0], "datetime64[us]")
    first, last = ends.astype("datetime64[M]")
    months = np.arange(first, last + 2)
    begins = months.astype("datetime64[D]").astype(np.int64)
    first_code = len(launches.categories)
    month_of_day = np.repeat(np.arange(first_code, first_code + len(begins) - 1), np.diff(begins))
    names = [*launches.categories, *months.astype(str).tolist()]
    return _Periods(launches.codes, month_of_day, int(begins[0]), names)


def _count_levels(column: Categorical, rows: TableRows, periods: _Periods, as_of: int) -> LevelCounts:
    levels = column.categories
    leads, seen_in = _count(
        column.codes,
        rows.starts,
        rows.stops,
        rows.times,
        as_of,
        periods.launches,
        periods.months,
        periods.first_day,
        len(levels),
        len(periods.names),
    )
    counts = LevelCounts()
    for code in np.flatnonzero(leads).tolist():
        counts.leads[levels[code]] = int(leads[code])
        counts.periods[levels[code]] = {periods.names[i] for i in np.flatnonzero(seen_in[code]).tolist()}
    return counts


@jit
def _count(
    codes: Any,
    starts: Any,
    stops: Any,
    times: Any,
    as_of: int,
    launches: Any,
    months: Any,
    first_day: int,
    level_count: int,
    period_count: int,
) -> Any:
    leads, periods = np.zeros(level_count, np.int64), np.zeros((level_count, period_count), np.bool_)
    last = np.full(level_count, -1, np.int64)  # the lead that had the level last
    for lead in range(len(starts)):
        for row in range(starts[lead], stops[lead]):
            level = codes[row]
            if times[row] < as_of and level >= 0:
                if last[level] != lead:
                    leads[level] += 1
                    last[level] = lead
                named = launches[row] >= 0
                period = launches[row] if named else months[times[row] // MICROSECONDS_PER_DAY - first_day]
                periods[level, period] = True
    return leads, periods

"""The words of a column, by how many leads and in how many launches they were said before an instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.kernel import MICROSECONDS_A_DAY
from history.lead_rows import Coded
from history.membership import instant
from history.one_pass import RangeRows, TableRows


@dataclass
class Levels:
    """What was said in a column: each word's leads, and its periods (a capture's launch, else a month)."""

    leads: Counter[str] = field(default_factory=Counter)
    periods: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: "Levels") -> None:
        """Count what other leads said as well."""
        self.leads.update(other.leads)
        for word, periods in other.periods.items():
            self.periods.setdefault(word, set()).update(periods)


#: What all leads that are known have in common stands in a column of its own, under one word.
ALL = ""


class LevelCount:
    """The words of ``columns`` of captures, or with ``sold`` of purchases, before ``as_of``: a count of ``one_pass``.

    ``found`` has them by column, and under the column ``ALL`` the one word of all rows.
    """

    def __init__(self, columns: Sequence[str], as_of: datetime, *, sold: bool = False) -> None:
        self._columns, self._as_of, self._of_sold = tuple(columns), instant(as_of), sold
        self.captured: Sequence[str] = () if sold else ("launch_id", *columns)
        self.sold: Sequence[str] = columns if sold else ()
        self.found = {column: Levels() for column in (*columns, ALL)}

    def of_range(self, rows: RangeRows) -> dict[str, Levels]:
        """What a range of leads said."""
        own = rows.purchases if self._of_sold else rows.captures
        size = len(own.times)
        known, nothing = own.times < self._as_of, Coded(np.full(size, -1, np.int32), ())
        period = _periods(own.times, nothing if self._of_sold else own.words("launch_id"))
        said = {column: own.words(column) for column in self._columns} | {ALL: Coded(np.zeros(size, np.int32), [ALL])}
        return {column: _counted(words, own, period, known) for column, words in said.items()}

    def add(self, found: dict[str, Levels]) -> None:
        """What other leads said as well."""
        for column, words in found.items():
            self.found[column].add(words)


def _periods(times: NDArray[np.int64], launch: Coded) -> Coded:
    """The launch that a row names, else its month."""
    ends = np.array([times.min(), times.max()] if len(times) else [], "datetime64[us]").astype("datetime64[M]")
    months = np.arange(ends[0], ends[1] + 2) if len(ends) else ends
    begins = months.astype("datetime64[D]").astype(np.int64)
    month_of_day = np.repeat(np.arange(len(launch.words), len(launch.words) + len(begins) - 1), np.diff(begins))
    month = month_of_day[times // MICROSECONDS_A_DAY - begins[:1]]
    return Coded(np.where(launch.codes >= 0, launch.codes, month), [*launch.words, *months.astype(str).tolist()])


def _counted(words: Coded, rows: TableRows, period: Coded, known: NDArray[np.bool_]) -> Levels:
    sizes = len(words.words), len(period.words)
    leads, periods = _count(words.codes, rows.starts, rows.stops, period.codes, known, *sizes)
    found = Levels()
    for place in np.flatnonzero(leads).tolist():
        found.leads[words.words[place]] = int(leads[place])
        found.periods[words.words[place]] = {period.words[i] for i in np.flatnonzero(periods[place]).tolist()}
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(codes: Any, starts: Any, stops: Any, period: Any, known: Any, words: int, spans: int) -> Any:
    leads, periods = np.zeros(words, np.int64), np.zeros((words, spans), np.bool_)
    last = np.full(words, -1, np.int64)  # the lead that said the word last
    for lead in range(len(starts)):
        for row in range(starts[lead], stops[lead]):
            word = codes[row]
            if known[row] and word >= 0:
                if last[word] != lead:
                    leads[word] += 1
                    last[word] = lead
                periods[word, period[row]] = True
    return leads, periods

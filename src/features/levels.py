"""The words of a column, by how many leads and in how many launches they were said before an instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from history import History
from history.lead_rows import Coded, coded, lead_runs, microseconds
from history.membership import instant
from history.parts import in_threads, ranges_of


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


def levels(history: History, table: str, time: str, columns: Sequence[str], as_of: datetime) -> dict[str, Levels]:
    """The words of each column in rows before ``as_of``, and under the column ``ALL`` the one word of all rows."""
    launch = ["launch_id"] if table == "leads" else []
    names = list(dict.fromkeys(["lead_id", time, *launch, *columns]))

    def count(part: tuple[str | None, str | None]) -> dict[str, Levels]:
        rows = history.read_range(table, names, *part)
        (_, bounds), times = lead_runs(rows["lead_id"]), microseconds(rows[time])
        known = times < instant(as_of)
        period = _periods(times, coded(rows["launch_id"]) if launch else Coded(np.full(len(rows), -1, np.int32), ()))
        everyone = Coded(np.zeros(len(rows), np.int32), [ALL])
        found = {column: _counted(coded(rows[column]), bounds, period, known) for column in columns}
        return found | {ALL: _counted(everyone, bounds, period, known)}

    total = {column: Levels() for column in (*columns, ALL)}
    for found in in_threads(ranges_of(history, [table]), count):
        for column, words in found.items():
            total[column].add(words)
    return total


def _periods(times: NDArray[np.int64], launch: Coded) -> Coded:
    """The launch that a row names, else its month."""
    ends = np.array([times.min(), times.max()] if len(times) else [], "datetime64[us]").astype("datetime64[M]")
    months = np.arange(ends[0], ends[1] + 2) if len(ends) else ends
    begins = months.astype("datetime64[us]").astype(np.int64)
    month = np.searchsorted(begins, times, "right") - 1 + len(launch.words)
    return Coded(np.where(launch.codes >= 0, launch.codes, month), [*launch.words, *months.astype(str).tolist()])


def _counted(words: Coded, bounds: NDArray[np.int64], period: Coded, known: NDArray[np.bool_]) -> Levels:
    leads, periods = _count(words.codes, bounds, period.codes, known, len(words.words), len(period.words))
    found = Levels()
    for place in np.flatnonzero(leads).tolist():
        found.leads[words.words[place]] = int(leads[place])
        found.periods[words.words[place]] = {period.words[i] for i in np.flatnonzero(periods[place]).tolist()}
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(codes: Any, bounds: Any, period: Any, known: Any, words: int, spans: int) -> Any:
    leads, periods = np.zeros(words, np.int64), np.zeros((words, spans), np.bool_)
    last = np.full(words, -1, np.int64)  # the lead that said the word last
    for lead in range(len(bounds) - 1):
        for row in range(bounds[lead], bounds[lead + 1]):
            word = codes[row]
            if known[row] and word >= 0:
                if last[word] != lead:
                    leads[word] += 1
                    last[word] = lead
                periods[word, period[row]] = True
    return leads, periods

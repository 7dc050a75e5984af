"""The words of a column, by how many leads and in how many launches they were said before an instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from features.columns import Coded
from features.parts import in_threads, ranges_of
from features.read_columns import coded, microseconds
from history import History


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
    instant = int(as_of.timestamp()) * 1_000_000 + as_of.microsecond

    def count(part: tuple[str | None, str | None]) -> dict[str, Levels]:
        rows = history.read_range(table, names, *part)
        known, lead = microseconds(rows[time]) < instant, coded(rows["lead_id"]).codes
        period = _periods(rows, time, bool(launch))
        everyone = Coded(np.zeros(len(rows), np.int32), [ALL])
        found = {column: _counted(coded(rows[column]), lead, period, known) for column in columns}
        return found | {ALL: _counted(everyone, lead, period, known)}

    total = {column: Levels() for column in (*columns, ALL)}
    for found in in_threads(ranges_of(history, table), count):
        for column, words in found.items():
            total[column].add(words)
    return total


def _periods(rows: pa.Table, time: str, launched: bool) -> Coded:
    """The launch that a row names, else its month."""
    months = pc.floor_temporal(rows[time], unit="month")
    month = coded(pc.dictionary_encode(pc.cast(months, pa.int64())))
    names = [f"{datetime.fromtimestamp(int(at) / 1e6, UTC):%Y-%m}" for at in month.words]
    if not launched:
        return Coded(month.codes, names)
    launch = coded(rows["launch_id"])
    codes = np.where(launch.codes >= 0, launch.codes, month.codes + len(launch.words))
    return Coded(codes, [*launch.words, *names])


def _counted(words: Coded, lead: Any, period: Coded, known: Any) -> Levels:
    leads, periods = _count(words.codes, lead, period.codes, known, len(words.words), len(period.words))
    found = Levels()
    for place in np.flatnonzero(leads).tolist():
        found.leads[words.words[place]] = int(leads[place])
        found.periods[words.words[place]] = {period.words[i] for i in np.flatnonzero(periods[place]).tolist()}
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(codes: Any, lead: Any, period: Any, known: Any, words: int, spans: int) -> Any:
    leads, periods = np.zeros(words, np.int64), np.zeros((words, spans), np.bool_)
    last = np.full(words, -1, np.int64)  # the lead that said the word last: leads' rows lie together
    for row in range(len(codes)):
        word = codes[row]
        if known[row] and word >= 0:
            if last[word] != lead[row]:
                leads[word] += 1
                last[word] = lead[row]
            periods[word, period[row]] = True
    return leads, periods

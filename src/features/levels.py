"""The words of a column, by how many leads and in how many launches they were said before an instant."""

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
    """What was said in a column: each word's leads, and its periods (a capture's launch, else a month)."""

    leads: Counter[str] = field(default_factory=Counter)
    periods: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: "LevelCounts") -> None:
        """Count what other leads said as well."""
        self.leads.update(other.leads)
        for word, periods in other.periods.items():
            self.periods.setdefault(word, set()).update(periods)


#: What all leads that are known have in common stands in a column of its own, under one word.
ALL = ""


class LevelCount:
    """The words of ``columns`` of captures, or with ``sold`` of purchases, before ``as_of``: an accumulator.

    ``found`` has them by column, and under the column ``ALL`` the one word of all rows.
    """

    def __init__(self, columns: Sequence[str], as_of: datetime, *, sold: bool = False) -> None:
        self._columns, self._as_of, self._of_sold = tuple(columns), to_microseconds(as_of), sold
        self.capture_columns: Sequence[str] = () if sold else ("launch_id", *columns)
        self.purchase_columns: Sequence[str] = columns if sold else ()
        self.found = {column: LevelCounts() for column in (*columns, ALL)}

    def process(self, rows: RangeRows) -> dict[str, LevelCounts]:
        """What a range of leads said."""
        own = rows.purchases if self._of_sold else rows.captures
        size = len(own.times)
        periods = _periods(own, None if self._of_sold else own.encode("launch_id"))
        said = {column: own.encode(column) for column in self._columns} | {
            ALL: Categorical(np.zeros(size, np.int32), [ALL])
        }
        return {column: _counted(words, own, periods, self._as_of) for column, words in said.items()}

    def merge(self, found: dict[str, LevelCounts]) -> None:
        """What other leads said as well."""
        for column, words in found.items():
            self.found[column].add(words)


class _Periods(NamedTuple):
    """The period of a row: the launch that it names, else the month of its day."""

    launches: NDArray[np.int32]  # one a row, -1 where none is named
    months: NDArray[np.int64]  # of the days from ``first`` on
    first: int  # days since 1970
    names: Sequence[str]


def _periods(rows: TableRows, launch: Categorical | None) -> _Periods:
    named = launch or Categorical(np.full(len(rows.times), -1, np.int32), ())
    ends = np.array([rows.times.min(), rows.times.max()] if len(rows.times) else [0, 0], "datetime64[us]")
    first, last = ends.astype("datetime64[M]")
    months = np.arange(first, last + 2)
    begins = months.astype("datetime64[D]").astype(np.int64)
    of_day = np.repeat(np.arange(len(named.categories), len(named.categories) + len(begins) - 1), np.diff(begins))
    return _Periods(named.codes, of_day, int(begins[0]), [*named.categories, *months.astype(str).tolist()])


def _counted(words: Categorical, rows: TableRows, periods: _Periods, as_of: int) -> LevelCounts:
    launches, of_day, first_day, names = periods
    leads, said_in = _count(
        words.codes,
        rows.starts,
        rows.stops,
        rows.times,
        as_of,
        launches,
        of_day,
        first_day,
        len(words.categories),
        len(names),
    )
    found = LevelCounts()
    for place in np.flatnonzero(leads).tolist():
        found.leads[words.categories[place]] = int(leads[place])
        found.periods[words.categories[place]] = {names[i] for i in np.flatnonzero(said_in[place]).tolist()}
    return found


@jit
def _count(
    codes: Any,
    starts: Any,
    stops: Any,
    times: Any,
    as_of: int,
    launches: Any,
    months: Any,
    first: int,
    words: int,
    spans: int,
) -> Any:
    leads, periods = np.zeros(words, np.int64), np.zeros((words, spans), np.bool_)
    last = np.full(words, -1, np.int64)  # the lead that said the word last
    for lead in range(len(starts)):
        for row in range(starts[lead], stops[lead]):
            word = codes[row]
            if times[row] < as_of and word >= 0:
                if last[word] != lead:
                    leads[word] += 1
                    last[word] = lead
                named = launches[row] >= 0
                periods[word, launches[row] if named else months[times[row] // MICROSECONDS_PER_DAY - first]] = True
    return leads, periods

"""One reading of a history's captures and purchases for all that is to be counted over its leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .lead_rows import Coded, coded, flags, lead_runs, microseconds, spans, texts, union
from .parts import in_threads, ranges_of

if TYPE_CHECKING:
    from .store import History

_TIMES = {"leads": "captured_at", "purchases": "occurred_at"}


@dataclass(frozen=True)
class TableRows:
    """A table's rows of a range of leads, by the columns asked for; ``[starts[i], stops[i])`` are lead ``i``'s."""

    table: pa.Table
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]  # microseconds UTC
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    def words(self, column: str) -> Coded:
        """A column of texts by their codes."""
        found: Coded = self._once(column, coded)
        return found

    def flags(self, column: str) -> NDArray[np.bool_]:
        """A column of truth values."""
        found: NDArray[np.bool_] = self._once(column, flags)
        return found

    def texts(self, column: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """A column of texts as ``lead_rows.texts``."""
        found: tuple[NDArray[np.int64], NDArray[np.uint8]] = self._once(column, texts)
        return found

    def _once(self, column: str, make: Callable[[pa.ChunkedArray], Any]) -> Any:
        if column not in self._made:
            self._made[column] = make(self.table[column])
        return self._made[column]


@dataclass(frozen=True)
class RangeRows:
    """What the two tables say of a range of leads, which are in order, each once."""

    leads: pa.Array
    captures: TableRows
    purchases: TableRows


class Count(Protocol):
    """Something that is counted range by range; ``of_range`` runs in several threads, ``add`` in the ranges' order."""

    @property
    def captured(self) -> Sequence[str]:
        """The columns of captures that it looks at, beside lead and time."""

    @property
    def sold(self) -> Sequence[str]:
        """The same of purchases."""

    def of_range(self, rows: RangeRows) -> Any:
        """What a range of leads gives."""

    def add(self, found: Any) -> None:
        """Take in what a range gave."""


def one_pass(history: History, counts: Sequence[Count]) -> None:
    """Let every one of ``counts`` see all the rows."""
    if not counts:
        return

    def of_range(part: tuple[str | None, str | None]) -> list[Any]:
        rows = _read(history, *part, _all(one.captured for one in counts), _all(one.sold for one in counts))
        return [one.of_range(rows) for one in counts]

    for parts in in_threads(ranges_of(history, ("leads", "purchases")), of_range):
        for one, found in zip(counts, parts, strict=True):
            one.add(found)


def _all(columns: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in columns for name in names))


def _read(
    history: History, low: str | None, high: str | None, captured: Sequence[str], sold: Sequence[str]
) -> RangeRows:
    tables = [
        history.read_range(table, list(dict.fromkeys(("lead_id", time, *columns))), low, high)
        for (table, time), columns in zip(_TIMES.items(), (captured, sold), strict=True)
    ]
    (captors, capture_bounds), (buyers, bounds) = (lead_runs(table["lead_id"]) for table in tables)
    leads, first, second = union(captors, buyers)
    captures, purchases = (
        TableRows(table, *spans(begin, places), microseconds(table[time]))
        for table, begin, places, time in zip(
            tables, (capture_bounds, bounds), (first, second), _TIMES.values(), strict=True
        )
    )
    return RangeRows(leads, captures, purchases)

"""One scan of a history's captures and purchases that feeds any number of accumulators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .lead_rows import (
    Categorical,
    encode,
    find_lead_offsets,
    find_row_spans,
    merge_lead_ids,
    times_to_microseconds,
    to_booleans,
    to_utf8_buffers,
)
from .partitions import map_in_threads, partition_leads
from .schema import TABLES

if TYPE_CHECKING:
    from .store import History

Converted = TypeVar("Converted")


@dataclass(frozen=True)
class TableRows:
    """One table's rows of a range of leads.

    Attributes
    ----------
    table
        The columns that the accumulators ask for.
    starts, stops
        ``[starts[i], stops[i])`` are the rows of lead ``i`` of the range.
    times
        When each row became known, microseconds since 1970 (UTC).
    """

    table: pa.Table
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]
    _converted: dict[str, Any] = field(default_factory=dict, repr=False)

    def encode(self, column: str) -> Categorical:
        """Return a text column as codes and categories."""
        return self._convert(column, encode)

    def to_booleans(self, column: str) -> NDArray[np.bool_]:
        """Return a boolean column, one byte a row."""
        return self._convert(column, to_booleans)

    def to_utf8_buffers(self, column: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return a text column as offsets and bytes (``lead_rows.to_utf8_buffers``)."""
        return self._convert(column, to_utf8_buffers)

    def _convert(self, column: str, convert: Callable[[pa.ChunkedArray], Converted]) -> Converted:
        """Convert a column once, for all accumulators."""
        if column not in self._converted:
            self._converted[column] = convert(self.table[column])
        converted: Converted = self._converted[column]
        return converted


@dataclass(frozen=True)
class RangeRows:
    """Captures and purchases of a range of leads; ``lead_ids`` are sorted and unique."""

    lead_ids: pa.Array
    captures: TableRows
    purchases: TableRows


class Accumulator(Protocol):
    """A statistic that is computed range by range.

    ``process`` runs in several threads, ``merge`` in the order of the ranges.
    """

    @property
    def capture_columns(self) -> Sequence[str]:
        """The columns of captures that it reads, beside lead and time."""

    @property
    def purchase_columns(self) -> Sequence[str]:
        """The columns of purchases that it reads, beside lead and time."""

    def process(self, rows: RangeRows) -> Any:
        """Return the partial result of one range of leads."""

    def merge(self, partial: Any) -> None:
        """Add the partial result of the next range."""


def scan_history(history: History, accumulators: Sequence[Accumulator]) -> None:
    """Read captures and purchases once and show every range of leads to all accumulators.

    Parameters
    ----------
    history
        The history to read.
    accumulators
        Their columns are read together; nothing is read where there are none.
    """
    if not accumulators:
        return
    capture_columns = _unite(accumulator.capture_columns for accumulator in accumulators)
    purchase_columns = _unite(accumulator.purchase_columns for accumulator in accumulators)

    def process(bounds: tuple[str | None, str | None]) -> list[Any]:
        rows = _read(history, *bounds, capture_columns, purchase_columns)
        return [accumulator.process(rows) for accumulator in accumulators]

    for partials in map_in_threads(partition_leads(history, ("leads", "purchases")), process):
        for accumulator, partial in zip(accumulators, partials, strict=True):
            accumulator.merge(partial)


def _unite(columns: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in columns for name in names))


def _read(
    history: History, low: str | None, high: str | None, capture_columns: Sequence[str], purchase_columns: Sequence[str]
) -> RangeRows:
    leads, times = _read_table(history, "leads", capture_columns, low, high)
    purchases, purchase_times = _read_table(history, "purchases", purchase_columns, low, high)
    captured_ids, capture_offsets = find_lead_offsets(leads["lead_id"])
    buyer_ids, purchase_offsets = find_lead_offsets(purchases["lead_id"])
    lead_ids, capture_positions, purchase_positions = merge_lead_ids(captured_ids, buyer_ids)
    return RangeRows(
        lead_ids,
        TableRows(leads, *find_row_spans(capture_offsets, capture_positions), times),
        TableRows(purchases, *find_row_spans(purchase_offsets, purchase_positions), purchase_times),
    )


def _read_table(
    history: History, name: str, columns: Sequence[str], low: str | None, high: str | None
) -> tuple[pa.Table, NDArray[np.int64]]:
    time = TABLES[name].time or ""
    table = history.read_range(name, list(dict.fromkeys(("lead_id", time, *columns))), low, high)
    return table, times_to_microseconds(table[time])

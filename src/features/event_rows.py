"""Events as the kernel reads them: each event type is a kind of row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..history.compilation import jit
from .columns import Events, Integers
from .declaration import Feature
from .kernel import KnownRows, compile_program, find_stops

ANY_EVENT = "any"
#: What is taken of an event, by name. To add a measure: name it here and below, and write it in ``_read_rows``.
MEASURES = ("one", "value")
_MEASURE_COUNT = len(MEASURES)
_ONE, _VALUE = range(_MEASURE_COUNT)


class EventPlan:
    """Features of events, whose kinds are ``any`` and each event type that a feature names."""

    def __init__(self, features: Sequence[Feature]) -> None:
        row_kinds = (ANY_EVENT, *sorted({feature.rows for feature in features} - {ANY_EVENT}))
        self.program = compile_program(features, row_kinds, MEASURES)
        self._bits = {kind: 1 << bit for bit, kind in enumerate(row_kinds) if kind != ANY_EVENT}

    def build_lookup(self, rows: Events) -> Integers:
        """Return for each word of ``event_type`` the bits of its rows; a last entry for rows without a type."""
        return np.array([1 | self._bits.get(word, 0) for word in rows.event_type.categories] + [1], np.int64)

    def select_known(
        self, rows: Events, lookup: Integers, starts: Integers, stops: Integers, as_of: Integers
    ) -> KnownRows:
        """Return the events before ``as_of`` among ``[start, stop)`` of each lead."""
        known_stops = find_stops(rows.times, starts, stops, as_of)
        columns = rows.times, rows.event_type.codes, rows.value, lookup
        times, flags, measures, out_starts, out_stops = _read_rows(starts, known_stops, *columns)
        return KnownRows(times, flags, measures, out_starts, out_stops, as_of)


@jit
def _read_rows(
    starts: Integers,
    stops: Integers,
    times: Integers,
    types: NDArray[np.int32],
    value: NDArray[np.float64],
    bits: Integers,
) -> Any:
    """Return times, flags and measures of the known rows, lead after lead, and where each lead's begin and end."""
    size = np.sum(stops - starts)
    out_times, flags, measures = np.empty(size, np.int64), np.empty(size, np.int64), np.empty((_MEASURE_COUNT, size))
    out_starts, out_stops = np.empty_like(starts), np.empty_like(stops)
    k = 0
    for lead in range(len(starts)):
        out_starts[lead] = k
        for row in range(starts[lead], stops[lead]):
            out_times[k], flags[k] = times[row], bits[types[row]]
            measures[_ONE, k], measures[_VALUE, k] = 1.0, value[row]
            k += 1
        out_stops[lead] = k
    return out_times, flags, measures, out_starts, out_stops

"""Events as the kernel reads them: each event type is a kind of row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..history.jit import jit
from .columns import Events
from .declaration import Feature
from .kernel import KnownRows, compile_program, known_stops

ANY_EVENT = "any"


class EventPlan:
    """Features of events. Kinds: ``any`` and each event type that a feature names. Measures: ``one`` and ``value``."""

    def __init__(self, features: Sequence[Feature]) -> None:
        kinds = (ANY_EVENT, *sorted({f.rows for f in features} - {ANY_EVENT}))
        self.program = compile_program(features, kinds, ("one", "value"))
        self._bits = {kind: 1 << place for place, kind in enumerate(kinds) if kind != ANY_EVENT}

    def words(self, rows: Events) -> NDArray[np.int64]:
        """For each word of ``event_type`` the bits of its rows."""
        return np.array([1 | self._bits.get(word, 0) for word in rows.event_type.words] + [1], np.int64)

    def known(
        self, rows: Events, words: Any, starts: NDArray[np.int64], ends: NDArray[np.int64], as_of: Any
    ) -> KnownRows:
        """The events before ``as_of`` among ``[start, end)`` of each lead."""
        stops = known_stops(rows.times, starts, ends, as_of)
        columns = rows.times, rows.event_type.codes, rows.value, words
        times, flags, measures, own_starts, own_stops = _read(starts, stops, *columns)
        return KnownRows(times, flags, measures, own_starts, own_stops, as_of)


@jit
def _read(starts: Any, stops: Any, times: Any, types: Any, value: Any, bits: Any) -> Any:
    """Lead after lead, one behind the other: times, flags, measures, where each lead's lie."""
    size = np.sum(stops - starts)
    out_times, flags, measures = np.empty(size, np.int64), np.empty(size, np.int64), np.empty((2, size))
    own_starts, own_stops = np.empty_like(starts), np.empty_like(stops)
    k = 0
    for i in range(len(starts)):
        own_starts[i] = k
        for row in range(starts[i], stops[i]):
            out_times[k], flags[k] = times[row], bits[types[row]]
            measures[0, k], measures[1, k] = 1.0, value[row]
            k += 1
        own_stops[i] = k
    return out_times, flags, measures, own_starts, own_stops

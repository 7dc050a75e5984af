"""The one pass that turns rows into features, for a notebook, a batch or a request alike.

It interprets a table of declared aggregates over rows sorted by lead and time. Within a lead the order of summation
is the rows' own, so a lead alone and a lead among millions get the same bits; hence no ``fastmath``.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.declaration import Feature

MICROSECONDS_A_DAY = 86_400_000_000

_COUNT, _SUM, _MEAN, _MAX, _LAST, _SINCE_FIRST, _SINCE_LAST, _GAP_MEAN, _GAP_DEVIATION, _GAP_RATIO, _SPAN = range(11)
_AGGREGATES = dict(
    zip(
        ["count", "sum", "mean", "max", "last", "since_first", "since_last", "gap_mean", "gap_deviation", "gap_ratio"],
        range(10),
        strict=True,
    )
) | {"span": _SPAN}


class Program(NamedTuple):
    """Declarations as the arrays that the kernel interprets, one entry a feature."""

    kinds: NDArray[np.int64]
    masks: NDArray[np.int64]  # the bit of the rows that count, in ``KnownRows.flags``
    measures: NDArray[np.int64]  # the line of what is taken of each, in ``KnownRows.measures``
    windows: NDArray[np.int64]  # microseconds; 0 = all rows
    decays: NDArray[np.float64]  # per microsecond; 0 = none


class KnownRows(NamedTuple):
    """The rows that are known at each lead's ``as_of``, sorted by lead and time."""

    times: NDArray[np.int64]  # microseconds UTC
    flags: NDArray[np.int64]
    measures: NDArray[np.float64]  # one line a measure
    starts: NDArray[np.int64]  # one a lead, as the two below
    stops: NDArray[np.int64]
    as_of: NDArray[np.int64]  # microseconds UTC


def compile_program(features: Sequence[Feature], kinds: Sequence[str], measures: Sequence[str]) -> Program:
    """The kernel's table for features of one source, whose rows tell ``kinds`` apart and bring ``measures``.

    Bit ``i`` of ``KnownRows.flags`` stands for ``kinds[i]``. Raises ValueError for more than 63 of them, and for a
    feature that asks for others.
    """
    if len(kinds) > 63:
        raise ValueError(f"{len(kinds)} kinds of rows; one table of features can tell 63 apart")
    for feature in features:
        for asked, known in ((feature.rows, kinds), (feature.measure, measures)):
            if asked not in known:
                raise ValueError(f"{feature.name}: {feature.source} have no {asked!r}; they have {', '.join(known)}")
    decays = [math.log(2) / (f.half_life_days * MICROSECONDS_A_DAY) if f.half_life_days else 0.0 for f in features]
    return Program(
        np.array([_AGGREGATES[f.aggregate] for f in features], np.int64),
        np.array([1 << kinds.index(f.rows) for f in features], np.int64),
        np.array([measures.index(f.measure) for f in features], np.int64),
        np.array([(f.window_days or 0) * MICROSECONDS_A_DAY for f in features], np.int64),
        np.array(decays, np.float64),
    )


def aggregate(program: Program, known: KnownRows, out: NDArray[np.float64], places: NDArray[np.int64]) -> None:
    """Write every feature of every (lead, as_of) to its column ``places[feature]`` of ``out``, leads x columns.

    NaN where there is no value.
    """
    _aggregate(*program, *known, out, places)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def known_stops(
    times: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64], as_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where the rows before ``as_of`` end within ``[start, end)`` of each lead."""
    stops = np.empty_like(starts)
    for i in range(len(starts)):
        stops[i] = _first_at_or_after(times, starts[i], ends[i], as_of[i])
    return stops


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _first_at_or_after(times: Any, low: int, high: int, instant: int) -> int:
    while low < high:
        middle = (low + high) // 2
        if times[middle] < instant:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _aggregate(
    kinds: Any,
    masks: Any,
    which: Any,
    windows: Any,
    decays: Any,
    times: Any,
    flags: Any,
    measures: Any,
    starts: Any,
    stops: Any,
    as_of: Any,
    out: Any,
    places: Any,
) -> None:
    for i in range(len(starts)):
        present = 0
        for row in range(starts[i], stops[i]):
            present |= flags[row]
        for f in range(len(kinds)):
            if not present & masks[f]:  # most leads have no row of most kinds
                out[i, places[f]] = 0.0 if kinds[f] <= _SUM else np.nan
                continue
            start = starts[i]
            if windows[f] > 0:
                start = _first_at_or_after(times, start, stops[i], as_of[i] - windows[f])
            if kinds[f] == _COUNT:
                out[i, places[f]] = _count(masks[f], flags, start, stops[i])
            elif kinds[f] <= _LAST:
                out[i, places[f]] = _of_measure(
                    kinds[f], masks[f], decays[f], measures, which[f], times, flags, start, stops[i], as_of[i]
                )
            else:
                out[i, places[f]] = _of_times(kinds[f], masks[f], times, flags, start, stops[i], as_of[i])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(mask: int, flags: Any, start: int, stop: int) -> Any:
    count = 0
    for row in range(start, stop):
        if flags[row] & mask:
            count += 1
    return float(count)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _of_measure(
    kind: int,
    mask: int,
    decay: float,
    measures: Any,
    which: int,
    times: Any,
    flags: Any,
    start: int,
    stop: int,
    as_of: int,
) -> Any:
    if kind == _LAST:  # a missing value of the last row is the answer
        for row in range(stop - 1, start - 1, -1):
            if flags[row] & mask:
                return measures[which, row]
        return np.nan
    count, total, largest = 0, 0.0, -np.inf
    for row in range(start, stop):
        value = measures[which, row]
        if flags[row] & mask and not math.isnan(value):
            count += 1
            total += value * math.exp(-decay * (as_of - times[row])) if decay > 0.0 else value
            largest = max(largest, value)
    if kind == _SUM:
        return total
    if count == 0:
        return np.nan
    return total / count if kind == _MEAN else largest


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _of_times(kind: int, mask: int, times: Any, flags: Any, start: int, stop: int, as_of: int) -> Any:
    count, first, last = 0, 0, 0
    squares = 0.0
    for row in range(start, stop):
        if flags[row] & mask:
            if count == 0:
                first = times[row]
            else:
                gap = (times[row] - last) / MICROSECONDS_A_DAY
                squares += gap * gap
            last = times[row]
            count += 1
    if count == 0:
        return np.nan
    if kind == _SINCE_FIRST:
        return (as_of - first) / MICROSECONDS_A_DAY
    if kind == _SINCE_LAST:
        return (as_of - last) / MICROSECONDS_A_DAY
    if kind == _SPAN:
        return (last - first) / MICROSECONDS_A_DAY
    return _of_gaps(kind, count - 1, (last - first) / MICROSECONDS_A_DAY, squares, (as_of - last) / MICROSECONDS_A_DAY)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _of_gaps(kind: int, gaps: int, span: float, squares: float, since_last: float) -> Any:
    if gaps == 0 or span == 0.0:  # all at one instant: no rhythm to speak of
        return np.nan
    mean = span / gaps
    if kind == _GAP_MEAN:
        return mean
    if kind == _GAP_RATIO:
        return since_last / mean
    return math.sqrt(max(squares / gaps - mean * mean, 0.0))

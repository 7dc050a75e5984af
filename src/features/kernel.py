"""The one pass that turns rows into features, for a notebook, a batch or a request alike.

It interprets a table of declared aggregates over rows sorted by lead and time. Within a lead the order of summation
is the rows' own, so a lead alone and a lead among millions get the same bits; hence no ``fastmath``. All of it is in
one file, since what numba keeps compiled is made anew when a function's own file changes, not when another one does.

What is called for each lead takes arrays whole, no slices, and divides without an error to raise (``error_model``):
else numba counts references to arrays, each time with a locked instruction, which took a quarter of the pass.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history.compilation import jit
from ..history.timestamps import MICROSECONDS_PER_DAY
from .declaration import Aggregate, Feature

_COUNT, _SUM, _MEAN, _MAX, _LAST, _SINCE_FIRST, _SINCE_LAST, _GAP_MEAN, _GAP_DEVIATION, _GAP_RATIO, _SPAN = range(11)
_GAP_LEFT = 11
_AGGREGATES: dict[Aggregate, int] = {
    "count": _COUNT,
    "sum": _SUM,
    "mean": _MEAN,
    "max": _MAX,
    "last": _LAST,
    "since_first": _SINCE_FIRST,
    "since_last": _SINCE_LAST,
    "gap_mean": _GAP_MEAN,
    "gap_deviation": _GAP_DEVIATION,
    "gap_ratio": _GAP_RATIO,
    "span": _SPAN,
    "gap_left": _GAP_LEFT,
}
_WALK = np.dtype([("count", "i8"), ("first", "i8"), ("last", "i8"), ("squares", "f8")])
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACES = np.empty(64, np.uint64)
_PLACES[[(1 << place) * int(_DE_BRUIJN) % 2**64 >> 58 for place in range(64)]] = np.arange(64)
_SPREAD: Aggregate = "gap_deviation"
_TIMES, _SUMS, _VALUES, _LASTS = range(4)  # what one walk over a block's rows finds
_FORMS: dict[Aggregate, int] = dict.fromkeys(_AGGREGATES, _TIMES)
_FORMS |= {"sum": _SUMS, "mean": _VALUES, "max": _VALUES, "last": _LASTS}


class Program(NamedTuple):
    """Declarations as the arrays that the kernel interprets.

    Features that are found in one walk make a block, with one entry in each of ``forms`` to ``firsts``. The features of
    block ``b`` are ``[firsts[b], firsts[b + 1])`` of ``kinds`` to ``order``, which gives a feature's place among the
    declarations. All sums over a window are one block; the features of any other have one bit. Places are unsigned:
    else numba asks of each whether it counts from the end.
    """

    forms: NDArray[np.int64]
    windows: NDArray[np.uint64]  # place in ``spans``
    firsts: NDArray[np.int64]
    kinds: NDArray[np.int64]
    bits: NDArray[np.int64]  # which bit of ``KnownRows.flags`` the rows have that count
    decays: NDArray[np.uint64]  # place in ``rates``
    lines: NDArray[np.uint64]  # what is taken of each row, a line of ``KnownRows.measures``
    order: NDArray[np.uint64]
    spans: NDArray[np.int64]  # the different windows, microseconds, shortest first; before them 0, which is all rows
    timed: NDArray[np.int64]  # for each window the bits whose rows are counted or timed in it, as a mask
    paused: NDArray[np.int64]  # and those whose gaps' deviation is asked for
    rates: NDArray[np.float64]  # the different decays, per microsecond; the first is none


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
    decays = [math.log(2) / (f.half_life_days * MICROSECONDS_PER_DAY) if f.half_life_days else 0.0 for f in features]
    windows = [(f.window_days or 0) * MICROSECONDS_PER_DAY for f in features]
    spans, rates = sorted({0, *windows}), sorted({0.0, *decays})
    blocks: dict[tuple[int, ...], list[int]] = {}
    for place, f in enumerate(features):
        form = _FORMS[f.aggregate]
        bit = -1 if form == _SUMS else kinds.index(f.rows)
        measure = measures.index(f.measure) if form == _VALUES else -1  # of the last row all may be taken
        blocks.setdefault((form, spans.index(windows[place]), bit, measure), []).append(place)
    order = [place for places in blocks.values() for place in places]
    forms, spanned, _, _ = np.array(list(blocks), np.int64).reshape(-1, 4).T.copy()
    return Program(
        *(forms, spanned.astype(np.uint64), np.cumsum([0, *map(len, blocks.values())])),
        np.array([_AGGREGATES[features[place].aggregate] for place in order], np.int64),
        np.array([kinds.index(features[place].rows) for place in order], np.int64),
        np.array([rates.index(decays[place]) for place in order], np.uint64),
        np.array([measures.index(features[place].measure) for place in order], np.uint64),
        np.array(order, np.uint64),
        np.array(spans, np.int64),
        _masks(spans, [(b[1], b[2]) for b in blocks if b[0] == _TIMES]),
        _masks(spans, [(b[1], b[2]) for b, f in blocks.items() if any(features[i].aggregate == _SPREAD for i in f)]),
        np.array(rates, np.float64),
    )


def _masks(spans: Sequence[int], used: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """For each window the mask of its bits among ``used``, which has (window, bit)."""
    found = np.zeros(len(spans), np.int64)
    for window, bit in used:
        found[window] |= 1 << bit
    return found


def aggregate(program: Program, known: KnownRows, out: NDArray[np.float64], places: NDArray[np.uint64]) -> None:
    """Write every feature of every (lead, as_of) to its column ``places[feature]`` of ``out``, leads x columns.

    NaN where there is no value.
    """
    _aggregate(*program, *known, out, places[program.order])


@jit
def find_stops(
    times: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64], as_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where the rows before ``as_of`` end within ``[start, end)`` of each lead."""
    stops = np.empty_like(starts)
    for i in range(len(starts)):
        stops[i] = _first_at_or_after(times, starts[i], ends[i], as_of[i])
    return stops


@jit
def _first_at_or_after(times: Any, low: int, high: int, instant: int) -> int:
    while low < high:
        middle = (low + high) // 2
        if times[middle] < instant:
            low = middle + 1
        else:
            high = middle
    return low


@jit
def _aggregate(
    forms: Any,
    windows: Any,
    firsts: Any,
    kinds: Any,
    bits: Any,
    decays: Any,
    lines: Any,
    order: Any,
    spans: Any,
    timed: Any,
    paused: Any,
    rates: Any,
    times: Any,
    flags: Any,
    measures: Any,
    starts: Any,
    stops: Any,
    as_of: Any,
    out: Any,
    places: Any,
) -> None:
    begins, present = np.empty(len(spans), np.int64), np.empty(len(spans), np.int64)
    walks = np.empty((len(spans), 64), _WALK)
    chosen, totals = np.empty(len(order), np.uint64), np.empty(len(order))
    weights = np.ones((len(rates), np.max(stops - starts) if len(starts) else 0))
    for i in range(len(starts)):
        start, stop = starts[i], stops[i]
        if start == stop:
            _write_none(kinds, out, i, places, 0, len(order))
            continue
        _open_windows(begins, present, spans, times, flags, start, stop, as_of[i])
        _walk_windows(walks, begins, present, timed, paused, times, flags, stop)
        _weigh(weights, rates, times, start, stop, as_of[i])
        for b in range(len(forms)):
            w, first, end = windows[b], firsts[b], firsts[b + 1]
            if forms[b] == _SUMS:
                n = _choose(chosen, bits, present[w], first, end)
                _sum_up(totals, chosen, n, bits, lines, decays, measures, flags, weights, begins[w], stop, start)
                _write_sums(out, i, places, first, end, chosen, n, totals)
            elif not present[w] >> bits[first] & 1:  # most leads have no row of most kinds
                _write_none(kinds, out, i, places, first, end)
            elif forms[b] == _TIMES:
                _write_walk(kinds, out, i, places, first, end, walks[w, bits[first]], as_of[i])
            elif forms[b] == _LASTS:
                _write_last(lines, measures, out, i, places, first, end, _last(1 << bits[first], flags, stop))
            else:
                found = _mean_and_largest(1 << bits[first], measures, lines[first], flags, begins[w], stop)
                _write_measured(kinds, out, i, places, first, end, found)


@jit
def _open_windows(
    begins: Any, present: Any, spans: Any, times: Any, flags: Any, start: int, stop: int, as_of: int
) -> None:
    """Where each window begins and the bits of its rows: from the shortest back to the one of all rows, which is 0."""
    row, bits = stop, 0
    for w in range(1, len(spans)):
        while row > start and times[row - 1] >= as_of - spans[w]:
            row -= 1
            bits |= flags[row]
        begins[w], present[w] = row, bits
    for earlier in range(start, row):
        bits |= flags[earlier]
    begins[0], present[0] = start, bits


@jit
def _walk_windows(
    walks: Any, begins: Any, present: Any, timed: Any, paused: Any, times: Any, flags: Any, stop: int
) -> None:
    for w in range(len(begins)):
        if present[w] & timed[w]:
            _walk(walks, w, timed[w], paused[w], times, flags, begins[w], stop)


@jit
def _write_walk(kinds: Any, out: Any, i: int, places: Any, first: int, stop: int, walk: Any, as_of: int) -> None:
    for f in range(first, stop):
        out[i, places[f]] = _of_walk(kinds[f], walk, as_of)


@jit
def _write_last(lines: Any, measures: Any, out: Any, i: int, places: Any, first: int, stop: int, row: int) -> None:
    for f in range(first, stop):
        out[i, places[f]] = measures[lines[f], row]


@jit
def _write_measured(kinds: Any, out: Any, i: int, places: Any, first: int, stop: int, found: Any) -> None:
    some, largest = found
    for f in range(first, stop):
        out[i, places[f]] = largest if kinds[f] == _MAX else some


@jit
def _write_none(kinds: Any, out: Any, i: int, places: Any, first: int, stop: int) -> None:
    """What features are where there is no row."""
    for f in range(first, stop):
        out[i, places[f]] = 0.0 if kinds[f] <= _SUM else np.nan


@jit
def _weigh(weights: Any, rates: Any, times: Any, start: int, stop: int, as_of: int) -> None:
    for d in range(1, len(rates)):
        for row in range(start, stop):
            weights[d, row - start] = math.exp(-rates[d] * (as_of - times[row]))


@jit
def _place(bit: int) -> Any:
    """Which bit it is, by a product that has another upper end for each (de Bruijn)."""
    return _PLACES[np.uint64(bit) * _DE_BRUIJN >> np.uint64(58)]


@jit
def _walk(walks: Any, w: int, timed: int, paused: int, times: Any, flags: Any, start: int, stop: int) -> None:
    """Count and time the rows of every bit of ``timed`` in one walk."""
    seen = 0
    for row in range(start, stop):
        time, left = times[row], flags[row] & timed
        fresh = left & ~seen
        seen |= left
        while left:
            bit = left & -left
            left ^= bit
            one = walks[w, _place(bit)]
            if fresh & bit:
                one.count, one.first, one.squares = 0, time, 0.0
            elif paused & bit:
                gap = (time - one.last) / MICROSECONDS_PER_DAY
                one.squares += gap * gap
            one.last = time
            one.count += 1


@jit
def _choose(chosen: Any, bits: Any, present: int, first: int, stop: int) -> int:
    """The features of which there is a row, and how many they are."""
    n = 0
    for f in range(first, stop):
        chosen[n] = f
        n += present >> bits[f] & 1
    return n


@jit
def _sum_up(
    totals: Any,
    chosen: Any,
    n: int,
    bits: Any,
    lines: Any,
    decays: Any,
    measures: Any,
    flags: Any,
    weights: Any,
    begin: int,
    stop: int,
    start: int,
) -> None:
    """Weighted sums, row by row; without branches, since which rows count is hard to foresee. NaN is not itself."""
    for k in range(n):
        totals[k] = 0.0
    for row in range(begin, stop):
        for k in range(n):
            f = chosen[k]
            value = measures[lines[f], row]
            counts = (flags[row] >> bits[f] & 1 != 0) & (value == value)
            totals[k] += value * weights[decays[f], row - start] if counts else 0.0


@jit
def _write_sums(out: Any, i: int, places: Any, first: int, stop: int, chosen: Any, n: int, totals: Any) -> None:
    for f in range(first, stop):
        out[i, places[f]] = 0.0
    for k in range(n):
        out[i, places[chosen[k]]] = totals[k]


@jit(error_model="numpy")
def _mean_and_largest(mask: int, measures: Any, line: int, flags: Any, start: int, stop: int) -> Any:
    count, total, largest = 0, 0.0, -np.inf
    for row in range(start, stop):
        value = measures[line, row]
        if flags[row] & mask and not math.isnan(value):
            count += 1
            total += value
            largest = max(largest, value)
    return (total / count, largest) if count else (np.nan, np.nan)


@jit
def _last(mask: int, flags: Any, stop: int) -> int:
    """The last row before ``stop`` of those in the mask, of which there must be one."""
    row = stop - 1
    while not flags[row] & mask:
        row -= 1
    return row


@jit
def _of_walk(kind: int, walk: Any, as_of: int) -> Any:
    if kind == _COUNT:
        return float(walk.count)
    if kind == _SINCE_FIRST:
        return (as_of - walk.first) / MICROSECONDS_PER_DAY
    since_last, span = (as_of - walk.last) / MICROSECONDS_PER_DAY, (walk.last - walk.first) / MICROSECONDS_PER_DAY
    if kind == _SINCE_LAST:
        return since_last
    return span if kind == _SPAN else _of_gaps(kind, walk.count - 1, span, walk.squares, since_last)


@jit(error_model="numpy")
def _of_gaps(kind: int, gaps: int, span: float, squares: float, since_last: float) -> Any:
    if gaps == 0 or span == 0.0:  # all at one instant: no rhythm to speak of
        return np.nan
    mean = span / gaps
    if kind == _GAP_MEAN:
        return mean
    if kind == _GAP_RATIO:
        return since_last / mean
    if kind == _GAP_LEFT:
        return max(mean - since_last, 0.0)
    return math.sqrt(max(squares / gaps - mean * mean, 0.0))

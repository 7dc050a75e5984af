"""The compiled pass that turns rows into features, the same for a notebook, a batch and a request.

It interprets a table of declared aggregates over rows sorted by lead and time. Within a lead the order of summation
is the rows' own, so a lead alone and a lead among millions get the same bits; hence no ``fastmath``. All of it is in
one file, since numba compiles a function anew when its own file changes, not when another one does.

Functions called for each lead take whole arrays, no slices, and divide without raising an error (``error_model``):
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
_TIMING = np.dtype([("count", "i8"), ("first", "i8"), ("last", "i8"), ("squares", "f8")])
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BIT_NUMBERS = np.empty(64, np.uint64)
_BIT_NUMBERS[[(1 << bit) * int(_DE_BRUIJN) % 2**64 >> 58 for bit in range(64)]] = np.arange(64)
_NEEDS_SQUARES: Aggregate = "gap_deviation"
_TIMING_PASS, _SUM_PASS, _VALUE_PASS, _LAST_PASS = range(4)  # what one pass over a block's rows gives
_PASSES: dict[Aggregate, int] = dict.fromkeys(_AGGREGATES, _TIMING_PASS)
_PASSES |= {"sum": _SUM_PASS, "mean": _VALUE_PASS, "max": _VALUE_PASS, "last": _LAST_PASS}


class Program(NamedTuple):
    """Declarations as the arrays that the kernel interprets.

    Features that one pass over a lead's rows gives make a block, with one entry in each of ``passes`` to
    ``block_starts``. The features of block ``b`` are ``[block_starts[b], block_starts[b + 1])`` of ``aggregates`` to
    ``order``, which gives a feature's index among the declarations. All sums over a window are one block; the features
    of any other have one bit. Indices are unsigned: else numba checks of each whether it counts from the end.
    """

    passes: NDArray[np.int64]
    windows: NDArray[np.uint64]  # index in ``window_lengths``
    block_starts: NDArray[np.int64]
    aggregates: NDArray[np.int64]
    bits: NDArray[np.int64]  # which bit of ``KnownRows.flags`` the rows have that count
    decays: NDArray[np.uint64]  # index in ``rates``
    measure_rows: NDArray[np.uint64]  # what is taken of each row, as a row of ``KnownRows.measures``
    order: NDArray[np.uint64]
    window_lengths: NDArray[np.int64]  # the different windows, microseconds, shortest first; first 0, for all rows
    timed_bits: NDArray[np.int64]  # for each window the bits whose rows are counted or timed in it, as a mask
    gap_bits: NDArray[np.int64]  # and those of which a feature is the gaps' deviation
    rates: NDArray[np.float64]  # the different decays, per microsecond; the first is none


class KnownRows(NamedTuple):
    """The rows that are known at each lead's ``as_of``, sorted by lead and time."""

    times: NDArray[np.int64]  # microseconds UTC
    flags: NDArray[np.int64]  # bit i: the row is of kind i
    measures: NDArray[np.float64]  # measures x rows
    starts: NDArray[np.int64]  # one a lead, as the two below
    stops: NDArray[np.int64]
    as_of: NDArray[np.int64]  # microseconds UTC


def compile_program(features: Sequence[Feature], row_kinds: Sequence[str], measures: Sequence[str]) -> Program:
    """Compile features of one source, whose rows are of ``row_kinds`` and bring ``measures``, into the kernel's arrays.

    Bit ``i`` of ``KnownRows.flags`` stands for ``row_kinds[i]``, row ``i`` of ``KnownRows.measures`` for
    ``measures[i]``. Raises ValueError for more than 63 kinds of rows, and for a feature of other rows or measures.
    """
    if len(row_kinds) > 63:
        raise ValueError(f"{len(row_kinds)} kinds of rows; one table of features can tell 63 apart")
    for feature in features:
        for name, names in ((feature.rows, row_kinds), (feature.measure, measures)):
            if name not in names:
                raise ValueError(f"{feature.name}: {feature.source} have no {name!r}; they have {', '.join(names)}")
    decays = [math.log(2) / (f.half_life_days * MICROSECONDS_PER_DAY) if f.half_life_days else 0.0 for f in features]
    windows = [(f.window_days or 0) * MICROSECONDS_PER_DAY for f in features]
    window_lengths, rates = sorted({0, *windows}), sorted({0.0, *decays})
    blocks: dict[tuple[int, ...], list[int]] = {}
    for index, feature in enumerate(features):
        pass_ = _PASSES[feature.aggregate]
        bit = -1 if pass_ == _SUM_PASS else row_kinds.index(feature.rows)
        measure = measures.index(feature.measure) if pass_ == _VALUE_PASS else -1  # of the last row all may be taken
        blocks.setdefault((pass_, window_lengths.index(windows[index]), bit, measure), []).append(index)
    order = [index for indices in blocks.values() for index in indices]
    ordered = [features[index] for index in order]
    passes, block_windows, _, _ = np.array(list(blocks), np.int64).reshape(-1, 4).T.copy()
    timed = [(window, bit) for pass_, window, bit, _ in blocks if pass_ == _TIMING_PASS]
    with_gaps = [
        (window, bit)
        for (_, window, bit, _), indices in blocks.items()
        if any(features[index].aggregate == _NEEDS_SQUARES for index in indices)
    ]
    return Program(
        passes=passes,
        windows=block_windows.astype(np.uint64),
        block_starts=np.cumsum([0, *map(len, blocks.values())]),
        aggregates=np.array([_AGGREGATES[feature.aggregate] for feature in ordered], np.int64),
        bits=np.array([row_kinds.index(feature.rows) for feature in ordered], np.int64),
        decays=np.array([rates.index(decays[index]) for index in order], np.uint64),
        measure_rows=np.array([measures.index(feature.measure) for feature in ordered], np.uint64),
        order=np.array(order, np.uint64),
        window_lengths=np.array(window_lengths, np.int64),
        timed_bits=_build_masks(window_lengths, timed),
        gap_bits=_build_masks(window_lengths, with_gaps),
        rates=np.array(rates, np.float64),
    )


def _build_masks(window_lengths: Sequence[int], used: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """Return for each window the mask of its bits among ``used``, which has (window, bit)."""
    masks = np.zeros(len(window_lengths), np.int64)
    for window, bit in used:
        masks[window] |= 1 << bit
    return masks


def aggregate(program: Program, known: KnownRows, out: NDArray[np.float64], columns: NDArray[np.uint64]) -> None:
    """Write every feature of every (lead, as_of) to its column ``columns[feature]`` of ``out``, leads x columns.

    NaN where there is no value.
    """
    _aggregate(*program, *known, out, columns[program.order])


@jit
def find_stops(
    times: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64], as_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return where the rows before ``as_of`` end within ``[start, end)`` of each lead."""
    stops = np.empty_like(starts)
    for i in range(len(starts)):
        stops[i] = _search_left(times, starts[i], ends[i], as_of[i])
    return stops


@jit
def _search_left(times: Any, low: int, high: int, instant: int) -> int:
    while low < high:
        middle = (low + high) // 2
        if times[middle] < instant:
            low = middle + 1
        else:
            high = middle
    return low


@jit
def _aggregate(
    passes: Any,
    windows: Any,
    block_starts: Any,
    aggregates: Any,
    bits: Any,
    decays: Any,
    measure_rows: Any,
    order: Any,
    window_lengths: Any,
    timed_bits: Any,
    gap_bits: Any,
    rates: Any,
    times: Any,
    flags: Any,
    measures: Any,
    starts: Any,
    stops: Any,
    as_of: Any,
    out: Any,
    columns: Any,
) -> None:
    window_starts, window_bits = np.empty(len(window_lengths), np.int64), np.empty(len(window_lengths), np.int64)
    timings = np.empty((len(window_lengths), 64), _TIMING)
    selected, totals = np.empty(len(order), np.uint64), np.empty(len(order))
    weights = np.ones((len(rates), np.max(stops - starts) if len(starts) else 0))
    for i in range(len(starts)):
        start, stop = starts[i], stops[i]
        if start == stop:
            _write_none(aggregates, out, i, columns, 0, len(order))
            continue
        _open_windows(window_starts, window_bits, window_lengths, times, flags, start, stop, as_of[i])
        _time_windows(timings, window_starts, window_bits, timed_bits, gap_bits, times, flags, stop)
        _compute_weights(weights, rates, times, start, stop, as_of[i])
        for b in range(len(passes)):
            w, first, end = windows[b], block_starts[b], block_starts[b + 1]
            if passes[b] == _SUM_PASS:
                n = _select_present(selected, bits, window_bits[w], first, end)
                _compute_sums(
                    totals,
                    selected,
                    n,
                    bits,
                    measure_rows,
                    decays,
                    measures,
                    flags,
                    weights,
                    window_starts[w],
                    stop,
                    start,
                )
                _write_sums(out, i, columns, first, end, selected, n, totals)
            elif not window_bits[w] >> bits[first] & 1:  # most leads have no row of most kinds
                _write_none(aggregates, out, i, columns, first, end)
            elif passes[b] == _TIMING_PASS:
                _write_timing(aggregates, out, i, columns, first, end, timings[w, bits[first]], as_of[i])
            elif passes[b] == _LAST_PASS:
                _write_last(
                    measure_rows, measures, out, i, columns, first, end, _find_last(1 << bits[first], flags, stop)
                )
            else:
                result = _compute_mean_and_max(
                    1 << bits[first], measures, measure_rows[first], flags, window_starts[w], stop
                )
                _write_measured(aggregates, out, i, columns, first, end, result)


@jit
def _open_windows(
    window_starts: Any, window_bits: Any, window_lengths: Any, times: Any, flags: Any, start: int, stop: int, as_of: int
) -> None:
    """Find where each window starts and the bits of its rows, from the shortest to that of all rows, which is 0."""
    row, bits = stop, 0
    for w in range(1, len(window_lengths)):
        while row > start and times[row - 1] >= as_of - window_lengths[w]:
            row -= 1
            bits |= flags[row]
        window_starts[w], window_bits[w] = row, bits
    for earlier in range(start, row):
        bits |= flags[earlier]
    window_starts[0], window_bits[0] = start, bits


@jit
def _time_windows(
    timings: Any,
    window_starts: Any,
    window_bits: Any,
    timed_bits: Any,
    gap_bits: Any,
    times: Any,
    flags: Any,
    stop: int,
) -> None:
    for w in range(len(window_starts)):
        if window_bits[w] & timed_bits[w]:
            _time_rows(timings, w, timed_bits[w], gap_bits[w], times, flags, window_starts[w], stop)


@jit
def _write_timing(
    aggregates: Any, out: Any, i: int, columns: Any, first: int, stop: int, timing: Any, as_of: int
) -> None:
    for f in range(first, stop):
        out[i, columns[f]] = _compute_timing(aggregates[f], timing, as_of)


@jit
def _write_last(
    measure_rows: Any, measures: Any, out: Any, i: int, columns: Any, first: int, stop: int, row: int
) -> None:
    for f in range(first, stop):
        out[i, columns[f]] = measures[measure_rows[f], row]


@jit
def _write_measured(aggregates: Any, out: Any, i: int, columns: Any, first: int, stop: int, result: Any) -> None:
    mean, maximum = result
    for f in range(first, stop):
        out[i, columns[f]] = maximum if aggregates[f] == _MAX else mean


@jit
def _write_none(aggregates: Any, out: Any, i: int, columns: Any, first: int, stop: int) -> None:
    """Write what features are where there is no row."""
    for f in range(first, stop):
        out[i, columns[f]] = 0.0 if aggregates[f] <= _SUM else np.nan


@jit
def _compute_weights(weights: Any, rates: Any, times: Any, start: int, stop: int, as_of: int) -> None:
    for d in range(1, len(rates)):
        for row in range(start, stop):
            weights[d, row - start] = math.exp(-rates[d] * (as_of - times[row]))


@jit
def _bit_number(bit: int) -> Any:
    """Return which bit it is, by a product that has another upper end for each (de Bruijn)."""
    return _BIT_NUMBERS[np.uint64(bit) * _DE_BRUIJN >> np.uint64(58)]


@jit
def _time_rows(
    timings: Any, w: int, timed_bits: int, gap_bits: int, times: Any, flags: Any, start: int, stop: int
) -> None:
    """Count and time the rows of every bit of ``timed_bits`` in one pass."""
    seen = 0
    for row in range(start, stop):
        time, left = times[row], flags[row] & timed_bits
        fresh = left & ~seen
        seen |= left
        while left:
            bit = left & -left
            left ^= bit
            timing = timings[w, _bit_number(bit)]
            if fresh & bit:
                timing.count, timing.first, timing.squares = 0, time, 0.0
            elif gap_bits & bit:
                gap = (time - timing.last) / MICROSECONDS_PER_DAY
                timing.squares += gap * gap
            timing.last = time
            timing.count += 1


@jit
def _select_present(selected: Any, bits: Any, window_bits: int, first: int, stop: int) -> int:
    """Select the features that have a row, and return how many they are."""
    n = 0
    for f in range(first, stop):
        selected[n] = f
        n += window_bits >> bits[f] & 1
    return n


@jit
def _compute_sums(
    totals: Any,
    selected: Any,
    n: int,
    bits: Any,
    measure_rows: Any,
    decays: Any,
    measures: Any,
    flags: Any,
    weights: Any,
    begin: int,
    stop: int,
    start: int,
) -> None:
    """Sum up with weights, row by row; no branches, since which rows count is hard to predict. NaN is not itself."""
    for k in range(n):
        totals[k] = 0.0
    for row in range(begin, stop):
        for k in range(n):
            f = selected[k]
            value = measures[measure_rows[f], row]
            counts = (flags[row] >> bits[f] & 1 != 0) & (value == value)
            totals[k] += value * weights[decays[f], row - start] if counts else 0.0


@jit
def _write_sums(out: Any, i: int, columns: Any, first: int, stop: int, selected: Any, n: int, totals: Any) -> None:
    for f in range(first, stop):
        out[i, columns[f]] = 0.0
    for k in range(n):
        out[i, columns[selected[k]]] = totals[k]


@jit(error_model="numpy")
def _compute_mean_and_max(mask: int, measures: Any, measure_row: int, flags: Any, start: int, stop: int) -> Any:
    count, total, maximum = 0, 0.0, -np.inf
    for row in range(start, stop):
        value = measures[measure_row, row]
        if flags[row] & mask and not math.isnan(value):
            count += 1
            total += value
            maximum = max(maximum, value)
    return (total / count, maximum) if count else (np.nan, np.nan)


@jit
def _find_last(mask: int, flags: Any, stop: int) -> int:
    """Return the last row before ``stop`` of those in the mask, of which there must be one."""
    row = stop - 1
    while not flags[row] & mask:
        row -= 1
    return row


@jit
def _compute_timing(aggregate: int, timing: Any, as_of: int) -> Any:
    if aggregate == _COUNT:
        return float(timing.count)
    if aggregate == _SINCE_FIRST:
        return (as_of - timing.first) / MICROSECONDS_PER_DAY
    since_last, span = (as_of - timing.last) / MICROSECONDS_PER_DAY, (timing.last - timing.first) / MICROSECONDS_PER_DAY
    if aggregate == _SINCE_LAST:
        return since_last
    return span if aggregate == _SPAN else _compute_gaps(aggregate, timing.count - 1, span, timing.squares, since_last)


@jit(error_model="numpy")
def _compute_gaps(aggregate: int, gaps: int, span: float, squares: float, since_last: float) -> Any:
    if gaps == 0 or span == 0.0:  # all at one instant: no rhythm
        return np.nan
    mean = span / gaps
    if aggregate == _GAP_MEAN:
        return mean
    if aggregate == _GAP_RATIO:
        return since_last / mean
    if aggregate == _GAP_LEFT:
        return max(mean - since_last, 0.0)
    return math.sqrt(max(squares / gaps - mean * mean, 0.0))

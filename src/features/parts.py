"""Work on a history part by part, each of whole leads, on every core and with memory that does not grow."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import pyarrow as pa

from history import History

#: Rows, of all tables, that are in memory at once for each thread.
ROWS_AT_ONCE = 900_000
LEADS_AT_ONCE = 125_000

Part = TypeVar("Part")
Result = TypeVar("Result")


def parts_of(history: History, tables: Sequence[str], cohorts: Sequence[pa.Array]) -> list[tuple[slice, ...]]:
    """Parts of several cohorts' leads, which are ordered: in each part a slice of every cohort.

    No lead is in two parts, and none of them has many leads, or many rows in ``tables``.
    """
    cuts = history.lead_cuts(tables, ROWS_AT_ONCE)
    places = [[0, *(_place(leads, cut) for cut in cuts), len(leads)] for leads in cohorts]
    for of_one, leads in zip(places, cohorts, strict=True):  # parts of few rows may still be of many leads
        for start, end in pairwise(of_one):
            cuts += [leads[place].as_py() for place in range(start + LEADS_AT_ONCE, end, LEADS_AT_ONCE)]
    places = [[0, *(_place(leads, cut) for cut in sorted(cuts)), len(leads)] for leads in cohorts]
    parts = list(zip(*([slice(*bounds) for bounds in pairwise(of_one)] for of_one in places), strict=True))
    return [part for part in parts if any(at.start < at.stop for at in part)] or parts[:1]


def ranges_of(history: History, table: str) -> list[tuple[str | None, str | None]]:
    """Ranges ``[low, high)`` of leads that make up a table, each with not too many rows."""
    cuts = [cut for cut in dict.fromkeys(history.lead_cuts([table], ROWS_AT_ONCE)) if cut]
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def in_threads(parts: Sequence[Part], work: Callable[[Part], Result]) -> Iterator[Result]:
    """``work`` of every part, in their order, on every core, never more than one finished part a core ahead."""
    cores = os.cpu_count() or 1
    if len(parts) < 2:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(cores) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for part in parts:
                waiting.append(pool.submit(work, part))
                if len(waiting) > cores:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # whoever asked may not want the rest
            for future in waiting:
                future.cancel()


def _place(leads: pa.Array, cut: str) -> int:
    """How many leads come before ``cut``."""
    low, high = 0, len(leads)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if leads[middle].as_py() < cut else (low, middle)
    return low

"""Partitions of whole leads, worked on in threads with bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .store import History

#: About how many rows, of all tables, a partition has: each thread holds one in memory.
ROWS_PER_PARTITION = 900_000

Part = TypeVar("Part")
Result = TypeVar("Result")


def partition_leads(history: History, tables: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """Return ranges ``[low, high)`` of lead ids that cover the tables, each of about ``ROWS_PER_PARTITION`` rows."""
    bounds = [bound for bound in dict.fromkeys(history.find_partition_bounds(tables, ROWS_PER_PARTITION)) if bound]
    return list(zip([None, *bounds], [*bounds, None], strict=True))


def map_in_threads(parts: Sequence[Part], work: Callable[[Part], Result]) -> Iterator[Result]:
    """Yield ``work`` of every part, in order, from a thread a core; at most one finished part a core waits."""
    cores = os.cpu_count() or 1
    if len(parts) < 2:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(cores) as pool:
        pending: deque[Future[Result]] = deque()
        try:
            for part in parts:
                pending.append(pool.submit(work, part))
                if len(pending) > cores:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:  # the caller may stop early
            for future in pending:
                future.cancel()

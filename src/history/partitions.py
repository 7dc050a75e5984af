"""Work on a history part by part, each of whole leads, on every core and with memory that does not grow."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .store import History

#: Rows, of all tables, that are in memory at once for each thread.
ROWS_PER_PARTITION = 900_000

Part = TypeVar("Part")
Result = TypeVar("Result")


def partition_leads(history: History, tables: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """Ranges ``[low, high)`` of leads that make up the tables, each with not too many rows."""
    cuts = [cut for cut in dict.fromkeys(history.find_partition_bounds(tables, ROWS_PER_PARTITION)) if cut]
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def map_in_threads(parts: Sequence[Part], work: Callable[[Part], Result]) -> Iterator[Result]:
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

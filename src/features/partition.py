"""Parts of several cohorts, each of whole leads, so that memory does not grow."""

from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

from ..history import History
from ..history.partitions import ROWS_PER_PARTITION

#: For each thread.
LEADS_AT_ONCE = 125_000


def split_cohorts(history: History, tables: Sequence[str], cohorts: Sequence[pa.Array]) -> list[tuple[slice, ...]]:
    """Parts of several cohorts' leads, which are ordered: in each part a slice of every cohort.

    No lead is in two parts, and none of them has many leads, or many rows in ``tables``.
    """
    cuts = history.find_partition_bounds(tables, ROWS_PER_PARTITION)
    places = [[0, *(_place(leads, cut) for cut in cuts), len(leads)] for leads in cohorts]
    for of_one, leads in zip(places, cohorts, strict=True):  # parts of few rows may still be of many leads
        for start, end in pairwise(of_one):
            cuts += [leads[place].as_py() for place in range(start + LEADS_AT_ONCE, end, LEADS_AT_ONCE)]
    places = [[0, *(_place(leads, cut) for cut in sorted(cuts)), len(leads)] for leads in cohorts]
    parts = list(zip(*([slice(*bounds) for bounds in pairwise(of_one)] for of_one in places), strict=True))
    return [part for part in parts if any(at.start < at.stop for at in part)] or parts[:1]


def _place(leads: pa.Array, cut: str) -> int:
    """How many leads come before ``cut``."""
    low, high = 0, len(leads)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if leads[middle].as_py() < cut else (low, middle)
    return low

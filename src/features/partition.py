"""Splits cohorts into parts of whole leads, so that memory does not grow."""

from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

from ..history import History
from ..history.partitions import ROWS_PER_PARTITION

#: For each thread.
MAX_LEADS_PER_PART = 125_000


def split_cohorts(history: History, tables: Sequence[str], cohorts: Sequence[pa.Array]) -> list[tuple[slice, ...]]:
    """Split several cohorts at the same leads: a part has a slice of every cohort.

    No lead is in two parts, and no part has many leads, or many rows in ``tables``.

    Parameters
    ----------
    history : History
        The history to read.
    tables : sequence of str
        The tables whose rows count.
    cohorts : sequence of arrays of text
        The ids of each cohort's leads, in order.
    """
    bounds = history.find_partition_bounds(tables, ROWS_PER_PARTITION)
    positions = [[0, *(_count_before(leads, bound) for bound in bounds), len(leads)] for leads in cohorts]
    for cuts, leads in zip(positions, cohorts, strict=True):  # parts of few rows may still be of many leads
        for start, end in pairwise(cuts):
            bounds += [
                leads[position].as_py() for position in range(start + MAX_LEADS_PER_PART, end, MAX_LEADS_PER_PART)
            ]
    positions = [[0, *(_count_before(leads, bound) for bound in sorted(bounds)), len(leads)] for leads in cohorts]
    parts = list(zip(*([slice(*ends) for ends in pairwise(cuts)] for cuts in positions), strict=True))
    return [part for part in parts if any(leads.start < leads.stop for leads in part)] or parts[:1]


def _count_before(leads: pa.Array, bound: str) -> int:
    """Return how many leads come before ``bound``."""
    low, high = 0, len(leads)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if leads[middle].as_py() < bound else (low, middle)
    return low

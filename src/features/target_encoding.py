"""Target encoding of capture fields: how leads of each campaign, source or answer converted, over how all leads did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..history import History, Launch
from ..history.captures import find_known_captures
from ..history.compilation import jit
from ..history.membership import Members, Membership
from ..history.scan import RangeRows, TableRows
from ..history.timestamps import duration_to_microseconds, to_microseconds

#: As many average leads are added to each level: a level must show more than that to stand out.
_PRIOR_LEADS = 30.0
_MIN_LEADS = 20  # fewer tell nothing, and what few people wrote must not be kept
_EMPTY = ""  # the level of an empty field


@dataclass
class _Outcomes:
    """For each field and level of the leads' latest known captures: how many leads there are, and how many bought."""

    leads: dict[str, Counter[str]] = field(default_factory=dict)
    buyers: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, other: _Outcomes) -> None:
        for total, added in ((self.leads, other.leads), (self.buyers, other.buyers)):
            for column, counts in added.items():
                total.setdefault(column, Counter()).update(counts)


class _LaunchOutcomes(NamedTuple):
    """The key under which a history caches the outcomes of a launch's leads that were settled by ``until``."""

    launch: Launch
    until: datetime
    columns: tuple[str, ...]


class TargetEncoder:
    """Accumulates in ``scan_history`` how each level of ``columns`` converted before ``as_of``.

    Counted are the launches' leads whose label window was over by ``as_of``, each with the fields of its latest known
    capture; an empty field is the level ``""``. The history caches what was counted of a launch; ``uncached`` are those
    that still have to be counted.
    """

    def __init__(self, history: History, as_of: datetime, columns: tuple[str, ...]) -> None:
        self._history, self._columns = history, columns
        self._launches = [
            # later instants have the same key once all of a launch's leads are settled
            _LaunchOutcomes(launch, min(as_of, launch.closes_at), columns)
            for launch in history.launches.values()
            if launch.problem is None and columns and launch.as_of + launch.length <= as_of
        ]
        self.uncached = {key: _Outcomes() for key in self._launches if not history.is_cached(key)}
        self._membership = Membership(history, [key.launch for key in self.uncached])
        self.capture_columns = (*self._membership.capture_columns, *columns)
        self.purchase_columns = self._membership.purchase_columns

    def process(self, rows: RangeRows) -> list[_Outcomes]:
        """Count a range of leads in each launch."""
        find = self._membership.find_members
        return [_count_outcomes(find(key.launch, rows), rows.captures, key) for key in self.uncached]

    def merge(self, partial: list[_Outcomes]) -> None:
        """Add the counts of other leads."""
        for total, added in zip(self.uncached.values(), partial, strict=True):
            total.add(added)

    def compute_ratios(self) -> dict[str, dict[str, float]]:
        """Return for each column and level its conversion over the overall one.

        Shrunk to 1 by ``_PRIOR_LEADS``; a level that is absent stands at 1.
        """
        outcomes = _Outcomes()
        for key in self._launches:
            outcomes.add(self._history.get_or_compute(key, partial(self.uncached.__getitem__, key)))
        buyers = sum(outcomes.buyers[self._columns[0]].values()) if outcomes.buyers else 0
        if not buyers:
            return {}
        rate = buyers / sum(outcomes.leads[self._columns[0]].values())
        return {
            column: _shrink_ratios(outcomes.leads[column], outcomes.buyers[column], rate) for column in self._columns
        }


def _count_outcomes(members: Members, captures: TableRows, key: _LaunchOutcomes) -> _Outcomes:
    settled = members.as_of + duration_to_microseconds(key.launch.length) <= to_microseconds(key.until)
    leads, as_of, label = members.positions[settled], members.as_of[settled], members.label[settled]
    spans = captures.starts[leads], captures.stops[leads]
    launch_ids = captures.encode("launch_id")
    positions, starts, stops = find_known_captures(captures.times, launch_ids, key.launch, *spans, as_of)
    captured = stops > starts
    latest, bought = positions[stops[captured] - 1], label[captured]
    outcomes = _Outcomes()
    for name in key.columns:
        column = captures.encode(name)
        levels = [*column.categories, _EMPTY]
        lead_counts, buyer_counts = _count_levels(column.codes, latest, bought, len(column.categories))
        outcomes.leads[name] = _to_counter(levels, lead_counts)
        outcomes.buyers[name] = _to_counter(levels, buyer_counts)
    return outcomes


@jit
def _count_levels(codes: Any, rows: Any, bought: Any, level_count: int) -> Any:
    """Return for each level how many of ``rows`` have it and how many of them bought; last, those with none."""
    leads, buyers = np.zeros(level_count + 1, np.int64), np.zeros(level_count + 1, np.int64)
    for k in range(len(rows)):
        level = codes[rows[k]] if codes[rows[k]] >= 0 else level_count
        leads[level] += 1
        buyers[level] += bought[k]
    return leads, buyers


def _to_counter(levels: Sequence[str], counts: np.ndarray) -> Counter[str]:
    return Counter({level: int(count) for level, count in zip(levels, counts.tolist(), strict=True) if count})


def _shrink_ratios(leads: Counter[str], buyers: Counter[str], rate: float) -> dict[str, float]:
    levels = sorted(level for level, count in leads.items() if count >= _MIN_LEADS)
    return {
        level: float(np.round((buyers[level] + _PRIOR_LEADS * rate) / (leads[level] + _PRIOR_LEADS) / rate, 6))
        for level in levels
    }

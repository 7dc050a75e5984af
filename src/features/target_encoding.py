"""How leads of each campaign, source or form answer converted before, over how all leads did."""

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
_LEAST_LEADS = 20  # fewer tell nothing, and what few people wrote must not be kept
_NOT_SAID = ""


@dataclass
class _Outcomes:
    """For each field and what leads' latest known captures said in it: how many there are, and how many bought."""

    leads: dict[str, Counter[str]] = field(default_factory=dict)
    buyers: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, other: _Outcomes) -> None:
        for mine, theirs in ((self.leads, other.leads), (self.buyers, other.buyers)):
            for column, counts in theirs.items():
                mine.setdefault(column, Counter()).update(counts)


class _Asked(NamedTuple):
    launch: Launch
    until: datetime
    columns: tuple[str, ...]


class RatioCount:
    """How each level of ``columns`` converted before, as a count of ``scan_history``.

    Counted are the launches' leads whose label window was over by ``as_of``, each with what its latest known capture
    said; an empty field is the level ``""``. What was counted of a launch is kept with the history; ``new`` are those
    of which nothing is kept yet.
    """

    def __init__(self, history: History, as_of: datetime, columns: tuple[str, ...]) -> None:
        self._history, self._columns = history, columns
        self._over = [
            # later instants ask for the same once all of a launch's leads are settled
            _Asked(launch, min(as_of, launch.closes_at), columns)
            for launch in history.launches.values()
            if launch.problem is None and columns and launch.as_of + launch.length <= as_of
        ]
        self.new = {one: _Outcomes() for one in self._over if not history.is_cached(one)}
        self._membership = Membership(history, [one.launch for one in self.new])
        self.capture_columns = (*self._membership.capture_columns, *columns)
        self.purchase_columns = self._membership.purchase_columns

    def process(self, rows: RangeRows) -> list[_Outcomes]:
        """What a range of leads said and bought in each launch."""
        return [_counts(self._membership.find_members(one.launch, rows), rows.captures, one) for one in self.new]

    def merge(self, found: list[_Outcomes]) -> None:
        """Other leads as well."""
        for mine, theirs in zip(self.new.values(), found, strict=True):
            mine.add(theirs)

    def ratios(self) -> dict[str, dict[str, float]]:
        """For each column, level -> conversion over the overall one, shrunk to 1 by how little the level's leads tell.

        Levels that are not there stand at 1.
        """
        known = _Outcomes()
        for one in self._over:
            known.add(self._history.get_or_compute(one, partial(self.new.__getitem__, one)))
        buyers = sum(known.buyers[self._columns[0]].values()) if known.buyers else 0
        if not buyers:
            return {}
        rate = buyers / sum(known.leads[self._columns[0]].values())
        return {column: _shrunk(known.leads[column], known.buyers[column], rate) for column in self._columns}


def _counts(members: Members, captures: TableRows, asked: _Asked) -> _Outcomes:
    settled = members.as_of + duration_to_microseconds(asked.launch.length) <= to_microseconds(asked.until)
    places, as_of, label = members.positions[settled], members.as_of[settled], members.label[settled]
    spans = captures.starts[places], captures.stops[places]
    at, starts, stops = find_known_captures(captures.times, captures.encode("launch_id"), asked.launch, *spans, as_of)
    told, found = stops > starts, _Outcomes()
    latest, bought = at[stops[told] - 1], label[told]
    for name in asked.columns:
        said = captures.encode(name)
        words = [*said.categories, _NOT_SAID]
        leads, buyers = _tally(said.codes, latest, bought, len(said.categories))
        found.leads[name], found.buyers[name] = _counted(words, leads), _counted(words, buyers)
    return found


@jit
def _tally(codes: Any, at: Any, bought: Any, words: int) -> Any:
    """For each word the rows ``at`` that say it, and how many of them bought; behind them those that say nothing."""
    leads, buyers = np.zeros(words + 1, np.int64), np.zeros(words + 1, np.int64)
    for k in range(len(at)):
        word = codes[at[k]] if codes[at[k]] >= 0 else words
        leads[word] += 1
        buyers[word] += bought[k]
    return leads, buyers


def _counted(words: Sequence[str], counts: np.ndarray) -> Counter[str]:
    return Counter({word: int(count) for word, count in zip(words, counts.tolist(), strict=True) if count})


def _shrunk(leads: Counter[str], buyers: Counter[str], rate: float) -> dict[str, float]:
    levels = sorted(level for level, count in leads.items() if count >= _LEAST_LEADS)
    return {
        level: float(np.round((buyers[level] + _PRIOR_LEADS * rate) / (leads[level] + _PRIOR_LEADS) / rate, 6))
        for level in levels
    }

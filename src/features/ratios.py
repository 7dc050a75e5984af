"""How leads of each campaign, source or form answer converted before, over how all leads did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np

from features.columns import Captures
from features.known_captures import known_captures
from features.read_columns import capture_columns
from history import History, Launch
from history.membership import Members, Membership, duration, instant
from history.parts import in_threads, ranges_of

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


def conversion_ratios(history: History, as_of: datetime, columns: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """For each column, level -> conversion over the overall one, shrunk to 1 by how little the level's leads tell.

    Counted are the launches' leads whose label window was over by ``as_of``, each with what its latest known capture
    said; an empty field is the level ``""``. Levels that are not there stand at 1.
    """
    known = _Outcomes()
    over = [
        # later instants ask for the same once all of a launch's leads are settled
        _Asked(launch, min(as_of, launch.closes_at), columns)
        for launch in history.launches.values()
        if launch.problem is None and columns and launch.as_of + launch.length <= as_of
    ]
    for found in history.remember_each(over, lambda new: _outcomes(history, new)):
        known.add(found)
    buyers = sum(known.buyers[columns[0]].values()) if known.buyers else 0
    if not buyers:
        return {}
    rate = buyers / sum(known.leads[columns[0]].values())
    return {column: _shrunk(known.leads[column], known.buyers[column], rate) for column in columns}


def _outcomes(history: History, asked: Sequence[_Asked]) -> list[_Outcomes]:
    """Each one's leads whose window was over by its ``until``, in one pass over the history."""
    columns = tuple(dict.fromkeys(column for one in asked for column in one.columns))
    membership = Membership(history, [one.launch for one in asked])

    def count(part: tuple[str | None, str | None]) -> list[_Outcomes]:
        rows = membership.read(*part, captured=columns)
        captures = capture_columns(rows.captures, columns, *rows.captured[:2])
        return [_counts(membership.members(one.launch, rows), captures, one) for one in asked]

    total = [_Outcomes() for _ in asked]
    for part in in_threads(ranges_of(history, ("leads", "purchases")), count):
        for one, found in zip(total, part, strict=True):
            one.add(found)
    return total


def _counts(members: Members, captures: Captures, asked: _Asked) -> _Outcomes:
    settled = members.as_of + duration(asked.launch.length) <= instant(asked.until)
    places, as_of, label = members.places[settled], members.as_of[settled], members.label[settled]
    at, starts, stops = known_captures(captures, asked.launch, captures.starts[places], captures.stops[places], as_of)
    told = stops > starts
    latest, bought, found = at[stops[told] - 1], label[told].astype(np.float64), _Outcomes()
    for name in asked.columns:
        words = [*captures.said[name].words, _NOT_SAID]
        codes = captures.said[name].codes[latest] % len(words)  # -1: the last
        found.leads[name] = _counted(words, np.bincount(codes, minlength=len(words)))
        found.buyers[name] = _counted(words, np.bincount(codes, bought, len(words)))
    return found


def _counted(words: Sequence[str], counts: np.ndarray) -> Counter[str]:
    return Counter({word: int(count) for word, count in zip(words, counts.tolist(), strict=True) if count})


def _shrunk(leads: Counter[str], buyers: Counter[str], rate: float) -> dict[str, float]:
    levels = sorted(level for level, count in leads.items() if count >= _LEAST_LEADS)
    return {
        level: float(np.round((buyers[level] + _PRIOR_LEADS * rate) / (leads[level] + _PRIOR_LEADS) / rate, 6))
        for level in levels
    }

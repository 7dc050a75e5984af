"""How leads of each campaign, source or form answer converted before, over how all leads did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import numpy as np

from features.known_captures import known_captures
from features.parts import in_threads, parts_of
from features.read_columns import instants, lead_ids, read_columns
from history import History, Launch, cohort

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


def conversion_ratios(history: History, as_of: datetime, columns: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """For each column, level -> conversion over the overall one, shrunk to 1 by how little the level's leads tell.

    Counted are the launches' leads whose label window was over by ``as_of``, each with what its latest known capture
    said; an empty field is the level ``""``. Levels that are not there stand at 1.
    """
    known = _Outcomes()
    for launch in history.launches.values():
        if launch.problem is None and columns and launch.as_of + launch.length <= as_of:
            until = min(as_of, launch.closes_at)  # later instants ask for the same once all of its leads are settled
            asked = partial(_outcomes, history, launch, until, columns)
            known.add(history.remember(("outcomes", launch, until, columns), asked))
    buyers = sum(known.buyers[columns[0]].values()) if known.buyers else 0
    if not buyers:
        return {}
    rate = buyers / sum(known.leads[columns[0]].values())
    return {column: _shrunk(known.leads[column], known.buyers[column], rate) for column in columns}


def _outcomes(history: History, launch: Launch, until: datetime, columns: tuple[str, ...]) -> _Outcomes:
    leads = cohort(history, launch)
    leads = leads[leads["until"] <= until]
    ids, as_of, label = lead_ids(leads["lead_id"]), instants(leads["as_of"]), leads["label"].to_numpy(np.float64)

    def count(parts: tuple[slice, ...]) -> _Outcomes:
        (part,) = parts
        rows = read_columns(history, [ids[part]], ["captures"], columns)[0].captures
        assert rows is not None
        at, starts, stops = known_captures(rows, launch, rows.starts, rows.stops, as_of[part])
        told = stops > starts
        latest, bought, found = at[stops[told] - 1], label[part][told], _Outcomes()
        for name in columns:
            words = [*rows.said[name].words, _NOT_SAID]
            codes = rows.said[name].codes[latest] % len(words)  # -1: the last
            found.leads[name] = _counted(words, np.bincount(codes, minlength=len(words)))
            found.buyers[name] = _counted(words, np.bincount(codes, bought, len(words)))
        return found

    total = _Outcomes()
    for part in in_threads(parts_of(history, ["leads"], [ids]), count):
        total.add(part)
    return total


def _counted(words: Sequence[str], counts: np.ndarray) -> Counter[str]:
    return Counter({word: int(count) for word, count in zip(words, counts.tolist(), strict=True) if count})


def _shrunk(leads: Counter[str], buyers: Counter[str], rate: float) -> dict[str, float]:
    levels = sorted(level for level, count in leads.items() if count >= _LEAST_LEADS)
    return {
        level: float(np.round((buyers[level] + _PRIOR_LEADS * rate) / (leads[level] + _PRIOR_LEADS) / rate, 6))
        for level in levels
    }

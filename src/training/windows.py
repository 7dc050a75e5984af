"""Which earlier windows a model may learn from: launches and cut-offs that were over before it is used."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ..history import History, Launch

#: Enough launches to see how one differs from the next; fewer are filled up with cut-offs.
_ENOUGH = 3
_MOST = 12
#: A window within this share of the scored launch's length counts as the same length.
_TOLERANCE = 0.1


def select_training_windows(history: History, target: Launch, as_of: datetime) -> list[Launch]:
    """The windows to learn ``target`` from, oldest first, each over by ``as_of``.

    Earlier launches of the target's strategy, seen through a window of the target's own length; where there are
    fewer than three, cut-offs as well: the target itself moved back in time by whole lengths. Of a perpetual launch
    only some leads' windows may be over; the others are left out lead by lead later.
    """
    windows = [
        _fitted(launch, target.length)
        for launch in history.launches.values()
        if launch.strategy == target.strategy and launch.problem is None
    ]
    over = [window for window in windows if window.as_of + window.length <= as_of]
    over.sort(key=lambda window: (window.as_of, window.launch_id))
    for cutoff in _cutoffs(history, target, as_of):
        if len(over) >= _ENOUGH:
            break
        if all(abs(cutoff.as_of - other.as_of) >= target.length / 2 for other in over):
            over.append(cutoff)
    return sorted(over, key=lambda window: (window.as_of, window.launch_id))[-_MOST:]


def _fitted(launch: Launch, length: timedelta) -> Launch:
    return launch if abs(launch.length - length) <= _TOLERANCE * length else launch.with_length(length)


def _cutoffs(history: History, target: Launch, as_of: datetime) -> Iterator[Launch]:
    """The target moved back by one length, two, ..., as long as a window's length of history lies before it."""
    began = history.began_at
    if target.strategy == "perpetual" or began is None:
        return
    for step in range(1, 2 * _ENOUGH + 1):
        opens = as_of - step * target.length
        if opens - target.length < began:
            return
        name = f"cut-off {opens:%Y-%m-%d}"
        yield replace(target, launch_id=name, cart_opens_at=opens, cart_closes_at=opens + target.length)

"""Which windows' labels are final: purchases can still be refunded or charged back for some days after each."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from ..history import DEFAULT_MATURITY_DAYS, History, Launch
from .windows import select_training_windows

MATURITY_DELAY = timedelta(days=DEFAULT_MATURITY_DAYS)


def describe_maturity(
    history: History, target: Launch, as_of: datetime, learned: Collection[str], *, mature: bool = False
) -> list[dict[str, Any]]:
    """Of each window to learn ``target`` from, and of each launch like it that has opened: how final its labels are.

    Plain values, oldest first: ``name``; ``known_from``, when its last lead's window is over; ``mature_from``, when
    purchases in it can be taken back no more; ``state`` at ``as_of`` (open, over, mature); whether it is ``learned``
    from, by its name. Of a perpetual launch that is open, the leads whose windows are over teach.
    """
    opened = [
        launch
        for launch in history.launches.values()
        if launch.strategy == target.strategy and launch.problem is None and launch.as_of < as_of
    ]
    windows = select_training_windows(history, target, as_of - compute_label_delay(mature))
    by_name = {launch.launch_id: launch for launch in (*opened, *windows)}
    return [
        {
            "name": launch.launch_id,
            "known_from": launch.closes_at.isoformat(),
            "mature_from": compute_mature_from(launch).isoformat(),
            "state": _state(launch, as_of),
            "learned": launch.launch_id in learned,
        }
        for launch in sorted(by_name.values(), key=lambda each: (each.as_of, each.launch_id))
    ]


def compute_label_delay(mature: bool) -> timedelta:
    """How long after its window a label is settled: at once, or a ``mature`` one when nothing can be taken back."""
    return MATURITY_DELAY if mature else timedelta(0)


def compute_mature_from(launch: Launch) -> datetime:
    """The instant from which the launch's labels, net of what is taken back, are final."""
    return launch.closes_at + MATURITY_DELAY


def _state(launch: Launch, at: datetime) -> str:
    """``open`` until its last window is over, then ``over``, and ``mature`` once nothing can be taken back."""
    return "mature" if compute_mature_from(launch) <= at else "over" if launch.closes_at <= at else "open"

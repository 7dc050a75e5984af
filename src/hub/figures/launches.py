"""Which launch is under way, which one came before it, and how far each is."""

from datetime import datetime, timedelta
from enum import StrEnum

from ..models import Launch, Strategy


class Phase(StrEnum):
    """How far a launch is."""

    PLANNED = "planned"
    CAPTURING = "capturing"
    SELLING = "selling"
    OVER = "over"


def get_opening(launch: Launch) -> datetime | None:
    """Return when a launch begins to sell: its cart opens, or, where it is perpetual, its capture begins."""
    return launch.capture_starts_at if launch.strategy == Strategy.PERPETUAL else launch.cart_opens_at


def get_end(launch: Launch) -> datetime | None:
    """Return when the last of its leads can have bought."""
    if launch.strategy != Strategy.PERPETUAL:
        return launch.cart_closes_at
    days = timedelta(days=launch.horizon_days or 0)
    return launch.capture_ends_at + days if launch.capture_ends_at else None


def find_phase(launch: Launch, now: datetime) -> Phase:
    """Return how far a launch is."""
    opens, ends = get_opening(launch), get_end(launch)
    if ends is not None and now >= ends:
        return Phase.OVER
    if opens is not None and now >= opens:
        return Phase.SELLING
    begins = launch.capture_starts_at
    return Phase.PLANNED if begins is not None and now < begins else Phase.CAPTURING


def list_launches() -> list[Launch]:
    """Return the launches that are not archived, the latest first."""
    launches = list(Launch.objects.filter(archived_at=None).select_related("rollup"))
    return sorted(launches, key=lambda launch: (get_opening(launch) or launch.created_at, launch.pk), reverse=True)


def choose_current(launches: list[Launch], now: datetime) -> Launch | None:
    """Return the launch to look at: the next to end of those under way, else the latest that began, else the first."""
    running = [launch for launch in launches if find_phase(launch, now) in (Phase.CAPTURING, Phase.SELLING)]
    if running:
        return min(running, key=lambda launch: (get_end(launch) is None, get_end(launch)))
    over = [launch for launch in launches if find_phase(launch, now) == Phase.OVER]
    return next(iter(over or launches), None)


def find_previous(launch: Launch, launches: list[Launch]) -> Launch | None:
    """Return the latest launch of the same strategy that opened before."""
    opens = get_opening(launch)
    earlier = [
        other
        for other in launches
        if other.pk != launch.pk
        and other.strategy == launch.strategy
        and (opening := get_opening(other)) is not None
        and opens is not None
        and opening < opens
    ]
    return max(earlier, key=lambda other: get_opening(other) or other.created_at, default=None)

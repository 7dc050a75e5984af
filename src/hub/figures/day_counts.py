"""The counts of a launch by day and tier, read once for all that a page sums up of them."""

from datetime import date
from typing import NamedTuple

from django.db.models import Sum

from ..models import Launch, LaunchDay

_SUMS = ("leads", "chance", "variance", "judged", "buyers", "net_minor")


class DayCounts(NamedTuple):
    """The leads who came on one day and are in one tier (empty: not scored), as ``LaunchDay`` has them."""

    day: date
    tier: str
    leads: int
    chance: int
    variance: int
    judged: int
    buyers: int
    net_minor: int


def read_day_counts(launch: Launch) -> list[DayCounts]:
    """Return the counts of each day and tier, the first day first."""
    totals = {f"total_{name}": Sum(name) for name in _SUMS}
    rows = LaunchDay.objects.filter(launch=launch).values("day", "tier").annotate(**totals)
    return [DayCounts(*values) for values in rows.values_list("day", "tier", *totals).order_by("day", "tier")]

"""How the base evolves: the tiers of each launch's leads, and who was in which tier the time before."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Count, OuterRef, Subquery

from ...scoring import TIERS
from ..clock import get_now
from ..models import Launch, LaunchLead, LaunchRollup, StoredFigures
from .launch_figures import get_rollup
from .launches import list_launches

BASE_KEY = "base"
#: Launches are looked back at so far.
MAX_LAUNCHES = 12


class TierCounts(NamedTuple):
    """The leads of a launch by tier."""

    launch: Launch
    hot: int
    warm: int
    cold: int


@dataclass(frozen=True)
class Flow:
    """From one scored launch to the next: how many leads of ``before`` are in which tier of ``after``.

    Attributes
    ----------
    before, after
        Names of the launches.
    moves
        By tier before and tier after (empty: not among its scored leads) the number of leads.
    """

    before: str
    after: str
    moves: dict[tuple[str, str], int]

    @property
    def cooled(self) -> int:
        """Leads that were hot and are warm or cold now."""
        return self.moves.get(("hot", "warm"), 0) + self.moves.get(("hot", "cold"), 0)

    @property
    def warmed(self) -> int:
        """Leads that were warm or cold and are hot now."""
        return self.moves.get(("warm", "hot"), 0) + self.moves.get(("cold", "hot"), 0)


def list_tier_counts() -> list[TierCounts]:
    """Return the tiers of the latest scored launches, in time's order."""
    rollups = [(launch, get_rollup(launch)) for launch in list_launches()]
    scored = [TierCounts(launch, row.hot, row.warm, row.cold) for launch, row in rollups if _is_scored(row)]
    return scored[:MAX_LAUNCHES][::-1]


def store_flows() -> int:
    """Count who moved between tiers from each scored launch to the next, and keep that; return how many pairs."""
    launches = [counts.launch for counts in list_tier_counts()]
    flows = [
        {"before": before.name or before.key, "after": after.name or after.key, "moves": _count_moves(before, after)}
        for before, after in pairwise(launches)
    ]
    StoredFigures.objects.update_or_create(
        key=BASE_KEY, defaults={"values": {"flows": flows}, "computed_at": get_now()}
    )
    return len(flows)


def read_flows() -> list[Flow]:
    """Return what ``store_flows`` kept, the latest pair first."""
    stored = StoredFigures.objects.filter(key=BASE_KEY).first()
    flows = stored.values["flows"] if stored else []
    return [
        Flow(flow["before"], flow["after"], {(one, other): count for one, other, count in flow["moves"]})
        for flow in reversed(flows)
    ]


def _count_moves(before: Launch, after: Launch) -> list[tuple[str, str, int]]:
    now = LaunchLead.objects.filter(launch=after, contact=OuterRef("contact")).values("tier")[:1]
    rows = (
        LaunchLead.objects.filter(launch=before, tier__in=TIERS)
        .annotate(now=Subquery(now))
        .values("tier", "now")
        .annotate(leads=Count("pk"))
        .order_by("tier", "now")
    )
    counts: dict[tuple[str, str], int] = {}
    for row in rows:  # who is no lead of it, and who is not scored in it, are one
        key = (row["tier"], row["now"] or "")
        counts[key] = counts.get(key, 0) + row["leads"]
    return [(one, other, count) for (one, other), count in sorted(counts.items())]


def _is_scored(rollup: LaunchRollup) -> bool:
    return rollup.hot + rollup.warm + rollup.cold > 0

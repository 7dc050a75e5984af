"""Worlds of a creator who launches courses: with everything, with buyers who rest, and a small one with forms alone."""

from dataclasses import replace

from .calendar import START, Launch, build_course_calendar, build_creator_calendar
from .campaigns import draw_campaigns
from .catalog import CREATOR_CATALOG, SMALL_CATALOG, Catalog
from .clock import DAY, HOURLY_ACTIVITY
from .streams import make_world_stream
from .switches import Switches
from .world import Buying, Origins, Response, Spending, World

AFTERMATH_DAYS = 45

# Assumed: livelier than a record shop, and dropping out less.
CREATOR_BUYING = Buying(r=0.6, alpha=20.0, a=0.8, b=4.0)
CREATOR_SPENDING = Spending(p=6.25, q=3.74, gamma=15.44)
# Assumed: five everyday orders a year, so that most leads have bought some time.
RESTING_BUYING = Buying(r=1.2, alpha=12.0, a=0.6, b=6.0)


def build_creator_world(launches: int, seed: int, switches: Switches, open_last_launch: bool = False) -> World:
    """Return a creator with courses, a club, e-books and one launch every eight weeks.

    With ``open_last_launch`` nothing at or after the last cart's opening is known; else the history runs on until
    every refund of the last launch has had its time.
    """
    calendar = build_creator_calendar(launches, CREATOR_CATALOG)
    ends_at = max(launch.ends_at for launch in calendar) + AFTERMATH_DAYS * DAY
    last = calendar[-1]
    perpetual = any(launch.strategy == "perpetual" for launch in calendar)
    return World(
        name="creator",
        buying=CREATOR_BUYING,
        spending=CREATOR_SPENDING,
        origins=Origins(0.18, 0.08, 0.12 if perpetual else 0.0, 0.56 if perpetual else 0.68, 0.06),
        response=Response(classic=-4.3, perpetual=-2.4, paid=-3.9),
        catalog=CREATOR_CATALOG,
        launches=calendar,
        campaigns=draw_campaigns(launches, switches.campaign_mix, make_world_stream(seed)),
        hourly_activity=HOURLY_ACTIVITY,
        events_per_week=0.12,
        sure_payments=False,
        starts_at=START,
        born_until=last.starts_at,
        ends_at=ends_at,
        known_until=last.starts_at if open_last_launch else ends_at,
        holdout=_choose_holdout(calendar),
        switches=switches,
        levels=(0.0,) * launches,
    )


def _choose_holdout(calendar: tuple[Launch, ...]) -> int:
    """Return the launch with a randomised hold-out: the classic one a third of the way; -1 for a single launch."""
    classic = [i for i, launch in enumerate(calendar) if launch.strategy == "classic"]
    return classic[len(classic) // 3] if len(classic) > 1 else -1


def build_resting_world(launches: int, seed: int, switches: Switches, open_last_launch: bool = False) -> World:
    """Return a creator whose buyers want a rest: two months after a purchase most order, before and after few.

    Nobody is charged month by month, which would count as a purchase.
    """
    creator = build_creator_world(launches, seed, switches, open_last_launch)
    return replace(
        creator,
        name="resting",
        buying=RESTING_BUYING,
        response=Response(classic=-4.2, perpetual=-2.4, paid=-4.2, loyalty=0.2, warmth=0.8, rested=2.2),
        catalog=Catalog(tuple(product for product in CREATOR_CATALOG.products if not product.recurring)),
    )


def build_small_world(launches: int, seed: int, switches: Switches, open_last_launch: bool = False) -> World:
    """Return a seller of one course who knows captures and form answers alone: no everyday orders, no activity.

    One launch is a perpetual funnel of sixteen weeks; several are classic, of the same course.
    """
    calendar = build_course_calendar(launches, SMALL_CATALOG.ids[0], SMALL_CATALOG)
    ends_at = calendar[-1].ends_at + AFTERMATH_DAYS * DAY
    creator = build_creator_world(launches, seed, switches, open_last_launch)
    return replace(
        creator,
        name="small",
        origins=Origins(0, 0, 1, 0, 0) if launches == 1 else Origins(0, 0, 0, 1, 0),
        response=Response(classic=-2.2, perpetual=-2.2, paid=-2.2, buying_rate=0.6, interest=0.8),
        catalog=SMALL_CATALOG,
        launches=calendar,
        events_per_week=0.0,
        born_until=calendar[-1].starts_at,
        ends_at=ends_at,
        known_until=calendar[-1].starts_at if open_last_launch else ends_at,
        holdout=-1,
    )

"""Worlds of a shop whose launches are of any product: the literature's record shop, and buyers who come once a year."""

from dataclasses import replace
from datetime import UTC, datetime

from .calendar import START, Launch
from .catalog import Catalog, Product
from .clock import FLAT_ACTIVITY, WEEK
from .creator_worlds import build_creator_world
from .switches import Switches
from .world import Buying, Origins, Rhythm, Spending, World

# Published for the CDNOW 1/10 sample, time in weeks and dollars.
CDNOW_BUYING = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426)
CDNOW_SPENDING = Spending(p=6.25, q=3.74, gamma=15.44)

# Assumed: almost no purchase beside the habits, which nobody could foresee.
ANNUAL_BUYING = Buying(r=8.0, alpha=120_000.0, a=1.0, b=9.0)
#: Most give at Christmas, some on Mother's Day, and one in five renews a membership of its own date.
ANNUAL_RHYTHM = Rhythm(seasons=((343.0, 0.58), (126.0, 0.22)), base=-1.5, loyalty=0.9, fading=0.6, liking=0.1)
_LAST_YEAR, _YEARS_OF_HISTORY = 2023, 11


def build_cdnow_world(launches: int, seed: int, switches: Switches) -> World:
    """Return a record shop as the literature's: first orders within twelve weeks, then BG/NBD and nothing else.

    Its launches are classic, of any product, a quarter long each, from week 13 on.
    """
    shop = Catalog((Product("cd", 0, CDNOW_SPENDING.mean, organic_weight=1.0),))
    quarter = 13 * WEEK
    calendar = tuple(
        Launch(
            f"quarter-{n + 2}",
            "classic",
            cart_opens_at=START + (n + 1) * quarter,
            cart_closes_at=START + (n + 2) * quarter,
        )
        for n in range(launches)
    )
    ends_at = calendar[-1].ends_at
    creator = build_creator_world(launches, seed, switches)
    return replace(
        creator,
        name="cdnow",
        buying=CDNOW_BUYING,
        spending=CDNOW_SPENDING,
        origins=Origins(0, 0, 0, 0, 1),
        catalog=shop,
        launches=calendar,
        hourly_activity=FLAT_ACTIVITY,
        events_per_week=0.0,
        sure_payments=True,
        born_until=START + 12 * WEEK,
        ends_at=ends_at,
        known_until=ends_at,
        holdout=-1,
    )


def build_annual_world(launches: int, seed: int, switches: Switches, open_last_launch: bool = False) -> World:
    """Return a shop of gifts and yearly renewals over eleven years, of which only purchases are known.

    Its launches are classic, of any product, the last two months of the last years.
    """
    shop = Catalog(
        (Product("gift-box", 0, 89.0, organic_weight=1.0), Product("membership", 1, 120.0)),
    )
    years = range(_LAST_YEAR - launches + 1, _LAST_YEAR + 1)
    calendar = tuple(
        Launch(
            f"{year}-christmas",
            "classic",
            cart_opens_at=int(datetime(year, 11, 1, tzinfo=UTC).timestamp()),
            cart_closes_at=int(datetime(year, 12, 31, tzinfo=UTC).timestamp()),
        )
        for year in years
    )
    starts_at = int(datetime(_LAST_YEAR + 1 - max(_YEARS_OF_HISTORY, launches + 1), 1, 1, tzinfo=UTC).timestamp())
    opens, ends_at = calendar[-1].starts_at, calendar[-1].ends_at + 4 * WEEK
    return replace(
        build_cdnow_world(launches, seed, switches),
        name="annual",
        buying=ANNUAL_BUYING,
        catalog=shop,
        launches=calendar,
        starts_at=starts_at,
        born_until=opens,
        ends_at=ends_at,
        known_until=opens if open_last_launch else ends_at,
        rhythm=ANNUAL_RHYTHM,
    )


def build_annual_capture_world(launches: int, seed: int, switches: Switches, open_last_launch: bool = False) -> World:
    """Return the annual shop with an address list and a form: half of its leads were captured before they bought."""
    annual = build_annual_world(launches, seed, switches, open_last_launch)
    return replace(annual, name="annual-captures", origins=Origins(0.2, 0.3, 0, 0, 0.5))

"""Everything a simulation assumes, in one value that no lead changes."""

from dataclasses import dataclass, replace

from .arrays import FloatArray
from .calendar import START, Launch, build_creator_calendar
from .campaigns import Campaigns, draw_campaigns
from .catalog import CREATOR_CATALOG, Catalog, Product
from .clock import DAY, FLAT_ACTIVITY, HOURLY_ACTIVITY, WEEK
from .streams import make_world_stream
from .switches import Switches

MATURITY_DAYS = 30
AFTERMATH_DAYS = 45


@dataclass(frozen=True)
class Buying:
    """BG/NBD: orders at rate Gamma(r, rate alpha) a week, dropout Beta(a, b) after each (Fader, Hardie, Lee 2005)."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True)
class Spending:
    """Gamma-gamma: a lead's amounts are Gamma(p, rate nu), nu is Gamma(q, rate gamma) (Fader, Hardie 2013)."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        return self.p * self.gamma / (self.q - 1)


@dataclass(frozen=True)
class Origins:
    """Where leads come from, as shares that sum to one.

    ``base``: an address list imported in the first eight weeks; ``organic``: a form that names no launch; ``funnel``:
    the perpetual funnel; ``launch``: a classic launch's campaigns; ``buyer``: nobody captured them, they just ordered.
    """

    base: float
    organic: float
    funnel: float
    launch: float
    buyer: float


@dataclass(frozen=True)
class Response:
    """The log-odds of ordering in a launch, per unit of the lead's state at as_of."""

    classic: float
    perpetual: float
    paid: float
    buying_rate: float = 0.10
    interest: float = 0.12
    warmth: float = 1.9
    loyalty: float = 1.0
    dropped_out: float = -0.6


@dataclass(frozen=True)
class World:
    """The whole of a simulation's assumptions.

    ``events_per_week`` is the mean background activity of an active lead; 0 switches every event off. ``sure_payments``
    makes every order an approved one, at once and for good.
    """

    name: str
    buying: Buying
    spending: Spending
    origins: Origins
    response: Response
    catalog: Catalog
    launches: tuple[Launch, ...]
    campaigns: Campaigns
    hourly_activity: FloatArray
    events_per_week: float
    sure_payments: bool
    starts_at: int
    born_until: int
    ends_at: int
    known_until: int
    holdout: int
    switches: Switches

    @property
    def last_launch_begins_at(self) -> int:
        """Return the first instant of the last launch, captures included: where drifts and broken tracking set in."""
        last = self.launches[-1]
        return last.starts_at if last.capture_starts_at is None else last.capture_starts_at


# Published for the CDNOW 1/10 sample, time in weeks and dollars.
CDNOW_BUYING = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426)
CDNOW_SPENDING = Spending(p=6.25, q=3.74, gamma=15.44)

# Assumed: livelier than a record shop, and dropping out less.
CREATOR_BUYING = Buying(r=0.6, alpha=20.0, a=0.8, b=4.0)
CREATOR_SPENDING = Spending(p=6.25, q=3.74, gamma=15.44)


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
    )


def _choose_holdout(calendar: tuple[Launch, ...]) -> int:
    """Return the launch with a randomised hold-out: the classic one a third of the way; -1 for a single launch."""
    classic = [i for i, launch in enumerate(calendar) if launch.strategy == "classic"]
    return classic[len(classic) // 3] if len(classic) > 1 else -1


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

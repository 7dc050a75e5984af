"""Everything a simulation assumes, in one value that no lead changes."""

from dataclasses import dataclass

from .arrays import FloatArray
from .calendar import Launch
from .campaigns import Campaigns
from .catalog import Catalog
from .switches import Switches

MATURITY_DAYS = 30


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
    """The log-odds of ordering in a launch, per unit of the lead's state at as_of.

    ``rested`` is for those whose last purchase is two months old, less the further from that (``compute_rest``).
    """

    classic: float
    perpetual: float
    paid: float
    buying_rate: float = 0.10
    interest: float = 0.12
    warmth: float = 1.9
    loyalty: float = 1.0
    dropped_out: float = -0.6
    rested: float = 0.0


@dataclass(frozen=True)
class Rhythm:
    """Purchases once a year, each lead in its own week: that of a season, or one of its own.

    ``seasons`` are days of the year and the share of leads in each; the others have a week of their own, any of the
    year. A lead's week lies ``week_spread_days`` (standard deviation) around its season's; a purchase is logistic
    around the week with scale ``purchase_spread_days``, at most three weeks away. The log-odds that a lead buys in a
    year are ``base``, plus ``loyalty`` times log(1 + years bought so far), less ``fading`` for each year missed since
    it last bought, plus the lead's own liking (standard deviation ``liking``).
    """

    seasons: tuple[tuple[float, float], ...]
    base: float
    loyalty: float
    fading: float
    liking: float
    week_spread_days: float = 6.0
    purchase_spread_days: float = 4.0


@dataclass(frozen=True)
class World:
    """The whole of a simulation's assumptions.

    ``events_per_week`` is the mean background activity of an active lead; 0 switches every event off. ``sure_payments``
    makes every order an approved one, at once and for good. ``levels`` are what each launch adds to everybody's
    log-odds; ``rhythm`` is there where leads also buy once a year.
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
    levels: tuple[float, ...]
    rhythm: Rhythm | None = None

    @property
    def last_launch_begins_at(self) -> int:
        """Return the first instant of the last launch, captures included: where drifts and broken tracking set in."""
        last = self.launches[-1]
        return last.starts_at if last.capture_starts_at is None else last.capture_starts_at

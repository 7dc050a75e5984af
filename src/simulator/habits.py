"""Yearly habits: gifts of a season and renewals, each lead in its own week of the year.

Whether a lead buys in a year hangs on the years before, which its purchases show, so a model can know it. The chance is
written down before it is drawn, year by year.
"""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import NEVER, FloatArray, IntArray, Table
from .clock import DAY
from .draws import to_probability
from .orders import SHELF, STANDARD, Orders
from .organic_orders import draw_amounts
from .people import BUYER, People
from .settlement import PlacedOrders, settle
from .world import Rhythm, World

YEAR = 365.25 * DAY
#: A purchase is at most so many days from the lead's week.
SEASON_DAYS = 21.0
_GIFT = 0


@dataclass(frozen=True)
class Habits(Table):
    """One row a lead; ``chance`` and ``bought_at`` have one column a year of the habit, (leads, years).

    ``week_at`` is the middle of the lead's week in the habit's first year, in real seconds; ``chance`` is that of
    buying in a year, given the years before; ``bought_at`` when it did (infinite: it did not); ``spread`` the scale of
    a purchase around the week, in seconds; ``product`` a position in the catalog.
    """

    week_at: FloatArray
    chance: FloatArray
    bought_at: FloatArray
    spread: FloatArray
    product: IntArray


def draw_habits(world: World, rhythm: Rhythm, people: People, rng: np.random.Generator) -> tuple[People, Habits]:
    """Draw everybody's habit, and return the people with it: whoever nobody captured was born by a yearly purchase."""
    count = len(people)
    spread = np.full(count, rhythm.purchase_spread_days * DAY)
    week, without_season = _draw_weeks(world, rhythm, count, rng)
    buyer = people.origin == BUYER
    born_at = people.born_at.astype(float)
    # A buyer's habit begins a year after its first purchase, anybody else's with the first week wholly ahead of it.
    last = np.maximum(np.floor((born_at - week) / YEAR), 0)
    ahead = np.ceil((born_at + SEASON_DAYS * DAY - week) / YEAR)
    week_at = week + np.where(buyer, last + 1, ahead) * YEAR
    first = np.floor(week_at - YEAR + _draw_jitter(spread, rng)).astype(np.int64)
    people = replace(people, born_at=np.where(buyer, first, people.born_at))
    chance, bought_at = _draw_years(world, rhythm, week_at, buyer, spread, rng)
    return people, Habits(
        week_at, chance, bought_at, spread, np.where(without_season, len(world.catalog.products) - 1, _GIFT)
    )


def draw_yearly_orders(world: World, people: People, habits: Habits, rng: np.random.Generator) -> Orders:
    """Return the habits' purchases as orders, up to the end of the world."""
    lead, year = np.nonzero(habits.bought_at < world.ends_at)
    product = habits.product[lead]
    placed = PlacedOrders(
        lead=lead,
        product=product,
        kind=np.full(len(lead), SHELF),
        launch=np.full(len(lead), -1),
        offer=np.full(len(lead), STANDARD),
        charge=np.zeros(len(lead), dtype=np.int64),
        amount=draw_amounts(world, people, lead, product, rng),
        placed_at=habits.bought_at[lead, year],
    )
    return settle(world, placed, people.country, rng)


def compute_yearly_probability(habits: Habits, as_of: FloatArray, until: FloatArray) -> FloatArray:
    """Return P(a yearly purchase in ``[as_of, until)``), one a lead, given what it bought before ``as_of``.

    A window is shorter than the time between two of a lead's weeks, so one year's purchase can fall into it: the first
    whose weeks are not over. Of its chance, what lay before ``as_of`` is gone where it has not bought yet.
    """
    year = np.floor((as_of - SEASON_DAYS * DAY - habits.week_at) / YEAR).astype(np.int64) + 1
    has_begun = year >= 0
    row, column = np.arange(len(habits)), np.clip(year, 0, habits.chance.shape[1] - 1)
    week = habits.week_at + column * YEAR
    chance, bought_at = habits.chance[row, column], habits.bought_at[row, column]
    before, by_then = (_compute_jitter_share(at - week, habits.spread) for at in (as_of, until))
    left = chance * (by_then - before) / (1 - chance * before)
    probability: FloatArray = np.where(has_begun & (np.floor(bought_at) >= as_of), left, 0.0)
    return probability


def _draw_weeks(world: World, rhythm: Rhythm, count: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw the middle of each lead's week in the world's first year, and whether it is of no season."""
    days, shares = (np.array(column) for column in zip(*rhythm.seasons, strict=True))
    season = np.searchsorted(np.cumsum(shares), rng.random(count), side="right")
    without_season = season == len(days)
    day = np.where(without_season, rng.random(count) * YEAR / DAY, days[np.minimum(season, len(days) - 1)])
    day = day + rhythm.week_spread_days * rng.normal(0, 1, count)
    return world.starts_at + day * DAY, without_season


def _draw_years(
    world: World,
    rhythm: Rhythm,
    week_at: FloatArray,
    buyer: FloatArray,
    spread: FloatArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draw the years one after the other; each one's chance hangs on those before."""
    years = int(np.ceil((world.ends_at - week_at.min()) / YEAR)) + 1
    chance, bought_at = np.empty((len(week_at), years)), np.full((len(week_at), years), NEVER)
    times, missed = buyer.astype(float), np.zeros(len(week_at))
    liking = rhythm.liking * rng.normal(0, 1, len(week_at))
    for year in range(years):
        week = week_at + year * YEAR
        log_odds = rhythm.base + rhythm.loyalty * np.log1p(times) - rhythm.fading * missed + liking
        chance[:, year] = to_probability(log_odds + _find_level(world, week))
        buys = rng.random(len(week)) < chance[:, year]
        at = week + _draw_jitter(spread, rng)
        bought_at[buys, year] = at[buys]
        times, missed = times + buys, np.where(buys, 0.0, missed + 1)
    return chance, bought_at


def _find_level(world: World, week: FloatArray) -> FloatArray:
    """Return what the launch in whose window a week lies adds to the log-odds; 0 outside of all."""
    level = np.zeros(len(week))
    for launch, added in zip(world.launches, world.levels, strict=True):
        level[(week >= launch.starts_at) & (week < launch.ends_at)] = added
    return level


def _draw_jitter(spread: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw logistic seconds around a week, cut at ``SEASON_DAYS``."""
    least = to_probability(-SEASON_DAYS * DAY / spread)
    share = least + rng.random(len(spread)) * (1 - 2 * least)
    jitter: FloatArray = spread * np.log(share / (1 - share))
    return jitter


def _compute_jitter_share(seconds: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the distribution function that :func:`_draw_jitter` draws from."""
    far = SEASON_DAYS * DAY
    least = to_probability(-far / spread)
    share: FloatArray = (to_probability(np.clip(seconds, -far, far) / spread) - least) / (1 - 2 * least)
    return share

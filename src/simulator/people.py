"""Who the leads are: the latent state that nobody observes, and when each first shows up."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray, Table
from .catalog import TOPICS
from .clock import DAY, WEEK, DailyClock, floor_to_seconds
from .countries import SHARES, UTC_OFFSETS
from .draws import choose
from .world import World

BASE, ORGANIC, FUNNEL, LAUNCH, BUYER = range(5)
ENGAGEMENT_SHAPE = 2.0
LATE_SHARE = 0.04
BASE_IMPORT_WEEKS = 8


@dataclass(frozen=True)
class People(Table):
    """One row a lead.

    ``buying_rate`` orders a week; ``dropout`` probability after each; ``spend`` mean amount relative to the average;
    ``engagement`` events relative to the average; ``interest`` (leads, topics) in standard deviations; ``born_at`` real
    seconds of the first contact; ``launch`` and ``channel`` that brought the lead (-1: none).
    """

    buying_rate: FloatArray
    dropout: FloatArray
    spend: FloatArray
    engagement: FloatArray
    interest: FloatArray
    country: IntArray
    origin: IntArray
    launch: IntArray
    channel: IntArray
    born_at: IntArray

    @property
    def utc_offset(self) -> FloatArray:
        return UTC_OFFSETS[self.country]


def draw_people(world: World, count: int, rng: np.random.Generator) -> People:
    """Draw ``count`` leads of the world's population."""
    origin = choose(list_origins(world), count, rng)
    launch = _draw_launch(world, origin, rng)
    channel = _draw_channel(world, launch, rng)
    shifted = world.switches.covariate_shift & (origin == LAUNCH) & (launch == len(world.launches) - 1)
    country = np.where(
        shifted & (rng.random(count) < 0.5), choose(SHARES[::-1], count, rng), choose(SHARES, count, rng)
    )
    buying, spending = world.buying, world.spending
    return People(
        buying_rate=rng.gamma(buying.r, 1 / buying.alpha, count),
        dropout=rng.beta(buying.a, buying.b, count),
        spend=(spending.q - 1) / rng.gamma(spending.q, 1.0, count),
        engagement=rng.gamma(ENGAGEMENT_SHAPE, 1 / ENGAGEMENT_SHAPE, count) * np.where(shifted, 0.5, 1.0),
        interest=_draw_interest(world, launch, channel, shifted, rng),
        country=country,
        origin=origin,
        launch=launch,
        channel=channel,
        born_at=_draw_birth(world, origin, launch, UTC_OFFSETS[country], rng),
    )


def list_origins(world: World) -> FloatArray:
    """Return shares of the five origins, in the order of their numbers."""
    o = world.origins
    return np.array([o.base, o.organic, o.funnel, o.launch, o.buyer], dtype=float)


def _draw_launch(world: World, origin: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw each lead's launch: later classic ones bring more, half as many again at the end."""
    growth = np.linspace(1.0, 1.5, len(world.launches))
    strategy = np.array([launch.strategy for launch in world.launches])
    launch_numbers = np.full(len(origin), -1)
    for kind, name in ((LAUNCH, "classic"), (FUNNEL, "perpetual")):
        rows = np.flatnonzero(origin == kind)
        if len(rows):
            launch_numbers[rows] = choose(growth * (strategy == name), len(rows), rng)
    return launch_numbers


def _draw_channel(world: World, launch: IntArray, rng: np.random.Generator) -> IntArray:
    channel = np.full(len(launch), -1)
    for number in np.unique(launch[launch >= 0]):
        rows = np.flatnonzero(launch == number)
        channel[rows] = choose(world.campaigns.newcomers[number], len(rows), rng)
    return channel


def _draw_interest(
    world: World, launch: IntArray, channel: IntArray, shifted: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw interests: a launch attracts people who like its topic, some campaigns more than others."""
    interest = rng.normal(0, 1, (len(launch), len(TOPICS)))
    rows = np.flatnonzero(launch >= 0)
    products = np.array([one.product for one in world.launches])[launch[rows]]
    topic = world.catalog.topics[products]
    interest[rows, topic] += 0.4 + world.campaigns.selection[launch[rows], channel[rows]] - 0.6 * shifted[rows]
    return interest


def _draw_birth(
    world: World, origin: IntArray, launch: IntArray, utc_offset: FloatArray, rng: np.random.Generator
) -> IntArray:
    first = np.full(len(origin), float(world.starts_at))
    last = np.where(origin == BASE, world.starts_at + BASE_IMPORT_WEEKS * WEEK, float(world.born_until))
    for number in np.unique(launch[launch >= 0]):
        plan, rows = world.launches[number], launch == number
        first[rows], last[rows] = plan.capture_starts_at, plan.capture_ends_at
    part = rng.random(len(origin))
    rising = np.where(origin == LAUNCH, part**0.75, part)
    birth = first + (last - first) * rising
    late = (origin == LAUNCH) & (rng.random(len(origin)) < LATE_SHARE)
    birth = np.where(late, last + part * (6 * DAY), birth)
    return floor_to_seconds(DailyClock(world.hourly_activity).to_real(birth, utc_offset))

"""Captures: each time a lead left its address somewhere."""

from dataclasses import dataclass

import numpy as np

from .arrays import NEVER, FloatArray, IntArray, Table, concat_tables
from .calendar import Launch
from .clock import DailyClock, floor_to_seconds
from .draws import choose, to_probability
from .people import BASE, BUYER, LATE_SHARE, People
from .world import World

SOURCES = ("webhook", "activecampaign", "api", "csv")
SOURCE_SHARES = np.array([0.55, 0.2, 0.15, 0.1])
CSV = SOURCES.index("csv")
DUPLICATE_SHARE = 0.15
FUNNEL_RETURN_SHARE = 0.06
LOST_UTM_SHARE = 0.08


@dataclass(frozen=True)
class Captures(Table):
    """One row a capture; ``captured_at`` in whole seconds; ``launch`` and ``channel`` -1 where there is none.

    ``has_utm`` 0: the UTM fields were lost on the way; ``is_repeat`` 1: a second capture in the same launch.
    """

    lead: IntArray
    launch: IntArray
    captured_at: IntArray
    channel: IntArray
    source: IntArray
    has_utm: IntArray
    is_repeat: IntArray


def draw_captures(world: World, people: People, drops_out_at: FloatArray, rng: np.random.Generator) -> Captures:
    """Draw every capture, ordered by lead and time."""
    parts = [_draw_first_contacts(people, rng)]
    for number, launch in enumerate(world.launches):
        if launch.capture_starts_at is not None:
            parts.append(_draw_returns(world, people, drops_out_at, number, launch, rng))
    captures = concat_tables(parts)
    captures = concat_tables([captures, _draw_repeats(world, captures, drops_out_at, rng)])
    return captures.take(np.lexsort((captures.captured_at, captures.lead)))


def _draw_first_contacts(people: People, rng: np.random.Generator) -> Captures:
    lead = np.flatnonzero(people.origin != BUYER)
    captures = _build_captures(lead, people.launch[lead], people.born_at[lead], people.channel[lead], rng)
    captures.source[people.origin[lead] == BASE] = CSV
    return captures


def _draw_returns(
    world: World,
    people: People,
    drops_out_at: FloatArray,
    number: int,
    launch: Launch,
    rng: np.random.Generator,
) -> Captures:
    """Draw returns: known leads sign up again, the more engaged and interested the likelier."""
    starts, ends = float(launch.capture_starts_at or 0), float(launch.capture_ends_at or 0)
    when = starts + (ends - starts) * rng.random(len(people)) ** 0.75
    late = rng.random(len(people)) < LATE_SHARE
    when = np.where(
        late & (launch.strategy == "classic"), ends + (launch.ends_at - ends) * rng.random(len(people)), when
    )
    when = np.floor(DailyClock(world.hourly_activity).to_real(when, people.utc_offset))
    if launch.strategy == "classic":
        topic = world.catalog.topics[launch.product]
        share = to_probability(-1.2 + 0.5 * people.interest[:, topic] + 0.6 * np.log(people.engagement + 0.05))
    else:
        share = np.full(len(people), FUNNEL_RETURN_SHARE)
    comes = (rng.random(len(people)) < share) & (people.born_at < when) & (when < drops_out_at)
    lead = np.flatnonzero(comes & (people.launch != number))
    channel = choose(world.campaigns.returning[number], len(lead), rng)
    return _build_captures(lead, np.full(len(lead), number), floor_to_seconds(when[lead]), channel, rng)


def _draw_repeats(world: World, captures: Captures, drops_out_at: FloatArray, rng: np.random.Generator) -> Captures:
    """Draw repeated captures: some leads of a launch come again, later, through another channel."""
    ends = np.array([launch.capture_ends_at or 0 for launch in world.launches] + [0], dtype=float)[captures.launch]
    again = captures.captured_at + 60 + (ends - captures.captured_at) * rng.random(len(captures))
    chosen = (rng.random(len(captures)) < DUPLICATE_SHARE) & (captures.launch >= 0)
    chosen &= (again < ends) & (again < drops_out_at[captures.lead])
    rows = captures.take(chosen)
    channel = rows.channel.copy()
    for number in np.unique(rows.launch):
        here = np.flatnonzero(rows.launch == number)
        channel[here] = choose(world.campaigns.returning[number], len(here), rng)
    repeats = _build_captures(rows.lead, rows.launch, floor_to_seconds(again[chosen]), channel, rng)
    repeats.is_repeat[:] = 1
    return repeats


def _build_captures(
    lead: IntArray, launch: IntArray, captured_at: IntArray, channel: IntArray, rng: np.random.Generator
) -> Captures:
    return Captures(
        lead=lead,
        launch=launch,
        captured_at=captured_at,
        channel=channel,
        source=choose(SOURCE_SHARES, len(lead), rng),
        has_utm=(rng.random(len(lead)) >= LOST_UTM_SHARE).astype(np.int64),
        is_repeat=np.zeros(len(lead), dtype=np.int64),
    )


def find_first_capture(captures: Captures, chosen: FloatArray, leads: int) -> tuple[FloatArray, IntArray]:
    """Return time and row of each lead's first chosen capture (infinite and -1 where there is none)."""
    rows = np.flatnonzero(chosen)[::-1]
    row, time = np.full(leads, -1), np.full(leads, NEVER)
    row[captures.lead[rows]] = rows
    time[captures.lead[rows]] = captures.captured_at[rows]
    return time, row


def find_last_capture(captures: Captures, chosen: FloatArray, leads: int) -> IntArray:
    """Return row of each lead's last chosen capture (-1 where there is none)."""
    rows = np.flatnonzero(chosen)
    row = np.full(leads, -1)
    row[captures.lead[rows]] = rows
    return row

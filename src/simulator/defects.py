"""What can be wrong with the written history; what happened, and its truth, stay as they are."""

import numpy as np
import pyarrow as pa

from .activity import ACTIVITY_TYPES
from .aftermath import AFTERMATH_TYPES
from .arrays import NEVER, BoolArray, FloatArray, IntArray
from .block import Block
from .captures import Captures
from .clock import DAY, HOUR
from .columns import decode_words
from .countries import COUNTRIES
from .people import People
from .world import World

DUPLICATED_SHARE = 0.06
PIXEL_LOSES_UTM = 0.8
PIXEL_EVENTS = (
    "return_visit",
    "sales_page_visit",
    "comparison_page_visit",
    "calculator_used",
    "syllabus_visit",
    "checkout_started",
    "cart_abandoned",
)
SHIFTED_BY = -3 * HOUR
LEAKED_FOR_BUYERS, LEAKED_FOR_OTHERS = 0.9, 0.03
LATE_DAYS, LATE_SHARE = 5, 0.3


def draw_second_identity(world: World, people: People, rng: np.random.Generator) -> FloatArray:
    """Return ``duplicated-people``: from when on a lead's rows stand under a second id (infinite: never)."""
    chosen = rng.random(len(people)) < DUPLICATED_SHARE * world.switches.duplicated_people
    when = people.born_at + rng.random(len(people)) * (world.known_until - people.born_at)
    return np.where(chosen, np.floor(when), NEVER)


def is_seen_by_pixel(world: World, kind: IntArray, happened_at: FloatArray) -> BoolArray:
    """Return False for page events since the last launch began where the pixel is broken; ``kind`` is of all types."""
    types = ACTIVITY_TYPES + AFTERMATH_TYPES
    lost = np.isin(kind, [types.index(name) for name in PIXEL_EVENTS]) & (happened_at >= world.last_launch_begins_at)
    return ~(lost & world.switches.broken_pixel)


def draw_utm_survival(world: World, captures: Captures, rng: np.random.Generator) -> BoolArray:
    """Return False where UTM fields are lost: always some, and most since the last launch with ``broken-pixel``."""
    lost = (rng.random(len(captures)) < PIXEL_LOSES_UTM) & (captures.captured_at >= world.last_launch_begins_at)
    return np.asarray((captures.has_utm == 1) & ~(lost & world.switches.broken_pixel))


def shift_recorded_at(world: World, occurred_at: FloatArray) -> FloatArray:
    """Return ``wrong-time-zone``: purchases of the later half were exported in Brazilian time and read as UTC."""
    middle = (world.starts_at + world.last_launch_begins_at) / 2
    return occurred_at + SHIFTED_BY * (world.switches.wrong_time_zone & (occurred_at >= middle))


def convert_charges(world: World, amount: FloatArray, country: IntArray) -> tuple[FloatArray, IntArray]:
    """Return ``mixed-currencies``: amounts, and positions in ``COUNTRIES`` of the currencies they are in."""
    currency = country if world.switches.mixed_currencies else np.zeros(len(country), dtype=np.int64)
    rate = np.array([c.reais for c in COUNTRIES])[currency]
    return np.where(rate == 1, amount, np.maximum(np.round(amount / rate, 2), 0.01)), currency


def build_leaked_columns(
    world: World, block: Block, captures: Captures, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Return ``leaked-column``: ``attr_onboarding_call``, filled in once the launch is over, for buyers mostly."""
    if not world.switches.leaked_column:
        return {}
    bought = np.zeros((len(world.launches) + 1, len(block.people)), dtype=np.bool_)
    over = np.array([launch.ends_at <= world.known_until for launch in world.launches])
    rows = block.label & over[block.truth.launch]
    bought[block.truth.launch[rows], block.truth.lead[rows]] = True
    share = np.where(bought[captures.launch, captures.lead], LEAKED_FOR_BUYERS, LEAKED_FOR_OTHERS)
    filled = (rng.random(len(captures)) < share) & np.append(over, False)[captures.launch]
    return {"attr_onboarding_call": decode_words(("booked",), np.where(filled, 0, -1))}


def draw_lateness(world: World, happened_at: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Return ``late-rows``: three in ten rows of the last days before the last launch's scoring come after it."""
    scored_at = world.launches[-1].starts_at
    recent = (happened_at >= scored_at - LATE_DAYS * DAY) & (happened_at < scored_at)
    return recent & (rng.random(len(happened_at)) < LATE_SHARE * world.switches.late_rows)

"""What leads do besides buying: clicks, visits, classes, before anything is decided; and the warmth it leaves."""

from dataclasses import dataclass

import numpy as np

from .arrays import NEVER, FloatArray, IntArray, Table, concat_tables, repeat_index
from .captures import Captures
from .clock import DAY, WEEK, DailyClock
from .draws import choose, choose_by_row
from .organic_orders import OrganicOrders
from .people import People
from .world import World

# How much warmth an event leaves behind. Assumed, in the order of the scorecard's points.
WARMTH = {
    "email_clicked": 0.6,
    "return_visit": 0.6,
    "sales_page_visit": 1.2,
    "comparison_page_visit": 1.0,
    "calculator_used": 1.0,
    "file_downloaded": 0.8,
    "syllabus_visit": 0.8,
    "live_class_attended": 1.0,
    "free_registration": 1.2,
    "message_to_seller": 1.2,
}
ACTIVITY_TYPES = tuple(WARMTH)
WARMTH_HALF_LIFE_DAYS = 7.0
_BACKGROUND = np.array([0.42, 0.2, 0.14, 0.03, 0.02, 0.08, 0.04, 0.03, 0.02, 0.02])
_CAMPAIGN = np.array([0.26, 0.12, 0.2, 0.04, 0.04, 0.08, 0.08, 0.12, 0.04, 0.02])
EVENTS_PER_CAPTURE = 3.0
WARM_UP_DAYS = 21


@dataclass(frozen=True)
class Activity(Table):
    """One row an event: ``kind`` a position in ``ACTIVITY_TYPES``, ``product`` -1 where none, real seconds."""

    lead: IntArray
    kind: IntArray
    product: IntArray
    happened_at: FloatArray


def draw_activity(
    world: World, people: People, organic: OrganicOrders, captures: Captures, rng: np.random.Generator
) -> Activity:
    """Draw background activity and the bursts around launches; all of it ends when a lead drops out."""
    drops_out_at = organic.drops_out_at
    if not world.events_per_week:
        return _make_empty()
    background = _draw_background(world, people, drops_out_at, rng)
    activity = concat_tables(
        [background, _draw_after_captures(world, people, captures, rng), _draw_warm_up(world, people, organic, rng)]
    )
    return activity.take(activity.happened_at < drops_out_at[activity.lead])


def compute_warmth(activity: Activity, as_of: FloatArray) -> FloatArray:
    """Return decayed warmth of each lead just before its own ``as_of`` (leads,)."""
    age = (as_of[activity.lead] - np.floor(activity.happened_at)) / DAY
    weight = np.array(list(WARMTH.values()))[activity.kind]
    with np.errstate(over="ignore", invalid="ignore"):
        left = np.where((age > 0) & np.isfinite(age), weight * np.exp2(-np.abs(age) / WARMTH_HALF_LIFE_DAYS), 0.0)
    return np.bincount(activity.lead, weights=left, minlength=len(as_of)).astype(np.float64)


def _draw_background(world: World, people: People, drops_out_at: FloatArray, rng: np.random.Generator) -> Activity:
    clock = DailyClock(world.hourly_activity)
    until = np.minimum(drops_out_at, world.ends_at)
    weeks = (until - people.born_at) / WEEK
    lead = repeat_index(rng.poisson(people.engagement * world.events_per_week * np.maximum(weeks, 0)))
    happened_at = clock.between(people.born_at[lead], until[lead], people.utc_offset[lead], rng.random(len(lead)))
    kind = choose(_BACKGROUND, len(lead), rng)
    topic = choose_by_row(np.exp(0.8 * people.interest)[lead], rng)
    return Activity(lead, kind, _choose_product_seen(world, kind, topic), happened_at)


def _draw_after_captures(world: World, people: People, captures: Captures, rng: np.random.Generator) -> Activity:
    """Draw the activity that follows a capture which names a launch, until the window is over."""
    named = captures.take(captures.launch >= 0)
    product = np.array([launch.product for launch in world.launches])[named.launch]
    weight = np.where(named.is_repeat == 1, 0.3, 1.0)
    ends = _find_window_ends(world, named)
    return _draw_burst(world, people, named.lead, product, named.captured_at.astype(float), ends, weight, rng)


def _draw_warm_up(world: World, people: People, organic: OrganicOrders, rng: np.random.Generator) -> Activity:
    """Draw what buyers of the entry product do before a paid launch of the main one."""
    bursts = [_make_empty()]
    for launch in world.launches:
        if launch.strategy != "paid":
            continue
        entry = organic.orders.take(organic.orders.product == launch.entry_product)
        bought_at = np.full(len(people), NEVER)
        np.minimum.at(bought_at, entry.lead, entry.approved_at)
        lead = np.flatnonzero(bought_at < launch.starts_at)
        starts = np.maximum(bought_at[lead], launch.starts_at - WARM_UP_DAYS * DAY)
        product, ends = np.full(len(lead), launch.product), np.full(len(lead), float(launch.ends_at))
        bursts.append(_draw_burst(world, people, lead, product, starts, ends, np.ones(len(lead)), rng))
    return concat_tables(bursts)


def _draw_burst(
    world: World,
    people: People,
    lead: IntArray,
    product: IntArray,
    starts: FloatArray,
    ends: FloatArray,
    weight: FloatArray,
    rng: np.random.Generator,
) -> Activity:
    """Draw activity about a product between two instants, one row a lead and product."""
    interest = people.interest[lead, world.catalog.topics[product]]
    mean = EVENTS_PER_CAPTURE * weight * people.engagement[lead] * np.exp(0.25 * interest - 0.1)
    row = repeat_index(rng.poisson(mean))
    clock, offset, part = DailyClock(world.hourly_activity), people.utc_offset[lead[row]], rng.random(len(row))
    happened_at = clock.between(starts[row], ends[row], offset, part)
    kind = choose(_CAMPAIGN, len(row), rng)
    seen = np.where(kind == ACTIVITY_TYPES.index("email_clicked"), -1, product[row])
    return Activity(lead[row], kind, seen, happened_at)


def _find_window_ends(world: World, named: Captures) -> FloatArray:
    closes = np.array([launch.cart_closes_at or 0 for launch in world.launches], dtype=float)[named.launch]
    horizon = np.array([launch.horizon_days or 0 for launch in world.launches])[named.launch] * DAY
    return np.where(horizon > 0, named.captured_at + horizon, closes)


def _choose_product_seen(world: World, kind: IntArray, topic: IntArray) -> IntArray:
    """Choose each event's product: pages are about a topic's course; e-mail clicks and free downloads name none."""
    about = np.isin(
        kind,
        [ACTIVITY_TYPES.index(t) for t in ("sales_page_visit", "syllabus_visit", "comparison_page_visit")],
    )
    return np.where(about, world.catalog.courses[topic], -1)


def _make_empty() -> Activity:
    none = np.zeros(0, dtype=np.int64)
    return Activity(none, none, none, np.zeros(0))
